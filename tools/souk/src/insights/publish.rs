//! Sends what was learnt, then switches the pointer; and shows what is published.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use souk_catalogue::{Hash, SlugHash};
use souk_insights::{Packed, Root, SCORE_ONE, Segment};
use souk_protocol::staff;

use super::PublishedInsights;
use crate::catalogue::copies;
use crate::catalogue::parallel::parallel;
use crate::catalogue::published::published_products;
use crate::client::{StaffClient, is_unreadable};

/// Blobs that are sent at the same time.
const UPLOADS: usize = 8;

/// Publishes a version: sends the blobs that the published one does not have, makes the root the
/// published one, and deletes what only versions need that no edge reads any more.
///
/// # Errors
/// When the shop refuses or does not answer. Shoppers see nothing of it then.
pub(super) fn publish(client: &StaffClient, packed: &Packed) -> Result<()> {
    let standing = PublishedInsights::read(client)?;
    let root = packed.root_hash.to_string();
    // What the published version cannot be read from is sent again.
    let known: BTreeSet<Hash> = match &standing {
        Some(standing) if standing.root.is_some() => standing.blobs().into_iter().collect(),
        Some(_) | None => BTreeSet::new(),
    };
    if let Some(standing) = &standing
        && standing.pointer.root == root
        && standing.root.is_some()
    {
        println!(
            "version {} is published and is the same",
            standing.pointer.version
        );
        return Ok(());
    }
    let new: Vec<_> = (packed.blobs.iter())
        .filter(|(hash, _)| !known.contains(hash))
        .collect();
    parallel("Sending what was learnt", UPLOADS, &new, |(hash, blob)| {
        client.put(&staff::WRITE_BLOB.at(&[&hash.to_string()]), blob)
    })?;
    client.put(&staff::PUBLISH_INSIGHTS.at(&[&root]), &[])?;
    let published = PublishedInsights::read(client)?.context("the shop forgot what it was sent")?;
    if let Err(error) = copies::keep(&packed.blobs) {
        eprintln!("warning: `souk verify --repair` will lack copies of this version: {error:#}");
    }
    let retired = standing.as_ref().and_then(|one| one.pointer.before.clone());
    let deleted = match retired {
        Some(retired) => {
            let kept = known.into_iter().chain(packed.blobs.keys().copied());
            delete(client, &retired, &kept.collect())?
        }
        None => 0,
    };
    println!(
        "version {} of the insights is published ({} of {} blobs were new, {deleted} old ones were \
         deleted)",
        published.pointer.version,
        new.len(),
        packed.blobs.len()
    );
    Ok(())
}

/// Deletes the blobs of a root that are not kept; gives how many.
fn delete(client: &StaffClient, retired: &str, kept: &BTreeSet<Hash>) -> Result<usize> {
    let Some(root) = root(client, retired)? else {
        return Ok(0);
    };
    // The root goes last: as long as it is there, it names the others.
    let blobs = root.blobs().chain(Hash::parse(retired));
    let mut deleted = 0;
    for hash in blobs.filter(|hash| !kept.contains(hash)) {
        client.delete(&staff::DELETE_BLOB.at(&[&hash.to_string()]))?;
        deleted += 1;
    }
    Ok(deleted)
}

/// The root with this name; `None` where it is lost or damaged.
///
/// # Errors
/// When the shop does not answer.
pub(super) fn root(client: &StaffClient, name: &str) -> Result<Option<Root>> {
    let read = |hash| Ok(Root::decode(&client.blob(hash)?)?);
    match Hash::parse(name).map(read) {
        None => Ok(None),
        Some(Err(error)) if is_unreadable(&error) => Ok(None),
        Some(root) => root.map(Some),
    }
}

/// Prints what is published, and the list of a product.
///
/// # Errors
/// When the shop does not answer, or has lost a blob.
#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
pub(super) fn show(client: &StaffClient, product: Option<&str>) -> Result<()> {
    let Some(standing) = PublishedInsights::read(client)? else {
        println!("nothing was learnt yet: souk insights import --baskets FILE.csv");
        return Ok(());
    };
    let root = standing.root.context(
        "the root of the insights is lost: `souk verify --repair`, or import the orders again",
    )?;
    println!(
        "version {}: {} orders, {} products have a list, in {} blobs",
        standing.pointer.version,
        root.orders,
        root.products,
        root.blobs().count() + 1
    );
    let slugs: BTreeMap<SlugHash, String> = published_products(client)?
        .into_keys()
        .map(|slug| (SlugHash::of(&slug), slug))
        .collect();
    let name = |slug: SlugHash| slugs.get(&slug).map_or("(no longer published)", |s| s);
    let Some(product) = product else {
        println!("most popular:");
        for slug in root.popular().into_iter().take(10) {
            println!("- {}", name(slug));
        }
        return Ok(());
    };
    let list = match root.segment(product) {
        Some(segment) => Segment::decode(&client.blob(segment)?)?.list(product)?,
        None => Vec::new(),
    };
    println!("bought together with {product}: {}", list.len());
    for one in list {
        let score = f64::from(one.score) / SCORE_ONE as f64;
        println!("- {score:.3} {}", name(one.slug));
    }
    Ok(())
}
