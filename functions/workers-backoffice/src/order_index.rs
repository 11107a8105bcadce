//! The back office's own store in a Durable Object: the order index, the staff tokens and the tallies
//! of searches. Reports keep no order waiting, because the origin is another object.

use bytes::Bytes;
use souk_order_index::RemoteOrderIndex;
use souk_order_index::sqlite::SqliteOrderIndex;
use souk_ports::PortError;
use souk_search_tallies::RemoteSearchTallies;
use souk_search_tallies::sqlite::SqliteSearchTallies;
use souk_sql::remote::StoreClient;
use souk_staff_tokens::RemoteStaffTokens;
use souk_staff_tokens::sqlite::SqliteStaffTokens;
use souk_workers_platform::{DurableSqlite, at_once, now_ms, transient, unsupported};
use worker::js_sys::Uint8Array;
use worker::{
    DurableObject, Env, Method, Request, RequestInit, Response, Result, State, console_error,
    durable_object,
};

const BINDING: &str = "ORDER_INDEX";
/// There is one for the shop.
const NAME: &str = "order_index";
const INDEX_URL: &str = "https://order-index.souk.invalid/index";
const TOKENS_PATH: &str = "/tokens";
const TOKENS_URL: &str = "https://order-index.souk.invalid/tokens";
const TALLIES_PATH: &str = "/tallies";
const TALLIES_URL: &str = "https://order-index.souk.invalid/tallies";

/// The order index, as seen from everywhere else.
pub(crate) fn index(env: &Env) -> RemoteOrderIndex<ObjectClient> {
    RemoteOrderIndex::new(ObjectClient {
        env: env.clone(),
        url: INDEX_URL,
    })
}

/// The staff tokens, which the same object keeps.
pub(crate) fn tokens(env: &Env) -> RemoteStaffTokens<ObjectClient> {
    RemoteStaffTokens::new(ObjectClient {
        env: env.clone(),
        url: TOKENS_URL,
    })
}

/// How often shoppers searched for what, which the same object keeps.
pub(crate) fn tallies(env: &Env) -> RemoteSearchTallies<ObjectClient> {
    RemoteSearchTallies::new(ObjectClient {
        env: env.clone(),
        url: TALLIES_URL,
    })
}

/// Reaches one of the three stores in the object.
pub(crate) struct ObjectClient {
    env: Env,
    url: &'static str,
}

impl StoreClient for ObjectClient {
    async fn call(&self, body: Bytes) -> Result<(http::StatusCode, Bytes), PortError> {
        let objects = self.env.durable_object(BINDING).map_err(unsupported)?;
        let stub = objects.id_from_name(NAME).and_then(|id| id.get_stub());
        let stub = stub.map_err(unsupported)?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post);
        init.with_body(Some(Uint8Array::from(body.as_ref()).into()));
        let request = Request::new_with_init(self.url, &init).map_err(transient)?;
        let mut response = stub.fetch_with_request(request).await.map_err(transient)?;
        let status = http::StatusCode::from_u16(response.status_code()).map_err(transient)?;
        let body = response.bytes().await.map_err(transient)?;
        Ok((status, body.into()))
    }
}

/// The object.
#[durable_object]
pub struct OrderIndex {
    index: SqliteOrderIndex<DurableSqlite>,
    tokens: SqliteStaffTokens<DurableSqlite>,
    tallies: SqliteSearchTallies<DurableSqlite>,
}

impl DurableObject for OrderIndex {
    fn new(state: State, _env: Env) -> Self {
        let index = SqliteOrderIndex::new(DurableSqlite::open(&state.storage()));
        at_once(index.set_up()).expect("the migrations are valid SQL");
        let tokens = SqliteStaffTokens::new(DurableSqlite::open(&state.storage()));
        at_once(tokens.set_up()).expect("the migrations are valid SQL");
        let tallies = SqliteSearchTallies::new(DurableSqlite::open(&state.storage()));
        at_once(tallies.set_up()).expect("the migrations are valid SQL");
        Self {
            index,
            tokens,
            tallies,
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let call = request.bytes().await?;
        let log = |line: &str| console_error!("{line}");
        let answer = match request.path().as_str() {
            TOKENS_PATH => souk_staff_tokens::serve(&self.tokens, &call, log).await,
            TALLIES_PATH => souk_search_tallies::serve(&self.tallies, &call, log).await,
            _ => souk_order_index::serve(&self.index, &call, now_ms(), log).await,
        };
        let (parts, body) = answer.into_parts();
        Ok(Response::from_bytes(body.to_vec())?.with_status(parts.status.as_u16()))
    }
}
