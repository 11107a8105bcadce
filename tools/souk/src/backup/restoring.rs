//! Puts a folder back into a shop: the catalogue's blobs, the origin, the pointers, the order index,
//! and what the payment provider knows.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use souk_catalogue::Hash;
use souk_machine::Progress;
use souk_protocol::origin::{Ledger, Queue, RequeueOrders, Restore, RestoreReply};
use souk_protocol::staff;

use super::accounts::{Accounts, Transit};
use super::copying::{now_ms, seconds};
use super::folder::Folder;
use crate::audit::audited;
use crate::catalogue::copies::{Copies, Lost};
use crate::catalogue::parallel::parallel;
use crate::client::StaffClient;
use crate::payments::after_restore;
use crate::verify::{send_one, show};

/// Values that are sent at the same time.
const UPLOADS: usize = 8;
/// Rows and bytes of a batch: the bounds are part of the numbers of batches, so a restore that is
/// continued makes the same ones.
const BATCH_ROWS_MAX: usize = 500;
const BATCH_BYTES_MAX: usize = 512 * 1024;
/// Between two looks at the queues.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) fn run(client: &StaffClient, path: &Path, wait_s: u64) -> Result<()> {
    let started = Instant::now();
    let folder = Folder::whole(path)?;
    let age_s = seconds(now_ms()? - folder.header.until_ms);
    println!(
        "the backup is of {:.1} h ago; what happened since is lost",
        age_s / 3600.0
    );
    send_catalogue(client, &folder)?;
    let orders = put_back(client, &folder)?;
    let known = client.get(staff::LIST_PUBLICATIONS)?;
    for &version in known.current.values() {
        let published = known.versions.iter().find(|one| one.version == version);
        if let Some(published) = published {
            show(client, published)?;
        }
    }
    println!(
        "{orders} orders are back, after {:.1} s",
        started.elapsed().as_secs_f64()
    );
    // Before the first tick: an order that was paid since the backup must not lapse.
    after_restore(client, folder.header.until_ms);
    rebuild_order_index(client)?;
    settle(client, wait_s)?;
    let report = client.get(staff::AUDIT)?;
    print!("{}", audited(&report));
    ensure!(
        report.drift.is_empty(),
        "the books do not add up: see `souk audit`"
    );
    println!(
        "the shop is back after {:.1} s. What is left to do is in \"After a restore\" of \
         docs/recovery-workers.md or recovery-spin.md",
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

fn send_catalogue(client: &StaffClient, folder: &Folder) -> Result<()> {
    let copies = Copies::of(folder.path().to_owned());
    let mut names = Vec::new();
    for chunk in folder.chunks.iter().filter(|chunk| chunk.ledger.is_none()) {
        for row in folder.rows(chunk)? {
            names.push(named(row.as_str().unwrap_or_default())?);
        }
    }
    parallel("Sending the catalogue", UPLOADS, &names, |name| {
        let content = copies
            .find(name)
            .with_context(|| format!("the backup lacks the {name}"))?;
        send_one(client, name, &content)
    })
}

fn named(place: &str) -> Result<Lost> {
    match place.split_once('/') {
        Some(("blobs", hash)) => Hash::parse(hash).map(Lost::Blob),
        Some(("media", name)) => Some(Lost::Media(name.to_owned())),
        Some(_) | None => None,
    }
    .with_context(|| format!("'{place}' names nothing of a catalogue store"))
}

/// Puts the rows back; gives how many orders there are.
fn put_back(client: &StaffClient, folder: &Folder) -> Result<usize> {
    let backup = &folder.header.backup;
    let begin = Restore::Begin {
        backup: backup.clone(),
    };
    let orders = folder.rows_of(Ledger::Orders);
    let reached = match client.post(staff::RESTORE, &begin)? {
        RestoreReply::Done { batch } => batch,
        RestoreReply::Finished => {
            println!("the origin has the whole backup: going on behind it");
            return Ok(orders);
        }
        RestoreReply::NotEmpty => bail!(
            "the shop has orders, stock or versions: a backup goes into a shop that has nothing yet"
        ),
        RestoreReply::SeveralStores => bail!(
            "the shop has several shards: put the backup into one with ORIGIN_SHARDS = 1, and let it \
             grow afterwards (`souk shards grow`)"
        ),
        RestoreReply::OutOfTurn => bail!("another backup was put into the shop before"),
    };
    let (mut accounts, mut transit, mut batch) = (Accounts::default(), Transit::default(), 0);
    for chunk in folder.chunks_of(Ledger::Movements) {
        for row in folder.rows(chunk)? {
            transit.count(&row)?;
        }
    }
    let mut progress = Progress::start("Putting the origin back");
    for ledger in Ledger::ALL {
        for chunk in folder.chunks_of(ledger) {
            let mut rows = folder.rows(chunk)?;
            if ledger == Ledger::Movements {
                rows = transit.without_halves(rows)?;
            }
            for row in &mut rows {
                accounts.count(ledger, row)?;
                if ledger == Ledger::Offers {
                    *row = accounts.complete(row.take())?;
                }
            }
            for rows in batches(rows) {
                batch += 1;
                if batch > reached {
                    send_batch(client, backup, batch, ledger, rows)?;
                }
                progress.tick(&format!("{}, batch {batch}", ledger.name()));
            }
        }
    }
    progress.finish("done");
    let finish = Restore::Finish {
        backup: backup.clone(),
    };
    match client.post(staff::RESTORE, &finish)? {
        RestoreReply::Done { .. } => Ok(orders),
        other => bail!("the restore was not ended: {other:?}"),
    }
}

fn send_batch(
    client: &StaffClient,
    backup: &str,
    batch: i64,
    ledger: Ledger,
    rows: Vec<Value>,
) -> Result<()> {
    let step = Restore::Rows {
        backup: backup.to_owned(),
        batch,
        ledger,
        rows,
    };
    match client.post(staff::RESTORE, &step)? {
        RestoreReply::Done { .. } => Ok(()),
        other => bail!("batch {batch} was not put back: {other:?}. Is another restore going on?"),
    }
}

fn batches(rows: Vec<Value>) -> Vec<Vec<Value>> {
    let (mut all, mut batch, mut bytes) = (Vec::new(), Vec::new(), 0);
    for row in rows {
        let length = row.to_string().len();
        let is_full = batch.len() >= BATCH_ROWS_MAX || bytes + length > BATCH_BYTES_MAX;
        if is_full && !batch.is_empty() {
            all.push(std::mem::take(&mut batch));
            bytes = 0;
        }
        bytes += length;
        batch.push(row);
    }
    if !batch.is_empty() {
        all.push(batch);
    }
    all
}

/// Has the order index filled anew, and the provider asked about every payment by card.
fn rebuild_order_index(client: &StaffClient) -> Result<()> {
    let mut progress = Progress::start("Filling the order index");
    let (mut after, mut count) = (String::new(), 0);
    loop {
        let asked = RequeueOrders {
            after,
            payments: true,
        };
        let step = client.post(staff::REBUILD_ORDER_INDEX, &asked)?;
        count += step.orders;
        progress.tick(&format!("{count} orders"));
        match step.after {
            Some(next) => after = next,
            None => break,
        }
    }
    progress.finish("done");
    Ok(())
}

/// Ticks until the order index has everything and the provider was asked about every payment.
fn settle(client: &StaffClient, wait_s: u64) -> Result<()> {
    let started = Instant::now();
    let mut progress = Progress::start("Waiting for the order index and the payment provider");
    loop {
        let done = client.post(staff::TICK, &())?;
        let report = client.get(staff::REPORT_QUEUES)?;
        let waiting: i64 = report
            .queues
            .iter()
            .filter(|depth| depth.queue != Queue::Holds)
            .map(|depth| depth.waiting)
            .sum();
        if waiting == 0 && !done.more {
            progress.finish("done");
            return Ok(());
        }
        progress.tick(&format!("{waiting} messages"));
        if started.elapsed() >= Duration::from_secs(wait_s) {
            progress.finish("goes on");
            println!(
                "{waiting} messages still wait, and go on by themselves: `souk queues` shows them{}",
                done.failures
                    .first()
                    .map_or(String::new(), |why| format!(" ({why})"))
            );
            return Ok(());
        }
        std::thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn batches_are_the_same_each_time_and_lose_no_row() {
        let rows: Vec<Value> = (0..1_203).map(|n| json!({"n": n})).collect();
        let made = batches(rows.clone());
        assert_eq!(
            made.iter().map(Vec::len).collect::<Vec<_>>(),
            [500, 500, 203]
        );
        assert_eq!(made.concat(), rows);
        let large = "x".repeat(BATCH_BYTES_MAX);
        let made = batches(vec![json!(large), json!(1), json!(large)]);
        assert_eq!(made.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 1]);
        assert!(batches(Vec::new()).is_empty());
    }

    #[test]
    fn names_of_a_catalogue_are_read_back() {
        let hash = Hash::of(b"blob");
        assert_eq!(named(&format!("blobs/{hash}")).unwrap(), Lost::Blob(hash));
        assert_eq!(
            named("media/a.jpg").unwrap(),
            Lost::Media("a.jpg".to_owned())
        );
        for other in ["", "blobs/x", "orders/1", "blobs"] {
            assert!(named(other).is_err(), "{other}");
        }
    }
}
