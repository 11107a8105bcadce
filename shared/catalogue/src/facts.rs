//! The facts that a quote is made from, and the price of a moment.
//!
//! Invariant: [`Product::facts`] is the one place where facts are made, so the facts of the edge have
//! the stamp that the publish gave to the origin.

use souk_pricing::{Facts, MarketPrices, Price, PriceTag, Title};

use crate::{Product, Text, Variant};

/// What the facts of all products depend on.
#[derive(Debug, Clone, Copy)]
pub struct FactsContext<'c> {
    /// Codes of the shop's languages, its own first.
    pub languages: &'c [&'c str],
    /// Id of the first market, which is the one of [`Variant::price_minor`].
    pub market: &'c str,
}

impl Product {
    /// What a quote needs to know of one of its variants.
    pub fn facts(&self, variant: &Variant, context: FactsContext<'_>) -> Facts {
        let selling = variant.selling.as_deref();
        let prices = match selling {
            Some(selling) => selling.prices.clone(),
            None => vec![own_price(variant, context.market)],
        };
        Facts {
            sku: variant.sku.clone(),
            slug: self.slug.clone(),
            title: title(&self.title, context.languages),
            prices,
            groups: selling.map_or_else(Vec::new, |selling| selling.groups.clone()),
            weight_g: variant.weight_g,
            category: selling.and_then(|selling| selling.category),
            sale: None,
        }
    }
}

impl Variant {
    /// The price of one unit at a moment in a market; `None` where it is not sold. `is_first` says
    /// whether the market is the first one.
    pub fn price_at(&self, market: &str, is_first: bool, at_ms: i64) -> Option<PriceTag> {
        match &self.selling {
            Some(selling) => {
                let mut prices = selling.prices.iter();
                let prices = prices.find(|prices| prices.market == market)?;
                prices.at(at_ms)
            }
            None => is_first.then_some(PriceTag {
                minor: self.price_minor,
                compare_at_minor: self.compare_at_minor,
                prior_minor: self.prior_minor,
            }),
        }
    }
}

/// The price of a variant about which the terms say nothing.
fn own_price(variant: &Variant, market: &str) -> MarketPrices {
    MarketPrices {
        market: market.to_owned(),
        timeline: vec![Price {
            from_ms: 0,
            minor: Some(variant.price_minor),
            compare_at_minor: variant.compare_at_minor,
            prior_minor: variant.prior_minor,
        }],
    }
}

/// A text with the codes of its languages.
fn title(text: &Text, languages: &[&str]) -> Title {
    let further = languages.iter().skip(1);
    let others = further.zip(text.translations());
    let others = others.filter_map(|(code, text)| Some(((*code).to_owned(), text.clone()?)));
    Title {
        own: text.base.clone(),
        others: others.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Selling;

    fn mug(selling: Option<Selling>) -> Product {
        Product {
            slug: "mug".to_owned(),
            title: Text::translated("Mug", [None, Some("Becher".to_owned())]),
            variants: vec![Variant {
                sku: "MUG".to_owned(),
                price_minor: 500,
                compare_at_minor: Some(600),
                prior_minor: Some(550),
                weight_g: 30,
                selling: selling.map(Box::new),
                ..Variant::default()
            }],
            ..Product::default()
        }
    }

    fn tag(minor: i64, compare_at_minor: Option<i64>, prior_minor: Option<i64>) -> PriceTag {
        PriceTag {
            minor,
            compare_at_minor,
            prior_minor,
        }
    }

    const CONTEXT: FactsContext<'_> = FactsContext {
        languages: &["en", "zh", "de"],
        market: "us",
    };

    #[test]
    fn a_variant_without_terms_has_its_own_price_in_the_first_market() {
        let mug = mug(None);
        let facts = mug.facts(&mug.variants[0], CONTEXT);
        assert_eq!(facts.price("us", 7), Some(tag(500, Some(600), Some(550))));
        assert_eq!(facts.price("eu", 7), None);
        assert_eq!(facts.title.get("de"), "Becher");
        assert_eq!(facts.title.get("zh"), "Mug");
        let at = |market, is_first| mug.variants[0].price_at(market, is_first, 7);
        assert_eq!(at("us", true), Some(tag(500, Some(600), Some(550))));
        assert_eq!(at("eu", false), None);
    }

    #[test]
    fn facts_have_what_the_terms_say() {
        let selling = Selling {
            prices: vec![MarketPrices {
                market: "eu".to_owned(),
                timeline: vec![Price {
                    from_ms: 10,
                    minor: Some(450),
                    ..Price::default()
                }],
            }],
            groups: vec![1, 4],
            category: Some(2),
        };
        let mug = mug(Some(selling));
        let facts = mug.facts(&mug.variants[0], CONTEXT);
        assert_eq!(facts.price("eu", 10), Some(tag(450, None, None)));
        assert_eq!((facts.groups, facts.category), (vec![1, 4], Some(2)));
        let at = |market, at_ms| mug.variants[0].price_at(market, market == "us", at_ms);
        assert_eq!(at("eu", 10), Some(tag(450, None, None)));
        assert_eq!((at("eu", 9), at("us", 10)), (None, None));
    }
}
