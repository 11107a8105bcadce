//! The test programs of the workspace, compiled by one call of Cargo and run one by one.
//!
//! `cargo test --package A` and then `--package B` would compile what both use twice, because each
//! call chooses the features of common dependencies for its own packages only: tokio and everything
//! above it. One call for all of them compiles each crate once. It runs no documentation tests; the
//! workspace has none.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process;

/// Everything that one call of Cargo made.
#[derive(Debug, Default)]
pub(super) struct Programs {
    tests: Vec<TestProgram>,
    binaries: Vec<(String, PathBuf)>,
}

/// The tests of a library, of a program or of a file in `tests/`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TestProgram {
    /// Folder of the package, from the root of the repository.
    pub(super) folder: PathBuf,
    /// Of the library, the program or the file.
    pub(super) name: String,
    executable: PathBuf,
}

impl Programs {
    /// Compiles and lints the tests of the workspace without the packages `excluded`.
    ///
    /// Clippy's compiler lints what it compiles, so that one pass does both: `cargo clippy` would check
    /// all dependencies for itself, and make nothing that can be run.
    ///
    /// # Errors
    /// When something does not compile, or has a warning.
    pub(super) fn compile(root: &Path, excluded: &[&str]) -> Result<Self> {
        let mut cargo = process::command("cargo");
        cargo
            .current_dir(root)
            .args(["test", "--locked", "--workspace", "--no-run"])
            .args(["--message-format", "json-diagnostic-rendered-ansi"])
            .args(excluded.iter().flat_map(|name| ["--exclude", name]))
            .env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver")
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut running = cargo.spawn().context("cargo cannot be started")?;
        let messages = running.stdout.take().context("cargo says nothing")?;
        let made = Self::read(root, BufReader::new(messages).lines());
        if !running.wait().context("wait for cargo")?.success() {
            bail!("the tests do not compile");
        }
        let (programs, diagnostics) = made?;
        match diagnostics {
            0 => Ok(programs),
            _ => bail!("the compiler and its lints have {diagnostics} warnings"),
        }
    }

    /// Reads Cargo's messages, one JSON text per line: each file that it makes, and what the compiler and
    /// its lints have found, which is shown at once. Returns how many findings there are, too.
    fn read(
        root: &Path,
        messages: impl Iterator<Item = io::Result<String>>,
    ) -> Result<(Self, u32)> {
        let mut programs = Self::default();
        let mut diagnostics = 0;
        for line in messages {
            let line = line.context("read what cargo says")?;
            let message: Value = serde_json::from_str(&line).context("read what cargo says")?;
            if message["reason"] == "compiler-message" {
                let diagnostic = &message["message"];
                eprint!("{}", diagnostic["rendered"].as_str().unwrap_or_default());
                let level = diagnostic["level"].as_str().unwrap_or_default();
                diagnostics += u32::from(level == "warning" || level.starts_with("error"));
            }
            programs.add(root, &message)?;
        }
        programs
            .tests
            .sort_by(|one, other| (&one.folder, &one.name).cmp(&(&other.folder, &other.name)));
        Ok((programs, diagnostics))
    }

    /// Notes the program that a message is about, if it is about one.
    fn add(&mut self, root: &Path, message: &Value) -> Result<()> {
        let Some(executable) = message["executable"].as_str().map(PathBuf::from) else {
            return Ok(());
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let name = text(&message["target"]["name"]).context("cargo names no target")?;
        if message["profile"]["test"] != true {
            self.binaries.push((name, executable));
            return Ok(());
        }
        let manifest = text(&message["manifest_path"]).context("cargo names no package")?;
        let folder = Path::new(&manifest)
            .parent()
            .and_then(|folder| folder.strip_prefix(root).ok())
            .with_context(|| format!("{manifest} is not in the repository"))?;
        self.tests.push(TestProgram {
            folder: folder.to_owned(),
            name,
            executable,
        });
        Ok(())
    }

    /// Those whose package satisfies `wanted`, by folder and name.
    ///
    /// # Errors
    /// When there are none: a suite that is not found must not count as passed.
    pub(super) fn select(
        &self,
        wanted: impl Fn(&TestProgram) -> bool,
    ) -> Result<Vec<&TestProgram>> {
        let selected: Vec<_> = self.tests.iter().filter(|test| wanted(test)).collect();
        if selected.is_empty() {
            bail!("cargo made no test program of this step");
        }
        Ok(selected)
    }

    /// A program that the tests start.
    ///
    /// # Errors
    /// When Cargo made none of this name: it does where the package has a file in `tests/`.
    pub(super) fn binary(&self, name: &str) -> Result<&Path> {
        let found = self.binaries.iter().find(|(known, _)| known == name);
        let (_, program) = found.with_context(|| format!("cargo made no program {name}"))?;
        Ok(program)
    }
}

impl TestProgram {
    /// A program of the root's folder.
    #[cfg(test)]
    pub(super) fn at(name: &str, executable: PathBuf) -> Self {
        Self {
            folder: PathBuf::new(),
            name: name.to_owned(),
            executable,
        }
    }

    /// The program, where `cargo test` would start it.
    pub(super) fn command(&self, root: &Path) -> Command {
        let mut command = process::command(&self.executable);
        command.current_dir(root.join(&self.folder));
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGES: &str = r#"{"reason":"compiler-artifact","manifest_path":"/r/shared/b/Cargo.toml","target":{"name":"b"},"profile":{"test":false},"executable":null}
{"reason":"compiler-artifact","manifest_path":"/r/tools/souk/Cargo.toml","target":{"name":"souk"},"profile":{"test":false},"executable":"/t/souk"}
{"reason":"compiler-artifact","manifest_path":"/r/shared/b/Cargo.toml","target":{"name":"use_cases"},"profile":{"test":true},"executable":"/t/use_cases-1"}
{"reason":"compiler-artifact","manifest_path":"/r/shared/a/Cargo.toml","target":{"name":"a"},"profile":{"test":true},"executable":"/t/a-1"}
{"reason":"compiler-message","message":{"level":"note","rendered":""}}
{"reason":"compiler-message","message":{"level":"warning","rendered":""}}
{"reason":"compiler-message","message":{"level":"error: internal compiler error","rendered":""}}
{"reason":"build-finished","success":true}"#;

    fn read(root: &str) -> Result<(Programs, u32)> {
        let lines = MESSAGES.lines().map(|line| Ok(line.to_owned()));
        Programs::read(Path::new(root), lines)
    }

    #[test]
    fn tests_and_the_programs_that_they_start_are_told_apart() {
        let (programs, _) = read("/r").unwrap();
        let names: Vec<_> = programs
            .select(|_| true)
            .unwrap()
            .iter()
            .map(|test| (test.folder.to_str().unwrap(), test.name.as_str()))
            .collect();
        assert_eq!(names, [("shared/a", "a"), ("shared/b", "use_cases")]);
        assert_eq!(programs.binary("souk").unwrap(), Path::new("/t/souk"));
        assert!(programs.binary("b").is_err());
    }

    #[test]
    fn warnings_and_errors_count_and_notes_do_not() {
        assert_eq!(read("/r").unwrap().1, 2);
    }

    #[test]
    fn a_step_without_tests_fails() {
        let (programs, _) = read("/r").unwrap();
        assert!(programs.select(|test| test.name == "gone").is_err());
    }

    #[test]
    fn a_package_outside_of_the_repository_is_refused() {
        assert!(read("/other").is_err());
    }
}
