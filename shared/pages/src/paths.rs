//! Paths of pages without the language's prefix, and the parameters that forms and routes share.
//!
//! Not here: whole links in a language (`links`), paths of the API (`souk-storefront`).

use std::fmt::Display;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use souk_shop::ContentKind;

/// Parameter of the lowest price of a filtered collection.
pub const PRICE_MIN: &str = "price.min";
/// Parameter of the highest price of a filtered collection.
pub const PRICE_MAX: &str = "price.max";
/// The parameter that leaves out what is sold out; `true` or absent.
pub const IN_STOCK: &str = "in_stock";

/// The parameter of the page of an answer that thanks a reader.
pub const THANKS: &str = "thanks";
/// The field that says whether an answer helped: `yes` or `no`.
pub const HELPED: &str = "helped";
/// The parameter of the answers to a question that asks for the ways to reach the shop.
pub const CONTACT: &str = "contact";

/// The list of all collections.
pub const COLLECTIONS: &str = "/collections";
/// The results of a search.
pub const SEARCH: &str = "/search";
/// The feed of the blog.
pub const FEED: &str = "/blog/feed.xml";

/// What stays as it is in a path segment. Source: RFC 3986, 2.3, unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The page of a sale.
pub fn sale(id: &str) -> String {
    format!("/sales/{}", segment(id))
}

/// The opening of a sale, for calendars.
pub fn opening(id: &str) -> String {
    format!("{}/opening.ics", sale(id))
}

/// A place in the waiting room of a sale.
pub fn place(id: &str) -> String {
    format!("{}/place", sale(id))
}

/// Where a place buys whose turn it is.
pub fn buy(id: &str, code: &str) -> String {
    format!("{}/buy/{}", sale(id), segment(code))
}

/// A text as one segment of a path, or as a value of a query.
pub fn segment(text: &str) -> impl Display {
    utf8_percent_encode(text, SEGMENT)
}

/// The page of a product.
pub fn product(slug: &str) -> String {
    format!("/products/{}", segment(slug))
}

/// The page of a collection.
pub fn collection(slug: &str) -> String {
    format!("/collections/{}", segment(slug))
}

/// The page of a document.
pub fn content(kind: ContentKind, slug: &str) -> String {
    format!("/{}/{}", kind.folder(), segment(slug))
}

/// The list of all documents of a kind.
pub fn content_list(kind: ContentKind) -> String {
    format!("/{}", kind.folder())
}

/// Where the form goes that says whether an answer helped.
pub fn feedback(slug: &str) -> String {
    format!("{}/feedback", content(ContentKind::Help, slug))
}

/// The page of an answer that thanks its reader, at the place of the thanks.
pub fn thanks(slug: &str) -> String {
    format!("{}?{THANKS}#{HELPED}", content(ContentKind::Help, slug))
}

/// Where the form goes that pays an order.
pub fn pay(id: &str) -> String {
    format!("/orders/{}/pay", segment(id))
}

/// Where the forms go that change an order.
pub fn change(id: &str) -> String {
    format!("/orders/{}/change", segment(id))
}

/// Where the form goes that opens an old order.
pub fn open(id: &str) -> String {
    format!("/orders/{}/open", segment(id))
}

/// The page of an order, with the token that opens it.
pub fn order(id: &str, token: &str) -> String {
    format!("/orders/{}?token={}", segment(id), segment(token))
}
