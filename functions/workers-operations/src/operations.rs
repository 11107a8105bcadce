//! The object: `souk-operations-service` over its own SQLite, and its alarm.
//!
//! The alarm does what `souk_operations_service::Service::tick` does: once a second while a level is
//! above 0, a switch is set, a plan is armed, edges report or a sale has an usher that steps, and at the
//! moment at which the next one begins to. It is set before a change is made: an object that is killed after the change, and before its pulse got through, is woken by it. An alarm that has
//! gone off is repeated by the runtime until it has ended, so none is lost with its object either.

use bytes::Bytes;
use http::Method;
use souk_operations_service::{PUBLISH_MS, Service};
use souk_operations_store::sqlite::SqliteOperations;
use souk_ports::Randomness;
use souk_protocol::operations::TICK_PATH;
use souk_protocol::room::ROOM_PATH;
use souk_protocol::samples::SAMPLES_PATH;
use souk_workers_platform::{
    DurableSqlite, UsherRequests, WorkersEdge, WorkersRandomness, at_once, now_ms, objects,
};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys::Uint8Array;
use worker::{
    DurableObject, Env, Request, Response, Result, State, Storage, console_error, durable_object,
};

use crate::publisher::AvailabilityPublisher;

/// After an alarm whose store did not answer.
const AGAIN_MS: i64 = 5_000;

type OperationsService<'a> =
    Service<'a, SqliteOperations<DurableSqlite>, AvailabilityPublisher, WorkersEdge<UsherRequests>>;

/// Levels, switches, the journal and the ushers.
#[durable_object(alarm)]
pub struct Operations {
    store: SqliteOperations<DurableSqlite>,
    storage: Storage,
    publisher: AvailabilityPublisher,
    origin: WorkersEdge<UsherRequests>,
}

impl DurableObject for Operations {
    fn new(state: State, env: Env) -> Self {
        let store = SqliteOperations::new(DurableSqlite::open(&state.storage()));
        at_once(store.set_up()).expect("the migrations are valid SQL");
        Self {
            store,
            storage: state.storage(),
            origin: WorkersEdge::of_operations(env.clone()),
            publisher: AvailabilityPublisher::new(env),
        }
    }

    /// The object is called ([`Operations::ask`]).
    async fn fetch(&self, _request: Request) -> Result<Response> {
        Response::error("not found", 404)
    }

    async fn alarm(&self) -> Result<Response> {
        let service = self.service();
        let next_ms = async {
            service.tick(now_ms()).await?;
            service.next_ms(now_ms()).await
        };
        match next_ms.await {
            Ok(Some(next_ms)) => self.set_alarm(next_ms - now_ms()).await,
            Ok(None) => {}
            Err(error) => {
                log(&format!("alarm: {error}"));
                self.set_alarm(AGAIN_MS).await;
            }
        }
        Response::empty()
    }
}

#[wasm_bindgen(
    wasm_bindgen_futures = ::worker::wasm_bindgen_futures,
    js_sys = ::worker::js_sys
)]
impl Operations {
    /// Answers what the back office sends by `souk_ports::OperationsClient`, and the storefront by
    /// `souk_ports::OperationsReporter`.
    pub async fn ask(
        &self,
        method: String,
        path: String,
        traceparent: String,
        body: Vec<u8>,
    ) -> std::result::Result<Uint8Array, JsValue> {
        let request = objects::take(&method, path, &traceparent, body)?;
        Ok(objects::give(&self.answer(&request).await))
    }
}

impl Operations {
    async fn answer(&self, request: &http::Request<Bytes>) -> http::Response<Bytes> {
        let path = request.uri().path();
        // What edges report asks for no step.
        let is_report = [ROOM_PATH, SAMPLES_PATH].contains(&path);
        if request.method() == Method::POST && !is_report {
            self.step_within(PUBLISH_MS).await;
        }
        if path == TICK_PATH {
            // Once a minute edges get a pulse anyway, should the object Availability have lost it.
            self.publisher.forget();
        }
        self.service().handle(request, now_ms()).await
    }

    fn service(&self) -> OperationsService<'_> {
        Service {
            store: &self.store,
            publisher: &self.publisher,
            origin: &self.origin,
            log: &log,
            random: &random,
        }
    }

    /// Sets the alarm to `after_ms` milliseconds from now, unless an earlier one is set: frequent requests
    /// put no step off.
    async fn step_within(&self, after_ms: i64) {
        match self.storage.get_alarm().await {
            Ok(Some(set_ms)) if set_ms <= now_ms() + after_ms => {}
            _ => self.set_alarm(after_ms).await,
        }
    }

    /// Sets the alarm to `after_ms` milliseconds from now, in the place of the one that is set.
    async fn set_alarm(&self, after_ms: i64) {
        if let Err(error) = self.storage.set_alarm(after_ms.max(0)).await {
            console_error!("alarm: {error}");
        }
    }
}

fn log(line: &str) {
    console_error!("{line}");
}

fn random() -> [u8; 16] {
    WorkersRandomness.random_bytes()
}
