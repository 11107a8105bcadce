//! The pulse, on its way to edges: they ask the object `Availability` of the origin's script, which
//! takes the pulse from here and never replaces a newer one.

use std::cell::Cell;

use souk_operations_service::PulsePublisher;
use souk_ports::PortError;
use souk_workers_platform::{objects, transient};
use worker::Env;

/// Publishes to the object `Availability`.
pub(crate) struct AvailabilityPublisher {
    env: Env,
    /// The largest stamp that got there since the object was woken; 0: none, as far as it knows.
    published: Cell<u64>,
}

impl AvailabilityPublisher {
    pub(crate) fn new(env: Env) -> Self {
        let published = Cell::default();
        Self { env, published }
    }

    /// Takes it that edges know no pulse.
    pub(crate) fn forget(&self) {
        self.published.set(0);
    }
}

impl PulsePublisher for AvailabilityPublisher {
    async fn has(&self, stamp: u64) -> bool {
        self.published.get() >= stamp.max(1)
    }

    async fn publish(&self, stamp: u64, pulse: Vec<u8>) -> Result<(), PortError> {
        let put = objects::put_pulse(&self.env, &pulse).await;
        put.map_err(transient)?;
        self.published.set(stamp.max(self.published.get()));
        Ok(())
    }
}
