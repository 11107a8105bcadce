//! The stage of a drill: a shop whose ways can be broken by the fault proxy, with what an experiment
//! finds in its environment.
//!
//! Three proxies: `front` between clients and the shop, `origin` and `board` between the edge and what it
//! asks. On Spin origin and board are processes of their own; on Workers the storefront's questions to
//! its objects go over the proxies and back (`workerd/way.js`).
//!
//! | variable | what it is |
//! |---|---|
//! | `SOUK_SHOP`, `SOUK_STAFF_TOKEN` | the shop and a token for its staff, as the program `souk` wants them |
//! | `SOUK_DRILL_FAULTS` | the API of the fault proxy |
//! | `SOUK_DRILL_STAGE` | what the stage does (`control`) |
//! | `SOUK_DRILL_REPORTS` | the folder for load reports |
//! | `SOUK_DRILL_BEGAN` | when the drill began, as RFC 3339 |
//!
//! `souk` and `souk-load` are on `PATH`.

mod control;
mod customers;
mod defects;
mod scene;

use std::collections::BTreeMap;
use std::fs;
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use souk_drill::{Environment, Experiment, Journal, Progress, Variables};
use souk_fault_proxy::server::Server as Faults;
use souk_pages::format::timestamp;
use souk_protocol::staff::SET_SWITCHES;
use tempfile::TempDir;
use tokio::sync::RwLock;
use tokio::task::JoinHandle;

use self::control::Control;
use self::customers::Customers;
pub use self::defects::Defect;
pub use self::scene::{Drill, SaleScene, Scene, path_with_programs};
use crate::catalogue::{CatalogueFile, shop_folder, single};
use crate::distant::Distant;
use crate::{Client, Goal, Platform, Shop, eventually, tools};

/// What can be broken behind the edge.
const GOALS: [Goal; 2] = [Goal::Origin, Goal::Board];
/// Nothing listens there, so a way that leads nowhere yet is one that is refused.
const NOWHERE: &str = "127.0.0.1:1";
/// The price of everything, in minor units, and in the sale.
const PRICE: u32 = 1_000;
const SALE_PRICE: u32 = 500;
/// A sale lasts longer than any drill.
const LASTS_S: i64 = 3_600;
/// How much longer a sale waits each time that the preparations took too long.
const LEADS: [i64; 3] = [1, 4, 16];
/// What is left until the opening when the drill begins.
const LEFT_MS_MIN: i64 = 3_000;

/// A shop that is ready for a drill; everything ends when it is dropped.
pub struct Stage {
    inside: Arc<Inside>,
    control: Control,
    ticker: JoinHandle<()>,
    environment: Environment,
    began: String,
    _goals: BTreeMap<Goal, Distant>,
    _faults: Faults,
}

/// What the stage's server and its defects need.
struct Inside {
    shop: RwLock<Shop>,
    /// The shop as clients reach it.
    front: Client,
    faults: FaultsClient,
    customers: Arc<Customers>,
    defect: Option<Defect>,
    /// Load reports and raw logs.
    folder: TempDir,
}

/// A client of the fault proxy's API.
struct FaultsClient(Client);

impl FaultsClient {
    async fn post(&self, path: &str, body: &Value) -> Result<()> {
        let answer = self.0.send("POST", path, &[], body.to_string()).await?;
        let is_done = (200..300).contains(&answer.status);
        ensure!(is_done, "{path}: {} {}", answer.status, answer.text());
        Ok(())
    }

    /// Makes a proxy; where it listens.
    async fn proxy(&self, name: &str, upstream: &str) -> Result<SocketAddr> {
        let wanted = json!({"name": name, "listen": "127.0.0.1:0", "upstream": upstream});
        self.post("/proxies", &wanted).await?;
        let made: Value = self.0.get(&format!("/proxies/{name}")).await?.json()?;
        let listen = made["listen"].as_str().context("a proxy listens")?;
        listen.parse().context("where a proxy listens")
    }

    async fn lead(&self, name: &str, upstream: &str) -> Result<()> {
        let change = json!({ "upstream": upstream });
        self.post(&format!("/proxies/{name}"), &change).await
    }
}

impl Inside {
    /// Has the proxies lead to a shop that has started, perhaps at another address than before.
    async fn lead_to(&self, shop: &Shop) -> Result<()> {
        let client = shop.client();
        let address = client.base().strip_prefix("http://");
        let address = address.context("a shop on this machine has a plain address")?;
        self.faults.lead("front", address).await?;
        if matches!(
            shop.platform(),
            Platform::SpinSqlite | Platform::SpinPostgres
        ) {
            return Ok(());
        }
        for goal in GOALS {
            self.faults.lead(goal.name(), address).await?;
        }
        Ok(())
    }
}

impl Stage {
    /// Starts a shop as a drill wants it.
    ///
    /// # Errors
    /// When a tool is missing, or something does not come up.
    pub async fn start(platform: Platform, scene: &Scene, defect: Option<Defect>) -> Result<Self> {
        let mut shop = Shop::start_with_lasting_instances(platform).await?;
        let server = Faults::start(0, 1).await?;
        let faults = FaultsClient(Client::new(format!("http://{}", server.address())));
        let goals = shop.start_goals(&GOALS).await?;
        let mut ways = BTreeMap::new();
        for goal in GOALS {
            let leads_to = goals.get(&goal).map(|goal| goal.address.to_string());
            let leads_to = leads_to.unwrap_or_else(|| NOWHERE.to_owned());
            ways.insert(goal, faults.proxy(goal.name(), &leads_to).await?);
        }
        shop.restart_over(ways).await?;
        let front = faults.proxy("front", NOWHERE).await?;
        let front = Client::new(format!("http://{front}"));
        let folder = tempfile::Builder::new().prefix("souk-drill-").tempdir()?;
        let inside = Inside {
            customers: Arc::new(Customers::new(front.clone(), folder.path())),
            shop: RwLock::new(shop),
            front,
            faults,
            defect,
            folder,
        };
        let inside = Arc::new(inside);
        let ticker = tokio::spawn(tick(Arc::clone(&inside)));
        let began = now_ms()?;
        {
            let shop = inside.shop.read().await;
            inside.lead_to(&shop).await?;
            prepare(&shop, scene).await?;
        }
        let control = Control::listen().await?;
        let began = timestamp(began).context("a moment")?;
        let environment = environment(&inside, &server, &control, &began).await?;
        Ok(Self {
            inside,
            control,
            ticker,
            environment,
            began,
            _goals: goals,
            _faults: server,
        })
    }

    /// What an experiment finds.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Where load reports and raw logs are.
    pub fn folder(&self) -> &Path {
        self.inside.folder.path()
    }

    /// Runs an experiment on it.
    ///
    /// # Errors
    /// When a variable that it wants is missing.
    pub async fn run(
        &self,
        experiment: &Experiment,
        progress: &mut dyn Progress,
    ) -> Result<Journal> {
        let variables = Variables::of(experiment, &self.environment)?;
        let run = souk_drill::run(experiment, &variables, progress);
        Ok(self.while_serving(run).await)
    }

    /// Does this while the stage answers what an experiment asks of it.
    pub async fn while_serving<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::select! {
            done = work => done,
            () = self.control.serve(&self.inside) => unreachable!("a server does not end"),
        }
    }

    /// The report of the drill, in the words of `souk report`.
    ///
    /// # Errors
    /// With the words of the tool.
    pub async fn report(&self, sale: Option<&str>, arguments: &[&str]) -> Result<String> {
        let mut command = tokio::process::Command::new(tools::souk()?);
        command.args(["report", "--since", &self.began, "--load"]);
        command.arg(self.folder());
        if let Some(sale) = sale {
            command.args(["--sale", sale]);
        }
        let output = command
            .args(arguments)
            .envs(self.environment.set())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await?;
        if !output.status.success() {
            bail!("souk report: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.ticker.abort();
    }
}

async fn environment(
    inside: &Inside,
    faults: &Faults,
    control: &Control,
    began: &str,
) -> Result<Environment> {
    let bearer = inside.shop.read().await.bearer();
    let token = bearer.strip_prefix("Bearer ").unwrap_or_default();
    let reports = inside.folder.path().display().to_string();
    Ok(Environment::default()
        .with("SOUK_SHOP", inside.front.base())
        .with("SOUK_STAFF_TOKEN", token)
        .with("SOUK_DRILL_FAULTS", format!("http://{}", faults.address()))
        .with("SOUK_DRILL_STAGE", format!("http://{}", control.address()?))
        .with("SOUK_DRILL_REPORTS", reports)
        .with("SOUK_DRILL_BEGAN", began)
        .with("PATH", path_with_programs()?))
}

/// Rings once a second, as a scheduler on Spin.
async fn tick(inside: Arc<Inside>) {
    let mut every_second = tokio::time::interval(Duration::from_secs(1));
    loop {
        every_second.tick().await;
        // A scheduler does not mind a tick that fails; the next one follows.
        let _ = inside.shop.read().await.wake().await;
    }
}

fn now_ms() -> Result<i64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(i64::try_from(now.as_millis())?)
}

/// Products, a sale, a level.
async fn prepare(shop: &Shop, scene: &Scene) -> Result<()> {
    let products = scene.stock.iter();
    let products: Vec<_> = products
        .map(|(sku, units)| single(sku, PRICE, *units))
        .collect();
    let file = CatalogueFile::new(&products)?;
    match &scene.sale {
        Some(sale) => publish_with(shop, &file, sale).await?,
        None => drop(shop.publish(&file.path()).await?),
    }
    if scene.level > 0 {
        let wish = json!({"level": scene.level, "reason": "a drill"}).to_string();
        let answer = shop
            .ask_staff("PUT", SET_SWITCHES.path(), None, wish)
            .await?;
        ensure!(answer.status == 200, "{}", answer.beginning());
        let client = shop.client();
        eventually("the edge knows the level", async || {
            let status: Value = client.get("/api/v1/status").await?.json()?;
            Ok((status["level"] == scene.level).then_some(()))
        })
        .await?;
    }
    Ok(())
}

async fn publish_with(shop: &Shop, file: &CatalogueFile, sale: &SaleScene) -> Result<()> {
    for lead in LEADS {
        let opens_ms = (now_ms()? / 1_000 + sale.opens_in_s * lead) * 1_000;
        let folder = shop_folder(&file.path(), 15)?;
        let path = folder.path().join("sales/drop");
        fs::create_dir_all(&path)?;
        fs::write(path.join("sale.toml"), sale_file(sale, opens_ms)?)?;
        shop.publish_folder(folder.path()).await?;
        shop.task("sale", &["schedule", "drop"]).await?;
        if now_ms()? < opens_ms - LEFT_MS_MIN {
            return Ok(());
        }
    }
    bail!("publishing takes minutes")
}

fn sale_file(sale: &SaleScene, opens_ms: i64) -> Result<String> {
    let opens = timestamp(opens_ms).context("a date")?;
    let closes = timestamp(opens_ms + LASTS_S * 1_000).context("a date")?;
    let (sku, units) = (&sale.sku, sale.units);
    Ok(format!(
        r#"titles = {{ en = "The drop", zh = "限时特卖" }}
opens = {opens}
closes = {closes}
room = false
identity = "email"
items = [{{ sku = "{sku}", price = {SALE_PRICE}, units = {units}, limit = 1 }}]
"#
    ))
}
