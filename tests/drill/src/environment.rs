//! The variables that programs of an experiment find, and that `{"type": "env"}` reads.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

/// Those of this process, and some that are set for the experiment.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    set: BTreeMap<String, String>,
}

impl Environment {
    /// The same with one more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.set.insert(name.to_owned(), value.into());
        self
    }

    /// What is set for the experiment.
    pub fn set(&self) -> &BTreeMap<String, String> {
        &self.set
    }

    /// A variable.
    pub fn get(&self, name: &str) -> Option<String> {
        let set = self.set.get(name).cloned();
        set.or_else(|| env::var(name).ok())
    }

    /// Where a program is: a bare name is looked for on `PATH`.
    pub(crate) fn program(&self, path: &str) -> Option<PathBuf> {
        if path.is_empty() {
            return None;
        }
        if path.contains('/') {
            return Some(PathBuf::from(path)).filter(|path| is_program(path));
        }
        let folders = self.get("PATH")?;
        let mut programs = env::split_paths(&folders).map(|folder| folder.join(path));
        programs.find(|program| is_program(program))
    }
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let found = path.metadata();
    found.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}
