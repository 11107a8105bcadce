//! A mail's text in its compact form: what is published, and what a function reads.
//!
//! A template is a subject and blocks of text with placeholders in them. People write it in a part
//! of Markdown, and the tool reads that (`crate::parse`); nothing here parses a text.
//!
//! A block in which a placeholder has no value is left out of the mail: so `Tracking number:
//! {{tracking}}` needs no condition around it.

mod placeholder;

use minicbor::{Decode, Encode};

pub use placeholder::{Placeholder, Shape};

/// The text of one kind of mail in one language.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Template {
    /// The line that a mailbox lists.
    #[n(0)]
    pub subject: Vec<Piece>,
    /// The mail, from top to bottom.
    #[n(1)]
    pub blocks: Vec<Block>,
}

/// A part of a line without any form: of a subject, or of the address of a link.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Piece {
    /// As it is.
    #[n(0)]
    Text(#[n(0)] String),
    /// The value of a placeholder.
    #[n(1)]
    Value(#[n(0)] Placeholder),
}

/// A block of text.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Block {
    /// A heading.
    #[n(0)]
    Heading(#[n(0)] Vec<Inline>),
    /// A paragraph.
    #[n(1)]
    Paragraph(#[n(0)] Vec<Inline>),
    /// Items with dots in front.
    #[n(2)]
    Items(#[n(0)] Vec<Vec<Inline>>),
    /// A line across.
    #[n(3)]
    Rule,
    /// A placeholder whose value is a table or several lines.
    #[n(4)]
    Value(#[n(0)] Placeholder),
}

/// A part of a block.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Inline {
    /// As it is.
    #[n(0)]
    Text(#[n(0)] String),
    /// The value of a placeholder.
    #[n(1)]
    Value(#[n(0)] Placeholder),
    /// Important.
    #[n(2)]
    Strong(#[n(0)] Vec<Inline>),
    /// Stressed.
    #[n(3)]
    Emphasis(#[n(0)] Vec<Inline>),
    /// A link.
    #[n(4)]
    Link(#[n(0)] Vec<Piece>, #[n(1)] Vec<Inline>),
    /// The rest goes into a new line.
    #[n(5)]
    Break,
}
