//! Garbage collection: forgets versions that were retired long ago, and deletes what only they
//! need.
//!
//! The origin forgets a version first, by its own clock: from then on the version cannot be
//! published again, so its blobs can be deleted. What was learnt from orders stands beside the versions
//! and is never deleted here: the back office deletes what it replaced.
//!
//! Only versions of this tool's format are looked at. Another format has no blob in common with it:
//! every blob begins with the number of its format. Pictures are shared by all formats, so none is
//! deleted while a version of another format exists, which may show it and cannot be read here.

use std::collections::BTreeSet;

use anyhow::Result;
use souk_catalogue::{FORMAT, Hash, Media, Product};
use souk_protocol::staff::{self, Publication, PublicationChange, PublicationReply, Publications};

use super::published::{Published, products};
use crate::client::StaffClient;
use crate::insights::PublishedInsights;
use souk_machine::Progress;

/// Drops retired versions beyond the `keep` youngest.
///
/// # Errors
/// When the shop does not answer.
pub(crate) fn run(client: &StaffClient, keep: usize, grace_hours: u32) -> Result<()> {
    let Choice {
        old,
        mut retained,
        other_formats,
    } = choose(client.get(staff::LIST_PUBLICATIONS)?, keep);
    let mut dropped = Vec::new();
    for one in old {
        let blobs = Published::read(client, &one).ok();
        let grace_ms = i64::from(grace_hours) * 60 * 60 * 1000;
        match client.post(
            staff::PUBLISH,
            &PublicationChange::Drop {
                version: one.version,
                grace_ms,
            },
        )? {
            PublicationReply::Done { .. } => dropped.push((one.version, blobs)),
            PublicationReply::InUse => retained.push(one),
            PublicationReply::Unknown | PublicationReply::Superseded { .. } => {}
        }
    }
    if dropped.is_empty() {
        println!("no version is old enough to go");
        return Ok(());
    }
    let retained: Vec<Published> = retained
        .iter()
        .map(|one| Published::read(client, one))
        .collect::<Result<_>>()?;
    let insights = PublishedInsights::read(client)?;
    let insights: BTreeSet<Hash> = insights.iter().flat_map(PublishedInsights::blobs).collect();
    let mut deleted = 0;
    for (version, blobs) in dropped {
        // A publish that was interrupted may have left a version without its blobs.
        if let Some(blobs) = blobs {
            deleted += delete(client, version, &blobs, &retained, &insights, other_formats)?;
        }
        println!("version {version} is forgotten");
    }
    println!("{deleted} blobs and pictures were deleted");
    if other_formats {
        println!("no picture was deleted: a version of another format may show it");
    }
    Ok(())
}

/// The versions of this tool's format.
struct Choice {
    /// To be dropped, if they were retired long enough ago.
    old: Vec<Publication>,
    retained: Vec<Publication>,
    /// Whether there are versions of other formats.
    other_formats: bool,
}

fn choose(known: Publications, keep: usize) -> Choice {
    let published = known.current.get(&FORMAT).copied();
    let (own, others): (Vec<_>, Vec<_>) = known
        .versions
        .into_iter()
        .partition(|one| one.format == FORMAT);
    let (mut retired, mut retained): (Vec<_>, Vec<_>) = own
        .into_iter()
        .partition(|one| Some(one.version) != published);
    retired.sort_by_key(|one| std::cmp::Reverse(one.retired_at_ms));
    let old = retired.split_off(keep.min(retired.len()));
    retained.append(&mut retired);
    Choice {
        old,
        retained,
        other_formats: !others.is_empty(),
    }
}

fn delete(
    client: &StaffClient,
    version: u64,
    blobs: &Published,
    retained: &[Published],
    insights: &BTreeSet<Hash>,
    other_formats: bool,
) -> Result<usize> {
    let needed = |hash: &Hash| insights.contains(hash) || retained.iter().any(|one| one.has(hash));
    let own_segments: BTreeSet<Hash> = blobs
        .segments
        .iter()
        .copied()
        .filter(|hash| !needed(hash))
        .collect();
    let pictures = match other_formats {
        true => BTreeSet::new(),
        false => own_pictures(client, &own_segments, retained)?,
    };
    let mut progress = Progress::start(&format!("Deleting version {version}"));
    let mut deleted = 0;
    for name in &pictures {
        client.delete(&staff::DELETE_MEDIA.at(&[name]))?;
        deleted += 1;
    }
    for hash in own_segments
        .iter()
        .chain(blobs.others.iter().filter(|hash| !needed(hash)))
    {
        progress.tick(&hash.to_string());
        client.delete(&staff::DELETE_BLOB.at(&[&hash.to_string()]))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn publication(version: u64, format: u32, retired_at_ms: Option<i64>) -> Publication {
        Publication {
            version,
            manifest: format!("manifest {version}"),
            format,
            products: 1,
            variants: 1,
            begun_at_ms: 0,
            activated_at_ms: Some(1),
            retired_at_ms,
        }
    }

    fn numbers(publications: &[Publication]) -> Vec<u64> {
        let mut numbers: Vec<_> = publications.iter().map(|one| one.version).collect();
        numbers.sort_unstable();
        numbers
    }

    #[test]
    fn versions_of_other_formats_are_neither_dropped_nor_counted() {
        let (before, next) = (FORMAT - 1, FORMAT + 1);
        let known = Publications {
            current: [(before, 2), (FORMAT, 6), (next, 7)].into(),
            versions: vec![
                publication(1, before, Some(10)),
                publication(2, before, None),
                publication(3, FORMAT, Some(20)),
                publication(4, FORMAT, Some(40)),
                publication(5, FORMAT, Some(30)),
                publication(6, FORMAT, None),
                publication(7, next, None),
            ],
        };
        let choice = choose(known.clone(), 1);
        assert_eq!(numbers(&choice.old), [3, 5]);
        assert_eq!(numbers(&choice.retained), [4, 6]);
        assert!(choice.other_formats);
        let mut own = known;
        own.versions.retain(|one| one.format == FORMAT);
        let choice = choose(own, 0);
        assert_eq!(numbers(&choice.old), [3, 4, 5]);
        assert_eq!(numbers(&choice.retained), [6]);
        assert!(!choice.other_formats);
    }
}
