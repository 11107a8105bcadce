//! What a version says about prices.
//!
//! Not here: how it is read (`read`).

use souk_catalogue::{FactsContext, Product, Variant};
use souk_pricing::{Facts, Market, SeriesKeys, Terms};

/// The market of a version that has published no terms.
pub(crate) const ONLY_MARKET: &str = "main";

/// What a version says about prices.
#[derive(Debug)]
pub(crate) struct ShopTerms {
    /// At least one market.
    pub(crate) terms: Terms,
    /// The stamp by which orders name them; `None` in a version that has published none.
    pub(crate) stamp: Option<String>,
    /// Know the codes of promotions' series.
    pub(super) series: SeriesKeys,
    /// Codes of the shop's languages, its own first.
    pub(super) languages: Vec<String>,
}

impl ShopTerms {
    /// The one whose pages have the empty path.
    pub(crate) fn first_market(&self) -> &Market {
        &self.terms.markets[0]
    }

    /// The one at a place; the first one where there is none.
    pub(crate) fn market(&self, place: usize) -> &Market {
        let markets = &self.terms.markets;
        markets.get(place).unwrap_or(&markets[0])
    }

    /// What a quote needs to know of a variant.
    pub(crate) fn facts(&self, product: &Product, variant: &Variant) -> Facts {
        let languages: Vec<&str> = self.languages.iter().map(String::as_str).collect();
        let context = FactsContext {
            languages: &languages,
            market: &self.first_market().id,
        };
        product.facts(variant, context)
    }
}
