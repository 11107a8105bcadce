//! The origin of the simulated world: the production code over simulated databases, one for each
//! shard.

use std::rc::Rc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use souk_order_store_sqlite::SqliteOrderStore;
use souk_origin_sharding::{Own, Peers, Remembered, handle};
use souk_ports::{Clock, PortError};
use souk_sharding::{Address, ShardClient};

use crate::executor::Node;
use crate::sold_out_holds::Projector;
use crate::world::{KEY_DATABASES, World};

/// The stores, over the network.
pub(crate) struct Stores(pub(crate) Rc<World>);

impl ShardClient for Stores {
    async fn ask(
        &self,
        to: Address,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, PortError> {
        let world = &self.0;
        let shards = usize::from(world.plan.shards_later);
        let number = match to {
            Address::Shard(number) => usize::from(number),
            Address::Keys(number) => shards + usize::from(number) % KEY_DATABASES,
        };
        let answer = world.call(Node::Origin(number), request).await;
        answer.map_err(|_| PortError::Transient("lost".to_owned()))
    }
}

impl Clock for Stores {
    fn now_ms(&self) -> i64 {
        self.0.executor.now_ms()
    }

    async fn pause_ms(&self, ms: u32) {
        self.0.executor.sleep(ms.into()).await;
    }
}

/// Carries a request out on a store.
pub(crate) async fn answer(
    world: &Rc<World>,
    number: usize,
    request: &Request<Bytes>,
) -> Response<Bytes> {
    let store = SqliteOrderStore::new(world.databases[number].clone());
    let log = |line: &str| world.note(|| format!("   origin {number}: {line}"));
    let now_ms = world.origin_ms();
    let settings = Rc::clone(&world.origin.borrow());
    let (stores, small) = (
        Stores(Rc::clone(world)),
        u16::try_from(number).expect("a few"),
    );
    let own = match small.checked_sub(world.plan.shards_later) {
        None => Address::Shard(small),
        Some(keys) => Address::Keys(keys),
    };
    let peers = Peers {
        own,
        shards: world.shards.get(),
        client: &stores,
    };
    let (projector, memory) = (
        Projector {
            world: Rc::clone(world),
            number,
        },
        world.sold_out_holds.memory(number),
    );
    let own = Own {
        store: &store,
        projector: &projector,
        memory: &memory,
        remembered: &Remembered::default(),
    };
    let response = handle(request, &own, &peers, now_ms, &settings, log).await;
    let status = response.status();
    // Whatever is sent here makes sense, and the engine is never damaged.
    if status == StatusCode::INTERNAL_SERVER_ERROR || status == StatusCode::UNPROCESSABLE_ENTITY {
        let said = String::from_utf8_lossy(request.body());
        world.fail(
            "the origin is never at a loss",
            format!("{status}: {} {said}", request.uri()),
        );
    }
    response
}
