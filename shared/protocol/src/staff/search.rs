//! What shoppers search for.

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
