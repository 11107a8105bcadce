//! An origin that is a deployment of its own, as it may be in another place than the edge: one
//! process with the component `origin` alone, behind a way that can be broken.
//!
//! Spin only: on Workers the edge asks objects of its own deployment, and nothing lies between.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::faults::FaultyWay;
use crate::platform::{self, Settings};
use crate::server::{Server, free_port};
use crate::{Client, eventually, tools};

/// The origin, and the way to it.
#[derive(Debug)]
pub(crate) struct DistantOrigin {
    pub(crate) way: FaultyWay,
    _server: Server,
}

impl DistantOrigin {
    /// Starts an origin on the stores in `directory`, and waits until it answers.
    pub(crate) async fn start(directory: &Path, settings: &Settings, seed: u64) -> Result<Self> {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let manifest = manifest(directory)?;
        let mut command = platform::spin(address.port(), directory, settings, &manifest)?;
        let mut server = Server::start(&mut command, directory)?;
        let client = Client::new(format!("http://{address}"));
        let ready = eventually("the origin answers", async || {
            server.check()?;
            let health = client.get("/.well-known/spin/health").await;
            Ok(health
                .is_ok_and(|answer| answer.status == 200)
                .then_some(()))
        });
        let ready = ready.await;
        ready.with_context(|| format!("the end of its log:\n{}", server.log_end()))?;
        Ok(Self {
            way: FaultyWay::to(address, seed).await?,
            _server: server,
        })
    }
}

/// The manifest of an origin alone: as `spin.toml` has it, but that it is reached from outside. It
/// listens on the loopback address only.
fn manifest(directory: &Path) -> Result<PathBuf> {
    let manifest = fs::read_to_string(tools::root().join("spin.toml"))?;
    let mut manifest: toml::Table = toml::from_str(&manifest).context("spin.toml")?;
    let components = manifest
        .get_mut("component")
        .and_then(|all| all.as_table_mut());
    let components = components.context("spin.toml has components")?;
    components.retain(|name, _| name == "origin");
    let origin = components
        .get_mut("origin")
        .and_then(|one| one.as_table_mut());
    let origin = origin.context("spin.toml has an origin")?;
    let Some(source) = origin.get("source").and_then(|source| source.as_str()) else {
        bail!("the origin in spin.toml is no file");
    };
    let source = tools::built(source)?.display().to_string();
    origin.insert("source".to_owned(), source.into());
    let trigger = toml::toml! {
        [[http]]
        route = "/..."
        component = "origin"
    };
    manifest.insert("trigger".to_owned(), trigger.into());
    let path = directory.join("origin.toml");
    fs::write(&path, toml::to_string(&manifest)?)?;
    Ok(path)
}
