//! Copies of what the catalogue store has, on this machine.
//!
//! A publish keeps the blobs of the version in the cache directory, so that a store that has lost
//! some is whole again within minutes. The folder can be deleted at any time; copies that no publish
//! has used for [`UNUSED_MAX`] are deleted by the next one.
//!
//! A copy is believed only if its content has the hash that its name says.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use souk_catalogue::Hash;

/// How long a copy is kept after the last publish of a version with it.
const UNUSED_MAX: Duration = Duration::from_secs(60 * 60 * 24 * 90);

/// Folder of blobs, in the cache directory and in a backup.
pub(crate) const BLOBS: &str = "blobs";
/// Folder of media files in a backup.
pub(crate) const MEDIA: &str = "media";

/// A value of the catalogue store that is looked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lost {
    /// A blob, by its hash.
    Blob(Hash),
    /// A media file, by its name.
    Media(String),
}

impl fmt::Display for Lost {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lost::Blob(hash) => write!(out, "blob {hash}"),
            Lost::Media(name) => write!(out, "picture {name}"),
        }
    }
}

impl Lost {
    /// The folder and the name of a copy.
    pub(crate) fn place(&self) -> (&'static str, String) {
        match self {
            Lost::Blob(hash) => (BLOBS, hash.to_string()),
            Lost::Media(name) => (MEDIA, name.clone()),
        }
    }

    /// Whether this is its content.
    pub(crate) fn is(&self, content: &[u8]) -> bool {
        let hash = match self {
            Lost::Blob(hash) => Some(*hash),
            Lost::Media(name) => name.split_once('.').and_then(|(hash, _)| Hash::parse(hash)),
        };
        hash == Some(Hash::of(content))
    }
}

/// Where copies are.
pub(crate) struct Copies {
    folders: Vec<PathBuf>,
}

impl Copies {
    /// Copies in these folders, and those that publishing has kept.
    ///
    /// # Errors
    /// When there is no cache directory.
    pub(crate) fn open(others: &[PathBuf]) -> Result<Self> {
        let mut folders = others.to_vec();
        folders.push(kept()?);
        Ok(Self { folders })
    }

    /// Copies in one folder alone.
    pub(crate) fn of(folder: PathBuf) -> Self {
        let folders = vec![folder];
        Self { folders }
    }

    /// The content of a value, if there is an intact copy.
    pub(crate) fn find(&self, lost: &Lost) -> Option<Vec<u8>> {
        let (folder, name) = lost.place();
        let places = self
            .folders
            .iter()
            .flat_map(|root| [root.join(folder).join(&name), root.join(&name)]);
        places
            .filter_map(|place| fs::read(place).ok())
            .find(|content| lost.is(content))
    }
}

/// The folder that publishing keeps copies in.
fn kept() -> Result<PathBuf> {
    Ok(souk_machine::cache_dir()?.join("published"))
}

/// Keeps the blobs of a version that was published.
///
/// # Errors
/// When a file cannot be written; the publish is as good without copies.
pub(crate) fn keep(blobs: &BTreeMap<Hash, Vec<u8>>) -> Result<()> {
    keep_in(&kept()?.join(BLOBS), blobs, SystemTime::now())
}

fn keep_in(folder: &Path, blobs: &BTreeMap<Hash, Vec<u8>>, now: SystemTime) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    for (hash, blob) in blobs {
        let path = folder.join(hash.to_string());
        let has = fs::metadata(&path).is_ok_and(|there| there.len() == blob.len() as u64);
        match has {
            true => File::options()
                .append(true)
                .open(&path)?
                .set_modified(now)?,
            false => fs::write(&path, blob).with_context(|| format!("{}", path.display()))?,
        }
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let modified = entry.metadata()?.modified()?;
        if now
            .duration_since(modified)
            .is_ok_and(|age| age > UNUSED_MAX)
        {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_found_only_if_it_is_intact() {
        let root = std::env::temp_dir().join(format!("souk-copies-{}", std::process::id()));
        let content = b"a blob".to_vec();
        let hash = Hash::of(&content);
        let blobs = BTreeMap::from([(hash, content.clone())]);
        let now = SystemTime::now();
        keep_in(&root.join(BLOBS), &blobs, now).unwrap();
        let copies = Copies {
            folders: vec![root.clone()],
        };
        assert_eq!(copies.find(&Lost::Blob(hash)), Some(content));
        assert_eq!(copies.find(&Lost::Blob(Hash::of(b"another"))), None);
        // Of the same length, so that keeping it again does not write it anew.
        fs::write(root.join(BLOBS).join(hash.to_string()), b"a bl0b").unwrap();
        assert_eq!(copies.find(&Lost::Blob(hash)), None);
        let later = now + UNUSED_MAX + Duration::from_secs(1);
        keep_in(&root.join(BLOBS), &BTreeMap::new(), later).unwrap();
        assert!(!root.join(BLOBS).join(hash.to_string()).exists());
        fs::remove_dir_all(root).unwrap();
    }
}
