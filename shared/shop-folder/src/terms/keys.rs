//! The keys of `markets.toml`, `delivery.toml`, `tax.toml` and `promotions.toml`, and the columns of
//! `prices.csv`.

use souk_domain::{Money, QUANTITY_MAX};
use souk_pricing::Terms;

use crate::format::Format;
use crate::shape::{Key, Shape, key, required};

/// Most markets, zones, methods, rates of a method, categories and rates of tax.
const MARKETS_MAX: usize = 50;
const ZONES_MAX: usize = 200;
const METHODS_MAX: usize = 50;
const METHOD_RATES_MAX: usize = 200;
const CATEGORIES_MAX: usize = 100;
const TAX_RATES_MAX: usize = 2_000;
/// Most names in a list.
const NAMES_MAX: usize = 500;
const STEPS_MAX: usize = 20;
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

pub(super) const TAX_MODES: &[&str] = &["included", "added"];
pub(super) const TAX_ROUNDINGS: &[&str] = &["line", "order"];
pub(super) const DELIVERY_TAXES: &[&str] = &["standard", "prorata", "none"];

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

pub(super) const METHOD_KINDS: &[&str] = &["ship", "pickup"];

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

/// `promotions.toml`.
pub(crate) static PROMOTION_FILE_KEYS: &[Key] = &[required(key(
    "promotion",
    list(&Shape::Table(PROMOTION_KEYS), 1, Terms::PROMOTIONS_MAX),
    "A reduction.",
    "[[promotion]]\nid = \"tea-10\"\ntitle = \"10 % off tea\"\nclass = \"line\"\n\
     products = { any = [{ collection = \"tea\" }] }\naction = { percent = \"10\" }",
))];

pub(super) const CLASSES: &[&str] = &["line", "order", "delivery", "sale"];

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

pub(super) const STACKED_CLASSES: &[&str] = &["line", "order", "delivery"];

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
