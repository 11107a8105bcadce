//! What a scenario says about the visitors of a sale. What they do is in `crate::sale`.

use super::span::Span;

/// The visitors of a sale.
#[derive(Debug, Clone, PartialEq)]
pub struct SaleScenario {
    /// The sale.
    pub id: String,
    /// How many come.
    pub visitors: u32,
    /// The share of them that comes before the opening.
    pub early: f64,
    /// The share that leaves without having bought.
    pub leave: f64,
    /// Programs that guess addresses and order early.
    pub bots: u32,
    /// How long before the opening early visitors come.
    pub comes_before: Span,
    /// How long after the opening the others come.
    pub comes_after: Span,
    /// How long those stay who leave.
    pub stays: Span,
    /// How long after its call a visitor orders.
    pub buys_after: Span,
}
