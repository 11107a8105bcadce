//! A shop of several stores, whose router and shards ask each other at once.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin as Pinned;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use souk_contract::{ObjectSqlite, ObjectSqliteShop, block_on};
use souk_order_store::Terms;
use souk_order_store::contract::Fixture;
use souk_order_store_sqlite::SqliteOrderStore;
use souk_origin::{AvailabilityProjector, Memory, Settings};
use souk_origin_sharding::{Own, Peers, Remembered, handle};
use souk_ports::{Clock, OriginClient, PortError};
use souk_protocol::origin::{
    self, Action, Actor, AuditReport, ChangeOrder, ChangeReply, DefineOffers, OfferDefinition,
    OrderDetails, PaymentMethod, StockAccount, StockQuery, StockReport, SubmitLine, SubmitOrder,
    SubmitReply, TickReport,
};
use souk_protocol::shards::{self, Grow, GrowReply, ShardsReport};
use souk_sharding::{Address, Known, Router, ShardClient, layout};
use souk_vault::Vault;

pub(crate) const UNITS: i64 = 10;
/// Longer than a shard waits before it asks what became of units.
pub(crate) const LATER_MS: i64 = 3_000;

pub(crate) struct NoBadge;

impl AvailabilityProjector for NoBadge {
    async fn project(&self, _availability: Vec<u8>) {}
}

type Store = SqliteOrderStore<ObjectSqlite>;

/// All stores of a shop.
pub(crate) struct Shop {
    pub(crate) shards: Cell<u16>,
    pub(crate) stores: RefCell<BTreeMap<Address, (ObjectSqliteShop, &'static Store)>>,
    pub(crate) known: RefCell<Known>,
    pub(crate) now_ms: Cell<i64>,
    /// Stores that do not answer.
    pub(crate) silent: RefCell<BTreeSet<Address>>,
    /// Paths that were asked for, with their stores.
    pub(crate) asked: RefCell<Vec<(Address, String)>>,
    /// How many more messages get through before everything that is under way dies, and whether the
    /// last one is still carried out.
    pub(crate) fuse: Cell<Option<(u32, bool)>>,
    /// Of so many messages for such a path one is lost: its answer, or itself, in turn.
    pub(crate) lost_of: Cell<Option<(&'static str, usize)>>,
}

impl Shop {
    /// With [`UNITS`] of each SKU.
    pub(crate) fn of(shards: u16, skus: &[&str]) -> Self {
        let shop = Self {
            shards: Cell::new(shards),
            stores: RefCell::default(),
            known: RefCell::default(),
            now_ms: Cell::new(1_700_000_000_000),
            silent: RefCell::default(),
            asked: RefCell::default(),
            fuse: Cell::default(),
            lost_of: Cell::default(),
        };
        shop.define(skus);
        shop
    }

    pub(crate) fn store(&self, address: Address) -> &'static Store {
        let mut stores = self.stores.borrow_mut();
        let entry = stores.entry(address).or_insert_with(|| {
            let shop = ObjectSqliteShop::empty();
            let store = Box::leak(Box::new(shop.open()));
            (shop, store)
        });
        entry.1
    }

    pub(crate) fn define(&self, skus: &[&str]) {
        let offer = |sku: &&str| OfferDefinition {
            sku: (*sku).to_owned(),
            title: format!("Title of {sku}"),
            slug: format!("slug-of-{sku}"),
            unit_price: 100,
            backorder: false,
            initial_units: UNITS,
            facts: Vec::new(),
            prices: Vec::new(),
        };
        let define = DefineOffers {
            currency: "USD".to_owned(),
            offers: skus.iter().map(offer).collect(),
            withdrawn: Vec::new(),
        };
        let (status, _) = self.send("POST", origin::OFFERS_PATH, &define);
        assert_eq!(status, StatusCode::NO_CONTENT);
    }

    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        message: &impl Serialize,
    ) -> (StatusCode, Bytes) {
        let body = Bytes::from(serde_json::to_vec(message).expect("plain structs"));
        let request = Request::builder().method(method).uri(path).body(body);
        let known = self.known.borrow();
        let router = Router::new(self, &known, self.shards.get());
        let answer = block_on(router.send(request.expect("a request")));
        let (parts, body) = answer.expect("every store answers").into_parts();
        (parts.status, body)
    }

    /// One step of growing, as far as it comes.
    pub(crate) fn step(&self, to: u16) -> Result<GrowReply, PortError> {
        let body = Bytes::from(serde_json::to_vec(&Grow { to }).expect("plain structs"));
        let request = Request::post(shards::GROW_PATH).body(body);
        let known = self.known.borrow();
        let router = Router::new(self, &known, self.shards.get());
        let answer = block_on(router.send(request.expect("a request")))?;
        if answer.status() != StatusCode::OK {
            return Err(PortError::Transient(answer.status().to_string()));
        }
        Ok(serde_json::from_slice(answer.body()).expect("a shape of the protocol"))
    }

    /// Grows to the end; gives how many steps that took.
    pub(crate) fn grow(&self, to: u16) -> u32 {
        for steps in 1..1_000 {
            match self.step(to).expect("every store answers") {
                GrowReply::Grown { layout } => {
                    assert_eq!((layout.shards, layout.growing_to), (to, None));
                    return steps;
                }
                GrowReply::Growing { .. } => {}
                GrowReply::Refused { layout } => panic!("refused: {layout:?}"),
            }
        }
        panic!("there is no end of it");
    }

    /// The stores that were asked for a path, once for each message.
    pub(crate) fn asked_for(&self, path: &str) -> Vec<Address> {
        let asked = self.asked.borrow();
        let of_path = asked.iter().filter(|(_, asked)| asked == path);
        of_path.map(|&(store, _)| store).collect()
    }

    /// Whether a message gets lost, and if so, whether it is still carried out.
    fn is_lost(&self, path: &str) -> Option<bool> {
        let (_, of) = self.lost_of.get().filter(|&(lost, _)| lost == path)?;
        let number = self.asked_for(path).len();
        let is_lost = number.is_multiple_of(of);
        is_lost.then_some(number / of % 2 == 1)
    }

    pub(crate) fn layout(&self) -> ShardsReport {
        self.get(shards::LAYOUT_PATH)
    }

    pub(crate) fn ask<T: DeserializeOwned>(&self, path: &str, message: &impl Serialize) -> T {
        let (status, body) = self.send("POST", path, message);
        assert_eq!(status, StatusCode::OK, "{path}");
        serde_json::from_slice(&body).expect("a shape of the protocol")
    }

    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        let (status, body) = self.send("GET", path, &());
        assert_eq!(status, StatusCode::OK, "{path}");
        serde_json::from_slice(&body).expect("a shape of the protocol")
    }

    pub(crate) fn buy(&self, key: &str, lines: &[(&str, u32)]) -> SubmitReply {
        self.ask(origin::ORDERS_PATH, &order(key, lines))
    }

    pub(crate) fn accept(&self, key: &str, lines: &[(&str, u32)]) -> String {
        match self.buy(key, lines) {
            SubmitReply::Accepted { order, .. } => order.id,
            other => panic!("{key}: {other:?}"),
        }
    }

    pub(crate) fn change(&self, order: &str, action: Action) -> ChangeReply {
        let change = ChangeOrder {
            key: format!("{action:?}").chars().take(40).collect(),
            order: order.to_owned(),
            by: Actor::Staff,
            by_name: None,
            action,
        };
        self.ask(origin::CHANGES_PATH, &change)
    }

    /// Asks a store itself, past the router.
    pub(crate) fn ask_store<T: DeserializeOwned>(
        &self,
        to: Address,
        path: &str,
        message: &impl Serialize,
    ) -> T {
        let body = Bytes::from(serde_json::to_vec(message).expect("plain structs"));
        let request = Request::post(path).body(body).expect("a request");
        let answer = block_on(ShardClient::ask(self, to, request)).expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        serde_json::from_slice(answer.body()).expect("a shape of the protocol")
    }

    /// Lets time pass, and one store do what it does by the clock.
    pub(crate) fn tick(&self, store: Address) -> TickReport {
        self.now_ms.set(self.now_ms.get() + LATER_MS);
        self.ask_store(store, origin::TICK_PATH, &())
    }

    /// Lets time pass and everything come to rest.
    pub(crate) fn rest(&self) {
        for _ in 0..200 {
            self.now_ms.set(self.now_ms.get() + LATER_MS);
            let report: TickReport = self.ask(origin::TICK_PATH, &());
            if !report.more && !report.waits {
                return;
            }
        }
        panic!("there is no end of it");
    }

    pub(crate) fn account(&self, sku: &str) -> StockAccount {
        let query = StockQuery {
            skus: vec![sku.to_owned()],
        };
        let report: StockReport = self.ask(origin::STOCK_PATH, &query);
        let [account] = report.accounts.try_into().expect("one account");
        account
    }

    pub(crate) fn assert_available(&self, sku: &str, available: i64) {
        assert_eq!(self.account(sku).available, available, "{sku}");
    }

    pub(crate) fn assert_the_books_balance(&self) {
        let report: AuditReport = self.get(origin::AUDIT_PATH);
        assert_eq!(report.drift, Vec::new());
    }

    pub(crate) fn owner(&self, sku: &str) -> u16 {
        layout::place_by_hash(sku, self.layout().layout.shards)
    }
}

impl ShardClient for Shop {
    async fn ask(
        &self,
        to: Address,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, PortError> {
        let path = request.uri().path().to_owned();
        self.asked.borrow_mut().push((to, path.clone()));
        if self.silent.borrow().contains(&to) {
            return Err(PortError::Transient("silent".to_owned()));
        }
        let dead = || PortError::Transient("dead".to_owned());
        let lost = self.is_lost(&path);
        if lost == Some(false) {
            return Err(dead());
        }
        let is_last = match self.fuse.get() {
            Some((0, _)) => return Err(dead()),
            Some((left, is_carried_out)) => {
                self.fuse.set(Some((left - 1, is_carried_out)));
                if left == 1 && !is_carried_out {
                    return Err(dead());
                }
                left == 1
            }
            None => false,
        };
        let store = self.store(to);
        // Shards ask shards: a future that has one of its own kind inside needs a box.
        let answer: Pinned<Box<dyn Future<Output = Response<Bytes>> + '_>> = Box::pin(async move {
            let peers = Peers {
                own: to,
                shards: self.shards.get(),
                client: self,
            };
            let settings = Settings {
                terms: Terms::DEFAULT,
                series: Default::default(),
                vault: Vault::default(),
            };
            let log = |line: &str| println!("{to:?}: {line}");
            let now_ms = self.now_ms.get();
            let own = Own {
                store,
                projector: &NoBadge,
                memory: &Memory::new(),
                remembered: &Remembered::default(),
            };
            handle(&request, &own, &peers, now_ms, &settings, log).await
        });
        let answer = answer.await;
        match is_last || lost.is_some() {
            true => Err(dead()),
            false => Ok(answer),
        }
    }
}

impl Clock for Shop {
    fn now_ms(&self) -> i64 {
        self.now_ms.get()
    }

    async fn pause_ms(&self, _ms: u32) {}
}

pub(crate) fn order(key: &str, lines: &[(&str, u32)]) -> SubmitOrder {
    SubmitOrder {
        terms: None,
        asked_by: Default::default(),
        payment_min: None,
        home: None,
        key: key.to_owned(),
        fingerprint: format!("{lines:?}"),
        id: format!("18BCFE56800-{}", blake3_of(key)),
        currency: None,
        lines: lines
            .iter()
            .map(|&(sku, quantity)| SubmitLine {
                sku: sku.to_owned(),
                quantity,
                expected_price: None,
                facts: None,
                options: Default::default(),
            })
            .collect(),
        details: OrderDetails {
            customer: Default::default(),
            shipping_address: Default::default(),
            delivery: "standard".to_owned(),
            payment: PaymentMethod::OnDelivery,
            language: None,
            note: None,
            texts: Default::default(),
        },
        quote: None,
        ticket: None,
    }
}

/// An order as a store takes it.
pub(crate) fn stored_order(key: &str, lines: &[(&str, u32)]) -> souk_order_store::SubmitOrder {
    let order = order(key, lines);
    let details = order.details.unsealed();
    order.with_details(details)
}

/// Ten digits that follow from a key.
pub(crate) fn blake3_of(key: &str) -> String {
    let number = key.bytes().fold(7_u64, |sum, byte| {
        sum.wrapping_mul(1_000_003).wrapping_add(u64::from(byte))
    });
    format!("{:010X}", number % (1 << 40))
}

/// SKUs that three shards own: the first of each.
pub(crate) const SKUS: [&str; 6] = ["tea-0", "tea-1", "tea-2", "tea-3", "tea-4", "tea-5"];

/// Two SKUs that different shards of three own.
pub(crate) fn apart() -> (&'static str, &'static str) {
    let first = SKUS[0];
    let home = layout::place_by_hash(first, 3);
    let other = SKUS
        .into_iter()
        .find(|sku| layout::place_by_hash(sku, 3) != home);
    (first, other.expect("three shards own six SKUs"))
}
