//! Between the protocol and the domain: what a submitted order asks for, and what it becomes.

use std::collections::BTreeMap;

use souk_domain::{
    Allowance, Currency, Exceeded, Limit, Money, Offer, OrderStatus, PaymentMethod, Quantity,
    Refusal, RequestedLine, Sku, check_prices, decide_lines, find_offers,
};
use souk_protocol::history;
use souk_protocol::limits::TERM_ID_BYTES_MAX;
use souk_protocol::origin::{
    DefineOffers, OFFER_PRICES_MAX, OfferDefinition, OfferPrices, PackedBreakdown,
    PromotionRefusal, Status, StoredLine,
};

use crate::pricing::{self, Price, Priced};
use crate::sales::is_of_sale;
use crate::tickets::check_ticket;
use crate::{NewOrder, StoreError, StoredOrder, SubmitReply};

/// Refuses offers that could be written but never sold.
pub fn check_offers(offers: &DefineOffers) -> Result<(), StoreError> {
    let rejected = |what: &dyn std::fmt::Display| Err(StoreError::Rejected(what.to_string()));
    if let Err(error) = Currency::parse(&offers.currency) {
        return rejected(&error);
    }
    for offer in &offers.offers {
        match Sku::parse(&offer.sku) {
            Err(error) => return rejected(&format!("the SKU {:?} {error}", offer.sku)),
            Ok(sku) if sku.as_str() != offer.sku => {
                return rejected(&format!(
                    "the SKU {:?} has white space around it or is not in Unicode NFC: it is written {:?}",
                    offer.sku,
                    sku.as_str()
                ));
            }
            Ok(_) if !is_number(offer.unit_price) || !is_number(offer.initial_units) => {
                let most = Money::AMOUNT_MAX;
                return rejected(&format!(
                    "{}: a price and a number of units are from 0 to {most}",
                    offer.sku
                ));
            }
            Ok(_) => {}
        }
        if let Err(reason) = check_timelines(offer) {
            return rejected(&format!("{}: {reason}", offer.sku));
        }
    }
    Ok(())
}

/// What an offer says for the ledger of prices, which is never changed afterwards.
fn check_timelines(offer: &OfferDefinition) -> Result<(), String> {
    let count: usize = offer.prices.iter().map(|one| one.timeline.len()).sum();
    if count > OFFER_PRICES_MAX {
        return Err(format!(
            "more than {OFFER_PRICES_MAX} prices: take those that are over out of prices.csv"
        ));
    }
    for OfferPrices {
        market,
        currency,
        timeline,
    } in &offer.prices
    {
        Currency::parse(currency).map_err(|error| error.to_string())?;
        let amounts = timeline.iter().flat_map(|one| [one.1, one.2]);
        let is_ascending = timeline.is_sorted_by(|one, next| one.0 < next.0);
        if market.len() > TERM_ID_BYTES_MAX || !is_ascending || !amounts.flatten().all(is_number) {
            return Err(format!("the prices in the market {market:?} are none"));
        }
    }
    Ok(())
}

/// Where an order of this total starts, and until when its units are held then.
fn start(new: NewOrder<'_>, total: i64, pay_within_ms: Option<i64>) -> (Status, Option<i64>) {
    let method = history::method_of(new.submit.details.payment);
    let status = method.first_status(total);
    let hold_ms = match (status, method) {
        (OrderStatus::AwaitingPayment, PaymentMethod::Transfer) => Some(new.terms.transfer_hold_ms),
        (OrderStatus::AwaitingPayment, PaymentMethod::Card) => Some(new.terms.card_hold_ms),
        (_, PaymentMethod::OnDelivery | PaymentMethod::Transfer | PaymentMethod::Card) => None,
    };
    let hold_ms = hold_ms.map(|hold_ms| pay_within_ms.map_or(hold_ms, |ms| ms.min(hold_ms)));
    let hold_until_ms = hold_ms.map(|hold_ms| new.now_ms.saturating_add(hold_ms));
    (history::status(status), hold_until_ms)
}

/// The refusal of an order that could not be paid in the way that it names.
fn below_payment_min(new: NewOrder<'_>, total: i64) -> Option<SubmitReply> {
    let min = new.submit.payment_min?;
    (0 < total && total < min).then(|| SubmitReply::LimitExceeded {
        limit: Limit::PaymentMinimum.name().to_owned(),
        allowed: min,
        sku: None,
    })
}

fn is_number(number: i64) -> bool {
    (0..=Money::AMOUNT_MAX).contains(&number)
}

/// Decides an order whose key is new: what may be written as long as the offers stay as they are.
/// `may_be_sold` says of a line, by its place, and of the stamp of its facts whether its offer may be
/// sold with them.
///
/// The inner `Err` is a refusal: nothing is to be written.
pub(crate) fn decide(
    new: NewOrder<'_>,
    offers: &BTreeMap<Sku, Offer>,
    may_be_sold: impl Fn(usize, &str) -> bool,
    allowances: &[Allowance],
) -> Result<Result<StoredOrder, SubmitReply>, StoreError> {
    let asked = requested_lines(new)?;
    let method = new.submit.details.payment;
    if !new.terms.are_as_shown || !new.terms.methods.has(method) {
        return Ok(Err(SubmitReply::TermsChanged));
    }
    let found = match find_offers(&asked, offers) {
        Ok(found) => found,
        Err(refusal) => return Ok(Err(refused(refusal))),
    };
    let priced = match price(new, &asked, &found, may_be_sold)? {
        Ok(priced) => priced,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let limits = new.terms.limits.of_order();
    let missing = match decide_lines(&asked, offers, &limits, allowances) {
        Ok(missing) => missing,
        Err(refusal) => return Ok(Err(refused(refusal))),
    };
    if let Some(refusal) = below_payment_min(new, priced.total) {
        return Ok(Err(refusal));
    }
    Ok(Ok(stored(new, priced, &missing)))
}

/// What an order costs. The inner `Err` refuses prices that are others than the buyer was shown, or rest
/// on facts that no longer hold.
fn price(
    new: NewOrder<'_>,
    asked: &[RequestedLine],
    found: &[&Offer],
    may_be_sold: impl Fn(usize, &str) -> bool,
) -> Result<Result<Priced, SubmitReply>, StoreError> {
    let check = |prices: Vec<Money>| check_prices(asked, &prices).map_err(refused);
    match new.price {
        // What a sale sells is bound to its session by the facts of a quote.
        Price::OfOffers if new.submit.lines.iter().any(|line| is_of_sale(&line.sku)) => {
            Ok(Err(SubmitReply::QuoteChanged { total: None }))
        }
        Price::OfOffers => {
            let prices = found.iter().map(|offer| offer.unit_price);
            match check(prices.collect()) {
                Ok(()) => {
                    let fee_minor = new.terms.express_fee_minor;
                    pricing::plain(new.submit, found, fee_minor, new.now_ms)
                }
                Err(refusal) => Ok(Err(refusal)),
            }
        }
        Price::Quoted(priced) => {
            let mut lines = priced.lines.iter().enumerate();
            if lines.any(|(place, line)| !may_be_sold(place, &line.stamp)) {
                return Ok(Err(SubmitReply::QuoteChanged { total: None }));
            }
            let lines = priced.lines.iter();
            let prices = lines.map(|line| Money::new(line.stored.unit_price, priced.currency));
            Ok(check(prices.collect()).map(|()| (**priced).clone()))
        }
        Price::Refused(refusal) => Ok(Err((**refusal).clone())),
    }
}

/// The order as it is kept; `missing`: units of each line that are not there.
fn stored(new: NewOrder<'_>, priced: Priced, missing: &[u32]) -> StoredOrder {
    let (status, hold_until_ms) = start(new, priced.total, priced.pay_within_ms);
    let lines = priced.lines.into_iter().zip(missing);
    let lines = lines.map(|(line, &backordered)| StoredLine {
        backordered,
        ..line.stored
    });
    StoredOrder {
        id: new.submit.id.clone(),
        status,
        placed_at_ms: new.now_ms,
        hold_until_ms,
        currency: priced.currency.code().to_owned(),
        lines: lines.collect(),
        shipping: priced.shipping,
        total: priced.total,
        breakdown: priced.breakdown.as_deref().map(PackedBreakdown::from),
        delivery_title: priced.delivery_title,
        place: priced.place,
        details: new.submit.details.clone(),
    }
}

/// What an order asks for, checked with its ticket, as far as it does not depend on facts.
///
/// # Errors
/// [`StoreError::Rejected`] for what no facts can make right.
pub fn requested_lines(new: NewOrder<'_>) -> Result<Vec<RequestedLine>, StoreError> {
    let rejected = |error: &dyn std::fmt::Display| StoreError::Rejected(error.to_string());
    let currency = new
        .submit
        .currency
        .as_deref()
        .map(Currency::parse)
        .transpose();
    let currency = currency.map_err(|error| rejected(&error))?;
    if new.submit.lines.is_empty() || new.submit.lines.len() > souk_domain::LINES_MAX {
        return Err(rejected(&"an order has 1 to 100 lines"));
    }
    check_ticket(new)?;
    new.submit
        .lines
        .iter()
        .map(|line| {
            Ok(RequestedLine {
                sku: Sku::parse(&line.sku).map_err(|error| rejected(&error))?,
                quantity: Quantity::new(line.quantity).map_err(|error| rejected(&error))?,
                expected_price: match (line.expected_price, currency) {
                    (Some(amount), Some(currency)) => Some(Money::new(amount, currency)),
                    (Some(_), None) => return Err(rejected(&"an expected price has a currency")),
                    (None, _) => None,
                },
            })
        })
        .collect()
}

fn refused(refusal: Refusal) -> SubmitReply {
    match refusal {
        Refusal::UnknownSku { sku } => SubmitReply::UnknownSku {
            sku: sku.to_string(),
        },
        Refusal::PriceChanged { sku, unit_price } => SubmitReply::PriceChanged {
            sku: sku.to_string(),
            unit_price: unit_price.amount,
            currency: unit_price.currency.code().to_owned(),
        },
        Refusal::SoldOut { sku, available } => SubmitReply::SoldOut {
            sku: sku.to_string(),
            available,
            sold_out_until_ms: None,
        },
        Refusal::LimitExceeded(Exceeded {
            limit,
            sku,
            allowed,
        }) => SubmitReply::LimitExceeded {
            limit: limit.name().to_owned(),
            allowed,
            sku: sku.map(|sku| sku.to_string()),
        },
        Refusal::PromotionUsedUp { promotion } => SubmitReply::PromotionUnavailable {
            promotion,
            reason: PromotionRefusal::UsedUp,
        },
        Refusal::PromotionAlreadyUsed { promotion } => SubmitReply::PromotionUnavailable {
            promotion,
            reason: PromotionRefusal::AlreadyUsed,
        },
    }
}
