//! How each platform is started.

use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use souk_launch::SpinShop;

use crate::server::free_port;
use crate::tools;

/// Where a shop runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Platform {
    /// `workerd`, with Durable Objects.
    Workers,
    /// The same with an origin of several objects.
    WorkersSharded,
    /// With one object, by the developer's own command `wrangler dev`. Its proxy does not bear a crowd.
    WranglerDev,
    /// Spin with its own SQLite.
    SpinSqlite,
    /// Spin with PostgreSQL.
    SpinPostgres,
}

/// What a shop is started with.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) session_secret: String,
    pub(crate) staff_token: String,
    /// The key that seals personal fields.
    pub(crate) data_keys: String,
    /// Empty but for [`Platform::SpinPostgres`].
    pub(crate) postgres_url: String,
    /// Whether what happens to orders goes through a queue on Workers. The simulator's queue forgets
    /// everything when its process ends, which the real one does not.
    pub(crate) queue: bool,
    /// Instances of Spin's storefront last, so that their counters tell what they did.
    pub(crate) lasting_instances: bool,
    /// Objects of the origin on Workers.
    pub(crate) shards: u16,
    /// Where the way to an origin begins that is a deployment of its own.
    pub(crate) origin: Option<SocketAddr>,
    /// `None`: the shop takes no cards.
    pub(crate) cards: Option<Cards>,
}

/// How a shop takes cards.
#[derive(Debug, Clone)]
pub(crate) struct Cards {
    pub(crate) secret_key: String,
    pub(crate) webhook_secret: String,
    pub(crate) sandbox_port: u16,
    /// How long units are held for an order that waits for a card.
    pub(crate) hold_minutes: u32,
}

impl Settings {
    /// The value of `Authorization` of the staff.
    pub(crate) fn bearer(&self) -> String {
        format!("Bearer {}", self.staff_token)
    }
}

impl Platform {
    /// Stores over which a shop's origin is spread.
    pub fn shards(self) -> u16 {
        match self {
            Platform::WorkersSharded => 3,
            Platform::Workers
            | Platform::WranglerDev
            | Platform::SpinSqlite
            | Platform::SpinPostgres => 1,
        }
    }

    /// The command that serves a shop; its files are in `directory`.
    pub(crate) fn command(
        self,
        port: u16,
        directory: &Path,
        settings: &Settings,
    ) -> Result<Command> {
        match self {
            Platform::Workers | Platform::WorkersSharded => workers(port, directory, settings),
            Platform::WranglerDev => wrangler(port, directory, settings),
            Platform::SpinSqlite | Platform::SpinPostgres => {
                spin(port, directory, settings, Path::new("spin.toml"))
            }
        }
    }
}

/// `workerd`, by Miniflare.
fn workers(port: u16, directory: &Path, settings: &Settings) -> Result<Command> {
    let project = project(directory, settings)?;
    let mut command = Command::new("node");
    command
        .arg(tools::root().join("tests/e2e/workerd/serve.mjs"))
        .arg(&project)
        .arg(port.to_string())
        .arg(directory.join("state"))
        .arg(tools::node_modules()?)
        .current_dir(&project);
    for (name, value) in quiet(directory) {
        command.env(name, value);
    }
    Ok(command)
}

/// `workerd`, by `wrangler dev`.
fn wrangler(port: u16, directory: &Path, settings: &Settings) -> Result<Command> {
    let project = project(directory, settings)?;
    let mut command = Command::new(tools::wrangler()?);
    command
        .args(["dev", "--config", "wrangler.toml", "--ip", "127.0.0.1"])
        .args(["--port", &port.to_string()])
        .args(["--inspector-port", &free_port()?.to_string()])
        .args(["--show-interactive-dev-session=false", "--persist-to"])
        .arg(directory.join("state"))
        .current_dir(&project);
    for (name, value) in quiet(directory) {
        command.env(name, value);
    }
    Ok(command)
}

/// What keeps wrangler to itself: no questions, no network, no files outside of the directory.
fn quiet(directory: &Path) -> [(&'static str, OsString); 5] {
    [
        ("CI", "true".into()),
        ("WRANGLER_SEND_METRICS", "false".into()),
        ("WRANGLER_LOG_PATH", directory.join("wrangler-logs").into()),
        (
            "WRANGLER_REGISTRY_PATH",
            directory.join("wrangler-registry").into(),
        ),
        // The tests need no copy of Cloudflare's `Request.cf`.
        ("CLOUDFLARE_CF_FETCH_ENABLED", "false".into()),
    ]
}

/// A directory with copies of the configuration and of the built bundle, so that editing and
/// building beside a running test do not disturb it.
fn project(directory: &Path, settings: &Settings) -> Result<PathBuf> {
    let project = directory.join("project");
    fs::create_dir_all(&project)?;
    for file in ["index.js", "index_bg.wasm"] {
        fs::copy(tools::built(&format!("build/{file}"))?, project.join(file))?;
    }
    let manifest = fs::read_to_string(tools::root().join("wrangler.toml"))?;
    let mut manifest: toml::Table = toml::from_str(&manifest).context("wrangler.toml")?;
    manifest.remove("build");
    if !settings.queue {
        manifest.remove("queues");
    }
    manifest.insert("main".to_owned(), "index.js".into());
    let vars = manifest.get_mut("vars").and_then(toml::Value::as_table_mut);
    let vars = vars.context("wrangler.toml has variables")?;
    vars.insert(
        "ORIGIN_SHARDS".to_owned(),
        settings.shards.to_string().into(),
    );
    if let Some(cards) = &settings.cards {
        for (name, value) in [
            ("PAYMENT_SANDBOX_PORT", cards.sandbox_port.to_string()),
            ("CARD_HOLD_MINUTES", cards.hold_minutes.to_string()),
        ] {
            vars.insert(name.to_owned(), value.into());
        }
    }
    fs::write(project.join("wrangler.toml"), toml::to_string(&manifest)?)?;
    let Settings {
        session_secret,
        staff_token,
        data_keys,
        ..
    } = settings;
    let mut secrets = vec![
        ("SESSION_SECRET", session_secret),
        ("STAFF_TOKEN", staff_token),
        ("DATA_KEYS", data_keys),
    ];
    if let Some(cards) = &settings.cards {
        secrets.push(("STRIPE_SECRET_KEY", &cards.secret_key));
        secrets.push(("STRIPE_WEBHOOK_SECRETS", &cards.webhook_secret));
    }
    let secrets: String = secrets
        .iter()
        .map(|(name, secret)| format!("{name} = \"{secret}\"\n"))
        .collect();
    fs::write(project.join(".dev.vars"), secrets)?;
    Ok(project)
}

/// `spin up`, or the local runner, which takes the same arguments. A shop whose way to the origin can
/// be broken is always served by the runner: Spin does not let a test between two components.
pub(crate) fn spin(
    port: u16,
    directory: &Path,
    settings: &Settings,
    manifest: &Path,
) -> Result<Command> {
    let program = match settings.origin {
        Some(_) => tools::spin_runner()?,
        None => tools::spin()?,
    };
    let mut command = Command::new(program);
    let state = directory.join("state");
    let shop = SpinShop {
        listen: ([127, 0, 0, 1], port).into(),
        state: &state,
        session_secret: &settings.session_secret,
        staff_token: &settings.staff_token,
        data_keys: &settings.data_keys,
        postgres_url: Some(settings.postgres_url.as_str()).filter(|url| !url.is_empty()),
        payments: settings.cards.as_ref().map(|cards| souk_launch::Payments {
            secret_key: &cards.secret_key,
            webhook_secrets: &cards.webhook_secret,
            sandbox_port: Some(cards.sandbox_port),
        }),
    };
    shop.arguments(&mut command, manifest)?;
    command.current_dir(tools::root());
    if let Some(cards) = &settings.cards {
        let minutes = format!("card_hold_minutes={}", cards.hold_minutes);
        command.args(["--variable", &minutes]);
    }
    if let Some(origin) = settings.origin {
        command.args(["--detour", &format!("origin={origin}")]);
    }
    if settings.lasting_instances {
        command
            .args(souk_launch::REUSE)
            .args(["--max-instance-concurrent-reuse-count", "10000"])
            .args(["--idle-instance-timeout", "600s"]);
    }
    Ok(command)
}
