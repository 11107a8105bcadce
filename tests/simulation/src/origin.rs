//! The origin of the simulated world: the production code over the simulated database.

use std::rc::Rc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use souk_origin::sqlite::SqliteOrderStore;
use souk_origin::{AvailabilityProjector, handle};

use crate::world::World;

/// Nobody looks at badges here: what they say is never part of an order.
struct NoBadge;

impl AvailabilityProjector for NoBadge {
    async fn project(&self, _board: Vec<u8>) {}
}

/// Carries a request out.
pub(crate) async fn answer(world: &Rc<World>, request: &Request<Bytes>) -> Response<Bytes> {
    let store = SqliteOrderStore::new(world.database.clone());
    let log = |line: &str| world.note(|| format!("   origin: {line}"));
    let now_ms = world.origin_ms();
    let settings = std::rc::Rc::clone(&world.origin.borrow());
    let response = handle(request, &store, &NoBadge, now_ms, &settings, log).await;
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
