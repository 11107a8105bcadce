//! Payments by card: what the provider is asked for, what it reports, and how both become changes
//! of an order at the origin.
//!
//! - [`handle`]: the routes of [`souk_protocol::payments`].
//! - [`PaymentProvider`], [`Webhook`] and [`ProviderSettings`]: the seam. A provider is a crate
//!   that implements the three, such as `souk-payments-stripe`; the functions compose them into the
//!   list that [`handle`] takes.
//! - `completion`: the one path on which everything that a provider knows becomes a change, whether
//!   the shopper's return, a webhook or an answer has led to it.
//! - `list`: which payments a provider has, whether or not an order knows them.
//! - `reconcile`: what the provider still has to do for an order: capture, void, refund, close.
//!
//! **Architecture Invariant:** nothing here knows a particular provider. What was begun with one is
//! settled with it: the provider's name and the name that the provider gave identify a page, a
//! payment or a refund, so several may be set up at once.
//!
//! **Architecture Invariant:** nothing here keeps state. The origin knows the order, the provider
//! knows the money; each step reads both, and may be repeated at any moment, twice at the same
//! time, or in any order: what is sent to the provider carries an idempotency key made of the order
//! and the step, what is sent to the origin a key made of the payment and the step.
//!
//! **Architecture Invariant:** no provider call happens inside a transaction or under a lock.
//!
//! Not here: which change is legal and where units go (`souk-domain`), the funds ledger and the
//! queue of work (`souk-order-store`), pages (`souk-storefront`).

mod begin;
mod completion;
mod disputes;
mod events;
mod figures;
mod handle;
mod list;
mod payment_history;
mod provider;
mod providers;
mod reconcile;
mod settings;
mod trouble;
mod webhook;
mod work;

pub use figures::Figures;
pub use handle::handle;
pub use provider::{
    Dispute, DisputeState, ListedPayment, NewPage, NewRefund, Page, PageLimits, PageLine,
    PageState, Payment, PaymentList, PaymentProvider, PaymentState, ProviderError, Refund,
    RefundState,
};
pub use providers::{Answer, AnyProvider};
pub use settings::{DEPLOYMENT_NAMES, Deployment, ProviderSettings};
pub use webhook::{Delivery, ProviderEvent, Subject, Webhook, WebhookError};
