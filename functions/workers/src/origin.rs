//! The origin in a Durable Object: the engine of `souk-origin` over the object's own SQLite.

use js_sys::Uint8Array;
use souk_origin::AvailabilityProjector;
use souk_origin::sqlite::SqliteOrderStore;
use worker::{
    Date, DurableObject, Env, Method, Request, RequestInit, Response, Result, State, Stub,
    console_error, durable_object,
};

use crate::sqlite::DurableSqlite;
use crate::{board, http, settings};

const BINDING: &str = "ORIGIN";

/// The object that the edge asks.
pub(crate) fn stub(env: &Env) -> Result<Stub> {
    env.durable_object(BINDING)?
        .id_from_name("origin-0")?
        .get_stub()
}

/// A shard of the origin.
#[durable_object]
pub struct Origin {
    store: SqliteOrderStore<DurableSqlite>,
    env: Env,
}

impl DurableObject for Origin {
    fn new(state: State, env: Env) -> Self {
        let store = SqliteOrderStore::new(DurableSqlite::open(&state.storage()));
        Self { store, env }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let request = request.inner();
        let Some(request) = http::take(request, request.url(), http::OF_EDGE).await? else {
            return Response::error("too large", 413);
        };
        let now_ms = i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX);
        let fee = settings::express_fee_minor(&self.env);
        let projector = BoardProjector { env: &self.env };
        let log = |line: &str| console_error!("{line}");
        let response =
            souk_origin::handle(&request, &self.store, &projector, now_ms, fee, log).await;
        Ok(http::give(response)?.into())
    }
}

struct BoardProjector<'a> {
    env: &'a Env,
}

impl AvailabilityProjector for BoardProjector<'_> {
    async fn project(&self, board: Vec<u8>) {
        if let Err(error) = put(self.env, &board).await {
            console_error!("availability: {error}");
        }
    }
}

async fn put(env: &Env, board: &[u8]) -> Result<()> {
    let mut init = RequestInit::new();
    init.with_method(Method::Put);
    init.with_body(Some(Uint8Array::from(board).into()));
    let request = Request::new_with_init(board::URL, &init)?;
    board::stub(env)?
        .fetch_with_request(request)
        .await
        .map(drop)
}
