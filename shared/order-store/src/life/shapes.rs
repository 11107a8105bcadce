//! Between the wire and the domain: actions without their texts, events with them.

use souk_domain::{
    ActionKind, Destination, IllegalProblem, MailKind, Movement, OrderAction, OrderEdit,
    OrderEvent, OrderState,
};
use souk_protocol::history::{payment_id, status, units_of};
use souk_protocol::mail::MailProblem;
use souk_protocol::origin::{self, Action, Actor, ChangeOrder, Event, RefundOrigin};

use super::refund;
use crate::{ChangeReply, FundsAccount, FundsEntry, StoredOrder};

/// What an action asks of the domain. `state` is that of the order, `destination` of the address that
/// its buyer names.
pub(super) fn asked(
    change: &ChangeOrder,
    order: &StoredOrder,
    state: &OrderState,
    destination: Destination,
    now_ms: i64,
) -> OrderAction {
    match &change.action {
        Action::BeginPayment { .. } => OrderAction::BeginPayment,
        Action::DeclinePayment { .. } => OrderAction::DeclinePayment,
        Action::Authorise {
            provider,
            payment,
            amount,
        } => OrderAction::Authorise {
            payment: payment_id(provider, payment),
            amount: *amount,
        },
        Action::Capture {
            provider,
            payment,
            amount,
            ..
        } => OrderAction::Capture {
            payment: payment_id(provider, payment),
            amount: *amount,
        },
        Action::Void {
            provider, payment, ..
        } => OrderAction::Void {
            payment: payment_id(provider, payment),
        },
        &Action::ReceivePayment { amount, .. } => OrderAction::ReceivePayment { amount },
        Action::Expire => OrderAction::Expire { now_ms },
        Action::Cancel { .. } if change.by == Actor::Shopper => {
            OrderAction::Edit(OrderEdit::Cancel)
        }
        Action::Cancel { .. } => OrderAction::Cancel,
        &Action::SetQuantity { line, quantity } => OrderAction::Edit(OrderEdit::Lower {
            line,
            quantity,
            price: refund::of_removed(order, state, line, quantity),
        }),
        Action::SetAddress { .. } => OrderAction::Edit(OrderEdit::Readdress(destination)),
        Action::Allocate => OrderAction::Allocate,
        Action::Ship { unpaid_reason, .. } => OrderAction::Ship {
            unpaid: unpaid_reason.is_some(),
        },
        Action::Deliver => OrderAction::Deliver,
        Action::Return { units, refund, .. } => {
            let units: Vec<_> = units.iter().map(units_of).collect();
            let refund = refund.unwrap_or_else(|| refund::refund(order, state, &units));
            OrderAction::Return { units, refund }
        }
        &Action::Refund { amount, .. } => OrderAction::Refund { amount },
        Action::ReportRefund {
            provider,
            payment,
            amount,
            ..
        } => OrderAction::ReportRefund {
            payment: payment_id(provider, payment),
            amount: *amount,
        },
        &Action::SettleRefund { amount, .. } => OrderAction::SettleRefund { amount },
        &Action::FailRefund { amount, .. } => OrderAction::FailRefund { amount },
        Action::OpenDispute {
            provider,
            payment,
            amount,
            ..
        } => OrderAction::OpenDispute {
            payment: payment_id(provider, payment),
            amount: *amount,
        },
        Action::CloseDispute {
            provider,
            payment,
            amount,
            won,
            ..
        } => OrderAction::CloseDispute {
            payment: payment_id(provider, payment),
            amount: *amount,
            won: *won,
        },
        Action::ReportMail { .. } => OrderAction::ReportMail,
    }
}

/// The texts of an action, for the events that it leads to.
struct Texts<'a> {
    provider: Option<&'a String>,
    /// The provider's name of the session, the payment or the refund, or a reference.
    name: &'a str,
    /// Why, or where.
    reason: &'a str,
    fee: i64,
    request: Option<u32>,
    unpaid_reason: Option<&'a String>,
    mail: Option<(MailKind, MailProblem)>,
}

fn texts(action: &Action) -> Texts<'_> {
    let (provider, name, reason) = match action {
        Action::BeginPayment {
            provider,
            session,
            url,
        } => (Some(provider), session.as_str(), url.as_str()),
        Action::DeclinePayment {
            provider,
            payment,
            reason,
        }
        | Action::Void {
            provider,
            payment,
            reason,
        } => (Some(provider), payment.as_str(), reason.as_str()),
        Action::Authorise {
            provider, payment, ..
        }
        | Action::Capture {
            provider, payment, ..
        } => (Some(provider), payment.as_str(), ""),
        Action::ReceivePayment { reference, .. } => (None, reference.as_str(), ""),
        Action::Ship {
            carrier, tracking, ..
        } => (None, carrier.as_str(), tracking.as_str()),
        Action::OpenDispute {
            provider,
            dispute,
            reason,
            ..
        } => (Some(provider), dispute.as_str(), reason.as_str()),
        Action::CloseDispute {
            provider, dispute, ..
        } => (Some(provider), dispute.as_str(), ""),
        Action::Cancel { reason }
        | Action::Return { reason, .. }
        | Action::Refund { reason, .. } => (None, "", reason.as_str()),
        Action::ReportMail { detail, .. } => (None, "", detail.as_str()),
        Action::SettleRefund {
            provider, refund, ..
        } => (provider.as_ref(), refund.as_str(), ""),
        Action::FailRefund {
            provider,
            refund,
            reason,
            ..
        } => (provider.as_ref(), refund.as_str(), reason.as_str()),
        // Where the parcel goes is no part of any event.
        Action::SetQuantity { .. }
        | Action::SetAddress { .. }
        | Action::ReportRefund { .. }
        | Action::Expire
        | Action::Allocate
        | Action::Deliver => (None, "", ""),
    };
    let fee = if let Action::Capture { fee, .. } = action {
        *fee
    } else {
        0
    };
    let request = if let Action::FailRefund { request, .. } = action {
        *request
    } else {
        None
    };
    let unpaid_reason = if let Action::Ship { unpaid_reason, .. } = action {
        unpaid_reason.as_ref()
    } else {
        None
    };
    let mail = if let Action::ReportMail { mail, problem, .. } = action {
        Some((*mail, *problem))
    } else {
        None
    };
    Texts {
        provider,
        name,
        reason,
        fee,
        request,
        unpaid_reason,
        mail,
    }
}

/// The origin of a refund that an action leads to.
fn refund_origin(action: &Action, by: Actor) -> RefundOrigin {
    match action {
        Action::Cancel { .. } if by == Actor::Shopper => RefundOrigin::Automatic,
        Action::ReportRefund {
            provider, refund, ..
        } => RefundOrigin::Provider {
            provider: provider.clone(),
            id: refund.clone(),
        },
        Action::Cancel { .. } | Action::Return { .. } | Action::Refund { .. } => {
            RefundOrigin::Staff
        }
        Action::BeginPayment { .. }
        | Action::DeclinePayment { .. }
        | Action::Authorise { .. }
        | Action::Capture { .. }
        | Action::Void { .. }
        | Action::ReceivePayment { .. }
        | Action::Expire
        | Action::SetQuantity { .. }
        | Action::SetAddress { .. }
        | Action::Allocate
        | Action::Ship { .. }
        | Action::Deliver
        | Action::SettleRefund { .. }
        | Action::FailRefund { .. }
        | Action::OpenDispute { .. }
        | Action::CloseDispute { .. }
        | Action::ReportMail { .. } => RefundOrigin::Automatic,
    }
}

/// An event with the texts of the action that led to it, and `by` whom.
pub(super) fn event_of(event: &OrderEvent, action: &Action, by: Actor) -> Event {
    let texts = texts(action);
    let (name, reason) = (texts.name.to_owned(), texts.reason.to_owned());
    let provider = || texts.provider.cloned().unwrap_or_default();
    match event {
        OrderEvent::PaymentBegun => Event::PaymentBegun {
            provider: provider(),
            session: name,
            url: reason,
        },
        OrderEvent::PaymentDeclined => Event::PaymentDeclined {
            provider: provider(),
            payment: name,
            reason,
        },
        &OrderEvent::PaymentAuthorised { amount, .. } => Event::PaymentAuthorised {
            provider: provider(),
            payment: name,
            amount,
        },
        &OrderEvent::PaymentCaptured { amount } => Event::PaymentCaptured {
            provider: provider(),
            payment: name,
            amount,
            fee: texts.fee.clamp(0, amount),
        },
        &OrderEvent::PaymentVoided { amount } => Event::PaymentVoided {
            provider: provider(),
            payment: name,
            amount,
            reason,
        },
        &OrderEvent::PaymentReceived { amount } => Event::PaymentReceived {
            amount,
            reference: name,
        },
        OrderEvent::Confirmed => Event::Confirmed,
        OrderEvent::Reinstated => Event::Reinstated,
        OrderEvent::Expired => Event::Expired,
        OrderEvent::Cancelled => Event::Cancelled { reason },
        &OrderEvent::UnitsRemoved { line, units, price } => Event::UnitsRemoved {
            line,
            quantity: units,
            amount: price,
        },
        OrderEvent::AddressChanged => Event::AddressChanged,
        OrderEvent::Allocated => Event::Allocated,
        OrderEvent::Shipped => Event::Shipped {
            carrier: name,
            tracking: reason,
            unpaid_reason: texts.unpaid_reason.cloned(),
        },
        OrderEvent::Delivered => Event::Delivered,
        OrderEvent::Returned { units } => Event::Returned {
            units: units
                .iter()
                .map(|units| origin::ReturnedUnits {
                    line: units.line,
                    quantity: units.quantity,
                    restock: units.restock,
                })
                .collect(),
            reason,
        },
        &OrderEvent::RefundRequested { amount } => Event::RefundRequested {
            amount,
            origin: refund_origin(action, by),
            reason,
        },
        &OrderEvent::RefundSettled { amount } => Event::RefundSettled {
            provider: texts.provider.cloned(),
            refund: name,
            amount,
        },
        &OrderEvent::RefundFailed { amount } => Event::RefundFailed {
            provider: texts.provider.cloned(),
            request: texts.request,
            refund: name,
            amount,
            reason,
        },
        &OrderEvent::DisputeOpened { amount } => Event::DisputeOpened {
            provider: provider(),
            dispute: name,
            amount,
            reason,
        },
        &OrderEvent::DisputeWon { amount } => Event::DisputeWon {
            provider: provider(),
            dispute: name,
            amount,
        },
        &OrderEvent::DisputeLost { amount } => Event::DisputeLost {
            provider: provider(),
            dispute: name,
            amount,
        },
        OrderEvent::MailFailed => {
            let (mail, problem) = texts.mail.expect("a report of a mail names it");
            Event::MailFailed {
                mail,
                problem,
                detail: reason,
            }
        }
    }
}

/// The money that an event moves.
pub(super) fn entries(sequence: u32, event: &Event) -> Vec<FundsEntry> {
    use FundsAccount::{Authorised, Buyer, Disputed, Fees, Owed, Shop};
    let moves: &[(FundsAccount, FundsAccount, i64)] = match *event {
        Event::PaymentAuthorised { amount, .. } => &[(Buyer, Authorised, amount)],
        Event::PaymentCaptured { amount, fee, .. } => {
            &[(Authorised, Shop, amount), (Shop, Fees, fee)]
        }
        Event::PaymentVoided { amount, .. } => &[(Authorised, Buyer, amount)],
        Event::PaymentReceived { amount, .. } => &[(Buyer, Shop, amount)],
        Event::RefundRequested { amount, .. } => &[(Shop, Owed, amount)],
        Event::RefundSettled { amount, .. } => &[(Owed, Buyer, amount)],
        Event::RefundFailed { amount, .. } => &[(Owed, Shop, amount)],
        Event::DisputeOpened { amount, .. } => &[(Shop, Disputed, amount)],
        Event::DisputeWon { amount, .. } => &[(Disputed, Shop, amount)],
        Event::DisputeLost { amount, .. } => &[(Disputed, Buyer, amount)],
        Event::PaymentBegun { .. }
        | Event::PaymentDeclined { .. }
        | Event::Confirmed
        | Event::Reinstated
        | Event::Expired
        | Event::Cancelled { .. }
        | Event::UnitsRemoved { .. }
        | Event::AddressChanged
        | Event::Allocated
        | Event::Shipped { .. }
        | Event::Delivered
        | Event::Returned { .. }
        | Event::MailFailed { .. } => &[],
    };
    let moves = moves.iter().filter(|(_, _, amount)| *amount > 0);
    moves
        .map(|&(from, to, amount)| FundsEntry {
            sequence,
            from,
            to,
            amount,
        })
        .collect()
}

/// How a movement is called where it is stored.
pub fn movement_name(movement: Movement) -> &'static str {
    match movement {
        Movement::Supply => "supply",
        Movement::Backorder => "backorder",
        Movement::Hold => "hold",
        Movement::Sell => "sell",
        Movement::Settle => "settle",
        Movement::Release => "release",
        Movement::Restock => "restock",
        Movement::Discard => "discard",
        Movement::Unorder => "unorder",
        Movement::WriteOff => "write_off",
        Movement::Depart => "depart",
        Movement::Arrive => "arrive",
    }
}

pub(super) fn refused(illegal: &souk_domain::Illegal) -> ChangeReply {
    let (problem, possible) = match illegal.problem {
        IllegalProblem::NotNow => ("not_now", None),
        IllegalProblem::NotEditable => ("not_editable", None),
        IllegalProblem::Place => ("place", None),
        IllegalProblem::Amount { possible } => ("amount", Some(possible)),
        IllegalProblem::Units => ("units", None),
        IllegalProblem::Unpaid { due } => ("unpaid", Some(due)),
    };
    ChangeReply::Illegal {
        status: status(illegal.status),
        problem: problem.to_owned(),
        possible,
        legal: illegal
            .legal
            .iter()
            .map(|&kind| action_name(kind).to_owned())
            .collect(),
    }
}

fn action_name(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::BeginPayment => "begin_payment",
        ActionKind::DeclinePayment => "decline_payment",
        ActionKind::Authorise => "authorise",
        ActionKind::Capture => "capture",
        ActionKind::Void => "void",
        ActionKind::ReceivePayment => "receive_payment",
        ActionKind::Expire => "expire",
        ActionKind::Cancel => "cancel",
        ActionKind::Allocate => "allocate",
        ActionKind::Ship => "ship",
        ActionKind::Deliver => "deliver",
        ActionKind::Return => "return",
        ActionKind::Refund => "refund",
        ActionKind::SettleRefund => "settle_refund",
        ActionKind::FailRefund => "fail_refund",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn texts_of(value: &Value) -> Vec<&str> {
        match value {
            Value::String(text) => vec![text],
            Value::Array(values) => values.iter().flat_map(texts_of).collect(),
            Value::Object(members) => members.values().flat_map(texts_of).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
        }
    }

    /// What makes it safe that the fingerprint of a change is a hash without a key.
    #[test]
    fn the_event_of_a_change_has_every_text_of_its_action() {
        let text = |text: &str| text.to_owned();
        let (provider, payment, reason) = (|| text("acme"), || text("p-1"), || text("a reason"));
        let amount = 5;
        let changes = [
            (
                OrderEvent::PaymentBegun,
                Action::BeginPayment {
                    provider: provider(),
                    session: text("s-1"),
                    url: text("https://acme.example/s-1"),
                },
            ),
            (
                OrderEvent::PaymentDeclined,
                Action::DeclinePayment {
                    provider: provider(),
                    payment: payment(),
                    reason: reason(),
                },
            ),
            (
                OrderEvent::PaymentVoided { amount },
                Action::Void {
                    provider: provider(),
                    payment: payment(),
                    reason: reason(),
                },
            ),
            (
                OrderEvent::PaymentReceived { amount },
                Action::ReceivePayment {
                    amount,
                    reference: text("Li Na, order 1"),
                },
            ),
            (OrderEvent::Cancelled, Action::Cancel { reason: reason() }),
            (
                OrderEvent::MailFailed,
                Action::ReportMail {
                    mail: MailKind::Shipped,
                    problem: MailProblem::Bounced,
                    detail: text("Permanent/Suppressed"),
                },
            ),
            (
                OrderEvent::Shipped,
                Action::Ship {
                    carrier: text("SF"),
                    tracking: text("SF1"),
                    unpaid_reason: Some(reason()),
                },
            ),
            (
                OrderEvent::Returned { units: Vec::new() },
                Action::Return {
                    units: Vec::new(),
                    refund: Some(amount),
                    reason: reason(),
                },
            ),
            (
                OrderEvent::RefundRequested { amount },
                Action::Refund {
                    amount,
                    reason: reason(),
                },
            ),
            (
                OrderEvent::RefundSettled { amount },
                Action::SettleRefund {
                    provider: Some(provider()),
                    refund: text("r-1"),
                    amount,
                },
            ),
            (
                OrderEvent::RefundFailed { amount },
                Action::FailRefund {
                    provider: Some(provider()),
                    request: Some(2),
                    refund: text("r-1"),
                    amount,
                    reason: reason(),
                },
            ),
        ];
        for (event, action) in &changes {
            let stored =
                serde_json::to_string(&event_of(event, action, Actor::Staff)).expect("plain enums");
            let asked = serde_json::to_value(action).expect("plain enums");
            let Value::Object(mut asked) = asked else {
                panic!("{asked}")
            };
            asked.remove("action");
            for text in texts_of(&Value::Object(asked)) {
                assert!(stored.contains(text), "{text:?} is not in {stored}");
            }
        }
    }
}
