//! One running shop.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Serialize, de::DeserializeOwned};
use souk_contract::{PostgresCluster, TokioPostgres};
use souk_protocol::staff::{self, Publications};
use souk_protocol::trade::{AuditReport, StockAccount, StockQuery, StockReport};
use tempfile::TempDir;

use crate::platform::Settings;
use crate::{Client, Instance, Platform, tools};

/// A shop with a port, stores and secrets of its own; ended when dropped.
pub struct Shop {
    platform: Platform,
    settings: Settings,
    /// Where it was reached last.
    client: Client,
    instance: Option<Instance>,
    directory: TempDir,
}

impl Shop {
    /// Starts an empty shop and waits until it answers.
    ///
    /// # Errors
    /// When a tool is missing or the server does not come up.
    pub async fn start(platform: Platform) -> Result<Self> {
        Self::start_with(platform, false).await
    }

    /// The same where instances of Spin last, so that their counters tell what they did.
    ///
    /// # Errors
    /// As [`Shop::start`].
    pub async fn start_with_lasting_instances(platform: Platform) -> Result<Self> {
        Self::start_with(platform, true).await
    }

    async fn start_with(platform: Platform, lasting_instances: bool) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("souk-e2e-").tempdir()?;
        fs::create_dir_all(directory.path().join("state"))?;
        let settings = Settings {
            session_secret: secret(),
            staff_token: secret(),
            postgres_url: match platform {
                Platform::SpinPostgres => new_database().await?,
                Platform::Workers | Platform::WranglerDev | Platform::SpinSqlite => String::new(),
            },
            lasting_instances,
        };
        let mut shop = Self {
            platform,
            settings,
            client: Client::new(""),
            instance: None,
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

    /// Starts one more process on the same stores, with a port of its own. Spin only: the stores
    /// of `workerd` belong to one process.
    ///
    /// # Errors
    /// As [`Shop::start`].
    pub async fn start_another(&self) -> Result<Instance> {
        Instance::start(self.platform, self.directory.path(), &self.settings).await
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

    /// The end of what the runtime wrote.
    pub fn log_end(&self) -> String {
        self.instance
            .as_ref()
            .map(Instance::log_end)
            .unwrap_or_default()
    }

    /// The value of `Authorization` of the staff.
    pub fn bearer(&self) -> String {
        self.settings.bearer()
    }

    /// Publishes a Shopify product CSV as the staff do; the version that the shop shows then.
    ///
    /// # Errors
    /// With the words of the tool.
    pub async fn publish(&self, file: &Path) -> Result<u64> {
        let file = file.to_str().context("the path is no text")?;
        self.catalogue(&["publish", file]).await?;
        self.current_version().await
    }

    /// Publishes the demo catalogue.
    ///
    /// # Errors
    /// With the words of the tool.
    pub async fn publish_demo(&self) -> Result<u64> {
        self.catalogue(&["publish"]).await?;
        self.current_version().await
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
        let output = tokio::process::Command::new(tools::xtask()?)
            .arg("catalogue")
            .args(arguments)
            .args([
                "--shop",
                self.client().base(),
                "--token",
                &self.settings.staff_token,
            ])
            .env("CARGO_MANIFEST_DIR", tools::root().join("xtask"))
            // Products are dated by their publish; parity wants the same date everywhere.
            .env("SOURCE_DATE_EPOCH", "1790000000")
            .kill_on_drop(true)
            .output()
            .await?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            let log = self.log_end();
            bail!(
                "xtask catalogue {}: {words}\nthe shop's log:\n{log}",
                arguments.join(" ")
            );
        }
        Ok(())
    }

    async fn current_version(&self) -> Result<u64> {
        let known: Publications = self.staff("GET", staff::PUBLICATIONS_PATH, &()).await?;
        known.current.context("nothing is published")
    }

    /// The stock account of one SKU.
    ///
    /// # Errors
    /// When the shop does not answer or does not know the SKU.
    pub async fn stock(&self, sku: &str) -> Result<StockAccount> {
        let query = StockQuery {
            skus: vec![sku.to_owned()],
        };
        let report: StockReport = self.staff("POST", staff::STOCK_PATH, &query).await?;
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
        self.staff("GET", staff::AUDIT_PATH, &()).await
    }

    async fn staff<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        message: &impl Serialize,
    ) -> Result<T> {
        let body = if method == "GET" {
            Vec::new()
        } else {
            serde_json::to_vec(message)?
        };
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

/// An empty database on the server that all tests of this process share; its address.
async fn new_database() -> Result<String> {
    let cluster = tokio::task::spawn_blocking(PostgresCluster::shared).await?;
    let name = cluster.new_name();
    let server = TokioPostgres::connect(&cluster.url()).await?;
    server
        .client()
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .await?;
    Ok(cluster.url_of(&name))
}

fn secret() -> String {
    std::iter::repeat_with(fastrand::alphanumeric)
        .take(32)
        .collect()
}
