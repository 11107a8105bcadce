//! The ports of the edges. All edges of a replay see the same stores; each has a memory of its own.

use bytes::Bytes;
use http::{Request, Response};
use souk_ports::{
    Admission, BackOfficeClient, CatalogueStore, NextStorefront, OrderGate, OutboundHttp,
    PaymentsClient, PortError, Quota, Randomness, SharedCache, Signals, SignalsReader,
};

use crate::world::World;

impl CatalogueStore for World {
    async fn read(&self, key: &str) -> Result<Option<Bytes>, PortError> {
        Ok(self.published.store.get(key).cloned())
    }
}

impl SharedCache for World {}

impl SignalsReader for World {
    async fn signals(&self, _at_once: bool) -> Result<Signals, PortError> {
        Ok(Signals {
            availability: self.origin.availability.borrow().clone(),
            sold_out_holds: self.origin.sold_out_holds.borrow().clone(),
            pulse: self.rooms.pulse.borrow().clone(),
            pulse_age_ms: None,
            kept_ms: 0,
        })
    }
}

/// Nothing is counted: a trace has no addresses.
impl OrderGate for World {
    async fn admits(&self, _quota: Quota, _client: &str, _challenge: Option<&str>) -> Admission {
        Admission::Open
    }
}

/// A replay pays on delivery.
impl PaymentsClient for World {
    async fn ask_payments(&self, _request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        Err(PortError::Unsupported("there are no payments".to_owned()))
    }
}

impl BackOfficeClient for World {}

/// A replay reaches nothing outside.
impl OutboundHttp for World {
    async fn fetch(&self, _request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        Err(PortError::Unsupported("there is no network".to_owned()))
    }
}
/// A replay has one build.
impl NextStorefront for World {}

impl Randomness for World {
    fn random_bytes(&self) -> [u8; 16] {
        World::random_bytes(self)
    }
}
