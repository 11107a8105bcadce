//! The keys of `search.toml`.

use souk_search::rules::{
    BOOST_PERCENT, BOOSTS_MAX, FILTER_VALUES_MAX, PHRASE_CHARS_MAX, QUERY_RULES_MAX, RELATED_MAX,
    RELATED_TYPES_MAX, RULE_PRODUCTS_MAX, STOP_WORDS_MAX, SYNONYM_GROUPS_MAX, SYNONYM_WORDS_MAX,
    SoldOut,
};

use crate::format::Format;
use crate::shape::{Key, Shape, key, required};

const PHRASE: Shape = Shape::Line(Format::Line {
    chars_max: PHRASE_CHARS_MAX,
});
/// The name of a type, a maker, a label, an option or a value, as products have them.
const NAME: Shape = Shape::Line(Format::Line { chars_max: 255 });
const SLUG: Shape = Shape::Line(Format::Slug);
const PRODUCTS: Shape = Shape::List {
    of: &SLUG,
    min: 1,
    max: RULE_PRODUCTS_MAX,
};
const VALUES: Shape = Shape::List {
    of: &NAME,
    min: 1,
    max: FILTER_VALUES_MAX,
};

const fn rules(keys: &'static Shape, max: usize) -> Shape {
    Shape::List {
        of: keys,
        min: 0,
        max,
    }
}

/// The file.
pub(crate) static SEARCH_KEYS: &[Key] = &[
    key(
        "base_synonyms",
        Shape::Switch,
        "Whether the program's own list of synonyms in English, German and Chinese is used too. \
         It counts less than the synonyms of this file.",
        "true",
    ),
    key(
        "sold_out",
        Shape::Choice(SOLD_OUT),
        "Where products stand in a search that are sold out: in their places (show), behind the \
         others (last), or nowhere (hide). Without it they stay in their places.",
        "\"last\"",
    ),
    key(
        "stop_words",
        Shape::Map(&Shape::List {
            of: &PHRASE,
            min: 0,
            max: STOP_WORDS_MAX,
        }),
        "Words of each language that a product need not have, though a shopper typed them.",
        "{ en = [\"the\", \"with\"], de = [\"für\", \"mit\"] }",
    ),
    key(
        "synonyms",
        rules(&Shape::Table(SYNONYM_KEYS), SYNONYM_GROUPS_MAX),
        "Words that find each other.",
        "[[synonyms]]\nwords = [\"laptop\", \"notebook\"]\nlanguage = \"en\"",
    ),
    key(
        "one_way_synonyms",
        rules(&Shape::Table(ONE_WAY_KEYS), SYNONYM_GROUPS_MAX),
        "A word that finds others too, while they do not find it.",
        "[[one_way_synonyms]]\nword = \"drinkware\"\nfinds = [\"mug\", \"cup\", \"glass\"]",
    ),
    key(
        "related",
        rules(&Shape::Table(RELATED_KEYS), RELATED_MAX),
        "Types whose products are shown beside those of another one.",
        "[[related]]\ntype = \"Phones\"\ntypes = [\"Phone cases\", \"Chargers\"]",
    ),
    key(
        "pins",
        rules(&Shape::Table(PIN_KEYS), QUERY_RULES_MAX),
        "Products that come first for a query, in this order.",
        "[[pins]]\nquery = \"gift\"\nproducts = [\"tea-glasses\", \"wax-seal-kit\"]",
    ),
    key(
        "hides",
        rules(&Shape::Table(HIDE_KEYS), QUERY_RULES_MAX),
        "Products that are not shown for a query, or in no search at all.",
        "[[hides]]\nquery = \"coffee\"\nproducts = [\"coffee-table-book\"]",
    ),
    key(
        "filters",
        rules(&Shape::Table(FILTER_KEYS), QUERY_RULES_MAX),
        "What products have to have for a query. Values of one list widen, lists narrow.",
        "[[filters]]\nquery = \"on sale\"\nmatch = \"contains\"\ntags = [\"sale\"]\ndrop_words = true",
    ),
    key(
        "redirects",
        rules(&Shape::Table(REDIRECT_KEYS), QUERY_RULES_MAX),
        "Pages that shoppers get to instead of a list of products.",
        "[[redirects]]\nquery = \"opening hours\"\nto = \"/pages/about\"",
    ),
    key(
        "boosts",
        rules(&Shape::Table(BOOST_KEYS), BOOSTS_MAX),
        "Products that come earlier or later than by their texts alone. Each names one of \
         type, vendor, tag and collection.",
        "[[boosts]]\ntag = \"new\"\nfactor = 1.2",
    ),
];

/// In the order of [`SOLD_OUTS`].
pub(super) const SOLD_OUT: &[&str] = &["show", "last", "hide"];
pub(super) const SOLD_OUTS: [SoldOut; 3] = [SoldOut::Show, SoldOut::Last, SoldOut::Hide];

const QUERY: Key = key(
    "query",
    PHRASE,
    "What shoppers type. Capitals, accents and endings make no difference.",
    "\"gift\"",
);
const MATCH: Key = key(
    "match",
    Shape::Choice(&["exact", "contains"]),
    "Whether longer queries that contain these words are meant too. Without it they are not.",
    "\"contains\"",
);
const LANGUAGE: Key = key(
    "language",
    Shape::Line(Format::Language),
    "One of the shop's languages. Without it the rule is for all of them.",
    "\"en\"",
);
const PINNED: Key = key("products", PRODUCTS, "Slugs of products.", "[\"tea-pot\"]");

static SYNONYM_KEYS: &[Key] = &[
    required(key(
        "words",
        Shape::List {
            of: &PHRASE,
            min: 2,
            max: SYNONYM_WORDS_MAX,
        },
        "Words or phrases.",
        "[\"laptop\", \"notebook\"]",
    )),
    LANGUAGE,
];

static ONE_WAY_KEYS: &[Key] = &[
    required(key("word", PHRASE, "A word or a phrase.", "\"drinkware\"")),
    required(key(
        "finds",
        Shape::List {
            of: &PHRASE,
            min: 1,
            max: SYNONYM_WORDS_MAX,
        },
        "Words or phrases that it finds besides itself.",
        "[\"mug\", \"cup\"]",
    )),
    LANGUAGE,
];

static RELATED_KEYS: &[Key] = &[
    required(key(
        "type",
        NAME,
        "A type of products, in the shop's own language.",
        "\"Phones\"",
    )),
    required(key(
        "types",
        Shape::List {
            of: &NAME,
            min: 1,
            max: RELATED_TYPES_MAX,
        },
        "The types that are shown beside it, in this order.",
        "[\"Phone cases\"]",
    )),
];

static PIN_KEYS: &[Key] = &[required(QUERY), MATCH, LANGUAGE, required(PINNED)];

static HIDE_KEYS: &[Key] = &[
    Key {
        says: "What shoppers type. Without it the products are in no search at all.",
        ..QUERY
    },
    MATCH,
    LANGUAGE,
    required(PINNED),
];

static FILTER_KEYS: &[Key] = &[
    required(QUERY),
    MATCH,
    LANGUAGE,
    key("collection", SLUG, "Slug of a collection.", "\"tea\""),
    key("types", VALUES, "Types.", "[\"Tea ware\"]"),
    key("vendors", VALUES, "Makers.", "[\"Low Kiln\"]"),
    key("tags", VALUES, "Labels.", "[\"sale\"]"),
    key(
        "options",
        Shape::Map(&VALUES),
        "Values of options.",
        "{ Colour = [\"Red\"] }",
    ),
    key(
        "price_min",
        Shape::Line(Format::Amount),
        "Lowest price at least.",
        "\"10.00\"",
    ),
    key(
        "price_max",
        Shape::Line(Format::Amount),
        "Lowest price at most.",
        "\"50.00\"",
    ),
    key(
        "in_stock",
        Shape::Switch,
        "Whether they have to be in stock.",
        "true",
    ),
    key(
        "drop_words",
        Shape::Switch,
        "Whether products need not have the words of the query, because the filter says what they say.",
        "true",
    ),
];

static REDIRECT_KEYS: &[Key] = &[
    required(QUERY),
    LANGUAGE,
    required(key(
        "to",
        Shape::Line(Format::Path),
        "A path of the shop without a language.",
        "\"/pages/about\"",
    )),
];

/// The bounds of a factor.
const FACTOR: Shape = Shape::Number(
    BOOST_PERCENT.0 as f64 / 100.0,
    BOOST_PERCENT.1 as f64 / 100.0,
);

static BOOST_KEYS: &[Key] = &[
    key("type", NAME, "A type of products.", "\"Tea ware\""),
    key("vendor", NAME, "A maker.", "\"Low Kiln\""),
    key("tag", NAME, "A label.", "\"new\""),
    key("collection", SLUG, "Slug of a collection.", "\"tea\""),
    required(key(
        "factor",
        FACTOR,
        "What their score is multiplied by. Several boosts of a product multiply, within the same \
         bounds.",
        "1.2",
    )),
];
