//! What happened to an order, for its buyer: the newest event first.

use maud::{Markup, html};
use souk_protocol::origin::{Event, OrderRecord, PaymentMethod, Status};

use crate::format;
use crate::view::Site;
use crate::words::Words;

/// Where the order stands: how good that is (a class of the style sheet), a name and a sentence.
pub(super) fn status<'a>(words: &'a Words, record: &OrderRecord) -> (&'a str, &'a str, &'a str) {
    let by_card = record.order.details.payment == PaymentMethod::Card;
    let is_void = |event: &Event| matches!(event, Event::PaymentVoided { .. });
    let voided = record.events.iter().any(|one| is_void(&one.event));
    match record.progress.status {
        Status::AwaitingPayment if by_card => {
            ("later", words.status_awaiting(), words.awaiting_card_text())
        }
        Status::AwaitingPayment => ("later", words.status_awaiting(), words.awaiting_text()),
        Status::Confirmed => ("yes", words.status_confirmed(), words.confirmed_text()),
        Status::Allocated => ("yes", words.status_allocated(), words.allocated_text()),
        Status::Shipped => ("yes", words.status_shipped(), words.shipped_text()),
        Status::Delivered => ("yes", words.status_delivered(), words.delivered_text()),
        Status::Returned => ("no", words.status_returned(), words.returned_text()),
        Status::Cancelled if voided => (
            "no",
            words.status_cancelled(),
            words.cancelled_voided_text(),
        ),
        Status::Cancelled => ("no", words.status_cancelled(), words.cancelled_text()),
        Status::Expired if voided => ("no", words.status_expired(), words.expired_voided_text()),
        Status::Expired => ("no", words.status_expired(), words.expired_text()),
    }
}

/// The history of an order to which something happened.
pub(super) fn history(site: &Site<'_>, record: &OrderRecord) -> Markup {
    let words = site.words;
    html! {
        @if !record.events.is_empty() {
            section.history aria-labelledby="history" {
                h2 #history { (words.history()) }
                ol reversed role="list" {
                    @for recorded in record.events.iter().rev() {
                        @if let Some(described) = describe(site, record, &recorded.event) {
                            (entry(site, recorded.at_ms, &described))
                        }
                    }
                    (entry(site, record.order.placed_at_ms, &(words.event_placed(), String::new())))
                }
            }
        }
    }
}

fn entry(site: &Site<'_>, at_ms: i64, (what, more): &(&str, String)) -> Markup {
    html! {
        li {
            @if let Some((human, machine)) = format::moment(site, at_ms) {
                time datetime=(machine) { (human) }
            }
            b { (what) }
            @if !more.is_empty() { span { (more) } }
        }
    }
}

/// An event in words, and what more there is to say of it; `None` for one that is the staff's to see.
fn describe<'a>(site: &Site<'a>, record: &OrderRecord, event: &Event) -> Option<(&'a str, String)> {
    let words = site.words;
    let amount = |minor: i64| format::order_money(site, &record.order, minor);
    Some(match event {
        Event::PaymentBegun { .. } => (words.event_payment_begun(), String::new()),
        Event::PaymentDeclined { reason, .. } => (words.event_payment_declined(), reason.clone()),
        Event::PaymentAuthorised { amount: minor, .. } => {
            (words.event_payment_authorised(), amount(*minor))
        }
        Event::PaymentCaptured { amount: minor, .. } => {
            (words.event_payment_captured(), amount(*minor))
        }
        Event::PaymentVoided { amount: minor, .. } => {
            (words.event_payment_voided(), amount(*minor))
        }
        Event::PaymentReceived { amount: minor, .. } => {
            (words.event_payment_received(), amount(*minor))
        }
        Event::Confirmed => (words.event_confirmed(), String::new()),
        Event::Reinstated => (words.event_reinstated(), String::new()),
        Event::Expired => (words.event_expired(), String::new()),
        Event::Cancelled { reason } => (words.event_cancelled(), reason.clone()),
        Event::UnitsRemoved {
            line,
            quantity,
            amount: minor,
        } => {
            let line = record.order.lines.get(*line);
            let title = line.map_or("", |line| line.title.as_str());
            let text = format!("{title} × {quantity}, {}", amount(-minor));
            (words.event_units_removed(), text)
        }
        Event::AddressChanged => (words.event_address_changed(), String::new()),
        Event::Allocated => (words.event_allocated(), String::new()),
        Event::Shipped {
            carrier, tracking, ..
        } => (
            words.event_shipped(),
            format!("{carrier} {tracking}").trim().to_owned(),
        ),
        Event::Delivered => (words.event_delivered(), String::new()),
        Event::Returned { units, .. } => {
            let count: u32 = units.iter().map(|units| units.quantity).sum();
            (words.event_returned(), format!("× {count}"))
        }
        Event::RefundRequested { amount: minor, .. } => {
            (words.event_refund_requested(), amount(*minor))
        }
        Event::RefundSettled { amount: minor, .. } => {
            (words.event_refund_settled(), amount(*minor))
        }
        Event::RefundFailed { amount: minor, .. } => (words.event_refund_failed(), amount(*minor)),
        Event::DisputeOpened { amount: minor, .. } => {
            (words.event_dispute_opened(), amount(*minor))
        }
        Event::DisputeWon { amount: minor, .. } => (words.event_dispute_won(), amount(*minor)),
        Event::DisputeLost { amount: minor, .. } => (words.event_dispute_lost(), amount(*minor)),
        Event::MailFailed { .. } => return None,
    })
}
