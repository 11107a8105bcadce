//! The blobs of the index, and how they are read without a panic whatever they hold.
//!
//! An index is a [`Root`] and its [`Run`]s: a large one and up to three smaller ones that later
//! publishes added. A document is a product; it stands in one run, and where a later run has it again
//! or it is gone, the run's [`Deleted`] list says so. Each run has, for each language of the shop, a
//! dictionary whose [`TermPage`]s hold the postings, and a lexicon of words as they are written.

mod bytes;
mod columns;
mod documents;
mod lexicon;
mod postings;
mod readings;
mod root;
mod terms;
mod values;

pub(crate) use bytes::{ByteReader, new_blob, put_bytes, put_count, put_texts};
pub use columns::{COLUMN_PER_PAGE, DateColumn, Numbers, TITLE_KEY_BYTES, TitleColumn};
pub use documents::{
    CARDS_PER_CHUNK, DOCUMENTS_PER_PAGE, DocumentPage, FACETS_PER_PAGE, FacetPage, FacetRow,
    FacetRows, FacetValueId, Fingerprints, Names, SkuNumber,
};
pub use lexicon::{LEXICON_PAGE_BYTES, LexiconEntry, LexiconPage, kinds};
pub use postings::{Deleted, Posting, PostingsBlob, encode_postings, read_postings};
pub use readings::Readings;
pub use root::{DOCUMENTS_MAX, Dictionary, FacetInfo, FacetKind, PageIndex, Root, Run};
pub use terms::{POSTINGS_INLINE_MAX, Postings, TERM_PAGE_BYTES, TermPage};
pub use values::{LOOKUP_PER_PAGE, VALUES_PER_PAGE, ValueLookup, ValueTexts, value_hash};
