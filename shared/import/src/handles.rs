//! Handles: what a product or a collection is called in addresses, as files write it.

use percent_encoding::percent_decode_str;
use souk_domain::Slug;

use crate::{Note, Reason, numbers::is_shortened, text};

/// A handle as files write it: some exports percent-encode it.
///
/// # Errors
/// When nothing of it could stand in an address.
pub(crate) fn slug_of_handle(handle: &str) -> Result<Slug, Reason> {
    if is_shortened(handle) {
        return Err(Reason::ShortenedNumber);
    }
    let decoded = percent_decode_str(handle).decode_utf8();
    let decoded = decoded.as_deref().unwrap_or(handle);
    Slug::from_handle(decoded).ok_or_else(|| match Slug::parse(decoded) {
        Err(error) => Reason::Name(error),
        Ok(_) => Reason::Empty,
    })
}

/// What became of a handle, where that is another text.
pub(crate) fn rewritten(handle: &str, slug: &Slug) -> Option<Note> {
    let is_same = text::cut(handle, usize::MAX).0 == slug.as_str() || handle.is_empty();
    (!is_same).then(|| Note::HandleRewritten(slug.to_string()))
}
