//! Between the wire and the domain: actions without their texts, events with them.

use souk_domain::{ActionKind, IllegalProblem, Movement, OrderAction, OrderEvent};
use souk_protocol::history::{status, units_of};
use souk_protocol::life::{self, Action, ChangeReply, Event};

use crate::{FundsAccount, FundsEntry};

/// What an action asks of the domain.
pub(crate) fn asked(action: &Action, now_ms: i64) -> OrderAction {
    match action {
        Action::BeginPayment { .. } => OrderAction::BeginPayment,
        Action::DeclinePayment { .. } => OrderAction::DeclinePayment,
        &Action::Authorise { amount, .. } => OrderAction::Authorise { amount },
        &Action::Capture { amount, .. } => OrderAction::Capture { amount },
        Action::Void { .. } => OrderAction::Void,
        &Action::ReceivePayment { amount, .. } => OrderAction::ReceivePayment { amount },
        Action::Expire => OrderAction::Expire { now_ms },
        Action::Cancel { .. } => OrderAction::Cancel,
        Action::Allocate => OrderAction::Allocate,
        Action::Ship { .. } => OrderAction::Ship,
        Action::Deliver => OrderAction::Deliver,
        Action::Return { units, refund, .. } => OrderAction::Return {
            units: units.iter().map(units_of).collect(),
            refund: *refund,
        },
        &Action::Refund { amount, .. } => OrderAction::Refund { amount },
        &Action::SettleRefund { amount, .. } => OrderAction::SettleRefund { amount },
        &Action::FailRefund { amount, .. } => OrderAction::FailRefund { amount },
    }
}

/// The texts of an action, for the events that come of it.
struct Texts<'a> {
    /// The provider's name of the session, the payment or the refund, or a reference.
    name: &'a str,
    /// Why, or where.
    reason: &'a str,
    fee: i64,
}

fn texts(action: &Action) -> Texts<'_> {
    let (name, reason, fee) = match action {
        Action::BeginPayment { session, url } => (session.as_str(), url.as_str(), 0),
        Action::DeclinePayment { payment, reason } | Action::Void { payment, reason } => {
            (payment.as_str(), reason.as_str(), 0)
        }
        Action::Authorise { payment, .. } => (payment.as_str(), "", 0),
        Action::Capture { payment, fee, .. } => (payment.as_str(), "", *fee),
        Action::ReceivePayment { reference, .. } => (reference.as_str(), "", 0),
        Action::Ship { carrier, tracking } => (carrier.as_str(), tracking.as_str(), 0),
        Action::Cancel { reason }
        | Action::Return { reason, .. }
        | Action::Refund { reason, .. } => ("", reason.as_str(), 0),
        Action::SettleRefund { refund, .. } => (refund.as_str(), "", 0),
        Action::FailRefund { refund, reason, .. } => (refund.as_str(), reason.as_str(), 0),
        Action::Expire | Action::Allocate | Action::Deliver => ("", "", 0),
    };
    Texts { name, reason, fee }
}

/// An event with the texts of the action that it comes of.
pub(crate) fn told(event: &OrderEvent, action: &Action) -> Event {
    let texts = texts(action);
    let (name, reason) = (texts.name.to_owned(), texts.reason.to_owned());
    match event {
        OrderEvent::PaymentBegun => Event::PaymentBegun {
            session: name,
            url: reason,
        },
        OrderEvent::PaymentDeclined => Event::PaymentDeclined {
            payment: name,
            reason,
        },
        &OrderEvent::PaymentAuthorised { amount } => Event::PaymentAuthorised {
            payment: name,
            amount,
        },
        &OrderEvent::PaymentCaptured { amount } => Event::PaymentCaptured {
            payment: name,
            amount,
            fee: texts.fee.clamp(0, amount),
        },
        &OrderEvent::PaymentVoided { amount } => Event::PaymentVoided {
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
        OrderEvent::Allocated => Event::Allocated,
        OrderEvent::Shipped => Event::Shipped {
            carrier: name,
            tracking: reason,
        },
        OrderEvent::Delivered => Event::Delivered,
        OrderEvent::Returned { units } => Event::Returned {
            units: units
                .iter()
                .map(|units| life::ReturnedUnits {
                    line: units.line,
                    quantity: units.quantity,
                    restock: units.restock,
                })
                .collect(),
            reason,
        },
        &OrderEvent::RefundRequested { amount } => Event::RefundRequested { amount, reason },
        &OrderEvent::RefundSettled { amount } => Event::RefundSettled {
            refund: name,
            amount,
        },
        &OrderEvent::RefundFailed { amount } => Event::RefundFailed {
            refund: name,
            amount,
            reason,
        },
    }
}

/// The money that an event moves.
pub(crate) fn entries(sequence: u32, event: &Event) -> Vec<FundsEntry> {
    use FundsAccount::{Authorised, Buyer, Fees, Owed, Shop};
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
        Event::PaymentBegun { .. }
        | Event::PaymentDeclined { .. }
        | Event::Confirmed
        | Event::Reinstated
        | Event::Expired
        | Event::Cancelled { .. }
        | Event::Allocated
        | Event::Shipped { .. }
        | Event::Delivered
        | Event::Returned { .. } => &[],
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

pub(crate) fn refused(illegal: &souk_domain::Illegal) -> ChangeReply {
    let (problem, possible) = match illegal.problem {
        IllegalProblem::NotNow => ("not_now", None),
        IllegalProblem::Amount { possible } => ("amount", Some(possible)),
        IllegalProblem::Units => ("units", None),
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
