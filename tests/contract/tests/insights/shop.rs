//! A back office over engines of SQLite, and the words that the tests use.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Request, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use souk_catalogue::{Catalogue, FORMAT, Hash, Product, SlugHash, Text, Variant, build};
use souk_contract::{ObjectOrderIndex, ObjectSearchTallies, ObjectStaffTokens};
use souk_insights::{Root, Segment, TypesTogether, tie};
use souk_order_index::contract::{Fixture as _, Story};
use souk_order_index::{OrderCounts as _, OrderIndex as _};
use souk_ports::{
    CatalogueStore, CatalogueWriter, Clock, MailClient, OperationsClient, OriginClient,
    PaymentsClient, PortError, Randomness,
};
use souk_protocol::endpoint::Endpoint;
use souk_protocol::keys;
use souk_protocol::origin::{
    AVAILABILITY_PATH, CLAIM_PATH, Event, PaymentMethod, StoredLine, TickReport,
};
use souk_protocol::staff::{
    self, CreateToken, InsightsBuild, InsightsPointer, Permission, Pointer,
};
use souk_search_tallies::contract::Fixture as _;
use souk_staff_api::{Access, Settings, Staff, tick};
use souk_staff_tokens::contract::Fixture as _;
use souk_stock_signals::AvailabilitySnapshot;

pub(super) const HOUR_MS: i64 = 3_600_000;
pub(super) const DAY_MS: i64 = 24 * HOUR_MS;
/// The first day of the tests.
pub(super) const TODAY: i64 = 20_700;
const SECRET: &str = "k8Vw3nRz5TqYb7Lm2HcXf9PdJs4GuEaQ";

/// A platform whose store is in memory, and whose origin has nothing to do.
pub(super) struct Platform {
    pub(super) store: RefCell<BTreeMap<String, Bytes>>,
    /// Keys of blobs that were written and deleted since the test looked.
    written: RefCell<Vec<String>>,
    pub(super) deleted: RefCell<Vec<String>>,
    /// SKUs that are sold out.
    pub(super) sold_out: RefCell<Vec<String>>,
    /// Whether others go on while something is written.
    pub(super) is_slow: Cell<bool>,
    now_ms: Cell<i64>,
    drawn: Cell<u8>,
}

impl CatalogueStore for Platform {
    async fn read(&self, key: &str) -> Result<Option<Bytes>, PortError> {
        Ok(self.store.borrow().get(key).cloned())
    }
}

impl CatalogueWriter for Platform {
    async fn write(&self, key: &str, value: Bytes) -> Result<(), PortError> {
        if self.is_slow.get() {
            tokio::task::yield_now().await;
        }
        self.written.borrow_mut().push(key.to_owned());
        self.store.borrow_mut().insert(key.to_owned(), value);
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), PortError> {
        self.deleted.borrow_mut().push(key.to_owned());
        self.store.borrow_mut().remove(key);
        Ok(())
    }
}

impl OriginClient for Platform {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let body = match request.uri().path() {
            CLAIM_PATH => "[]".into(),
            AVAILABILITY_PATH => {
                let sold_out = self.sold_out.borrow();
                AvailabilitySnapshot::encode(self.now_ms.get(), sold_out.iter()).into_bytes()
            }
            _ => souk_sql::json(&TickReport::default()).into(),
        };
        Ok(Response::new(body))
    }
}

impl MailClient for Platform {}

impl OperationsClient for Platform {}

impl PaymentsClient for Platform {
    async fn ask_payments(&self, _: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        Err(PortError::Unsupported("there are no payments".to_owned()))
    }
}

impl Clock for Platform {
    fn now_ms(&self) -> i64 {
        self.now_ms.get()
    }

    async fn pause_ms(&self, _: u32) {}
}

impl Randomness for Platform {
    fn random_bytes(&self) -> [u8; 16] {
        self.drawn.set(self.drawn.get().wrapping_add(1));
        [self.drawn.get(); 16]
    }
}

/// A back office over engines of SQLite.
pub(super) struct Shop {
    pub(super) platform: Platform,
    pub(super) index: ObjectOrderIndex,
    pub(super) tallies: ObjectSearchTallies,
    tokens: ObjectStaffTokens,
    access: Access,
    settings: Settings,
    /// A token that may change the catalogue.
    token: String,
    orders: Cell<u32>,
}

impl Shop {
    pub(super) fn new() -> Self {
        let platform = Platform {
            store: RefCell::default(),
            written: RefCell::default(),
            deleted: RefCell::default(),
            sold_out: RefCell::default(),
            is_slow: Cell::new(false),
            now_ms: Cell::new(TODAY * DAY_MS),
            drawn: Cell::new(0),
        };
        let values = [("staff_token", SECRET)].into_iter().collect();
        let mut shop = Self {
            platform,
            index: ObjectOrderIndex::empty(),
            tallies: ObjectSearchTallies::empty(),
            tokens: ObjectStaffTokens::empty(),
            access: Access::default(),
            settings: Settings::read(&values).expect("they are right"),
            token: SECRET.to_owned(),
            orders: Cell::new(0),
        };
        let asked = CreateToken {
            name: "tests".to_owned(),
            permissions: vec![Permission::Catalogue],
            expires_at_ms: None,
        };
        shop.token = shop.post(staff::CREATE_TOKEN, &asked).token;
        shop
    }

    pub(super) fn respond<Q: Serialize, R>(
        &self,
        endpoint: Endpoint<Q, R>,
        body: &Q,
    ) -> Response<Bytes> {
        let request = Request::post(endpoint.path())
            .header("host", "localhost")
            .header("authorization", format!("Bearer {}", self.token))
            .header("idempotency-key", "Zr4Kx8Wt2Bq6Ny9Fm3Vd7Hs5Jc1Lg0Pa")
            .body(Bytes::from(souk_sql::json(body)))
            .expect("a request");
        let staff = Staff {
            back_office: &self.platform,
            index: &self.index.open(),
            tokens: &self.tokens.open(),
            tallies: &self.tallies.open(),
            access: &self.access,
            settings: &self.settings,
            log: &|line: &str| eprintln!("{line}"),
        };
        self.index.block_on(staff.handle(request))
    }

    pub(super) fn post<Q: Serialize, R: DeserializeOwned>(
        &self,
        endpoint: Endpoint<Q, R>,
        body: &Q,
    ) -> R {
        let response = self.respond(endpoint, body);
        assert!(response.status().is_success(), "{response:?}");
        serde_json::from_slice(response.body()).expect("a reply")
    }

    /// Builds to the end, as `souk insights build` does.
    pub(super) fn build(&self) -> InsightsBuild {
        loop {
            let step = self.post(staff::BUILD_INSIGHTS, &());
            if step.done {
                return step;
            }
        }
    }

    /// Ticks until nothing is left to do, as a scheduler does; how often.
    pub(super) fn tick(&self) -> usize {
        let (index, tallies) = (self.index.open(), self.tallies.open());
        let mut ticks = 0;
        loop {
            ticks += 1;
            let done = tick(&self.platform, &index, &tallies, 1_000, &|line: &str| {
                panic!("{line}")
            });
            if !self.index.block_on(done).more {
                return ticks;
            }
        }
    }

    /// Two ticks of which one goes on while the other writes; whether each has something left to do.
    pub(super) fn two_ticks(&self) -> [bool; 2] {
        let (index, tallies) = (self.index.open(), self.tallies.open());
        let log = |line: &str| panic!("{line}");
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let (one, other) = runtime.expect("a thread").block_on(async {
            tokio::join!(
                tick(&self.platform, &index, &tallies, 1_000, &log),
                tick(&self.platform, &index, &tallies, 1_000, &log),
            )
        });
        [one.more, other.more]
    }

    /// How building stands, as the order index keeps it.
    pub(super) fn standing(&self) -> serde_json::Value {
        serde_json::from_str(&self.kept()).expect("JSON")
    }

    pub(super) fn kept(&self) -> String {
        let index = self.index.open();
        let counted = self.index.block_on(index.counted(self.platform.now_ms()));
        counted.expect("the engine answers").build
    }

    /// Puts something in the place of how building stands.
    pub(super) fn keep(&self, build: &str) {
        let (index, before) = (self.index.open(), self.kept());
        let kept = self.index.block_on(index.keep_build(&before, build));
        assert!(kept.expect("the engine answers"));
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.platform.now_ms.get()
    }

    pub(super) fn pass(&self, ms: i64) {
        self.platform.now_ms.set(self.platform.now_ms.get() + ms);
    }

    pub(super) fn order(&self, slugs: &[&str], life: &[Event]) -> Story {
        let number = self.orders.get();
        self.orders.set(number + 1);
        let mut story = Story::new(number, PaymentMethod::OnDelivery, life);
        let line = |slug: &&str| StoredLine {
            sku: format!("SKU-{slug}"),
            title: String::new(),
            slug: Some((*slug).to_owned()),
            quantity: 1,
            unit_price: 1,
            backordered: 0,
            discount: 0,
            tax: 0,
            duty: 0,
        };
        story.order.lines = slugs.iter().map(line).collect();
        story.order.placed_at_ms = self.platform.now_ms();
        story
    }

    pub(super) fn ingest(&self, stories: &[Story]) {
        for some in stories.chunks(50) {
            let messages: Vec<_> = some.iter().flat_map(Story::event_messages).collect();
            let ingested = self.index.open();
            let ingested = ingested.ingest(&messages, self.platform.now_ms());
            self.index.block_on(ingested).expect("the engine answers");
        }
    }

    /// So many orders of these products.
    pub(super) fn sell(&self, times: u32, slugs: &[&str]) {
        let stories: Vec<Story> = (0..times).map(|_| self.order(slugs, &[])).collect();
        self.ingest(&stories);
    }

    /// Publishes a catalogue of products by slug and type, each with these SKUs.
    pub(super) fn publish(&self, products: &[(&str, &str, &[&str])]) {
        let variant = |sku: &&str| Variant {
            sku: (*sku).to_owned(),
            ..Variant::default()
        };
        let product = |(slug, product_type, skus): &(&str, &str, &[&str])| Product {
            slug: (*slug).to_owned(),
            product_type: Text::new(*product_type),
            variants: skus.iter().map(variant).collect(),
            ..Product::default()
        };
        let catalogue = Catalogue {
            products: products.iter().map(product).collect(),
            currency: "EUR".to_owned(),
            ..Catalogue::default()
        };
        let snapshot = build(&catalogue, None).expect("a catalogue");
        let pointer = Pointer {
            version: 1,
            manifest: snapshot.manifest_hash.to_string(),
            activated_at_ms: self.now_ms(),
            before: None,
        };
        let mut store = self.platform.store.borrow_mut();
        for (hash, blob) in snapshot.blobs {
            store.insert(keys::blob(hash), blob.into());
        }
        let pointer = souk_sql::json(&pointer);
        store.insert(keys::current(FORMAT), pointer.into());
    }

    /// What the score of a product is multiplied by in a search, of 256.
    pub(super) fn factor(&self, slug: &str) -> u64 {
        self.root().factor(tie(SlugHash::of(slug)))
    }

    /// The types that a type is bought together with.
    pub(super) fn types(&self, name: &str) -> Vec<String> {
        let Some(types) = self.root().types() else {
            return Vec::new();
        };
        self.blob(types, |blob| {
            let types = TypesTogether::decode(blob).expect("types");
            types.of(name).map(str::to_owned).collect()
        })
    }

    pub(super) fn pointer(&self) -> Option<InsightsPointer> {
        let store = self.platform.store.borrow();
        let value = store.get(keys::INSIGHTS)?;
        Some(InsightsPointer::parse(value).expect("a pointer"))
    }

    /// The published root, as the edge reads it.
    pub(super) fn root(&self) -> Root {
        let root = self.pointer().expect("something is published").root;
        self.blob(Hash::parse(&root).expect("a hash"), |blob| {
            Root::decode(blob).expect("a root")
        })
    }

    pub(super) fn blob<T>(&self, hash: Hash, read: impl FnOnce(&[u8]) -> T) -> T {
        let store = self.platform.store.borrow();
        read(store.get(&keys::blob(hash)).expect("the blob is there"))
    }

    /// What is recommended with a product, with scores.
    pub(super) fn list(&self, slug: &str) -> Vec<(SlugHash, u16)> {
        let Some(segment) = self.root().segment(slug) else {
            return Vec::new();
        };
        self.blob(segment, |blob| {
            let list = Segment::decode(blob).and_then(|segment| segment.list(slug));
            let list = list.expect("a segment").into_iter();
            list.map(|one| (one.slug, one.score)).collect()
        })
    }

    pub(super) fn companions(&self, slug: &str) -> Vec<SlugHash> {
        self.list(slug).into_iter().map(|(slug, _)| slug).collect()
    }

    /// How often a version was published since the test looked.
    pub(super) fn published(&self) -> usize {
        let written = self.platform.written.take();
        written.iter().filter(|key| *key == keys::INSIGHTS).count()
    }

    pub(super) fn written(&self) -> usize {
        self.platform.written.take().len()
    }
}
