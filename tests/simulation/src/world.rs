//! A simulated world: the shop's processes, the network between them, and what was seen.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use souk_order_store::Terms;
use souk_payment_sandbox::Sandbox;
use souk_ports::{OriginClient, Randomness};
use souk_sharding::{Known, Router};
use souk_storefront::{Instance, Settings};
use souk_vault::Vault;

use crate::database::{Database, StoreFaults};
use crate::executor::{Executor, Node, handover};
use crate::plan::Plan;
use crate::published::Published;
use crate::random::Random;
use crate::seen::Seen;
use crate::sold_out_holds::SoldOutHolds;

/// When every world begins, in milliseconds since 1970.
pub(crate) const BEGIN_MS: i64 = 1_800_000_000_000;
/// Stores of keys here: those of a real shop are many, and hardly ever two of them meet.
pub(crate) const KEY_DATABASES: usize = 2;
/// Keys of personal fields, the oldest last.
const KEYS: [&str; 2] = [
    "new:bmV3IGtleSBvZiB0aGUgc2ltdWxhdGVkIHNob3AhISE=",
    "old:b2xkIGtleSBvZiB0aGUgc2ltdWxhdGVkIHNob3AhISE=",
];
/// The currency of the shop.
pub(crate) const CURRENCY: &str = "USD";

/// A rule that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which rule, always in the same words.
    pub rule: String,
    /// What was found.
    pub found: String,
}

/// Nothing came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lost;

/// Everything.
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) random: Rc<Random>,
    pub(crate) executor: Executor,
    /// One for each shard, then the stores of keys.
    pub(crate) databases: Vec<Database>,
    /// The number of shards in the settings of the origin, and of its clients.
    pub(crate) shards: Cell<u16>,
    pub(crate) shards_asked: Cell<u16>,
    /// What callers of the origin remember of its layout: edges, then all others.
    pub(crate) known: RefCell<Vec<Rc<Known>>>,
    /// What instances of the storefront remember; a crash empties it.
    pub(crate) instances: RefCell<Vec<Rc<Instance>>>,
    pub(crate) settings: Settings,
    /// The version of the shop.
    pub(crate) published: Published,
    /// What the origin's deployment decides; the keys change now and then.
    pub(crate) origin: RefCell<Rc<souk_origin::Settings>>,
    /// The provider of payments, and what the payments function is deployed with.
    pub(crate) provider: Sandbox,
    pub(crate) payments: souk_payments_stripe::Settings,
    pub(crate) seen: RefCell<Seen>,
    /// What the back office keeps: a store of its own.
    pub(crate) index: Database,
    /// How far the origin's clock is ahead of the world's.
    pub(crate) clock_ahead_ms: Cell<i64>,
    /// The sold-out holds, and how far the clocks of edges are ahead.
    pub(crate) sold_out_holds: SoldOutHolds,
    /// Whether anything may go wrong at the moment.
    pub(crate) is_rough: Cell<bool>,
    /// Whether an operator has edited the databases, so that nothing has to add up.
    pub(crate) is_damaged: Cell<bool>,
    /// Keys that were copied when the shop grew, as far as the staff know.
    pub(crate) keys_copied: Cell<usize>,
    /// Actors who have not finished.
    pub(crate) busy: Cell<usize>,
    failure: RefCell<Option<Failure>>,
    trace: RefCell<Vec<String>>,
}

impl World {
    pub(crate) fn new(plan: &Plan) -> Rc<Self> {
        let random = Rc::new(Random::new(plan.seed));
        let executor = Executor::new(Rc::clone(&random), BEGIN_MS);
        let instances = (0..plan.edges).map(|_| Rc::new(Instance::new()));
        Rc::new(Self {
            plan: plan.clone(),
            databases: (0..usize::from(plan.shards_later) + KEY_DATABASES)
                .map(|_| Database::new(plan.engine, &executor, &random))
                .collect(),
            shards: Cell::new(plan.shards),
            shards_asked: Cell::new(plan.shards),
            known: RefCell::new((0..=plan.edges).map(|_| Rc::default()).collect()),
            index: Database::new(plan.engine, &executor, &random),
            random,
            executor,
            instances: RefCell::new(instances.collect()),
            settings: Settings {
                order_page_open_days: 0,
                freeze_ms: 15 * 60 * 1_000,
                sends_mails: false,
                security_contact: String::new(),
                address: souk_settings::PublicAddress::default(),
                session_secrets: souk_settings::Secrets::split("a secret of thirty-two characters"),
                series: Default::default(),
                metrics_are_public: false,
                collector: None,
                clients: Default::default(),
                origin_pool: None,
                is_next_lane: false,
            },
            published: Published::new(BEGIN_MS),
            origin: RefCell::new(deployed(1)),
            provider: crate::provider::provider(),
            payments: crate::provider::settings(),
            seen: RefCell::default(),
            clock_ahead_ms: Cell::new(0),
            sold_out_holds: SoldOutHolds::new(plan),
            is_rough: Cell::new(false),
            is_damaged: Cell::new(false),
            keys_copied: Cell::new(0),
            busy: Cell::new(0),
            failure: RefCell::default(),
            trace: RefCell::default(),
        })
    }

    /// The time as the origin has it.
    pub(crate) fn origin_ms(&self) -> i64 {
        self.executor.now_ms() + self.clock_ahead_ms.get()
    }

    /// Writes a line of the trace.
    pub(crate) fn note(&self, line: impl FnOnce() -> String) {
        let ms = self.executor.now_ms() - BEGIN_MS;
        let line = format!("{:>9}.{:03} {}", ms / 1_000, ms % 1_000, line());
        self.trace.borrow_mut().push(line);
    }

    /// What happened so far.
    pub(crate) fn trace(&self) -> Vec<String> {
        self.trace.borrow().clone()
    }

    /// A rule does not hold: the run ends. The first one counts.
    pub(crate) fn fail(&self, rule: &str, found: impl Into<String>) {
        let found = found.into();
        self.note(|| format!("BROKEN {rule}: {found}"));
        self.failure.borrow_mut().get_or_insert(Failure {
            rule: rule.to_owned(),
            found,
        });
    }

    /// The rule that does not hold.
    pub(crate) fn failure(&self) -> Option<Failure> {
        self.failure.borrow().clone()
    }

    /// Whether chance makes something go wrong now.
    pub(crate) fn goes_wrong(&self, permille: u32) -> bool {
        self.is_rough.get() && self.random.chance(permille)
    }

    /// Faults begin or end.
    pub(crate) fn set_rough(&self, is_rough: bool) {
        self.is_rough.set(is_rough);
        let faults = if is_rough {
            self.plan.store
        } else {
            StoreFaults::default()
        };
        for database in &self.databases {
            database.set_faults(faults);
        }
        self.index.set_faults(faults);
    }

    /// How long a message takes.
    pub(crate) async fn travel(&self) {
        let ms = match self.goes_wrong(self.plan.delayed) {
            true => self.random.between(500, 90_000),
            false => self.random.between(0, 40),
        };
        self.executor.sleep(ms).await;
    }

    /// Sends a request from one node to another, over a network that loses, doubles and delays.
    /// `Lost`: what became of it is not known.
    pub(crate) async fn call(
        self: &Rc<Self>,
        to: Node,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Lost> {
        self.travel().await;
        if self.goes_wrong(self.plan.lost_requests) {
            self.note(|| format!("-- lost on the way: {}", request.uri().path()));
            self.executor.sleep(self.random.between(10, 5_000)).await;
            return Err(Lost);
        }
        if self.goes_wrong(self.plan.doubled) {
            let (world, twin) = (Rc::clone(self), request.clone());
            self.note(|| format!("-- will come twice: {}", twin.uri().path()));
            let late = self.random.between(0, 30_000);
            self.executor.spawn(to, async move {
                world.executor.sleep(late).await;
                world.serve(to, twin).await;
            });
        }
        let (giver, taker) = handover();
        let world = Rc::clone(self);
        let served = self.executor.spawn(to, async move {
            let response = world.serve(to, request).await;
            giver.give(response);
        });
        // Some platforms end a request whose caller is gone, others do not.
        let guard = self.random.chance(500).then(|| CancelOnDrop(self, served));
        let response = taker.await;
        drop(guard);
        self.travel().await;
        if self.goes_wrong(self.plan.lost_replies) {
            self.note(|| "-- the reply was lost".to_owned());
            self.executor.sleep(self.random.between(10, 5_000)).await;
            return Err(Lost);
        }
        response.ok_or(Lost)
    }

    async fn serve(self: &Rc<Self>, node: Node, request: Request<Bytes>) -> Response<Bytes> {
        match node {
            Node::Origin(number) => crate::origin::answer(self, number, &request).await,
            Node::Edge(edge) => crate::edge::answer(self, edge, request).await,
            Node::Payments => crate::provider::answer(self, request).await,
            Node::Outside | Node::BackOffice => not_found(),
        }
    }

    /// Asks the origin for something in JSON; `Lost` also when it is busy.
    pub(crate) async fn ask<T: DeserializeOwned>(
        self: &Rc<Self>,
        path: &str,
        message: Option<&impl Serialize>,
    ) -> Result<T, Lost> {
        let body = message.map(|message| serde_json::to_vec(message).expect("plain structs"));
        let request = Request::builder()
            .method(if body.is_some() { "POST" } else { "GET" })
            .uri(path)
            .body(Bytes::from(body.unwrap_or_default()))
            .expect("a path of the protocol");
        let response = self.ask_origin(self.plan.edges, request).await?;
        if [StatusCode::SERVICE_UNAVAILABLE, StatusCode::LOCKED].contains(&response.status()) {
            return Err(Lost);
        }
        let body: &[u8] = match response.status() {
            // Paths that answer without a body are read as nothing.
            StatusCode::NO_CONTENT => b"null",
            _ => response.body(),
        };
        serde_json::from_slice(body).map_err(|error| {
            let status = response.status();
            self.fail(
                "the origin speaks its protocol",
                format!("{path}: {status}: {error}"),
            );
            Lost
        })
    }

    /// The same until there is an answer, at most so often.
    pub(crate) async fn insist<T: DeserializeOwned>(
        self: &Rc<Self>,
        path: &str,
        message: Option<&impl Serialize>,
        attempts: u32,
    ) -> Result<T, Lost> {
        for attempt in 1..=attempts {
            if let Ok(answer) = self.ask(path, message).await {
                return Ok(answer);
            }
            let pause = self.random.between(50, 400) << attempt.min(8);
            self.executor.sleep(pause).await;
        }
        Err(Lost)
    }

    /// The pause of a worker between two looks at its queue: short while much happens.
    pub(crate) async fn rest_a_little(&self) {
        let most_ms = if self.busy.get() > 0 { 30_000 } else { 600_000 };
        self.executor.sleep(self.random.between(500, most_ms)).await;
    }

    /// Bytes that no outsider could have guessed, if this were not a simulation.
    pub(crate) fn random_bytes(&self) -> [u8; 16] {
        bytes_of(&self.random)
    }

    /// Starts an actor whom the run waits for.
    pub(crate) fn start(self: &Rc<Self>, work: impl Future<Output = ()> + 'static) {
        self.busy.set(self.busy.get() + 1);
        let world = Rc::clone(self);
        self.executor.spawn(Node::Outside, async move {
            work.await;
            world.busy.set(world.busy.get() - 1);
        });
    }

    /// The available units of every SKU, as committed.
    pub(crate) fn shelves(&self) -> BTreeMap<String, i64> {
        let mut shelves = BTreeMap::new();
        for row in self.read("SELECT sku, available FROM stock") {
            let sku = row.text(0).expect("a SKU").to_owned();
            *shelves.entry(sku).or_default() += row.integer(1).expect("a number");
        }
        shelves
    }

    /// What is committed, in all stores: the rows of a query, one store after the other.
    pub(crate) fn read(&self, sql: &str) -> Vec<souk_sql::Row> {
        let all = self.databases.iter();
        all.flat_map(|database| database.read(sql)).collect()
    }

    /// Whether no write is under way.
    pub(crate) fn is_free(&self) -> bool {
        self.databases.iter().all(Database::is_free)
    }

    /// Waits until no write is under way. Reads at once after it are of one moment.
    pub(crate) async fn free(&self) {
        while !self.is_free() {
            self.executor.sleep(1).await;
        }
    }

    /// Calls the origin as a caller who remembers its layout.
    pub(crate) async fn ask_origin(
        self: &Rc<Self>,
        who: usize,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Lost> {
        let known = Rc::clone(&self.known.borrow()[who]);
        let stores = crate::origin::Stores(Rc::clone(self));
        let router = Router::new(&stores, &known, self.shards_asked.get());
        router.send(request).await.map_err(|_| Lost)
    }
}

/// The origin's settings with so many keys, the newest first.
pub(crate) fn deployed(keys: usize) -> Rc<souk_origin::Settings> {
    let nonces = Nonces(Random::new(keys as u64));
    let keys = &KEYS[KEYS.len() - keys..];
    Rc::new(souk_origin::Settings {
        terms: Terms::DEFAULT,
        series: Default::default(),
        vault: Vault::read(&keys.join(","), nonces).expect("the keys are keys"),
    })
}

/// Nonces of one deployment; a simulation needs them to follow from something.
struct Nonces(Random);

impl Randomness for Nonces {
    fn random_bytes(&self) -> [u8; 16] {
        bytes_of(&self.0)
    }
}

fn bytes_of(random: &Random) -> [u8; 16] {
    let (high, low) = (random.next(), random.next());
    ((u128::from(high) << 64) | u128::from(low)).to_be_bytes()
}

struct CancelOnDrop<'a>(&'a World, u64);

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        self.0.executor.cancel(self.1);
    }
}

fn not_found() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
