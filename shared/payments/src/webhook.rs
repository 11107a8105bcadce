//! The seam, second half: what a provider delivers to its webhook, and what that says in the words
//! of the shop.
//!
//! An event is a hint: it names a payment, and the payment is read as it is now. So events may
//! arrive twice, late, in any order or never.
//!
//! Not here: what follows from an event (`events`), who may deliver one (the provider's crate
//! checks its signature).

use http::HeaderMap;

/// A delivery as it arrived: the raw bytes, because a signature is over exactly these.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its body.
    pub body: &'a [u8],
    /// When it arrived, in milliseconds since 1970.
    pub now_ms: i64,
}

/// What a provider reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderEvent {
    /// The provider's name of the event, for the log.
    pub id: String,
    /// What it is about.
    pub subject: Subject,
}

/// What an event is about. Names are the provider's names of payments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Something happened to this payment.
    Payment(String),
    /// Money of this payment goes back.
    Refund(String),
    /// The buyer disputes this payment with the bank.
    Dispute(String),
    /// Nothing that concerns an order.
    Other,
}

/// Why a delivery is not believed. The texts are for the provider's own list of failed deliveries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// The deployment has no secret to check it with; it may come again.
    #[error("there is no secret to check the delivery with")]
    NoSecret,
    /// It is not proven that it comes from the provider.
    #[error("{0}")]
    Forged(String),
    /// It is about test payments, and the deployment takes real ones, or the other way round.
    #[error("the event is of the other mode: test payments and real ones are kept apart")]
    OtherMode,
    /// It comes from the provider and cannot be read.
    #[error("the body is no event")]
    NoEvent,
}

/// Reads what a provider delivers.
pub trait Webhook {
    /// Checks that a delivery comes from the provider, and reads it.
    ///
    /// # Errors
    /// See [`WebhookError`].
    fn read(&self, delivery: &Delivery<'_>) -> Result<ProviderEvent, WebhookError>;
}
