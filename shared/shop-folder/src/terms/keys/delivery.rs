//! `delivery.toml`.

use super::{AMOUNTS, COUNTRIES, LINE, MARKETS, NAME, NAMES_MAX, TITLE, list};
use crate::format::Format;
use crate::shape::{Key, Shape, key, required};

/// Most zones, methods, and rates of a method.
const ZONES_MAX: usize = 200;
const METHODS_MAX: usize = 50;
const METHOD_RATES_MAX: usize = 200;

/// `delivery.toml`.
pub(crate) static DELIVERY_FILE_KEYS: &[Key] = &[
    key(
        "zone",
        list(&Shape::Table(ZONE_KEYS), 0, ZONES_MAX),
        "A part of the world with rates of its own.",
        "[[zone]]\nid = \"islands\"\ncountries = [\"US\"]\nregions = [\"HI\"]",
    ),
    required(key(
        "method",
        list(&Shape::Table(METHOD_KEYS), 1, METHODS_MAX),
        "A way in which parcels get to buyers, in the order in which they are shown.",
        "[[method]]\nid = \"standard\"\ntitle = \"Standard\"\nkind = \"ship\"\nrates = [{ amount = { USD = 500 } }]",
    )),
];

static ZONE_KEYS: &[Key] = &[
    required(key(
        "id",
        NAME,
        "The name by which rates mean it.",
        "\"islands\"",
    )),
    COUNTRIES,
    key(
        "regions",
        list(&LINE, 1, NAMES_MAX),
        "Codes of regions as addresses have them.",
        "[\"HI\", \"AK\"]",
    ),
    key(
        "postal",
        list(&Shape::Line(Format::PostalBeginning), 1, NAMES_MAX),
        "Beginnings of postal codes.",
        "[\"967\", \"968\"]",
    ),
];

static METHOD_KEYS: &[Key] = &[
    required(key("id", NAME, "As orders name it.", "\"standard\"")),
    required(key("title", TITLE, "As shoppers read it.", "\"Standard\"")),
    key(
        "kind",
        Shape::Choice(METHOD_KINDS),
        "Whether a carrier brings it (ship, which is meant without it) or the buyer collects it (pickup).",
        "\"ship\"",
    ),
    MARKETS,
    key(
        "days",
        list(&Shape::Integer(0, 365), 2, 2),
        "Working days from the order to the buyer: at least, at most.",
        "[1, 3]",
    ),
    required(key(
        "rates",
        list(&Shape::Table(METHOD_RATE_KEYS), 1, METHOD_RATES_MAX),
        "What it costs. The rates of the closest zone count, and of those that fit the lowest.",
        "[{ zone = \"home\", amount = { USD = 500 } }]",
    )),
    key(
        "points",
        list(&Shape::Table(POINT_KEYS), 1, NAMES_MAX),
        "Where buyers can collect, for the kind pickup.",
        "[{ id = \"shop\", title = \"Our shop\", address = [\"Main Street 1\"] }]",
    ),
];

pub(in crate::terms) const METHOD_KINDS: &[&str] = &["ship", "pickup"];

static METHOD_RATE_KEYS: &[Key] = &[
    key(
        "zone",
        NAME,
        "Id of a zone. Without it everywhere.",
        "\"home\"",
    ),
    required(key(
        "amount",
        AMOUNTS,
        "The price in minor units of each currency; 0 is free.",
        "{ USD = 500 }",
    )),
    key(
        "weight_max_g",
        Shape::Integer(0, 1_000_000_000),
        "The heaviest parcel, in grams.",
        "2000",
    ),
    key(
        "subtotal_min",
        AMOUNTS,
        "What the lines have to cost at least, in minor units.",
        "{ USD = 10000 }",
    ),
];

static POINT_KEYS: &[Key] = &[
    required(key("id", NAME, "Its name in orders.", "\"shop\"")),
    required(key("title", TITLE, "As shoppers read it.", "\"Our shop\"")),
    key(
        "address",
        list(&LINE, 1, 10),
        "Its postal address, a line each.",
        "[\"Main Street 1\"]",
    ),
];
