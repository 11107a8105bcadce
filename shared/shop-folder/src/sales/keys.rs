//! The keys of `sale.toml`.

use souk_catalogue::Sale;
use souk_domain::{Money, QUANTITY_MAX};

use crate::format::Format;
use crate::shape::{Key, Shape, key, required};

const TITLE_CHARS_MAX: usize = 100;
/// Times of the day at which a sale opens, at most: one each hour.
const TIMES_MAX: usize = 24;
/// Units of an item, at most.
const UNITS_MAX: i64 = 1_000_000;
/// How many may be called for a unit that is left, at most.
const OVERBOOK_MAX: f64 = 10.0;

const PRICE: Shape = Shape::Integer(0, Money::AMOUNT_MAX);

/// How buyers are told apart.
pub(super) const IDENTITIES: &[&str] = &["email", "visitor"];

/// `sale.toml`.
pub(crate) static SALE_FILE_KEYS: &[Key] = &[
    key(
        "id",
        Shape::Line(Format::SaleId),
        "Its name in addresses. Without it the name of its folder, and no other one is possible.",
        "\"drop\"",
    ),
    required(key(
        "titles",
        Shape::Text {
            chars_max: TITLE_CHARS_MAX,
        },
        "As shoppers read it, in the shop's own language at least.",
        "{ en = \"The drop\" }",
    )),
    required(key(
        "opens",
        Shape::Instant,
        "From when it sells.",
        "2026-11-11T00:00:00+08:00",
    )),
    required(key(
        "closes",
        Shape::Instant,
        "From when it does not sell any more.",
        "2026-11-11T02:00:00+08:00",
    )),
    key(
        "sessions",
        Shape::List {
            of: &Shape::Line(Format::TimeOfDay),
            min: 1,
            max: TIMES_MAX,
        },
        "Times at which it opens each day between the two, in the shop's time zone; each session has \
         the units of its own, and sells until tickets of the next one are given. Without it the sale \
         opens once.",
        "[\"10:00\", \"20:00\"]",
    ),
    key(
        "room",
        Shape::Switch,
        "Whether shoppers buy by turns, with a ticket of its waiting room; with false orders are served as \
         they come, and gathers, identity, buy_within and overbook have no effect. true without it.",
        "true",
    ),
    key(
        "gathers",
        Shape::Duration("1m", "24h"),
        "How long before each opening there are tickets for the draw; 30m without it.",
        "\"30m\"",
    ),
    required(key(
        "identity",
        Shape::SoFar {
            names: IDENTITIES,
            later: &["member"],
        },
        "By what the draw tells buyers apart: their e-mail addresses, or not at all, so that each ticket \
         is a buyer.",
        "\"email\"",
    )),
    key(
        "buy_within",
        Shape::Duration("1m", "1h"),
        "How long a shopper who is called may buy; 5m without it.",
        "\"5m\"",
    ),
    key(
        "pay_within",
        Shape::Duration("1m", "24h"),
        "How long units are held for an order that is not paid; 10m without it.",
        "\"10m\"",
    ),
    key(
        "proof",
        Shape::SoFar {
            names: &["none"],
            later: &["altcha"],
        },
        "What a browser has to prove before it gets a ticket.",
        "\"none\"",
    ),
    key(
        "overbook",
        Shape::Number(1.0, OVERBOOK_MAX),
        "How many shoppers are called for each unit that is left. With 1.0, which is meant without it, \
         none is called for what is not there.",
        "1.0",
    ),
    required(key(
        "items",
        Shape::List {
            of: &Shape::Table(ITEM_KEYS),
            min: 1,
            max: Sale::ITEMS_MAX,
        },
        "What it sells, in the order in which it is shown.",
        "[{ sku = \"TEA-250\", price = 990, units = 100, limit = 1 }]",
    )),
];

static ITEM_KEYS: &[Key] = &[
    required(key(
        "sku",
        Shape::Line(Format::Line { chars_max: 255 }),
        "SKU of a variant.",
        "\"TEA-250\"",
    )),
    required(key(
        "price",
        PRICE,
        "In minor units of the first market's currency.",
        "990",
    )),
    required(key(
        "units",
        Shape::Integer(1, UNITS_MAX),
        "Units that each session has.",
        "100",
    )),
    required(key(
        "limit",
        Shape::Integer(1, QUANTITY_MAX as i64),
        "Units that one buyer may have in a session.",
        "1",
    )),
    key(
        "prices",
        Shape::Map(&PRICE),
        "Prices of other markets by their ids, in minor units. A market with another currency sells \
         the item only if it is named here.",
        "{ eu = 890 }",
    ),
];
