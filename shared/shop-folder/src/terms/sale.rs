//! Promotions that become prices.

use souk_pricing::{Cut, Run};

use super::selector::Selector;

/// A promotion that changes prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sale {
    pub(super) priority: i32,
    pub(super) runs: Vec<Run>,
    /// `None`: everything.
    pub(super) products: Option<Selector>,
    pub(super) cut: Cut,
}
