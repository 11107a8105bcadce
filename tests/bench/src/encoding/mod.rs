//! The encoding of a product segment, held against JSON: one product out of a segment.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::value::RawValue;
use souk_catalogue::{Product, ProductSegment};

use crate::bench::{Bench, median};
use crate::report::Row;
use crate::shop::{catalogue, slug};

/// Lookups between two looks at the clock.
const LOOKUPS: u32 = 2_000;
const ROUNDS: usize = 9;

/// Measures segments of two sizes.
///
/// # Errors
/// When a segment cannot be read.
pub(crate) fn rows(bench: &Bench) -> Result<()> {
    for products in [16, 64] {
        let ids = ["json", "json-lazy"].map(|name| format!("encoding/{products}-{name}"));
        if ids.iter().any(|id| bench.wants(id)) {
            let [whole, lazy] = ids;
            measure(bench, products, whole, lazy)?;
        }
    }
    Ok(())
}

fn measure(bench: &Bench, products: usize, whole_id: String, lazy_id: String) -> Result<()> {
    let catalogue = catalogue(products);
    let all: Vec<&Product> = catalogue.products.iter().collect();
    let segment = ProductSegment::encode(&all);
    let by_slug: BTreeMap<&str, &Product> = all
        .iter()
        .map(|product| (product.slug.as_str(), *product))
        .collect();
    let json = serde_json::to_vec(&by_slug)?;
    let mut number = 0;
    let mut next = || {
        number = (number + 7) % products;
        slug(number)
    };
    let missing = "every product is in its segment";
    let postcard = nanoseconds(&mut next, |slug| {
        ProductSegment::decode(&segment)?
            .find(slug)?
            .context(missing)
    })?;
    let whole = nanoseconds(&mut next, |slug| {
        let mut all: BTreeMap<String, Product> = serde_json::from_slice(&json)?;
        all.remove(slug).context(missing)
    })?;
    // The best that JSON can do: values that are not asked for are skipped, not read.
    let lazy = nanoseconds(&mut next, |slug| {
        let all: BTreeMap<&str, &RawValue> = serde_json::from_slice(&json)?;
        Ok(serde_json::from_str(all.get(slug).context(missing)?.get())?)
    })?;
    for (id, other, what) in [
        (whole_id, whole, "JSON"),
        (lazy_id, lazy, "JSON, only one value read"),
    ] {
        bench.add(Row {
            id,
            value: postcard,
            unit: "ns a lookup".to_owned(),
            limit: Some(other),
            limit_is: what.to_owned(),
            ratio: Some(other / postcard),
            goal: Some(1.0),
            note: format!(
                "{products} products are {} bytes, {} as JSON",
                segment.len(),
                json.len()
            ),
        });
    }
    Ok(())
}

fn nanoseconds(
    next: &mut impl FnMut() -> String,
    find: impl Fn(&str) -> Result<Product>,
) -> Result<f64> {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let slugs: Vec<_> = (0..LOOKUPS).map(|_| next()).collect();
        let started = Instant::now();
        for slug in &slugs {
            black_box(find(black_box(slug))?);
        }
        rounds.push(started.elapsed().as_nanos() as f64 / f64::from(LOOKUPS));
    }
    Ok(median(rounds))
}
