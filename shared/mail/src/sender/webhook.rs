//! A webhook to a system of the merchant's own that sends the mails, signed as Standard Webhooks are.
//!
//! The receiver gets a mail under the same `webhook-id` however often it is tried, and sends it once.

use bytes::Bytes;
use http::{Request, header};
use serde::Serialize;
use souk_ports::{Clock, OutboundHttp};
use time::OffsetDateTime;

use super::{Mail, MailSender, Outcome, by_status, fetch, retry_after_ms};
use crate::settings::WebhookSettings;
use crate::signature::sign;

/// Sends mails to a webhook.
pub struct SignedWebhook<'a, E> {
    edge: &'a E,
    settings: &'a WebhookSettings,
}

impl<'a, E> SignedWebhook<'a, E> {
    /// With the settings of a deployment.
    pub fn new(edge: &'a E, settings: &'a WebhookSettings) -> Self {
        Self { edge, settings }
    }
}

#[derive(Serialize)]
struct Message<'a> {
    /// `mail.` and the kind.
    #[serde(rename = "type")]
    message_type: String,
    /// When the event happened.
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    order: &'a str,
    kind: &'static str,
    language: &'a str,
    to: &'a str,
    subject: &'a str,
    html: &'a str,
    text: &'a str,
}

impl<E: OutboundHttp + Clock> MailSender for SignedWebhook<'_, E> {
    async fn send(&self, mail: &Mail) -> Outcome {
        let body = serde_json::to_vec(&Message {
            message_type: format!("mail.{}", mail.kind.name()),
            timestamp: rfc3339(mail.at_ms),
            data: Data {
                order: &mail.order,
                kind: mail.kind.name(),
                language: &mail.language,
                to: &mail.to,
                subject: &mail.subject,
                html: &mail.html,
                text: &mail.text,
            },
        });
        let body = Bytes::from(body.expect("plain structs become JSON"));
        let at_s = self.edge.now_ms().div_euclid(1_000);
        let signature = sign(&self.settings.secret, &mail.key, at_s, &body);
        let request = Request::post(&self.settings.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", &mail.key)
            .header("webhook-timestamp", at_s.to_string())
            .header("webhook-signature", signature)
            .body(body);
        let Ok(request) = request else {
            let reason = "the key of the mail is no header".to_owned();
            return Outcome::Refused { reason };
        };
        match fetch(self.edge, request).await {
            Ok(response) if response.status().is_success() => Outcome::Accepted,
            // Gone: the receiver wants no more of them (Standard Webhooks, "Status codes").
            Ok(response) if response.status() == http::StatusCode::GONE => by_status(&response, ""),
            Ok(response) => Outcome::Later {
                reason: format!("the webhook answered {}", response.status().as_u16()),
                after_ms: retry_after_ms(&response),
            },
            Err(outcome) => outcome,
        }
    }
}

fn rfc3339(at_ms: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp(at_ms.div_euclid(1_000));
    let at = at.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (hour, minute, second) = at.to_hms();
    let (month, day) = (u8::from(at.month()), at.day());
    format!(
        "{:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z",
        at.year()
    )
}
