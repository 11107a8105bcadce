//! `souk audit`: whether the books of a running shop add up, and repairs of what does not.
//!
//! A repair names the SKU or order and carries no numbers: the origin decides by its rule, and
//! records what it found and did. Only a person can know why a history has a gap, or what the
//! payment provider did: the audit reports such errors, and no repair removes them.

use std::fmt::Write;

use anyhow::{Result, ensure};
use clap::Args;
use souk_domain::OrderId;
use souk_protocol::origin::{
    AccountRepair, AuditReport, Drift, DriftKind, Repair, StockAccount, StockQuery, Subject,
};
use souk_protocol::staff::{self, RepairRequest};

use crate::client::StaffClient;
use crate::orders::table;
use crate::shop::ShopArgs;
use crate::stock::new_key;

/// Arguments of `souk audit`.
#[derive(Args)]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    shop: ShopArgs,
    /// Repairs this SKU, order or allowance, as the audit names it; may be given several times.
    #[arg(long, value_name = "SKU|ORDER|ALLOWANCE", requires = "reason")]
    repair: Vec<String>,
    /// Why, for the ledger.
    #[arg(long, requires = "repair")]
    reason: Option<String>,
    /// Only shows what a repair would do.
    #[arg(long, requires = "repair")]
    dry_run: bool,
    /// Identifies the repair: the same key repairs once, however often it is sent.
    #[arg(long, requires = "repair")]
    key: Option<String>,
}

/// Recounts the books of a running shop, and repairs the SKUs and orders that are given.
///
/// # Errors
/// When the shop does not answer or refuses, and when something does not add up in the end.
pub(crate) fn run(args: &AuditArgs) -> Result<()> {
    let client = args.shop.client()?;
    let mut report = client.get(staff::AUDIT)?;
    print!("{}", audited(&report));
    if let Some(reason) = &args.reason {
        ensure!(
            args.key.is_none() || args.repair.len() == 1,
            "a key names one repair"
        );
        for name in &args.repair {
            let subject = subject(&client, &report, name)?;
            repair(&client, &subject, reason, args)?;
        }
        if !args.dry_run {
            report = client.get(staff::AUDIT)?;
            println!();
            print!("{}", audited(&report));
        }
    }
    let count = report.drift.len();
    ensure!(
        count == 0,
        "{count} things do not add up. `souk audit --repair SKU-OR-ORDER \
         --reason …` makes accounts and messages agree again; what it leaves needs a person, see \
         \"When the books do not add up\" in docs/operating.md"
    );
    Ok(())
}

/// The report as text.
pub(crate) fn audited(report: &AuditReport) -> String {
    let mut text = format!(
        "{} SKUs, {} orders, {} messages on their way to the back office\n",
        report.skus, report.orders, report.outbox
    );
    for drift in &report.drift {
        writeln!(text, "- {}", sentence(drift)).expect("a String takes all text");
    }
    if report.drift.is_empty() {
        text.push_str("everything adds up\n");
    }
    text
}

pub(crate) fn sentence(drift: &Drift) -> String {
    let mut text = match drift.shard {
        Some(shard) => format!("shard {shard}: "),
        None => String::new(),
    };
    let (meaning, columns): (_, &[&str]) = match drift.kind {
        DriftKind::Ledger => (
            "the account differs from its movements",
            &["supplied", "available", "held", "sold"],
        ),
        DriftKind::Orders => (
            "the account differs from the lines of its orders",
            &["held", "sold"],
        ),
        DriftKind::StrandedBucket => ("a stranded bucket", &[]),
        DriftKind::LackingBucket => ("the account lacks a bucket", &[]),
        DriftKind::Outbox => ("no outbox record", &[]),
        DriftKind::Hold => ("a hold that never ends", &[]),
        DriftKind::History => ("the history has a gap", &[]),
        DriftKind::Funds => ("the funds differ from their ledger", &[]),
        DriftKind::Allowance => (
            "the account differs from what unpaid orders have taken",
            &["taken"],
        ),
    };
    let what = match drift.kind {
        DriftKind::Allowance => "allowance",
        kind if kind.is_of_sku() => "SKU",
        _ => "order",
    };
    write!(text, "{meaning}: {what} {}", drift.subject).expect("a String takes all text");
    let numbers = columns.iter().zip(&drift.found).zip(&drift.expected);
    let different: Vec<_> = numbers
        .filter(|((_, found), expected)| found != expected)
        .map(|((column, found), expected)| format!("{column} is {found}, not {expected}"))
        .collect();
    if !different.is_empty() {
        write!(text, " ({})", different.join("; ")).expect("a String takes all text");
    }
    text
}

/// What a name means: the SKU, order or allowance of that name in the audit, else a SKU with an account, else
/// an order.
fn subject(client: &StaffClient, report: &AuditReport, name: &str) -> Result<Subject> {
    if let Some(named) = named(report, name) {
        return Ok(named);
    }
    let skus = vec![name.to_owned()];
    let known = client.post(staff::READ_STOCK, &StockQuery { skus })?;
    if !known.accounts.is_empty() {
        return Ok(Subject::Sku(name.to_owned()));
    }
    ensure!(
        OrderId::parse(name).is_ok(),
        "'{name}' is neither a SKU of the shop nor the number of an order"
    );
    Ok(Subject::Order(name.to_owned()))
}

fn named(report: &AuditReport, name: &str) -> Option<Subject> {
    let kinds = report.drift.iter().filter(|one| one.subject == name);
    let kinds: Vec<_> = kinds.map(|one| one.kind).collect();
    let name = || name.to_owned();
    if kinds.iter().any(|kind| kind.is_of_sku()) {
        return Some(Subject::Sku(name()));
    }
    match kinds.first()? {
        DriftKind::Allowance => Some(Subject::Allowance(name())),
        _ => Some(Subject::Order(name())),
    }
}

fn repair(client: &StaffClient, subject: &Subject, reason: &str, args: &AuditArgs) -> Result<()> {
    let key = match &args.key {
        Some(key) => key.clone(),
        None => new_key("repair")?,
    };
    let (sku, order, allowance) = match subject.clone() {
        Subject::Sku(sku) => (Some(sku), None, None),
        Subject::Order(order) => (None, Some(order), None),
        Subject::Allowance(account) => (None, None, Some(account)),
    };
    let request = RepairRequest {
        sku,
        order,
        allowance,
        reason: reason.to_owned(),
        preview: args.dry_run,
    };
    if !args.dry_run {
        println!("\nrepair {key}");
    }
    let repair = client.post_once(staff::REPAIR, &key, &request)?;
    print!("{}", repaired(subject, &repair, args.dry_run));
    Ok(())
}

fn repaired(subject: &Subject, repair: &Repair, is_preview: bool) -> String {
    let (Subject::Sku(name) | Subject::Order(name) | Subject::Allowance(name)) = subject;
    if repair.is_empty() {
        return format!("{name}: there is nothing that a repair could do\n");
    }
    let mut text = String::new();
    if repair.brought > 0 {
        let units = repair.brought;
        writeln!(text, "{name}: {units} units from the shard that owns it")
            .expect("a String takes all text");
    }
    let [before, after] = match is_preview {
        true => ["is", "would be"],
        false => ["was", "is"],
    };
    let accounts = repair.accounts.iter();
    let rows: Vec<_> = accounts
        .flat_map(|account| {
            [
                row(account, before, &account.before),
                row(account, "movements", &account.ledger),
                row(account, after, &account.after),
            ]
        })
        .collect();
    if !rows.is_empty() {
        let titles = ["SKU", "", "SUPPLIED", "AVAILABLE", "HELD", "SOLD"];
        text += &table(titles, rows);
    }
    for allowance in &repair.allowances {
        let (from, to) = (allowance.before, allowance.after);
        let shard = allowance.shard.map(|shard| format!(" on shard {shard}"));
        let shard = shard.unwrap_or_default();
        writeln!(text, "{name}{shard}: taken {before} {from}, {after} {to}")
            .expect("a String takes all text");
    }
    for message in &repair.messages {
        let (queue, sequence) = (message.queue.name(), message.sequence);
        let what = if is_preview { "would be" } else { "is" };
        writeln!(
            text,
            "{name}: event {sequence} {what} in the queue {queue} again"
        )
        .expect("a String takes all text");
    }
    text
}

fn row(account: &AccountRepair, what: &str, units: &StockAccount) -> [String; 6] {
    let name = match account.shard {
        Some(shard) => format!("{} on shard {shard}", units.sku),
        None => units.sku.clone(),
    };
    let units = [units.supplied, units.available, units.held, units.sold];
    let [supplied, available, held, sold] = units.map(|units| units.to_string());
    [name, what.to_owned(), supplied, available, held, sold]
}

#[cfg(test)]
mod tests {
    use souk_protocol::origin::{MessageRepair, Queue};

    use super::*;

    fn report(drift: &[(DriftKind, &str)]) -> AuditReport {
        let drift = drift.iter().map(|&(kind, subject)| Drift {
            shard: None,
            kind,
            subject: subject.to_owned(),
            found: Vec::new(),
            expected: Vec::new(),
        });
        AuditReport {
            skus: 2,
            orders: 3,
            outbox: 0,
            drift: drift.collect(),
        }
    }

    #[test]
    fn an_audit_names_what_drifts() {
        assert!(audited(&report(&[])).ends_with("everything adds up\n"));
        let drifts = report(&[(DriftKind::Hold, "7")]);
        assert!(audited(&drifts).ends_with("- a hold that never ends: order 7\n"));
    }

    #[test]
    fn a_drift_names_its_shard_and_the_numbers_that_differ() {
        let drift = Drift {
            shard: Some(2),
            kind: DriftKind::Ledger,
            subject: "tea".to_owned(),
            found: vec![10, 6, 0, 4],
            expected: vec![10, 7, 0, 3],
        };
        assert_eq!(
            sentence(&drift),
            "shard 2: the account differs from its movements: SKU tea \
             (available is 6, not 7; sold is 4, not 3)"
        );
    }

    #[test]
    fn what_the_audit_names_can_be_repaired_by_that_name() {
        let drifts = report(&[
            (DriftKind::Ledger, "tea"),
            (DriftKind::Outbox, "7-1"),
            (DriftKind::Hold, "both"),
            (DriftKind::StrandedBucket, "both"),
        ]);
        let sku = |name: &str| Some(Subject::Sku(name.to_owned()));
        let order = |name: &str| Some(Subject::Order(name.to_owned()));
        assert_eq!(named(&drifts, "tea"), sku("tea"));
        assert_eq!(named(&drifts, "7-1"), order("7-1"));
        assert_eq!(named(&drifts, "both"), sku("both"));
        for other in ["ea", "order 7-1", "-1", ""] {
            assert_eq!(named(&drifts, other), None, "{other}");
        }
    }

    #[test]
    fn a_repair_shows_what_was_and_what_is() {
        let units = |available, sold| StockAccount {
            sku: "tea".to_owned(),
            supplied: 10,
            available,
            held: 0,
            sold,
        };
        let mut repair = Repair::default();
        let sku = Subject::Sku("tea".to_owned());
        assert!(repaired(&sku, &repair, false).contains("nothing"));
        repair.accounts.push(AccountRepair {
            shard: Some(2),
            before: units(6, 4),
            ledger: units(7, 3),
            after: units(7, 3),
            backordered: 0,
        });
        let text = repaired(&sku, &repair, false);
        let expected = "SKU             ".to_owned()
            + "           SUPPLIED  AVAILABLE  HELD  SOLD\n\
               tea on shard 2  was        10        6          0     4\n\
               tea on shard 2  movements  10        7          0     3\n\
               tea on shard 2  is         10        7          0     3\n";
        assert_eq!(text, expected);
        assert!(repaired(&sku, &repair, true).contains("would be"));
        let messages = vec![MessageRepair {
            queue: Queue::Holds,
            sequence: 0,
            due_ms: 7,
        }];
        let repair = Repair {
            messages,
            ..Repair::default()
        };
        let text = repaired(&Subject::Order("7".to_owned()), &repair, false);
        assert_eq!(text, "7: event 0 is in the queue holds again\n");
    }
}
