//! `options.toml`.

use souk_pricing::Terms;

use super::{AMOUNTS, NAME, PRODUCTS_KEYS, TITLE, list};
use crate::shape::{Key, Shape, key, required};

/// Most choices of an option.
const CHOICES_MAX: usize = 50;
/// Most characters of a text: what fits on a product, and in the cookie with the cart.
const TEXT_CHARS_MAX: i64 = 200;
/// Most working days that an option takes.
const LEAD_DAYS_MAX: i64 = 365;

/// `options.toml`.
pub(crate) static OPTION_FILE_KEYS: &[Key] = &[required(key(
    "option",
    list(&Shape::Table(OPTION_KEYS), 1, Terms::OPTIONS_MAX),
    "What buyers may choose for a line, in the order in which it is shown.",
    "[[option]]\nid = \"engraving\"\ntitle = \"Engraving\"\nkind = \"text\"\nmax_length = 20\n\
     products = { any = [{ collection = \"mugs\" }] }\nsurcharge = { USD = 500 }\nlead_days = 2",
))];

const OPTION_KINDS: &[&str] = &["text", "choice", "flag"];

static OPTION_KEYS: &[Key] = &[
    required(key(
        "id",
        NAME,
        "A name that no other option has.",
        "\"engraving\"",
    )),
    required(key("title", TITLE, "As shoppers read it.", "\"Engraving\"")),
    required(key(
        "kind",
        Shape::Choice(OPTION_KINDS),
        "What is chosen: a text, one of the choices, or yes (flag).",
        "\"text\"",
    )),
    key(
        "products",
        Shape::Table(PRODUCTS_KEYS),
        "What it is for. Without it everything.",
        "{ any = [{ collection = \"mugs\" }] }",
    ),
    key(
        "required",
        Shape::Switch,
        "Whether its products cannot be bought without it.",
        "true",
    ),
    key(
        "max_length",
        Shape::Integer(1, TEXT_CHARS_MAX),
        "The longest text, in characters; for the kind text, which needs it.",
        "20",
    ),
    key(
        "choices",
        list(&Shape::Table(CHOICE_KEYS), 1, CHOICES_MAX),
        "What there is to choose from; for the kind choice, which needs it.",
        "[{ id = \"red\", title = \"Red ribbon\", surcharge = { USD = 100 } }]",
    ),
    key(
        "surcharge",
        AMOUNTS,
        "What it adds to the price of a unit, in minor units. Without it nothing.",
        "{ USD = 500 }",
    ),
    key(
        "lead_days",
        Shape::Integer(0, LEAD_DAYS_MAX),
        "Working days that it adds to those of the delivery.",
        "2",
    ),
];

static CHOICE_KEYS: &[Key] = &[
    required(key(
        "id",
        NAME,
        "A name that no other choice of the option has.",
        "\"red\"",
    )),
    required(key(
        "title",
        TITLE,
        "As shoppers read it.",
        "\"Red ribbon\"",
    )),
    key(
        "surcharge",
        AMOUNTS,
        "What it adds to the surcharge of the option, in minor units. Without it nothing.",
        "{ USD = 100 }",
    ),
];
