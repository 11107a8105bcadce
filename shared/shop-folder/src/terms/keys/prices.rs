//! `prices.csv`.

use super::{LINE, NAME};
use crate::format::Format;
use crate::shape::{Key, Shape, key, required};

/// The columns of `prices.csv`.
pub(crate) static PRICE_COLUMNS: &[Key] = &[
    required(key("sku", LINE, "SKU of a variant.", "\"MUG-1\"")),
    key(
        "market",
        NAME,
        "Id of a market; empty: the first one.",
        "\"eu\"",
    ),
    required(key(
        "price",
        Shape::Line(Format::Amount),
        "Price of one unit in the market's currency.",
        "\"18.00\"",
    )),
    key(
        "compare_at",
        Shape::Line(Format::Amount),
        "A higher price that it is compared with.",
        "\"22.00\"",
    ),
    key(
        "from",
        Shape::Line(Format::Moment),
        "When it begins, in the market's time; empty: it has begun.",
        "\"2026-11-27 09:00\"",
    ),
    key(
        "until",
        Shape::Line(Format::Moment),
        "When it ends; a date without a time is its last day.",
        "\"2026-11-30\"",
    ),
];
