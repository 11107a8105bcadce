//! The root of an index: its runs, where their pages begin, its facets and its tables.

use minicbor::{Decode, Encode};
use souk_catalogue::{DecodeError, Hash, Text, decode_blob, encode_blob};

use super::documents::DOCUMENTS_PER_PAGE;

/// Documents of an index: what a reader takes memory for.
pub const DOCUMENTS_MAX: u64 = 4_000_000;
/// Languages of an index: [`souk_domain::Locale::COUNT_MAX`].
const LANGUAGES_MAX: usize = souk_domain::Locale::COUNT_MAX;

/// The head of an index.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Root {
    /// The rules that texts were split by: [`crate::analysis::ANALYSIS`].
    #[n(0)]
    pub analysis: u32,
    /// Documents that are not deleted.
    #[n(1)]
    pub documents: u32,
    /// Codes of the shop's languages, in its order.
    #[n(2)]
    pub languages: Vec<String>,
    /// What characters become: [`crate::analysis::FoldTable`].
    #[n(3)]
    pub fold: Option<Hash>,
    /// How characters are read: [`super::Readings`].
    #[n(4)]
    pub readings: Option<Hash>,
    /// The largest first.
    #[n(5)]
    pub runs: Vec<Run>,
    /// What products can be told apart by.
    #[n(6)]
    pub facets: Vec<FacetInfo>,
}

/// Documents that were indexed together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Run {
    /// Deleted ones among them.
    #[n(0)]
    pub documents: u32,
    /// Which are deleted: [`super::Deleted`].
    #[n(1)]
    pub deleted: Option<Hash>,
    /// The dictionaries, by the place of the language.
    #[n(2)]
    pub dictionaries: Vec<Dictionary>,
    /// [`super::DocumentPage`]s.
    #[n(3)]
    pub pages: Vec<Hash>,
    /// [`super::FacetPage`]s.
    #[n(4)]
    pub facets: Vec<Hash>,
    /// [`super::DateColumn`]s.
    #[n(5)]
    pub dates: Vec<Hash>,
    /// [`super::Fingerprints`], for the tool.
    #[n(6)]
    pub fingerprints: Vec<Hash>,
    /// 0 to 2 for small runs, 3 for the largest.
    #[n(7)]
    pub level: u8,
    /// Names of the blobs of the dictionaries, long lists of postings among them:
    /// [`super::Names`], for the tool.
    #[n(8)]
    pub names: Option<Hash>,
}

/// The words of one language in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Dictionary {
    /// [`super::TermPage`]s.
    #[n(0)]
    pub terms: PageIndex,
    /// [`super::LexiconPage`]s.
    #[n(1)]
    pub lexicon: PageIndex,
    /// [`super::TitleColumn`]s.
    #[n(2)]
    pub titles: Vec<Hash>,
}

/// Pages of sorted texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct PageIndex {
    /// The first text of each, and its blob.
    #[n(0)]
    pub pages: Vec<(String, Hash)>,
}

impl PageIndex {
    /// The page that would have a text.
    pub fn page(&self, text: &str) -> Option<Hash> {
        let behind = self
            .pages
            .partition_point(|(first, _)| first.as_str() <= text);
        Some(self.pages[behind.checked_sub(1)?].1)
    }

    /// The pages that may have texts that begin with `prefix`.
    pub fn pages_of(&self, prefix: &str) -> impl Iterator<Item = Hash> {
        let behind = self
            .pages
            .partition_point(|(first, _)| first.as_str() <= prefix);
        let pages = self.pages[behind.saturating_sub(1)..].iter();
        pages
            .take_while(move |(first, _)| {
                first.as_str() <= prefix || first.as_bytes().starts_with(prefix.as_bytes())
            })
            .map(|(_, hash)| *hash)
    }
}

/// What a facet is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(flat)]
pub enum FacetKind {
    /// Slugs of collections.
    #[n(0)]
    Collection,
    /// Kinds of product.
    #[n(1)]
    Type,
    /// Makers.
    #[n(2)]
    Vendor,
    /// Labels.
    #[n(3)]
    Tag,
    /// Values of the option with this name, in the shop's own language.
    #[n(4)]
    Option(#[n(0)] String),
}

/// A facet and where its values are. Values have numbers from 0, which stay while the largest run
/// does.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct FacetInfo {
    /// What it is of.
    #[n(0)]
    pub kind: FacetKind,
    /// Name of the option with its translations.
    #[n(1)]
    pub label: Text,
    /// How many values there are.
    #[n(2)]
    pub values: u32,
    /// [`super::ValueTexts`] of [`super::VALUES_PER_PAGE`] values each.
    #[n(3)]
    pub texts: Vec<Hash>,
    /// [`super::ValueLookup`]s with the first hash of each.
    #[n(4)]
    pub lookup: Vec<(u64, Hash)>,
}

impl Root {
    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        encode_blob(self)
    }

    /// # Errors
    /// When the blob is not the root of an index, or says things that cannot be.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        let root: Self = decode_blob("root of the search index", blob)?;
        let fail = |reason: &str| {
            Err(DecodeError {
                what: "root of the search index",
                reason: reason.to_owned(),
            })
        };
        if root.languages.is_empty() || root.languages.len() > LANGUAGES_MAX {
            return fail("it has too few or too many languages");
        }
        let documents: u64 = root.runs.iter().map(|run| u64::from(run.documents)).sum();
        if documents > DOCUMENTS_MAX {
            return fail("it has too many documents");
        }
        for run in &root.runs {
            let pages = run.documents.div_ceil(DOCUMENTS_PER_PAGE) as usize;
            if run.pages.len() != pages || run.dictionaries.len() != root.languages.len() {
                return fail("a run lacks pages");
            }
        }
        if root
            .facets
            .iter()
            .any(|facet| u64::from(facet.values) > DOCUMENTS_MAX)
        {
            return fail("a facet has too many values");
        }
        Ok(root)
    }

    /// The number of a facet.
    pub fn facet(&self, kind: &FacetKind) -> Option<u32> {
        let place = self.facets.iter().position(|facet| facet.kind == *kind)?;
        u32::try_from(place).ok()
    }
}
