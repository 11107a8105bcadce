//! `markets.toml`.

use super::{COUNTRIES, MARKETS_MAX, NAME, TITLE, list};
use crate::format::Format;
use crate::shape::{Key, Shape, key, required};

/// `markets.toml`.
pub(crate) static MARKET_FILE_KEYS: &[Key] = &[required(key(
    "market",
    list(&Shape::Table(MARKET_KEYS), 1, MARKETS_MAX),
    "A part of the world with a currency and rules of its own. The first one has the prices of \
     products.csv.",
    "[[market]]\nid = \"us\"\ncurrency = \"USD\"",
))];

static MARKET_KEYS: &[Key] = &[
    required(key(
        "id",
        NAME,
        "The name by which other files mean it.",
        "\"us\"",
    )),
    key(
        "path",
        Shape::Line(Format::MarketPath),
        "What addresses of its pages begin with. The first market has none, and each other one its own.",
        "\"np\"",
    ),
    key(
        "title",
        TITLE,
        "As shoppers read it where they choose a market. Without it they read the id.",
        "\"Nepal\"",
    ),
    required(key(
        "currency",
        Shape::Line(Format::Currency),
        "ISO 4217 code of its prices.",
        "\"USD\"",
    )),
    COUNTRIES,
    key(
        "zone",
        Shape::Line(Format::TimeZone),
        "Time zone in which its prices and promotions begin and end. Without it that of the shop.",
        "\"America/New_York\"",
    ),
    key(
        "tax",
        Shape::Choice(TAX_MODES),
        "Whether prices include tax, which is meant without it, or tax is added to them.",
        "\"added\"",
    ),
    key(
        "tax_rounding",
        Shape::Choice(TAX_ROUNDINGS),
        "Whether tax is rounded for each line, which is meant without it, or once for the order.",
        "\"order\"",
    ),
    key(
        "delivery_tax",
        Shape::Choice(DELIVERY_TAXES),
        "Whether delivery is taxed like goods without a category (standard, which is meant without it), \
         like the goods in the parcel (prorata), or not at all (none).",
        "\"prorata\"",
    ),
    key(
        "languages",
        list(&Shape::Line(Format::Language), 1, 32),
        "Languages of the shop in which it is shown. Without it all of them.",
        "[\"en\"]",
    ),
    key(
        "convert",
        Shape::Table(CONVERT_KEYS),
        "Where prices come from that prices.csv does not have. Without it such products are not sold here.",
        "{ from = \"us\", rate = \"0.92\", round = \"0.05\" }",
    ),
];

pub(in crate::terms) const TAX_MODES: &[&str] = &["included", "added"];
pub(in crate::terms) const TAX_ROUNDINGS: &[&str] = &["line", "order"];
pub(in crate::terms) const DELIVERY_TAXES: &[&str] = &["standard", "prorata", "none"];

static CONVERT_KEYS: &[Key] = &[
    required(key(
        "from",
        NAME,
        "The market whose prices are converted.",
        "\"us\"",
    )),
    required(key(
        "rate",
        Shape::Line(Format::Amount),
        "What one unit of its currency is in this market's, with up to eight decimals.",
        "\"0.92\"",
    )),
    key(
        "round",
        Shape::Line(Format::Amount),
        "The step to which prices are rounded, in the market's currency. Without it the smallest amount.",
        "\"0.05\"",
    ),
];
