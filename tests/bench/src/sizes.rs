//! Rows of a catalogue's size: reading and publishing at a thousand and at a hundred thousand
//! products.

use anyhow::Result;
use souk_catalogue::Catalogue;

use crate::bench::{Bench, Host, Platform, Side};
use crate::load::Target;
use crate::report::Row;
use crate::shop::{Publish, Staff, catalogue, slug};

const SMALL: usize = 1_000;
const LARGE: usize = 100_000;
/// Products that are read in turn in both catalogues.
const READ: usize = 1_000;
/// No slower than 1.1 times.
const GOAL: f64 = 1.0 / 1.1;
/// Changes that are published one after the other; the median time counts.
const CHANGES: usize = 3;

struct Sized {
    host: Host,
    staff: Staff,
    catalogue: Catalogue,
    first: Publish,
}

/// Measures both sizes on one platform.
///
/// # Errors
/// When a server does not come up or answer.
pub(crate) async fn rows(bench: &Bench, platform: Platform) -> Result<()> {
    let names = ["read-100k", "read-100k-1000", "publish-1k", "publish-100k"];
    if !bench.wants_any(platform, &names) {
        return Ok(());
    }
    let mut small = sized(bench, platform, SMALL).await?;
    let mut large = sized(bench, platform, LARGE).await?;
    for (name, read) in names.into_iter().zip([1, READ]) {
        let id = format!("{}/{name}", platform.name());
        if bench.wants(&id) {
            let target = |sized: &Sized| {
                // From all over the catalogue, so that no two come from one segment.
                let step = sized.catalogue.products.len() / READ;
                let paths = (0..read).map(|n| format!("/api/v1/products/{}", slug(n * step)));
                Target::reads(&sized.host.server, paths.collect())
            };
            let (at_small, at_large) = (target(&small), target(&large));
            let limit = ("1k products", &at_small);
            bench.add(bench.throughput(&id, limit, &at_large, Some(GOAL)).await?);
        }
    }
    for (name, sized) in names.into_iter().skip(2).zip([&mut small, &mut large]) {
        let id = format!("{}/{name}", platform.name());
        if bench.wants(&id) {
            bench.add(publish_one_change(id, sized).await?);
        }
    }
    Ok(())
}

async fn sized(bench: &Bench, platform: Platform, products: usize) -> Result<Sized> {
    let host = bench.start(platform, Side::Shop).await?;
    let catalogue = catalogue(products);
    let mut staff = Staff::new(host.server.staff);
    let first = staff.publish(&catalogue, &[]).await?;
    Ok(Sized {
        host,
        staff,
        catalogue,
        first,
    })
}

async fn publish_one_change(id: String, sized: &mut Sized) -> Result<Row> {
    let mut publishes = Vec::new();
    for change in 1..=CHANGES {
        let place = sized.catalogue.products.len() / (change + 1);
        let product = &mut sized.catalogue.products[place];
        for variant in &mut product.variants {
            variant.price_minor += 10;
        }
        let changed = [product.clone()];
        publishes.push(sized.staff.publish(&sized.catalogue, &changed).await?);
    }
    publishes.sort_by_key(|publish| publish.time);
    let Publish { blobs, bytes, time } = publishes[CHANGES / 2];
    let first = sized.first;
    Ok(Row {
        id,
        value: time.as_secs_f64() * 1000.0,
        unit: "ms".to_owned(),
        limit: Some(first.time.as_secs_f64() * 1000.0),
        limit_is: "all of it".to_owned(),
        note: format!(
            "{blobs} of {} blobs, {} of {} KiB written",
            first.blobs,
            bytes / 1024,
            first.bytes / 1024
        ),
        ..Row::default()
    })
}
