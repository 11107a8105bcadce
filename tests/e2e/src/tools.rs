//! Where the programs are that the tests run.
//!
//! `cargo xtask test` names them in the environment; without it they are where the developer's
//! tasks leave them in the workspace.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Result, bail, ensure};

/// The root of the workspace.
pub fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package.ancestors().nth(2);
    root.expect("the package is two levels below the root")
        .to_path_buf()
}

/// `wrangler`, which runs Workers.
///
/// # Errors
/// When it is not there.
pub fn wrangler() -> Result<PathBuf> {
    find(
        "SOUK_WRANGLER",
        "node_modules/.bin/wrangler",
        "run `npm ci`",
    )
}

/// The Node that runs `wrangler`, Miniflare and the browser's drivers: that of the npm packages, or
/// the installed one on a machine that npm has none for.
///
/// # Errors
/// When the npm packages are not there.
pub fn node() -> Result<PathBuf> {
    let brought = node_modules()?.join(".bin/node");
    Ok(match brought.exists() {
        true => brought,
        false => "node".into(),
    })
}

/// Spin: the program that `SOUK_SPIN` names, else `spin` on `PATH`, else the local runner in its
/// place.
///
/// # Errors
/// When what is named is not there, or none is.
pub fn spin() -> Result<PathBuf> {
    if let Some(named) = env::var_os("SOUK_SPIN").filter(|named| !named.is_empty()) {
        let named = root().join(named);
        ensure!(
            named.is_file(),
            "SOUK_SPIN names {}, which is no program",
            named.display()
        );
        return Ok(named);
    }
    static ON_PATH: OnceLock<Option<PathBuf>> = OnceLock::new();
    let on_path = ON_PATH.get_or_init(|| {
        let path = env::var_os("PATH")?;
        let programs = env::split_paths(&path).map(|directory| directory.join("spin"));
        programs.into_iter().find(|program| is_spin(program))
    });
    on_path.clone().map_or_else(spin_runner, Ok)
}

/// The local runner: for tests that plant a fault between two components, which Spin has no means
/// for.
///
/// # Errors
/// When it is not there.
pub fn spin_runner() -> Result<PathBuf> {
    let what_to_do = "run `cargo build --package spin-runner --profile tool`";
    find("SOUK_SPIN_RUNNER", "target/tool/spin-runner", what_to_do)
}

/// Whether a program is the Spin that serves components, and not the model checker of that name.
fn is_spin(program: &Path) -> bool {
    let asked = Command::new(program).arg("--version").output();
    let said = asked.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    said.is_ok_and(|said| said.starts_with("spin "))
}

/// The program `souk`; the tests publish catalogues with it, as a shop's staff do.
///
/// # Errors
/// When it is not there.
pub fn souk() -> Result<PathBuf> {
    find(
        "SOUK_CLI",
        "target/debug/souk",
        "run `cargo build --package souk`",
    )
}

/// The load generator of drills.
///
/// # Errors
/// When it is not there.
pub fn load() -> Result<PathBuf> {
    let what_to_do = "run `cargo build --package souk-load --profile tool`";
    find("SOUK_LOAD", "target/tool/souk-load", what_to_do)
}

/// A Python with the Chaos Toolkit, and with its client of Toxiproxy.
///
/// # Errors
/// When it is not there.
pub fn chaos_python() -> Result<PathBuf> {
    find(
        "SOUK_CHAOS_PYTHON",
        cached("chaos-toolkit/bin/python"),
        "run `cargo xtask setup --for test`",
    )
}

/// The drills.
pub fn drills() -> PathBuf {
    root().join("tests/drills")
}

/// The folder of the demo shop.
pub fn demo_folder() -> PathBuf {
    root().join("tools/xtask/demo")
}

/// The folder of a shop that is unlike the demo in everything that a shop can say.
pub fn kontor_folder() -> PathBuf {
    root().join("tests/shops/kontor")
}

/// The folder of a shop with every file of terms.
pub fn terms_folder() -> PathBuf {
    root().join("tests/pricing/shop")
}

/// Chromium.
///
/// # Errors
/// When it is not there.
pub fn chromium() -> Result<PathBuf> {
    find(
        "SOUK_CHROMIUM",
        "/usr/bin/chromium",
        "install the package chromium",
    )
}

/// Schemathesis, in a Python environment.
///
/// # Errors
/// When it is not there.
pub fn schemathesis() -> Result<PathBuf> {
    find(
        "SOUK_SCHEMATHESIS",
        cached("schemathesis/bin/schemathesis"),
        "run `cargo xtask setup --for test`",
    )
}

/// A Python with `localstripe` and Stripe's own client.
///
/// # Errors
/// When it is not there.
pub fn stripe_python() -> Result<PathBuf> {
    find(
        "SOUK_STRIPE_PYTHON",
        cached("stripe/bin/python"),
        "run `cargo xtask setup --for test`",
    )
}

/// A Python with the verifier of Standard Webhooks.
///
/// # Errors
/// When it is not there.
pub fn webhooks_python() -> Result<PathBuf> {
    find(
        "SOUK_WEBHOOKS_PYTHON",
        cached("standard-webhooks/bin/python"),
        "run `cargo xtask setup --for test`",
    )
}

/// The directory of Lighthouse's npm packages.
///
/// # Errors
/// When it is not there.
pub fn lighthouse_modules() -> Result<PathBuf> {
    find(
        "SOUK_LIGHTHOUSE_MODULES",
        cached("lighthouse/node_modules"),
        "run `cargo xtask setup --for test`",
    )
}

/// Where set-up usually leaves a tool that is not the workspace's own.
fn cached(path: &str) -> PathBuf {
    let home = env::home_dir().unwrap_or_default();
    home.join(".cache/souk").join(path)
}

/// The directory of the npm packages.
///
/// # Errors
/// When it is not there.
pub fn node_modules() -> Result<PathBuf> {
    find("SOUK_NODE_MODULES", "node_modules", "run `npm ci`")
}

/// Where screenshots are kept after a run, in the build directory of the workspace.
pub fn screenshots() -> PathBuf {
    root().join("target/e2e-screenshots")
}

/// A file that the build makes, by its path from the root.
///
/// # Errors
/// When it is not there.
pub fn built(path: &str) -> Result<PathBuf> {
    let built = root().join(path);
    if !built.exists() {
        bail!("{path} is missing: run `cargo xtask build`");
    }
    Ok(built)
}

fn find(variable: &str, usual: impl Into<PathBuf>, what_to_do: &str) -> Result<PathBuf> {
    let named = env::var_os(variable).map(PathBuf::from);
    let path = root().join(named.unwrap_or_else(|| usual.into()));
    if !path.exists() {
        let shown = path.display();
        bail!("{shown} is missing: {what_to_do}, or name another one in {variable}");
    }
    Ok(path)
}
