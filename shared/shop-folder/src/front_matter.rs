//! The keys of the front matter of documents, for their schema.
//!
//! Not here: reading documents (`souk-content`).

use crate::format::Format;
use crate::shape::{Key, Shape};

const fn key(name: &'static str, shape: Shape, says: &'static str, example: &'static str) -> Key {
    Key {
        name,
        shape,
        required: false,
        says,
        example,
    }
}

const TITLE: Shape = Shape::Line(Format::Line { chars_max: 160 });

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
            of: &Shape::Line(Format::Line { chars_max: 64 }),
            min: 0,
            max: 32,
        },
        "Labels.",
        "[\"tea\"]",
    ),
    key(
        "summary",
        Shape::Line(Format::Line { chars_max: 320 }),
        "One or two sentences for lists and search engines.",
        "\"Who we are.\"",
    ),
    key(
        "picture",
        Shape::Line(Format::Picture),
        "Picture for lists and link previews.",
        "\"pictures/about.jpg\"",
    ),
];
