//! What the files of sales are read with.

use souk_catalogue::{Market, Product};

use crate::problem::Severity;

/// What the files are read with.
pub struct Context<'c> {
    /// Codes of the shop's languages, its own first.
    pub languages: &'c [String],
    /// The markets, the first one first.
    pub markets: &'c [Market],
    /// What the shop sells, with what its terms say.
    pub products: &'c [Product],
    /// The offset of the shop's clocks from UTC at a moment: milliseconds since 1970 give seconds.
    pub east_s: &'c dyn Fn(i64) -> i32,
    /// How bad it is that a file names something which does not exist: a warning where the files are
    /// those that are published.
    pub missing: Severity,
    /// Milliseconds since 1970.
    pub now_ms: i64,
}
