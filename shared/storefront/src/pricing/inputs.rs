//! What a cart is priced for: its lines, and what else its price depends on.

use std::rc::Rc;

use souk_addresses::Rules;
use souk_domain::Quantity;
use souk_pricing::{
    Chosen, Context, GivenCode, Line, NoSuchPoint, Place, Quote, QuoteError, Reason, Terms, quote,
};
use souk_protocol::options::GivenOptions;
use souk_protocol::origin::{self, PromotionLeftOut, PromotionRefusal, SubmitOrder};
use souk_protocol::quotes;
use souk_quotes::{Asked, AskedLine, texts};

use crate::pricing::{OfferFacts, ShopTerms};

/// A cart with everything that its price depends on but the terms and the moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inputs {
    /// Id of the market.
    pub(crate) market: String,
    /// What is bought.
    pub(crate) lines: Vec<InputsLine>,
    /// The codes that the buyer has given, in that order.
    pub(crate) codes: Vec<String>,
    /// Where the parcel goes, as [`place_of`] writes it.
    pub(crate) place: Option<Place>,
    /// Id of the way of delivery.
    pub(crate) delivery: Option<String>,
    /// Id of the point where the buyer collects. No price depends on it.
    pub(crate) pickup_point: Option<String>,
    /// Promotions that an order was told cannot be used.
    pub(crate) without: Vec<PromotionLeftOut>,
}

/// A line of a cart.
#[derive(Debug, Clone)]
pub(crate) struct InputsLine {
    /// What is known of it.
    pub(crate) offer: Rc<OfferFacts>,
    /// How many units.
    pub(crate) quantity: Quantity,
    /// What the buyer says of its options.
    pub(crate) given: GivenOptions,
    /// What is priced of that.
    pub(crate) options: Chosen,
}

/// A refusal of the origin as the engine names it.
fn reason(refusal: PromotionRefusal) -> Reason {
    match refusal {
        PromotionRefusal::UsedUp => Reason::UsedUp,
        PromotionRefusal::AlreadyUsed => Reason::AlreadyUsed,
        PromotionRefusal::Revoked => Reason::Revoked,
        PromotionRefusal::Suspended => Reason::Suspended,
    }
}

/// A place in the form of its country: a region by its code, a postal code as people there write it.
pub(crate) fn place_of(country: &str, region: &str, postal_code: &str) -> Place {
    let rules = Rules::of(country);
    let code = rules
        .as_ref()
        .and_then(|rules| rules.postal_code(postal_code));
    Place {
        country: country.to_owned(),
        region: match &rules {
            Some(rules) => rules.region_name(region),
            None => region.to_owned(),
        },
        postal_code: code.unwrap_or_else(|| souk_addresses::plain(postal_code)),
    }
}

impl Inputs {
    /// What the cart costs at a moment, in milliseconds since 1970.
    ///
    /// # Errors
    /// When the market is unknown, a line is not sold in it, the delivery is not possible, or an amount
    /// is too large.
    pub(crate) fn price(&self, terms: &ShopTerms, at_ms: i64) -> Result<Quote, QuoteError> {
        let lines = self.lines.iter().map(|line| Line {
            facts: &line.offer.facts,
            quantity: line.quantity,
            options: &line.options,
        });
        let lines: Vec<_> = lines.collect();
        let codes = self.codes.iter();
        let codes = codes.map(|code| GivenCode::known(code, &terms.terms, &terms.series));
        let codes: Vec<_> = codes.collect();
        let refused = self.without.iter();
        let refused = refused.map(|one| (one.promotion.as_str(), reason(one.reason)));
        let refused: Vec<_> = refused.collect();
        let context = Context {
            at_ms,
            market: &self.market,
            place: self.place.as_ref(),
            codes: &codes,
            delivery: self.delivery.as_deref(),
            tier: None,
            refused: &refused,
        };
        quote(&terms.terms, &lines, &context)
    }

    /// Checks where the buyer collects.
    ///
    /// # Errors
    /// When the delivery has points and none of them is named, or has none and one is named.
    pub(crate) fn check_point(&self, terms: &Terms) -> Result<(), NoSuchPoint> {
        let id = self.pickup_point.as_deref();
        let method = self.delivery.as_ref().and_then(|id| terms.method(id));
        match (method, id) {
            (Some(method), id) => method.point(id).map(drop),
            (None, None) => Ok(()),
            (None, Some(_)) => Err(NoSuchPoint),
        }
    }

    /// A quote of this cart as the API has it, with titles in a language; without what the shop signs.
    pub(crate) fn answer(&self, terms: &ShopTerms, quote: &Quote, language: &str) -> quotes::Quote {
        let lines = self.lines.iter().map(|line| AskedLine {
            sku: &line.offer.facts.sku,
            options: &line.given,
        });
        let asked = Asked {
            terms: &terms.terms,
            lines: &lines.collect::<Vec<_>>(),
            codes: &self.codes,
            language,
        };
        asked.answer(quote)
    }

    /// Names everything that the price is for.
    pub(crate) fn hash(&self) -> [u8; 8] {
        let mut hasher = blake3::Hasher::new();
        // Each text with its length, so that no two carts are written alike.
        let mut add = |text: &str| {
            hasher.update(&(text.len() as u64).to_be_bytes());
            hasher.update(text.as_bytes());
        };
        add(&self.market);
        for line in &self.lines {
            add(&line.offer.facts.sku);
            add(&line.quantity.units().to_string());
            for (option, choice) in &line.options {
                add("option");
                add(option);
                choice.iter().for_each(|choice| add(choice));
            }
        }
        add("codes");
        self.codes.iter().for_each(|code| add(code));
        add("place");
        if let Some(place) = &self.place {
            add(&place.country);
            add(&place.region);
            add(&place.postal_code);
        }
        add("delivery");
        if let Some(delivery) = &self.delivery {
            add(delivery);
        }
        let mut short = [0; 8];
        short.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        short
    }

    /// What an order of this cart says about its price; `None` where its version has published no
    /// terms: then the origin prices it by those that every shop has.
    pub(crate) fn order_quote(
        &self,
        terms: &ShopTerms,
        at_ms: i64,
        quote: &Quote,
        total: i64,
    ) -> Option<Box<origin::OrderQuote>> {
        let place = self.place.clone().unwrap_or_default();
        Some(Box::new(origin::OrderQuote {
            terms: terms.stamp.clone()?,
            at_ms,
            market: self.market.clone(),
            place: origin::QuotePlace {
                country: place.country,
                region: place.region,
                postal_code: place.postal_code,
            },
            pickup_point: self.pickup_point.clone(),
            codes: self.codes.clone(),
            without: self.without.clone(),
            total,
            limited: quote.is_limited(&terms.terms)
                || self
                    .lines
                    .iter()
                    .any(|line| line.offer.facts.sale.is_some()),
        }))
    }

    /// Gives the lines of an order the facts and the options that they are priced by, and its personal
    /// fields the texts that the buyer typed.
    pub(crate) fn put_lines(&self, terms: &ShopTerms, submit: &mut SubmitOrder) {
        for (line, known) in submit.lines.iter_mut().zip(&self.lines) {
            line.facts = Some(known.offer.text.clone());
            line.options.clone_from(&known.options);
        }
        let given = self.lines.iter().map(|line| &line.given);
        submit.details.texts = texts(&terms.terms, given);
    }
}
