//! The copy of the tree in which bugs are planted.
//!
//! Invariant: the work tree is only read. A file of the copy is written only when it differs, so
//! that a second run compiles what has changed and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use super::list::Mutant;
use crate::paths;
use crate::process::command;

/// A copy of the files that belong to the repository.
pub(super) struct Copy {
    root: PathBuf,
}

/// A mutant that is planted in the copy.
pub(super) struct Planted {
    path: PathBuf,
    original: String,
}

impl Copy {
    /// Updates the copy from the tree.
    pub(super) fn of(tree: &Path) -> Result<Self> {
        let root = paths::cache_dir()?.join("mutants/tree");
        fs::create_dir_all(&root)?;
        let wanted = files_of(tree)?;
        for path in &wanted {
            let from = fs::read(tree.join(path)).with_context(|| format!("read {path}"))?;
            let to = root.join(path);
            if fs::read(&to).ok().as_ref() != Some(&from) {
                fs::create_dir_all(to.parent().context("a file is in a folder")?)?;
                fs::write(&to, from)?;
            }
        }
        remove_others(&root, &root, &wanted)?;
        Ok(Self { root })
    }

    /// Where it is.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Where its build output is.
    pub(super) fn target(&self) -> PathBuf {
        self.root.with_file_name("target")
    }

    /// The file of a mutant: as it is, and with the bug.
    pub(super) fn mutated(&self, mutant: &Mutant) -> Result<(String, String)> {
        let path = self.root.join(mutant.file);
        let original =
            fs::read_to_string(&path).with_context(|| format!("read {}", mutant.file))?;
        let found = original.matches(mutant.find).count();
        ensure!(
            found == 1,
            "{}: its place is found {found} times in {}, and must be once",
            mutant.name,
            mutant.file
        );
        let mutated = original.replacen(mutant.find, mutant.replace, 1);
        if mutated == original {
            bail!("{}: it changes nothing", mutant.name);
        }
        Ok((original, mutated))
    }

    /// Plants a mutant.
    pub(super) fn plant(&self, mutant: &Mutant) -> Result<Planted> {
        let (original, mutated) = self.mutated(mutant)?;
        let path = self.root.join(mutant.file);
        fs::write(&path, mutated)?;
        Ok(Planted { path, original })
    }
}

impl Planted {
    /// Removes it again.
    pub(super) fn undo(self) -> Result<()> {
        fs::write(&self.path, &self.original)?;
        Ok(())
    }
}

/// The files that git tracks, and new ones that are not ignored.
fn files_of(tree: &Path) -> Result<BTreeSet<String>> {
    let mut git = command("git");
    git.current_dir(tree);
    git.args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]);
    let output = git.output().context("git cannot be started")?;
    ensure!(
        output.status.success(),
        "git does not list the files of the repository"
    );
    let text = String::from_utf8(output.stdout).context("paths are UTF-8")?;
    let paths = text.split_terminator('\0').map(str::to_owned);
    // A file that was deleted and not yet committed is still listed.
    Ok(paths.filter(|path| tree.join(path).is_file()).collect())
}

fn remove_others(root: &Path, folder: &Path, wanted: &BTreeSet<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(root, &path, wanted)?;
            continue;
        }
        let name = path
            .strip_prefix(root)?
            .to_str()
            .context("paths are UTF-8")?;
        if !wanted.contains(name) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::list::mutants;
    use super::*;

    #[test]
    fn every_mutant_applies_to_the_tree() {
        let root = paths::repo_root().unwrap();
        let tree = Copy { root };
        let refused: Vec<String> = mutants()
            .filter_map(|mutant| tree.mutated(mutant).err())
            .map(|error| format!("{error:#}"))
            .collect();
        assert!(refused.is_empty(), "{}", refused.join("\n"));
    }
}
