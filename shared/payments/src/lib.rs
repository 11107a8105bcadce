//! Payments by card: what the provider is asked for, what it reports, and how both become changes
//! of an order at the origin.
//!
//! - [`handle`]: the routes of [`souk_protocol::payments`].
//! - [`PaymentProvider`]: what a provider can do, in the words of the shop; [`stripe::Stripe`] is
//!   the implementation.
//! - `completion`: the one path on which everything that the provider knows becomes a change,
//!   whoever brought the news: the shopper's return, a webhook, an answer.
//! - `reconcile`: what the provider still has to do for an order: capture, void, refund, close.
//!
//! **Architecture Invariant:** nothing here keeps anything. The origin knows the order, the
//! provider knows the money; each step reads both, and may be repeated at any moment, twice at the
//! same time, or in any order: what is sent to the provider carries an idempotency key made of the
//! order and the step, what is sent to the origin a key made of the payment and the step.
//!
//! **Architecture Invariant:** no provider call happens inside a transaction or under a lock.
//!
//! Not here: which change is legal and where units go (`souk-domain`), the funds ledger and the
//! queue of work (`souk-origin`), pages (`souk-storefront`).

mod begin;
mod completion;
mod handle;
mod origin;
mod provider;
mod reconcile;
mod settings;
mod signature;
mod standing;
pub mod stripe;
mod webhook;
mod work;

pub use handle::handle;
pub use provider::{
    NewPage, NewRefund, Page, PageLine, PageState, Payment, PaymentProvider, PaymentState,
    ProviderError, Refund, RefundState,
};
pub use settings::{Settings, SettingsError};
pub use signature::{SignatureError, TOLERANCE_S, sign, verify};
