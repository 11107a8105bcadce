//! Marks in HTML, in whose places something is put in when it is safe.

use souk_shop::Part;

/// Begin and end of a mark: characters that Unicode keeps for use within a program.
pub(crate) const MARK_START: char = '\u{fdd0}';
pub(crate) const MARK_END: char = '\u{fdd1}';

/// What a mark stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Insert {
    /// An embed.
    Embed(Part),
    /// HTML that is safe already.
    Html(String),
}

/// A mark: what it stands for, and its offset in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) insert: Insert,
    pub(crate) at: usize,
}

impl Mark {
    /// Whether it stands between paragraphs, and not within one.
    pub(crate) fn is_block(&self) -> bool {
        matches!(
            self.insert,
            Insert::Embed(Part::Product(_) | Part::Collection(_))
        )
    }
}
