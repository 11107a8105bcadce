//! A quote as the JSON of `POST /api/v1/quotes`, without what a shop signs.

use serde_json::{Value, json};
use souk_pricing::Terms;
use souk_quotes::Asked;

use super::quote::Priced;

/// The quote.
pub(super) fn json(terms: &Terms, priced: &Priced<'_>) -> Value {
    let asked = Asked {
        terms,
        skus: &priced.skus,
        codes: priced.codes,
        language: priced.language,
    };
    json!(asked.answer(&priced.quote))
}
