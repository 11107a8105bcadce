//! `promotions.toml`.

use souk_domain::QUANTITY_MAX;
use souk_pricing::Terms;

use super::{AMOUNTS, MARKETS, NAME, PERCENT, PRODUCTS_KEYS, TITLE, list};
use crate::format::Format;
use crate::shape::{Key, Shape, key, required};

const STEPS_MAX: usize = 20;

/// `promotions.toml`.
pub(crate) static PROMOTION_FILE_KEYS: &[Key] = &[required(key(
    "promotion",
    list(&Shape::Table(PROMOTION_KEYS), 1, Terms::PROMOTIONS_MAX),
    "A reduction.",
    "[[promotion]]\nid = \"tea-10\"\ntitle = \"10 % off tea\"\nclass = \"line\"\n\
     products = { any = [{ collection = \"tea\" }] }\naction = { percent = \"10\" }",
))];

const CLASSES: &[&str] = &["line", "order", "delivery", "sale"];

static PROMOTION_KEYS: &[Key] = &[
    required(key(
        "id",
        NAME,
        "A name that no other promotion has.",
        "\"tea-10\"",
    )),
    required(key(
        "title",
        TITLE,
        "As shoppers read it.",
        "\"10 % off tea\"",
    )),
    required(key(
        "class",
        Shape::Choice(CLASSES),
        "What it takes from: each line, the order, delivery; or the price itself (sale).",
        "\"line\"",
    )),
    key(
        "from",
        Shape::Date,
        "When it begins, in each market's time. Without it it has begun.",
        "2026-11-27T09:00:00",
    ),
    key(
        "until",
        Shape::Date,
        "When it ends; a date without a time is its last day.",
        "2026-11-30",
    ),
    MARKETS,
    key(
        "tiers",
        list(&NAME, 1, 50),
        "Tiers of members that it is for. Without it everybody.",
        "[\"gold\"]",
    ),
    key(
        "priority",
        Shape::Integer(-1_000_000, 1_000_000),
        "The highest is computed first. Without it 0.",
        "10",
    ),
    key(
        "group",
        NAME,
        "Promotions of one group never combine.",
        "\"seasonal\"",
    ),
    key(
        "exclusive",
        Shape::Switch,
        "Whether it combines with no other promotion.",
        "true",
    ),
    key(
        "stacks_with",
        list(&Shape::Choice(STACKED_CLASSES), 0, 3),
        "Classes of promotions that it combines with, if those name its class too.",
        "[\"order\", \"delivery\"]",
    ),
    key(
        "codes",
        list(&Shape::Line(Format::Code), 0, 100),
        "Codes that unlock it. Without it it needs none; [] takes those of its series only.",
        "[\"WELCOME10\"]",
    ),
    key(
        "when",
        Shape::Table(WHEN_KEYS),
        "What the cart has to have of its products.",
        "{ subtotal_min = { USD = 5000 } }",
    ),
    key(
        "products",
        Shape::Table(PRODUCTS_KEYS),
        "What it is for. Without it everything.",
        "{ any = [{ collection = \"tea\" }] }",
    ),
    required(key(
        "action",
        Shape::Table(ACTION_KEYS),
        "What it takes off.",
        "{ percent = \"10\" }",
    )),
    key(
        "max_discount",
        AMOUNTS,
        "The most that it takes off an order, in minor units.",
        "{ USD = 2000 }",
    ),
    key(
        "max_uses",
        Shape::Integer(1, 1_000_000_000),
        "Orders that may use it.",
        "1000",
    ),
    key(
        "max_uses_per_buyer",
        Shape::Integer(1, 1_000_000),
        "Orders of one buyer that may use it.",
        "1",
    ),
];

pub(in crate::terms) const STACKED_CLASSES: &[&str] = &["line", "order", "delivery"];

static WHEN_KEYS: &[Key] = &[
    key(
        "subtotal_min",
        AMOUNTS,
        "What they cost at least, in minor units.",
        "{ USD = 5000 }",
    ),
    key(
        "units_min",
        Shape::Integer(1, 1_000_000),
        "How many units there are at least.",
        "3",
    ),
];

static ACTION_KEYS: &[Key] = &[
    key(
        "percent",
        PERCENT,
        "So much of the price; with buy and get, off the rewarded units.",
        "\"10\"",
    ),
    key(
        "amount",
        AMOUNTS,
        "Minor units off each unit of a line, off the order, or off delivery.",
        "{ USD = 500 }",
    ),
    key(
        "every",
        AMOUNTS,
        "The amount is taken off as often as this is reached.",
        "{ USD = 30000 }",
    ),
    key(
        "buy",
        Shape::Integer(1, QUANTITY_MAX as i64),
        "Units at their price, for a class line.",
        "2",
    ),
    key(
        "get",
        Shape::Integer(1, QUANTITY_MAX as i64),
        "Units that are reduced for them, the cheapest first. Without percent they are free.",
        "1",
    ),
    key(
        "steps",
        list(&Shape::Table(STEP_KEYS), 1, STEPS_MAX),
        "Of the steps that are reached the last one counts.",
        "[{ at = { units = 10 }, percent = \"5\" }]",
    ),
    key(
        "free",
        Shape::Switch,
        "Delivery is free, for a class delivery.",
        "true",
    ),
];

static STEP_KEYS: &[Key] = &[
    required(key(
        "at",
        Shape::Table(AT_KEYS),
        "What has to be reached.",
        "{ subtotal = { USD = 10000 } }",
    )),
    key("percent", PERCENT, "So much of the price.", "\"5\""),
    key("amount", AMOUNTS, "So many minor units.", "{ USD = 2000 }"),
];

static AT_KEYS: &[Key] = &[
    key(
        "subtotal",
        AMOUNTS,
        "What its products cost.",
        "{ USD = 10000 }",
    ),
    key(
        "units",
        Shape::Integer(1, 1_000_000),
        "How many there are.",
        "10",
    ),
];
