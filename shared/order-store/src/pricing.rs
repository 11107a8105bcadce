//! What an order costs: its quote, as the order keeps it.
//!
//! The order says what its buyer was shown: terms, moment, market, place and codes, and the facts of
//! its offers. They are priced here once more, by the terms that the origin has stored, and the order
//! rule ([`crate::decide`]) compares the stamps of the facts with those of the offers. An order that
//! comes without a quote is priced by plain terms, from what its offers say. So nothing but
//! `souk_pricing::quote` adds money up.
//!
//! Not here: where the stored terms come from (`souk-origin`), whether a promotion still has uses
//! (`allowances`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use souk_domain::{Currency, Limit, Money, Offer, Quantity};
use souk_pricing::{
    Amount, Amounts, Context, DeliveryRate, Facts, GivenCode, Line, MarketPrices, Method,
    MethodKind, NoSuchPoint, PickupPoint, Place, Quote, QuoteError, Reason, SeriesKeys, Target,
    TaxPart, Taxes, Terms, Title, place_stamp, quote, series_code, tax_rates,
};
use souk_protocol::options::ChosenOption;
use souk_protocol::origin::{
    Breakdown, DeliveryTitle, Details, OrderAdjustment, OrderAllocation, OrderOption, OrderPoint,
    OrderQuote, OrderTax, OrderTaxPart, PromotionRefusal, StoredLine, SubmitOrder as Submit,
};

use crate::sales::{self, SaleUse};
use crate::{StoreError, SubmitOrder, SubmitReply};

/// How far the clock of an edge may be ahead, in milliseconds.
const AHEAD_MS_MAX: i64 = 5_000;
/// The one market of an order without a quote.
const PLAIN_MARKET: &str = "main";

/// What is known of an order's price before its offers are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Price {
    /// It came without a quote: its offers have the prices.
    OfOffers,
    /// What it costs by the terms that it names.
    Quoted(Box<Priced>),
    /// It cannot be placed as its buyer was shown it.
    Refused(Box<SubmitReply>),
}

/// What an order costs, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// Of every amount.
    pub currency: Currency,
    /// In the order of the order's lines.
    pub lines: Vec<PricedLine>,
    /// The delivery before anything is taken off, in minor units.
    pub shipping: i64,
    /// What the order costs, in minor units.
    pub total: i64,
    /// What the total consists of, where that is more than lines and delivery.
    pub breakdown: Option<Box<Breakdown>>,
    /// How the delivery is called.
    pub delivery_title: Option<Box<DeliveryTitle>>,
    /// What the price has from the place that the order goes to, where it is known.
    pub place: Option<String>,
    /// Promotions that are used and may not be used without end.
    pub limited: Vec<LimitedUse>,
    /// Units of a sale.
    pub of_sale: Vec<SaleUse>,
    /// How long its units are held while they are not paid, where that is shorter than for any order,
    /// in milliseconds.
    pub pay_within_ms: Option<i64>,
}

impl Priced {
    /// Whether it takes something that is counted on one shard: uses of a promotion, or what a buyer may
    /// have of a sale. An order with a ticket has something of a sale.
    pub fn is_limited(&self) -> bool {
        !self.limited.is_empty() || !self.of_sale.is_empty()
    }

    /// Ids of the promotions that take something off.
    pub fn promotions(&self) -> impl Iterator<Item = &str> {
        let breakdown = self.breakdown.iter();
        let used = breakdown.flat_map(|breakdown| &breakdown.adjustments);
        used.map(|one| one.promotion.as_str())
    }
}

/// A line with its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedLine {
    /// The stamp of the facts that it was priced by.
    pub stamp: String,
    /// As it is stored, without units that are missing.
    pub stored: StoredLine,
}

/// A promotion that an order uses, with how often it may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitedUse {
    /// Its id.
    pub promotion: String,
    /// By all orders together.
    pub max: Option<u32>,
    /// By the orders of one buyer.
    pub max_per_buyer: Option<u32>,
    /// The code of its series that unlocked it, which is good for this order only.
    pub code: Option<String>,
}

/// Prices an order by the terms that its quote names. `series` knows codes of series. `freeze_ms`: how
/// old the moment that its buyer was shown may be; the prices of an older one are those of now.
///
/// # Errors
/// [`StoreError::Rejected`] when the facts of a line are not its own.
pub fn quoted<D: Details>(
    submit: &Submit<D>,
    shown: &OrderQuote,
    terms: &Terms,
    series: &SeriesKeys,
    freeze_ms: i64,
    now_ms: i64,
) -> Result<Price, StoreError> {
    let facts = facts(submit)?;
    if let Some(refusal) = sales::refusal(&facts, now_ms)? {
        return Ok(Price::Refused(Box::new(refusal)));
    }
    let place = Place {
        country: shown.place.country.clone(),
        region: shown.place.region.clone(),
        postal_code: shown.place.postal_code.clone(),
    };
    let codes: Vec<_> = shown
        .codes
        .iter()
        .map(|code| GivenCode::known(code, terms, series))
        .collect();
    let refused = shown.without.iter();
    let refused = refused.map(|one| (one.promotion.as_str(), reason(one.reason)));
    let refused: Vec<_> = refused.collect();
    let is_frozen = (now_ms - freeze_ms..=now_ms + AHEAD_MS_MAX).contains(&shown.at_ms);
    let context = Context {
        at_ms: if is_frozen { shown.at_ms } else { now_ms },
        market: &shown.market,
        place: Some(&place),
        codes: &codes,
        delivery: Some(submit.details.delivery()),
        tier: None,
        refused: &refused,
    };
    let Ok(point) = collected_at(terms, submit.details.delivery(), shown) else {
        let refusal = SubmitReply::DeliveryUnavailable;
        return Ok(Price::Refused(Box::new(refusal)));
    };
    let priced = match priced(submit, &facts, terms, &context, point)? {
        Ok(priced) => priced,
        Err(refusal) => return Ok(Price::Refused(Box::new(refusal))),
    };
    if priced.total != shown.total {
        let total = Some(priced.total);
        return Ok(Price::Refused(Box::new(SubmitReply::QuoteChanged {
            total,
        })));
    }
    Ok(Price::Quoted(Box::new(priced)))
}

/// Where the buyer collects, by the terms; `None` for a delivery without points, and for one that the
/// terms do not have, which has no price either.
fn collected_at<'t>(
    terms: &'t Terms,
    delivery: &str,
    shown: &OrderQuote,
) -> Result<Option<&'t PickupPoint>, NoSuchPoint> {
    let id = shown.pickup_point.as_deref();
    let method = terms.method(delivery);
    method.map_or(Ok(None), |method| method.point(id))
}

/// Why a promotion is left out, as the engine names it.
fn reason(refusal: PromotionRefusal) -> Reason {
    match refusal {
        PromotionRefusal::UsedUp => Reason::UsedUp,
        PromotionRefusal::AlreadyUsed => Reason::AlreadyUsed,
        PromotionRefusal::Revoked => Reason::Revoked,
        PromotionRefusal::Suspended => Reason::Suspended,
    }
}

/// Prices an order that came without a quote, from what its offers say, which are in the order of its
/// lines. The inner `Err` is a refusal.
///
/// # Errors
/// [`StoreError::Rejected`] when the offers are not in one currency.
pub(crate) fn plain(
    submit: &SubmitOrder,
    offers: &[&Offer],
    express_fee_minor: i64,
    now_ms: i64,
) -> Result<Result<Priced, SubmitReply>, StoreError> {
    let currency = offers.first().map(|offer| offer.unit_price.currency);
    let currency = currency.ok_or_else(|| StoreError::Rejected("an order has a line".into()))?;
    if offers.iter().any(|one| one.unit_price.currency != currency) {
        let text = "the lines are in several currencies".to_owned();
        return Err(StoreError::Rejected(text));
    }
    let fees = [("standard", 0), ("express", express_fee_minor)];
    let methods = fees.map(|(id, minor)| plain_method(id, Amount { currency, minor }));
    let terms = Terms::plain(PLAIN_MARKET, currency, "UTC", methods.into());
    let facts: Vec<_> = offers.iter().map(|offer| facts_of(offer)).collect();
    let context = Context {
        at_ms: now_ms,
        market: PLAIN_MARKET,
        place: None,
        codes: &[],
        delivery: Some(&submit.details.delivery),
        tier: None,
        refused: &[],
    };
    priced(submit, &facts, &terms, &context, None)
}

/// The facts that the lines bring.
fn facts<D>(submit: &Submit<D>) -> Result<Vec<Facts>, StoreError> {
    let rejected = |error: &dyn std::fmt::Display| StoreError::Rejected(error.to_string());
    let decoded = submit.lines.iter().map(|line| {
        let text = line.facts.as_deref().unwrap_or_default();
        let blob = STANDARD.decode(text).map_err(|error| rejected(&error))?;
        let facts = Facts::decode(&blob).map_err(|error| rejected(&error))?;
        match facts.sku == line.sku {
            true => Ok(facts),
            false => Err(rejected(&format!(
                "{} has facts of {}",
                line.sku, facts.sku
            ))),
        }
    });
    decoded.collect()
}

/// What an offer by itself says, in the one market that there is then.
fn facts_of(offer: &Offer) -> Facts {
    let price = souk_pricing::Price {
        from_ms: i64::MIN,
        minor: Some(offer.unit_price.amount),
        ..souk_pricing::Price::default()
    };
    Facts {
        sku: offer.sku.to_string(),
        slug: offer.slug.clone(),
        title: Title {
            own: offer.title.clone(),
            others: Vec::new(),
        },
        prices: vec![MarketPrices {
            market: PLAIN_MARKET.to_owned(),
            timeline: vec![price],
        }],
        ..Facts::default()
    }
}

fn plain_method(id: &str, amount: Amount) -> Method {
    Method {
        id: id.to_owned(),
        title: Title::default(),
        kind: MethodKind::Ship,
        markets: Vec::new(),
        days: None,
        rates: vec![DeliveryRate {
            amount: Amounts(vec![amount]),
            ..DeliveryRate::default()
        }],
        points: Vec::new(),
    }
}

fn priced<D: Details>(
    submit: &Submit<D>,
    facts: &[Facts],
    terms: &Terms,
    context: &Context<'_>,
    point: Option<&PickupPoint>,
) -> Result<Result<Priced, SubmitReply>, StoreError> {
    let mut lines = Vec::with_capacity(facts.len());
    for (facts, line) in facts.iter().zip(&submit.lines) {
        let quantity = Quantity::new(line.quantity);
        let quantity = quantity.map_err(|error| StoreError::Rejected(error.to_string()))?;
        let options = &line.options;
        lines.push(Line {
            facts,
            quantity,
            options,
        });
    }
    let quote = match quote(terms, &lines, context) {
        Ok(quote) => quote,
        Err(error) => return Ok(Err(refused(error, submit))),
    };
    let language = submit.details.language().unwrap_or_default();
    let kept = Kept {
        terms,
        quote: &quote,
        context,
        language,
    };
    Ok(Ok(Priced {
        currency: quote.currency,
        lines: kept.lines(facts),
        shipping: quote.shipping,
        total: quote.total,
        breakdown: kept.breakdown(facts, submit),
        delivery_title: kept.delivery_title(point),
        place: context
            .place
            .and_then(|place| place_stamp(terms, context.market, place))
            .map(|stamp| stamp.to_string()),
        limited: kept.limited(),
        of_sale: sales::uses(facts, submit),
        pay_within_ms: sales::pay_within_ms(facts),
    }))
}

fn refused<D>(error: QuoteError, submit: &Submit<D>) -> SubmitReply {
    match error {
        // The edge checks options by the terms that the buyer was shown.
        QuoteError::UnknownMarket | QuoteError::TooManyLines | QuoteError::Options(_) => {
            SubmitReply::QuoteChanged { total: None }
        }
        QuoteError::NotSold(line) => SubmitReply::UnknownSku {
            sku: submit.lines[line].sku.clone(),
        },
        QuoteError::DeliveryUnavailable => SubmitReply::DeliveryUnavailable,
        QuoteError::TooLarge => SubmitReply::LimitExceeded {
            limit: Limit::OrderTotal.name().to_owned(),
            allowed: Money::AMOUNT_MAX,
            sku: None,
        },
    }
}

/// A point as an order keeps it.
fn kept_point(point: &PickupPoint) -> OrderPoint {
    let Title { own, others } = point.title.clone();
    OrderPoint {
        id: point.id.clone(),
        own,
        others: others.into_iter().collect(),
        address: point.address.clone(),
    }
}

/// A quote as an order keeps it: with names in place of places.
struct Kept<'a> {
    terms: &'a Terms,
    quote: &'a Quote,
    context: &'a Context<'a>,
    language: &'a str,
}

impl Kept<'_> {
    fn lines(&self, facts: &[Facts]) -> Vec<PricedLine> {
        let lines = self.quote.lines.iter().zip(facts);
        let lines = lines.map(|(line, facts)| PricedLine {
            stamp: facts.stamp().to_string(),
            stored: StoredLine {
                sku: facts.sku.clone(),
                title: facts.title.get(self.language).to_owned(),
                slug: Some(facts.slug.clone()).filter(|slug| !slug.is_empty()),
                quantity: line.quantity,
                unit_price: line.unit_price,
                backordered: 0,
                discount: line.discount,
                tax: line.tax,
                duty: line.duty,
            },
        });
        lines.collect()
    }

    fn delivery_title(&self, point: Option<&PickupPoint>) -> Option<Box<DeliveryTitle>> {
        let method = self.terms.method(self.context.delivery?)?;
        let Title { own, others } = method.title.clone();
        if own.is_empty() {
            return None;
        }
        Some(Box::new(DeliveryTitle {
            own,
            others: others.into_iter().collect(),
            point: point.map(kept_point),
        }))
    }

    fn breakdown<D>(&self, facts: &[Facts], submit: &Submit<D>) -> Option<Box<Breakdown>> {
        let Self { terms, quote, .. } = self;
        let options = self.options(submit);
        let is_more = !quote.adjustments.is_empty()
            || !quote.tax.parts.is_empty()
            || !quote.duty.parts.is_empty()
            || !options.is_empty()
            // An order that names no market is of the first one.
            || quote.market > 0;
        is_more.then(|| {
            Box::new(Breakdown {
                market: terms.markets[quote.market].id.clone(),
                adjustments: self.adjustments(),
                tax: self.tax(&quote.tax, facts, false),
                duty: self.tax(&quote.duty, facts, true),
                options,
            })
        })
    }

    /// The options of the lines, in the order of the terms.
    fn options<D>(&self, submit: &Submit<D>) -> Vec<OrderOption> {
        let Self {
            terms,
            quote,
            language,
            ..
        } = self;
        let lines = submit.lines.iter().enumerate();
        let options = lines.flat_map(|(line, asked)| {
            let options = terms.options.iter();
            options.filter_map(move |option| {
                let choice = asked.options.get(&option.id)?.as_deref();
                let title = choice.and_then(|id| option.choice_title(id));
                let option = ChosenOption {
                    id: option.id.clone(),
                    title: option.title.get(language).to_owned(),
                    choice: choice.map(str::to_owned),
                    value: title.map(|title| title.get(language).to_owned()),
                    surcharge: option.surcharge(choice, quote.currency)?,
                };
                Some(OrderOption { line, option })
            })
        });
        options.collect()
    }

    fn adjustments(&self) -> Vec<OrderAdjustment> {
        let adjustments = self.quote.adjustments.iter();
        let adjustments = adjustments.map(|one| {
            let promotion = &self.terms.promotions[one.promotion];
            let allocations = one.allocations.iter().map(|part| OrderAllocation {
                line: match part.target {
                    Target::Line(line) => u16::try_from(line).ok(),
                    Target::Delivery => None,
                },
                amount: part.amount,
            });
            OrderAdjustment {
                promotion: promotion.id.clone(),
                title: promotion.title.get(self.language).to_owned(),
                code: one
                    .code
                    .map(|code| self.context.codes[code].text.to_owned()),
                class: one.class.name().to_owned(),
                amount: one.amount,
                allocations: allocations.collect(),
            }
        });
        adjustments.collect()
    }

    fn tax(&self, taxes: &Taxes, facts: &[Facts], is_duty: bool) -> OrderTax {
        let part = |part: &TaxPart| {
            let rate = &self.terms.rates[part.rate];
            OrderTaxPart {
                name: rate.name.clone(),
                percent: rate.percent.to_string(),
                base: part.base,
                amount: part.amount,
            }
        };
        OrderTax {
            included: taxes.is_included,
            total: taxes.total,
            delivery: taxes.delivery,
            parts: taxes.parts.iter().map(part).collect(),
            lines: match (taxes.parts.len() > 1, self.context.place) {
                (true, Some(place)) => self.parts_of_lines(taxes, place, facts, is_duty),
                (true, None) | (false, _) => Vec::new(),
            },
        }
    }

    /// Of each line the places of its parts: those of the name and percentage of its rates.
    fn parts_of_lines(
        &self,
        taxes: &Taxes,
        place: &Place,
        facts: &[Facts],
        is_duty: bool,
    ) -> Vec<Vec<u16>> {
        let Self { terms, quote, .. } = self;
        let categories: Vec<_> = facts.iter().map(|facts| facts.category).collect();
        let goods = quote.lines.iter().map(|line| line.total).sum();
        let lines = (categories.as_slice(), is_duty);
        let name_of = |rate: usize| (&terms.rates[rate].name, terms.rates[rate].percent);
        let part_of = |rate: usize| {
            let mut parts = taxes.parts.iter();
            let part = parts.position(|part| name_of(part.rate) == name_of(rate))?;
            u16::try_from(part).ok()
        };
        let rates = tax_rates(terms, self.context.market, place, goods, lines);
        let parts = rates
            .into_iter()
            .map(|rates| rates.into_iter().filter_map(part_of).collect());
        parts.collect()
    }

    fn limited(&self) -> Vec<LimitedUse> {
        let used = self.quote.adjustments.iter();
        let used = used.map(|one| (&self.terms.promotions[one.promotion], one.code));
        let limited = used.filter(|(one, _)| one.is_limited());
        let limited = limited.map(|(one, code)| LimitedUse {
            promotion: one.id.clone(),
            max: one.uses_max,
            max_per_buyer: one.uses_per_buyer_max,
            code: code.and_then(|code| self.series_code(code)),
        });
        limited.collect()
    }

    /// The code at a place, if it is one of a series.
    fn series_code(&self, place: usize) -> Option<String> {
        let given = &self.context.codes[place];
        given.series_of.and_then(|_| series_code(given.text))
    }
}
