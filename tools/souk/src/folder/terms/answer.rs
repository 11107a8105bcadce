//! A quote as the JSON of `POST /api/v1/quotes`, without what a shop signs.

use serde_json::{Value, json};
use souk_pricing::Terms;
use souk_protocol::quotes::Quote;
use souk_quotes::Asked;

use super::quote::Priced;

/// The quote.
pub(super) fn json(terms: &Terms, priced: &Priced<'_>) -> Value {
    json!(quote(terms, priced))
}

/// The quote as a type.
pub(super) fn quote(terms: &Terms, priced: &Priced<'_>) -> Quote {
    let asked = Asked {
        terms,
        lines: &priced.lines,
        codes: priced.codes,
        language: priced.language,
    };
    asked.answer(&priced.quote)
}
