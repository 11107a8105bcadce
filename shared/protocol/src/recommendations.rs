//! The JSON of recommendations.

use serde::{Deserialize, Serialize};

use crate::public::Product;

/// Products that go with others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recommendations {
    /// What can be ordered, the best first; without `description_html` and with their first picture
    /// only.
    pub items: Vec<Product>,
    /// What was asked for: `together` or `similar`.
    pub kind: String,
    /// What they were chosen by: `baskets` (they are bought together), `type` (they are of a kind and
    /// share words) or `popular` (they are bought most). Where nothing is known by one of these,
    /// the next is tried.
    pub source: String,
}
