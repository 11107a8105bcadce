//! An origin, an order index, a courier between them, and a clock that only tests move.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use souk_contract::{ObjectOrderIndex, ObjectSqlite, ObjectSqliteShop};
use souk_order_index::OrderIndex;
use souk_order_index::contract::Fixture as _;
use souk_order_index::courier::{Carrier, Pace, Round, deliver};
use souk_order_index::sqlite::SqliteOrderIndex;
use souk_order_store::contract::Fixture as _;
use souk_order_store_sqlite::SqliteOrderStore;
use souk_origin::{AvailabilityProjector, Memory, Settings};
use souk_ports::{Clock, OriginClient, PortError, Randomness};
use souk_protocol::order_index::{EventMessage, IngestOutcome};
use souk_protocol::origin::{
    self, Action, Actor, ChangeOrder, ChangeReply, DefineOffers, OfferDefinition, OrderDetails,
    OrderRecord, PaymentMethod, Progress, Queue, QueueDepth, Replay, Replayed, SubmitLine,
    SubmitOrder, SubmitReply,
};
use souk_protocol::public::{Address, Customer};
use souk_protocol::staff::{Sort, WORKLIST_ITEMS_MAX, WorklistQuery};
use souk_sql::StoreError;

/// What goes wrong when the courier calls the order index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The order index is unreachable.
    Away,
    /// It ingests the event messages, and its reply is lost.
    ReplyLost,
    /// A call with an event message about this order fails as a whole.
    CorruptWith(&'static str),
}

/// What goes wrong on the way to the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// The request never arrives.
    Request,
    /// The request is carried out, and its reply is lost.
    Reply,
}

/// Says what is lost of the next request.
pub(crate) type Losses = Box<dyn FnMut() -> Option<Loss>>;

pub(crate) struct World {
    store: SqliteOrderStore<ObjectSqlite>,
    settings: Settings,
    pub(crate) index: SqliteOrderIndex<ObjectSqlite>,
    order_index_engine: ObjectOrderIndex,
    now_ms: Cell<i64>,
    random: Cell<u64>,
    orders: RefCell<Vec<String>>,
    pub(crate) pace: Pace,
    pub(crate) carrier_faults: Cell<Option<Fault>>,
    /// Orders whose messages come out of the origin as something else.
    pub(crate) poison: RefCell<BTreeSet<String>>,
    /// The calls to the order index: when, and with how many event messages.
    pub(crate) carried: RefCell<Vec<(i64, usize)>>,
    /// Called before each request of a courier to the origin.
    pub(crate) losses: RefCell<Option<Losses>>,
}

struct NoBadges;

impl AvailabilityProjector for NoBadges {
    async fn project(&self, _availability: Vec<u8>) {}
}

impl World {
    pub(crate) fn new() -> Self {
        let order_index_engine = ObjectOrderIndex::empty();
        let world = Self {
            store: ObjectSqliteShop::empty().open(),
            settings: Settings::default(),
            index: order_index_engine.open(),
            order_index_engine,
            now_ms: Cell::new(1_790_000_000_000),
            random: Cell::new(1),
            orders: RefCell::default(),
            pace: Pace {
                budget_ms: 60_000,
                per_second: 1_000_000,
            },
            carrier_faults: Cell::new(None),
            poison: RefCell::default(),
            carried: RefCell::default(),
            losses: RefCell::default(),
        };
        let offers = DefineOffers {
            currency: "USD".to_owned(),
            offers: vec![OfferDefinition {
                sku: "tea".to_owned(),
                title: "Tea".to_owned(),
                slug: "tea".to_owned(),
                unit_price: 1_000,
                backorder: false,
                initial_units: 1_000_000,
                facts: Vec::new(),
                prices: Vec::new(),
            }],
            withdrawn: Vec::new(),
        };
        let _: serde_json::Value = world.ask("POST", origin::OFFERS_PATH, &offers);
        world
    }

    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.order_index_engine.block_on(work)
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.now_ms.get()
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.now_ms.set(self.now_ms.get() + ms.max(0));
    }

    /// Goes on to the moment in which the next message is due; how long that was.
    pub(crate) fn pass_until_due(&self) -> i64 {
        let depth = self.depth(Queue::BackOffice);
        let due_ms = depth.next_due_ms.expect("something waits");
        let pause_ms = (due_ms - self.now_ms()).max(0);
        self.pass(pause_ms);
        pause_ms
    }

    pub(crate) fn below(&self, bound: u64) -> u64 {
        let mut random = self.random.get();
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        self.random.set(random);
        random % bound
    }

    pub(crate) fn seed(&self, seed: u64) {
        self.random.set(seed);
    }

    fn origin(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let log = |_: &str| {};
        let (now_ms, settings) = (self.now_ms(), &self.settings);
        self.wait(souk_origin::handle(
            request,
            &self.store,
            &NoBadges,
            &Memory::new(),
            now_ms,
            settings,
            log,
        ))
    }

    /// Calls the origin as clients other than the courier do: it always answers.
    fn ask<T: serde::de::DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        message: &impl serde::Serialize,
    ) -> T {
        let body = Bytes::from(souk_sql::json(message));
        let request = Request::builder().method(method).uri(path).body(body);
        let response = self.origin(&request.expect("a request"));
        assert!(
            response.status().is_success(),
            "{path}: {}",
            response.status()
        );
        let body = match response.status() {
            StatusCode::NO_CONTENT => Bytes::from_static(b"null"),
            _ => response.into_body(),
        };
        serde_json::from_slice(&body).expect("a shape of the protocol")
    }

    pub(crate) fn place(&self, order: &str) {
        let text = |text: &str| text.to_owned();
        let submit = SubmitOrder {
            terms: None,
            asked_by: Default::default(),
            payment_min: None,
            home: None,
            key: text(order),
            fingerprint: text(order),
            id: text(order),
            currency: None,
            lines: vec![SubmitLine {
                sku: text("tea"),
                quantity: 2,
                expected_price: None,
                facts: None,
                options: Default::default(),
            }],
            details: OrderDetails {
                customer: Customer {
                    name: text("Li Na"),
                    email: text("li.na@example.com"),
                },
                shipping_address: Address {
                    country: text("CN"),
                    region: text(""),
                    city: text("Hangzhou"),
                    postal_code: text(""),
                    line1: text("1 West Lake Road"),
                    line2: text(""),
                },
                delivery: "standard".to_owned(),
                payment: PaymentMethod::OnDelivery,
                language: None,
                note: None,
                texts: Default::default(),
            },
            quote: None,
            ticket: None,
        };
        let reply: SubmitReply = self.ask("POST", origin::ORDERS_PATH, &submit);
        assert!(matches!(reply, SubmitReply::Accepted { .. }), "{reply:?}");
        self.orders.borrow_mut().push(order.to_owned());
    }

    /// Whether it was legal.
    pub(crate) fn change(&self, order: &str, key: &str, action: Action) -> bool {
        let asked = ChangeOrder {
            key: key.to_owned(),
            order: order.to_owned(),
            by: Actor::Staff,
            by_name: None,
            action,
        };
        let reply: ChangeReply = self.ask("POST", origin::CHANGES_PATH, &asked);
        matches!(reply, ChangeReply::Done { .. })
    }

    pub(crate) fn depth(&self, queue: Queue) -> QueueDepth {
        let depths: Vec<QueueDepth> = self.ask("GET", origin::BACKLOG_PATH, &());
        let depth = depths.into_iter().find(|depth| depth.queue == queue);
        depth.expect("a depth for each queue")
    }

    pub(crate) fn replay(&self) -> i64 {
        let queue = Queue::BackOffice;
        let replayed: Replayed = self.ask("POST", origin::REPLAY_PATH, &Replay { queue });
        replayed.messages
    }

    pub(crate) fn deliver(&self) -> Result<Round, PortError> {
        self.wait(deliver(self, self, self, self.pace, |_| {}))
    }

    /// The orders in the order index, the oldest first.
    pub(crate) fn indexed(&self) -> Vec<String> {
        let mut query = WorklistQuery {
            disputed: false,
            status: None,
            sort: Sort::Oldest,
            after: None,
            limit: WORKLIST_ITEMS_MAX,
        };
        let mut orders = Vec::new();
        loop {
            let page = self.wait(self.index.worklist(&query)).expect("a page");
            let last = page
                .orders
                .last()
                .map(|last| souk_protocol::staff::WorklistPosition {
                    placed_at_ms: last.placed_at_ms,
                    order: last.order.clone(),
                });
            orders.extend(page.orders.into_iter().map(|entry| entry.order));
            if page.after.is_none() {
                return orders;
            }
            query.after = last;
        }
    }

    /// Every order stands in the order index as it does at the origin, event by event.
    pub(crate) fn assert_the_index_is_right(&self) {
        for order in self.orders.borrow().iter() {
            let path = format!("{}?id={order}", origin::RECORD_PATH);
            let record: OrderRecord = self.ask("GET", &path, &());
            let indexed = self.wait(self.index.order(order)).expect("an answer");
            let indexed = indexed.unwrap_or_else(|| panic!("{order} is not in the order index"));
            assert_eq!(indexed.events, record.events, "{order}");
            let entry = indexed.entry.expect("its placing is in the order index");
            let progress = Progress {
                revision: entry.revision,
                status: entry.status,
                hold_until_ms: entry.hold_until_ms,
                funds: entry.funds,
                returned: indexed.returned,
                removed: indexed.removed,
            };
            assert_eq!(progress, record.progress, "{order}");
        }
        let condition = self.wait(self.index.condition()).expect("an answer");
        assert_eq!((condition.early, condition.dead), (0, 0));
    }
}

/// As the courier reaches the origin.
impl OriginClient for World {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let lost = || PortError::Transient("lost on the way".to_owned());
        let loss = self.losses.borrow_mut().as_mut().and_then(|loss| loss());
        if loss == Some(Loss::Request) {
            return Err(lost());
        }
        let mut response = self.origin(&request);
        if loss == Some(Loss::Reply) {
            return Err(lost());
        }
        if request.uri().path() == origin::CLAIM_PATH && !self.poison.borrow().is_empty() {
            let mut messages: Vec<serde_json::Value> =
                serde_json::from_slice(response.body()).expect("a list of messages");
            for message in &mut messages {
                let order = message["order"].as_str().expect("a number");
                if self.poison.borrow().contains(order) {
                    message["news"] = serde_json::json!({"news": "from the future"});
                }
            }
            *response.body_mut() = souk_sql::json(&messages).into();
        }
        Ok(response)
    }
}

impl Carrier for World {
    async fn carry(&self, messages: &[EventMessage]) -> Result<Vec<IngestOutcome>, StoreError> {
        let away = || Err(StoreError::Transient("no connection".to_owned()));
        let fault = self.carrier_faults.get();
        if fault == Some(Fault::Away) {
            return away();
        }
        let is_about = |order: &str| messages.iter().any(|message| message.order == order);
        if let Some(Fault::CorruptWith(order)) = fault
            && is_about(order)
        {
            return Err(StoreError::Corrupt("a constraint failed".to_owned()));
        }
        let call = (self.now_ms(), messages.len());
        self.carried.borrow_mut().push(call);
        let taken = self.index.ingest(messages, self.now_ms()).await;
        if fault == Some(Fault::ReplyLost) {
            return away();
        }
        taken
    }
}

impl Clock for World {
    fn now_ms(&self) -> i64 {
        self.now_ms.get()
    }

    async fn pause_ms(&self, ms: u32) {
        self.pass(i64::from(ms));
    }
}

impl Randomness for World {
    fn random_bytes(&self) -> [u8; 16] {
        [u8::try_from(self.below(256)).expect("a byte"); 16]
    }
}
