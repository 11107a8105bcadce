//! Cursors of lists of documents: a place in the list of one kind, in one version.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use souk_protocol::problem::Problem;
use souk_shop::ContentKind;

use crate::http::reply;

/// A place in the list of all documents of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The version that the first page was read from.
    pub(crate) version: u64,
    /// Which list.
    pub(crate) kind: ContentKind,
    /// Documents before the first one.
    pub(crate) offset: u32,
}

impl Cursor {
    pub(crate) fn encode(&self) -> String {
        let kind = self.kind.name();
        URL_SAFE_NO_PAD.encode(format!("c.{}.{kind}.{}", self.version, self.offset))
    }

    /// Reads the cursor of a request for documents of a kind.
    ///
    /// # Errors
    /// When it is none, or one of another list.
    pub(crate) fn read(text: &str, kind: ContentKind) -> Result<Self, Problem> {
        let detail = "is not a cursor of this list: take `next` of the page before";
        let cursor = Self::parse(text).filter(|cursor| cursor.kind == kind);
        cursor.ok_or_else(|| reply::invalid("?cursor", detail))
    }

    fn parse(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = text.strip_prefix("c.")?.split('.');
        let cursor = Self {
            version: parts.next()?.parse().ok()?,
            kind: ContentKind::parse(parts.next()?)?,
            offset: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_by_the_list_that_gave_it() {
        let cursor = Cursor {
            version: u64::MAX,
            kind: ContentKind::Blog,
            offset: 24,
        };
        let text = cursor.encode();
        assert_eq!(Cursor::read(&text, ContentKind::Blog), Ok(cursor));
        assert!(Cursor::read(&text, ContentKind::Help).is_err());
        let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
        for text in [
            "c.1.blog",
            "c.1.blog.2.3",
            "c.1.news.2",
            "1.1.blog.2",
            "c.x.blog.2",
        ] {
            assert_eq!(Cursor::parse(&encoded(text)), None, "{text}");
        }
        assert_eq!(Cursor::parse("?"), None);
    }
}
