//! What the files of the terms say, ready to be published.

use souk_catalogue::{FactsContext, Product, Selling};
use souk_pricing::{Facts, Terms};

/// What the files say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShopTerms {
    /// What a quote needs besides facts.
    pub terms: Terms,
    /// What they say about every variant, in the order of the products; nothing where a variant has its
    /// own price in the first market alone.
    pub selling: Vec<Option<Selling>>,
}

impl ShopTerms {
    /// Says of the variants of the products that were read what the files do.
    pub fn put_on(&self, products: &mut [Product]) {
        let variants = products.iter_mut().flat_map(|one| &mut one.variants);
        for (variant, selling) in variants.zip(&self.selling) {
            variant.selling = selling.clone().map(Box::new);
        }
    }

    /// What a quote needs to know of every variant of products that these terms were put on.
    pub fn facts(&self, products: &[Product], languages: &[String]) -> Vec<Facts> {
        let languages: Vec<_> = languages.iter().map(String::as_str).collect();
        let context = FactsContext {
            languages: &languages,
            market: self.first_market(),
        };
        let of_product = |product: &Product| {
            let variants = product.variants.iter();
            let facts = variants.map(|variant| product.facts(variant, context));
            facts.collect::<Vec<_>>()
        };
        products.iter().flat_map(of_product).collect()
    }

    /// Id of the market with the prices of products.
    pub fn first_market(&self) -> &str {
        let first = self.terms.markets.first();
        first.map_or("", |market| &market.id)
    }
}
