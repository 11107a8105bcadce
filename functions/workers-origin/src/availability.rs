//! The small object that owns what edges must see sooner than KV shows it, which may take a minute:
//! the availability snapshot, and the sold-out holds. The order path asks for the sold-out holds
//! only.
//!
//! Each shard of the origin projects the part that it sells; readers get all parts as one. Sold-out
//! holds end within seconds, so they are in memory only: an object that has just started has none,
//! and the origin sends them again while it refuses orders.

use std::cell::RefCell;
use std::collections::BTreeMap;

use souk_ports::is_within;
use souk_sharding::Address;
use souk_stock_signals::AvailabilitySnapshot;
use souk_stock_signals::sold_out_hold::DURATION_MS;
use souk_workers_platform::now_ms;
use worker::{
    DurableObject, Env, ListOptions, Method, Request, Response, Result, State, durable_object,
    js_sys,
};

/// The path of `souk_workers_platform::objects::SOLD_OUT_HOLDS_URL`.
const SOLD_OUT_HOLDS_PATH: &str = "/sold_out_holds/";
/// The part of shard 0, which was the whole snapshot before there were others; the key of another
/// part has the shard's name behind it.
const KEY: &str = "availability";

/// Boards by their keys.
type Parts = BTreeMap<String, AvailabilitySnapshot>;

/// Keeps the parts in memory, and in storage for when it is woken again.
#[durable_object]
pub struct Availability {
    state: State,
    parts: RefCell<Option<Parts>>,
    /// By the name of the origin: when they came, and what.
    sold_out_holds: RefCell<BTreeMap<String, (i64, Vec<u8>)>>,
}

impl DurableObject for Availability {
    fn new(state: State, _env: Env) -> Self {
        Self {
            state,
            parts: RefCell::default(),
            sold_out_holds: RefCell::default(),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        if let Some(origin) = request.path().strip_prefix(SOLD_OUT_HOLDS_PATH) {
            return self.sold_out_holds(origin, &mut request).await;
        }
        self.load().await?;
        if request.method() == Method::Put {
            let Some(key) = key_of(&request.path()) else {
                return Response::error("no shard", 400);
            };
            let availability = AvailabilitySnapshot::decode(request.bytes().await?);
            let stored = js_sys::Uint8Array::from(availability.as_bytes().as_ref());
            if self.ingest(&key, availability) {
                self.state.storage().put_raw(&key, stored).await?;
            }
            return Response::empty();
        }
        let parts = self.parts.borrow();
        let parts: Vec<_> = parts.iter().flat_map(BTreeMap::values).cloned().collect();
        let availability = match parts.as_slice() {
            [] => return Response::error("nothing projected yet", 404),
            [availability] => availability.clone(),
            parts => AvailabilitySnapshot::merge(parts),
        };
        Response::from_bytes(availability.into_bytes().into())
    }
}

impl Availability {
    /// Reads what is stored, once.
    async fn load(&self) -> Result<()> {
        if self.parts.borrow().is_some() {
            return Ok(());
        }
        let of_availability = ListOptions::new().prefix(KEY);
        let stored = self
            .state
            .storage()
            .list_with_options(of_availability)
            .await?;
        let mut parts = Parts::new();
        stored.for_each(&mut |availability, key| {
            let availability = js_sys::Uint8Array::new(&availability).to_vec();
            let availability = AvailabilitySnapshot::decode(availability);
            parts.insert(key.as_string().unwrap_or_default(), availability);
        });
        // Another request may have loaded the parts first, and newer ones may have arrived since.
        self.parts.borrow_mut().get_or_insert(parts);
        Ok(())
    }

    /// Replaces a part if the new one is newer; gives whether it is.
    fn ingest(&self, key: &str, availability: AvailabilitySnapshot) -> bool {
        let mut parts = self.parts.borrow_mut();
        let parts = parts.get_or_insert_default();
        let newer = is_newer(&availability, parts.get(key));
        if newer {
            parts.insert(key.to_owned(), availability);
        }
        newer
    }
}

/// The key of the part that a path names.
fn key_of(path: &str) -> Option<String> {
    match Address::parse(path.trim_start_matches('/'))? {
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
        let mut parts = self.sold_out_holds.borrow_mut();
        // Every sold-out hold that arrived longer ago than this has ended.
        parts.retain(|_, (arrived_ms, _)| is_within(DURATION_MS, *arrived_ms, now_ms()));
        let asked = parts
            .iter()
            .filter(|(name, _)| origin.is_empty() || *name == origin);
        let asked = asked.flat_map(|(_, (_, sold_out_holds))| sold_out_holds.iter().copied());
        Response::from_bytes(asked.collect())
    }
}

/// Projections may arrive out of order.
fn is_newer(availability: &AvailabilitySnapshot, known: Option<&AvailabilitySnapshot>) -> bool {
    known.is_none_or(|known| availability.written_at_ms() >= known.written_at_ms())
}
