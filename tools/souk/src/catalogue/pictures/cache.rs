//! A cache of the renditions that earlier publishes made of picture files, by the hash of the file.
//!
//! A folder for each picture holds the files and an index, which is written last: a folder without
//! it is incomplete and is made again. Everything here can be deleted at any time.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use souk_catalogue::Hash;

use super::{Made, Prepared};

/// The version of the preparation of pictures. Files of another version are not found; a change of
/// widths, quality or encoders, or of what is refused, needs a new one.
pub(super) const RECIPE: u32 = 2;

/// The folder of what was made.
pub(super) struct FileCache {
    folder: PathBuf,
}

/// What was made of one picture.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Index {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) renditions: Vec<File>,
}

/// A file that was made.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct File {
    pub(super) width: u32,
    /// The hash of its content with the extension of its type.
    pub(super) name: String,
    bytes: u64,
}

impl FileCache {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    fn of(&self, source: Hash) -> PathBuf {
        self.folder.join(format!("{source}-{RECIPE}"))
    }

    /// Where a file that was made of the picture lies.
    pub(super) fn path(&self, source: Hash, name: &str) -> PathBuf {
        self.of(source).join(name)
    }

    /// What was made of the picture, if all of it is still there.
    pub(super) fn find(&self, source: Hash) -> Option<Index> {
        let index = fs::read(self.of(source).join("index.json")).ok()?;
        let index: Index = serde_json::from_slice(&index).ok()?;
        let is_there = |file: &File| {
            fs::metadata(self.path(source, &file.name)).is_ok_and(|found| found.len() == file.bytes)
        };
        index.renditions.iter().all(is_there).then_some(index)
    }

    /// Keeps what was made of the picture.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(super) fn keep(&self, source: Hash, prepared: &Prepared) -> Result<Index> {
        let folder = self.of(source);
        fs::create_dir_all(&folder).with_context(|| format!("{}", folder.display()))?;
        let write = |made: &Made| -> Result<File> {
            let name = format!("{}.{}", Hash::of(&made.bytes), made.extension);
            let path = folder.join(&name);
            fs::write(&path, &made.bytes).with_context(|| format!("{}", path.display()))?;
            Ok(File {
                width: made.width,
                name,
                bytes: made.bytes.len() as u64,
            })
        };
        let index = Index {
            width: prepared.width,
            height: prepared.height,
            renditions: prepared
                .renditions
                .iter()
                .map(write)
                .collect::<Result<_>>()?,
        };
        let path = folder.join("index.json");
        fs::write(&path, serde_json::to_vec(&index)?)
            .with_context(|| format!("{}", path.display()))?;
        Ok(index)
    }
}
