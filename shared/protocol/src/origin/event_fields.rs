//! Reads an [`Event`]. `serde` would derive a reader of its own for the fields of each kind, which is
//! 70 KiB in each function; this is one reader for the fields of all.

use serde::de::{Deserialize, Deserializer, Error};
use souk_domain::MailKind;

use super::changes::{Event, RefundOrigin, ReturnedUnits};
use crate::mail::MailProblem;

/// The fields of an event of any kind.
#[derive(serde::Deserialize)]
struct Fields {
    event: String,
    amount: Option<i64>,
    carrier: Option<String>,
    detail: Option<String>,
    dispute: Option<String>,
    fee: Option<i64>,
    mail: Option<Mail>,
    origin: Option<RefundOrigin>,
    payment: Option<String>,
    problem: Option<MailProblem>,
    provider: Option<String>,
    reason: Option<String>,
    reference: Option<String>,
    refund: Option<String>,
    request: Option<u32>,
    session: Option<String>,
    tracking: Option<String>,
    units: Option<Vec<ReturnedUnits>>,
    unpaid_reason: Option<String>,
    url: Option<String>,
}

/// A kind of mail by its name.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Mail(#[serde(with = "crate::mail::kind")] MailKind);

/// Why fields are no event.
enum Refused {
    Missing(&'static str),
    Unknown(String),
}

/// The named fields, or the first that is missing.
macro_rules! event {
    ($fields:ident => $event:ident { $($required:ident),* $(; $($optional:ident),*)? }) => {
        Event::$event {
            $($required: $fields.$required.ok_or(Refused::Missing(stringify!($required)))?,)*
            $($($optional: $fields.$optional,)*)?
        }
    };
}

impl Fields {
    fn event(self) -> Result<Event, Refused> {
        Ok(match self.event.as_str() {
            "payment_begun" => event!(self => PaymentBegun { provider, session, url }),
            "payment_declined" => event!(self => PaymentDeclined { provider, payment, reason }),
            "payment_authorised" => event!(self => PaymentAuthorised { provider, payment, amount }),
            "payment_captured" => {
                event!(self => PaymentCaptured { provider, payment, amount, fee })
            }
            "payment_voided" => event!(self => PaymentVoided { provider, payment, amount, reason }),
            "payment_received" => event!(self => PaymentReceived { amount, reference }),
            "confirmed" => Event::Confirmed,
            "reinstated" => Event::Reinstated,
            "expired" => Event::Expired,
            "cancelled" => event!(self => Cancelled { reason }),
            "allocated" => Event::Allocated,
            "shipped" => event!(self => Shipped { carrier, tracking; unpaid_reason }),
            "delivered" => Event::Delivered,
            "returned" => event!(self => Returned { units, reason }),
            "refund_requested" => event!(self => RefundRequested { amount, origin, reason }),
            "refund_settled" => event!(self => RefundSettled { refund, amount; provider }),
            "refund_failed" => {
                event!(self => RefundFailed { refund, amount, reason; provider, request })
            }
            "dispute_opened" => event!(self => DisputeOpened { provider, dispute, amount, reason }),
            "dispute_won" => event!(self => DisputeWon { provider, dispute, amount }),
            "dispute_lost" => event!(self => DisputeLost { provider, dispute, amount }),
            "mail_failed" => Event::MailFailed {
                mail: self.mail.ok_or(Refused::Missing("mail"))?.0,
                problem: self.problem.ok_or(Refused::Missing("problem"))?,
                detail: self.detail.ok_or(Refused::Missing("detail"))?,
            },
            _ => return Err(Refused::Unknown(self.event)),
        })
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Fields::deserialize(deserializer)?;
        fields.event().map_err(|refused| match refused {
            Refused::Missing(field) => D::Error::missing_field(field),
            Refused::Unknown(name) => {
                D::Error::custom(format_args!("`{name}` is no kind of event"))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

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
    fn every_kind_is_read_as_it_is_written() {
        for (written, _) in events() {
            let read: Event = serde_json::from_value(written.clone()).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), written);
        }
    }

    #[test]
    fn a_missing_field_is_named() {
        for (written, optional) in events() {
            for field in written.as_object().unwrap().keys() {
                let mut without = written.clone();
                without.as_object_mut().unwrap().remove(field);
                let read = serde_json::from_value::<Event>(without);
                if optional.contains(&field.as_str()) {
                    assert!(read.is_ok(), "{written} without {field}");
                } else {
                    let error = read.unwrap_err().to_string();
                    assert!(error.contains(&format!("`{field}`")), "{written}: {error}");
                }
            }
        }
    }

    #[test]
    fn an_unknown_kind_is_named() {
        let read = serde_json::from_value::<Event>(json!({"event": "stolen"}));
        assert_eq!(
            read.unwrap_err().to_string(),
            "`stolen` is no kind of event"
        );
    }
}
