//! An instance of the storefront: the production code over simulated ports.

use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;
use http::{Request, Response};
use souk_ports::{
    Admission, BackOfficeClient, CatalogueStore, CatalogueWriter, Clock, MailClient,
    NextStorefront, OperationsClient, OrderGate, OriginClient, OutboundHttp, PaymentsClient,
    PortError, Quota, Randomness, SharedCache, Signals, SignalsReader,
};

use crate::executor::Node;
use crate::sold_out_holds;
use crate::world::World;

/// The ports of an edge, or of another caller of the origin.
pub(crate) struct Ports {
    world: Rc<World>,
    /// Whose memory of the origin's layout it is.
    who: usize,
    /// Whether the origin was asked.
    asked_origin: Cell<bool>,
}

impl Ports {
    pub(crate) fn of(world: &Rc<World>, who: usize) -> Self {
        Self {
            world: Rc::clone(world),
            who,
            asked_origin: Cell::new(false),
        }
    }
}

/// Answers a shopper.
pub(crate) async fn answer(
    world: &Rc<World>,
    edge: usize,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let ports = Ports::of(world, edge);
    let instance = Rc::clone(&world.instances.borrow()[edge]);
    let log = |line: &str| world.note(|| format!("   edge {edge}: {line}"));
    let asked = sold_out_holds::Asked::of(&request);
    let mut response =
        souk_storefront::handle(request, &ports, &instance, &world.settings, log).await;
    // Nothing is waited for between a refusal of the edge itself and this.
    if let (Some(asked), false) = (asked, ports.asked_origin.get()) {
        sold_out_holds::check(world, edge, &asked, &mut response);
    }
    response
}

impl CatalogueStore for Ports {
    async fn read(&self, key: &str) -> Result<Option<Bytes>, PortError> {
        Ok(self.world.published.read(key))
    }
}

impl CatalogueWriter for Ports {
    async fn write(&self, key: &str, value: Bytes) -> Result<(), PortError> {
        self.world.published.write(key, value);
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), PortError> {
        self.world.published.delete(key);
        Ok(())
    }
}

impl SharedCache for Ports {}

impl SignalsReader for Ports {
    async fn signals(&self, _at_once: bool) -> Result<Signals, PortError> {
        Ok(Signals {
            sold_out_holds: sold_out_holds::read(&self.world).await?,
            ..Signals::default()
        })
    }
}

impl OriginClient for Ports {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        self.asked_origin.set(true);
        let answer = self.world.ask_origin(self.who, request).await;
        answer.map_err(|_| PortError::Transient("lost".to_owned()))
    }
}

/// Edges of a simulation reach the origin and nothing outside.
impl OutboundHttp for Ports {
    async fn fetch(&self, _request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        Err(PortError::Unsupported("there is no network".to_owned()))
    }
}

/// Nothing is counted: the simulation has no crowd.
impl OrderGate for Ports {
    async fn admits(&self, _quota: Quota, _client: &str, _challenge: Option<&str>) -> Admission {
        Admission::Open
    }
}

impl PaymentsClient for Ports {
    async fn ask_payments(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let answer = self.world.call(Node::Payments, request).await;
        answer.map_err(|_| PortError::Transient("lost".to_owned()))
    }
}

/// A simulation has one build.
impl NextStorefront for Ports {}

/// Nothing in a simulation sends mails.
impl MailClient for Ports {}

/// Nothing in a simulation is switched off.
impl OperationsClient for Ports {}

/// Nothing in a simulation reads metrics.
impl BackOfficeClient for Ports {}

impl Clock for Ports {
    fn now_ms(&self) -> i64 {
        self.world.executor.now_ms() + self.world.sold_out_holds.edge_ahead_ms(self.who)
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
