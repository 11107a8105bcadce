//! What is assumed of a shop that says nothing else of itself: files that come with the program.
//!
//! Not here: their readers, which are parts of `souk`.

/// What switches cost and save: `ladder.toml` of a shop says more.
pub const LADDER: &str = include_str!("assumed/ladder.toml");
/// What counts as full, and what to do then.
pub const LIMITS: &str = include_str!("assumed/limits.toml");
/// What visits ask for.
pub const CAPACITY: &str = include_str!("assumed/capacity.toml");
/// What a platform charges.
pub const PRICES: &str = include_str!("assumed/prices.toml");
/// How large pages may be.
pub const PAGE_BUDGETS: &str = include_str!("../../storefront/tests/budgets.json");
