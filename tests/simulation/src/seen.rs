//! What clients have seen of the shop, and what must therefore be so for ever.

use std::collections::BTreeMap;
use std::rc::Rc;

use bytes::Bytes;
use http::{Request, StatusCode};
use souk_protocol::origin::{OrderRecord, PaymentMethod, RECORD_PATH, ReceiptLine, RecordedEvent};

use crate::world::{Lost, World};

/// What a shopper wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wish {
    /// SKU and quantity.
    pub(crate) lines: Vec<(String, u32)>,
    /// How it is to be paid.
    pub(crate) method: PaymentMethod,
}

/// The answer that a shopper got about an order that was placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) total: i64,
}

/// An order that a shopper tried to place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Submission {
    pub(crate) wish: Wish,
    /// What was acknowledged.
    pub(crate) placed: Option<Receipt>,
    /// Whether any attempt ended without an answer.
    pub(crate) is_unknown: bool,
}

/// A delivery that the staff booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) lines: Vec<ReceiptLine>,
    /// Whether it was acknowledged.
    pub(crate) is_booked: bool,
}

/// Everything that was seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// By key. A key that was used for two wishes has the one that was acknowledged.
    pub(crate) submissions: BTreeMap<String, Submission>,
    /// Keys as clients sent them, by those that the origin has.
    pub(crate) sent: BTreeMap<String, String>,
    /// Units at the beginning.
    pub(crate) first_units: BTreeMap<String, i64>,
    /// By key.
    pub(crate) deliveries: BTreeMap<String, Delivery>,
    /// The longest history of an order that an answer showed.
    pub(crate) histories: BTreeMap<String, Vec<RecordedEvent>>,
    /// Changes that were acknowledged: how long the history was at least after each.
    pub(crate) changes: u64,
}

impl Seen {
    /// Orders whose placement was acknowledged.
    pub(crate) fn orders(&self) -> Vec<(Receipt, PaymentMethod)> {
        let placed = self.submissions.values();
        let placed = placed.filter_map(|one| Some((one.placed.clone()?, one.wish.method)));
        placed.collect()
    }
}

/// An answer says that an order is placed: it is the one that earlier answers to this key named.
pub(crate) fn placed(world: &World, key: &str, receipt: &Receipt) {
    let mut seen = world.seen.borrow_mut();
    let submission = seen.submissions.get_mut(key).expect("it was submitted");
    let before = submission.placed.get_or_insert_with(|| receipt.clone());
    // Units may have been taken off meanwhile.
    let is_same = (&before.id, &before.token) == (&receipt.id, &receipt.token);
    if !is_same || receipt.total > before.total {
        let found = format!("{key}: {receipt:?}, and before {before:?}");
        world.fail("one key means one order", found);
    }
}

/// An answer shows an order: of two histories one begins with the other.
pub(crate) fn record(world: &World, record: &OrderRecord) {
    let mut seen = world.seen.borrow_mut();
    let known = seen.histories.entry(record.order.id.clone()).or_default();
    let common = known.len().min(record.events.len());
    if known[..common] != record.events[..common] {
        let found = format!(
            "{}: {:?}, and before {known:?}",
            record.order.id, record.events
        );
        world.fail("a history is only ever added to", found);
    }
    if record.events.len() > known.len() {
        known.clone_from(&record.events);
    }
    let mut order = crate::model::Order::placed_of(record);
    for event in &record.events {
        if let Err(broken) = order.apply(event) {
            world.fail(
                "what happens to an order is allowed",
                format!("{}: {broken}", record.order.id),
            );
            return;
        }
    }
    let progress = &record.progress;
    let funds = progress.funds;
    let told = (
        progress.status,
        funds.authorised,
        funds.captured,
        funds.refunding,
        funds.refunded,
    );
    let known = (
        order.status,
        order.authorised,
        order.captured,
        order.refunding,
        order.refunded,
    );
    if told != known || usize::try_from(progress.revision) != Ok(record.events.len()) {
        let found = format!("{}: {progress:?}, not {known:?}", record.order.id);
        world.fail("the state is the fold of the events", found);
    }
}

/// Looks at an order.
pub(crate) async fn look(world: &Rc<World>, order: &str) -> Result<Option<OrderRecord>, Lost> {
    let request = Request::builder()
        .uri(format!("{RECORD_PATH}?id={order}"))
        .body(Bytes::new())
        .expect("a path of the protocol");
    let response = world.ask_origin(world.plan.edges, request).await?;
    if response.status() == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    if response.status() != StatusCode::OK {
        return Err(Lost);
    }
    match serde_json::from_slice(response.body()) {
        Ok(found) => {
            record(world, &found);
            Ok(Some(found))
        }
        Err(error) => {
            world.fail("the origin speaks its protocol", error.to_string());
            Err(Lost)
        }
    }
}
