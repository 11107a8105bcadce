//! The port to a provider of mails, and what its answers mean.

mod resend;
mod webhook;

use http::{Response, StatusCode, header};
use souk_domain::MailKind;
use souk_ports::{Clock, OutboundHttp, PortError};
use souk_service_http::before;

pub use resend::Resend;
pub use webhook::SignedWebhook;

/// How long a provider may take for one mail, in milliseconds.
pub(crate) const TIMEOUT_MS: u32 = 10_000;

/// A mail that is ready to be sent. It has personal fields, and so no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Names the mail at the provider: the same one is sent once, however often it is handed over.
    pub key: String,
    /// The order that it is about.
    pub order: String,
    /// What it tells.
    pub kind: MailKind,
    /// The language of its text.
    pub language: String,
    /// The buyer's address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The whole HTML document.
    pub html: String,
    /// The same as plain text.
    pub text: String,
    /// When the event happened that it is about, in milliseconds since 1970.
    pub at_ms: i64,
}

impl Mail {
    /// The key of a mail: an order has one of a kind for each place in its history.
    pub fn key_of(order: &str, kind: MailKind, sequence: u32) -> String {
        format!("mail_{order}_{}_{sequence}", kind.name())
    }
}

/// What a provider did with a mail. Reasons are words for operators and never have an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is on its way, or was already.
    Accepted,
    /// Not now.
    Later {
        /// Why.
        reason: String,
        /// What the provider asks to wait, in milliseconds.
        after_ms: Option<i64>,
    },
    /// Never: the same mail would be refused again.
    Refused {
        /// Why.
        reason: String,
    },
}

/// Sends mails.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait MailSender {
    /// Hands a mail over. After [`Outcome::Later`] it may have been taken all the same: the next try
    /// has the same key.
    async fn send(&self, mail: &Mail) -> Outcome;
}

/// Sends a request within [`TIMEOUT_MS`].
pub(crate) async fn fetch<E: OutboundHttp + Clock>(
    edge: &E,
    request: http::Request<bytes::Bytes>,
) -> Result<Response<bytes::Bytes>, Outcome> {
    let later = |reason: &str| Outcome::Later {
        reason: reason.to_owned(),
        after_ms: None,
    };
    match before(edge.fetch(request), edge.pause_ms(TIMEOUT_MS)).await {
        Some(Ok(response)) => Ok(response),
        // What a platform says of a request may repeat its address.
        Some(Err(PortError::Transient(_))) | None => Err(later("the provider did not answer")),
        Some(Err(PortError::Unsupported(_))) => {
            Err(later("the platform does not reach the provider"))
        }
    }
}

/// What the answer asks to wait, in milliseconds, an hour at most.
pub(crate) fn retry_after_ms(response: &Response<bytes::Bytes>) -> Option<i64> {
    let value = response.headers().get(header::RETRY_AFTER)?;
    let seconds: u32 = value.to_str().ok()?.trim().parse().ok()?;
    Some(i64::from(seconds.clamp(1, 3_600)) * 1_000)
}

/// An answer that no rule of the provider's own is about.
pub(crate) fn by_status(response: &Response<bytes::Bytes>, words: &str) -> Outcome {
    let status = response.status();
    let reason = format!("{} {words}", status.as_u16()).trim_end().to_owned();
    let refused = matches!(
        status,
        StatusCode::BAD_REQUEST
            | StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::GONE
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNPROCESSABLE_ENTITY
            | StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS
    );
    match status {
        status if status.is_success() => Outcome::Accepted,
        _ if refused => Outcome::Refused { reason },
        // The rest is the provider's trouble, or a setting that the shop's people mend.
        _ => Outcome::Later {
            reason,
            after_ms: retry_after_ms(response),
        },
    }
}
