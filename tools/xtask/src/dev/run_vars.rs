//! The part of a `.dev.vars` that holds for one run. `wrangler dev` takes variables for its first
//! script only, so those of the others go into their files, behind what the developer has in them.

use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context, Result};

use super::secrets::{file_of, write_private};
use crate::build::Script;

/// A script's `.dev.vars`; what the run has written into it is taken out when dropped.
pub(super) struct RunVars {
    file: PathBuf,
    /// The first line of the part.
    mark: &'static str,
}

impl RunVars {
    /// Opens the file of a script, without what a run that was killed may have left in it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn open(root: &Path, script: Script, mark: &'static str) -> Result<Self> {
        let file = root.join(file_of(script));
        let vars = Self { file, mark };
        vars.check(vars.forget())?;
        Ok(vars)
    }

    /// What the developer has in it.
    pub(super) fn own(&self) -> String {
        let mut text = self.text();
        if let Some(at) = text.find(self.mark) {
            text.truncate(at);
        }
        text
    }

    /// Writes the part.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn write(&self, settings: &[(&str, String)]) -> Result<()> {
        let mut text = self.own();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(self.mark);
        for (name, value) in settings {
            text.push_str(&format!("{} = \"{value}\"\n", name.to_ascii_uppercase()));
        }
        self.check(write_private(&self.file, &text))
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.file).unwrap_or_default()
    }

    fn forget(&self) -> io::Result<()> {
        match (self.own(), self.text()) {
            (own, text) if own == text => Ok(()),
            (own, _) if own.is_empty() => fs::remove_file(&self.file),
            (own, _) => write_private(&self.file, &own),
        }
    }

    fn check(&self, written: io::Result<()>) -> Result<()> {
        written.with_context(|| format!("write {}", self.file.display()))
    }
}

impl Drop for RunVars {
    fn drop(&mut self) {
        // If this fails, the next run removes the lines.
        let _ = self.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: &str = "# Of this run.\n";

    #[test]
    fn the_part_of_a_run_is_there_once_and_leaves_the_developers() {
        let root = std::env::temp_dir().join(format!("souk-run-vars-{}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        let file = root.join(file_of(Script::Storefront));
        let developers = "# STRIPE_SECRET_KEY = later\n";
        fs::write(&file, developers).unwrap();
        let vars = RunVars::open(&root, Script::Storefront, MARK).unwrap();
        vars.write(&[("port", "1".to_owned())]).unwrap();
        vars.write(&[("port", "2".to_owned())]).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text, format!("{developers}{MARK}PORT = \"2\"\n"));
        // A run that was killed.
        std::mem::forget(vars);
        let vars = RunVars::open(&root, Script::Storefront, MARK).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), developers);
        fs::remove_file(&file).unwrap();
        vars.write(&[("port", "3".to_owned())]).unwrap();
        drop(vars);
        assert!(!file.exists(), "it held nothing else");
        fs::remove_dir_all(&root).unwrap();
    }
}
