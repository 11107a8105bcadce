//! An instance of the storefront: the production code over simulated ports.

use std::rc::Rc;

use bytes::Bytes;
use http::{Request, Response};
use souk_ports::{
    AvailabilityReader, CatalogueStore, Clock, OriginClient, PaymentsClient, PortError, Randomness,
    SharedCache,
};

use crate::executor::Node;
use crate::world::World;

pub(crate) struct Ports(pub(crate) Rc<World>);

/// Answers a shopper.
pub(crate) async fn answer(
    world: &Rc<World>,
    edge: usize,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let ports = Ports(Rc::clone(world));
    let instance = Rc::clone(&world.instances.borrow()[edge]);
    let log = |line: &str| world.note(|| format!("   edge {edge}: {line}"));
    souk_storefront::handle(request, &ports, &instance, &world.settings, log).await
}

/// Nothing is published: orders need no catalogue.
impl CatalogueStore for Ports {
    async fn read(&self, _key: &str) -> Result<Option<Bytes>, PortError> {
        Ok(None)
    }
}

impl SharedCache for Ports {}

impl AvailabilityReader for Ports {
    async fn board(&self) -> Result<Option<Bytes>, PortError> {
        Ok(None)
    }
}

impl OriginClient for Ports {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let answer = self.0.call(Node::Origin(0), request).await;
        answer.map_err(|_| PortError::Transient("lost".to_owned()))
    }
}

impl PaymentsClient for Ports {
    async fn ask_payments(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let answer = self.0.call(Node::Payments, request).await;
        answer.map_err(|_| PortError::Transient("lost".to_owned()))
    }
}

impl Clock for Ports {
    fn now_ms(&self) -> i64 {
        self.0.executor.now_ms()
    }

    async fn pause_ms(&self, ms: u32) {
        self.0.executor.sleep(ms.into()).await;
    }
}

impl Randomness for Ports {
    fn random_bytes(&self) -> [u8; 16] {
        self.0.random_bytes()
    }
}
