//! The keys of `shop.toml`.

use crate::format::Format;
use crate::shape::{Key, Shape, key, required};

const NAME: Shape = Shape::Text { chars_max: 80 };
const HEADING: Shape = Shape::Text { chars_max: 160 };
const SENTENCE: Shape = Shape::Text { chars_max: 320 };
const PROSE: Shape = Shape::Text { chars_max: 20_000 };
const LINE: Shape = Shape::Line(Format::Line { chars_max: 160 });
const LINK: Shape = Shape::Line(Format::Link);
const PICTURE: Shape = Shape::Line(Format::Picture);
const SLUG: Shape = Shape::Line(Format::Slug);

/// Ways to pay, as orders name them.
pub(crate) const METHODS: &[&str] = &["card", "transfer", "on_delivery"];

/// The file.
pub(crate) static SHOP_KEYS: &[Key] = &[
    required(key("name", NAME, "The name of the shop.", "\"My shop\"")),
    key(
        "tagline",
        SENTENCE,
        "One sentence for search engines; it stands beside the name in the title of the home page.",
        "\"Tea and everything around it\"",
    ),
    key(
        "logo",
        PICTURE,
        "The logo in the header; without it the name stands there.",
        "\"pictures/logo.svg\"",
    ),
    key(
        "icon",
        PICTURE,
        "The icon of browser tabs; without it the program's own is shown.",
        "\"pictures/icon.svg\"",
    ),
    required(key(
        "languages",
        Shape::List {
            of: &Shape::Line(Format::Language),
            min: 1,
            max: 32,
        },
        "The shop's own language first: its pages have no prefix. Those of every further language \
         are below /CODE. A text of this file is either one text for all languages or a table with \
         one for each: { en = \"Tea\", de = \"Tee\" }.",
        "[\"en\"]",
    )),
    required(key(
        "currency",
        Shape::Line(Format::Currency),
        "The ISO 4217 code of every price.",
        "\"EUR\"",
    )),
    required(key(
        "country",
        Shape::Line(Format::Country),
        "The ISO 3166-1 code of the country that the shop is in: it says which legal pages it needs.",
        "\"DE\"",
    )),
    required(key(
        "time_zone",
        Shape::Line(Format::TimeZone),
        "The IANA name of the time zone in which dates and times are shown.",
        "\"Europe/Berlin\"",
    )),
    key(
        "contact",
        Shape::Table(CONTACT_KEYS),
        "How shoppers reach the shop.",
        "",
    ),
    key(
        "company",
        Shape::Table(COMPANY_KEYS),
        "Who runs the shop.",
        "",
    ),
    key(
        "navigation",
        Shape::List {
            of: &Shape::Table(PLACE_KEYS),
            min: 0,
            max: 24,
        },
        "The navigation of every page, with up to three levels.",
        "",
    ),
    key(
        "footer",
        Shape::Table(FOOTER_KEYS),
        "The bottom of every page.",
        "",
    ),
    key(
        "home",
        Shape::List {
            of: &Shape::Kinds(BLOCKS),
            min: 0,
            max: 24,
        },
        "The home page, block by block from top to bottom.",
        "",
    ),
    key(
        "payment",
        Shape::Table(PAYMENT_KEYS),
        "How orders can be paid, and how long goods are held for them.",
        "",
    ),
    key(
        "delivery",
        Shape::Table(DELIVERY_KEYS),
        "How orders are delivered.",
        "",
    ),
    key(
        "api",
        Shape::Table(API_KEYS),
        "The API for other programs.",
        "",
    ),
];

static CONTACT_KEYS: &[Key] = &[
    key(
        "email",
        Shape::Line(Format::Email),
        "E-mail address.",
        "\"hello@shop.example\"",
    ),
    key(
        "phone",
        Shape::Line(Format::Phone),
        "Telephone number, as it is dialled from abroad.",
        "\"+49 221 123456\"",
    ),
];

static COMPANY_KEYS: &[Key] = &[
    key(
        "name",
        LINE,
        "Name of the company or person.",
        "\"Kontor GmbH\"",
    ),
    key(
        "address",
        Shape::List {
            of: &LINE,
            min: 0,
            max: 8,
        },
        "Postal address, a line each.",
        "[\"Hafenstraße 5\", \"20457 Hamburg\", \"Germany\"]",
    ),
    key(
        "register",
        LINE,
        "Register and number.",
        "\"Amtsgericht Hamburg, HRB 12345\"",
    ),
    key(
        "vat_id",
        LINE,
        "Number for value added tax.",
        "\"DE123456789\"",
    ),
];

const LABEL: Key = key(
    "label",
    NAME,
    "What it is called; without it the title of what it leads to.",
    "\"Tea\"",
);
const TO: Key = key(
    "to",
    LINK,
    "Where it leads: a path of this shop, or an address of another site. Without it the label is a \
     heading.",
    "\"/collections/tea\"",
);

static PLACE_KEYS: &[Key] = &[
    LABEL,
    TO,
    key(
        "items",
        Shape::List {
            of: &Shape::Table(SECOND_KEYS),
            min: 0,
            max: 48,
        },
        "What lies below it.",
        "[]",
    ),
];

static SECOND_KEYS: &[Key] = &[
    LABEL,
    TO,
    key(
        "items",
        Shape::List {
            of: &Shape::Table(LINK_KEYS),
            min: 0,
            max: 48,
        },
        "What lies below it.",
        "[]",
    ),
];

static LINK_KEYS: &[Key] = &[LABEL, TO];

static FOOTER_KEYS: &[Key] = &[
    key(
        "line",
        SENTENCE,
        "A sentence at the bottom of every page.",
        "\"Open day and night.\"",
    ),
    key(
        "columns",
        Shape::List {
            of: &Shape::Table(COLUMN_KEYS),
            min: 0,
            max: 8,
        },
        "Columns of links, each below a heading.",
        "[]",
    ),
];

static COLUMN_KEYS: &[Key] = &[
    required(LABEL),
    key(
        "items",
        Shape::List {
            of: &Shape::Table(LINK_KEYS),
            min: 0,
            max: 48,
        },
        "The links of the column.",
        "[]",
    ),
];

const TITLE: Key = key("title", HEADING, "Heading.", "\"New\"");

/// The blocks of the home page: name, what it is, keys.
static BLOCKS: &[(&str, &str, &[Key])] = &[
    (
        "story",
        "A picture, or pictures of products, with words beside it.",
        &[
            required(TITLE),
            key("text", SENTENCE, "Plain text.", "\"Come in.\""),
            key("picture", PICTURE, "Picture.", "\"pictures/shop.jpg\""),
            key("picture_alt", SENTENCE, "What the picture shows.", "\"\""),
            key(
                "pictures_of",
                SLUG,
                "Without a picture of its own: pictures of products of this collection.",
                "\"all\"",
            ),
            key(
                "links",
                Shape::List {
                    of: &Shape::Table(BUTTON_KEYS),
                    min: 0,
                    max: 4,
                },
                "Buttons.",
                "[]",
            ),
        ],
    ),
    (
        "row",
        "Products of a collection, in a row.",
        &[
            TITLE,
            required(key("collection", SLUG, "Which collection.", "\"all\"")),
            key("products", Shape::Integer(1, 24), "Products at most.", "8"),
        ],
    ),
    (
        "popular",
        "The products that are bought most, in a row, once the shop has learnt them from its orders.",
        &[
            TITLE,
            key("products", Shape::Integer(1, 24), "Products at most.", "8"),
        ],
    ),
    (
        "collections",
        "Tiles of collections.",
        &[
            TITLE,
            key(
                "collections",
                Shape::List {
                    of: &SLUG,
                    min: 0,
                    max: 64,
                },
                "Which, in this order; without it all.",
                "[]",
            ),
        ],
    ),
    (
        "notes",
        "Short texts side by side, such as what shoppers can count on.",
        &[
            TITLE,
            required(key(
                "notes",
                Shape::List {
                    of: &Shape::Table(NOTE_KEYS),
                    min: 1,
                    max: 6,
                },
                "Heading and text of each.",
                "[]",
            )),
        ],
    ),
    (
        "text",
        "A text.",
        &[
            TITLE,
            required(key(
                "text",
                PROSE,
                "The text, in Markdown.",
                "\"We have sold tea since 1924.\"",
            )),
        ],
    ),
    ("guides", "The newest articles of the blog.", DOCUMENT_BLOCK),
    ("questions", "Questions with their answers.", DOCUMENT_BLOCK),
];

static DOCUMENT_BLOCK: &[Key] = &[
    TITLE,
    key(
        "tag",
        Shape::Line(Format::Line { chars_max: 64 }),
        "Only those with this tag; without it all.",
        "\"tea\"",
    ),
    key("documents", Shape::Integer(1, 24), "How many at most.", "3"),
];

static BUTTON_KEYS: &[Key] = &[required(LABEL), required(TO)];

static NOTE_KEYS: &[Key] = &[
    required(TITLE),
    required(key("text", SENTENCE, "Plain text.", "\"…\"")),
];

static PAYMENT_KEYS: &[Key] = &[
    key(
        "methods",
        Shape::List {
            of: &Shape::Choice(METHODS),
            min: 1,
            max: 3,
        },
        "In the order in which they are offered: card (needs the secrets of a payment provider), \
         transfer (needs the account), on_delivery.",
        "[\"on_delivery\"]",
    ),
    key(
        "card_hold_minutes",
        Shape::Integer(1, 1_440),
        "How long goods are held for an order that is paid by card.",
        "30",
    ),
    key(
        "transfer_hold_days",
        Shape::Integer(1, 365),
        "How long goods are held for an order that is paid by transfer.",
        "7",
    ),
    key(
        "account",
        Shape::Table(ACCOUNT_KEYS),
        "The account that transfers go to.",
        "",
    ),
];

static ACCOUNT_KEYS: &[Key] = &[
    required(key(
        "holder",
        LINE,
        "Owner of the account.",
        "\"Kontor GmbH\"",
    )),
    required(key(
        "number",
        Shape::Line(Format::BankAccount),
        "IBAN, or the number with everything that the bank's country needs.",
        "\"DE02 1203 0000 0000 2020 51\"",
    )),
    key(
        "bic",
        Shape::Line(Format::Bic),
        "BIC or SWIFT code.",
        "\"BYLADEM1001\"",
    ),
    key("bank", LINE, "Name of the bank.", "\"Beispielbank\""),
    key("note", SENTENCE, "Another line for shoppers.", "\"\""),
];

static DELIVERY_KEYS: &[Key] = &[key(
    "express_fee",
    Shape::Line(Format::Amount),
    "What express delivery costs, in the shop's currency; without it only standard delivery is \
     offered.",
    "\"9.90\"",
)];

static API_KEYS: &[Key] = &[key(
    "origins",
    Shape::List {
        of: &Shape::Line(Format::Origin),
        min: 0,
        max: 32,
    },
    "Web pages of these origins may call the API of the shop.",
    "[\"https://app.example\"]",
)];
