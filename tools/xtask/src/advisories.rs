//! A known advisory against a dependency fails the build.
//!
//! Two parts. First, on every machine, the gate itself is tested with a made-up advisory: the check
//! must fail with it, and pass once it says that our version is patched. Then the real database is
//! checked, where it can be fetched; a mirror works too (`git config url.MIRROR.insteadOf`).
//!
//! Not here: licences and sources, which need no database (`test`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, bail, ensure};

use crate::process;

/// Where `cargo-deny` fetches the advisories from, unless `deny.toml` says otherwise.
const DATABASE: &str = "https://github.com/RustSec/advisory-db";
/// A dependency of everything that is deployed.
const DEPENDENCY: &str = "http";
/// The planted advisory. Real ones do not have such numbers.
const PLANTED: &str = "RUSTSEC-2026-9999";

/// Whether the dependencies were checked against the real advisories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checked {
    /// They were, and nothing was found.
    Passed,
    /// The database cannot be fetched from here.
    OutOfReach,
}

/// Tests the gate, then checks the real database.
///
/// # Errors
/// When the gate does not work, or an advisory is known against a dependency.
pub(crate) fn check(root: &Path, cargo_deny: &Path) -> Result<Checked> {
    check_with(root, cargo_deny, None)
}

/// The same with a mirror of the database, which `git` fetches from in its place.
///
/// # Errors
/// As [`check`].
pub(crate) fn check_with(root: &Path, cargo_deny: &Path, mirror: Option<&str>) -> Result<Checked> {
    println!("\n== Advisories");
    let trial = Trial::new(root, cargo_deny)?;
    trial.advisory("patched = []")?;
    let found = trial.run()?;
    let said = String::from_utf8_lossy(&found.stderr).into_owned();
    ensure!(
        !found.status.success() && said.contains(PLANTED),
        "a planted advisory against `{DEPENDENCY}` does not fail the check:\n{said}"
    );
    trial.advisory("patched = [\">= 0.0.0\"]")?;
    let patched = trial.run()?;
    ensure!(
        patched.status.success(),
        "an advisory against other versions of `{DEPENDENCY}` fails the check:\n{}",
        String::from_utf8_lossy(&patched.stderr)
    );
    println!("a planted advisory fails the check, a patched one does not");
    let deny = |args: &[&str]| {
        let mut command = process::command(cargo_deny);
        command.current_dir(root).args(args);
        if let Some(mirror) = mirror {
            instead_of(&mut command, mirror);
        }
        command
    };
    let fetched = deny(&["fetch", "db"]).output();
    if !fetched.is_ok_and(|output| output.status.success()) {
        println!("{}", Checked::OutOfReach.sentence());
        return Ok(Checked::OutOfReach);
    }
    let status = deny(&["--log-level", "error", "check", "advisories"]).status();
    if !status.context("cargo-deny cannot be started")?.success() {
        bail!(
            "advisories are known against dependencies: update those, or say why not in deny.toml"
        );
    }
    println!("{}", Checked::Passed.sentence());
    Ok(Checked::Passed)
}

/// `cargo-deny` fetches the database as usual, but git finds it at this address.
fn instead_of(command: &mut Command, address: &str) {
    command
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", format!("url.{address}.insteadOf"))
        .env("GIT_CONFIG_VALUE_0", DATABASE);
}

impl Checked {
    /// The line for the developer who runs the checks.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Checked::Passed => "no advisory is known against a dependency",
            Checked::OutOfReach => {
                "NOT CHECKED: known advisories, because https://github.com/RustSec/advisory-db \
                 cannot be fetched from here"
            }
        }
    }
}

/// The repository's own `deny.toml` over a database of one advisory, in a directory of its own.
struct Trial {
    root: PathBuf,
    cargo_deny: PathBuf,
    directory: PathBuf,
}

impl Trial {
    fn new(root: &Path, cargo_deny: &Path) -> Result<Self> {
        let lock_file = fs::read_to_string(root.join("Cargo.lock")).context("read Cargo.lock")?;
        let entry = format!("name = \"{DEPENDENCY}\"\n");
        ensure!(
            lock_file.contains(&entry),
            "plant the advisory against a dependency of today"
        );
        let directory = root.join("target/advisory-trial");
        if directory.exists() {
            fs::remove_dir_all(&directory).context("remove the last trial")?;
        }
        fs::create_dir_all(directory.join("database/crates").join(DEPENDENCY))?;
        let trial = Self {
            root: root.to_owned(),
            cargo_deny: cargo_deny.to_owned(),
            directory,
        };
        trial.write_configuration()?;
        trial.git(&["init", "--quiet", "--initial-branch=main"])?;
        Ok(trial)
    }

    /// The same file, but with its own directory for the fetched database.
    fn write_configuration(&self) -> Result<()> {
        let own = fs::read_to_string(self.root.join("deny.toml")).context("read deny.toml")?;
        let fetched = self.directory.join("fetched");
        let fetched = fetched
            .to_str()
            .context("move the repository to a path that is text")?;
        let section = "[advisories]\n";
        ensure!(
            own.contains(section),
            "deny.toml has no section for advisories"
        );
        let text = own.replace(section, &format!("{section}db-path = {fetched:?}\n"));
        fs::write(self.directory.join("deny.toml"), text).context("write the trial's deny.toml")
    }

    /// Publishes the one advisory, saying which versions are not concerned.
    fn advisory(&self, versions: &str) -> Result<()> {
        let text = format!(
            "```toml\n[advisory]\nid = \"{PLANTED}\"\npackage = \"{DEPENDENCY}\"\n\
             date = \"2026-01-01\"\n\n[versions]\n{versions}\n```\n\n# Planted\n\nMade up.\n"
        );
        let file = format!("database/crates/{DEPENDENCY}/{PLANTED}.md");
        fs::write(self.directory.join(file), text).context("write the advisory")?;
        self.git(&["add", "--all"])?;
        self.git(&["commit", "--quiet", "--message", "advisory"])
    }

    fn run(&self) -> Result<Output> {
        let database = self.directory.join("database");
        let mut command = process::command(&self.cargo_deny);
        command
            .args(["--log-level", "error", "--config"])
            .arg(self.directory.join("deny.toml"))
            .args(["check", "advisories"])
            .current_dir(&self.root);
        instead_of(&mut command, &format!("file://{}", database.display()));
        command.output().context("cargo-deny cannot be started")
    }

    fn git(&self, args: &[&str]) -> Result<()> {
        let mut git: Command = process::command("git");
        git.args(args).current_dir(self.directory.join("database"));
        for role in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{role}_NAME"), "trial");
            git.env(format!("GIT_{role}_EMAIL"), "trial@souk.invalid");
        }
        // Ignores the developer's own configuration, such as signing.
        git.env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        let status = git
            .status()
            .context("install git, the advisories come by it")?;
        ensure!(status.success(), "git {} failed", args.join(" "));
        Ok(())
    }
}
