//! A component of Spin that is a deployment of its own, as it may be in another place than the edge.
//!
//! Spin only: on Workers the edge asks objects of its own deployment; what lies between in a drill is in
//! `workers`.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::faults::FaultyWay;
use crate::platform::{self, Goal, NextBuild, Settings};
use crate::server::{Server, free_port};
use crate::{Client, eventually, tools};

/// The origin, and the way to it.
#[derive(Debug)]
pub(crate) struct DistantOrigin {
    pub(crate) way: FaultyWay,
    _process: Distant,
}

impl DistantOrigin {
    /// Starts an origin on the stores in `directory`, and waits until it answers.
    pub(crate) async fn start(directory: &Path, settings: &Settings, seed: u64) -> Result<Self> {
        let process = Distant::start(Goal::Origin, directory, settings).await?;
        Ok(Self {
            way: FaultyWay::to(process.address, seed).await?,
            _process: process,
        })
    }
}

/// One process with what a way leads to; killed when dropped.
#[derive(Debug)]
pub(crate) struct Distant {
    pub(crate) address: SocketAddr,
    _server: Server,
}

impl Distant {
    /// Starts it on the stores in `directory`, and waits until it answers.
    pub(crate) async fn start(goal: Goal, directory: &Path, settings: &Settings) -> Result<Self> {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let manifest = manifest(goal, directory)?;
        let own = Settings {
            ways: Default::default(),
            next: NextBuild::None,
            ..settings.clone()
        };
        let mut command = platform::spin(address.port(), directory, &own, &manifest)?;
        let mut server = Server::start(&mut command, directory)?;
        let client = Client::new(format!("http://{address}"));
        let what = format!("the component {} answers", goal.component());
        let ready = eventually(&what, async || {
            server.check()?;
            let health = client.get("/.well-known/spin/health").await;
            Ok(health
                .is_ok_and(|answer| answer.status == 200)
                .then_some(()))
        });
        let ready = ready.await;
        ready.with_context(|| format!("the end of its log:\n{}", server.log_end()))?;
        Ok(Self {
            address,
            _server: server,
        })
    }
}

/// The manifest of one component alone: as `spin.toml` has it, but that it is reached from outside. It
/// listens on the loopback address only. What it asks itself, an origin, is in the same process.
fn manifest(goal: Goal, directory: &Path) -> Result<PathBuf> {
    let manifest = fs::read_to_string(tools::root().join("spin.toml"))?;
    let mut manifest: toml::Table = toml::from_str(&manifest).context("spin.toml")?;
    let components = manifest
        .get_mut("component")
        .and_then(|all| all.as_table_mut());
    let components = components.context("spin.toml has components")?;
    let kept: &[&str] = match goal {
        Goal::Origin => &["origin"],
        Goal::Board => &["operations", "origin"],
    };
    components.retain(|name, _| kept.contains(&name));
    for (name, component) in components.iter_mut() {
        let component = component.as_table_mut();
        let component = component.with_context(|| format!("spin.toml has {name}"))?;
        let Some(source) = component.get("source").and_then(|source| source.as_str()) else {
            bail!("the component {name} in spin.toml is no file");
        };
        let source = tools::built(source)?.display().to_string();
        component.insert("source".to_owned(), source.into());
    }
    // What a component asks itself is reached by no route.
    let routes = kept.iter().map(|&component| {
        let mut route = toml::Table::new();
        let path = match component == goal.component() {
            true => "/...".into(),
            false => toml::toml! { private = true }.into(),
        };
        route.insert("route".to_owned(), path);
        route.insert("component".to_owned(), component.into());
        toml::Value::from(route)
    });
    let routes: toml::value::Array = routes.collect();
    let mut trigger = toml::Table::new();
    trigger.insert("http".to_owned(), routes.into());
    manifest.insert("trigger".to_owned(), trigger.into());
    let path = directory.join(format!("{}.toml", goal.component()));
    fs::write(&path, toml::to_string(&manifest)?)?;
    Ok(path)
}
