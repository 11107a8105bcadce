//! Data keys are changed while the shop runs: a walk says what needs which key, seals it anew, and an
//! order's key is recognised under every one of them.

use std::cell::Cell;

use bytes::Bytes;
use http::Request;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use souk_contract::{ObjectSqlite, ObjectSqliteShop};
use souk_order_store::contract::Fixture as _;
use souk_order_store_sqlite::SqliteOrderStore;
use souk_origin::{AvailabilityProjector, Memory, Settings};
use souk_ports::Randomness;
use souk_protocol::origin::{
    self, OrderRecord, StoreReport, SubmitOrder, SubmitReply, WalkSealed, WalkedSealed,
};
use souk_vault::Vault;

const FIRST: &str = "first:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const SECOND: &str = "second:ICEiIyQlJicoKSorLC0uLzAxMjMyNDU2Nzg5Ojs8PT4=";

struct NoBadges;

impl AvailabilityProjector for NoBadges {
    async fn project(&self, _availability: Vec<u8>) {}
}

struct Counted(Cell<u128>);

impl Randomness for Counted {
    fn random_bytes(&self) -> [u8; 16] {
        self.0.set(self.0.get() + 1);
        self.0.get().to_be_bytes()
    }
}

struct Shop {
    engine: ObjectSqliteShop,
    store: SqliteOrderStore<ObjectSqlite>,
    settings: Settings,
}

impl Shop {
    fn with(keys: &str) -> Self {
        let engine = ObjectSqliteShop::empty();
        let shop = Self {
            store: engine.open(),
            engine,
            settings: settings(keys),
        };
        let offers = json!({"currency": "USD", "withdrawn": [], "offers": [{"sku": "tea",
            "title": "Tea", "slug": "tea", "unit_price": 1_000, "backorder": false,
            "initial_units": 100}]});
        shop.send(origin::OFFERS_PATH, &offers);
        shop
    }

    fn change_keys(&mut self, keys: &str) {
        self.settings = settings(keys);
    }

    fn answer(&self, request: &Request<Bytes>) -> http::Response<Bytes> {
        let memory = Memory::new();
        self.engine.block_on(souk_origin::handle(
            request,
            &self.store,
            &NoBadges,
            &memory,
            1_800_000_000_000,
            &self.settings,
            |_: &str| {},
        ))
    }

    fn send(&self, path: &str, message: &impl serde::Serialize) -> Bytes {
        let body = serde_json::to_vec(message).expect("plain structs");
        let request = Request::post(path).body(body.into()).expect("a request");
        let response = self.answer(&request);
        assert!(
            response.status().is_success(),
            "{path}: {}",
            response.status()
        );
        response.into_body()
    }

    fn ask<T: DeserializeOwned>(&self, path: &str, message: &impl serde::Serialize) -> T {
        serde_json::from_slice(&self.send(path, message)).expect("a shape of the protocol")
    }

    fn submit(&self, key: &str) -> SubmitReply {
        self.ask(origin::ORDERS_PATH, &submit(key, "as it is"))
    }

    fn walk(&self, rewrap: bool) -> WalkedSealed {
        let mut sum = WalkedSealed::default();
        loop {
            let asked = WalkSealed {
                after: sum.after.take().unwrap_or_default(),
                limit: 2,
                rewrap,
            };
            let step: WalkedSealed = self.ask(origin::SEALED_PATH, &asked);
            assert!(step.orders <= 2);
            sum.keys = step.keys;
            sum.orders += step.orders;
            sum.open += step.open;
            sum.rewrapped += step.rewrapped;
            sum.unopened.extend(step.unopened);
            for (key, count) in step.needs {
                *sum.needs.entry(key).or_default() += count;
            }
            sum.after = step.after;
            if sum.after.is_none() {
                return sum;
            }
        }
    }

    /// The record of an order; `query` goes on with its own parameters.
    fn read(&self, key: &str, query: &str) -> http::Response<Bytes> {
        let path = format!("{}?id=number-of-{key}{query}", origin::RECORD_PATH);
        self.answer(&Request::get(path).body(Bytes::new()).expect("a request"))
    }

    fn name_in(&self, key: &str) -> String {
        let response = self.read(key, "");
        assert!(response.status().is_success(), "{}", response.status());
        let record: OrderRecord = serde_json::from_slice(response.body()).expect("a record");
        record.order.details.customer.name
    }
}

fn settings(keys: &str) -> Settings {
    let vault = Vault::read(keys, Counted(Cell::new(0))).expect("the keys are keys");
    Settings {
        vault,
        ..Settings::default()
    }
}

fn submit(key: &str, content: &str) -> SubmitOrder {
    let submit: Value = json!({
        "key": key, "fingerprint": format!("hash of {key} {content}"),
        "id": format!("number-of-{key}"),
        "lines": [{"sku": "tea", "quantity": 1}],
        "details": {"customer": {"name": "Li Na", "email": "li.na@example.com"},
            "shipping_address": {"country": "CN", "region": "", "city": "Hangzhou",
                "postal_code": "310000", "line1": "1 Wensan Road", "line2": ""},
            "delivery": "standard", "payment": "on_delivery"}
    });
    serde_json::from_value(submit).expect("a shape of the protocol")
}

#[test]
fn the_origin_says_whether_it_stores_personal_fields_unsealed() {
    let mut shop = Shop::with("");
    let is_open = |shop: &Shop| -> bool {
        let path = origin::STORE_PATH;
        let request = Request::get(path).body(Bytes::new()).expect("a request");
        let report: StoreReport =
            serde_json::from_slice(shop.answer(&request).body()).expect("a report");
        assert!(report.bytes > 0 && report.bytes == report.largest_bytes);
        report.is_open
    };
    assert!(is_open(&shop));
    shop.change_keys(FIRST);
    assert!(!is_open(&shop));
}

#[test]
fn after_a_rewrap_the_old_key_can_go_and_retries_are_still_recognised() {
    let mut shop = Shop::with(FIRST);
    for key in ["a", "b", "c", "d", "e"] {
        assert!(matches!(shop.submit(key), SubmitReply::Accepted { .. }));
    }
    shop.change_keys(&format!("{SECOND},{FIRST}"));
    // A retry finds its order under the older key, and other content is still other content.
    assert!(matches!(shop.submit("a"), SubmitReply::Exists { .. }));
    let other: SubmitReply = shop.ask(origin::ORDERS_PATH, &submit("a", "otherwise"));
    assert_eq!(other, SubmitReply::ExistsWithDifferentContent);
    assert!(matches!(shop.submit("f"), SubmitReply::Accepted { .. }));
    let before = shop.walk(false);
    assert_eq!(before.keys, ["second", "first"]);
    assert_eq!((before.orders, before.rewrapped, before.open), (6, 0, 0));
    assert_eq!(
        before.needs,
        [("first".into(), 5), ("second".into(), 1)].into()
    );
    let rewrapped = shop.walk(true);
    assert_eq!(rewrapped.rewrapped, 5);
    let after = shop.walk(false);
    assert_eq!(after.needs, [("second".into(), 6)].into());
    shop.change_keys(SECOND);
    for key in ["a", "e", "f"] {
        assert_eq!(shop.name_in(key), "Li Na");
        assert!(
            matches!(shop.submit(key), SubmitReply::Exists { .. }),
            "{key}"
        );
    }
    assert_eq!(shop.walk(true).rewrapped, 0);
}

#[test]
fn what_was_stored_open_is_sealed_by_the_walk_with_its_fingerprint() {
    let mut shop = Shop::with("");
    assert!(matches!(shop.submit("a"), SubmitReply::Accepted { .. }));
    assert_eq!((shop.walk(true).open, shop.walk(true).rewrapped), (1, 0));
    shop.change_keys(FIRST);
    assert!(matches!(shop.submit("a"), SubmitReply::Exists { .. }));
    assert_eq!(shop.walk(false).open, 1);
    // A reader seals what is personal. The fingerprint lies open until the walk.
    assert_eq!(shop.name_in("a"), "Li Na");
    let read = shop.walk(false);
    assert_eq!((read.open, read.needs), (1, [("first".into(), 1)].into()));
    assert_eq!(shop.walk(true).rewrapped, 1);
    let after = shop.walk(false);
    assert_eq!((after.open, after.needs), (0, [("first".into(), 1)].into()));
    assert!(matches!(shop.submit("a"), SubmitReply::Exists { .. }));
    assert_eq!(shop.name_in("a"), "Li Na");
}

#[test]
fn an_order_that_no_key_opens_is_named_and_holds_nothing_up() {
    let mut shop = Shop::with(FIRST);
    for key in ["a", "b", "c"] {
        assert!(matches!(shop.submit(key), SubmitReply::Accepted { .. }));
    }
    shop.change_keys(SECOND);
    assert!(matches!(shop.submit("d"), SubmitReply::Accepted { .. }));
    let walked = shop.walk(true);
    let lost = ["a", "b", "c"].map(|key| format!("number-of-{key}"));
    assert_eq!(walked.unopened, lost);
    assert_eq!(
        walked.needs,
        [("first".into(), 3), ("second".into(), 1)].into()
    );
    assert_eq!(walked.orders, 4);
}

#[test]
fn an_order_that_no_key_opens_is_shown_to_no_buyer_and_its_life_goes_on() {
    let mut shop = Shop::with(FIRST);
    assert!(matches!(shop.submit("a"), SubmitReply::Accepted { .. }));
    let (name, value) = origin::PERSONAL_REQUIRED;
    let for_buyer = format!("&{name}={value}");
    assert_eq!(shop.read("a", &for_buyer).status(), 200);
    shop.change_keys(SECOND);
    assert_eq!(shop.read("a", &for_buyer).status(), 500);
    assert_eq!(shop.name_in("a"), "");
    let unknown = shop.read("b", &for_buyer).status();
    assert_eq!(unknown, 404);
}
