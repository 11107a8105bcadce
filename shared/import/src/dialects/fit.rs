//! How well a header fits a dialect.

use crate::Dialect;

/// How much of a header is a dialect's.
pub(super) struct Fit {
    pub(super) dialect: Dialect,
    /// Names that it knows.
    pub(super) known: usize,
    /// Whether one of them is its alone.
    pub(super) own: bool,
    /// Whether a column is missing without which nothing can be read.
    pub(super) lacks: bool,
}
