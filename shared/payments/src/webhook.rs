//! Events of Stripe. An event is a hint: it names a payment, and the payment is read as it is now.
//!
//! Answers: 200 when nothing more is to come of the event (also when it is about something of
//! others), 400 when nobody of ours has signed it, 503 when it should come again.

use serde::Deserialize;
use souk_ports::Till;

use crate::completion::Cashier;
use crate::origin::Trouble;
use crate::provider::{PaymentProvider, ProviderError};
use crate::stripe::{Metadata, Named, Reference};

#[derive(Debug, Deserialize)]
pub(crate) struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: EventData,
}

#[derive(Debug, Deserialize)]
struct EventData {
    object: Object,
}

/// Of whatever kind the object is: what leads from it to a payment.
#[derive(Debug, Deserialize)]
struct Object {
    #[serde(default)]
    id: String,
    #[serde(default)]
    payment_intent: Option<Reference<Named>>,
    #[serde(default)]
    metadata: Option<Metadata>,
}

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    /// A payment, named by the event itself or by its page or charge.
    Payment,
    /// Money that goes back.
    Refund,
    /// A buyer disputes a payment with the bank.
    Dispute,
    /// Nothing of ours.
    Other,
}

impl Event {
    /// Reads an event that was signed right.
    pub(crate) fn read(body: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(body)
    }

    fn subject(&self) -> Subject {
        match self.kind.as_str() {
            "checkout.session.completed"
            | "checkout.session.async_payment_succeeded"
            | "checkout.session.async_payment_failed"
            | "checkout.session.expired"
            | "payment_intent.amount_capturable_updated"
            | "payment_intent.succeeded"
            | "payment_intent.payment_failed"
            | "payment_intent.canceled"
            | "charge.captured"
            | "charge.expired" => Subject::Payment,
            "charge.refunded"
            | "charge.refund.updated"
            | "refund.created"
            | "refund.updated"
            | "refund.failed" => Subject::Refund,
            "charge.dispute.created" => Subject::Dispute,
            _ => Subject::Other,
        }
    }

    /// The payment that the event is about, if it names one.
    fn payment(&self) -> Option<&str> {
        let object = &self.data.object;
        match self.kind.starts_with("payment_intent.") {
            true => Some(object.id.as_str()),
            false => object.payment_intent.as_ref().map(Reference::id),
        }
    }
}

impl<E: Till, P: PaymentProvider> Cashier<'_, E, P> {
    /// Does what an event gives reason to do.
    ///
    /// # Errors
    /// When the event should come again.
    pub(crate) async fn hear(&self, event: &Event) -> Result<(), Trouble> {
        let subject = event.subject();
        let Some(payment) = event.payment().filter(|_| subject != Subject::Other) else {
            return Ok(());
        };
        if subject == Subject::Dispute {
            (self.log)(&format!(
                "payment {payment} is disputed (event {}): answer in the provider's dashboard",
                event.id
            ));
            return Ok(());
        }
        let payment = match self.provider.payment(payment).await {
            Ok(payment) => payment,
            Err(ProviderError::NotFound(_)) => {
                let order = event.data.object.metadata.as_ref();
                let order = order.and_then(|metadata| metadata.order.as_deref());
                (self.log)(&format!(
                    "event {}: the provider does not know payment {payment} of order {order:?}",
                    event.id
                ));
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let Some(mut record) = self.take_note(&payment).await? else {
            return Ok(());
        };
        if subject == Subject::Refund {
            record = self.adopt_refunds(record, &payment.id).await?;
        }
        self.work_on(record).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: &str, object: &str) -> Event {
        let text = format!(
            r#"{{"id":"evt_1","object":"event","type":"{kind}","data":{{"object":{object}}}}}"#
        );
        Event::read(text.as_bytes()).expect("an event")
    }

    #[test]
    fn every_event_leads_to_its_payment() {
        let cases = [
            (
                "checkout.session.completed",
                r#"{"id":"cs_1","payment_intent":"pi_1","metadata":{"order":"A-1"}}"#,
                Subject::Payment,
                Some("pi_1"),
            ),
            (
                "checkout.session.expired",
                r#"{"id":"cs_1","payment_intent":null}"#,
                Subject::Payment,
                None,
            ),
            (
                "payment_intent.succeeded",
                r#"{"id":"pi_1","metadata":{}}"#,
                Subject::Payment,
                Some("pi_1"),
            ),
            (
                "charge.refunded",
                r#"{"id":"ch_1","payment_intent":"pi_1","metadata":null}"#,
                Subject::Refund,
                Some("pi_1"),
            ),
            (
                "refund.updated",
                r#"{"id":"re_1","payment_intent":{"id":"pi_1"}}"#,
                Subject::Refund,
                Some("pi_1"),
            ),
            (
                "customer.created",
                r#"{"id":"cus_1"}"#,
                Subject::Other,
                None,
            ),
            (
                "balance.available",
                r#"{"object":"balance"}"#,
                Subject::Other,
                None,
            ),
        ];
        for (kind, object, subject, payment) in cases {
            let event = event(kind, object);
            assert_eq!(
                (event.subject(), event.payment()),
                (subject, payment),
                "{kind}"
            );
        }
    }
}
