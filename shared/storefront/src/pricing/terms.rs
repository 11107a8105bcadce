//! What a version says about prices.
//!
//! Not here: how it is read (`read`).

use souk_catalogue::{FactsContext, Product, Variant};
use souk_pricing::{Chosen, Facts, Market, SeriesKeys, Terms};
use souk_protocol::options::{GivenOptions, LineOption};
use souk_protocol::problem::FieldError;

use crate::pricing::offer_facts::Remembered;

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
    /// Facts of the version's offers.
    pub(super) remembered: Remembered,
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

    /// What is priced of what a buyer says of the options of a line; nothing in a market that there is
    /// not.
    ///
    /// # Errors
    /// Every option with which something is wrong, by its id.
    pub(crate) fn choose(
        &self,
        market: &str,
        facts: &Facts,
        given: &GivenOptions,
    ) -> Result<Chosen, Vec<FieldError>> {
        let mut markets = self.terms.markets.iter();
        match markets.find(|known| known.id == market) {
            Some(market) => souk_quotes::choose(&self.terms, facts, market.currency, given),
            None => Ok(Chosen::new()),
        }
    }

    /// The options of a variant in the market at a place, with titles in a language.
    pub(crate) fn options(&self, facts: &Facts, market: usize, language: &str) -> Vec<LineOption> {
        let currency = self.market(market).currency;
        souk_quotes::offered(&self.terms, facts, currency, language)
    }
}
