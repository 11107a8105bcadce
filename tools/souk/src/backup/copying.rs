//! Copies a shop into a folder.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use souk_catalogue::FORMAT;
use souk_machine::Progress;
use souk_protocol::origin::{COPY_CUT_MS_MIN, CopyRows, Ledger};
use souk_protocol::staff;

use super::folder::Folder;
use super::private;
use crate::catalogue::copies::{BLOBS, Copies, MEDIA};
use crate::client::StaffClient;
use crate::stock::new_key;
use crate::verify::{read_one, walk};

/// Bytes of a chunk, about.
const CHUNK_BYTES: usize = 4 * 1024 * 1024;
/// The clock of this machine may be ahead of the origin's by this much.
const AHEAD_MS_MAX: i64 = 30_000;

pub(super) fn run(client: &StaffClient, path: &Path) -> Result<()> {
    let began_ms = now_ms()?;
    let until_ms = began_ms - COPY_CUT_MS_MIN - AHEAD_MS_MAX;
    let shards = || {
        // Any page says it.
        let asked = CopyRows {
            ledger: Ledger::Publications,
            after: String::new(),
            until_ms,
        };
        Ok(client.post(staff::COPY_ROWS, &asked)?.shards)
    };
    let mut folder = Folder::begin(path, new_key("backup")?, until_ms, shards)?;
    for ledger in Ledger::ALL {
        copy_ledger(client, &mut folder, ledger)?;
    }
    copy_catalogue(client, &mut folder)?;
    let ended_ms = now_ms()?;
    folder.end(ended_ms)?;
    println!(
        "{} orders, {} movements of stock and {} SKUs are in {}, as they were {:.0} s before now; \
         it took {:.1} s",
        folder.rows_of(Ledger::Orders),
        folder.rows_of(Ledger::Movements),
        folder.rows_of(Ledger::Offers),
        path.display(),
        seconds(ended_ms - folder.header.until_ms),
        seconds(ended_ms - began_ms)
    );
    println!("keep the data keys apart from it: without them no name in it opens");
    Ok(())
}

fn copy_ledger(client: &StaffClient, folder: &mut Folder, ledger: Ledger) -> Result<()> {
    let mut after = match folder.reached(Some(ledger)) {
        None => String::new(),
        Some(chunk) => match &chunk.after {
            None => return Ok(()),
            Some(after) => after.clone(),
        },
    };
    let mut progress = Progress::start(&format!("Copying {}", ledger.name()));
    let (mut rows, mut bytes, mut count) = (Vec::new(), 0, 0);
    loop {
        let asked = CopyRows {
            ledger,
            after,
            until_ms: folder.header.until_ms,
        };
        let page = client.post(staff::COPY_ROWS, &asked)?;
        ensure!(
            page.shards == folder.header.shards,
            "the shop has {} shards, and had {} when this backup was begun: name another folder",
            page.shards,
            folder.header.shards
        );
        count += page.rows.len();
        bytes += page
            .rows
            .iter()
            .map(|row| row.to_string().len())
            .sum::<usize>();
        rows.extend(page.rows);
        progress.tick(&format!("{count} rows"));
        if page.after.is_none() || bytes >= CHUNK_BYTES {
            folder.write(Some(ledger), &rows, page.after.clone())?;
            (rows, bytes) = (Vec::new(), 0);
        }
        match page.after {
            Some(next) => {
                ensure!(
                    next != asked.after,
                    "a page of {} does not end",
                    ledger.name()
                );
                after = next;
            }
            None => break,
        }
    }
    progress.finish("done");
    Ok(())
}

/// Copies every version that was published and can be read; what the folder has is not read again.
fn copy_catalogue(client: &StaffClient, folder: &mut Folder) -> Result<()> {
    if folder.reached(None).is_some() {
        return Ok(());
    }
    for name in [BLOBS, MEDIA] {
        private::make_folder(&folder.path().join(name))?;
    }
    let copies = Copies::of(folder.path().to_owned());
    let known = client.get(staff::LIST_PUBLICATIONS)?;
    let mut names: Vec<String> = Vec::new();
    let versions = known.versions.iter().filter(|one| one.format == FORMAT);
    for version in versions.filter(|one| one.activated_at_ms.is_some()) {
        let found = walk(version, |part| {
            let name = part.name();
            if let Some(content) = copies.find(&name) {
                return Ok(content);
            }
            let content = read_one(client, part)?;
            let (place, file) = name.place();
            // Renamed when it is whole: a folder has no half a blob.
            let partial = folder.path().join(place).join(format!("{file}.partial"));
            let written = private::create(&partial).and_then(|mut out| out.write_all(&content));
            written.with_context(|| format!("{}", partial.display()))?;
            fs::rename(&partial, folder.path().join(place).join(&file))?;
            Ok(content)
        })?;
        for lost in &found.lost {
            eprintln!("warning: version {} lacks the {lost}", version.version);
        }
        let whole = found.seen.difference(&found.lost);
        names.extend(whole.map(|name| {
            let (place, file) = name.place();
            format!("{place}/{file}")
        }));
    }
    names.sort_unstable();
    names.dedup();
    let rows: Vec<Value> = names.into_iter().map(Value::from).collect();
    folder.write(None, &rows, None)
}

/// The moment, in milliseconds since 1970.
pub(super) fn now_ms() -> Result<i64> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.context("the clock of this machine stands before 1970")?;
    Ok(i64::try_from(now.as_millis())?)
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
pub(super) fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}
