//! Sold-out holds in the simulated world: where they are stored, which stores count refusals, which
//! time edges have, and whether a refusal by a hold was right.
//!
//! What a hold promises, it promises as long as the origin's clock is at most a second ahead of the
//! edge's, and was when the origin set the hold. Then the origin would answer the same at that
//! moment: it sells nothing of the SKU, and has no order with that key and SKU. If its clock is
//! further ahead, or was a moment ago, an edge may refuse what the origin would sell again, and a
//! retry that the origin would find, until the hold is over by the edge's own clock. Accepted
//! orders persist and units are sold once all the same: the auditor checks that.
//!
//! Not here: crowds, without which there is no hold (`crowd`).

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use serde_json::Value;
use souk_origin::{AvailabilityProjector, Memory};
use souk_ports::PortError;
use souk_sql::Row;
use souk_stock_signals::sold_out_hold::{
    AHEAD_MS_MAX, CLOCKS_APART_MS, DURATION_MS, decode, is_in_force,
};

use crate::plan::Plan;
use crate::random::Random;
use crate::shopper::EMAIL;
use crate::world::{KEY_DATABASES, World};

/// The header of a refusal that promises nothing to the shoppers of this world.
pub(crate) const DOUBT: &str = "simulated-doubt";

/// What there is beside the stores.
pub(crate) struct SoldOutHolds {
    /// What each store of the origin has projected.
    parts: RefCell<Vec<Vec<u8>>>,
    /// The refusals that each store has counted; a crash empties it.
    memories: RefCell<Vec<Rc<Memory>>>,
    /// How far the clock of each edge is ahead of the world's. Other callers have the world's time.
    edges_ahead_ms: RefCell<Vec<i64>>,
    /// When the origin's clock was last set, by the world's.
    origin_set_ms: Cell<Option<i64>>,
    /// Holds that were set by a clock that was ahead: of which SKU, when by that clock, and how far
    /// it was ahead of the world's.
    ahead: RefCell<BTreeSet<(String, i64, i64)>>,
    /// Refusals that promised something, and those that did not.
    trusted: Cell<usize>,
    doubted: Cell<usize>,
    /// Units that came back during a hold when everything was calm.
    came_back: Cell<usize>,
}

impl SoldOutHolds {
    pub(crate) fn new(plan: &Plan) -> Self {
        let stores = usize::from(plan.shards_later) + KEY_DATABASES;
        // Clocks are never quite together, and may be as far apart as is promised.
        let random = Random::new(plan.seed ^ 0x004C_4154_4348);
        let apart = || random.between(-CLOCKS_APART_MS, CLOCKS_APART_MS);
        Self {
            parts: RefCell::new(vec![Vec::new(); stores]),
            memories: RefCell::new((0..stores).map(|_| Rc::default()).collect()),
            edges_ahead_ms: RefCell::new((0..plan.edges).map(|_| apart()).collect()),
            origin_set_ms: Cell::new(None),
            ahead: RefCell::default(),
            trusted: Cell::new(0),
            doubted: Cell::new(0),
            came_back: Cell::new(0),
        }
    }

    pub(crate) fn edge_ahead_ms(&self, who: usize) -> i64 {
        let ahead = self.edges_ahead_ms.borrow();
        ahead.get(who).copied().unwrap_or_default()
    }

    /// Sets the clock of an edge.
    pub(crate) fn set_edge(&self, edge: usize, ahead_ms: i64) {
        self.edges_ahead_ms.borrow_mut()[edge] = ahead_ms;
    }

    /// Takes note that the origin's clock was set.
    pub(crate) fn origin_was_set(&self, now_ms: i64) {
        self.origin_set_ms.set(Some(now_ms));
    }

    pub(crate) fn memory(&self, store: usize) -> Rc<Memory> {
        Rc::clone(&self.memories.borrow()[store])
    }

    /// A store of the origin was killed.
    pub(crate) fn forget(&self, store: usize) {
        self.memories.borrow_mut()[store] = Rc::default();
    }

    /// Counts a unit that comes back during a hold.
    pub(crate) fn a_unit_comes_back(&self) {
        self.came_back.set(self.came_back.get() + 1);
    }

    /// How often each of these happened.
    pub(crate) fn counts(&self) -> [(String, usize); 3] {
        [
            ("refused by a sold-out hold".to_owned(), self.trusted.get()),
            (
                "refused by a sold-out hold of doubt".to_owned(),
                self.doubted.get(),
            ),
            (
                "back under a sold-out hold".to_owned(),
                self.came_back.get(),
            ),
        ]
    }
}

/// Whether a refusal of this SKU by this edge promises something.
fn is_trusted(world: &World, edge: usize, sku: &str) -> bool {
    let (sold_out_holds, now_ms) = (&world.sold_out_holds, world.executor.now_ms());
    let edge_ahead_ms = sold_out_holds.edge_ahead_ms(edge);
    let apart_ms = world.clock_ahead_ms.get() - edge_ahead_ms;
    let set_ms = sold_out_holds.origin_set_ms.get();
    let is_settled = set_ms.is_none_or(|set_ms| now_ms - set_ms > DURATION_MS);
    // One that was given too far ahead is read as one of now when its time comes.
    let edge_ms = now_ms + edge_ahead_ms;
    let ahead = sold_out_holds.ahead.borrow();
    let is_of_now = !ahead.iter().any(|(of, set_at_ms, ahead_ms)| {
        let its_time = set_at_ms - CLOCKS_APART_MS..=set_at_ms + DURATION_MS;
        of == sku && ahead_ms - edge_ahead_ms > CLOCKS_APART_MS && its_time.contains(&edge_ms)
    });
    apart_ms <= CLOCKS_APART_MS && is_settled && is_of_now
}

/// Waits until no hold is left that was in force when everything became calm, however far the
/// origin's clock was set back before.
pub(crate) async fn end(world: &Rc<World>) {
    world.free().await;
    world.executor.sleep(AHEAD_MS_MAX).await;
}

/// The sold-out holds as an edge gets them: of all stores, as old as the way there takes.
pub(crate) async fn read(world: &Rc<World>) -> Result<Bytes, PortError> {
    world.travel().await;
    if world.goes_wrong(world.plan.lost_requests) {
        return Err(PortError::Transient("lost".to_owned()));
    }
    let availability = world.sold_out_holds.parts.borrow().concat();
    world.travel().await;
    Ok(availability.into())
}

/// Where a store of the origin writes its sold-out holds. The simulation reads no badges: what they
/// say is never part of an order.
pub(crate) struct Projector {
    pub(crate) world: Rc<World>,
    pub(crate) number: usize,
}

impl AvailabilityProjector for Projector {
    async fn project(&self, _availability: Vec<u8>) {}

    async fn sold_out_holds(&self) -> Vec<u8> {
        self.world.travel().await;
        match self.world.goes_wrong(self.world.plan.lost_replies) {
            true => Vec::new(),
            false => self.world.sold_out_holds.parts.borrow()[self.number].clone(),
        }
    }

    async fn project_sold_out_holds(&self, sold_out_holds: Vec<u8>) {
        let known = &self.world.sold_out_holds;
        let ahead_ms = self.world.clock_ahead_ms.get();
        if ahead_ms > 0 {
            let given = decode(sold_out_holds.clone().into()).into_iter();
            let given =
                given.map(|sold_out_hold| (sold_out_hold.sku, sold_out_hold.set_at_ms, ahead_ms));
            known.ahead.borrow_mut().extend(given);
        }
        // They may overtake each other on their way.
        self.world.travel().await;
        if !self.world.goes_wrong(self.world.plan.lost_requests) {
            known.parts.borrow_mut()[self.number] = sold_out_holds;
        }
    }
}

/// An order that an edge is asked to place.
pub(crate) struct Asked {
    key: String,
}

impl Asked {
    /// `None` where it is no order.
    pub(crate) fn of(request: &Request<Bytes>) -> Option<Self> {
        let key = request.headers().get("idempotency-key")?;
        Some(Self {
            key: souk_storefront::key_of_client(EMAIL, key.to_str().ok()?),
        })
    }
}

/// Compares a refusal by a sold-out hold with the books of this moment. No await came in between.
pub(crate) fn check(world: &World, edge: usize, asked: &Asked, response: &mut Response<Bytes>) {
    let said: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let is_sold_out = said["type"] == "/problems/sold-out";
    if !is_sold_out || !response.headers().contains_key("retry-after") {
        return;
    }
    let sold_out_holds = &world.sold_out_holds;
    let sku = said["sku"].as_str().unwrap_or_default();
    if !is_trusted(world, edge, sku) {
        sold_out_holds.doubted.set(sold_out_holds.doubted.get() + 1);
        let doubt = HeaderValue::from_static("1");
        response.headers_mut().insert(DOUBT, doubt);
        return;
    }
    sold_out_holds.trusted.set(sold_out_holds.trusted.get() + 1);
    // Otherwise the books are of no one moment.
    if !world.is_free() {
        return;
    }
    let sku = sku.replace('\'', "''");
    let key = asked.key.replace('\'', "''");
    let of_key = format!(
        "SELECT orders.id FROM orders, json_each(orders.body, '$.lines') AS line
        WHERE orders.key = '{key}' AND line.value ->> '$.sku' = '{sku}'"
    );
    if let Some(order) = world.read(&of_key).first() {
        world.fail(
            "a sold-out hold refuses no order that exists",
            format!("{key}: {order:?}"),
        );
    }
    let for_sale = format!(
        "SELECT available, sold_out_until_ms FROM stock
        WHERE sku = '{sku}' AND guest = 0 AND offered = 1
            AND (available > 0 OR backorder = 1)"
    );
    let is_sold =
        |account: &&Row| !is_in_force(account.integer(1).unwrap_or_default(), world.origin_ms());
    if let Some(account) = world.read(&for_sale).iter().find(is_sold) {
        world.fail(
            "a sold-out hold refuses nothing that the origin sells",
            format!("{sku}: {account:?}"),
        );
    }
}
