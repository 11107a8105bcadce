//! The objects that count requests of clients, in memory: 16, so that no single one has all clients of a
//! flash sale. An object that restarts lets its clients have a quota once more, and nothing else.

use souk_operations_service::take_rate;
use souk_operations_store::rates::MemoryCounters;
use souk_workers_platform::{now_ms, objects};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys::Uint8Array;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

/// Numbers of clients.
#[durable_object]
pub struct Counters {
    numbers: MemoryCounters,
}

impl DurableObject for Counters {
    fn new(_state: State, _env: Env) -> Self {
        let numbers = MemoryCounters::default();
        Self { numbers }
    }

    /// The object is called ([`Counters::ask`]).
    async fn fetch(&self, _request: Request) -> Result<Response> {
        Response::error("not found", 404)
    }
}

#[wasm_bindgen(
    wasm_bindgen_futures = ::worker::wasm_bindgen_futures,
    js_sys = ::worker::js_sys
)]
impl Counters {
    /// Answers what the storefront sends by `souk_ports::OrderGate`.
    pub async fn ask(
        &self,
        method: String,
        path: String,
        traceparent: String,
        body: Vec<u8>,
    ) -> std::result::Result<Uint8Array, JsValue> {
        let request = objects::take(&method, path, &traceparent, body)?;
        let answer = take_rate(&self.numbers, &request, now_ms()).await;
        let answer = answer.map_err(|error| JsValue::from_str(&error.to_string()))?;
        Ok(objects::give(&answer))
    }
}
