//! Scripts that steer a browser, in `tests/e2e/browser/`.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use crate::{Shop, tools};

/// Runs a script on a shop until it ends, and prints what it printed. Screenshots of the platform go
/// to `target/e2e-screenshots/`.
///
/// # Errors
/// With what the script found wrong, or when it takes longer than `patience`.
pub async fn run(shop: &Shop, script: &str, argument: &str, patience: Duration) -> Result<()> {
    let none = async |step: &str| bail!("nothing is to be done at {step}");
    run_in_steps(shop, script, argument, patience, none).await
}

/// The same for a script that stops where it prints `step NAME`, until the test has done something.
///
/// # Errors
/// As [`run`], and those of what is done at a step.
pub async fn run_in_steps(
    shop: &Shop,
    script: &str,
    argument: &str,
    patience: Duration,
    at: impl AsyncFnMut(&str) -> Result<()>,
) -> Result<()> {
    let platform = shop.platform();
    let screenshots = tools::screenshots().join(format!("{platform:?}"));
    std::fs::create_dir_all(&screenshots)?;
    let mut browser = Command::new(tools::node()?);
    browser
        .arg(tools::root().join("tests/e2e/browser").join(script))
        .arg(shop.client().base())
        .arg(tools::chromium()?)
        .arg(tools::node_modules()?)
        .arg(&screenshots)
        .arg(argument)
        .kill_on_drop(true);
    let ended = timeout(patience, follow(browser, at)).await;
    let wrong = ended.context("the browser is stuck")??;
    ensure!(wrong.is_empty(), "{platform:?}:\n{wrong}");
    Ok(())
}

/// Prints what a script prints, and does what is to be done at its steps; what it found wrong.
async fn follow(
    mut browser: Command,
    mut at: impl AsyncFnMut(&str) -> Result<()>,
) -> Result<String> {
    browser.stdin(Stdio::piped());
    browser.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut browser = browser.spawn().context("node cannot be started")?;
    let mut input = browser.stdin.take().context("an input")?;
    let mut errors = browser.stderr.take().context("errors")?;
    let errors = tokio::spawn(async move {
        let mut text = String::new();
        errors.read_to_string(&mut text).await.map(|_| text)
    });
    let mut lines = BufReader::new(browser.stdout.take().context("an output")?).lines();
    while let Some(line) = lines.next_line().await? {
        println!("{line}");
        if let Some(step) = line.strip_prefix("step ") {
            at(step).await.with_context(|| step.to_owned())?;
            input.write_all(b"\n").await?;
        }
    }
    let wrong = errors.await??;
    let status = browser.wait().await?;
    match status.success() {
        true => Ok(String::new()),
        false => Ok(format!("{status}\n{wrong}")),
    }
}
