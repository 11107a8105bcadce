//! `cargo xtask stock` and `cargo xtask audit`: what is on the shelves, and whether the books say so.
//!
//! A stock account is never edited. Units that come in, or are found to be missing, are a receipt:
//! movements with a key and a reason, which the audit counts like every other.

use std::fmt::Write;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Subcommand};
use souk_protocol::desk::{self, Receipt};
use souk_protocol::life::ReceiptLine;
use souk_protocol::trade::{AuditReport, StockAccount, StockQuery, StockReport};
use souk_protocol::{limits, staff};

use crate::catalogue::{ShopArgs, StaffClient};
use crate::orders::table;

/// Arguments of `cargo xtask audit`.
#[derive(Args)]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    shop: ShopArgs,
}

/// Arguments of `cargo xtask stock`.
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
        /// SKU=UNITS, such as TEA-250=40, or TEA-250=-2 for units that are missing or broken.
        #[arg(required = true, value_name = "SKU=UNITS", allow_hyphen_values = true)]
        lines: Vec<String>,
        /// Why, for the ledger: a delivery note, a count.
        #[arg(long)]
        reason: String,
        /// Names this receipt: the same key books once, however often it is sent.
        #[arg(long)]
        key: Option<String>,
    },
}

/// Recounts the books of a running shop.
///
/// # Errors
/// When the shop does not answer, and when something does not add up.
pub(crate) fn audit(args: &AuditArgs) -> Result<()> {
    let report: AuditReport = args.shop.client()?.get(staff::AUDIT_PATH)?;
    print!("{}", audited(&report));
    let count = report.drift.len();
    ensure!(
        count == 0,
        "{count} accounts or orders do not add up. Count the shelf, and book the difference with \
         `cargo xtask stock receive SKU=UNITS --reason …`; orders are shown by \
         `cargo xtask orders show NUMBER`"
    );
    Ok(())
}

fn audited(report: &AuditReport) -> String {
    let mut text = format!(
        "{} SKUs, {} orders, {} messages on their way to the back office\n",
        report.skus, report.orders, report.outbox
    );
    for sentence in &report.drift {
        writeln!(text, "- {sentence}").expect("a String takes all text");
    }
    if report.drift.is_empty() {
        text.push_str("everything adds up\n");
    }
    text
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
    let report: StockReport = client.post(staff::STOCK_PATH, &StockQuery { skus: skus.clone() })?;
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
        None => new_key()?,
    };
    let receipt = Receipt {
        lines,
        reason: reason.to_owned(),
    };
    println!("receipt {key}");
    let after: Vec<StockAccount> = client.post_once(desk::RECEIPTS_PATH, &key, &receipt)?;
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

fn new_key() -> Result<String> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(format!("receipt-{:016x}", u64::from_le_bytes(bytes)))
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
    use super::*;

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

    #[test]
    fn an_audit_names_what_drifts() {
        let mut report = AuditReport {
            skus: 2,
            orders: 3,
            outbox: 0,
            drift: vec![],
        };
        assert!(audited(&report).ends_with("everything adds up\n"));
        report
            .drift
            .push("a hold that never ends: order 7".to_owned());
        assert!(audited(&report).ends_with("- a hold that never ends: order 7\n"));
    }
}
