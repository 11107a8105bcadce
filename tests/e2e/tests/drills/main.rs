//! The drills that are shipped, on shops that run: each passes, and its report adds up with the raw logs.
//!
//! One platform in the checks; `cargo xtask drill --all --on PLATFORM` has the others, and every defect.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

mod judge;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use souk_e2e::stage::{Drill, Stage};
use souk_e2e::{Platform, tools};

/// What the raw logs of buyers come to.
#[derive(Debug, Default)]
struct Raw {
    /// Attempts by status; 0 where there was no answer.
    attempts: BTreeMap<u64, u64>,
    orders: BTreeSet<String>,
}

fn raw(stage: &Stage) -> Result<Raw> {
    let mut raw = Raw::default();
    for entry in fs::read_dir(stage.folder())? {
        let path = entry?.path();
        if path.extension().is_none_or(|kind| kind != "jsonl") {
            continue;
        }
        for line in fs::read_to_string(&path)?.lines() {
            let attempt: Value = serde_json::from_str(line)?;
            let status = attempt["status"].as_u64().unwrap_or_default();
            *raw.attempts.entry(status).or_default() += 1;
            raw.orders
                .extend(attempt["order"].as_str().map(str::to_owned));
        }
    }
    Ok(raw)
}

async fn passes(file: &str, platform: Platform) -> Result<()> {
    let drill = Drill::read(&tools::drills().join(file))?;
    let stage = Stage::start(platform, &drill.scene, None).await?;
    let mut progress = |line: &str| println!("{file}: {line}");
    let journal = stage.run(&drill.experiment, &mut progress).await?;
    ensure!(journal.is_passed(), "{file}: {:?}", journal.broken());
    let is_done = |run: &souk_drill::Run| {
        run.output["status"]
            .as_u64()
            .is_some_and(|status| status < 300)
    };
    for run in journal.run.iter().chain(&journal.rollbacks) {
        ensure!(is_done(run), "{file}: {run:?}");
    }
    adds_up(&stage, &drill).await
}

/// The totals of the report are those of the raw logs.
async fn adds_up(stage: &Stage, drill: &Drill) -> Result<()> {
    let report: Value = serde_json::from_str(&stage.report(drill.sale(), &["--json"]).await?)?;
    ensure!(report["differs"] == serde_json::json!([]), "{report}");
    let raw = raw(stage)?;
    let orders = report["orders"]["orders"].as_u64();
    ensure!(
        orders == Some(raw.orders.len() as u64),
        "{orders:?}: {raw:?}"
    );
    let pages = fs::read(stage.folder().join("pages.json"))?;
    let pages: Value = serde_json::from_slice(&pages)?;
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let attempts: u64 = raw.attempts.values().sum();
    let sent = attempts + number(&pages["sent"]);
    ensure!(
        number(&report["requests"]["sent"]) == sent,
        "{sent}: {report}"
    );
    for (status, count) in raw.attempts.iter().filter(|(status, _)| **status > 0) {
        let name = status.to_string();
        let expected = count + number(&pages["statuses"][&name]);
        let found = number(&report["requests"]["by_status"][&name]);
        ensure!(
            found == expected,
            "{status}: {found}, not {expected}: {report}"
        );
    }
    let text = stage.report(drill.sale(), &[]).await?;
    let (first, _) = text.split_once("## What agrees").context("two parts")?;
    ensure!(first.contains("Nothing: every total is the same"), "{text}");
    Ok(())
}

async fn a_flash_sale_sells_out(platform: Platform) -> Result<()> {
    passes("flash-sale.json", platform).await
}

async fn a_slow_origin_slows_no_page_and_loses_no_order(platform: Platform) -> Result<()> {
    passes("slow-origin.json", platform).await
}

async fn an_origin_that_is_away_for_a_while_gets_each_order_once(platform: Platform) -> Result<()> {
    passes("origin-away.json", platform).await
}

async fn edges_that_hear_nothing_keep_what_they_have(platform: Platform) -> Result<()> {
    passes("board-away.json", platform).await
}

mod spin_sqlite {
    souk_e2e::tests_on!(SpinSqlite:
        a_flash_sale_sells_out,
        a_slow_origin_slows_no_page_and_loses_no_order,
        an_origin_that_is_away_for_a_while_gets_each_order_once,
        edges_that_hear_nothing_keep_what_they_have
    );
}
