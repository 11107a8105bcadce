//! How often shoppers searched for what, and how often the help helped: what the storefront counts
//! and the back office adds up.
//!
//! A batch, a list of [`Tally`] as JSON, says nothing of a person, of a moment or of an instance: the back office books it on the
//! day on which it arrives. On Workers it is the text of a message of a queue, on Spin the body of a
//! request over service chaining. Delivery is lossy on purpose: a batch that does not arrive is not
//! kept, and one that arrives twice counts twice.

use serde::{Deserialize, Serialize};

/// `POST` a list of [`Tally`]. Not public: the internet reaches only `/staff/` of the back office.
pub const TALLIES_PATH: &str = "/backoffice/v1/tallies";

/// Most queries of a batch. A queue takes messages of 128 KB; this many of the longest queries, 64
/// characters of 4 bytes, are 100 KB.
pub const BATCH_TALLIES_MAX: usize = 256;

/// Longest body with a batch that is read, in bytes.
pub const BATCH_BYTES_MAX: usize = 128 * 1024;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// A search for products.
    #[default]
    Search,
    /// A question to the help.
    Question,
    /// An answer of the help.
    Answer,
}

impl Subject {
    fn is_search(&self) -> bool {
        *self == Self::Search
    }
}

/// A query that many shoppers search for and find something by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PopularQuery {
    /// The code of the language of the page.
    pub locale: String,
    /// As [`Tally::query`].
    pub query: String,
}

/// How often a query was searched for since the last batch, or an answer of the help was opened.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// What is counted.
    #[serde(default, skip_serializing_if = "Subject::is_search")]
    pub subject: Subject,
    /// The code of the language of the page.
    pub locale: String,
    /// The words, folded as the search reads them, with spaces between them; of an answer its slug.
    pub query: String,
    /// How often.
    pub searches: u32,
    /// Searches among them that found no product, or no answer.
    pub zero: u32,
    /// Searches among them that found products by other words than those typed.
    pub corrected: u32,
    /// Products that were opened from the results; how often an answer was.
    pub clicks: u32,
    /// Of a question: how often its answers were left for the ways to reach the shop.
    #[serde(default, skip_serializing_if = "is_none")]
    pub contacts: u32,
    /// Readers of an answer whom it helped.
    #[serde(default, skip_serializing_if = "is_none")]
    pub helpful: u32,
    /// Readers whom it did not help.
    #[serde(default, skip_serializing_if = "is_none")]
    pub not_helpful: u32,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_none(count: &u32) -> bool {
    *count == 0
}
