//! Stripe as a provider of `souk-payments`: the only crate of `shared/` that names Stripe.
//!
//! - [`Stripe`]: Checkout Sessions for pages, PaymentIntents with manual capture, Refunds; what its
//!   errors mean; how a webhook is signed and what it says.
//! - [`Settings`]: keys, secrets of webhooks, the origin of pages, the sandbox of a developer.
//! - [`SIGNATURE_HEADER`] and [`ANSWER_HEADERS`]: headers that an adapter must pass on.
//!
//! `spin.toml` also lists Stripe's host, among those that a component may reach, and the webhook as
//! an exact route.
//!
//! Not here: when a provider is called, and what its answer means for an order (`souk-payments`).

mod amounts;
mod client;
mod events;
mod settings;
mod signature;
mod wire;

pub use client::{ANSWER_HEADERS, API_VERSION, Stripe};
pub use settings::Settings;
pub use signature::{SIGNATURE_HEADER, SignatureError, TOLERANCE_S, sign, verify};

/// Stripe's name among providers: in events, in keys and in the path of its webhook.
pub const NAME: &str = "stripe";
/// Where Stripe delivers its events: the path that the seam gives to [`NAME`].
pub const WEBHOOK_PATH: &str = "/payments/stripe/webhook";

#[cfg(test)]
mod tests {
    use souk_protocol::payments::{provider_of_webhook, webhook_path};

    use super::*;

    #[test]
    fn the_webhook_has_the_path_that_the_seam_gives_to_the_name() {
        assert_eq!(WEBHOOK_PATH, webhook_path(NAME));
        assert_eq!(provider_of_webhook(WEBHOOK_PATH), Some(NAME));
    }
}
