//! The files of a folder on this machine.
//!
//! Invariant: nothing outside of the folder is written, whatever a version says.

use std::fs;
use std::path::{Component, Path};

use anyhow::{Context, Result, bail, ensure};
use souk_shop_folder::slo::SLO_FILE;
use souk_shop_folder::terms::FILES;
use souk_shop_folder::{Files, Part};

/// What a folder has.
#[derive(Debug, Default)]
pub(super) struct OnDisk {
    /// Files that the program knows, by their paths with `/`.
    pub(super) files: Files,
    /// Paths of other files.
    pub(super) others: Vec<String>,
    /// Parts that are as they are published.
    pub(super) kept: Vec<Part>,
}

/// Reads a folder. Files and folders whose names begin with a dot are passed over.
pub(super) fn read(dir: &Path) -> Result<OnDisk> {
    ensure!(
        dir.is_dir(),
        "{} is no folder: `souk init {}` makes one",
        dir.display(),
        dir.display()
    );
    let mut on_disk = OnDisk::default();
    walk(dir, "", &mut on_disk)?;
    on_disk.others.sort();
    Ok(on_disk)
}

/// The pictures of a folder; nothing else in it is read.
pub(super) fn pictures(dir: &Path) -> Result<Files> {
    let mut on_disk = OnDisk::default();
    walk(&dir.join("pictures"), "pictures/", &mut on_disk)?;
    Ok(on_disk.files)
}

/// The files of the terms in a folder; nothing else in it is read.
pub(super) fn terms(dir: &Path) -> Result<Files> {
    let mut files = Files::new();
    for name in FILES {
        let file = dir.join(name);
        if file.exists() {
            let content = fs::read(&file).with_context(|| format!("read {}", file.display()))?;
            files.insert(name.to_owned(), content);
        }
    }
    ensure!(
        !files.is_empty(),
        "{} has none of {}",
        dir.display(),
        FILES.join(", ")
    );
    Ok(files)
}

fn walk(dir: &Path, above: &str, on_disk: &mut OnDisk) -> Result<()> {
    let entries = fs::read_dir(dir).with_context(|| format!("list {}", dir.display()))?;
    for entry in entries {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            bail!("{} has no name in UTF-8", entry.path().display());
        };
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{above}{name}");
        let file = entry.path();
        if file.is_dir() {
            walk(&file, &format!("{path}/"), on_disk)?;
        } else if Part::of(&path).is_some() {
            let content = fs::read(&file).with_context(|| format!("read {}", file.display()))?;
            on_disk.files.insert(path, content);
        } else if path != SLO_FILE {
            on_disk.others.push(path);
        }
    }
    Ok(())
}

/// Writes files into a folder, which is made.
pub(super) fn write(dir: &Path, files: &Files) -> Result<()> {
    for (path, content) in files {
        let file = dir.join(inside(path)?);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        }
        fs::write(&file, content).with_context(|| format!("write {}", file.display()))?;
    }
    Ok(())
}

/// Files of the folder that are not what `files` says.
pub(super) fn differing(dir: &Path, files: &Files) -> Result<Vec<String>> {
    let mut differing = Vec::new();
    for (path, content) in files {
        let file = dir.join(inside(path)?);
        if file.exists() && fs::read(&file).ok().as_ref() != Some(content) {
            differing.push(path.clone());
        }
    }
    Ok(differing)
}

/// A path that stays in its folder.
fn inside(path: &str) -> Result<&Path> {
    let known = Part::of(path).is_some();
    let path = Path::new(path);
    let mut parts = path.components();
    let stays = parts.all(|part| matches!(part, Component::Normal(_)));
    ensure!(known && stays, "'{}' is no file of a shop", path.display());
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_cannot_write_outside_of_the_folder() {
        for path in ["pictures/../../x", "/etc/passwd", "../shop.toml", "run.sh"] {
            assert!(inside(path).is_err(), "{path}");
        }
        assert!(inside("content/pages/about.de.md").is_ok());
    }
}
