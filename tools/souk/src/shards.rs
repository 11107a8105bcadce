//! `souk shards`: over how many stores an origin is spread, and adding more of them.
//!
//! Growing is done in steps that the origin bounds; this program requests one after the other, and
//! may be killed and run again at any moment.

use std::fmt::Write;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use clap::{Args, Subcommand};
use souk_protocol::shards::{Grow, GrowReply, GrowthRound, Layout, ShardsReport};
use souk_protocol::staff;

use crate::audit::audited;
use crate::client::StaffClient;
use crate::shop::ShopArgs;

/// Tries of a step that is not answered: two minutes in all.
const TRIES_MAX: u32 = 24;
/// Between two of them.
const PAUSE: Duration = Duration::from_secs(5);

/// Arguments of `souk shards`.
#[derive(Args)]
pub(crate) struct ShardsArgs {
    #[command(flatten)]
    shop: ShopArgs,
    #[command(subcommand)]
    task: Option<ShardsTask>,
}

#[derive(Subcommand)]
enum ShardsTask {
    /// Shows how many shards there are, and whether the shop grows.
    Show,
    /// Gives the shop more shards. Ordering is closed until this is done, browsing is not. It may be
    /// killed and run again.
    Grow {
        /// How many there are to be.
        #[arg(long, value_name = "SHARDS")]
        to: u16,
    },
}

/// Runs the subcommand.
///
/// # Errors
/// When the shop refuses; the message says why.
pub(crate) fn run(args: &ShardsArgs) -> Result<()> {
    let client = args.shop.client()?;
    match &args.task {
        None | Some(ShardsTask::Show) => {
            let report = client.get(staff::READ_SHARDS)?;
            print!("{}", shown(&report));
            Ok(())
        }
        Some(ShardsTask::Grow { to }) => grow(&client, *to),
    }
}

fn grow(client: &StaffClient, to: u16) -> Result<()> {
    // The origin refuses before it closes ordering.
    let mut reply = client.post(staff::GROW_SHARDS, &Grow { to })?;
    let mut sum = GrowthRound::default();
    let shards = loop {
        match reply {
            GrowReply::Grown { layout } => break layout.shards,
            GrowReply::Growing {
                layout,
                round,
                done,
            } => {
                sum.skus += round.skus;
                sum.keys += round.keys;
                println!("{}", progress(layout, sum, done));
            }
            // The staff API answers with a problem.
            GrowReply::Refused { layout } => bail!("the shop has {} shards", layout.all()),
        }
        reply = step(client, to)?;
    };
    println!("the shop has {shards} shards, and ordering is open");
    println!("set ORIGIN_SHARDS to {shards}, so that the setting says what is so");
    let report = client.get(staff::AUDIT)?;
    print!("{}", audited(&report));
    ensure!(
        report.drift.is_empty(),
        "the books do not add up: see `souk audit`"
    );
    Ok(())
}

/// One step. The request is repeated if the shop does not answer: no step takes effect twice.
fn step(client: &StaffClient, to: u16) -> Result<GrowReply> {
    for _ in 1..TRIES_MAX {
        match client.post(staff::GROW_SHARDS, &Grow { to }) {
            Ok(reply) => return Ok(reply),
            Err(error) => println!("not answered, and sent again: {error:#}"),
        }
        std::thread::sleep(PAUSE);
    }
    client.post(staff::GROW_SHARDS, &Grow { to })
}

fn progress(layout: Layout, sum: GrowthRound, done: u16) -> String {
    let Layout { shards, .. } = layout;
    let GrowthRound { skus, keys, .. } = sum;
    format!(
        "{shards} to {} shards: {skus} SKUs and {keys} keys copied, {done} shards have nothing left",
        layout.all()
    )
}

fn shown(report: &ShardsReport) -> String {
    let Layout { shards, growing_to } = report.layout;
    let mut text = match shards {
        1 => "1 shard\n".to_owned(),
        many => format!("{many} shards\n"),
    };
    if let Some(to) = growing_to {
        writeln!(
            text,
            "it grows to {to}, and ordering is closed: `souk shards grow --to {to}` goes on"
        )
        .expect("a String takes all text");
        return text;
    }
    let deployed = report.deployed;
    if deployed > shards {
        writeln!(
            text,
            "ORIGIN_SHARDS is {deployed}, which changes nothing by itself: \
             `souk shards grow --to {deployed}` adds the others"
        )
        .expect("a String takes all text");
    } else if deployed < shards {
        writeln!(
            text,
            "ORIGIN_SHARDS is {deployed}, which changes nothing: set it to {shards}"
        )
        .expect("a String takes all text");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_number_in_the_settings_is_named_with_what_to_do() {
        let said = |shards, growing_to, deployed| {
            let layout = Layout { shards, growing_to };
            shown(&ShardsReport { layout, deployed })
        };
        assert_eq!(said(1, None, 1), "1 shard\n");
        assert_eq!(said(3, None, 3), "3 shards\n");
        assert!(said(3, None, 8).contains("shards grow --to 8"));
        assert!(said(3, None, 2).ends_with("set it to 3\n"));
        let growing = said(3, Some(8), 8);
        assert!(growing.contains("ordering is closed"), "{growing}");
        assert!(growing.contains("grow --to 8` goes on"), "{growing}");
    }

    #[test]
    fn progress_names_both_numbers_and_what_is_copied() {
        let layout = Layout {
            shards: 1,
            growing_to: Some(4),
        };
        let sum = GrowthRound {
            skus: 500,
            keys: 70,
            more: true,
        };
        let text = progress(layout, sum, 3);
        for part in ["1 to 4 shards", "500 SKUs", "70 keys", "3 shards have"] {
            assert!(text.contains(part), "{text}");
        }
    }
}
