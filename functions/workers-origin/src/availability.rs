//! The small object that owns what edges must see sooner than KV shows it, which may take a minute:
//! the availability snapshot, the sold-out holds and the pulse. Edges get them in one answer.
//!
//! Each shard of the origin projects the part that it sells; readers get all parts as one. Sold-out
//! holds end within seconds, so they are in memory only: an object that has just started has none,
//! and the origin sends them again while it refuses orders. Pulses come from the object `Operations`.

use std::cell::RefCell;
use std::collections::BTreeMap;

use bytes::Bytes;
use souk_operations::Pulse;
use souk_ports::{Signals, is_within};
use souk_sharding::Address;
use souk_stock_signals::AvailabilitySnapshot;
use souk_stock_signals::sold_out_hold::DURATION_MS;
use souk_workers_platform::{now_ms, signals};
use wasm_bindgen::JsValue;
use worker::{
    DurableObject, Env, Method, Request, Response, Result, State, durable_object, js_sys,
};

/// The path of `souk_workers_platform::objects::SOLD_OUT_HOLDS_URL`.
const SOLD_OUT_HOLDS_PATH: &str = "/sold_out_holds/";
/// The path of `souk_workers_platform::objects::AVAILABILITY_URL`.
const PARTS_PATH: &str = "/parts/";
/// The path of `souk_workers_platform::objects::PULSE_URL`.
const PULSE_PATH: &str = "/pulse";
/// The part of shard 0, which was the whole snapshot before there were others; the key of another
/// part has the shard's name behind it.
const KEY: &str = "availability";
/// The last pulse.
const PULSE: &str = "pulse";

/// Snapshots by their keys.
type Parts = BTreeMap<String, AvailabilitySnapshot>;

/// Keeps the parts and the pulse in memory, and in storage for when it is woken again.
#[durable_object]
pub struct Availability {
    state: State,
    stored: RefCell<Option<Stored>>,
    /// By the name of the origin: when they came, and what.
    sold_out_holds: RefCell<BTreeMap<String, (i64, Vec<u8>)>>,
}

/// What is in storage too.
#[derive(Default)]
struct Stored {
    parts: Parts,
    /// All parts as one.
    snapshot: Bytes,
    /// Empty before the first one.
    pulse: Bytes,
}

impl Stored {
    fn put_together(&mut self) {
        let parts: Vec<_> = self.parts.values().cloned().collect();
        let snapshot = match parts.as_slice() {
            [] => AvailabilitySnapshot::default(),
            [part] => part.clone(),
            parts => AvailabilitySnapshot::merge(parts),
        };
        self.snapshot = snapshot.into_bytes();
    }
}

impl DurableObject for Availability {
    fn new(state: State, _env: Env) -> Self {
        Self {
            state,
            stored: RefCell::default(),
            sold_out_holds: RefCell::default(),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        if let Some(origin) = request.path().strip_prefix(SOLD_OUT_HOLDS_PATH) {
            return self.sold_out_holds(origin, &mut request).await;
        }
        self.load().await?;
        let path = request.path();
        if request.method() != Method::Put {
            return Response::from_bytes(signals::encode(&self.signals()).into());
        }
        let value = request.bytes().await?;
        if path == PULSE_PATH {
            return self.take_pulse(value).await;
        }
        match path.strip_prefix(PARTS_PATH).and_then(key_of) {
            Some(key) => self.take_part(&key, value).await,
            None => Response::error("no shard", 400),
        }
    }
}

impl Availability {
    /// Reads what is stored, once.
    async fn load(&self) -> Result<()> {
        if self.stored.borrow().is_some() {
            return Ok(());
        }
        let all = self.state.storage().list().await?;
        let mut stored = Stored::default();
        all.for_each(&mut |value, key| {
            let (key, value) = (key.as_string().unwrap_or_default(), bytes_of(&value));
            if key == PULSE {
                stored.pulse = value;
            } else if key.starts_with(KEY) {
                stored
                    .parts
                    .insert(key, AvailabilitySnapshot::decode(value));
            }
        });
        stored.put_together();
        // Another request may have loaded it first, and newer values may have arrived since.
        self.stored.borrow_mut().get_or_insert(stored);
        Ok(())
    }

    fn signals(&self) -> Signals {
        let now_ms = now_ms();
        let mut holds = self.sold_out_holds.borrow_mut();
        // Every sold-out hold that arrived longer ago than this has ended.
        holds.retain(|_, (arrived_ms, _)| is_within(DURATION_MS, *arrived_ms, now_ms));
        let sold_out_holds: Vec<_> = holds.values().flat_map(|(_, of)| of).copied().collect();
        let stored = self.stored.borrow();
        let stored = stored.as_ref();
        let made_at_ms = stored.and_then(|it| Pulse::made_at_ms_of(&it.pulse));
        Signals {
            availability: stored.map(|it| it.snapshot.clone()).unwrap_or_default(),
            sold_out_holds: sold_out_holds.into(),
            pulse: stored.map(|it| it.pulse.clone()).unwrap_or_default(),
            pulse_age_ms: made_at_ms.map(|made_at_ms| (now_ms - made_at_ms).max(0)),
            kept_ms: 0,
        }
    }

    /// Replaces a part unless the one here is newer: projections may arrive out of order.
    async fn take_part(&self, key: &str, value: Vec<u8>) -> Result<Response> {
        let raw = js_sys::Uint8Array::from(value.as_slice());
        let part = AvailabilitySnapshot::decode(value);
        {
            let mut stored = self.stored.borrow_mut();
            let stored = stored.get_or_insert_default();
            let known = stored.parts.get(key);
            if known.is_some_and(|known| known.written_at_ms() > part.written_at_ms()) {
                return Response::empty();
            }
            stored.parts.insert(key.to_owned(), part);
            stored.put_together();
        }
        self.state.storage().put_raw(key, raw).await?;
        Response::empty()
    }

    /// Replaces the pulse by a newer one.
    async fn take_pulse(&self, value: Vec<u8>) -> Result<Response> {
        let Some(stamp) = Pulse::stamp_of(&value) else {
            return Response::error("no pulse", 400);
        };
        let raw = js_sys::Uint8Array::from(value.as_slice());
        {
            let mut stored = self.stored.borrow_mut();
            let stored = stored.get_or_insert_default();
            if Pulse::stamp_of(&stored.pulse).is_some_and(|known| known >= stamp) {
                return Response::empty();
            }
            stored.pulse = value.into();
        }
        self.state.storage().put_raw(PULSE, raw).await?;
        Response::empty()
    }
}

fn bytes_of(value: &JsValue) -> Bytes {
    js_sys::Uint8Array::new(value).to_vec().into()
}

/// The key of the part of a shard.
fn key_of(name: &str) -> Option<String> {
    match Address::parse(name)? {
        Address::Shard(0) => Some(KEY.to_owned()),
        shard @ Address::Shard(_) => Some(format!("{KEY}/{}", shard.name())),
        Address::Keys(_) => None,
    }
}

impl Availability {
    async fn sold_out_holds(&self, origin: &str, request: &mut Request) -> Result<Response> {
        if request.method() == Method::Put {
            let sold_out_holds = (now_ms(), request.bytes().await?);
            self.sold_out_holds
                .borrow_mut()
                .insert(origin.to_owned(), sold_out_holds);
            return Response::empty();
        }
        let parts = self.sold_out_holds.borrow();
        let own = parts.get(origin);
        Response::from_bytes(own.map(|(_, own)| own.clone()).unwrap_or_default())
    }
}
