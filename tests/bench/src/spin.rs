//! Spin, or the local runner in its place, as `docs/operating.md` says that a shop is served: an
//! instance answers as many requests as it can. So does the floor.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use souk_launch::postgres_host;

use crate::server::{Server, free_address};
use crate::tools::Tools;
use crate::workerd::{DATA_KEYS, SECRET};

/// Which application is started.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Application {
    /// The shop.
    Shop,
    /// Hello and the bare writes.
    Floor,
}

/// Starts an application whose stores are in `directory`.
///
/// # Errors
/// When the program cannot be started.
pub(crate) fn start(
    tools: &Tools,
    application: Application,
    postgres_url: Option<&str>,
    directory: &Path,
) -> Result<Server> {
    let address = free_address()?;
    let manifest = match application {
        Application::Shop => tools.root.join("spin.toml"),
        Application::Floor => tools.root.join("tests/bench-floor/spin/spin.toml"),
    };
    let mut command = Command::new(&tools.spin);
    command
        .args(["up", "--quiet", "--listen", &address.to_string(), "--from"])
        .arg(manifest)
        .arg("--state-dir")
        .arg(directory.join("state"))
        .args(souk_launch::REUSE)
        .current_dir(directory);
    if let Application::Shop = application {
        for name in ["session_secret", "staff_token"] {
            command.args(["--variable", &format!("{name}={SECRET}")]);
        }
        command.args(["--variable", "metrics_are_public=true"]);
        // As in a real shop, personal fields are sealed.
        command.args(["--variable", &format!("data_keys={DATA_KEYS}")]);
    }
    if let Some(url) = postgres_url {
        command.args(["--variable", &format!("postgres_url={url}")]);
        command.args([
            "--variable",
            &format!("postgres_host={}", postgres_host(url)?),
        ]);
    }
    Server::start(&mut command, directory, address)
}
