//! From a cart to an order: the form, and payment by card.
//!
//! Not here: the checks of an order and sending it to the origin (`orders`).

pub(crate) mod form;
mod page;
pub(crate) mod payment;
