//! A cart as pages show it: its lines with the products of a version, and what they cost.
//!
//! Not here: how it is kept (`cookie`), what a price is made from (`pricing`).

use std::rc::Rc;

use souk_catalogue::{Product, Variant};
use souk_domain::{Quantity, Sku, sale_sku};
use souk_pages::view;
use souk_ports::Edge;
use souk_pricing::{Chosen, Facts, Place, QuoteError};
use souk_protocol::origin::PromotionLeftOut;
use souk_protocol::problem::FieldError;

use crate::cart::line::{Line, LineKey};
use crate::catalogue::error::ReadError;
use crate::catalogue::reader::Reader;
use crate::checkout::recent_orders::Basket;
use crate::http::shop::{Failure, Shop};
use crate::pricing::{Inputs, InputsLine, OfferFacts, Priced, ShopTerms, Unpriced};
use crate::signals::{Badge, Signals};

/// What the price of a cart depends on beside its lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asking {
    /// Where the parcel goes, in the form of its country.
    pub(crate) place: Option<Place>,
    /// The codes that the shopper has given.
    pub(crate) codes: Vec<String>,
    /// Promotions that an order was told cannot be used.
    pub(crate) without: Vec<PromotionLeftOut>,
    /// How it is delivered.
    pub(crate) delivery: Delivery,
    /// The moment whose prices count, in milliseconds since 1970; `None`: now.
    pub(crate) at_ms: Option<i64>,
}

/// Whether a price has a delivery in it.
#[derive(Debug, Clone, Default)]
pub(crate) enum Delivery {
    /// It has none.
    #[default]
    Without,
    /// By the method with this id, or else by the first that is possible.
    By(String),
}

/// A cart as a page shows it.
pub(crate) struct ShownCart {
    /// For the page.
    pub(crate) view: view::CartView,
    /// What its lines cost; `None` where none of them is sold.
    pub(crate) priced: Option<Priced>,
    /// Whether it costs more than any order may.
    pub(crate) is_too_dear: bool,
}

impl<E: Edge> Shop<'_, E> {
    /// What a page shows of a cart.
    pub(crate) async fn cart_view(
        &self,
        reader: &Reader<'_, E>,
        signals: &Signals,
        basket: &Basket,
        asking: Asking,
    ) -> Result<ShownCart, Failure> {
        let terms = reader.terms().await?;
        let at_ms = asking.at_ms.unwrap_or_else(|| self.edge.now_ms());
        let mut lines = Vec::with_capacity(basket.cart.lines.len());
        let mut facts = Vec::with_capacity(basket.cart.lines.len());
        for line in &basket.cart.lines {
            let product = sold(reader, &terms, line.key, at_ms).await?;
            let options = product
                .as_ref()
                .map(|sold| sold.choose(reader, &terms, line));
            let options = options.transpose();
            let sku = product.as_ref().map(|sold| sold.facts.sku.clone());
            let sku = sku.unwrap_or_default();
            let can_be_had = |sold: &Sold| {
                let is_made = sold.variant().backorder && sold.facts.sale.is_none();
                is_made || signals.is_available(&sold.facts.sku, Badge::OnItsOwn)
            };
            let available = product.as_ref().is_some_and(can_be_had);
            let mut waiting = basket.waiting.iter();
            let (product, known) = match product {
                Some(sold) => (Some((sold.product, sold.place)), Some(sold.facts)),
                None => (None, None),
            };
            let has_wrong_options = options.is_err();
            let options = options.unwrap_or_default();
            facts.push(known.zip(options).zip(Quantity::new(line.units).ok()));
            lines.push(view::CartLine {
                key: line.key.text(),
                quantity: line.units,
                available,
                is_in_recent_order: waiting.any(|waiting| waiting.has_sku(&sku)),
                sku,
                product,
                has_wrong_options,
                price: None,
            });
        }
        let is_sold: Vec<_> = facts.iter().map(Option::is_some).collect();
        let inputs = Inputs {
            market: terms.market(reader.market).id.clone(),
            lines: facts
                .into_iter()
                .zip(&basket.cart.lines)
                .filter_map(|(known, line)| {
                    let ((facts, options), quantity) = known?;
                    Some(InputsLine {
                        offer: Rc::new(OfferFacts::of(facts)),
                        quantity,
                        given: line.options.clone(),
                        options,
                    })
                })
                .collect(),
            codes: asking.codes,
            place: asking.place,
            delivery: None,
            pickup_point: None,
            without: self.left_out_now(asking.without, &terms).await,
        };
        let (priced, is_too_dear) = match inputs.lines.is_empty() {
            true => (None, false),
            false => match reader.priced_by(&terms, inputs, asking.delivery, at_ms) {
                Ok(priced) => (Some(priced), false),
                Err(Unpriced::Refused(QuoteError::TooLarge, _)) => (None, true),
                Err(unpriced) => return Err(unpriced.into()),
            },
        };
        let quote = priced
            .as_ref()
            .map(|priced| priced.answer(self.locale.code()));
        if let Some(quote) = &quote {
            let sold = lines
                .iter_mut()
                .zip(&is_sold)
                .filter(|(_, is_sold)| **is_sold);
            for ((line, _), price) in sold.zip(&quote.lines) {
                line.price = Some(price.clone());
            }
        }
        let view = view::CartView {
            lines,
            quote,
            recent_order: self.way_back(basket),
            is_full: false,
            beside: None,
        };
        Ok(ShownCart {
            view,
            priced,
            is_too_dear,
        })
    }
}

impl<E: Edge> Shop<'_, E> {
    /// Whether a line of a cart is no longer sold by a version, or not with its options.
    pub(crate) async fn is_gone(
        &self,
        reader: &Reader<'_, E>,
        basket: &Basket,
    ) -> Result<bool, ReadError> {
        let terms = reader.terms().await?;
        let now_ms = self.edge.now_ms();
        for line in &basket.cart.lines {
            let sold = sold(reader, &terms, line.key, now_ms).await?;
            if sold.is_none_or(|sold| sold.choose(reader, &terms, line).is_err()) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// A variant that is sold, with its product.
struct Sold {
    product: Product,
    place: usize,
    facts: Facts,
}

impl Sold {
    fn variant(&self) -> &Variant {
        &self.product.variants[self.place]
    }

    /// The options of its line that are priced.
    fn choose<E: Edge>(
        &self,
        reader: &Reader<'_, E>,
        terms: &ShopTerms,
        line: &Line,
    ) -> Result<Chosen, Vec<FieldError>> {
        let market = &terms.market(reader.market).id;
        terms.choose(market, &self.facts, &line.options)
    }
}

/// What a line is about; `None` where it is not sold in the market at that moment.
async fn sold<E: Edge>(
    reader: &Reader<'_, E>,
    terms: &ShopTerms,
    key: LineKey,
    at_ms: i64,
) -> Result<Option<Sold>, ReadError> {
    let Some(product) = reader.product_hashed(key.product).await? else {
        return Ok(None);
    };
    let mut variants = product.variants.iter();
    let place = variants.position(|variant| key.has_sku(&variant.sku));
    let known = match place {
        Some(place) => {
            let facts = terms.facts(&product, &product.variants[place]);
            Some((place, facts))
        }
        None => of_sale(reader, &product, key).await?,
    };
    let Some((place, facts)) = known else {
        return Ok(None);
    };
    let market = &terms.market(reader.market).id;
    let is_sold = facts.price(market, at_ms).is_some();
    Ok(is_sold.then_some(Sold {
        product,
        place,
        facts,
    }))
}

/// The variant that a line of a sale is about, and its facts in the session of the moment.
async fn of_sale<E: Edge>(
    reader: &Reader<'_, E>,
    product: &Product,
    key: LineKey,
) -> Result<Option<(usize, Facts)>, ReadError> {
    for id in reader.sale_ids() {
        let sold_as = |variant: &Variant| {
            let sku = Sku::parse(&variant.sku).and_then(|sku| sale_sku(id, &sku));
            sku.is_ok_and(|sku| key.has_sku(sku.as_str()))
        };
        let Some(place) = product.variants.iter().position(sold_as) else {
            continue;
        };
        let sale = reader.sale(id).await?;
        let item = sale.as_ref().and_then(|sale| {
            let mut items = sale.sale.items.iter();
            let item = items.find(|item| key.has_sku(&item.sku))?;
            Some(sale.facts(item))
        });
        return Ok(item.map(|facts| (place, facts)));
    }
    Ok(None)
}

impl<E: Edge> Reader<'_, E> {
    /// What a cart costs by one of the ways of delivery that there are for it.
    fn priced_by(
        &self,
        terms: &Rc<ShopTerms>,
        inputs: Inputs,
        delivery: Delivery,
        at_ms: i64,
    ) -> Result<Priced, Unpriced> {
        let without = self.priced(terms, inputs, at_ms)?;
        let Delivery::By(wanted) = delivery else {
            return Ok(without);
        };
        let options = without.quote.delivery_options.iter();
        let mut ids = options.map(|option| terms.terms.methods[option.method].id.as_str());
        let first = ids.clone().next();
        let Some(id) = ids.find(|id| *id == wanted).or(first) else {
            return Ok(without);
        };
        let inputs = Inputs {
            delivery: Some(id.to_owned()),
            ..without.inputs.clone()
        };
        match self.priced(terms, inputs, at_ms) {
            // With its delivery other promotions may win, and another rate may count.
            Err(Unpriced::Refused(QuoteError::DeliveryUnavailable, _)) => Ok(without),
            other => other,
        }
    }
}
