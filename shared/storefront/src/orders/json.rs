//! Orders and their history in the shapes of the public API.

use souk_protocol::origin::{
    Event, FundsReport, OrderAdjustment, OrderRecord, OrderTax, PaymentMethod, RecordedEvent,
    Status, StoredOrder,
};
use souk_protocol::public;
use souk_protocol::quotes::{Adjustment, Allocation, PickupPoint, TaxPart, Taxes};

/// An order as it was placed.
pub(crate) fn order_json(order: &StoredOrder, token: String) -> public::Order {
    let currency = &order.currency;
    let details = &order.details;
    let breakdown = order.breakdown();
    let breakdown = breakdown.as_ref();
    let language = details.language.as_deref().unwrap_or_default();
    let title = order.delivery_title.as_ref();
    public::Order {
        id: order.id.clone(),
        token,
        status: order.status.name().to_owned(),
        placed_at: rfc3339(order.placed_at_ms),
        lines: order
            .lines
            .iter()
            .enumerate()
            .map(|(place, line)| public::OrderLine {
                sku: line.sku.clone(),
                title: line.title.clone(),
                quantity: line.quantity,
                unit_price: money(line.unit_price, currency),
                discount: (line.discount != 0).then(|| money(line.discount, currency)),
                backordered: line.backordered,
                options: order.options(breakdown, place).collect(),
            })
            .collect(),
        subtotal: money(subtotal(order), currency),
        shipping: money(order.shipping, currency),
        total: money(order.total, currency),
        market: breakdown.map(|one| one.market.clone()),
        adjustments: breakdown.map_or_else(Vec::new, |one| {
            one.adjustments.iter().map(adjustment).collect()
        }),
        tax: breakdown.map(|one| taxes(&one.tax)),
        duty: breakdown
            .filter(|one| !one.duty.parts.is_empty())
            .map(|one| taxes(&one.duty)),
        customer: details.customer.clone(),
        shipping_address: details.shipping_address.clone(),
        delivery: details.delivery.clone(),
        delivery_title: title.map(|title| title.get(language).to_owned()),
        pickup_point: order.point().map(|point| PickupPoint {
            id: point.id.clone(),
            title: point.title(language).to_owned(),
            address: point.address.clone(),
        }),
        payment: public::OrderPayment {
            method: match details.payment {
                PaymentMethod::OnDelivery => "on_delivery",
                PaymentMethod::Transfer => "transfer",
                PaymentMethod::Card => "card",
            }
            .to_owned(),
            status: payment_status(order.status, FundsReport::default()).to_owned(),
            pay_url: None,
        },
        note: details.note.clone(),
        held_until: order.hold_until_ms.map(rfc3339),
        paid: None,
        refunded: None,
        history: vec![],
    }
}

/// What the lines cost before anything is taken off, in minor units.
fn subtotal(order: &StoredOrder) -> i64 {
    let lines = order.lines.iter();
    let amounts = lines.map(|line| line.unit_price.saturating_mul(i64::from(line.quantity)));
    amounts.fold(0, i64::saturating_add)
}

fn adjustment(one: &OrderAdjustment) -> Adjustment {
    let allocations = one.allocations.iter().map(|part| Allocation {
        line: part.line.map(usize::from),
        delivery: part.line.is_none(),
        amount: part.amount,
    });
    Adjustment {
        promotion: one.promotion.clone(),
        title: one.title.clone(),
        code: one.code.clone(),
        class: one.class.clone(),
        amount: one.amount,
        allocations: allocations.collect(),
    }
}

fn taxes(tax: &OrderTax) -> Taxes {
    let parts = tax.parts.iter().map(|part| TaxPart {
        name: part.name.clone(),
        percent: part.percent.clone(),
        base: part.base,
        amount: part.amount,
    });
    Taxes {
        included: tax.included,
        total: tax.total,
        parts: parts.collect(),
    }
}

/// An order as it is now, with its history.
pub(crate) fn record_json(record: &OrderRecord, token: String) -> public::Order {
    let currency = &record.order.currency;
    let funds = record.progress.funds;
    let some = |minor: i64| (minor != 0).then(|| money(minor, currency));
    let placed = order_json(&record.order, token);
    public::Order {
        payment: public::OrderPayment {
            status: payment_status(record.progress.status, funds).to_owned(),
            pay_url: pay_url(record),
            ..placed.payment
        },
        held_until: record.progress.hold_until_ms.map(rfc3339),
        paid: some(funds.captured),
        refunded: some(funds.refunding + funds.refunded),
        history: record
            .events
            .iter()
            .filter_map(|recorded| event_json(recorded, currency))
            .collect(),
        ..placed
    }
}

/// How far the payment of an order is.
fn payment_status(status: Status, funds: FundsReport) -> &'static str {
    let back = funds.refunding + funds.refunded;
    if funds.captured > 0 {
        return match back {
            0 => "paid",
            back if back < funds.captured => "partly_refunded",
            _ => "refunded",
        };
    }
    match status {
        _ if funds.authorised > 0 => "authorised",
        Status::Returned | Status::Cancelled | Status::Expired => "none",
        Status::AwaitingPayment
        | Status::Confirmed
        | Status::Allocated
        | Status::Shipped
        | Status::Delivered => "due",
    }
}

/// The page that was opened last, as long as the order waits for its payment.
fn pay_url(record: &OrderRecord) -> Option<String> {
    let waits = record.progress.status == Status::AwaitingPayment;
    let mut events = record.events.iter().rev().filter(|_| waits);
    events.find_map(|recorded| {
        if let Event::PaymentBegun { url, .. } = &recorded.event {
            return Some(url.clone());
        }
        None
    })
}

/// An event of an order's history; `None` for one that is the staff's to see.
pub(crate) fn event_json(recorded: &RecordedEvent, currency: &str) -> Option<public::OrderEvent> {
    let (mut amount, mut reason, mut carrier, mut tracking) = (None, None, None, None);
    let (mut line, mut quantity) = (None, None);
    let event = match &recorded.event {
        Event::PaymentBegun { .. } => "payment_begun",
        Event::PaymentDeclined { reason: why, .. } => {
            reason = Some(why);
            "payment_declined"
        }
        Event::PaymentAuthorised { amount: minor, .. } => {
            amount = Some(minor);
            "payment_authorised"
        }
        Event::PaymentCaptured { amount: minor, .. } => {
            amount = Some(minor);
            "payment_captured"
        }
        Event::PaymentVoided { amount: minor, .. } => {
            amount = Some(minor);
            "payment_voided"
        }
        Event::PaymentReceived { amount: minor, .. } => {
            amount = Some(minor);
            "payment_received"
        }
        Event::Confirmed => "confirmed",
        Event::Reinstated => "reinstated",
        Event::Expired => "expired",
        Event::Cancelled { reason: why } => {
            reason = Some(why);
            "cancelled"
        }
        Event::UnitsRemoved {
            line: place,
            quantity: units,
            amount: minor,
        } => {
            amount = Some(minor);
            (line, quantity) = (u32::try_from(*place).ok(), Some(*units));
            "units_removed"
        }
        Event::AddressChanged => "address_changed",
        Event::Allocated => "allocated",
        Event::Shipped {
            carrier: by,
            tracking: number,
            ..
        } => {
            (carrier, tracking) = (Some(by), Some(number));
            "shipped"
        }
        Event::Delivered => "delivered",
        Event::Returned { reason: why, .. } => {
            reason = Some(why);
            "returned"
        }
        Event::RefundRequested {
            amount: minor,
            reason: why,
            ..
        } => {
            (amount, reason) = (Some(minor), Some(why));
            "refund_requested"
        }
        Event::RefundSettled { amount: minor, .. } => {
            amount = Some(minor);
            "refund_settled"
        }
        Event::RefundFailed { amount: minor, .. } => {
            amount = Some(minor);
            "refund_failed"
        }
        Event::DisputeOpened { amount: minor, .. } => {
            amount = Some(minor);
            "dispute_opened"
        }
        Event::DisputeWon { amount: minor, .. } => {
            amount = Some(minor);
            "dispute_won"
        }
        Event::DisputeLost { amount: minor, .. } => {
            amount = Some(minor);
            "dispute_lost"
        }
        Event::MailFailed { .. } => return None,
    };
    let text = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
    Some(public::OrderEvent {
        at: rfc3339(recorded.at_ms),
        event: event.to_owned(),
        amount: amount.map(|&minor| money(minor, currency)),
        line,
        quantity,
        reason: text(reason),
        carrier: text(carrier),
        tracking: text(tracking),
    })
}

/// An amount in the shape of the API.
pub(crate) fn money(amount: i64, currency: &str) -> public::Money {
    public::Money {
        amount,
        currency: currency.to_owned(),
    }
}

/// A moment, in milliseconds since 1970, as RFC 3339 in UTC.
pub(crate) fn rfc3339(ms: i64) -> String {
    souk_pages::format::timestamp(ms).unwrap_or_default()
}
