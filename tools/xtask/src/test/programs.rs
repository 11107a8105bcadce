//! The test programs of the workspace, compiled by one call of Cargo and run one by one.
//!
//! `cargo test --package A` and then `--package B` would compile what both use twice, because each
//! call chooses the features of common dependencies for its own packages only: tokio and everything
//! above it. One call for all of them compiles each crate once. It runs no documentation tests; the
//! workspace has none.

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
    /// Compiles the tests of the workspace without the packages `excluded`.
    ///
    /// # Errors
    /// When something does not compile.
    pub(super) fn compile(root: &Path, excluded: &[&str]) -> Result<Self> {
        let mut cargo = process::command("cargo");
        cargo
            .current_dir(root)
            .args(["test", "--locked", "--workspace", "--no-run"])
            .args(["--message-format", "json-render-diagnostics"])
            .args(excluded.iter().flat_map(|name| ["--exclude", name]))
            .stderr(Stdio::inherit());
        let output = cargo.output().context("cargo cannot be started")?;
        if !output.status.success() {
            bail!("the tests do not compile");
        }
        Self::parse(root, &String::from_utf8_lossy(&output.stdout))
    }

    /// Reads Cargo's message about each file that it makes, one JSON text per line.
    fn parse(root: &Path, messages: &str) -> Result<Self> {
        let mut programs = Self::default();
        for line in messages.lines() {
            let message: Value = serde_json::from_str(line).context("read what cargo says")?;
            let Some(executable) = message["executable"].as_str().map(PathBuf::from) else {
                continue;
            };
            let text = |value: &Value| value.as_str().map(str::to_owned);
            let name = text(&message["target"]["name"]).context("cargo names no target")?;
            if message["profile"]["test"] != true {
                programs.binaries.push((name, executable));
                continue;
            }
            let manifest = text(&message["manifest_path"]).context("cargo names no package")?;
            let folder = Path::new(&manifest)
                .parent()
                .and_then(|folder| folder.strip_prefix(root).ok())
                .with_context(|| format!("{manifest} is not in the repository"))?;
            programs.tests.push(TestProgram {
                folder: folder.to_owned(),
                name,
                executable,
            });
        }
        programs
            .tests
            .sort_by(|one, other| (&one.folder, &one.name).cmp(&(&other.folder, &other.name)));
        Ok(programs)
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
{"reason":"build-finished","success":true}"#;

    #[test]
    fn tests_and_the_programs_that_they_start_are_told_apart() {
        let programs = Programs::parse(Path::new("/r"), MESSAGES).unwrap();
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
    fn a_step_without_tests_fails() {
        let programs = Programs::parse(Path::new("/r"), MESSAGES).unwrap();
        assert!(programs.select(|test| test.name == "gone").is_err());
    }

    #[test]
    fn a_package_outside_of_the_repository_is_refused() {
        assert!(Programs::parse(Path::new("/other"), MESSAGES).is_err());
    }
}
