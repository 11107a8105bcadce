//! From orders to what the edge reads: the back office builds insights from the counts of a real store.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use http::{Request, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use souk_catalogue::{Hash, SlugHash};
use souk_contract::{ObjectOrderIndex, ObjectSearchTallies, ObjectStaffTokens};
use souk_insights::{History, Root, Segment, pack};
use souk_order_index::contract::{Fixture as _, Story};
use souk_order_index::{OrderCounts as _, OrderIndex as _};
use souk_ports::{
    CatalogueStore, CatalogueWriter, Clock, MailClient, OriginClient, PaymentsClient, PortError,
    Randomness,
};
use souk_protocol::endpoint::Endpoint;
use souk_protocol::keys;
use souk_protocol::origin::{CLAIM_PATH, Event, PaymentMethod, StoredLine, TickReport};
use souk_protocol::staff::{
    self, CreateToken, ImportCounts, ImportedOrders, InsightsBuild, InsightsPointer, Permission,
};
use souk_protocol::tallies::Tally;
use souk_search_tallies::SearchTallies as _;
use souk_search_tallies::contract::Fixture as _;
use souk_staff_api::{Access, Settings, Staff, tick};
use souk_staff_tokens::contract::Fixture as _;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// The first day of the tests.
const TODAY: i64 = 20_700;
const SECRET: &str = "k8Vw3nRz5TqYb7Lm2HcXf9PdJs4GuEaQ";

/// A platform whose store is in memory, and whose origin has nothing to do.
struct Platform {
    store: RefCell<BTreeMap<String, Bytes>>,
    /// Keys of blobs that were written and deleted since the test looked.
    written: RefCell<Vec<String>>,
    deleted: RefCell<Vec<String>>,
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
        let body = match request.uri().path() == CLAIM_PATH {
            true => "[]".to_owned(),
            false => souk_sql::json(&TickReport::default()),
        };
        Ok(Response::new(body.into()))
    }
}

impl MailClient for Platform {}

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
struct Shop {
    platform: Platform,
    index: ObjectOrderIndex,
    tallies: ObjectSearchTallies,
    tokens: ObjectStaffTokens,
    access: Access,
    settings: Settings,
    /// A token that may change the catalogue.
    token: String,
    orders: Cell<u32>,
}

impl Shop {
    fn new() -> Self {
        let platform = Platform {
            store: RefCell::default(),
            written: RefCell::default(),
            deleted: RefCell::default(),
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

    fn respond<Q: Serialize, R>(&self, endpoint: Endpoint<Q, R>, body: &Q) -> Response<Bytes> {
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

    fn post<Q: Serialize, R: DeserializeOwned>(&self, endpoint: Endpoint<Q, R>, body: &Q) -> R {
        let response = self.respond(endpoint, body);
        assert!(response.status().is_success(), "{response:?}");
        serde_json::from_slice(response.body()).expect("a reply")
    }

    /// Builds to the end, as `souk insights build` does.
    fn build(&self) -> InsightsBuild {
        loop {
            let step = self.post(staff::BUILD_INSIGHTS, &());
            if step.done {
                return step;
            }
        }
    }

    /// Ticks until nothing is left to do, as a scheduler does; how often.
    fn tick(&self) -> usize {
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

    fn pass(&self, ms: i64) {
        self.platform.now_ms.set(self.platform.now_ms.get() + ms);
    }

    fn order(&self, slugs: &[&str], life: &[Event]) -> Story {
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
        };
        story.order.lines = slugs.iter().map(line).collect();
        story.order.placed_at_ms = self.platform.now_ms();
        story
    }

    fn ingest(&self, stories: &[Story]) {
        for some in stories.chunks(50) {
            let messages: Vec<_> = some.iter().flat_map(Story::event_messages).collect();
            let ingested = self.index.open();
            let ingested = ingested.ingest(&messages, self.platform.now_ms());
            self.index.block_on(ingested).expect("the engine answers");
        }
    }

    /// So many orders of these products.
    fn sell(&self, times: u32, slugs: &[&str]) {
        let stories: Vec<Story> = (0..times).map(|_| self.order(slugs, &[])).collect();
        self.ingest(&stories);
    }

    fn pointer(&self) -> Option<InsightsPointer> {
        let store = self.platform.store.borrow();
        let value = store.get(keys::INSIGHTS)?;
        Some(InsightsPointer::parse(value).expect("a pointer"))
    }

    /// The published root, as the edge reads it.
    fn root(&self) -> Root {
        let root = self.pointer().expect("something is published").root;
        self.blob(Hash::parse(&root).expect("a hash"), |blob| {
            Root::decode(blob).expect("a root")
        })
    }

    fn blob<T>(&self, hash: Hash, read: impl FnOnce(&[u8]) -> T) -> T {
        let store = self.platform.store.borrow();
        read(store.get(&keys::blob(hash)).expect("the blob is there"))
    }

    /// What is recommended with a product, with scores.
    fn list(&self, slug: &str) -> Vec<(SlugHash, u16)> {
        let Some(segment) = self.root().segment(slug) else {
            return Vec::new();
        };
        self.blob(segment, |blob| {
            let list = Segment::decode(blob).and_then(|segment| segment.list(slug));
            let list = list.expect("a segment").into_iter();
            list.map(|one| (one.slug, one.score)).collect()
        })
    }

    fn companions(&self, slug: &str) -> Vec<SlugHash> {
        self.list(slug).into_iter().map(|(slug, _)| slug).collect()
    }

    fn written(&self) -> usize {
        self.platform.written.take().len()
    }
}

fn hashes(slugs: &[&str]) -> Vec<SlugHash> {
    slugs.iter().map(|slug| SlugHash::of(slug)).collect()
}

#[test]
fn what_orders_teach_is_what_the_same_history_teaches() {
    let shop = Shop::new();
    let mut history = History::default();
    let mut stories = Vec::new();
    for product in 0..200_u32 {
        for order in 0..3 + product % 3 {
            let slugs: Vec<String> = (0..3)
                .map(|near| format!("product-{}", product + near * order))
                .collect();
            let slugs: Vec<&str> = slugs.iter().map(String::as_str).collect();
            for slug in &slugs {
                let day = u32::try_from(TODAY).expect("a day");
                history.add(&stories.len().to_string(), slug, day);
            }
            stories.push(shop.order(&slugs, &[]));
        }
    }
    let given_up = Event::Cancelled {
        reason: "a change of mind".to_owned(),
    };
    stories.push(shop.order(&["product-1", "product-2"], &[given_up]));
    shop.ingest(&stories);
    let built = shop.build();
    let packed = pack(&history);
    assert_eq!(shop.root(), packed.root);
    for (hash, blob) in &packed.blobs {
        shop.blob(*hash, |found| assert_eq!(found, blob));
    }
    assert_eq!(
        (built.version, built.orders),
        (1, i64::from(packed.root.orders))
    );
    assert_eq!(built.blobs_written as usize, packed.blobs.len());
}

#[test]
fn a_second_build_without_new_orders_writes_no_blob() {
    let shop = Shop::new();
    shop.sell(4, &["lamp", "bulb"]);
    assert_eq!(shop.build().version, 1);
    assert_eq!(shop.companions("lamp"), hashes(&["bulb"]));
    assert_eq!(shop.written(), 3, "a segment, the root, the pointer");
    let again = shop.build();
    assert_eq!(
        (again.version, again.blobs_written, shop.written()),
        (1, 0, 0)
    );
    // A tick within the hour does nothing, and after it only what has changed.
    shop.sell(3, &["lamp", "mug"]);
    shop.tick();
    assert_eq!(shop.written(), 0);
    shop.pass(HOUR_MS);
    shop.tick();
    assert_eq!(shop.companions("lamp"), hashes(&["bulb", "mug"]));
    assert_eq!(shop.pointer().map(|pointer| pointer.version), Some(2));
    shop.written();
    shop.pass(HOUR_MS);
    assert_eq!((shop.tick(), shop.written()), (1, 0));
}

#[test]
fn a_shop_without_orders_publishes_nothing() {
    let shop = Shop::new();
    let built = shop.build();
    assert_eq!((built.version, built.orders, shop.pointer()), (0, 0, None));
    shop.pass(HOUR_MS);
    shop.tick();
    assert_eq!(shop.written(), 0);
}

#[test]
fn a_lost_blob_is_written_again_when_the_staff_ask_for_it() {
    let shop = Shop::new();
    shop.sell(4, &["lamp", "bulb"]);
    shop.build();
    let segment = shop.root().segment("lamp").expect("a segment");
    let root = Hash::parse(&shop.pointer().expect("published").root).expect("a hash");
    for lost in [segment, root] {
        shop.platform.store.borrow_mut().remove(&keys::blob(lost));
        let built = shop.build();
        assert_eq!((built.version, built.blobs_written), (1, 1));
        assert_eq!(shop.companions("lamp"), hashes(&["bulb"]));
    }
}

#[test]
fn a_large_build_is_done_in_steps_that_write_few_blobs() {
    let shop = Shop::new();
    let products = 4_000_u32;
    let counts = (0..products).flat_map(|product| {
        let (own, next) = (product, (product + 1) % products);
        [(own, own, 9), (own, next, 4), (next, own, 4)]
    });
    let name = |product: u32| format!("{:016x}", SlugHash::of(&product.to_string()).0);
    let pairs: Vec<_> = counts
        .map(|(one, other, orders)| (name(one), name(other), orders))
        .collect();
    let parts = pairs
        .chunks(staff::IMPORT_ROWS_MAX)
        .map(|pairs| ImportCounts {
            import: "large".to_owned(),
            pairs: pairs.to_vec(),
            ..ImportCounts::default()
        });
    let whole = ImportCounts {
        import: "large".to_owned(),
        whole: Some(ImportedOrders {
            orders: 9_000,
            last_day: TODAY,
        }),
        ..ImportCounts::default()
    };
    for part in parts.chain([whole]) {
        assert!(
            shop.respond(staff::IMPORT_INSIGHTS, &part)
                .status()
                .is_success()
        );
    }
    let mut steps = 0;
    loop {
        let step = shop.post(staff::BUILD_INSIGHTS, &());
        let written = shop.written();
        assert!(written <= 30, "{written} writes in one step");
        steps += 1;
        if step.done {
            break;
        }
        assert_eq!(shop.pointer(), None, "nothing is published before the end");
        assert!(
            step.parts < step.parts_total && step.parts_total == 64,
            "{step:?}"
        );
    }
    assert!((3..=10).contains(&steps), "{steps} steps");
    let root = shop.root();
    assert_eq!(
        (root.products, root.orders, root.segment_bits),
        (products, 9_000, 6)
    );
    for product in (0..products).step_by(97) {
        let near = [product + 1, product + products - 1].map(|near| (near % products).to_string());
        let mut expected = hashes(&[&near[0], &near[1]]);
        expected.sort_unstable();
        assert_eq!(shop.companions(&product.to_string()), expected);
    }
}

#[test]
fn blobs_of_the_version_before_the_last_are_deleted() {
    let shop = Shop::new();
    let blobs = || -> BTreeSet<String> {
        let store = shop.platform.store.borrow();
        store
            .keys()
            .filter(|key| key.starts_with("blob/"))
            .cloned()
            .collect()
    };
    shop.sell(4, &["lamp", "bulb"]);
    shop.build();
    let first = blobs();
    shop.sell(4, &["lamp", "mug"]);
    shop.build();
    assert!(blobs().is_superset(&first), "an edge may still read them");
    let second: BTreeSet<String> = blobs().difference(&first).cloned().collect();
    shop.sell(4, &["lamp", "pot"]);
    let built = shop.build();
    assert_eq!(built.blobs_deleted, 2);
    assert!(blobs().is_disjoint(&first) && blobs().is_superset(&second));
    let gone: BTreeSet<String> = shop.platform.deleted.take().into_iter().collect();
    assert_eq!(gone, first);
}

#[test]
fn no_list_becomes_thinner_while_the_index_is_filled_anew() {
    let shop = Shop::new();
    let stories: Vec<Story> = (0..6).map(|_| shop.order(&["lamp", "bulb"], &[])).collect();
    shop.ingest(&stories);
    shop.build();
    let before = shop.list("lamp");
    let clear = shop.index.open();
    shop.index
        .block_on(clear.clear())
        .expect("the engine answers");
    shop.ingest(&stories[..4]);
    shop.pass(HOUR_MS);
    shop.tick();
    let built = shop.build();
    assert!(built.is_refilling && built.done, "{built:?}");
    assert_eq!((shop.list("lamp"), built.version), (before.clone(), 1));
    shop.ingest(&stories);
    let built = shop.build();
    assert_eq!((built.is_refilling, shop.list("lamp")), (false, before));
}

#[test]
fn an_index_that_was_lost_leaves_the_lists_as_they_are() {
    let mut shop = Shop::new();
    shop.sell(4, &["lamp", "bulb"]);
    shop.build();
    shop.index = ObjectOrderIndex::empty();
    shop.build();
    shop.pass(HOUR_MS);
    shop.tick();
    assert_eq!(shop.companions("lamp"), hashes(&["bulb"]));
    assert_eq!(shop.root().popular().len(), 2);
}

#[test]
fn a_build_whose_ground_was_taken_away_begins_anew() {
    let shop = Shop::new();
    shop.sell(4, &["lamp", "bulb"]);
    shop.build();
    shop.sell(4, &["lamp", "mug"]);
    let index = shop.index.open();
    let kept = |now_ms| {
        shop.index
            .block_on(index.counted(now_ms))
            .expect("an answer")
            .build
    };
    // As a step leaves it that another version overtook.
    let mut standing: serde_json::Value = serde_json::from_str(&kept(0)).expect("JSON");
    standing["building"] = serde_json::json!({
        "base": "0000", "segment_bits": 0, "segments": [""], "changes": 0, "clears": 0,
    });
    let text = standing.to_string();
    shop.index
        .block_on(index.keep_build(&text))
        .expect("an answer");
    let step: InsightsBuild = shop.post(staff::BUILD_INSIGHTS, &());
    assert_eq!((step.done, step.version), (false, 1));
    shop.build();
    let found: BTreeSet<SlugHash> = shop.companions("lamp").into_iter().collect();
    assert_eq!(found, hashes(&["bulb", "mug"]).into_iter().collect());
    // What cannot be read at all is none.
    shop.index
        .block_on(index.keep_build("{"))
        .expect("an answer");
    assert_eq!(shop.build().version, 2);
}

#[test]
fn queries_that_many_shoppers_type_are_named_even_where_no_list_is_new() {
    let shop = Shop::new();
    let search = |query: &str| {
        for day in 0..3 {
            let tally = Tally {
                locale: "en".to_owned(),
                query: query.to_owned(),
                searches: 7,
                ..Tally::default()
            };
            let batch = souk_sql::json(&[tally]);
            let tallies = shop.tallies.open();
            let added = tallies.add(batch.as_bytes(), TODAY - day);
            shop.tallies.block_on(added).expect("the engine answers");
        }
    };
    shop.sell(4, &["lamp", "bulb"]);
    search("lamp");
    shop.tick();
    let texts = || -> Vec<String> {
        shop.root()
            .queries
            .into_iter()
            .map(|query| query.text)
            .collect()
    };
    assert_eq!(texts(), ["lamp"]);
    let (before, segments) = (shop.list("lamp"), shop.root().segments);
    shop.written();
    search("bulb");
    shop.pass(HOUR_MS);
    shop.tick();
    assert_eq!(texts(), ["bulb", "lamp"]);
    assert_eq!(
        (shop.list("lamp"), shop.root().segments),
        (before, segments)
    );
    assert_eq!(shop.written(), 2, "the root, the pointer");
}

#[test]
fn what_is_no_import_is_refused_with_its_reason() {
    let shop = Shop::new();
    let wrong = ImportCounts {
        import: "wrong".to_owned(),
        pairs: vec![("lamp".to_owned(), "bulb".to_owned(), 3)],
        ..ImportCounts::default()
    };
    let refused = shop.respond(staff::IMPORT_INSIGHTS, &wrong);
    assert_eq!(refused.status(), 422);
    let body = String::from_utf8_lossy(refused.body());
    assert!(body.contains("a pair is wrong"), "{body}");
}
