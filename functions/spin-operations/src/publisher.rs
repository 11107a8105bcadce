//! The pulse in Spin's key-value store, which shows a write at once.
//!
//! The store has no compare-and-set. Of two instances that look and write at the same moment the older
//! pulse may stay; the next tick sees that, publishes a newer one, and no edge takes an older one than
//! it has.

use souk_operations::Pulse;
use souk_operations_service::PulsePublisher;
use souk_ports::{CatalogueStore, CatalogueWriter, PortError};
use souk_protocol::keys;
use souk_spin_platform::SpinEdge;

pub(crate) struct StorePublisher;

impl PulsePublisher for StorePublisher {
    async fn has(&self, stamp: u64) -> bool {
        let held = SpinEdge.read(keys::PULSE).await.ok().flatten();
        // One that cannot be read is replaced.
        let held = held.and_then(|blob| Pulse::decode(&blob).ok());
        held.is_some_and(|held| held.stamp >= stamp)
    }

    async fn publish(&self, stamp: u64, pulse: Vec<u8>) -> Result<(), PortError> {
        match self.has(stamp).await {
            true => Ok(()),
            false => SpinEdge.write(keys::PULSE, pulse.into()).await,
        }
    }
}
