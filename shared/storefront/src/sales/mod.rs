//! Sales of a version: their pages, and their lines in carts, quotes and orders.
//!
//! Nothing has to arrive at the opening: the state follows from the clock and the sale's blob, and the
//! order's strict write decides again by its own clock. What is sold out comes from the signals.
//!
//! A sale with a waiting room goes by what the pulse says of its session, and by the time of the pulse;
//! it sells to tickets that are called.
//!
//! Not here: the window and the limit of an order (`souk-order-store`), who is called (`souk-room`).

mod admission;
mod api;
mod before_checkout;
mod buy;
#[cfg(feature = "openapi")]
pub(crate) mod contract;
mod opening;
mod page;
mod place;
mod read;
mod reporting;
mod reports;
mod room;
mod tickets;

pub(crate) use self::admission::NotLetIn;
pub use self::reporting::{report, room_due, room_sent, to_report};
pub(crate) use self::reports::{ReportTask, RoomReports};
