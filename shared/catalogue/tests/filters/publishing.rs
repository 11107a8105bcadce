//! What a change costs to publish: few blobs, however large the catalogue is.

use std::sync::OnceLock;

use souk_catalogue::{Catalogue, Snapshot, Text, build};

use crate::markets::{converted, with_markets};
use crate::shop::{catalogue, product};

const SIZES: [usize; 3] = [100, 1_000, 20_000];

/// The versions before the change, in the order of [`SIZES`].
fn published() -> &'static [Snapshot] {
    static PUBLISHED: OnceLock<Vec<Snapshot>> = OnceLock::new();
    PUBLISHED.get_or_init(|| {
        SIZES
            .map(|size| build(&catalogue(size), None).unwrap())
            .into()
    })
}

/// For each size the blobs that one change writes.
fn assert_cheap(change: impl Fn(&mut Catalogue)) {
    for (before, size) in published().iter().zip(SIZES) {
        let mut catalogue = catalogue(size);
        change(&mut catalogue);
        let written = written(before, &catalogue);
        assert!(written <= BLOBS_MAX, "{size} products: {written} blobs");
    }
}

/// How many blobs a version writes after the one before.
fn written(before: &Snapshot, catalogue: &Catalogue) -> usize {
    let after = build(catalogue, Some(&before.manifest)).unwrap();
    let new = after.blobs.iter();
    let new: Vec<_> = new
        .filter(|(hash, _)| !before.blobs.contains_key(hash))
        .collect();
    let bytes: usize = new.iter().map(|(_, blob)| blob.len()).sum();
    println!("{} blobs, {} KiB", new.len(), bytes / 1024);
    new.len()
}

/// Manifest, collections, directory page, segment: 4. Then for each of two collections the
/// facets, three indexes, three chunks and three blocks, and for a move in each of two orders (name
/// and price) one more chunk and one more block: 2 × (1 + 3 + 3 + 3 + 2 × 2) = 28. A product at
/// which a run is cut moves up to two more.
const BLOBS_MAX: usize = 4 + 28 + 2;

#[test]
fn one_price_change_writes_few_blobs_at_any_size() {
    assert_cheap(|catalogue| {
        let middle = catalogue.products.len() / 2;
        catalogue.products[middle].variants[0].price_minor = 7;
    });
}

/// In a market with an order of its own each of the two collections has an index, a chunk and a block
/// more, and for the move a chunk and a block.
const BLOBS_OF_A_MARKET: usize = 2 * 5;

#[test]
fn one_price_change_in_several_markets_writes_few_blobs_more() {
    let price = |_: usize, minor: i64| [Some(minor), Some(converted(minor)), Some(90_000 - minor)];
    let shared =
        |_: usize, minor: i64| [Some(minor), Some(converted(minor)), Some(converted(minor))];
    let change = |catalogue: &mut Catalogue| {
        let middle = catalogue.products.len() / 2;
        catalogue.products[middle].variants[0].price_minor = 7;
    };
    let cost = |prices: fn(usize, i64) -> [Option<i64>; 3]| {
        let before = build(&with_markets(catalogue(1_000), prices), None).unwrap();
        let mut changed = catalogue(1_000);
        change(&mut changed);
        written(&before, &with_markets(changed, prices))
    };
    let converted = cost(shared);
    assert!(converted <= BLOBS_MAX, "two converted markets: {converted}");
    let own = cost(price);
    assert!(
        own <= BLOBS_MAX + BLOBS_OF_A_MARKET,
        "one of its own: {own}"
    );
}

#[test]
fn one_changed_product_writes_few_blobs_at_any_size() {
    assert_cheap(|catalogue| {
        let third = catalogue.products.len() / 3;
        let changed = &mut catalogue.products[third];
        changed.title = Text::new("Another name");
        changed.vendor = "A new maker".to_owned();
        changed.product_type = Text::new("Type 1");
        changed.tags.push("fresh".to_owned());
        changed.variants[0].option_values[0] = Text::new("Violet");
    });
}

#[test]
fn one_more_product_writes_few_blobs_at_any_size() {
    assert_cheap(|catalogue| {
        let size = catalogue.products.len();
        catalogue.products.insert(size / 2, product(size, 777));
    });
}

#[test]
fn the_same_catalogue_gives_the_same_bytes() {
    let [one, two] = [0; 2].map(|_| build(&catalogue(500), None).unwrap());
    assert_eq!(one, two);
}
