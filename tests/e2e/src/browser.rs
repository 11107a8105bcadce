//! Scripts that steer a browser, in `tests/e2e/browser/`.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::process::Command;
use tokio::time::timeout;

use crate::{Shop, tools};

/// Runs a script on a shop until it ends, and prints what it printed. Screenshots of the platform go
/// to `target/e2e-screenshots/`.
///
/// # Errors
/// With what the script found wrong, or when it takes longer than `patience`.
pub async fn run(shop: &Shop, script: &str, argument: &str, patience: Duration) -> Result<()> {
    let platform = shop.platform();
    let screenshots = tools::screenshots().join(format!("{platform:?}"));
    std::fs::create_dir_all(&screenshots)?;
    let browser = Command::new(tools::node()?)
        .arg(tools::root().join("tests/e2e/browser").join(script))
        .arg(shop.client().base())
        .arg(tools::chromium()?)
        .arg(tools::node_modules()?)
        .arg(&screenshots)
        .arg(argument)
        .kill_on_drop(true)
        .output();
    let output = timeout(patience, browser)
        .await
        .context("the browser is stuck")?;
    let output = output.context("node cannot be started")?;
    println!("{}", String::from_utf8_lossy(&output.stdout));
    let wrong = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{platform:?}:\n{wrong}");
    Ok(())
}
