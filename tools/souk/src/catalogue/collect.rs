//! Garbage collection: forgets versions that were retired long ago, and deletes what only they
//! need.
//!
//! The origin forgets a version first, under its own clock: from then on nobody can make it the
//! published one again, so its blobs are free to go.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use souk_catalogue::{FORMAT, Hash, Media, Product};
use souk_protocol::staff::{Publication, PublicationChange, PublicationReply};

use super::published::{Published, products};
use crate::client::StaffClient;
use souk_machine::Progress;

/// Drops retired versions beyond the `keep` youngest.
///
/// # Errors
/// When the shop does not answer.
pub(crate) fn run(client: &StaffClient, keep: usize, grace_hours: u32) -> Result<()> {
    let known = client.publications()?;
    let (mut retired, mut retained): (Vec<Publication>, Vec<Publication>) = known
        .versions
        .into_iter()
        .partition(|one| Some(one.version) != known.current);
    retired.sort_by_key(|one| std::cmp::Reverse(one.retired_at_ms));
    let old = retired.split_off(keep.min(retired.len()));
    retained.append(&mut retired);
    if let Some(other) = retained.iter().find(|one| one.format != FORMAT) {
        // What a retained version needs is never deleted, and nobody here can read what that is.
        bail!(
            "version {} has another catalogue format: collect when it is no longer kept",
            other.version
        );
    }
    let mut dropped = Vec::new();
    for one in old {
        let blobs = Published::read(client, &one).ok();
        let grace_ms = i64::from(grace_hours) * 60 * 60 * 1000;
        match client.publish(&PublicationChange::Drop {
            version: one.version,
            grace_ms,
        })? {
            PublicationReply::Done { .. } => dropped.push((one.version, blobs)),
            PublicationReply::InUse => retained.push(one),
            PublicationReply::Unknown | PublicationReply::Superseded { .. } => {}
        }
    }
    if dropped.is_empty() {
        println!("no version is old enough to go");
        return Ok(());
    }
    // A version of another encoding can no longer be shown, so it needs nothing.
    let retained: Vec<Published> = retained
        .iter()
        .filter(|one| one.format == FORMAT)
        .map(|one| Published::read(client, one))
        .collect::<Result<_>>()?;
    let mut deleted = 0;
    for (version, blobs) in dropped {
        // A version that was begun and left may lack blobs; then there is nothing to follow.
        if let Some(blobs) = blobs {
            deleted += delete(client, version, &blobs, &retained)?;
        }
        println!("version {version} is forgotten");
    }
    println!("{deleted} blobs and pictures were deleted");
    Ok(())
}

fn delete(
    client: &StaffClient,
    version: u64,
    blobs: &Published,
    retained: &[Published],
) -> Result<usize> {
    let needed = |hash: &Hash| retained.iter().any(|one| one.has(hash));
    let own_segments: BTreeSet<Hash> = blobs
        .segments
        .iter()
        .copied()
        .filter(|hash| !needed(hash))
        .collect();
    let pictures = own_pictures(client, &own_segments, retained)?;
    let mut progress = Progress::start(&format!("Deleting version {version}"));
    let mut deleted = 0;
    for name in &pictures {
        client.delete_media(name)?;
        deleted += 1;
    }
    for hash in own_segments
        .iter()
        .chain(blobs.others.iter().filter(|hash| !needed(hash)))
    {
        progress.tick(&hash.to_string());
        client.delete_blob(*hash)?;
        deleted += 1;
    }
    progress.finish("done");
    Ok(deleted)
}

/// Pictures that only these segments show. A picture may be shared by any two products, so all
/// retained products are looked at, but only when there is a candidate at all.
fn own_pictures(
    client: &StaffClient,
    own_segments: &BTreeSet<Hash>,
    retained: &[Published],
) -> Result<BTreeSet<String>> {
    let pictures = |product: &Product| {
        let urls = product.media.iter().flat_map(Media::urls);
        urls.filter_map(|url| url.strip_prefix("/media/").map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let read = |hash| client.blob(hash);
    let own = products(own_segments, read)?;
    let mut candidates: BTreeSet<String> = own.values().flat_map(pictures).collect();
    if candidates.is_empty() {
        return Ok(candidates);
    }
    let segments: BTreeSet<Hash> = retained
        .iter()
        .flat_map(|one| one.segments.clone())
        .collect();
    for product in products(&segments, read)?.values() {
        for picture in pictures(product) {
            candidates.remove(&picture);
        }
    }
    Ok(candidates)
}
