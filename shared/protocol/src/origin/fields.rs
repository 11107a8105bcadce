//! Reads what happens to orders: an [`Event`], a [`RecordedEvent`], an [`Action`]. `serde` would derive
//! a reader for the fields of each kind, which is 120 KiB in each function that reads both; this is
//! one reader for the fields of all.

use serde::de::{Deserialize, Deserializer, Error};
use serde_json::Value;
use souk_domain::MailKind;

use super::changes::{Action, Actor, Event, RecordedEvent, RefundOrigin, ReturnedUnits};
use crate::mail::MailProblem;
use crate::public::Address;

/// The fields of an event or an action of any kind.
#[derive(serde::Deserialize)]
struct Fields {
    /// The kind of an action.
    action: Option<String>,
    /// The kind of an event.
    event: Option<String>,
    address: Option<Box<Address>>,
    amount: Option<i64>,
    at_ms: Option<i64>,
    by: Option<Actor>,
    by_name: Option<String>,
    carrier: Option<String>,
    detail: Option<String>,
    dispute: Option<String>,
    fee: Option<i64>,
    line: Option<usize>,
    mail: Option<Mail>,
    origin: Option<Origin>,
    payment: Option<String>,
    problem: Option<MailProblem>,
    provider: Option<String>,
    quantity: Option<u32>,
    reason: Option<String>,
    reference: Option<String>,
    /// What a return gives back is an amount; elsewhere a refund is named.
    refund: Option<Value>,
    request: Option<u32>,
    sequence: Option<u32>,
    session: Option<String>,
    tracking: Option<String>,
    units: Option<Vec<ReturnedUnits>>,
    unpaid_reason: Option<String>,
    url: Option<String>,
    won: Option<bool>,
}

/// A kind of mail by its name.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Mail(#[serde(with = "crate::mail::kind")] MailKind);

/// The fields of a [`RefundOrigin`] of any kind.
#[derive(serde::Deserialize)]
struct Origin {
    by: String,
    provider: Option<String>,
    id: Option<String>,
}

/// Why fields are not what was wanted.
enum Refused {
    Missing(&'static str),
    /// The field has another type.
    Wrong(&'static str),
    /// There is no such kind of an event, or of an action.
    Unknown(&'static str, String),
}

/// A value of a kind with the named fields, or the first that is missing.
macro_rules! made {
    ($fields:ident => $type:ident::$kind:ident { $($required:ident),* $(; $($optional:ident),*)? }) => {
        $type::$kind {
            $($required: needed($fields.$required, stringify!($required))?,)*
            $($($optional: $fields.$optional,)*)?
        }
    };
    // Kinds with the name of a refund.
    ($fields:ident => $type:ident::$kind:ident { $($required:ident),* ; $($optional:ident),* ; refund }) => {
        $type::$kind {
            refund: name_of($fields.refund)?,
            $($required: needed($fields.$required, stringify!($required))?,)*
            $($optional: $fields.$optional,)*
        }
    };
}

fn needed<T>(value: Option<T>, field: &'static str) -> Result<T, Refused> {
    value.ok_or(Refused::Missing(field))
}

fn name_of(refund: Option<Value>) -> Result<String, Refused> {
    match needed(refund, "refund")? {
        Value::String(name) => Ok(name),
        _ => Err(Refused::Wrong("refund")),
    }
}

fn amount_of(refund: Option<Value>) -> Result<Option<i64>, Refused> {
    let amount = |value: Value| value.as_i64().ok_or(Refused::Wrong("refund"));
    refund.map(amount).transpose()
}

impl Origin {
    fn origin(self) -> Result<RefundOrigin, Refused> {
        Ok(match self.by.as_str() {
            "staff" => RefundOrigin::Staff,
            "automatic" => RefundOrigin::Automatic,
            "provider" => made!(self => RefundOrigin::Provider { provider, id }),
            _ => return Err(Refused::Unknown("origin of a refund", self.by)),
        })
    }
}

impl Fields {
    fn event(self) -> Result<Event, Refused> {
        let Some(kind) = &self.event else {
            return Err(Refused::Missing("event"));
        };
        Ok(match kind.as_str() {
            "payment_begun" => made!(self => Event::PaymentBegun { provider, session, url }),
            "payment_declined" => {
                made!(self => Event::PaymentDeclined { provider, payment, reason })
            }
            "payment_authorised" => {
                made!(self => Event::PaymentAuthorised { provider, payment, amount })
            }
            "payment_captured" => {
                made!(self => Event::PaymentCaptured { provider, payment, amount, fee })
            }
            "payment_voided" => {
                made!(self => Event::PaymentVoided { provider, payment, amount, reason })
            }
            "payment_received" => made!(self => Event::PaymentReceived { amount, reference }),
            "confirmed" => Event::Confirmed,
            "reinstated" => Event::Reinstated,
            "expired" => Event::Expired,
            "cancelled" => made!(self => Event::Cancelled { reason }),
            "units_removed" => made!(self => Event::UnitsRemoved { line, quantity, amount }),
            "address_changed" => Event::AddressChanged,
            "allocated" => Event::Allocated,
            "shipped" => made!(self => Event::Shipped { carrier, tracking; unpaid_reason }),
            "delivered" => Event::Delivered,
            "returned" => made!(self => Event::Returned { units, reason }),
            "refund_requested" => Event::RefundRequested {
                amount: needed(self.amount, "amount")?,
                origin: needed(self.origin, "origin")?.origin()?,
                reason: needed(self.reason, "reason")?,
            },
            "refund_settled" => made!(self => Event::RefundSettled { amount; provider; refund }),
            "refund_failed" => {
                made!(self => Event::RefundFailed { amount, reason; provider, request; refund })
            }
            "dispute_opened" => {
                made!(self => Event::DisputeOpened { provider, dispute, amount, reason })
            }
            "dispute_won" => made!(self => Event::DisputeWon { provider, dispute, amount }),
            "dispute_lost" => made!(self => Event::DisputeLost { provider, dispute, amount }),
            "mail_failed" => Event::MailFailed {
                mail: needed(self.mail, "mail")?.0,
                problem: needed(self.problem, "problem")?,
                detail: needed(self.detail, "detail")?,
            },
            _ => return Err(Refused::Unknown("event", kind.clone())),
        })
    }

    fn recorded(mut self) -> Result<RecordedEvent, Refused> {
        Ok(RecordedEvent {
            sequence: needed(self.sequence, "sequence")?,
            at_ms: needed(self.at_ms, "at_ms")?,
            by: needed(self.by, "by")?,
            by_name: self.by_name.take(),
            event: self.event()?,
        })
    }

    fn action(self) -> Result<Action, Refused> {
        let Some(kind) = &self.action else {
            return Err(Refused::Missing("action"));
        };
        Ok(match kind.as_str() {
            "begin_payment" => made!(self => Action::BeginPayment { provider, session, url }),
            "decline_payment" => {
                made!(self => Action::DeclinePayment { provider, payment, reason })
            }
            "authorise" => made!(self => Action::Authorise { provider, payment, amount }),
            "capture" => Action::Capture {
                fee: self.fee.unwrap_or(0),
                provider: needed(self.provider, "provider")?,
                payment: needed(self.payment, "payment")?,
                amount: needed(self.amount, "amount")?,
            },
            "void" => made!(self => Action::Void { provider, payment, reason }),
            "receive_payment" => made!(self => Action::ReceivePayment { amount, reference }),
            "expire" => Action::Expire,
            "cancel" => made!(self => Action::Cancel { reason }),
            "set_quantity" => made!(self => Action::SetQuantity { line, quantity }),
            "set_address" => made!(self => Action::SetAddress { address }),
            "allocate" => Action::Allocate,
            "ship" => made!(self => Action::Ship { carrier, tracking; unpaid_reason }),
            "deliver" => Action::Deliver,
            "return" => Action::Return {
                refund: amount_of(self.refund)?,
                units: needed(self.units, "units")?,
                reason: needed(self.reason, "reason")?,
            },
            "refund" => made!(self => Action::Refund { amount, reason }),
            "report_refund" => {
                made!(self => Action::ReportRefund { provider, payment, amount; ; refund })
            }
            "settle_refund" => made!(self => Action::SettleRefund { amount; provider; refund }),
            "fail_refund" => {
                made!(self => Action::FailRefund { amount, reason; provider, request; refund })
            }
            "open_dispute" => {
                made!(self => Action::OpenDispute { provider, payment, dispute, amount, reason })
            }
            "close_dispute" => {
                made!(self => Action::CloseDispute { provider, payment, dispute, amount, won })
            }
            "report_mail" => Action::ReportMail {
                mail: needed(self.mail, "mail")?.0,
                problem: needed(self.problem, "problem")?,
                detail: needed(self.detail, "detail")?,
            },
            _ => return Err(Refused::Unknown("action", kind.clone())),
        })
    }
}

fn error<E: Error>(refused: Refused) -> E {
    match refused {
        Refused::Missing(field) => E::missing_field(field),
        Refused::Wrong(field) => E::custom(format_args!("`{field}` has the wrong type")),
        Refused::Unknown(what, name) => E::custom(format_args!("`{name}` is no kind of {what}")),
    }
}

macro_rules! read_by_fields {
    ($($type:ident $read:ident)+) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Fields::deserialize(deserializer)?.$read().map_err(error)
            }
        }
    )+};
}

read_by_fields! {
    Event event
    RecordedEvent recorded
    Action action
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// One action of each kind with all its fields, and which of them may be absent.
    fn actions() -> Vec<(Value, &'static [&'static str])> {
        let (p, a, r) = ("acme", 1200, "why");
        vec![
            (
                json!({"action": "begin_payment", "provider": p, "session": "s", "url": "u"}),
                &[],
            ),
            (
                json!({"action": "decline_payment", "provider": p, "payment": "p", "reason": r}),
                &[],
            ),
            (
                json!({"action": "authorise", "provider": p, "payment": "p", "amount": a}),
                &[],
            ),
            (
                json!({"action": "capture", "provider": p, "payment": "p", "amount": a, "fee": 0}),
                &["fee"],
            ),
            (
                json!({"action": "void", "provider": p, "payment": "p", "reason": r}),
                &[],
            ),
            (
                json!({"action": "receive_payment", "amount": a, "reference": "r"}),
                &[],
            ),
            (json!({"action": "expire"}), &[]),
            (json!({"action": "cancel", "reason": r}), &[]),
            (
                json!({"action": "set_quantity", "line": 1, "quantity": 2}),
                &[],
            ),
            (
                json!({"action": "set_address", "address": {"country": "DE", "region": "",
                    "city": "Berlin", "postal_code": "10115", "line1": "1", "line2": ""}}),
                &[],
            ),
            (json!({"action": "allocate"}), &[]),
            (
                json!({"action": "ship", "carrier": "c", "tracking": "", "unpaid_reason": "u"}),
                &["unpaid_reason"],
            ),
            (json!({"action": "deliver"}), &[]),
            (
                json!({"action": "return", "units": [], "refund": 0, "reason": r}),
                &["refund"],
            ),
            (json!({"action": "refund", "amount": a, "reason": r}), &[]),
            (
                json!({"action": "report_refund", "provider": p, "payment": "p", "refund": "f", "amount": a}),
                &[],
            ),
            (
                json!({"action": "settle_refund", "provider": p, "refund": "f", "amount": a}),
                &["provider"],
            ),
            (
                json!({"action": "fail_refund", "provider": p, "request": 4, "refund": "f", "amount": a, "reason": r}),
                &["provider", "request"],
            ),
            (
                json!({"action": "open_dispute", "provider": p, "payment": "p", "dispute": "d", "amount": a, "reason": r}),
                &[],
            ),
            (
                json!({"action": "close_dispute", "provider": p, "payment": "p", "dispute": "d", "amount": a, "won": true}),
                &[],
            ),
            (
                json!({"action": "report_mail", "mail": "shipped", "problem": "bounced", "detail": "d"}),
                &[],
            ),
        ]
    }

    /// What is written again as it was read.
    fn rewritten<T: serde::de::DeserializeOwned + serde::Serialize>(
        value: Value,
    ) -> Result<Value, String> {
        let read = serde_json::from_value::<T>(value).map_err(|error| error.to_string())?;
        Ok(serde_json::to_value(read).unwrap())
    }

    /// Checks that every value is written as it was read, and that each field is needed or may be
    /// absent as the list says.
    fn check(
        values: Vec<(Value, &'static [&'static str])>,
        rewritten: impl Fn(Value) -> Result<Value, String>,
    ) {
        for (written, optional) in values {
            assert_eq!(rewritten(written.clone()).as_ref(), Ok(&written));
            for field in written.as_object().unwrap().keys() {
                let mut without = written.clone();
                without.as_object_mut().unwrap().remove(field);
                let read = rewritten(without);
                if optional.contains(&field.as_str()) {
                    assert!(read.is_ok(), "{written} without {field}");
                } else {
                    let error = read.unwrap_err();
                    assert!(error.contains(&format!("`{field}`")), "{written}: {error}");
                }
            }
        }
    }

    /// One event of each kind with all its fields, and which of them may be absent.
    fn events() -> Vec<(Value, &'static [&'static str])> {
        let (provider, amount, reason) = ("acme", 1200, "why");
        vec![
            (
                json!({"event": "payment_begun", "provider": provider, "session": "s", "url": "u"}),
                &[],
            ),
            (
                json!({"event": "payment_declined", "provider": provider, "payment": "p", "reason": reason}),
                &[],
            ),
            (
                json!({"event": "payment_authorised", "provider": provider, "payment": "p", "amount": amount}),
                &[],
            ),
            (
                json!({"event": "payment_captured", "provider": provider, "payment": "p", "amount": amount, "fee": 3}),
                &[],
            ),
            (
                json!({"event": "payment_voided", "provider": provider, "payment": "p", "amount": amount, "reason": reason}),
                &[],
            ),
            (
                json!({"event": "payment_received", "amount": amount, "reference": "r"}),
                &[],
            ),
            (json!({"event": "confirmed"}), &[]),
            (json!({"event": "reinstated"}), &[]),
            (json!({"event": "expired"}), &[]),
            (json!({"event": "cancelled", "reason": reason}), &[]),
            (
                json!({"event": "units_removed", "line": 1, "quantity": 2, "amount": amount}),
                &[],
            ),
            (json!({"event": "address_changed"}), &[]),
            (json!({"event": "allocated"}), &[]),
            (
                json!({"event": "shipped", "carrier": "c", "tracking": "", "unpaid_reason": "u"}),
                &["unpaid_reason"],
            ),
            (json!({"event": "delivered"}), &[]),
            (
                json!({"event": "returned", "units": [], "reason": reason}),
                &[],
            ),
            (
                json!({"event": "refund_requested", "amount": amount, "origin": {"by": "provider", "provider": provider, "id": "i"}, "reason": ""}),
                &[],
            ),
            (
                json!({"event": "refund_settled", "provider": provider, "refund": "f", "amount": amount}),
                &["provider"],
            ),
            (
                json!({"event": "refund_failed", "provider": provider, "request": 4, "refund": "f", "amount": amount, "reason": reason}),
                &["provider", "request"],
            ),
            (
                json!({"event": "dispute_opened", "provider": provider, "dispute": "d", "amount": amount, "reason": reason}),
                &[],
            ),
            (
                json!({"event": "dispute_won", "provider": provider, "dispute": "d", "amount": amount}),
                &[],
            ),
            (
                json!({"event": "dispute_lost", "provider": provider, "dispute": "d", "amount": amount}),
                &[],
            ),
            (
                json!({"event": "mail_failed", "mail": "shipped", "problem": "bounced", "detail": "d"}),
                &[],
            ),
        ]
    }

    #[test]
    fn every_kind_is_read_as_it_is_written_and_a_missing_field_is_named() {
        check(events(), rewritten::<Event>);
        check(actions(), rewritten::<Action>);
    }

    #[test]
    fn an_event_is_recorded_with_its_place() {
        let head = json!({"sequence": 3, "at_ms": 7, "by": "staff", "by_name": "ann"});
        let recorded = events().into_iter().map(|(event, optional)| {
            let mut value = head.clone();
            let fields = value.as_object_mut().unwrap();
            fields.extend(event.as_object().unwrap().clone());
            let optional: &'static [_] = [optional, &["by_name"]].concat().leak();
            (value, optional)
        });
        check(recorded.collect(), rewritten::<RecordedEvent>);
    }

    #[test]
    fn an_unknown_kind_is_named() {
        assert_eq!(
            rewritten::<Event>(json!({"event": "stolen"})).unwrap_err(),
            "`stolen` is no kind of event"
        );
        assert_eq!(
            rewritten::<Action>(json!({"action": "steal"})).unwrap_err(),
            "`steal` is no kind of action"
        );
    }

    #[test]
    fn a_refund_is_an_amount_in_a_return_and_a_name_elsewhere() {
        let amount = json!({"action": "settle_refund", "refund": 7, "amount": 7});
        let name = json!({"action": "return", "refund": "f", "units": [], "reason": "why"});
        for wrong in [amount, name] {
            let error = rewritten::<Action>(wrong).unwrap_err();
            assert_eq!(error, "`refund` has the wrong type");
        }
    }
}
