//! One running shop.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use souk_contract::{PostgresCluster, TokioPostgres};
use souk_payment_sandbox::Sandbox;
use souk_payment_sandbox::server::Server;
use souk_payments_stripe::WEBHOOK_PATH;
use souk_protocol::endpoint::{Endpoint, Method};
use souk_protocol::keys;
use souk_protocol::origin::{Action, AuditReport, QueueDepth, StockAccount, StockQuery};
use souk_protocol::staff::{self, TickDone};
use tempfile::TempDir;

use crate::distant::{Distant, DistantOrigin};
use crate::faults::FaultyWay;
use crate::platform::{Cards, Goal, NextBuild, Settings};
use crate::{Answer, Client, Instance, Platform, catalogue, tools};

/// How long units are held for a card where a test says nothing about it.
const CARD_HOLD_MINUTES: u32 = 15;

/// A shop with a port, stores and secrets of its own; ended when dropped.
pub struct Shop {
    platform: Platform,
    settings: Settings,
    /// Where it was reached last.
    client: Client,
    instance: Option<Instance>,
    /// The provider of a shop that takes cards.
    sandbox: Option<Server>,
    /// What the shop publishes about orders that wait for a card.
    card_hold_minutes: u32,
    /// The origin of a shop whose edge is another deployment.
    distant: Option<DistantOrigin>,
    directory: TempDir,
}

impl Shop {
    /// Starts an empty shop and waits until it answers.
    ///
    /// # Errors
    /// When a tool is missing or the server does not come up.
    pub async fn start(platform: Platform) -> Result<Self> {
        Self::start_with(platform, false, true, None).await
    }

    /// The same where instances of Spin last, so that their counters tell what they did.
    ///
    /// # Errors
    /// As [`Shop::start`].
    pub async fn start_with_lasting_instances(platform: Platform) -> Result<Self> {
        Self::start_with(platform, true, true, None).await
    }

    /// The same on a database server of the test's own.
    ///
    /// # Errors
    /// As [`Shop::start`].
    pub async fn start_on(platform: Platform, cluster: &PostgresCluster) -> Result<Self> {
        let url = match platform {
            Platform::SpinPostgres => new_database(cluster).await?,
            Platform::Workers
            | Platform::WorkersSharded
            | Platform::WranglerDev
            | Platform::SpinSqlite => String::new(),
        };
        Self::start_at(platform, url, false, true, None).await
    }

    /// The same without the queue of Workers: the back office comes for the origin's messages, as
    /// on Spin.
    ///
    /// # Errors
    /// As [`Shop::start`].
    pub async fn start_without_queue(platform: Platform) -> Result<Self> {
        Self::start_with(platform, false, false, None).await
    }

    /// A shop that takes cards from a payment sandbox, and publishes that it holds units for so long.
    ///
    /// # Errors
    /// As [`Shop::start`].
    pub async fn start_taking_cards(platform: Platform, hold_minutes: u32) -> Result<Self> {
        Self::start_with(platform, false, true, Some(hold_minutes)).await
    }

    /// A shop with a build of a release beside the stable one.
    ///
    /// # Errors
    /// As [`Shop::start`].
    pub async fn start_with_next(platform: Platform, next: NextBuild) -> Result<Self> {
        let mut shop = Self::start(platform).await?;
        shop.settings.next = next;
        shop.restart().await?;
        Ok(shop)
    }

    /// Starts the shop again, on the same stores, with settings by the names of Spin's variables.
    ///
    /// # Errors
    /// As [`Shop::start`].
    pub async fn restart_with(&mut self, set: &[(&str, &str)]) -> Result<()> {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        self.settings.set = set.iter().map(owned).collect();
        self.restart().await
    }

    /// The same with settings that are wrong: it waits until the process runs, and no longer.
    ///
    /// # Errors
    /// When the process ends.
    pub async fn restart_closed_with(&mut self, set: &[(&str, &str)]) -> Result<()> {
        self.settings.opens = false;
        let restarted = self.restart_with(set).await;
        self.settings.opens = true;
        restarted
    }

    /// The same as [`Shop::start_with_lasting_instances`] where edge and origin are two deployments
    /// with a way between them that can be broken. Spin only.
    ///
    /// # Errors
    /// As [`Shop::start`].
    pub async fn start_with_distant_origin(platform: Platform, seed: u64) -> Result<Self> {
        let mut shop = Self::start_with_lasting_instances(platform).await?;
        let directory = shop.directory.path();
        let distant = DistantOrigin::start(directory, &shop.settings, seed).await?;
        shop.settings.ways = [(Goal::Origin, distant.way.address())].into();
        shop.distant = Some(distant);
        shop.restart().await?;
        Ok(shop)
    }

    /// What ways have to lead to that can be broken: on Spin processes of their own, on the same stores;
    /// on Workers none, there a way leads back to the shop itself.
    pub(crate) async fn start_goals(&self, goals: &[Goal]) -> Result<BTreeMap<Goal, Distant>> {
        let mut started = BTreeMap::new();
        if matches!(self.platform, Platform::SpinSqlite | Platform::SpinPostgres) {
            for goal in goals {
                let directory = self.directory.path();
                let distant = Distant::start(*goal, directory, &self.settings).await?;
                started.insert(*goal, distant);
            }
        }
        Ok(started)
    }

    /// Starts the shop again, with an edge that goes these ways.
    pub(crate) async fn restart_over(&mut self, ways: BTreeMap<Goal, SocketAddr>) -> Result<()> {
        self.settings.ways = ways;
        self.restart().await
    }

    /// The same after everything is lost that edges have of levels, switches and turns: what instances
    /// share, and on Spin the key. What the store for operations has stays.
    pub(crate) async fn restart_without_pulse(&mut self) -> Result<()> {
        self.kill_hard();
        for file in self.sqlite_files()? {
            if file.ends_with("sqlite_key_value.db") {
                let store = rusqlite::Connection::open(&file)?;
                store.execute("DELETE FROM spin_key_value WHERE key = ?1", [keys::PULSE])?;
            }
        }
        self.restart_without_shared_cache().await
    }

    /// The way to an origin that is a deployment of its own.
    ///
    /// # Panics
    /// When it is none.
    pub fn way(&mut self) -> &mut FaultyWay {
        let distant = self.distant.as_mut().expect("a shop with a distant origin");
        &mut distant.way
    }

    async fn start_with(
        platform: Platform,
        lasting_instances: bool,
        queue: bool,
        cards: Option<u32>,
    ) -> Result<Self> {
        let url = shared_database(platform).await?;
        Self::start_at(platform, url, lasting_instances, queue, cards).await
    }

    async fn start_at(
        platform: Platform,
        postgres_url: String,
        lasting_instances: bool,
        queue: bool,
        cards: Option<u32>,
    ) -> Result<Self> {
        let card_hold_minutes = cards.unwrap_or(CARD_HOLD_MINUTES);
        let (sandbox, cards) = match cards {
            Some(_) => {
                let (key, webhook_secret) = (format!("sk_test_{}", secret()), secret());
                let sandbox = Server::start(0, &key, &webhook_secret).await?;
                let cards = Cards {
                    secret_key: key,
                    webhook_secret,
                    sandbox_port: sandbox.port(),
                };
                (Some(sandbox), Some(cards))
            }
            None => (None, None),
        };
        let directory = tempfile::Builder::new().prefix("souk-e2e-").tempdir()?;
        fs::create_dir_all(directory.path().join("state"))?;
        let settings = Settings {
            session_secret: secret(),
            staff_token: secret(),
            token: Arc::default(),
            metrics_are_public: true,
            code_secret: secret(),
            data_keys: DATA_KEYS.to_owned(),
            postgres_url,
            queue,
            lasting_instances,
            cards,
            set: Vec::new(),
            opens: true,
            shards: platform.shards(),
            ways: BTreeMap::new(),
            next: NextBuild::None,
        };
        let mut shop = Self {
            platform,
            settings,
            client: Client::new(""),
            instance: None,
            sandbox,
            card_hold_minutes,
            distant: None,
            directory,
        };
        shop.restart().await?;
        Ok(shop)
    }

    /// Ends the runtime, if it still runs, and starts it again on the same stores.
    ///
    /// # Errors
    /// As [`Shop::start`].
    pub async fn restart(&mut self) -> Result<()> {
        self.kill_hard();
        let instance = self.start_another().await?;
        self.client = instance.client();
        if let Some(sandbox) = &self.sandbox {
            sandbox.deliver_to(&format!("{}{WEBHOOK_PATH}", self.client.base()));
        }
        self.instance = Some(instance);
        Ok(())
    }

    /// The same after emptying what instances share beside the stores: the Cache API of Workers.
    /// Spin has none.
    ///
    /// # Errors
    /// As [`Shop::start`].
    pub async fn restart_without_shared_cache(&mut self) -> Result<()> {
        self.kill_hard();
        let cache = self.directory.path().join("state/cache");
        if cache.exists() {
            fs::remove_dir_all(&cache).context("empty the shared cache")?;
        }
        self.restart().await
    }

    /// The same with other keys for personal fields.
    ///
    /// # Errors
    /// As [`Shop::start`].
    pub async fn restart_with_data_keys(&mut self, data_keys: &str) -> Result<()> {
        self.kill_hard();
        data_keys.clone_into(&mut self.settings.data_keys);
        self.restart().await
    }

    /// The same where `/metrics` takes a token, as in a shop of which nothing was set.
    ///
    /// # Errors
    /// As [`Shop::start`].
    pub async fn restart_with_closed_metrics(&mut self) -> Result<()> {
        self.kill_hard();
        self.settings.metrics_are_public = false;
        self.restart().await
    }

    /// The same after everything in the catalogue store is lost, and what instances share beside it.
    ///
    /// # Errors
    /// As [`Shop::start`], and when there was nothing to lose.
    pub async fn restart_without_catalogue(&mut self) -> Result<()> {
        self.kill_hard();
        let mut lost = 0;
        let mut folders = vec![self.directory.path().join("state")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                let name = path.file_name().and_then(|name| name.to_str());
                let name = name.unwrap_or_default();
                // Miniflare has a folder for each kind of store, Spin a file of SQLite.
                if path.is_dir() && name == "kv" {
                    fs::remove_dir_all(&path)?;
                    lost += 1;
                } else if path.is_dir() {
                    folders.push(path);
                } else if name.starts_with("sqlite_key_value.db") {
                    fs::remove_file(&path)?;
                    lost += 1;
                }
            }
        }
        anyhow::ensure!(lost > 0, "there is no catalogue store");
        self.restart_without_shared_cache().await
    }

    /// The same after every store is lost. The payment provider has what it had.
    ///
    /// # Errors
    /// As [`Shop::start`].
    pub async fn restart_without_stores(&mut self) -> Result<()> {
        self.kill_hard();
        let state = self.directory.path().join("state");
        fs::remove_dir_all(&state).context("lose the stores")?;
        fs::create_dir_all(&state)?;
        self.settings.postgres_url = shared_database(self.platform).await?;
        self.restart().await
    }

    /// The same with another number of shards. Workers only.
    ///
    /// # Errors
    /// As [`Shop::start`].
    pub async fn restart_with_shards(&mut self, shards: u16) -> Result<()> {
        self.kill_hard();
        self.settings.shards = shards;
        self.restart().await
    }

    /// Everything that the order store has on its disk, or a dump of it where that is a server.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn dump(&self) -> Result<Vec<u8>> {
        let mut dump = Vec::new();
        if self.platform == Platform::SpinPostgres {
            let server = TokioPostgres::connect(&self.settings.postgres_url).await?;
            let rows = "SELECT body::text FROM souk.orders UNION ALL
                SELECT body::text FROM souk.order_event";
            for row in server.client().query(rows, &[]).await? {
                dump.extend_from_slice(row.get::<_, &str>(0).as_bytes());
            }
        }
        let mut folders = vec![self.directory.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    dump.extend(fs::read(&path).with_context(|| format!("{}", path.display()))?);
                }
            }
        }
        Ok(dump)
    }

    /// Starts one more process on the same stores, with a port of its own. Spin only: the stores
    /// of `workerd` belong to one process.
    ///
    /// # Errors
    /// As [`Shop::start`].
    pub async fn start_another(&self) -> Result<Instance> {
        Instance::start(self.platform, self.directory.path(), &self.settings).await
    }

    /// The same at this port, with further settings by the names of Spin's variables, and with instances
    /// that last.
    ///
    /// # Errors
    /// As [`Shop::start`].
    pub async fn start_another_at(&self, port: u16, set: &[(&str, &str)]) -> Result<Instance> {
        let mut settings = self.settings.clone();
        let set = set.iter();
        let set = set.map(|&(name, value)| (name.to_owned(), value.to_owned()));
        settings.set.extend(set);
        settings.lasting_instances = true;
        Instance::start_at(port, self.platform, self.directory.path(), &settings).await
    }

    /// `kill -9` of the runtime and everything that it started.
    pub fn kill_hard(&mut self) {
        self.instance = None;
    }

    /// Where it runs.
    pub fn platform(&self) -> Platform {
        self.platform
    }

    /// A client of this shop.
    pub fn client(&self) -> Client {
        // Connections belong to the test's own runtime, and tests share shops.
        Client::new(self.client.base())
    }

    /// The provider of a shop that takes cards.
    ///
    /// # Panics
    /// When it takes none.
    pub fn sandbox(&self) -> &Sandbox {
        let sandbox = self.sandbox.as_ref().expect("a shop that takes cards");
        sandbox.sandbox()
    }

    /// Does this while the shop ticks once a second, as by a scheduler on Spin.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn while_ticking<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let ticks = async {
            let mut every_second = tokio::time::interval(std::time::Duration::from_secs(1));
            loop {
                every_second.tick().await;
                // A scheduler does not mind a tick that fails; the next one follows.
                let _ = self.wake().await;
            }
        };
        tokio::select! {
            done = work => done,
            () = ticks => unreachable!("a scheduler does not end"),
        }
    }

    /// What the scheduler does: holds lapse, the provider's work is done.
    ///
    /// # Errors
    /// When the shop does not answer, or a part fails.
    pub async fn tick(&self) -> Result<TickDone> {
        self.staff(staff::TICK, &()).await
    }

    /// Staff change an order.
    ///
    /// # Errors
    /// When the shop does not answer, or refuses.
    pub async fn change(&self, order: &str, key: &str, action: &Action) -> Result<Value> {
        let bearer = self.bearer();
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ];
        let address = staff::CHANGE_ORDER.at(&[order]);
        let path = address.path();
        let body = serde_json::to_vec(action)?;
        let answer = self.client().send("POST", path, &headers, body).await?;
        if answer.status != 200 {
            bail!("{path}: {} {}", answer.status, answer.beginning());
        }
        answer.json()
    }

    /// How much waits in the queues.
    ///
    /// # Errors
    /// When the shop does not answer.
    pub async fn queues(&self) -> Result<Vec<QueueDepth>> {
        let report = self.staff(staff::REPORT_QUEUES, &()).await?;
        Ok(report.queues)
    }

    /// The end of what the runtime wrote.
    pub fn log_end(&self) -> String {
        self.instance
            .as_ref()
            .map(Instance::log_end)
            .unwrap_or_default()
    }

    /// The value of `Authorization` of the deployment's secret, which makes tokens.
    pub fn bearer_of_deployment(&self) -> String {
        format!("Bearer {}", self.settings.staff_token)
    }

    /// The value of `Authorization` of the staff, whose token allows everything.
    pub fn bearer(&self) -> String {
        self.settings.bearer()
    }

    /// Publishes a Shopify product CSV in the folder of a shop, as the staff do; the version that the
    /// shop shows then.
    ///
    /// # Errors
    /// With the words of the tool.
    pub async fn publish(&self, file: &Path) -> Result<u64> {
        let folder = catalogue::shop_folder(file, self.card_hold_minutes)?;
        self.publish_folder(folder.path()).await
    }

    /// Publishes the folder of a shop; the version that the shop shows then.
    ///
    /// # Errors
    /// With the words of the tool.
    pub async fn publish_folder(&self, folder: &Path) -> Result<u64> {
        let folder = folder.to_str().context("the path is no text")?;
        self.task("publish", &[folder]).await?;
        self.current_version().await
    }

    /// Publishes the demo shop.
    ///
    /// # Errors
    /// With the words of the tool.
    pub async fn publish_demo(&self) -> Result<u64> {
        self.publish_folder(&tools::demo_folder()).await
    }

    /// Makes an earlier version the published one.
    ///
    /// # Errors
    /// With the words of the tool.
    pub async fn rollback(&self, version: u64) -> Result<()> {
        self.catalogue(&["rollback", "--to", &version.to_string()])
            .await
    }

    /// The same, where the version may be the published one already.
    ///
    /// # Errors
    /// With the words of the tool.
    pub async fn rollback_unless_current(&self, version: u64) -> Result<()> {
        match self.current_version().await? {
            current if current == version => Ok(()),
            _ => self.rollback(version).await,
        }
    }

    async fn catalogue(&self, arguments: &[&str]) -> Result<()> {
        self.task("catalogue", arguments).await.map(drop)
    }

    /// A command of `souk` for this shop; what it prints.
    ///
    /// # Errors
    /// With the words of the tool.
    pub async fn task(&self, task: &str, arguments: &[&str]) -> Result<String> {
        self.task_with(self.settings.token(), task, arguments).await
    }

    /// The same with a staff token.
    ///
    /// # Errors
    /// When the task fails; the message has what it said.
    pub async fn task_with(&self, token: &str, task: &str, arguments: &[&str]) -> Result<String> {
        let output = tokio::process::Command::new(tools::souk()?)
            .arg(task)
            .args(arguments)
            .args(["--shop", self.client().base(), "--token", token])
            // Products are dated by their publish; parity wants the same date everywhere.
            .env("SOURCE_DATE_EPOCH", "1790000000")
            .kill_on_drop(true)
            .output()
            .await?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            let log = self.log_end();
            bail!(
                "souk {task} {}: {words}\nthe shop's log:\n{log}",
                arguments.join(" ")
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The number of the published version.
    ///
    /// # Errors
    /// When the staff API does not answer.
    pub async fn current_version(&self) -> Result<u64> {
        let known = self.staff(staff::LIST_PUBLICATIONS, &()).await?;
        // The demo shop is published in one format.
        let current = known.current.into_values().max();
        current.context("nothing is published")
    }

    /// The stock account of one SKU.
    ///
    /// # Errors
    /// When the shop does not answer or does not know the SKU.
    pub async fn stock(&self, sku: &str) -> Result<StockAccount> {
        let query = StockQuery {
            skus: vec![sku.to_owned()],
        };
        let report = self.staff(staff::READ_STOCK, &query).await?;
        report
            .accounts
            .into_iter()
            .next()
            .with_context(|| format!("no account of {sku}"))
    }

    /// Whether the books add up.
    ///
    /// # Errors
    /// When the shop does not answer.
    pub async fn audit(&self) -> Result<AuditReport> {
        self.staff(staff::AUDIT, &()).await
    }

    /// A request of the staff, with a key where it is a change.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn ask_staff(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: impl Into<Bytes>,
    ) -> Result<Answer> {
        let bearer = self.bearer();
        let mut headers = vec![
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        headers.extend(key.map(|key| ("idempotency-key", key)));
        self.client().send(method, path, &headers, body).await
    }

    /// Lets the shop do what is due. On Spin a scheduler calls for it; on Workers it is the cron,
    /// which the simulator does not ring, unless the origin's alarm and the queue do it all: then a
    /// request is enough to wake the origin after its process was killed.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn wake(&self) -> Result<()> {
        let answer = match self.platform {
            Platform::Workers | Platform::WorkersSharded | Platform::WranglerDev
                if self.settings.queue =>
            {
                self.ask_staff("GET", staff::REPORT_QUEUES.path(), None, "")
                    .await?
            }
            Platform::Workers
            | Platform::WorkersSharded
            | Platform::WranglerDev
            | Platform::SpinSqlite
            | Platform::SpinPostgres => {
                self.ask_staff("POST", staff::TICK.path(), None, "").await?
            }
        };
        if answer.status != 200 {
            bail!("tick: {} {}", answer.status, answer.beginning());
        }
        Ok(())
    }

    /// The database files below the stores, of SQLite.
    ///
    /// # Errors
    /// When they cannot be looked for.
    pub fn sqlite_files(&self) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        let mut folders = vec![self.directory.path().join("state")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                let kind = path.extension().and_then(|kind| kind.to_str());
                if path.is_dir() {
                    folders.push(path);
                } else if matches!(kind, Some("db" | "sqlite")) {
                    found.push(path);
                }
            }
        }
        Ok(found)
    }

    /// Runs statements in the order store without the shop's code, in each of them where there are
    /// several. On SQLite the shop must not be running.
    ///
    /// # Errors
    /// When there is no store, or the statements are wrong.
    pub async fn damage(&self, sqlite: &str, postgres: &str) -> Result<()> {
        if self.platform == Platform::SpinPostgres {
            let server = TokioPostgres::connect(&self.settings.postgres_url).await?;
            server.client().batch_execute(postgres).await?;
            return Ok(());
        }
        let mut stores = 0;
        for file in self.sqlite_files()? {
            let database = rusqlite::Connection::open(&file)?;
            let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'stock_movement'";
            // Files of the simulator that are no databases of ours are passed over.
            let is_store = database.query_row(tables, [], |row| row.get::<_, i64>(0));
            if is_store.is_ok_and(|count| count == 1) {
                database.execute_batch(sqlite)?;
                stores += 1;
            }
        }
        ensure!(stores > 0, "no database has the ledger of stock");
        Ok(())
    }

    async fn staff<Q: Serialize, R: DeserializeOwned>(
        &self,
        endpoint: Endpoint<Q, R>,
        message: &Q,
    ) -> Result<R> {
        let body = match endpoint.method() {
            Method::Get => Vec::new(),
            Method::Post | Method::Put | Method::Delete => serde_json::to_vec(message)?,
        };
        let (method, path) = (endpoint.method().name(), endpoint.path());
        let bearer = self.bearer();
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        let answer = self.client().send(method, path, &headers, body).await?;
        if answer.status != 200 {
            bail!("{method} {path}: {} {}", answer.status, answer.beginning());
        }
        answer.json()
    }
}

/// A database of its own on the server that tests share; empty but for [`Platform::SpinPostgres`].
async fn shared_database(platform: Platform) -> Result<String> {
    match platform {
        Platform::SpinPostgres => {
            let shared = tokio::task::spawn_blocking(PostgresCluster::shared);
            new_database(shared.await?).await
        }
        Platform::Workers
        | Platform::WorkersSharded
        | Platform::WranglerDev
        | Platform::SpinSqlite => Ok(String::new()),
    }
}

/// An empty database on a server; its address.
async fn new_database(cluster: &PostgresCluster) -> Result<String> {
    let name = cluster.new_name();
    let server = TokioPostgres::connect(&cluster.url()).await?;
    server
        .client()
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .await?;
    Ok(cluster.url_of(&name))
}

/// The key of every shop under test, of 32 bytes.
pub const DATA_KEYS: &str = "first:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn secret() -> String {
    std::iter::repeat_with(fastrand::alphanumeric)
        .take(32)
        .collect()
}
