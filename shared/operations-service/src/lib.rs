//! The deployable `operations`: it answers the back office about levels, switches and the journal,
//! keeps edges informed by the pulse, and measures what they report.
//!
//! [`Service::handle`] answers the messages of `souk_protocol::operations`, [`Service::tick`] does what
//! is due by the clock, and [`Service::next_ms`] says when that is next.
//!
//! Invariant: a stamp is stored before its pulse is published, and a change is answered after its
//! pulse was sent. A pulse that did not get through is no error of the change: the next tick sends
//! another one.
//!
//! Not here: the rules (`souk-operations`), the store (`souk-operations-store`), who may change
//! something (the staff API), how a pulse travels (`functions/`).

mod asked;
mod control;
mod draft;
mod handle;
mod plan;
mod rates;
mod release;
mod rooms;
mod signals;
mod standing;

use souk_ports::PortError;

pub use control::{PUBLISH_MS, Service};
pub use handle::BODY_BYTES_MAX;
pub use rates::take_rate;

/// Brings pulses to where edges find them.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait PulsePublisher {
    /// Whether edges find the pulse with this stamp, or a newer one. `false` where that is not known.
    async fn has(&self, stamp: u64) -> bool;

    /// Publishes the pulse with this stamp: its bytes. A newer one that is there already stays.
    ///
    /// # Errors
    /// When it may not have got there.
    async fn publish(&self, stamp: u64, pulse: Vec<u8>) -> Result<(), PortError>;
}
