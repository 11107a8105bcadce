//! The files of a shop's content, as they were published.

use souk_catalogue::{DecodeError, Hash};
use souk_shop::{ContentIndex, SourceText};

/// A file as it was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// Its path below the folder of the shop: `content/pages/about.md`.
    pub path: String,
    /// Its text, byte for byte.
    pub text: String,
}

/// The files of an index. `languages` are the codes of the shop's languages, its own one first;
/// `read` gives a blob.
///
/// # Errors
/// What `read` says, and when a blob is not what the index says.
pub fn files<E: From<DecodeError>>(
    index: &ContentIndex,
    languages: &[&str],
    mut read: impl FnMut(Hash) -> Result<Vec<u8>, E>,
) -> Result<Vec<Pulled>, E> {
    let mut files = Vec::new();
    for entry in &index.entries {
        let (folder, slug) = (entry.kind.folder(), &entry.slug);
        for (place, source) in entry.sources.iter().enumerate() {
            let Some(hash) = source else {
                continue;
            };
            let path = match languages.get(place).filter(|_| place > 0) {
                Some(language) => format!("content/{folder}/{slug}.{language}.md"),
                None => format!("content/{folder}/{slug}.md"),
            };
            let text = SourceText::decode(&read(*hash)?)?.text;
            files.push(Pulled { path, text });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}
