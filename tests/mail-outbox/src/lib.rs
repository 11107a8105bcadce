//! A provider of mails on the developer's machine: it speaks Resend's API as far as the shop uses it,
//! keeps the mails in memory, shows them, and reports bounces when asked to. Nothing leaves it.
//!
//! - [`Outbox`]: the provider as plain data: a request in, an answer out.
//! - [`server`]: the same over HTTP, and the deliveries of its events.
//!
//! `GET /messages` lists what was sent as JSON, `GET /` shows it, `POST /messages/{id}/bounced` and
//! `…/complained` have the shop told of it.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on the developer's machine, outside the functions"
)]

mod outbox;
mod page;
pub mod server;

pub use outbox::{Answer, Event, Fault, Message, Outbox};
