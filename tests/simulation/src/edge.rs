//! An instance of the storefront: the production code over simulated ports.

use std::rc::Rc;

use bytes::Bytes;
use http::{Request, Response};
use souk_ports::{
    AvailabilityReader, CatalogueStore, Clock, LatchReader, OriginClient, PaymentsClient,
    PortError, Randomness, SharedCache,
};

use crate::executor::Node;
use crate::world::World;

/// The ports of an edge, or of whoever else asks the origin.
pub(crate) struct Ports {
    pub(crate) world: Rc<World>,
    /// Whose memory of the origin's layout it is.
    pub(crate) who: usize,
}

/// Answers a shopper.
pub(crate) async fn answer(
    world: &Rc<World>,
    edge: usize,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let ports = Ports {
        world: Rc::clone(world),
        who: edge,
    };
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

/// Nothing is latched: clocks are further apart here than latches allow.
impl LatchReader for Ports {
    async fn latches(&self, _at_once: bool) -> Result<Bytes, PortError> {
        Ok(Bytes::new())
    }
}

impl OriginClient for Ports {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let answer = self.world.ask_origin(self.who, request).await;
        answer.map_err(|_| PortError::Transient("lost".to_owned()))
    }
}

impl PaymentsClient for Ports {
    async fn ask_payments(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let answer = self.world.call(Node::Payments, request).await;
        answer.map_err(|_| PortError::Transient("lost".to_owned()))
    }
}

impl Clock for Ports {
    fn now_ms(&self) -> i64 {
        self.world.executor.now_ms()
    }

    async fn pause_ms(&self, ms: u32) {
        self.world.executor.sleep(ms.into()).await;
    }
}

impl Randomness for Ports {
    fn random_bytes(&self) -> [u8; 16] {
        self.world.random_bytes()
    }
}
