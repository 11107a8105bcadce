//! Every port of the edge in memory: what is asked of it is counted, and it fails on demand.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::sync::LazyLock;
use std::task::Poll;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::FutureExt;
use http::{Request, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use souk_catalogue::{
    Catalogue, FORMAT, FactsContext, HASH_BYTES, Hash, SearchBlobs, SlugHash, build,
};
use souk_domain::LanguageCode;
use souk_insights::{History, Query, TypesTogether, factors, pack};
use souk_memory_sqlite::Database;
use souk_order_store::Limits;
use souk_order_store_sqlite::MIGRATIONS;
use souk_origin::Memory;
use souk_payment_sandbox::{Config, Sandbox};
use souk_payments::{AnyProvider, Figures};
use souk_payments_stripe::Stripe;
use souk_ports::{
    Admission, BackOfficeClient, CatalogueStore, Clock, NextStorefront, OperationsReporter,
    OrderGate, OriginClient, OutboundHttp, PaymentsClient, PortError, Quota, Randomness,
    SharedCache, Signals, SignalsReader, TallySender,
};
use souk_pricing::Terms;
use souk_protocol::keys;
use souk_protocol::origin::{
    self, Action, Actor, ChangeOrder, ChangeReply, DefineOffers, OfferDefinition, PriceTerms,
    ReceiptLine, SaleTicket, SetTerms, StockReceipt, SubmitOrder,
};
use souk_protocol::room::RoomBatch;
use souk_protocol::samples::SampleBatch;
use souk_protocol::staff::{InsightsPointer, Pointer, PublicationChange, PublicationReply};

use souk_search_build::{Source, Tools};
use souk_search_tallies::sqlite::SqliteSearchTallies;
use souk_search_tallies::{SearchTallies, day_of};
use souk_shop::Shop as Settings;

use super::back_office::{BackOffice, BackOfficeStore};
use super::next_build::NextBuild;
use super::operations::OperationsStore;
use super::origin::{Projector, carry_out};
use super::pool::DistantOrigins;

/// When a world begins, in milliseconds since 1970.
pub(crate) const DAWN_MS: i64 = 1_790_000_000_000;

const SECRET_KEY: &str = "sk_test_of_the_tests";

fn stripe() -> souk_payments_stripe::Settings {
    souk_payments_stripe::Settings::new(SECRET_KEY, "whsec_of_the_tests", "8797", "")
        .expect("good settings")
        .taking_test_payments()
}

/// What a shop has learnt.
#[derive(Debug, Default)]
pub(crate) struct Lesson<'l> {
    /// Each has the slugs of an order, and how often it was placed.
    pub(crate) orders: &'l [(u32, &'l [&'l str])],
    /// What many search for, the most frequent first: languages and queries.
    pub(crate) queries: &'l [(&'l str, &'l str)],
    /// Types that so many orders have together.
    pub(crate) types: &'l [(&'l str, &'l str, u32)],
    /// Slugs of products that have been sold out for long.
    pub(crate) long_sold_out: &'l [&'l str],
}

/// What happens to a call of the origin.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// The request never arrives.
    RequestLost,
    /// The origin carries it out; its reply is lost.
    ReplyLost,
    /// The origin answers this and carries nothing out.
    Answer(u16, &'static str),
    /// No reply ever arrives, while a minute passes.
    Hang,
    /// No reply ever arrives, and no time passes.
    Silence,
}

/// The platform, the stores and the origin around an instance.
pub(crate) struct World {
    pub(crate) now_ms: Cell<i64>,
    /// How often a client may try to place an order or to open an old one; `None`: as often as it
    /// likes.
    pub(crate) gate_tries_max: Cell<Option<u32>>,
    pub(crate) gate_tries: RefCell<BTreeMap<(&'static str, String), u32>>,
    /// Polls that every answer of a store or of the origin takes: the places where a test may
    /// step in.
    pub(crate) polls: Cell<u32>,
    pub(crate) store: RefCell<BTreeMap<String, Bytes>>,
    pub(crate) store_reads: RefCell<BTreeMap<String, u32>>,
    pub(crate) store_down: Cell<bool>,
    /// Whether the store answers all but what was learnt from orders.
    pub(crate) insights_down: Cell<bool>,
    /// `None` on a platform without a shared cache.
    pub(crate) shared: RefCell<Option<BTreeMap<String, Bytes>>>,
    pub(crate) availability: RefCell<Option<Bytes>>,
    pub(crate) availability_held_back: Cell<bool>,
    pub(crate) sold_out_holds: RefCell<Bytes>,
    pub(crate) pulse: RefCell<Bytes>,
    pub(crate) signals_reads: Cell<u32>,
    pub(crate) signals_down: Cell<bool>,
    /// What the origin's instance remembers.
    pub(crate) memory: Memory,
    /// None, until a test sets some.
    pub(crate) limits: Cell<Limits>,
    pub(crate) origin: Database,
    pub(crate) origin_calls: Cell<u32>,
    /// Origins that the edge reaches over the network.
    pub(crate) distant: DistantOrigins,
    /// `traceparent` of every call of the origin.
    pub(crate) traces: RefCell<Vec<String>>,
    /// Orders that were sent to the origin, with the tickets of those that have one.
    pub(crate) tickets: RefCell<Vec<Option<SaleTicket>>>,
    /// For the next calls of the origin, first come first.
    pub(crate) faults: RefCell<VecDeque<Fault>>,
    pub(crate) pauses: Cell<u32>,
    pub(crate) log: RefCell<Vec<String>>,
    /// The clients that the gate in front of orders was asked for.
    pub(crate) gate_asked: RefCell<Vec<String>>,
    /// Off, until a test gives the shop a provider.
    pub(crate) stripe: RefCell<Option<souk_payments_stripe::Settings>>,
    pub(crate) payments_down: Cell<bool>,
    pub(crate) sandbox: Sandbox,
    pub(crate) back_office: BackOfficeStore,
    pub(crate) operations: OperationsStore,
    pub(crate) back_office_down: Cell<bool>,
    /// Questions of the edge.
    pub(crate) back_office_calls: Cell<u32>,
    /// What the edge has reported of waiting rooms, while the store `operations` takes it.
    pub(crate) room_batches: RefCell<Vec<RoomBatch>>,
    pub(crate) room_batches_lost: Cell<bool>,
    pub(crate) sample_batches: RefCell<Vec<SampleBatch>>,
    pub(crate) samples_are_lost: Cell<bool>,
    /// How old a pulse is when it is read; `None`: by the clock of the edge.
    pub(crate) pulse_age_ms: Cell<Option<i64>>,
    /// What the edge has sent of its counts of searches.
    pub(crate) tally_batches: RefCell<Vec<Bytes>>,
    /// The build of a release, where there is one.
    pub(crate) next: RefCell<Option<Rc<NextBuild>>>,
    random: Cell<u64>,
    version: Cell<u64>,
}

impl World {
    /// A world in which nothing is published.
    pub(crate) fn new() -> Self {
        Self {
            now_ms: Cell::new(DAWN_MS),
            polls: Cell::new(1),
            store: RefCell::default(),
            store_reads: RefCell::default(),
            store_down: Cell::new(false),
            insights_down: Cell::new(false),
            shared: RefCell::new(Some(BTreeMap::new())),
            availability: RefCell::default(),
            availability_held_back: Cell::new(false),
            sold_out_holds: RefCell::default(),
            pulse: RefCell::default(),
            signals_reads: Cell::new(0),
            signals_down: Cell::new(false),
            memory: Memory::new(),
            limits: Cell::new(Limits::NONE),
            gate_tries_max: Cell::new(None),
            gate_tries: RefCell::default(),
            origin: Database::migrated(MIGRATIONS),
            origin_calls: Cell::new(0),
            distant: DistantOrigins::default(),
            traces: RefCell::default(),
            tickets: RefCell::default(),
            faults: RefCell::default(),
            pauses: Cell::new(0),
            log: RefCell::default(),
            gate_asked: RefCell::default(),
            stripe: RefCell::default(),
            payments_down: Cell::new(false),
            back_office: BackOfficeStore::new(),
            operations: OperationsStore::default(),
            back_office_down: Cell::new(false),
            tally_batches: RefCell::default(),
            room_batches: RefCell::default(),
            room_batches_lost: Cell::new(false),
            sample_batches: RefCell::default(),
            samples_are_lost: Cell::new(false),
            pulse_age_ms: Cell::new(None),
            back_office_calls: Cell::new(0),
            sandbox: Sandbox::new(Config {
                secret_key: SECRET_KEY.to_owned(),
                webhook_secret: "whsec_of_the_tests".to_owned(),
                own_address: "http://127.0.0.1:8797".to_owned(),
            }),
            next: RefCell::default(),
            random: Cell::new(0),
            version: Cell::new(0),
        }
    }

    /// From now on the shop takes cards.
    pub(crate) fn take_cards(&self) {
        self.stripe.replace(Some(stripe()));
    }

    pub(crate) fn pass_ms(&self, ms: i64) {
        self.now_ms.set(self.now_ms.get() + ms);
    }

    /// Publishes a catalogue as the back office does: blobs first, then the terms at the origin, the
    /// pointer last.
    pub(crate) fn publish(&self, catalogue: &Catalogue) -> u64 {
        let version = self.stage(catalogue);
        if let Some(terms) = terms_of(catalogue) {
            self.set_terms(&terms);
        }
        self.activate(version);
        version
    }

    /// Everything of a publish but the last step.
    pub(crate) fn stage(&self, catalogue: &Catalogue) -> u64 {
        let snapshot = build(catalogue, None).expect("the fixture is sound");
        let number = self.version.get() + 1;
        self.version.set(number);
        let mut store = self.store.borrow_mut();
        for (hash, blob) in snapshot.blobs {
            store.insert(keys::blob(hash), blob.into());
        }
        let pointer = Pointer {
            version: number,
            manifest: snapshot.manifest_hash.to_string(),
            activated_at_ms: self.now_ms.get(),
            before: (number > 1).then(|| number - 1),
        };
        let pointer = serde_json::to_vec(&pointer).expect("a pointer is JSON");
        store.insert(keys::version(FORMAT, number), pointer.into());
        number
    }

    /// Publishes what these orders teach: each has the slugs of an order, and how often it was placed.
    pub(crate) fn teach(&self, orders: &[(u32, &[&str])]) -> u64 {
        self.teach_with(orders, &[])
    }

    /// The same with what many search for, the most frequent first: languages and queries.
    pub(crate) fn teach_with(&self, orders: &[(u32, &[&str])], queries: &[(&str, &str)]) -> u64 {
        self.teach_lesson(&Lesson {
            orders,
            queries,
            ..Lesson::default()
        })
    }

    /// The same with everything that a shop learns.
    pub(crate) fn teach_lesson(&self, lesson: &Lesson<'_>) -> u64 {
        let mut history = History::default();
        for (place, (times, slugs)) in lesson.orders.iter().enumerate() {
            for time in 0..*times {
                for slug in *slugs {
                    history.add(&format!("{place}-{time}"), slug, 20_000);
                }
            }
        }
        let packed = pack(&history);
        let mut root = packed.root.clone();
        let long = lesson.long_sold_out.iter();
        let long: Vec<_> = long.map(|slug| SlugHash::of(slug)).collect();
        root.factors = factors(root.levels(), &long);
        let types = lesson
            .types
            .iter()
            .flat_map(|(one, other, _)| [*one, *other]);
        let types: Vec<&str> = types.collect::<BTreeSet<_>>().into_iter().collect();
        let place = |name| types.binary_search(&name).expect("it is there");
        let pairs = lesson.types.iter();
        let pairs = pairs.map(|(one, other, orders)| (place(*one), place(*other), *orders));
        let types = TypesTogether::learn(&types, pairs).encode();
        let name = root.segments.len() - HASH_BYTES;
        root.segments.truncate(name);
        root.segments
            .extend(Hash::pack([types.as_deref().map(Hash::of)]));
        root.queries
            .extend(lesson.queries.iter().map(|(locale, text)| Query {
                locale: (*locale).to_owned(),
                text: (*text).to_owned(),
            }));
        let root = root.encode();
        let root_hash = Hash::of(&root);
        let mut store = self.store.borrow_mut();
        store.insert(keys::blob(root_hash), root.into());
        if let Some(types) = types {
            store.insert(keys::blob(Hash::of(&types)), types.into());
        }
        for (hash, blob) in packed.blobs {
            store.insert(keys::blob(hash), blob.into());
        }
        let before = store.get(keys::INSIGHTS);
        let before = before.and_then(|pointer| InsightsPointer::parse(pointer));
        let pointer = InsightsPointer {
            version: before.as_ref().map_or(1, |before| before.version + 1),
            root: root_hash.to_string(),
            published_at_ms: self.now_ms.get(),
            before: before.map(|before| before.root),
        };
        store.insert(keys::INSIGHTS.to_owned(), pointer.to_string().into());
        pointer.version
    }

    /// The last step of a publish, or a rollback.
    pub(crate) fn activate(&self, version: u64) {
        let mut store = self.store.borrow_mut();
        let pointer = store[&keys::version(FORMAT, version)].clone();
        store.insert(keys::current(FORMAT), pointer);
    }

    /// Publishes a version again, as of now.
    pub(crate) fn roll_back(&self, version: u64) {
        let mut store = self.store.borrow_mut();
        let pointer = &store[&keys::version(FORMAT, version)];
        let mut pointer: Pointer = serde_json::from_slice(pointer).expect("a pointer is JSON");
        pointer.activated_at_ms = self.now_ms.get();
        let pointer = serde_json::to_vec(&pointer).expect("a pointer is JSON");
        store.insert(keys::current(FORMAT), pointer.into());
    }

    /// Tells the origin what the published version says about orders and prices.
    pub(crate) fn set_terms(&self, terms: &SetTerms) {
        let body = serde_json::to_vec(terms).expect("terms are JSON");
        let request = Request::post(origin::TERMS_PATH).body(body.into());
        let request = request.expect("a request");
        // A test may publish while a request is answered.
        let reply = self.ask_origin(&request).now_or_never();
        let reply = reply.expect("SQLite answers at once");
        assert_eq!(reply.status(), StatusCode::NO_CONTENT);
    }

    /// What the origin answers to its staff.
    pub(crate) fn tell_origin<Q: Serialize, R: DeserializeOwned>(&self, path: &str, body: &Q) -> R {
        let body = serde_json::to_vec(body).expect("plain structs become JSON");
        let request = Request::post(path).body(body.into());
        let request = request.expect("a request");
        let reply = self.ask_origin(&request).now_or_never();
        let reply = reply.expect("SQLite answers at once");
        serde_json::from_slice(reply.body()).expect("an answer")
    }

    /// Tells the origin what is sold, with these units of everything.
    pub(crate) fn offer(&self, catalogue: &Catalogue, units: i64) {
        let languages = languages_of(catalogue);
        let languages: Vec<&str> = languages.iter().map(LanguageCode::as_str).collect();
        let languages = languages.as_slice();
        // Without terms an offer has its price alone.
        let market = catalogue.publish.as_ref();
        let market = market.map(|publish| publish.markets[0].id.as_str());
        let offers = catalogue.products.iter().flat_map(|product| {
            product.variants.iter().map(move |variant| OfferDefinition {
                sku: variant.sku.clone(),
                title: product.title.base.clone(),
                slug: product.slug.clone(),
                unit_price: variant.price_minor,
                backorder: variant.backorder,
                initial_units: units,
                facts: market
                    .map(|market| FactsContext { languages, market })
                    .map(|context| product.facts(variant, context).stamp().to_string())
                    .into_iter()
                    .collect(),
                prices: Vec::new(),
            })
        });
        self.define(offers.collect());
    }

    /// Defines offers at the origin.
    pub(crate) fn define(&self, offers: Vec<OfferDefinition>) {
        let offers = DefineOffers {
            currency: "USD".to_owned(),
            offers,
            withdrawn: Vec::new(),
        };
        let body = serde_json::to_vec(&offers).expect("offers are JSON");
        let request = Request::post(origin::OFFERS_PATH).body(body.into());
        let reply = futures::executor::block_on(self.ask_origin(&request.expect("a request")));
        assert_eq!(reply.status(), StatusCode::NO_CONTENT);
    }

    /// Receives units.
    pub(crate) fn receive(&self, sku: &str, units: i64) {
        let receipt = StockReceipt {
            by_name: None,
            home: None,
            key: format!("{units} of {sku} at {}", self.now_ms.get()),
            lines: vec![ReceiptLine {
                sku: sku.to_owned(),
                units,
            }],
            reason: "found".to_owned(),
        };
        let body = serde_json::to_vec(&receipt).expect("a receipt is JSON");
        let request = Request::post(origin::RECEIPTS_PATH).body(body.into());
        let reply = futures::executor::block_on(self.ask_origin(&request.expect("a request")));
        assert_eq!(reply.status(), StatusCode::OK);
    }

    /// The origin takes a version with this number for the published one; no edge learns of it.
    pub(crate) fn publish_at_origin(&self, version: u64) {
        let ask = |change: PublicationChange| {
            let body = serde_json::to_vec(&change).expect("a change is JSON");
            let request = Request::post(origin::PUBLICATIONS_PATH).body(body.into());
            let reply = futures::executor::block_on(self.ask_origin(&request.expect("a request")));
            let reply: PublicationReply = serde_json::from_slice(reply.body()).expect("a reply");
            match reply {
                PublicationReply::Done { publication } => publication.version,
                refusal @ (PublicationReply::Superseded { .. }
                | PublicationReply::Unknown
                | PublicationReply::InUse) => panic!("{refusal:?}"),
            }
        };
        let begun = ask(PublicationChange::Begin {
            manifest: format!("manifest {version}"),
            format: FORMAT,
            products: 1,
            variants: 1,
        });
        assert_eq!(begun, version);
        ask(PublicationChange::Activate {
            version,
            expected: version.checked_sub(1).filter(|&before| before > 0),
        });
    }

    /// Something happens to an order.
    pub(crate) fn change(&self, order: &str, action: Action) {
        let change = ChangeOrder {
            key: format!("{action:?}"),
            order: order.to_owned(),
            by: Actor::Staff,
            by_name: None,
            action,
        };
        let body = serde_json::to_vec(&change).expect("a change is JSON");
        let request = Request::post(origin::CHANGES_PATH).body(body.into());
        let reply = futures::executor::block_on(self.ask_origin(&request.expect("a request")));
        let reply: ChangeReply = serde_json::from_slice(reply.body()).expect("a reply");
        assert!(matches!(reply, ChangeReply::Done { .. }), "{reply:?}");
    }

    pub(crate) async fn ask_origin(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let projector = Projector {
            availability: &self.availability,
            sold_out_holds: &self.sold_out_holds,
            held_back: self.availability_held_back.get(),
        };
        let (origin, memory) = (&self.origin, &self.memory);
        let (now_ms, limits) = (self.now_ms.get(), self.limits.get());
        carry_out(origin, &projector, memory, request, now_ms, limits).await
    }

    /// Orders in the origin's database.
    pub(crate) fn orders(&self) -> i64 {
        self.origin.number("SELECT count(*) FROM orders")
    }

    /// How often a store key was read, over all keys that begin so.
    pub(crate) fn reads(&self, prefix: &str) -> u32 {
        let reads = self.store_reads.borrow();
        let matching = reads.iter().filter(|(key, _)| key.starts_with(prefix));
        matching.map(|(_, count)| count).sum()
    }

    pub(super) async fn latency(&self) {
        for _ in 0..self.polls.get() {
            yield_once().await;
        }
    }
}

/// Pending once, then ready.
async fn yield_once() {
    let mut polled = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut polled, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn down<T>(what: &str) -> Result<T, PortError> {
    Err(PortError::Transient(format!(
        "{what} is down, secret detail"
    )))
}

impl CatalogueStore for World {
    async fn read(&self, key: &str) -> Result<Option<Bytes>, PortError> {
        *self
            .store_reads
            .borrow_mut()
            .entry(key.to_owned())
            .or_default() += 1;
        self.latency().await;
        if self.store_down.get() || (self.insights_down.get() && key == keys::INSIGHTS) {
            return down("the store");
        }
        Ok(self.store.borrow().get(key).cloned())
    }
}

impl SharedCache for World {
    fn exists(&self) -> bool {
        self.shared.borrow().is_some()
    }

    async fn get(&self, key: &str) -> Option<Bytes> {
        self.latency().await;
        self.shared.borrow().as_ref()?.get(key).cloned()
    }

    async fn put(&self, key: &str, blob: &Bytes) {
        if let Some(shared) = self.shared.borrow_mut().as_mut() {
            shared.insert(key.to_owned(), blob.clone());
        }
    }
}

impl SignalsReader for World {
    async fn signals(&self, _at_once: bool) -> Result<Signals, PortError> {
        self.signals_reads.set(self.signals_reads.get() + 1);
        self.latency().await;
        if self.signals_down.get() {
            return down("the object with the signals");
        }
        Ok(Signals {
            availability: self.availability.borrow().clone().unwrap_or_default(),
            sold_out_holds: self.sold_out_holds.borrow().clone(),
            pulse: self.pulse.borrow().clone(),
            pulse_age_ms: self.pulse_age_ms.get(),
            kept_ms: 0,
        })
    }
}

impl OriginClient for World {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        self.origin_calls.set(self.origin_calls.get() + 1);
        let trace = request.headers().get(origin::TRACE_HEADER);
        let trace = trace.expect("every call of the origin belongs to a trace");
        self.traces
            .borrow_mut()
            .push(trace.to_str().expect("ASCII").to_owned());
        if request.uri().path() == origin::ORDERS_PATH {
            let submit: SubmitOrder = serde_json::from_slice(request.body()).expect("an order");
            let ticket = submit.ticket.map(|ticket| *ticket);
            self.tickets.borrow_mut().push(ticket);
        }
        let fault = self.faults.borrow_mut().pop_front();
        self.latency().await;
        match fault {
            None => Ok(self.ask_origin(&request).await),
            Some(Fault::RequestLost) => down("the way to the origin"),
            Some(Fault::Hang) => {
                self.pass_ms(60_000);
                std::future::pending().await
            }
            Some(Fault::Silence) => std::future::pending().await,
            Some(Fault::ReplyLost) => {
                self.ask_origin(&request).await;
                down("the way back from the origin")
            }
            Some(Fault::Answer(status, body)) => {
                let response = Response::builder().status(status);
                Ok(response
                    .body(Bytes::from_static(body.as_bytes()))
                    .expect("a response"))
            }
        }
    }
}

/// The real back office, in the same process.
impl BackOfficeClient for World {
    async fn ask_back_office(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        self.back_office_calls.set(self.back_office_calls.get() + 1);
        self.latency().await;
        if self.back_office_down.get() {
            return down("the back office");
        }
        Ok(BackOffice(self).handle(request).await)
    }
}

/// The real store of the back office, in the same process.
impl TallySender for World {
    async fn send_tallies(&self, batch: Bytes) -> Result<(), PortError> {
        if self.back_office_down.get() {
            return down("the back office");
        }
        let tallies = SqliteSearchTallies::new(&self.back_office.database);
        let added = tallies.add(&batch, day_of(self.now_ms())).await;
        added.expect("a batch of the edge is one");
        self.tally_batches.borrow_mut().push(batch);
        Ok(())
    }
}

/// The store `operations` takes a batch, or its answer is lost on the way back.
impl OperationsReporter for World {
    async fn report_room(&self, batch: Bytes) -> Result<(), PortError> {
        self.latency().await;
        let batch = serde_json::from_slice(&batch).expect("a batch of the edge is one");
        self.room_batches.borrow_mut().push(batch);
        match self.room_batches_lost.get() {
            true => down("the way back from operations"),
            false => Ok(()),
        }
    }

    async fn report_samples(&self, batch: Bytes) -> Result<(), PortError> {
        self.latency().await;
        if self.samples_are_lost.get() {
            return down("the way to operations");
        }
        let batch = serde_json::from_slice(&batch).expect("a batch of the edge is one");
        self.sample_batches.borrow_mut().push(batch);
        Ok(())
    }
}

/// The real payments, in the same process, before a sandbox of the provider.
impl OrderGate for World {
    async fn admits(&self, quota: Quota, client: &str, _challenge: Option<&str>) -> Admission {
        self.gate_asked.borrow_mut().push(client.to_owned());
        let Some(tries_max) = self.gate_tries_max.get() else {
            return Admission::Open;
        };
        let mut tries = self.gate_tries.borrow_mut();
        let tries = tries.entry((quota.name, client.to_owned())).or_default();
        *tries += 1;
        match tries_max.checked_sub(*tries) {
            None => Admission::TooMany { retry_after_s: 60 },
            Some(remaining) => Admission::Counted {
                remaining,
                reset_s: 60,
            },
        }
    }
}

/// The second build, in the same process.
impl NextStorefront for World {
    async fn ask_next(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let next = self.next.borrow().clone();
        match next {
            Some(next) => next.answer(request, self).await,
            None => Err(PortError::Unsupported(
                "there is no second build".to_owned(),
            )),
        }
    }
}

impl PaymentsClient for World {
    async fn ask_payments(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        self.latency().await;
        if self.payments_down.get() {
            return down("payments");
        }
        let settings = self.stripe.borrow().clone();
        let stripe = settings
            .as_ref()
            .map(|settings| Stripe::new(self, settings));
        let providers: Vec<_> = stripe
            .iter()
            .map(|stripe| stripe as &dyn AnyProvider)
            .collect();
        let log = |line: &str| self.log.borrow_mut().push(line.to_owned());
        Ok(souk_payments::handle(request, self, &providers, &Figures::default(), log).await)
    }
}

impl OutboundHttp for World {
    async fn fetch(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        self.latency().await;
        if let Some(answer) = Box::pin(self.distant.answer(self, &request)).await {
            return answer;
        }
        let reply = self.sandbox.answer(&request, self.now_ms.get());
        reply.response.map_or_else(|| down("the provider"), Ok)
    }
}

impl Clock for World {
    fn now_ms(&self) -> i64 {
        self.now_ms.get()
    }

    /// Short pauses pass at once; a long one is a deadline, and ends when the time is there.
    async fn pause_ms(&self, ms: u32) {
        if ms < 1_000 {
            self.pauses.set(self.pauses.get() + 1);
            return yield_once().await;
        }
        let due_ms = self.now_ms.get() + i64::from(ms);
        while self.now_ms.get() < due_ms {
            yield_once().await;
        }
    }
}

impl Randomness for World {
    fn random_bytes(&self) -> [u8; 16] {
        self.random.set(self.random.get() + 1);
        let hash = Hash::of(&self.random.get().to_le_bytes()).to_string();
        hash.as_bytes()[..16].try_into().expect("sixteen bytes")
    }
}

/// What a version says to the origin about orders and prices; `None` without a shop.
fn terms_of(catalogue: &Catalogue) -> Option<SetTerms> {
    let shop = catalogue.shop.as_ref()?;
    let prices = shop.pricing.map(|hash| {
        let mut blobs = shop.blobs.iter();
        let blob = blobs.find(|blob| Hash::of(blob) == hash);
        let blob = blob.expect("the terms are among the blobs");
        let terms = Terms::decode(blob).expect("terms of prices");
        PriceTerms {
            stamp: terms.stamp().to_string(),
            blob: STANDARD.encode(blob),
        }
    });
    Some(SetTerms {
        orders: serde_json::from_str(&shop.terms).expect("terms are JSON"),
        prices,
        revoked: Vec::new(),
    })
}

/// The languages of the shop, its own first.
fn languages_of(catalogue: &Catalogue) -> Vec<LanguageCode> {
    let shop = catalogue.shop.as_ref();
    let shop = shop.map(|shop| Settings::decode(&shop.settings).expect("settings"));
    let shop = shop.unwrap_or_else(Settings::plain);
    let languages = shop
        .locales()
        .map(|locale| LanguageCode::parse(locale.code()));
    languages.map(|code| code.expect("a code")).collect()
}

/// The index of the search, as the tool makes it. Most tests do without: it takes a moment.
pub(crate) fn search_index(catalogue: &Catalogue) -> SearchBlobs {
    static TOOLS: LazyLock<Tools> = LazyLock::new(Tools::default);
    let languages = languages_of(catalogue);
    let collections = catalogue.collections.iter();
    let collections: Vec<_> = collections
        .map(|collection| (collection.slug.clone(), collection.title.clone()))
        .collect();
    let source = Source {
        products: &catalogue.products,
        collections: &collections,
        languages: &languages,
        published_at_ms: &|product| product.published_at_ms.unwrap_or_default(),
        prices: &|product| catalogue.prices(product),
    };
    let index = souk_search_build::build(&source, None, &TOOLS).expect("an index");
    SearchBlobs {
        root: index.root,
        names: index.names.into_iter().chain(index.fold).collect(),
        blobs: index.blobs,
    }
}
