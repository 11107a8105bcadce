//! Spin, or the local runner in its place, with its own defaults for the reuse of instances.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::server::{Server, free_address};
use crate::tools::Tools;
use crate::workerd::SECRET;

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
        .current_dir(directory);
    if let Application::Shop = application {
        for name in ["session_secret", "staff_token"] {
            command.args(["--variable", &format!("{name}={SECRET}")]);
        }
    }
    if let Some(url) = postgres_url {
        command.args(["--variable", &format!("postgres_url={url}")]);
        command.args(["--variable", &format!("postgres_host={}", host_of(url))]);
    }
    Server::start(&mut command, directory, address)
}

/// `HOST:PORT` of an address with user, password and database.
fn host_of(url: &str) -> &str {
    let host = url.rsplit('@').next().unwrap_or(url);
    host.split('/').next().unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_database_is_what_an_allow_list_names() {
        let url = "postgres://souk:secret@127.0.0.1:4711/shop?sslmode=disable";
        assert_eq!(host_of(url), "127.0.0.1:4711");
    }
}
