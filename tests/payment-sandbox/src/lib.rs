//! A payment provider on the developer's own machine: the part of Stripe's API that the shop uses,
//! the page where a shopper types a card number, and webhooks that are signed and delivered.
//!
//! No money moves here, and nothing is kept when the process ends.
//!
//! - [`Sandbox`]: the provider as plain data. A request goes in with the time, an answer comes
//!   out; what it would tell the shop waits in [`Sandbox::take_events`].
//! - [`faults`]: what can go wrong on request.
//! - [`server`]: the same over HTTP, with deliveries.
//!
//! Invariant: it listens on the loopback address only, and the shop asks no sandbox elsewhere.
//!
//! Not here: every other part of Stripe's API. What is not known is answered as Stripe answers an
//! unknown address.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

mod api;
mod events;
pub mod faults;
mod json;
mod pages;
mod sandbox;
#[cfg(feature = "server")]
pub mod server;
mod state;

pub use events::{Event, signature};
pub use sandbox::{Config, Reply, Sandbox};
pub use state::{CARDS, Card, CardBehaviour, PaymentSummary};
