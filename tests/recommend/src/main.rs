//! `cargo xtask recommend lists`: what is bought together by orders in a file, and how well it
//! predicts orders that it was not made from.
//!
//! Not here: how the lists are made (`souk-insights`).

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

mod hit_rate;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Parser;
use serde_json::json;
use souk_import::{OrderLine, read_baskets};
use souk_insights::{Companion, History, SCORE_ONE, bought_together};

#[derive(Parser)]
struct Args {
    /// A CSV with the columns order,sku,quantity,date.
    #[arg(long)]
    baskets: PathBuf,
    /// Where the lists go, one JSON object a line.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Percent of the orders, the last ones, that the lists are not made from and are measured on.
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=90))]
    hold_out: Option<u8>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let name = args.baskets.display();
    let file = File::open(&args.baskets).with_context(|| format!("{name}"))?;
    let read = read_baskets(file).with_context(|| format!("{name}"))?;
    let (made_from, held_out) = match args.hold_out {
        Some(percent) => split(read.lines, percent),
        None => (read.lines, Vec::new()),
    };
    let history = history(&made_from);
    let lists = bought_together(&history);
    println!(
        "{} orders of {} SKUs give {} lists; {} lines were returns",
        history.orders(),
        history.items(),
        lists.len(),
        read.returned
    );
    if args.hold_out.is_some() {
        let held_out = self::history(&held_out);
        println!("{}", hit_rate::measure(&history, &lists, &held_out));
    }
    if let Some(out) = &args.out {
        write(out, &lists)?;
    }
    Ok(())
}

/// The orders by their days and then as they stand in the file, cut where so many percent are left.
fn split(lines: Vec<OrderLine>, percent: u8) -> (Vec<OrderLine>, Vec<OrderLine>) {
    let mut first: std::collections::BTreeMap<String, (u32, u64)> = Default::default();
    for line in &lines {
        let moment = (line.day, line.line);
        let own = first.entry(line.order.clone()).or_insert(moment);
        *own = moment.min(*own);
    }
    let mut moments: Vec<_> = first.values().copied().collect();
    moments.sort_unstable();
    let kept = moments.len() * (100 - usize::from(percent)) / 100;
    let cut = moments.get(kept).copied().unwrap_or((u32::MAX, u64::MAX));
    lines.into_iter().partition(|line| first[&line.order] < cut)
}

fn history(lines: &[OrderLine]) -> History {
    let mut history = History::default();
    for line in lines {
        history.add(&line.order, &line.sku, line.day);
    }
    history
}

#[expect(clippy::cast_precision_loss, reason = "a fraction of 65,536 is exact")]
fn write(path: &Path, lists: &[(String, Vec<Companion>)]) -> Result<()> {
    let file = File::create(path).with_context(|| format!("{}", path.display()))?;
    let mut out = BufWriter::new(file);
    for (sku, list) in lists {
        let together: Vec<_> = list
            .iter()
            .map(|one| json!([one.item, f64::from(one.score) / SCORE_ONE as f64]))
            .collect();
        writeln!(out, "{}", json!({"sku": sku, "together": together}))?;
    }
    out.flush()?;
    Ok(())
}
