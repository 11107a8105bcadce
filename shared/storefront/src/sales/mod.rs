//! Sales of a version: their pages, and their lines in carts, quotes and orders.
//!
//! Nothing has to arrive at the opening: the state follows from the clock and the sale's blob, and the
//! order's strict write decides again by its own clock. What is sold out comes from the signals.
//!
//! Not here: the window and the limit of an order (`souk-order-store`), who is let in (`souk-room`).

mod api;
#[cfg(feature = "openapi")]
pub(crate) mod contract;
mod page;
mod read;
