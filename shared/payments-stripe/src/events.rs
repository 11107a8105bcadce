//! Events of Stripe: whether Stripe signed one, and which payment it leads to.

use serde::Deserialize;
use souk_payments::{Delivery, ProviderEvent, Subject, Webhook, WebhookError};

use crate::client::Stripe;
use crate::signature::{SIGNATURE_HEADER, verify};
use crate::wire::{Named, Reference};

#[derive(Debug, Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    livemode: bool,
    data: EventData,
}

#[derive(Debug, Deserialize)]
struct EventData {
    object: Object,
}

/// The fields that lead to a payment, in objects of every kind.
#[derive(Debug, Deserialize)]
struct Object {
    #[serde(default)]
    id: String,
    #[serde(default)]
    payment_intent: Option<Reference<Named>>,
}

impl Event {
    fn neutral(self) -> ProviderEvent {
        let of_payment: Option<fn(String) -> Subject> = match self.kind.as_str() {
            "checkout.session.completed"
            | "checkout.session.async_payment_succeeded"
            | "checkout.session.async_payment_failed"
            | "checkout.session.expired"
            | "payment_intent.amount_capturable_updated"
            | "payment_intent.succeeded"
            | "payment_intent.payment_failed"
            | "payment_intent.canceled"
            | "charge.captured"
            | "charge.expired" => Some(Subject::Payment),
            "charge.refunded"
            | "charge.refund.updated"
            | "refund.created"
            | "refund.updated"
            | "refund.failed" => Some(Subject::Refund),
            "charge.dispute.created"
            | "charge.dispute.updated"
            | "charge.dispute.closed"
            | "charge.dispute.funds_withdrawn"
            | "charge.dispute.funds_reinstated" => Some(Subject::Dispute),
            _ => None,
        };
        let object = self.data.object;
        let payment = match self.kind.starts_with("payment_intent.") {
            true => Some(object.id),
            false => object.payment_intent.map(|payment| payment.id().to_owned()),
        };
        let subject = of_payment.zip(payment);
        ProviderEvent {
            id: self.id,
            subject: subject.map_or(Subject::Other, |(of, payment)| of(payment)),
        }
    }
}

impl<P> Webhook for Stripe<'_, P> {
    fn read(&self, delivery: &Delivery<'_>) -> Result<ProviderEvent, WebhookError> {
        let secrets = &self.settings.webhook_secrets;
        if secrets.is_empty() {
            return Err(WebhookError::NoSecret);
        }
        let signature = delivery.headers.get(SIGNATURE_HEADER);
        let signature = signature.and_then(|value| value.to_str().ok());
        let signature = signature.unwrap_or_default();
        verify(signature, delivery.body, secrets, delivery.now_ms / 1000)
            .map_err(|error| WebhookError::Forged(error.to_string()))?;
        let event: Event = souk_json::read(delivery.body).map_err(|_| WebhookError::NoEvent)?;
        if event.livemode != self.settings.is_live() {
            return Err(WebhookError::OtherMode);
        }
        Ok(event.neutral())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(kind: &str, object: &str) -> Subject {
        let text = format!(
            r#"{{"id":"evt_1","object":"event","livemode":false,"type":"{kind}","data":{{"object":{object}}}}}"#
        );
        let event: Event = serde_json::from_str(&text).expect("an event");
        event.neutral().subject
    }

    #[test]
    fn every_event_leads_to_its_payment() {
        let payment = || "pi_1".to_owned();
        let cases = [
            (
                "checkout.session.completed",
                r#"{"id":"cs_1","payment_intent":"pi_1","metadata":{"order":"A-1"}}"#,
                Subject::Payment(payment()),
            ),
            (
                "checkout.session.expired",
                r#"{"id":"cs_1","payment_intent":null}"#,
                Subject::Other,
            ),
            (
                "payment_intent.succeeded",
                r#"{"id":"pi_1","metadata":{}}"#,
                Subject::Payment(payment()),
            ),
            (
                "charge.refunded",
                r#"{"id":"ch_1","payment_intent":"pi_1","metadata":null}"#,
                Subject::Refund(payment()),
            ),
            (
                "refund.updated",
                r#"{"id":"re_1","payment_intent":{"id":"pi_1"}}"#,
                Subject::Refund(payment()),
            ),
            (
                "charge.dispute.created",
                r#"{"id":"dp_1","payment_intent":"pi_1"}"#,
                Subject::Dispute(payment()),
            ),
            ("customer.created", r#"{"id":"cus_1"}"#, Subject::Other),
            (
                "balance.available",
                r#"{"object":"balance"}"#,
                Subject::Other,
            ),
        ];
        for (kind, object, expected) in cases {
            assert_eq!(subject(kind, object), expected, "{kind}");
        }
    }
}
