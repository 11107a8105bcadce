//! The running API against its own `/openapi.json`: Schemathesis makes up requests out of the
//! contract, right ones and wrong ones, and holds every answer against it.
//!
//! What it needs beside the contract is in `schemathesis/`. The fixed seed makes a run repeatable;
//! `SOUK_E2E_SEED` tries other requests.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use souk_e2e::{Platform, Shop, tools};
use tokio::process::Command;
use tokio::time::timeout;

const SEED: u64 = 20_261;
/// A run takes about 15 seconds on an idle machine.
const PATIENCE: Duration = Duration::from_secs(180);
/// With fewer requests the run was cut short, whatever it says.
const REQUESTS_MIN: u64 = 300;
/// So many of the generated orders are placed at least; the others are refused, as they should be.
const ORDERS_MIN: i64 = 5;

async fn the_api_keeps_its_contract(platform: Platform) -> Result<()> {
    let shop = Shop::start_taking_cards(platform, 15).await?;
    shop.publish_demo().await?;
    let directory = tempfile::Builder::new()
        .prefix("souk-e2e-contract-")
        .tempdir()?;
    let report = directory.path().join("report.json");
    let program = tools::schemathesis()?;
    let own = tools::root().join("tests/e2e/schemathesis");
    let base = shop.client().base().to_owned();
    let headers = match platform {
        Platform::Workers | Platform::WorkersSharded | Platform::WranglerDev => "any",
        Platform::SpinSqlite | Platform::SpinPostgres => "ascii",
    };
    let run = Command::new(program.with_file_name("python"))
        .arg(&program)
        .arg("--config-file")
        .arg(own.join("schemathesis.toml"))
        .args(["run", &format!("{base}/openapi.json"), "--checks", "all"])
        .args(["--continue-on-failure", "--no-color", "--seed"])
        .arg(souk_e2e::given_seed().unwrap_or(SEED).to_string())
        .args(["--report", "json", "--report-json-path"])
        .arg(&report)
        .env("SOUK_SHOP", &base)
        .env("SOUK_HEADERS", headers)
        .env("PYTHONPATH", &own)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("SCHEMATHESIS_HOOKS", "shop_data")
        .current_dir(directory.path())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(PATIENCE, run)
        .await
        .context("Schemathesis is stuck")?;
    let output = output.context("Schemathesis cannot be started")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{platform:?}:\n{said}\n{wrong}");
    check_that_it_tried(&shop, &std::fs::read(&report)?).await
}

/// A run without failures proves something only when it reached the shop.
async fn check_that_it_tried(shop: &Shop, report: &[u8]) -> Result<()> {
    let report: Value = serde_json::from_slice(report).context("the report")?;
    let contract: Value = shop.client().get("/openapi.json").await?.json()?;
    let paths = contract["paths"].as_object().context("no paths")?;
    // All but the one that the contract itself is read from.
    let others = paths.iter().filter(|(path, _)| *path != "/openapi.json");
    let operations = others.filter_map(|(_, methods)| methods.as_object());
    let operations: usize = operations.map(|methods| methods.len()).sum();
    ensure!(
        report["operations"]["tested"] == operations,
        "{} of {operations} operations were tried",
        report["operations"]["tested"]
    );
    let requests = report["test_cases"]["generated"].as_u64();
    let requests = requests.context("the report names no number")?;
    ensure!(
        requests >= REQUESTS_MIN,
        "only {requests} requests were made"
    );
    let audit = shop.audit().await?;
    println!(
        "{:?}: {requests} requests to {operations} operations, {} orders placed",
        shop.platform(),
        audit.orders
    );
    ensure!(
        audit.orders >= ORDERS_MIN,
        "only {} orders were placed",
        audit.orders
    );
    ensure!(audit.drift.is_empty(), "{:?}", audit.drift);
    Ok(())
}

mod workers {
    souk_e2e::tests_on!(Workers: the_api_keeps_its_contract);
}
mod spin_sqlite {
    souk_e2e::tests_on!(SpinSqlite: the_api_keeps_its_contract);
}
