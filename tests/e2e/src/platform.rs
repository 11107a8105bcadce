//! How each platform is started.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};

use anyhow::Result;
use souk_launch::SpinShop;

use crate::server::free_port;
use crate::{tools, workers};

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
    /// The deployment's secret, which makes tokens.
    pub(crate) staff_token: String,
    /// The token with which the tests do everything; made when the shop answers for the first time.
    pub(crate) token: Arc<OnceLock<String>>,
    /// Whether `/metrics` is shown to every caller.
    pub(crate) metrics_are_public: bool,
    /// Makes codes of promotions' series.
    pub(crate) code_secret: String,
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
    /// Where the ways begin that can be broken, and what each leads to.
    pub(crate) ways: BTreeMap<Goal, SocketAddr>,
    /// `None`: the shop takes no cards.
    pub(crate) cards: Option<Cards>,
    /// Settings of the shop that a test sets, by the names of Spin's variables.
    pub(crate) set: Vec<(String, String)>,
    /// Whether the shop opens with them.
    pub(crate) opens: bool,
    /// The build of a release.
    pub(crate) next: NextBuild,
}

/// What the build of a release is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NextBuild {
    /// There is none on Workers; on Spin it is the stable one.
    #[default]
    None,
    /// The stable one once more.
    Same,
    /// One that crashes with every request.
    Broken,
}

/// What a way leads to that can be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Goal {
    /// The origin, for the edge.
    Origin,
    /// Where the edge hears of levels, switches and turns: on Workers the object with the signals, on
    /// Spin the component that writes the key with them.
    Board,
}

impl Goal {
    /// What drills call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Board => "board",
        }
    }

    /// The component of Spin behind it.
    pub(crate) fn component(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Board => "operations",
        }
    }
}

/// How a shop takes cards.
#[derive(Debug, Clone)]
pub(crate) struct Cards {
    pub(crate) secret_key: String,
    pub(crate) webhook_secret: String,
    pub(crate) sandbox_port: u16,
}

impl Settings {
    /// The token of the tests.
    ///
    /// # Panics
    /// When the shop has not answered yet.
    pub(crate) fn token(&self) -> &str {
        self.token.get().expect("the shop has answered")
    }

    /// The value of `Authorization` of the staff.
    pub(crate) fn bearer(&self) -> String {
        format!("Bearer {}", self.token())
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
            Platform::Workers | Platform::WorkersSharded => {
                workers::workerd(port, directory, settings)
            }
            Platform::WranglerDev => workers::wrangler(port, directory, settings),
            Platform::SpinSqlite | Platform::SpinPostgres => {
                spin(port, directory, settings, Path::new("spin.toml"))
            }
        }
    }
}

/// `spin up`, or the local runner, which takes the same arguments. A shop with a way that can be broken is
/// always served by the runner: Spin does not let a test between two components.
pub(crate) fn spin(
    port: u16,
    directory: &Path,
    settings: &Settings,
    manifest: &Path,
) -> Result<Command> {
    let has_detour = !settings.ways.is_empty() || settings.next == NextBuild::Broken;
    let program = match has_detour {
        true => tools::spin_runner()?,
        false => tools::spin()?,
    };
    let mut command = Command::new(program);
    let state = directory.join("state");
    let shop = SpinShop {
        listen: ([127, 0, 0, 1], port).into(),
        state: &state,
        session_secret: &settings.session_secret,
        staff_token: &settings.staff_token,
        code_secret: &settings.code_secret,
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
    let public = format!("metrics_are_public={}", settings.metrics_are_public);
    command.args(["--variable", &public]);
    for (name, value) in &settings.set {
        souk_launch::set_variable(&mut command, name, value);
    }
    for (goal, way) in &settings.ways {
        command.args(["--detour", &format!("{}={way}", goal.component())]);
    }
    if settings.next == NextBuild::Broken {
        // Nothing listens there.
        let away = free_port()?;
        command.args(["--detour", &format!("storefront-next=127.0.0.1:{away}")]);
    }
    if settings.lasting_instances {
        command
            .args(souk_launch::REUSE)
            .args(["--max-instance-concurrent-reuse-count", "10000"])
            .args(["--idle-instance-timeout", "600s"]);
    }
    Ok(command)
}
