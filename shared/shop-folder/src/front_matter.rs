//! The keys of the front matter of documents, for their schema.
//!
//! Not here: reading documents (`souk-content`).

use crate::format::Format;
use crate::shape::{Key, Shape, key};

const TITLE: Shape = Shape::Line(Format::Line { chars_max: 255 });

pub(crate) static FRONT_MATTER_KEYS: &[Key] = &[
    Key {
        required: true,
        ..key("title", TITLE, "Title.", "\"About us\"")
    },
    key(
        "published_at",
        Shape::Date,
        "When it was published: a date, or a date with a time.",
        "2026-11-29",
    ),
    key(
        "tags",
        Shape::List {
            of: &Shape::Line(Format::Line { chars_max: 255 }),
            min: 0,
            max: 50,
        },
        "Labels.",
        "[\"tea\"]",
    ),
    key(
        "summary",
        Shape::Line(Format::Line { chars_max: 1_024 }),
        "One or two sentences for lists and search engines.",
        "\"Who we are.\"",
    ),
    key(
        "picture",
        Shape::Either(
            &Shape::Line(Format::Line { chars_max: 255 }),
            &Shape::Table(PICTURE_KEYS),
        ),
        "Picture for lists and link previews, below the folder of the shop.",
        "{ file = \"pictures/about.jpg\", alt = \"Our shop\" }",
    ),
    key(
        "position",
        Shape::Integer(i32::MIN as i64, i32::MAX as i64),
        "Place among the documents of its kind; those without one come behind.",
        "1",
    ),
];

static PICTURE_KEYS: &[Key] = &[
    Key {
        required: true,
        ..key(
            "file",
            Shape::Line(Format::Line { chars_max: 255 }),
            "The file.",
            "\"pictures/about.jpg\"",
        )
    },
    key(
        "alt",
        Shape::Line(Format::Line { chars_max: 1_024 }),
        "What it shows.",
        "\"Our shop\"",
    ),
];
