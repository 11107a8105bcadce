//! Stripe's objects as JSON, as far as they are looked at. What is not named here is ignored, so
//! that a newer version of the API is read as well.

use serde::Deserialize;
use souk_payments::{
    Dispute, DisputeState, ListedPayment, Page, PageState, Payment, PaymentState, ProviderError,
    Refund, RefundState,
};

use crate::amounts::from_stripe;
use crate::settings::Settings;

/// What we write onto our own things, to find them again.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Metadata {
    #[serde(default)]
    pub(crate) order: Option<String>,
    #[serde(default)]
    request: Option<String>,
}

/// A reference: the name alone, or the whole object where it was asked for.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Reference<T> {
    Name(String),
    Whole(T),
}

#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    id: String,
}

impl Reference<Named> {
    pub(crate) fn id(&self) -> &str {
        match self {
            Reference::Name(id) => id,
            Reference::Whole(whole) => &whole.id,
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Session {
    id: String,
    #[serde(default)]
    url: Option<String>,
    status: String,
    #[serde(default)]
    payment_intent: Option<Reference<Named>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PaymentIntent {
    id: String,
    /// In seconds since 1970; looked at in lists.
    #[serde(default)]
    created: i64,
    status: String,
    currency: String,
    amount: i64,
    /// Whether the money is real.
    livemode: bool,
    /// Absent from some servers that speak this language: then it is all of `amount`.
    #[serde(default)]
    amount_capturable: Option<i64>,
    /// As `amount_capturable`.
    #[serde(default)]
    amount_received: Option<i64>,
    #[serde(default)]
    metadata: Option<Metadata>,
    #[serde(default)]
    last_payment_error: Option<PaymentError>,
    #[serde(default)]
    cancellation_reason: Option<String>,
    #[serde(default)]
    latest_charge: Option<Reference<Charge>>,
}

#[derive(Debug, Deserialize)]
struct PaymentError {
    #[serde(default)]
    charge: Option<String>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    payment_method: Option<Named>,
}

#[derive(Debug, Deserialize)]
struct Charge {
    #[serde(default)]
    amount_refunded: i64,
    #[serde(default)]
    disputed: bool,
    #[serde(default)]
    balance_transaction: Option<Reference<BalanceTransaction>>,
}

#[derive(Debug, Deserialize)]
struct BalanceTransaction {
    fee: i64,
    currency: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RefundObject {
    id: String,
    amount: i64,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    failure_reason: Option<String>,
    #[serde(default)]
    metadata: Option<Metadata>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DisputeObject {
    id: String,
    amount: i64,
    status: String,
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct List<T> {
    pub(crate) data: Vec<T>,
    #[serde(default)]
    pub(crate) has_more: bool,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct ErrorBody {
    #[serde(default)]
    pub(crate) error: ErrorObject,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct ErrorObject {
    #[serde(default, rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) code: Option<String>,
    #[serde(default)]
    pub(crate) message: Option<String>,
    #[serde(default)]
    pub(crate) param: Option<String>,
}

fn corrupt(what: &str, value: &str) -> ProviderError {
    ProviderError::Corrupt(format!("{what} is '{value}'"))
}

fn ours(amount: i64, currency: &str) -> Result<i64, ProviderError> {
    let odd = || corrupt("an amount", &format!("{amount} {currency}"));
    from_stripe(amount, currency).ok_or_else(odd)
}

impl Session {
    pub(crate) fn page(self) -> Result<Page, ProviderError> {
        let state = match self.status.as_str() {
            "open" => PageState::Open,
            "complete" => PageState::Complete,
            "expired" => PageState::Closed,
            other => return Err(corrupt("the status of a page", other)),
        };
        Ok(Page {
            id: self.id,
            url: self.url.filter(|_| state == PageState::Open),
            state,
            payment: self.payment_intent.map(|payment| payment.id().to_owned()),
        })
    }
}

impl PaymentIntent {
    /// `is_live`: whether the shop takes real money. A payment of the other kind is none.
    pub(crate) fn payment(self, is_live: bool) -> Result<Payment, ProviderError> {
        if self.livemode != is_live {
            return Err(corrupt("livemode", &self.livemode.to_string()));
        }
        let currency = self.currency.to_ascii_uppercase();
        let state = match (self.status.as_str(), &self.last_payment_error) {
            ("requires_payment_method", Some(error)) => error.declined(),
            (
                "requires_payment_method"
                | "requires_confirmation"
                | "requires_action"
                | "processing",
                _,
            ) => PaymentState::Waiting,
            ("requires_capture", _) => PaymentState::Authorised {
                amount: ours(self.amount_capturable.unwrap_or(self.amount), &currency)?,
            },
            ("succeeded", _) => PaymentState::Captured {
                amount: ours(self.amount_received.unwrap_or(self.amount), &currency)?,
                fee: self.fee(&currency),
            },
            ("canceled", _) => PaymentState::Voided {
                reason: self.cancellation_reason.clone().unwrap_or_default(),
            },
            (other, _) => return Err(corrupt("the status of a payment", other)),
        };
        Ok(Payment {
            id: self.id,
            order: self.metadata.and_then(|metadata| metadata.order),
            currency,
            state,
        })
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Whether it names an order. An account may have payments of other uses.
    pub(crate) fn is_of_a_shop(&self) -> bool {
        let order = self.metadata.as_ref().map(|metadata| &metadata.order);
        matches!(order, Some(Some(_)))
    }

    /// As a list shows it.
    pub(crate) fn listed(self, settings: &Settings) -> Result<ListedPayment, ProviderError> {
        let (refunded, is_disputed) = match &self.latest_charge {
            Some(Reference::Whole(charge)) => (charge.amount_refunded, charge.disputed),
            Some(Reference::Name(_)) | None => (0, false),
        };
        let refunded = ours(refunded, &self.currency.to_ascii_uppercase())?;
        let (began_at_s, url) = (self.created, settings.dashboard(&self.id));
        Ok(ListedPayment {
            payment: self.payment(settings.is_live())?,
            began_at_s,
            refunded,
            is_disputed,
            url,
        })
    }

    /// What Stripe keeps, where it settles in the currency of the order.
    fn fee(&self, currency: &str) -> i64 {
        let Some(Reference::Whole(charge)) = &self.latest_charge else {
            return 0;
        };
        let Some(Reference::Whole(booked)) = &charge.balance_transaction else {
            return 0;
        };
        let same = booked.currency.eq_ignore_ascii_case(currency);
        let fee = same.then(|| from_stripe(booked.fee, currency)).flatten();
        fee.unwrap_or(0)
    }
}

impl PaymentError {
    fn declined(&self) -> PaymentState {
        let method = self.payment_method.as_ref().map(|method| &method.id);
        let attempt = self.charge.as_ref().or(method).or(self.code.as_ref());
        PaymentState::Declined {
            attempt: attempt.cloned().unwrap_or_default(),
            reason: self.message.clone().unwrap_or_default(),
        }
    }
}

impl RefundObject {
    pub(crate) fn refund(self, currency: &str) -> Result<Refund, ProviderError> {
        let state = match self.status.as_deref() {
            Some("succeeded") => RefundState::Done,
            Some("pending" | "requires_action") | None => RefundState::Pending,
            Some("failed" | "canceled") => RefundState::Failed {
                reason: self.failure_reason.unwrap_or_else(|| "canceled".to_owned()),
            },
            Some(other) => return Err(corrupt("the status of a refund", other)),
        };
        let request = self.metadata.and_then(|metadata| metadata.request);
        Ok(Refund {
            id: self.id,
            request,
            amount: ours(self.amount, currency)?,
            state,
        })
    }
}

impl DisputeObject {
    /// `currency` is that of the order; Stripe's amount is in the one of the charge, which is the same.
    pub(crate) fn dispute(self, currency: &str) -> Result<Dispute, ProviderError> {
        let state = match self.status.as_str() {
            "warning_needs_response" | "warning_under_review" | "warning_closed" | "prevented" => {
                DisputeState::Inquiry
            }
            "needs_response" | "under_review" => DisputeState::Open,
            "won" => DisputeState::Won,
            "lost" => DisputeState::Lost,
            other => return Err(corrupt("the status of a dispute", other)),
        };
        Ok(Dispute {
            id: self.id,
            amount: ours(self.amount, currency)?,
            reason: self.reason.unwrap_or_default(),
            state,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn payment(value: Value) -> Result<Payment, ProviderError> {
        serde_json::from_value::<PaymentIntent>(value)
            .expect("a PaymentIntent")
            .payment(false)
    }

    fn intent(status: &str, more: Value) -> Value {
        let mut intent = json!({"id": "pi_1", "object": "payment_intent", "status": status, "livemode": false,
            "currency": "usd", "amount": 1299, "amount_capturable": 0, "amount_received": 0,
            "metadata": {"order": "A-1"}, "latest_charge": "ch_1", "last_payment_error": null});
        for (name, value) in more.as_object().expect("an object") {
            intent[name] = value.clone();
        }
        intent
    }

    #[test]
    fn every_status_of_a_payment_has_a_meaning() {
        use PaymentState as S;
        let declined = json!({"last_payment_error": {"charge": "ch_9", "code": "card_declined",
            "message": "Your card was declined."}});
        let fee = |currency| {
            json!({"amount_received": 1299, "latest_charge": {"id": "ch_1",
            "balance_transaction": {"id": "txn_1", "fee": 68, "currency": currency}}})
        };
        let captured = |fee| S::Captured { amount: 1299, fee };
        let cases = [
            ("requires_payment_method", json!({}), S::Waiting),
            (
                "requires_payment_method",
                declined.clone(),
                S::Declined {
                    attempt: "ch_9".to_owned(),
                    reason: "Your card was declined.".to_owned(),
                },
            ),
            ("requires_action", declined, S::Waiting),
            ("processing", json!({}), S::Waiting),
            (
                "requires_capture",
                json!({"amount_capturable": 1299}),
                S::Authorised { amount: 1299 },
            ),
            ("succeeded", json!({"amount_received": 1299}), captured(0)),
            ("succeeded", fee("usd"), captured(68)),
            // Settled in another currency: not an amount of the order's.
            ("succeeded", fee("eur"), captured(0)),
            (
                "canceled",
                json!({"cancellation_reason": "automatic"}),
                S::Voided {
                    reason: "automatic".to_owned(),
                },
            ),
        ];
        for (status, more, state) in cases {
            let payment = payment(intent(status, more)).unwrap();
            assert_eq!(payment.state, state, "{status}");
            assert_eq!(payment.order.as_deref(), Some("A-1"));
            assert_eq!(payment.currency, "USD");
        }
        let odd = payment(intent("odd", json!({})));
        assert!(matches!(odd, Err(ProviderError::Corrupt(_))), "{odd:?}");
    }

    #[test]
    fn a_page_has_an_address_only_while_it_is_open() {
        let page = |status: &str| {
            let session = json!({"id": "cs_1", "url": "https://pay", "status": status,
                "payment_intent": {"id": "pi_1"}});
            serde_json::from_value::<Session>(session).unwrap().page()
        };
        assert_eq!(page("open").unwrap().url.as_deref(), Some("https://pay"));
        let complete = page("complete").unwrap();
        assert_eq!(
            (complete.url, complete.payment.as_deref()),
            (None, Some("pi_1"))
        );
        assert_eq!(page("expired").unwrap().state, PageState::Closed);
        assert!(page("odd").is_err());
    }

    #[test]
    fn a_refund_of_ours_says_which_request_it_is_for() {
        let refund = |metadata: Value, status: &str| {
            let refund = json!({"id": "re_1", "amount": 500, "status": status,
                "metadata": metadata, "failure_reason": null});
            let refund: RefundObject = serde_json::from_value(refund).unwrap();
            refund.refund("JPY").unwrap()
        };
        assert_eq!(
            refund(json!({"request": "7-1000"}), "succeeded").request,
            Some("7-1000".to_owned())
        );
        assert_eq!(refund(json!({}), "pending").request, None);
        assert_eq!(refund(json!(null), "pending").state, RefundState::Pending);
        let failed = refund(json!({}), "canceled").state;
        assert_eq!(
            failed,
            RefundState::Failed {
                reason: "canceled".to_owned()
            }
        );
    }

    #[test]
    fn a_payment_of_the_other_mode_is_none() {
        for (livemode, is_live) in [(false, true), (true, false)] {
            let intent = intent("succeeded", json!({"livemode": livemode}));
            let intent: PaymentIntent = serde_json::from_value(intent).unwrap();
            assert!(intent.payment(is_live).is_err(), "{livemode}");
        }
    }

    #[test]
    fn a_payment_in_a_list_says_what_went_back_and_where_the_staff_see_it() {
        let listed = |key: &str, port: &str, more: Value| {
            let settings = Settings::new(key, "whsec_x", port, "").unwrap();
            let intent: PaymentIntent = serde_json::from_value(intent("succeeded", more)).unwrap();
            intent.listed(&settings)
        };
        let refunded = |livemode: bool| {
            json!({"livemode": livemode, "created": 7, "amount_received": 1299,
                "latest_charge": {"amount_refunded": 500, "disputed": true}})
        };
        let live = listed("sk_live_x", "", refunded(true)).unwrap();
        let url = "https://dashboard.stripe.com/payments/pi_1";
        assert_eq!((live.began_at_s, live.refunded), (7, 500));
        assert!(live.is_disputed);
        assert_eq!(live.url.as_deref(), Some(url));
        let test = listed("sk_test_x", "", refunded(false)).unwrap();
        let url = "https://dashboard.stripe.com/test/payments/pi_1";
        assert_eq!(test.url.as_deref(), Some(url));
        let sandbox = listed("sk_test_x", "8797", json!({})).unwrap();
        assert_eq!((sandbox.refunded, sandbox.url), (0, None));
        assert!(!sandbox.is_disputed);
        assert!(listed("sk_live_x", "", refunded(false)).is_err());
        assert!(listed("sk_test_x", "", refunded(true)).is_err());
    }

    #[test]
    fn a_payment_that_names_no_order_is_of_another_use() {
        for (metadata, is_ours) in [
            (json!({"order": "A-1"}), true),
            (json!({"request": "1"}), false),
            (json!({}), false),
            (json!(null), false),
        ] {
            let intent = intent("succeeded", json!({"metadata": metadata}));
            let intent: PaymentIntent = serde_json::from_value(intent).unwrap();
            assert_eq!(intent.is_of_a_shop(), is_ours);
        }
    }

    #[test]
    fn every_status_of_a_dispute_has_a_meaning() {
        for (status, state) in [
            ("warning_needs_response", Some(DisputeState::Inquiry)),
            ("needs_response", Some(DisputeState::Open)),
            ("under_review", Some(DisputeState::Open)),
            ("won", Some(DisputeState::Won)),
            ("lost", Some(DisputeState::Lost)),
            ("unheard_of", None),
        ] {
            let object = json!({"id": "dp_1", "amount": 1299, "status": status,
                "currency": "usd", "reason": "fraudulent"});
            let object: DisputeObject = serde_json::from_value(object).unwrap();
            let dispute = object.dispute("USD").ok();
            assert_eq!(dispute.map(|dispute| dispute.state), state, "{status}");
        }
    }
}
