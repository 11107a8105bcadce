//! What a filter finds is what one finds by looking at every product.

use std::collections::BTreeSet;

use proptest::prelude::*;
use souk_catalogue::{
    Catalogue, Collections, FacetName, Facets, ListingOrder, Product, Snapshot, VALUE_PRODUCTS_MIN,
    VALUES_OFFERED_MAX, build,
};

use crate::shop::{Wish, catalogue, facets, find, listing, product, values};

fn facet() -> impl Strategy<Value = FacetName> {
    prop_oneof![
        Just(FacetName::Vendor),
        Just(FacetName::Type),
        Just(FacetName::Tag),
        Just(FacetName::Option("Colour".to_owned())),
        Just(FacetName::Option("Shape".to_owned())),
    ]
}

/// Values that some, many or no products have.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..16_u32).prop_map(|n| format!("Vendor {n}")),
        (0..16_u32).prop_map(|n| format!("Type {n}")),
        (0..10_u32).prop_map(|n| format!("tag-{n}")),
        (0..10_u32).prop_map(|n| format!("rare-{n}")),
        prop_oneof![
            Just("Red"),
            Just("Blue"),
            Just("Black"),
            Just("Round"),
            Just("")
        ]
        .prop_map(str::to_owned),
    ]
}

fn wish() -> impl Strategy<Value = Wish> {
    let facets = prop::collection::vec((facet(), prop::collection::vec(value(), 1..8)), 0..4);
    let bound = || prop::option::of(0..700_i64);
    (facets, bound(), bound()).prop_map(|(facets, min, max)| Wish {
        facets,
        price_minor: (min, max),
    })
}

fn some_catalogue() -> impl Strategy<Value = Catalogue> {
    let products = prop::collection::btree_map(0..2_000_usize, 0..600_i64, 1..300);
    products.prop_map(|chosen| Catalogue {
        products: chosen
            .into_iter()
            .map(|(n, price)| product(n, price))
            .collect(),
        ..catalogue(0)
    })
}

/// Every product of a collection in an order, the way one would sort it by hand.
fn sorted<'a>(catalogue: &'a Catalogue, slug: &str, order: ListingOrder) -> Vec<&'a Product> {
    let member = |product: &&Product| {
        slug == Collections::ALL || product.collections.iter().any(|named| named == slug)
    };
    let mut products: Vec<_> = catalogue.products.iter().filter(member).collect();
    let lowest = |product: &Product| product.price_range_minor().0;
    match order {
        ListingOrder::Featured => {}
        ListingOrder::PriceAscending | ListingOrder::PriceDescending => {
            products.sort_by_key(|product| (lowest(product), product.slug.clone()));
        }
        ListingOrder::Title => {
            products.sort_by_key(|p| (p.title.base.to_lowercase(), p.slug.clone()));
        }
    }
    if order == ListingOrder::PriceDescending {
        products.reverse();
    }
    products
}

fn assert_exact(catalogue: &Catalogue, snapshot: &Snapshot, wish: &Wish) {
    for slug in ["all", "group-1"] {
        for order in ListingOrder::ALL {
            let products = sorted(catalogue, slug, order);
            if products.is_empty() {
                continue;
            }
            let wanted = products.iter().filter(|product| wish.wants(product));
            let wanted: Vec<_> = wanted.map(|product| product.slug.clone()).collect();
            let (found, _) = find(snapshot, slug, order, &wish.filter());
            assert_eq!(found, wanted, "{slug} {}: {wish:?}", order.name());
            let (index, _) = listing(snapshot, slug, order);
            if let Some(count) = index.count(&wish.filter()) {
                assert_eq!(count as usize, wanted.len(), "{slug}: {wish:?}");
            }
        }
    }
}

fn assert_counts(catalogue: &Catalogue, slug: &str, offered: &Facets) {
    let products = sorted(catalogue, slug, ListingOrder::Featured);
    for facet in &offered.offered {
        let of: Vec<_> = products.iter().map(|p| values(p, &facet.name)).collect();
        let known: BTreeSet<_> = of.iter().flatten().collect();
        let count = |value: &String| of.iter().filter(|has| has.contains(value)).count();
        let mut best: Vec<_> = known.iter().map(|value| count(value)).collect();
        best.retain(|&count| count >= VALUE_PRODUCTS_MIN as usize);
        best.sort_unstable_by(|a, b| b.cmp(a));
        best.truncate(VALUES_OFFERED_MAX);
        let shown: Vec<_> = facet.values.iter().map(|v| v.products as usize).collect();
        assert_eq!(shown, best, "{slug} {:?}", facet.name);
        for value in &facet.values {
            assert_eq!(
                count(&value.text.base),
                value.products as usize,
                "{value:?}"
            );
        }
    }
    let prices = || products.iter().map(|product| product.price_range_minor().0);
    let range = (prices().min().unwrap(), prices().max().unwrap());
    assert_eq!(offered.price_minor, range, "{slug}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_filter_finds_what_looking_at_every_product_finds(
        catalogue in some_catalogue(),
        wishes in prop::collection::vec(wish(), 8),
    ) {
        let snapshot = build(&catalogue, None).unwrap();
        for wish in &wishes {
            assert_exact(&catalogue, &snapshot, wish);
        }
        assert_counts(&catalogue, "all", &facets(&snapshot, "all"));
    }
}

#[test]
fn filters_are_exact_across_many_blocks() {
    let catalogue = catalogue(12_000);
    let snapshot = build(&catalogue, None).unwrap();
    let one = |facet, value: &str| (facet, vec![value.to_owned()]);
    let wishes = [
        Wish::default(),
        Wish {
            facets: vec![one(FacetName::Tag, "rare-3210")],
            ..Wish::default()
        },
        Wish {
            facets: vec![
                one(FacetName::Option("Colour".to_owned()), "Blue"),
                one(FacetName::Vendor, "Vendor 3"),
            ],
            price_minor: (Some(1_000), Some(1_200)),
        },
        Wish {
            price_minor: (Some(4_990), None),
            ..Wish::default()
        },
    ];
    for wish in &wishes {
        assert_exact(&catalogue, &snapshot, wish);
    }
    for slug in ["all", "group-2"] {
        assert_counts(&catalogue, slug, &facets(&snapshot, slug));
    }
}

#[test]
fn blocks_without_a_wanted_value_are_not_read() {
    let mut catalogue = catalogue(12_000);
    for product in &mut catalogue.products[..50] {
        product.tags.push("first-shelf".to_owned());
    }
    let snapshot = build(&catalogue, None).unwrap();
    let read = |order, wish: &Wish| find(&snapshot, "all", order, &wish.filter()).1;
    let first = Wish {
        facets: vec![(FacetName::Tag, vec!["first-shelf".to_owned()])],
        ..Wish::default()
    };
    // It is one of the ten most frequent tags, so it is offered and counted in the index.
    assert_eq!(read(ListingOrder::Featured, &first), 1);
    let dear = Wish {
        price_minor: (Some(5_080), None),
        ..Wish::default()
    };
    assert_eq!(read(ListingOrder::PriceDescending, &dear), 1);
    assert!(read(ListingOrder::Featured, &Wish::default()) >= 2);
}
