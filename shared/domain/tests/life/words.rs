//! Actions and events as the table writes them: short words, amounts in minor units.

use souk_domain::{
    Destination, IllegalProblem, OrderAction, OrderEdit, OrderEvent, PaymentId, ReturnedUnits,
};

/// The total of every order in the table.
pub(crate) const TOTAL: i64 = 100;
/// Until when its units are held.
pub(crate) const HELD_UNTIL_MS: i64 = 1_000;

/// Every kind of action that the table tries, some of them in several forms.
pub(crate) const ACTIONS: [&str; 41] = [
    "bounce",
    "begin",
    "decline",
    "authorise 100",
    "authorise 60",
    "authorise 0",
    "capture 100",
    "capture 60",
    "capture -1",
    "void",
    "receive 100",
    "receive 60",
    "expire early",
    "expire due",
    "cancel",
    "give up",
    "keep 2",
    "keep 3",
    "keep 4",
    "move",
    "move away",
    "allocate",
    "ship",
    "ship unpaid",
    "deliver",
    "return one",
    "return one for 40",
    "return one for 101",
    "return all",
    "return too many",
    "refund 40",
    "refund 101",
    "refund 0",
    "report 40",
    "report 101",
    "settle 40",
    "fail 40",
    "dispute 40",
    "dispute 101",
    "win 40",
    "lose 40",
];

/// A payment that has the same name at every provider.
pub(crate) fn payment(provider: &str) -> PaymentId {
    PaymentId {
        provider: provider.to_owned(),
        id: "payment".to_owned(),
    }
}

/// The action of a word.
pub(crate) fn action(word: &str) -> OrderAction {
    let (verb, rest) = word.split_once(' ').unwrap_or((word, ""));
    let amount = || rest.parse().expect("an amount");
    match verb {
        "begin" => OrderAction::BeginPayment,
        "decline" => OrderAction::DeclinePayment,
        "authorise" => OrderAction::Authorise {
            payment: payment("one"),
            amount: amount(),
        },
        "capture" => OrderAction::Capture {
            payment: payment("one"),
            amount: amount(),
        },
        "void" => OrderAction::Void {
            payment: payment("one"),
        },
        "receive" => OrderAction::ReceivePayment { amount: amount() },
        "expire" => OrderAction::Expire {
            now_ms: HELD_UNTIL_MS - i64::from(rest == "early"),
        },
        "cancel" => OrderAction::Cancel,
        "give" => OrderAction::Edit(OrderEdit::Cancel),
        // Each unit costs 10.
        "keep" => OrderAction::Edit(OrderEdit::Lower {
            line: 0,
            quantity: rest.parse().expect("a number"),
            price: (3 - rest.parse::<i64>().expect("a number")) * 10,
        }),
        "move" => OrderAction::Edit(OrderEdit::Readdress(match rest {
            "away" => Destination::OtherPrice,
            _ => Destination::SamePrice,
        })),
        "allocate" => OrderAction::Allocate,
        "ship" => OrderAction::Ship {
            unpaid: rest == "unpaid",
        },
        "deliver" => OrderAction::Deliver,
        "return" => returning(rest),
        "refund" => OrderAction::Refund { amount: amount() },
        "report" => OrderAction::ReportRefund {
            payment: payment("one"),
            amount: amount(),
        },
        "settle" => OrderAction::SettleRefund { amount: amount() },
        "fail" => OrderAction::FailRefund { amount: amount() },
        "dispute" => OrderAction::OpenDispute {
            payment: payment("one"),
            amount: amount(),
        },
        "win" | "lose" => OrderAction::CloseDispute {
            payment: payment("one"),
            amount: amount(),
            won: verb == "win",
        },
        "bounce" => OrderAction::ReportMail,
        other => panic!("{other} is no action"),
    }
}

fn returning(rest: &str) -> OrderAction {
    let unit = |line, quantity, restock| ReturnedUnits {
        line,
        quantity,
        restock,
    };
    let (what, refund) = rest.split_once(" for ").unwrap_or((rest, "0"));
    let units = match what {
        "one" => vec![unit(0, 1, true)],
        "all" => vec![unit(0, 3, true), unit(1, 1, false)],
        // Three were ordered; that they are named twice does not make them more.
        "too many" => vec![unit(0, 2, true), unit(0, 2, false)],
        other => panic!("{other} are no units"),
    };
    let refund = refund.parse().expect("an amount");
    OrderAction::Return { units, refund }
}

/// An event in a word.
pub(crate) fn word(event: &OrderEvent) -> String {
    match event {
        OrderEvent::PaymentBegun => "begun".to_owned(),
        OrderEvent::PaymentDeclined => "declined".to_owned(),
        OrderEvent::PaymentAuthorised { amount, .. } => format!("authorised {amount}"),
        OrderEvent::PaymentCaptured { amount } => format!("captured {amount}"),
        OrderEvent::PaymentVoided { amount } => format!("voided {amount}"),
        OrderEvent::PaymentReceived { amount } => format!("received {amount}"),
        OrderEvent::Confirmed => "confirmed".to_owned(),
        OrderEvent::Reinstated => "reinstated".to_owned(),
        OrderEvent::Expired => "expired".to_owned(),
        OrderEvent::Cancelled => "cancelled".to_owned(),
        OrderEvent::UnitsRemoved { units, price, .. } => format!("{units} off for {price}"),
        OrderEvent::AddressChanged => "moved".to_owned(),
        OrderEvent::Allocated => "allocated".to_owned(),
        OrderEvent::Shipped => "shipped".to_owned(),
        OrderEvent::Delivered => "delivered".to_owned(),
        OrderEvent::Returned { units } => {
            let units: u32 = units.iter().map(|unit| unit.quantity).sum();
            format!("returned {units}")
        }
        OrderEvent::RefundRequested { amount } => format!("owed {amount}"),
        OrderEvent::RefundSettled { amount } => format!("refunded {amount}"),
        OrderEvent::RefundFailed { amount } => format!("kept {amount}"),
        OrderEvent::DisputeOpened { amount } => format!("disputed {amount}"),
        OrderEvent::DisputeWon { amount } => format!("won {amount}"),
        OrderEvent::DisputeLost { amount } => format!("lost {amount}"),
        OrderEvent::MailFailed => "mail failed".to_owned(),
    }
}

/// A refusal in words.
pub(crate) fn refusal(problem: IllegalProblem) -> String {
    match problem {
        IllegalProblem::NotNow => "not now".to_owned(),
        IllegalProblem::NotEditable => "not editable".to_owned(),
        IllegalProblem::Place => "another price".to_owned(),
        IllegalProblem::Amount { possible } => format!("at most or exactly {possible}"),
        IllegalProblem::Units => "no such units".to_owned(),
        IllegalProblem::Unpaid { due } => format!("unpaid, {due} are due"),
    }
}
