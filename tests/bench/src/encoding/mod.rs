//! The encoding of the catalogue's blobs, held against others.
//!
//! - `encoding/product-1k`, `encoding/product-100k`: all that an edge with warm blobs decodes for one
//!   product, against the encoding of before (`before`), in which no field could be added.
//! - `encoding/record-*`: one product's record alone, against encodings that it was chosen from.
//! - `encoding/16-json` and the like: one product out of a segment, against JSON.

mod before;
mod mirror;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use anyhow::{Context, Result};
use prost::Message;
use serde_json::value::RawValue;
use souk_catalogue::{DirectoryPage, ListingChunk, Product, ProductSegment, Snapshot, build};

use crate::bench::{Bench, median};
use crate::report::Row;
use crate::shop::{catalogue, slug};

/// Lookups between two looks at the clock.
const LOOKUPS: u32 = 2_000;
/// Rounds of each side, in turn.
const ROUNDS: usize = 15;
/// The share of the speed of before that a product read has to keep.
const GOAL: f64 = 0.95;

/// Measures everything.
///
/// # Errors
/// When a blob cannot be read.
pub(crate) fn rows(bench: &Bench) -> Result<()> {
    for (products, name) in [(1_000, "1k"), (100_000, "100k")] {
        let id = format!("encoding/product-{name}");
        if bench.wants(&id) {
            bench.add(product_read(id, products)?);
        }
    }
    records(bench)?;
    for products in [16, 64] {
        let ids = ["json", "json-lazy"].map(|name| format!("encoding/{products}-{name}"));
        if ids.iter().any(|id| bench.wants(id)) {
            let [whole, lazy] = ids;
            json(bench, products, whole, lazy)?;
        }
    }
    Ok(())
}

fn product_read(id: String, products: usize) -> Result<Row> {
    let catalogue = catalogue(products);
    let snapshot = build(&catalogue, None)?;
    let before = before::Before::new(&catalogue.products, snapshot.manifest.segment_bits)?;
    let mut number = 0;
    // From all over the catalogue.
    let next = || {
        number = (number + 7_919) % products;
        slug(number)
    };
    let [now, then] = in_turn(
        next,
        |slug| read(&snapshot, slug).map(drop),
        |slug| before.read(slug).map(drop),
    )?;
    let pages = snapshot.manifest.directory.iter();
    let mut bytes = 0;
    for page in pages {
        let blob = &snapshot.blobs[page];
        let page = DirectoryPage::decode(blob)?;
        let segments = page.segments();
        let segments: usize = segments.map(|segment| snapshot.blobs[&segment].len()).sum();
        bytes += blob.len() + segments;
    }
    Ok(Row {
        note: format!(
            "{} bytes a product, {} before",
            bytes / products,
            before.bytes() / products
        ),
        ..row(id, now, then, "as before", GOAL)
    })
}

/// What an edge does for a product.
fn read(snapshot: &Snapshot, slug: &str) -> Result<Product> {
    let (page, place) = snapshot.manifest.locate(slug).context("no page")?;
    let page = DirectoryPage::decode(&snapshot.blobs[&page])?;
    let segment = &snapshot.blobs[&page.segment(place).context("an empty bucket")?];
    let product = ProductSegment::decode(segment)?.find(slug)?;
    product.context("no product")
}

/// Reads a product by its slug.
type Reader<'r> = dyn Fn(&str) -> Result<()> + 'r;

fn records(bench: &Bench) -> Result<()> {
    let product = &catalogue(1).products[0];
    let other = mirror::Product::from(product);
    let (postcard, protobuf, message_pack) = (
        postcard::to_stdvec(&other)?,
        other.encode_to_vec(),
        rmp_serde::to_vec_named(&other)?,
    );
    let chunk = ListingChunk::encode(&[product]);
    let own = |_: &str| {
        black_box(ListingChunk::decode(&chunk)?.cards([0])?);
        Ok(())
    };
    let measure = |name: &str, what, bytes: usize, other: &dyn Fn(&str) -> Result<()>| {
        let id = format!("encoding/record-{name}");
        if bench.wants(&id) {
            let [own, other] = in_turn(String::new, own, other)?;
            bench.add(Row {
                note: format!("{} bytes, {bytes} there", chunk.len()),
                goal: None,
                ..row(id, own, other, what, 0.0)
            });
        }
        anyhow::Ok(())
    };
    measure("postcard", "postcard", postcard.len(), &|_| {
        let product: mirror::Product = postcard::from_bytes(black_box(&postcard))?;
        black_box(product);
        Ok(())
    })?;
    measure("protobuf", "prost", protobuf.len(), &|_| {
        let product = mirror::Product::decode(black_box(&protobuf[..]))?;
        black_box(product);
        Ok(())
    })?;
    measure("msgpack", "rmp-serde", message_pack.len(), &|_| {
        let product: mirror::Product = rmp_serde::from_slice(black_box(&message_pack))?;
        black_box(product);
        Ok(())
    })
}

fn json(bench: &Bench, products: usize, whole_id: String, lazy_id: String) -> Result<()> {
    let catalogue = catalogue(products);
    let all: Vec<&Product> = catalogue.products.iter().collect();
    let segment = ProductSegment::encode(&all);
    let mirrored: Vec<_> = all.iter().map(|&one| mirror::Product::from(one)).collect();
    let by_slug = mirrored.iter().map(|one| (one.slug.as_str(), one));
    let json = serde_json::to_vec(&by_slug.collect::<BTreeMap<_, _>>())?;
    let missing = "every product is in its segment";
    let own = |slug: &str| {
        let found = ProductSegment::decode(&segment)?.find(slug)?;
        black_box(found.context(missing)?);
        Ok(())
    };
    let whole = |slug: &str| {
        let mut all: BTreeMap<String, mirror::Product> = serde_json::from_slice(&json)?;
        black_box(all.remove(slug).context(missing)?);
        Ok(())
    };
    // The best that JSON can do: values that are not asked for are skipped, not read.
    let lazy = |slug: &str| {
        let all: BTreeMap<&str, &RawValue> = serde_json::from_slice(&json)?;
        let product: mirror::Product = serde_json::from_str(all.get(slug).context(missing)?.get())?;
        black_box(product);
        Ok(())
    };
    let others: [(_, _, &Reader<'_>); 2] = [
        (whole_id, "JSON", &whole),
        (lazy_id, "JSON, only one value read", &lazy),
    ];
    for (id, what, other) in others {
        let mut number = 0;
        let next = || {
            number = (number + 7) % products;
            slug(number)
        };
        let [own, other] = in_turn(next, own, other)?;
        bench.add(Row {
            note: format!(
                "{products} products are {} bytes, {} as JSON",
                segment.len(),
                json.len()
            ),
            ..row(id, own, other, what, 1.0)
        });
    }
    Ok(())
}

fn row(id: String, own: f64, other: f64, what: &str, goal: f64) -> Row {
    Row {
        cpu_us: None,
        id,
        value: own,
        unit: "ns a lookup".to_owned(),
        limit: Some(other),
        limit_is: what.to_owned(),
        ratio: Some(other / own),
        goal: Some(goal),
        note: String::new(),
    }
}

/// Nanoseconds of a lookup on each side, measured in turn.
fn in_turn(
    mut next: impl FnMut() -> String,
    one: impl Fn(&str) -> Result<()>,
    other: impl Fn(&str) -> Result<()>,
) -> Result<[f64; 2]> {
    let mut rounds = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        let slugs: Vec<_> = (0..LOOKUPS).map(|_| next()).collect();
        rounds[0].push(nanoseconds(&slugs, &one)?);
        rounds[1].push(nanoseconds(&slugs, &other)?);
    }
    Ok(rounds.map(median))
}

fn nanoseconds(slugs: &[String], find: impl Fn(&str) -> Result<()>) -> Result<f64> {
    let started = Instant::now();
    for slug in slugs {
        find(black_box(slug))?;
    }
    Ok(started.elapsed().as_nanos() as f64 / f64::from(LOOKUPS))
}
