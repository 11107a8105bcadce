//! `souk stock`: what is on the shelves.
//!
//! A stock account is never edited. Units that come in, or are found to be missing, are a receipt:
//! movements with a key and a reason, which the audit counts like every other.

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Subcommand};
use souk_protocol::limits;
use souk_protocol::origin::{ReceiptLine, StockAccount, StockQuery};
use souk_protocol::staff::{self, Receipt};

use crate::client::StaffClient;
use crate::orders::table;
use crate::shop::ShopArgs;

/// Arguments of `souk stock`.
#[derive(Args)]
pub(crate) struct StockArgs {
    #[command(flatten)]
    shop: ShopArgs,
    #[command(subcommand)]
    task: StockTask,
}

#[derive(Subcommand)]
enum StockTask {
    /// Shows the accounts of SKUs.
    Show {
        /// Which.
        #[arg(required = true, value_name = "SKU")]
        skus: Vec<String>,
    },
    /// Books units that came in, or are missing.
    Receive {
        /// SKU=UNITS, such as TEA-250=40, or TEA-250=-2 for units that are missing or broken. One
        /// that begins with a hyphen stands behind `--`.
        #[arg(required = true, value_name = "SKU=UNITS")]
        lines: Vec<String>,
        /// Why, for the ledger: a delivery note, a count.
        #[arg(long)]
        reason: String,
        /// Identifies this receipt: the same key books once, however often it is sent.
        #[arg(long)]
        key: Option<String>,
    },
}

/// Runs the subcommand.
///
/// # Errors
/// When the shop refuses; the message says what is possible.
pub(crate) fn run(args: &StockArgs) -> Result<()> {
    let client = args.shop.client()?;
    match &args.task {
        StockTask::Show { skus } => show(&client, skus),
        StockTask::Receive { lines, reason, key } => {
            receive(&client, lines, reason, key.as_deref())
        }
    }
}

fn show(client: &StaffClient, skus: &[String]) -> Result<()> {
    ensure!(
        skus.len() <= limits::OFFERS_PER_MESSAGE_MAX,
        "at most {} SKUs at a time",
        limits::OFFERS_PER_MESSAGE_MAX
    );
    let skus = skus.to_vec();
    let report = client.post(staff::READ_STOCK, &StockQuery { skus: skus.clone() })?;
    print!("{}", accounts(&report.accounts));
    let known = |sku: &&String| report.accounts.iter().any(|account| account.sku == **sku);
    if let Some(unknown) = skus.iter().find(|sku| !known(sku)) {
        bail!("the shop has no account for '{unknown}'");
    }
    Ok(())
}

fn receive(client: &StaffClient, lines: &[String], reason: &str, key: Option<&str>) -> Result<()> {
    let lines: Vec<ReceiptLine> = lines
        .iter()
        .map(|line| parse(line))
        .collect::<Result<_>>()?;
    let key = match key {
        Some(key) => key.to_owned(),
        None => new_key("receipt")?,
    };
    let receipt = Receipt {
        lines,
        reason: reason.to_owned(),
    };
    println!("receipt {key}");
    let after = client.post_once(staff::RECEIVE_STOCK, &key, &receipt)?;
    print!("{}", accounts(&after));
    Ok(())
}

/// `SKU=UNITS`; a SKU may have an equals sign in it.
fn parse(line: &str) -> Result<ReceiptLine> {
    let (sku, units) = line
        .rsplit_once('=')
        .with_context(|| format!("'{line}' is not SKU=UNITS"))?;
    let units: i64 = units
        .parse()
        .with_context(|| format!("'{units}' is no number of units"))?;
    ensure!(!sku.is_empty() && units != 0, "'{line}' is not SKU=UNITS");
    Ok(ReceiptLine {
        sku: sku.to_owned(),
        units,
    })
}

/// A key that was never used before.
///
/// # Errors
/// When the machine has no randomness.
pub(crate) fn new_key(of: &str) -> Result<String> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(format!("{of}-{:016x}", u64::from_le_bytes(bytes)))
}

fn accounts(accounts: &[StockAccount]) -> String {
    let rows = accounts.iter().map(|account| {
        [
            account.sku.clone(),
            account.supplied.to_string(),
            account.available.to_string(),
            account.held.to_string(),
            account.sold.to_string(),
        ]
    });
    table(["SKU", "SUPPLIED", "AVAILABLE", "HELD", "SOLD"], rows)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        stock: StockArgs,
    }

    #[test]
    fn options_may_stand_before_and_behind_the_units() {
        let lines = [
            "stock receive TEA=40 CUP=-2 --reason count --key k --shop http://a",
            "stock receive --reason count --key k --shop http://a TEA=40 CUP=-2",
            "stock --shop http://a receive TEA=40 --reason count CUP=-2 --key k",
            "stock receive --shop http://a --reason count --key k -- TEA=40 CUP=-2",
        ];
        for line in lines {
            let read = Line::try_parse_from(line.split(' ')).map(|line| line.stock.task);
            let Ok(StockTask::Receive { lines, reason, key }) = read else {
                panic!("{line}");
            };
            assert_eq!(lines, ["TEA=40", "CUP=-2"], "{line}");
            assert_eq!((reason.as_str(), key.as_deref()), ("count", Some("k")));
        }
        let odd = "stock receive --reason count -- -TEA=1".split(' ');
        assert!(Line::try_parse_from(odd).is_ok());
    }

    #[test]
    fn lines_are_read_from_their_end() {
        let cases = [
            ("TEA=40", "TEA", 40),
            ("A=B=-2", "A=B", -2),
            ("x=+7", "x", 7),
        ];
        for (line, sku, units) in cases {
            let read = parse(line).unwrap();
            assert_eq!((read.sku.as_str(), read.units), (sku, units), "{line}");
        }
        for bad in ["TEA", "=4", "TEA=", "TEA=0", "TEA=four", "TEA=1.5"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
