//! `souk verify`: whether the catalogue store has everything that the published versions need, and
//! uploads of what is missing.
//!
//! What is uploaded comes from this machine: the copies that `souk catalogue publish` kept, a backup,
//! or the files that the catalogue was made of. A blob is named by the hash of its content, so nothing
//! but the right bytes can be sent under its name.
//!
//! Not here: which blobs a version has (`catalogue::published`), copies (`catalogue::copies`).

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::{Result, bail, ensure};
use clap::Args;
use souk_catalogue::{FORMAT, Hash};
use souk_protocol::staff::{self, Publication, PublicationChange, PublicationReply};

use crate::catalogue::copies::{Copies, Lost};
use crate::catalogue::parallel::parallel;
use crate::catalogue::published::{Part, parts_of};
use crate::client::{StaffClient, is_unreadable};
use crate::insights::{self, PublishedInsights};
use crate::shop::ShopArgs;

/// Values that are read at the same time.
const READS: usize = 8;
/// Lines of what is missing that are printed for each version.
const LINES_MAX: usize = 20;
/// A version names blobs that name others: manifest, pages and indexes, segments, pictures. Each
/// round of repairs makes the next ones readable.
const ROUNDS_MAX: usize = 5;

/// Arguments of `souk verify`.
#[derive(Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    shop: ShopArgs,
    /// Uploads what is missing, from copies on this machine.
    #[arg(long)]
    repair: bool,
    /// Further places that copies are taken from: a folder of `souk backup`, or a folder with
    /// picture files; may be given several times.
    #[arg(long, value_name = "DIR", requires = "repair")]
    from: Vec<PathBuf>,
    /// Also the versions that were published before, which edges fall back on and `rollback` needs.
    #[arg(long)]
    all: bool,
}

/// Compares store and manifests, and uploads what is missing where that is asked for.
///
/// # Errors
/// When the shop does not answer, and when something is missing in the end.
pub(crate) fn run(args: &VerifyArgs) -> Result<()> {
    let client = args.shop.client()?;
    let known = client.get(staff::LIST_PUBLICATIONS)?;
    let published = known.published(FORMAT);
    let versions: Vec<&Publication> = match args.all {
        true => {
            let ours = known.versions.iter().filter(|one| one.format == FORMAT);
            ours.filter(|one| one.activated_at_ms.is_some()).collect()
        }
        false => published.into_iter().collect(),
    };
    ensure!(
        !versions.is_empty(),
        "nothing is published in format {FORMAT}: souk catalogue publish FILE.csv"
    );
    let copies = Copies::open(&args.from)?;
    let mut left = 0;
    for version in versions {
        left += verify(&client, version, args.repair.then_some(&copies))?;
    }
    left += verify_insights(&client, args.repair)?;
    if let Some(published) = published.filter(|_| args.repair) {
        show(&client, published)?;
    }
    ensure!(
        left == 0,
        "{left} values are missing or damaged. {}",
        match args.repair {
            true => {
                "No copy of them is on this machine: name a backup with --from, or publish the \
                 catalogue again with `souk catalogue publish`"
            }
            false => "`souk verify --repair` uploads what this machine has a copy of",
        }
    );
    Ok(())
}

/// Has the pointers to the published version written again: a store that was emptied has none.
pub(crate) fn show(client: &StaffClient, published: &Publication) -> Result<()> {
    let version = published.version;
    let again = PublicationChange::Activate {
        version,
        expected: Some(version),
    };
    match client.post(staff::PUBLISH, &again)? {
        PublicationReply::Done { .. } => Ok(()),
        // Without its manifest it is not shown; what is missing is named.
        PublicationReply::Unknown => Ok(()),
        other => bail!("the pointer to version {version} was not written: {other:?}"),
    }
}

/// How many values of a version are missing in the end.
fn verify(client: &StaffClient, version: &Publication, copies: Option<&Copies>) -> Result<usize> {
    let mut repaired = 0;
    for _ in 0..ROUNDS_MAX {
        let found = missing(client, version)?;
        let number = version.version;
        if found.lost.is_empty() {
            let what = match repaired {
                0 => String::new(),
                count => format!(", {count} of them uploaded"),
            };
            println!(
                "version {number}: all {} values are there{what}",
                found.seen.len()
            );
            return Ok(0);
        }
        let sent = match copies {
            Some(copies) => send(client, copies, &found.lost)?,
            None => 0,
        };
        repaired += sent;
        // What could not be read may name others, so another round follows as long as one helps.
        if sent == 0 {
            let mut lines: Vec<_> = found.lost.iter().map(Lost::to_string).collect();
            lines.sort_unstable();
            println!(
                "version {number}: {} values are missing or damaged",
                lines.len()
            );
            for line in lines.iter().take(LINES_MAX) {
                println!("- {line}");
            }
            if lines.len() > LINES_MAX {
                println!("  … and {} more", lines.len() - LINES_MAX);
            }
            return Ok(lines.len());
        }
    }
    Ok(missing(client, version)?.lost.len())
}

/// How many blobs of what was learnt from orders are missing in the end. No machine has copies of them:
/// to repair them is to have the shop learn again.
fn verify_insights(client: &StaffClient, is_repair: bool) -> Result<usize> {
    let mut lost = lost_insights(client)?;
    if is_repair && !lost.is_empty() {
        insights::build(client)?;
        lost = lost_insights(client)?;
    }
    for name in lost.iter().take(LINES_MAX) {
        println!("- {name} of the insights; `souk insights build` makes them again");
    }
    Ok(lost.len())
}

/// The blobs of the published insights that are missing; prints a line where none is.
fn lost_insights(client: &StaffClient) -> Result<BTreeSet<Lost>> {
    let Some(published) = PublishedInsights::read(client)? else {
        return Ok(BTreeSet::new());
    };
    let found = Mutex::new(BTreeSet::new());
    let names = published.blobs();
    parallel(
        "Reading what was learnt",
        READS,
        &names,
        |&hash| match client.blob(hash) {
            Err(error) if is_unreadable(&error) => {
                let mut found = found.lock().expect("no thread panics with it");
                found.insert(Lost::Blob(hash));
                Ok(())
            }
            read => read.map(drop),
        },
    )?;
    let lost = found.into_inner().expect("no thread panics with it");
    if lost.is_empty() {
        let (version, total) = (published.pointer.version, names.len());
        println!("version {version} of the insights: all {total} values are there");
    }
    Ok(lost)
}

/// What looking at a version found.
pub(crate) struct Found {
    pub(crate) seen: BTreeSet<Lost>,
    pub(crate) lost: BTreeSet<Lost>,
}

/// Reads everything of a version that can be reached.
fn missing(client: &StaffClient, version: &Publication) -> Result<Found> {
    walk(version, |part| read_one(client, part))
}

/// Reads a value of the shop's store.
pub(crate) fn read_one(client: &StaffClient, part: &Part) -> Result<Vec<u8>> {
    match part {
        Part::Blob { hash, .. } => client.blob(*hash),
        Part::Media(name) => client.media(name),
    }
}

/// Reads everything of a version that can be reached, from wherever `read` has it.
pub(crate) fn walk(
    version: &Publication,
    read: impl Fn(&Part) -> Result<Vec<u8>> + Sync,
) -> Result<Found> {
    let mut seen: BTreeSet<Lost> = BTreeSet::new();
    let lost = Mutex::new(BTreeSet::new());
    let Some(head) = Hash::parse(&version.manifest) else {
        anyhow::bail!("version {} has no proper manifest", version.version);
    };
    let mut next = vec![Part::manifest(head)];
    while !next.is_empty() {
        let named = Mutex::new(Vec::new());
        parallel("Reading the catalogue store", READS, &next, |part| {
            match read(part).and_then(|content| parts_of(part, &content)) {
                Ok(parts) => named
                    .lock()
                    .expect("no thread panics with it")
                    .extend(parts),
                Err(error) if is_unreadable(&error) => {
                    let mut lost = lost.lock().expect("no thread panics with it");
                    lost.insert(part.name());
                }
                Err(error) => return Err(error),
            }
            Ok(())
        })?;
        seen.extend(next.iter().map(Part::name));
        let named = named.into_inner().expect("no thread panics with it");
        let mut fresh = BTreeSet::new();
        next = named
            .into_iter()
            .filter(|part| !seen.contains(&part.name()) && fresh.insert(part.name()))
            .collect();
    }
    Ok(Found {
        seen,
        lost: lost.into_inner().expect("no thread panics with it"),
    })
}

/// Uploads what there are copies of; gives how many.
fn send(client: &StaffClient, copies: &Copies, lost: &BTreeSet<Lost>) -> Result<usize> {
    let here: Vec<_> = lost
        .iter()
        .filter_map(|one| copies.find(one).map(|content| (one, content)))
        .collect();
    parallel("Sending what was lost", READS, &here, |(one, content)| {
        send_one(client, one, content)
    })?;
    Ok(here.len())
}

/// Writes a value of the catalogue store.
pub(crate) fn send_one(client: &StaffClient, name: &Lost, content: &[u8]) -> Result<()> {
    match name {
        Lost::Blob(hash) => client.put(&staff::WRITE_BLOB.at(&[&hash.to_string()]), content),
        Lost::Media(name) => client.put(&staff::WRITE_MEDIA.at(&[name]), content),
    }
}
