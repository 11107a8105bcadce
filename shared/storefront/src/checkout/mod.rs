//! From a cart to an order: the form, and payment by card.
//!
//! Not here: the checks of an order and sending it to the origin (`orders`).

#[cfg(feature = "openapi")]
pub(crate) mod contract;
mod form;
mod page;
pub(crate) mod payment;
pub(crate) mod payment_methods;
mod place;
pub(crate) mod recent_orders;
