//! The keys of the files of terms, and the columns of `prices.csv`: a module for each file, and here
//! what several of them have.

mod delivery;
mod markets;
mod options;
mod prices;
mod promotions;
mod tax;

use souk_domain::Money;

pub(crate) use delivery::DELIVERY_FILE_KEYS;
pub(super) use delivery::METHOD_KINDS;
pub(crate) use markets::MARKET_FILE_KEYS;
pub(super) use markets::{DELIVERY_TAXES, TAX_MODES, TAX_ROUNDINGS};
pub(crate) use options::OPTION_FILE_KEYS;
pub(crate) use prices::PRICE_COLUMNS;
pub(crate) use promotions::PROMOTION_FILE_KEYS;
pub(super) use promotions::STACKED_CLASSES;
pub(crate) use tax::TAX_FILE_KEYS;

use crate::format::Format;
use crate::shape::{Key, Shape, key, required};

/// Most markets.
const MARKETS_MAX: usize = 50;
/// Most names in a list.
const NAMES_MAX: usize = 500;
const TITLE_CHARS_MAX: usize = 100;

const NAME: Shape = Shape::Line(Format::Name);
const LINE: Shape = Shape::Line(Format::Line { chars_max: 255 });
const PERCENT: Shape = Shape::Line(Format::Percent);
const TITLE: Shape = Shape::Text {
    chars_max: TITLE_CHARS_MAX,
};
/// Minor units by currency.
const AMOUNTS: Shape = Shape::Map(&Shape::Integer(0, Money::AMOUNT_MAX));

const fn list(of: &'static Shape, min: usize, max: usize) -> Shape {
    Shape::List { of, min, max }
}

const COUNTRIES: Key = key(
    "countries",
    list(&Shape::Line(Format::CountryOrAll), 1, 300),
    "ISO 3166-1 codes of countries; [\"*\"] is all of them, and what is meant without it.",
    "[\"US\", \"CA\"]",
);

const MARKETS: Key = key(
    "markets",
    list(&NAME, 1, MARKETS_MAX),
    "Ids of markets. Without it all of them.",
    "[\"us\"]",
);

static PRODUCTS_KEYS: &[Key] = &[
    required(key(
        "any",
        list(&Shape::Table(PRODUCT_KEYS), 1, NAMES_MAX),
        "What has one of these.",
        "[{ collection = \"tea\" }, { tag = \"gift\" }]",
    )),
    key(
        "not",
        list(&Shape::Table(PRODUCT_KEYS), 1, NAMES_MAX),
        "But for what has one of these.",
        "[{ sku = \"MUG-1\" }]",
    ),
];

static PRODUCT_KEYS: &[Key] = &[
    key("collection", LINE, "Slug of a collection.", "\"tea\""),
    key("tag", LINE, "A label.", "\"gift\""),
    key("sku", LINE, "SKU of a variant.", "\"MUG-1\""),
];
