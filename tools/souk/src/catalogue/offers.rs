//! The offers of a version, as they are sent to the origin.
//!
//! Invariant: an offer has the stamps of the facts that an edge which shows the version makes: of each
//! variant with its SKU, in products that differ from another version and in those that do not.

use std::collections::BTreeMap;

use anyhow::Result;
use souk_catalogue::{Catalogue, FactsContext, Manifest, Market, Product, Sale, SaleItem, Variant};
use souk_domain::{LanguageCode, Locale};
use souk_pricing::Facts;
use souk_protocol::origin::{OfferDefinition, OfferPrices};
use souk_shop::Shop;

use super::price_ledger::{self, OfferMarket};
use crate::client::StaffClient;

/// What the facts of every offer of a version depend on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OfferContext {
    /// Codes of the shop's languages, its own first.
    pub(crate) languages: Vec<String>,
    /// Its markets, the first one first.
    pub(crate) markets: Vec<OfferMarket>,
}

/// Makes the offers of a version.
#[derive(Debug, Default)]
pub(crate) struct OfferMaker {
    /// `None` for a version without terms, whose offers have no stamps.
    pub(crate) context: Option<OfferContext>,
    /// The moment whose prices offers name, in milliseconds since 1970.
    pub(crate) at_ms: i64,
}

/// Offers by their SKUs.
pub(crate) type Offers = BTreeMap<String, OfferDefinition>;

impl OfferContext {
    /// That of a catalogue which is to be published.
    ///
    /// # Errors
    /// When the shop's settings are damaged.
    pub(crate) fn of(catalogue: &Catalogue) -> Result<Option<Self>> {
        let (Some(shop), Some(publish)) = (&catalogue.shop, &catalogue.publish) else {
            return Ok(None);
        };
        Self::new(&shop.settings, &publish.markets).map(Some)
    }

    /// That of a published version.
    ///
    /// # Errors
    /// When the shop does not answer, or has lost the settings.
    pub(crate) fn read(client: &StaffClient, manifest: &Manifest) -> Result<Option<Self>> {
        let (Some(shop), Some(shown)) = (manifest.shop, &manifest.shown) else {
            return Ok(None);
        };
        Self::new(&client.blob(shop)?, &shown.markets).map(Some)
    }

    fn new(settings: &[u8], markets: &[Market]) -> Result<Self> {
        let languages = Shop::decode(settings)?.languages.into_iter();
        Ok(Self {
            languages: languages.map(|language| language.code).collect(),
            markets: OfferMarket::all(markets),
        })
    }

    /// Id of the first market.
    fn market(&self) -> &str {
        self.markets.first().map_or("", |market| &market.id)
    }

    fn facts(&self, product: &Product, variant: &Variant) -> Facts {
        let languages: Vec<_> = self.languages.iter().map(String::as_str).collect();
        let context = FactsContext {
            languages: &languages,
            market: self.market(),
        };
        product.facts(variant, context)
    }

    /// What the ledger of prices records of facts.
    fn prices(&self, facts: &Facts) -> Vec<OfferPrices> {
        let prices = facts.prices.iter().filter_map(|prices| {
            let mut markets = self.markets.iter();
            let market = markets.find(|market| market.id == prices.market)?;
            Some(OfferPrices {
                market: market.id.clone(),
                currency: market.currency.code().to_owned(),
                timeline: price_ledger::said(&prices.timeline),
            })
        });
        prices.collect()
    }
}

impl OfferMaker {
    /// Adds a variant of the version: an offer of its own, or a stamp to that of its SKU.
    pub(crate) fn add(&self, offers: &mut Offers, product: &Product, variant: &Variant) {
        let offer = offers
            .entry(variant.sku.clone())
            .or_insert_with(|| self.offer(product, variant));
        let Some(context) = &self.context else {
            return;
        };
        let facts = context.facts(product, variant);
        price_ledger::add(&mut offer.prices, context.prices(&facts));
        offer.facts.push(facts.stamp().to_string());
        offer.facts.sort_unstable();
        offer.facts.dedup();
    }

    /// The offers of a sale, one for each item, with a stamp for each session that has not closed; none
    /// once all of them have, because an offer without stamps could be ordered without a session.
    pub(crate) fn of_sale(&self, sale: &Sale) -> Vec<OfferDefinition> {
        let Some(context) = &self.context else {
            return Vec::new();
        };
        if sale.open_sessions(self.at_ms).next().is_none() {
            return Vec::new();
        }
        let items = sale.items.iter();
        items
            .filter_map(|item| self.of_item(context, sale, item))
            .collect()
    }

    fn of_item(
        &self,
        context: &OfferContext,
        sale: &Sale,
        item: &SaleItem,
    ) -> Option<OfferDefinition> {
        let offer = self.offer(&item.product, item.sold()?);
        let price = item.facts.price(context.market(), self.at_ms);
        let sessions = sale.open_sessions(self.at_ms);
        let stamps = sessions.map(|session| sale.facts_in(item, session).stamp().to_string());
        let mut facts: Vec<_> = stamps.collect();
        facts.sort_unstable();
        Some(OfferDefinition {
            sku: item.sku.clone(),
            unit_price: price.map_or(offer.unit_price, |price| price.minor),
            backorder: false,
            facts,
            prices: context.prices(&item.facts),
            ..offer
        })
    }

    /// An offer without stamps, prices of markets and units.
    fn offer(&self, product: &Product, variant: &Variant) -> OfferDefinition {
        let title = product.title.base.as_str();
        let choice = product.variant_title(variant, Locale::own(LanguageCode::EN));
        let market = self.context.as_ref().map_or("", OfferContext::market);
        let price = variant.price_at(market, true, self.at_ms);
        OfferDefinition {
            sku: variant.sku.clone(),
            title: match choice.as_str() {
                "" => title.to_owned(),
                choice => format!("{title} ({choice})"),
            },
            slug: product.slug.clone(),
            unit_price: price.map_or(variant.price_minor, |price| price.minor),
            backorder: variant.backorder,
            initial_units: 0,
            facts: Vec::new(),
            prices: Vec::new(),
        }
    }
}
