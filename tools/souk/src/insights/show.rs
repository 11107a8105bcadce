//! `souk insights show`: what is published.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use souk_catalogue::{Hash, SlugHash};
use souk_insights::{Root, SCORE_ONE, Segment};

use super::PublishedInsights;
use crate::catalogue::published::published_products;
use crate::client::{StaffClient, is_unreadable};

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
        println!(
            "nothing was learnt yet: the shop learns from its orders within the hour, or now by \
             souk insights build; souk insights import --baskets FILE.csv brings orders from elsewhere"
        );
        return Ok(());
    };
    let root = standing
        .root
        .context("the root of the insights is lost: `souk insights build` makes it again")?;
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
        println!("searched for most:");
        for query in root.queries.iter().take(10) {
            println!("- {} ({})", query.text, query.locale);
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
