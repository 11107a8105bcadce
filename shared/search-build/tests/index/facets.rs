//! Filters and counts.

use souk_search::format::FacetKind;
use souk_search::query::Filters;

use crate::shop::{Ask, Shop, product, slugs, with_option};

fn shop() -> Shop {
    let products: Vec<_> = (0..40)
        .map(|n| {
            let kind = if n % 2 == 0 {
                "Table lamps"
            } else {
                "Wall lamps"
            };
            let mut one = product(&format!("lamp-{n}"), "Lamp", kind);
            one.vendor = format!("Maker {}", n % 3);
            one.tags = vec![format!("tag-{}", n % 20)];
            one.variants[0].price_minor = 100 * i64::from(n);
            with_option(one, "Colour", if n % 4 < 2 { "Red" } else { "Blue" })
        })
        .collect();
    Shop::of(&["en"], &products)
}

fn ask(filters: Filters) -> Ask<'static> {
    Ask {
        filters,
        ..Ask::new("lamp")
    }
}

#[test]
fn values_are_counted_with_the_filters_of_the_other_facets() {
    let shop = shop();
    let groups = vec![
        (FacetKind::Type, vec!["Table lamps".to_owned()]),
        (
            FacetKind::Option("Colour".to_owned()),
            vec!["Red".to_owned()],
        ),
    ];
    let filters = Filters {
        groups,
        price_max_minor: Some(1999),
        ..Filters::default()
    };
    let answer = shop.answer(&ask(filters));
    // Even, and the first of each four, of the first twenty.
    assert_eq!(answer.total, 5);
    let counts = |kind: &FacetKind| -> Vec<(String, u32, bool)> {
        let facet = answer
            .facets
            .iter()
            .find(|facet| facet.kind == *kind)
            .unwrap();
        let values = facet.values.iter();
        values
            .map(|value| (value.text.base.clone(), value.count, value.is_chosen))
            .collect()
    };
    let named = |text: &str, count, is_chosen| (text.to_owned(), count, is_chosen);
    let types = [named("Table lamps", 5, true), named("Wall lamps", 5, false)];
    assert_eq!(counts(&FacetKind::Type), types);
    let colours = [named("Blue", 5, false), named("Red", 5, true)];
    assert_eq!(counts(&FacetKind::Option("Colour".to_owned())), colours);
    let vendors: u32 = counts(&FacetKind::Vendor)
        .iter()
        .map(|(_, count, _)| count)
        .sum();
    assert_eq!(vendors, 5);
    assert_eq!(answer.price_minor, Some((0, 3600)));
}

#[test]
fn twelve_values_are_given_and_those_that_are_chosen() {
    let shop = shop();
    let filters = Filters {
        groups: vec![(FacetKind::Tag, vec!["tag-9".to_owned()])],
        ..Filters::default()
    };
    let answer = shop.answer(&ask(filters));
    assert_eq!(answer.total, 2);
    let tags = answer
        .facets
        .iter()
        .find(|facet| facet.kind == FacetKind::Tag)
        .unwrap();
    assert_eq!(tags.values.len(), 13);
    assert!(
        tags.values
            .iter()
            .any(|value| value.is_chosen && value.text.base == "tag-9")
    );
    assert!(tags.values.iter().all(|value| value.count == 2));
}

#[test]
fn what_the_index_does_not_have_lets_nothing_through() {
    let shop = shop();
    for kind in [FacetKind::Vendor, FacetKind::Option("Size".to_owned())] {
        let filters = Filters {
            groups: vec![(kind, vec!["None".to_owned()])],
            ..Filters::default()
        };
        assert!(slugs(&shop.answer(&ask(filters))).is_empty());
    }
}
