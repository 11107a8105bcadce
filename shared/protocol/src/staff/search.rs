//! What shoppers search for, and how often the help helps.

use serde::{Deserialize, Serialize};

/// A query is reported from this count on: what few people typed is not told.
pub const REPORTED_FROM: i64 = 3;

/// Most queries of each list.
pub const REPORTED_MAX: i64 = 100;

/// Most days that a report covers, which is how long counts are kept.
pub const REPORT_DAYS_MAX: i64 = 90;

/// What shoppers search for, most often first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SearchReport {
    /// Queries by how often they were searched for.
    pub top: Vec<QueryCount>,
    /// Queries by how often they found no product.
    pub zero: Vec<QueryCount>,
}

/// How often a query was searched for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryCount {
    /// The words, folded as the search reads them.
    pub query: String,
    /// The code of the language.
    pub locale: String,
    /// How often; among those without results, how often without.
    pub count: i64,
    /// Products that were opened from the results; absent among those without results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clicks: Option<i64>,
}

/// How often the help helps.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HelpReport {
    /// Questions that were asked.
    pub searches: i64,
    /// Those among them to which there were answers.
    pub answered: i64,
    /// Those among these after which a shopper went on to the ways to reach the shop; the others ended
    /// at an answer.
    pub contacts: i64,
    /// Answers by how often they did not help, then by how often they were opened.
    pub answers: Vec<AnswerCount>,
    /// Questions without an answer, by how often they were asked; from [`REPORTED_FROM`] on.
    pub zero: Vec<QueryCount>,
}

/// How often an answer was read from a search, and whether it helped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerCount {
    /// Name in addresses.
    pub slug: String,
    /// The code of the language of the page.
    pub locale: String,
    /// How often it was opened from the answers to a question.
    pub opened: i64,
    /// Readers who said that it helped.
    pub helpful: i64,
    /// Readers who said that it did not.
    pub not_helpful: i64,
}
