//! `tax.toml`.

use super::{AMOUNTS, LINE, NAME, PERCENT, PRODUCTS_KEYS, list};
use crate::format::Format;
use crate::shape::{Key, Shape, key, required};

/// Most categories and rates.
const CATEGORIES_MAX: usize = 100;
const TAX_RATES_MAX: usize = 2_000;

/// `tax.toml`.
pub(crate) static TAX_FILE_KEYS: &[Key] = &[
    key(
        "category",
        list(&Shape::Table(CATEGORY_KEYS), 0, CATEGORIES_MAX),
        "Products with rates of their own. A product is in the first category that has it.",
        "[[category]]\nid = \"books\"\nproducts = { any = [{ tag = \"book\" }] }",
    ),
    required(key(
        "rate",
        list(&Shape::Table(TAX_RATE_KEYS), 1, TAX_RATES_MAX),
        "A rate, and where it applies. Of several with one name that for the most specific place counts; \
         rates with different names add up.",
        "[[rate]]\nname = \"VAT\"\ncountry = \"DE\"\npercent = \"19\"",
    )),
];

static CATEGORY_KEYS: &[Key] = &[
    required(key(
        "id",
        NAME,
        "The name by which rates mean it.",
        "\"books\"",
    )),
    required(key(
        "products",
        Shape::Table(PRODUCTS_KEYS),
        "What is in it.",
        "{ any = [{ tag = \"book\" }] }",
    )),
];

static TAX_RATE_KEYS: &[Key] = &[
    key(
        "market",
        NAME,
        "Id of a market. Without it all of them.",
        "\"us\"",
    ),
    key(
        "country",
        Shape::Line(Format::Country),
        "ISO 3166-1 code. Without it every country.",
        "\"US\"",
    ),
    key(
        "region",
        LINE,
        "Code of a region as addresses have it.",
        "\"CA\"",
    ),
    key(
        "postal",
        Shape::Line(Format::PostalBeginning),
        "Beginning of postal codes.",
        "\"902\"",
    ),
    key(
        "category",
        NAME,
        "Id of a category. Without it everything.",
        "\"books\"",
    ),
    required(key("name", LINE, "As invoices name it.", "\"VAT\"")),
    required(key("percent", PERCENT, "How much.", "\"7.25\"")),
    key(
        "duty",
        Shape::Switch,
        "Whether it is duty, which is always added to prices.",
        "true",
    ),
    key(
        "free_below",
        AMOUNTS,
        "Orders whose goods cost less are free of it, in minor units.",
        "{ USD = 80000 }",
    ),
];
