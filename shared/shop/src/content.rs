//! Content of the shop: pages, articles of the blog, questions and answers.

use minicbor::{Decode, Encode};
use souk_catalogue::{DecodeError, Hash, Media, Text, decode_blob, encode_blob};

use crate::prose::{excerpt, plain_text};

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum ContentKind {
    /// A page such as "About" or "Imprint": `/pages/{slug}`.
    #[n(0)]
    Page,
    /// A guide or news: `/blog/{slug}`.
    #[n(1)]
    Blog,
    /// A question with its answer: `/help/{slug}`.
    #[n(2)]
    Help,
}

impl ContentKind {
    /// Every kind.
    pub const ALL: [ContentKind; 3] = [ContentKind::Page, ContentKind::Blog, ContentKind::Help];

    /// In the API: `page`, `blog`, `help`.
    pub fn name(self) -> &'static str {
        match self {
            ContentKind::Page => "page",
            ContentKind::Blog => "blog",
            ContentKind::Help => "help",
        }
    }

    /// The first segment of its addresses, and its folder under `content`.
    pub fn folder(self) -> &'static str {
        match self {
            ContentKind::Page => "pages",
            ContentKind::Blog => "blog",
            ContentKind::Help => "help",
        }
    }

    /// The kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Every document of a shop, without their texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct ContentIndex {
    /// Pages by slug, articles from the newest to the oldest, questions in the merchant's order.
    #[n(0)]
    pub entries: Vec<Entry>,
}

/// A document in the index.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Entry {
    /// What it is.
    #[n(0)]
    pub kind: ContentKind,
    /// Name in addresses; unique within its kind.
    #[n(1)]
    pub slug: String,
    /// Title.
    #[n(2)]
    pub title: Text,
    /// One or two sentences; may be empty.
    #[n(3)]
    pub summary: Text,
    /// Labels.
    #[n(4)]
    pub tags: Vec<String>,
    /// Picture for lists and link previews.
    #[n(5)]
    pub picture: Option<Media>,
    /// When it was published, in milliseconds since 1970, as its author says; 0 where it says nothing.
    #[n(6)]
    pub published_at_ms: i64,
    /// When any of it last changed, in milliseconds since 1970.
    #[n(7)]
    pub modified_at_ms: i64,
    /// The blob of the [`Document`] in the shop's own language, then in each further one; absent where
    /// it is not translated.
    #[n(8)]
    pub documents: Vec<Option<Hash>>,
    /// The beginning of the text without markup, which the search reads beside title, labels and
    /// summary.
    #[n(9)]
    pub beginning: Text,
}

/// Columns of [`Entry::beginning`] at most: every search of a cold instance reads those of all
/// documents, and answers say what they are about in their first sentences.
const BEGINNING_COLUMNS_MAX: usize = 240;

/// The text of a document in one language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Document {
    /// From top to bottom.
    #[n(0)]
    pub parts: Vec<Part>,
}

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Part {
    /// Safe HTML.
    #[n(0)]
    Html(#[n(0)] String),
    /// A card of the product with this slug.
    #[n(1)]
    Product(#[n(0)] String),
    /// The price of the product with this slug, within a text.
    #[n(2)]
    Price(#[n(0)] String),
    /// The first products of the collection with this slug.
    #[n(3)]
    Collection(#[n(0)] String),
    /// A path of the shop within an attribute, escaped as it stands there; the prefix of the page's
    /// language goes before it.
    #[n(4)]
    Path(#[n(0)] String),
}

impl ContentIndex {
    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        encode_blob(self)
    }

    /// # Errors
    /// When the blob is not an index of content.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        decode_blob("index of content", blob)
    }

    /// The document of this kind with this slug.
    pub fn find(&self, kind: ContentKind, slug: &str) -> Option<&Entry> {
        self.of(kind).find(|entry| entry.slug == slug)
    }

    /// Every document of a kind, in order.
    pub fn of(&self, kind: ContentKind) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.kind == kind)
    }
}

impl Document {
    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        encode_blob(self)
    }

    /// The beginning of its text without markup and embeds.
    pub fn beginning(&self) -> String {
        let mut html = String::new();
        for part in &self.parts {
            match part {
                Part::Html(text) => html.push_str(text),
                // Stands within an attribute.
                Part::Path(_) => {}
                Part::Product(_) | Part::Price(_) | Part::Collection(_) => html.push(' '),
            }
            // Markup takes room too, so that what is left out is never needed.
            if html.len() > BEGINNING_COLUMNS_MAX * 16 {
                break;
            }
        }
        excerpt(&plain_text(&html), BEGINNING_COLUMNS_MAX)
    }

    /// # Errors
    /// When the blob is not a document.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        decode_blob("document", blob)
    }
}
