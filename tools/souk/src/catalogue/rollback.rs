//! Rolling back: makes an earlier version the published one, with its offers.
//!
//! A version keeps the prior prices that it was published with; where those of the ledger are others by
//! now, a warning names them.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use souk_catalogue::FORMAT;
use souk_protocol::staff;

use super::changes::Changes;
use super::offers::OfferMaker;
use super::price_ledger;
use super::publish::{activate, now_ms, send_offers};
use super::published::{Published, products};
use super::shop_changes::ShopChanges;
use super::standing::ShopWide;
use crate::client::{StaffClient, is_unreadable};

/// Makes an earlier version the published one.
///
/// # Errors
/// When there is no such version or the shop refuses.
pub(crate) fn rollback(client: &StaffClient, to: Option<u64>) -> Result<()> {
    let started = Instant::now();
    let known = client.get(staff::LIST_PUBLICATIONS)?;
    let from = known
        .published(FORMAT)
        .with_context(|| format!("nothing is published yet in format {FORMAT}"))?;
    let current = from.version;
    let find = |version| known.versions.iter().find(|known| known.version == version);
    let target = match to {
        Some(version) => find(version).with_context(|| format!("there is no version {version}"))?,
        None => known
            .before(from)
            .context("no other version was published before")?,
    };
    if target.version == current {
        bail!("version {current} is the published one");
    }
    if target.format != FORMAT {
        bail!(
            "version {} has format {}, this tool reads {FORMAT}: roll back with the tool of that one",
            target.version,
            target.format
        );
    }
    let target_blobs = Published::read(client, target)?;
    let read = |hash| client.blob(hash);
    let target_shop = ShopWide::read(client, &target_blobs)?;
    let at_ms = now_ms()?;
    let maker = || OfferMaker {
        context: target_shop.offers.clone(),
        at_ms,
    };
    let between = || {
        let from = Published::read(client, from)?;
        let from_shop = ShopWide::read(client, &from)?;
        let shop = ShopChanges::between(&from_shop, &target_shop);
        let sales = [&from_shop, &target_shop].map(|shop| shop.sales.as_slice());
        if shop.is_every_offer_another() {
            let (before, after) = (&from.segments, &target_blobs.segments);
            let changes = Changes::between(
                products(before, read)?,
                products(after, read)?,
                shop,
                maker(),
            );
            return Ok(changes.with_sales(sales[0], sales[1]));
        }
        let mut changes = Changes::between(
            products(from.segments.difference(&target_blobs.segments), read)?,
            products(target_blobs.segments.difference(&from.segments), read)?,
            shop,
            maker(),
        );
        let manifests = [&from.manifest, &target_blobs.manifest];
        if manifests.iter().any(|one| one.shared_skus.is_some()) {
            // Products of the segments that both versions have may have SKUs of those that differ.
            let same = products(from.segments.intersection(&target_blobs.segments), read)?;
            changes.stay(same.values());
        }
        Ok(changes.with_sales(sales[0], sales[1]))
    };
    let changes = match between() {
        Err(error) if is_unreadable(&error) => {
            eprintln!(
                "warning: the published version {current} cannot be read, so every offer is sent \
                 again; SKUs that only it has stay on sale: {error:#}"
            );
            let every = products(&target_blobs.segments, read)?;
            Changes::between(BTreeMap::new(), every, ShopChanges::default(), maker())
                .with_sales(&[], &target_shop.sales)
        }
        changes => changes?,
    };
    changes.print(&target_blobs.manifest.currency);
    warn_of_prior_prices(client, &changes, &target_shop)?;
    // Stock is not rolled back: units that were counted stay counted.
    send_offers(client, &changes, &target_blobs.manifest.currency, |_| 0)?;
    activate(client, target.version, Some(current))?;
    println!(
        "version {} is published again, after {:.1} s",
        target.version,
        started.elapsed().as_secs_f32()
    );
    Ok(())
}

/// Warns of prior prices in a version that are no longer those of the ledger: what was sold for less
/// since the version was published counts too.
fn warn_of_prior_prices(client: &StaffClient, changes: &Changes, shop: &ShopWide) -> Result<()> {
    const NAMED_MAX: usize = 10;
    let markets = shop.offers.iter().flat_map(|offers| offers.markets.clone());
    let markets: Vec<_> = markets.collect();
    let products = changes.new_products();
    let overtaken = price_ledger::overtaken(client, products, &shop.sales, &markets)?;
    if !overtaken.is_empty() {
        let named: Vec<_> = overtaken.iter().take(NAMED_MAX).copied().collect();
        eprintln!(
            "warning: {} SKUs show a prior price of before, which is another one by now ({}): \
             publish the folder of this version again, which computes them anew",
            overtaken.len(),
            named.join(", ")
        );
    }
    Ok(())
}
