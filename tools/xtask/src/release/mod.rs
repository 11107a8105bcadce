//! `cargo xtask release`: what is deployed, built from what was reviewed, with a bill of materials and
//! checksums.
//!
//! It refuses a tree with changes, a lock file that does not fit, dependencies with known advisories,
//! and, unlike `test`, dependencies that could not be checked: a mirror of the advisory database may be
//! named (`--advisories`, `SOUK_ADVISORIES`).
//!
//! Not here: how functions are built (`build`), the gate itself (`advisories`), uploads
//! (`npm run deploy`, `spin deploy`).

mod sbom;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use sha2::{Digest, Sha256};

use crate::advisories::{self, Checked};
use crate::build::{self, BUNDLE, Platforms, Script, component};
use crate::{paths, process, setup, sizes};

/// Arguments of `cargo xtask release`.
#[derive(Debug, Args)]
pub(crate) struct ReleaseArgs {
    /// The folder that it writes; it must not exist yet.
    #[arg(long, value_name = "DIR", default_value = "target/release-files")]
    out: PathBuf,
    /// Address of a mirror of https://github.com/RustSec/advisory-db, for machines that do not reach
    /// that one.
    #[arg(long, value_name = "URL", env = "SOUK_ADVISORIES")]
    advisories: Option<String>,
}

/// Runs the subcommand.
///
/// # Errors
/// When something is not as it was reviewed, and when that could not be found out.
pub(crate) fn run(args: &ReleaseArgs) -> Result<()> {
    let root = paths::repo_root()?;
    let out = root.join(&args.out);
    ensure!(
        !out.exists(),
        "{} exists: remove it, or name another folder with --out",
        out.display()
    );
    let commit = clean_commit(&root)?;
    let checked = advisories::check_with(&root, &setup::cargo_deny()?, args.advisories.as_deref())?;
    refuse_unchecked(checked)?;
    build::build(Platforms::All)?;
    sizes::check(&root, Platforms::All)?;
    // A build may not have changed what it was built from.
    ensure!(
        clean_commit(&root)? == commit,
        "the tree has changed while it was built"
    );
    let mut files = Vec::new();
    for (from, to) in deployed(&root)? {
        let content = fs::read(&from).with_context(|| format!("read {}", from.display()))?;
        write(&out.join(&to), &content)?;
        files.push((to, content));
    }
    let bill = sbom::cyclone_dx(&root, &commit)?;
    let name = "souk.cdx.json".to_owned();
    write(&out.join(&name), &bill)?;
    files.push((name, bill));
    files.sort();
    write(&out.join("SHA256SUMS"), sums(&files).as_bytes())?;
    println!(
        "{} files of commit {commit} are in {}, with SHA256SUMS and the bill of materials",
        files.len(),
        out.display()
    );
    Ok(())
}

fn refuse_unchecked(checked: Checked) -> Result<()> {
    match checked {
        Checked::Passed => Ok(()),
        Checked::OutOfReach => bail!(
            "nothing is released whose dependencies were not checked: {}. Name a mirror with \
             --advisories URL or SOUK_ADVISORIES",
            checked.sentence()
        ),
    }
}

/// The commit that the tree is, without a change.
fn clean_commit(root: &Path) -> Result<String> {
    let git = |args: &[&str]| {
        let mut git = process::command("git");
        git.current_dir(root).args(args);
        process::query(&mut git).with_context(|| format!("git {} failed", args.join(" ")))
    };
    let changes = git(&["status", "--porcelain"])?;
    ensure!(
        changes.is_empty(),
        "commit or remove these first, so that what is built is what was reviewed:\n{changes}"
    );
    git(&["rev-parse", "HEAD"])
}

/// What is uploaded: where it is, and where it goes in the folder.
fn deployed(root: &Path) -> Result<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    for script in Script::ALL {
        for file in BUNDLE {
            let from = root.join(script.bundle()).join(file);
            files.push((from, format!("workers/{}/{file}", script.name())));
        }
        let file = format!("souk_spin_{}.wasm", script.name());
        let from = root.join(component(script));
        files.push((from, format!("spin/{file}")));
        let manifest = match script {
            Script::Storefront => "wrangler.toml".to_owned(),
            Script::Origin
            | Script::Backoffice
            | Script::Payments
            | Script::Mail
            | Script::Operations => format!("{}/wrangler.toml", script.folder()),
        };
        let to = format!("workers/{}/wrangler.toml", script.name());
        files.push((root.join(manifest), to));
    }
    // The storefront's bundle once more.
    let next = "functions/workers-storefront-next/wrangler.toml";
    let to = "workers/storefront-next/wrangler.toml".to_owned();
    files.push((root.join(next), to));
    for file in ["spin.toml", "Cargo.lock", "package-lock.json"] {
        files.push((root.join(file), file.to_owned()));
    }
    Ok(files)
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    let folder = path.parent().context("a file has a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    fs::write(path, content).with_context(|| format!("write {}", path.display()))
}

/// As `sha256sum --check` reads them.
fn sums(files: &[(String, Vec<u8>)]) -> String {
    let mut text = String::new();
    for (name, content) in files {
        let hash = Sha256::digest(content);
        for byte in hash {
            write!(text, "{byte:02x}").expect("a String takes all text");
        }
        writeln!(text, "  {name}").expect("a String takes all text");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_released_unchecked() {
        assert!(refuse_unchecked(Checked::Passed).is_ok());
        let refused = refuse_unchecked(Checked::OutOfReach).unwrap_err();
        assert!(refused.to_string().contains("--advisories"), "{refused}");
    }

    #[test]
    fn checksums_are_those_of_the_field() {
        // Source: FIPS 180-4, the example of one block.
        let files = [("abc.txt".to_owned(), b"abc".to_vec())];
        assert_eq!(
            sums(&files),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  abc.txt\n"
        );
    }
}
