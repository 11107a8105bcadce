//! The home page as a list of blocks.

use minicbor::{Decode, Encode};
use souk_catalogue::{Media, Text};

use crate::{ContentKind, Target};

/// A part of the home page.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Block {
    /// A picture, or pictures of products, with words beside it.
    #[n(0)]
    Story(#[n(0)] Box<Story>),
    /// Products of a collection, or those that are bought most, in a row.
    #[n(1)]
    Row {
        /// Heading; empty for the collection's title, or the program's own.
        #[n(0)]
        title: Text,
        /// The collection; empty for the products that are bought most. A function that is older than
        /// these rows finds no such collection, and leaves them out.
        #[n(1)]
        collection: String,
        /// Products at most.
        #[n(2)]
        products: u8,
    },
    /// Tiles of collections.
    #[n(2)]
    Collections {
        /// Heading.
        #[n(0)]
        title: Text,
        /// Which, in this order; empty for all.
        #[n(1)]
        collections: Vec<String>,
    },
    /// Short texts side by side, such as what shoppers can count on.
    #[n(3)]
    Notes {
        /// Heading.
        #[n(0)]
        title: Text,
        /// Heading and text of each.
        #[n(1)]
        notes: Vec<(Text, Text)>,
    },
    /// A text.
    #[n(4)]
    Text {
        /// Heading.
        #[n(0)]
        title: Text,
        /// Safe HTML, made of Markdown.
        #[n(1)]
        html: Text,
    },
    /// The newest documents of a kind: guides of the blog, or questions.
    #[n(5)]
    Documents {
        /// Heading.
        #[n(0)]
        title: Text,
        /// Which kind.
        #[n(1)]
        kind: ContentKind,
        /// Only those with this tag; empty for all.
        #[n(2)]
        tag: String,
        /// Documents at most.
        #[n(3)]
        documents: u8,
    },
}

/// Words beside a picture.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Story {
    /// Heading.
    #[n(0)]
    pub title: Text,
    /// Plain text.
    #[n(1)]
    pub text: Text,
    /// Picture.
    #[n(2)]
    pub picture: Option<Media>,
    /// Without a picture of its own: pictures of products of this collection; empty for none.
    #[n(3)]
    pub pictures_of: String,
    /// Links: what they say, and where they lead.
    #[n(4)]
    pub links: Vec<(Text, Target)>,
}
