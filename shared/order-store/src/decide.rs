//! Between the protocol and the domain: what a submitted order asks for, and what it becomes.

use std::collections::BTreeMap;

use souk_domain::{
    Allowance, Currency, Exceeded, Limit, Money, Offer, OrderStatus, PaymentMethod, PlacedLine,
    Quantity, Refusal, RequestedLine, Sku, decide_lines,
};
use souk_protocol::history;
use souk_protocol::origin::{DefineOffers, Status, StoredLine};

use crate::{NewOrder, StoreError, StoredOrder, SubmitReply};

/// What an order asks for, checked, as far as it does not depend on stock.
#[derive(Debug, Clone)]
pub struct Asked {
    /// 1 to [`souk_domain::LINES_MAX`].
    pub lines: Vec<RequestedLine>,
    /// Cost of the delivery in minor units; `None` where it is not possible.
    pub shipping: Option<i64>,
}

/// Checks what an order asks for.
pub fn asked(new: NewOrder<'_>) -> Result<Asked, StoreError> {
    let shipping = match new.submit.details.delivery.as_str() {
        "standard" => Some(0),
        "express" => Some(new.terms.express_fee_minor),
        _ => None,
    };
    Ok(Asked {
        lines: requested_lines(new)?,
        shipping,
    })
}

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
    }
    Ok(())
}

/// Where an order of this total starts, and until when its units are held then.
fn start(new: NewOrder<'_>, total: i64) -> (Status, Option<i64>) {
    let method = history::method_of(new.submit.details.payment);
    let status = method.first_status(total);
    let hold_ms = match (status, method) {
        (OrderStatus::AwaitingPayment, PaymentMethod::Transfer) => Some(new.terms.transfer_hold_ms),
        (OrderStatus::AwaitingPayment, PaymentMethod::Card) => Some(new.terms.card_hold_ms),
        (_, PaymentMethod::OnDelivery | PaymentMethod::Transfer | PaymentMethod::Card) => None,
    };
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
///
/// The inner `Err` is a refusal: nothing is to be written.
pub fn decide(
    new: NewOrder<'_>,
    offers: &BTreeMap<Sku, Offer>,
    allowances: &[Allowance],
) -> Result<Result<StoredOrder, SubmitReply>, StoreError> {
    let asked = asked(new)?;
    let method = new.submit.details.payment;
    if !new.terms.are_as_shown || !new.terms.methods.has(method) {
        return Ok(Err(SubmitReply::TermsChanged));
    }
    let Some(shipping) = asked.shipping else {
        return Ok(Err(SubmitReply::DeliveryUnavailable));
    };
    let limits = new.terms.limits.of_order();
    let decided = decide_lines(&asked.lines, offers, shipping, &limits, allowances);
    let placed = match decided {
        Ok(placed) => placed,
        Err(refusal) => return Ok(Err(refused(refusal, offers))),
    };
    let currency = placed
        .first()
        .expect("an order has a line")
        .unit_price
        .currency;
    let total = total(&placed, Money::new(shipping, currency))?.amount;
    if let Some(refusal) = below_payment_min(new, total) {
        return Ok(Err(refusal));
    }
    let (status, hold_until_ms) = start(new, total);
    Ok(Ok(StoredOrder {
        id: new.submit.id.clone(),
        status,
        placed_at_ms: new.now_ms,
        hold_until_ms,
        currency: currency.code().to_owned(),
        lines: placed.into_iter().map(stored_line).collect(),
        shipping,
        total,
        details: new.submit.details.clone(),
        breakdown: None,
    }))
}

fn requested_lines(new: NewOrder<'_>) -> Result<Vec<RequestedLine>, StoreError> {
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

fn total(lines: &[PlacedLine], shipping: Money) -> Result<Money, StoreError> {
    lines
        .iter()
        .try_fold(shipping, |sum, line| {
            sum.plus(line.unit_price.times(line.quantity.units())?)
        })
        .map_err(|error| StoreError::Rejected(error.to_string()))
}

fn stored_line(line: PlacedLine) -> StoredLine {
    StoredLine {
        sku: line.sku.to_string(),
        title: line.title,
        slug: Some(line.slug).filter(|slug| !slug.is_empty()),
        quantity: line.quantity.units(),
        unit_price: line.unit_price.amount,
        backordered: line.backordered,
        discount: 0,
        tax: 0,
        duty: 0,
    }
}

fn refused(refusal: Refusal, offers: &BTreeMap<Sku, Offer>) -> SubmitReply {
    match refusal {
        Refusal::UnknownSku { sku } => SubmitReply::UnknownSku {
            sku: sku.to_string(),
        },
        Refusal::PriceChanged { sku, unit_price } => SubmitReply::PriceChanged {
            currency: offers[&sku].unit_price.currency.code().to_owned(),
            sku: sku.to_string(),
            unit_price,
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
    }
}
