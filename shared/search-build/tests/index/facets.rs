//! Filters and counts.

use souk_search::format::FacetKind;
use souk_search::query::{Answer, Filters, Start};
use souk_search::rules::SoldOut;

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

/// A page of ten, with the slugs on it.
fn page(shop: &Shop, start: Start, sold_out: &[String], are: SoldOut) -> (Answer, Vec<String>) {
    let answer = shop.answer(&Ask {
        start,
        limit: 10,
        sold_out: sold_out.iter().map(|slug| format!("SKU-{slug}")).collect(),
        sold_out_are: are,
        ..Ask::new("lamp")
    });
    let slugs = slugs(&answer);
    (answer, slugs)
}

/// All pages from the first on, and back again.
fn walk(shop: &Shop, sold_out: &[String], are: SoldOut) -> Vec<String> {
    let (mut start, mut pages) = (Some(Start::default()), Vec::new());
    let mut starts = Vec::new();
    while let Some(at) = start {
        let (answer, slugs) = page(shop, at, sold_out, are);
        assert_eq!(answer.before, pages.len());
        let back = answer.previous.map(|at| page(shop, at, sold_out, are).1);
        assert_eq!(back.as_deref(), starts.last().map(Vec::as_slice));
        pages.extend_from_slice(&slugs);
        starts.push(slugs);
        start = answer.next;
    }
    pages
}

#[test]
fn places_stay_when_products_sell_out() {
    let shop = shop();
    let all = walk(&shop, &[], SoldOut::Hide);
    assert_eq!(all.len(), 40);
    let (first, _) = page(&shop, Start::default(), &[], SoldOut::Hide);
    assert_eq!((first.total, first.in_stock), (40, 40));
    // What was seen and what comes sells out while the shopper goes on.
    let sold_out = [all[3].clone(), all[12].clone()];
    let (second, found) = page(&shop, first.next.unwrap(), &sold_out, SoldOut::Hide);
    assert_eq!((second.total, second.in_stock), (38, 38));
    let expected: Vec<_> = all[10..21]
        .iter()
        .filter(|slug| **slug != all[12])
        .cloned()
        .collect();
    assert_eq!(found, expected);
    let makers = second
        .facets
        .iter()
        .find(|facet| facet.kind == FacetKind::Vendor)
        .unwrap();
    assert_eq!(
        makers.values.iter().map(|value| value.count).sum::<u32>(),
        38
    );
    let (shown, _) = page(&shop, Start::default(), &sold_out, SoldOut::Show);
    assert_eq!((shown.total, shown.in_stock), (40, 38));
}

#[test]
fn what_is_sold_out_stays_goes_behind_the_others_or_is_left_out() {
    let shop = shop();
    let all = walk(&shop, &[], SoldOut::Show);
    let sold_out = [all[0].clone(), all[9].clone(), all[33].clone()];
    let rest: Vec<_> = all
        .iter()
        .filter(|slug| !sold_out.contains(slug))
        .cloned()
        .collect();
    assert_eq!(walk(&shop, &sold_out, SoldOut::Show), all);
    assert_eq!(walk(&shop, &sold_out, SoldOut::Hide), rest);
    let last = [rest, sold_out.to_vec()].concat();
    assert_eq!(walk(&shop, &sold_out, SoldOut::Last), last);
    // All of them, and an SKU that no product has.
    let gone = [all.clone(), vec!["none".to_owned()]].concat();
    assert_eq!(walk(&shop, &gone, SoldOut::Last), all);
    assert_eq!(walk(&shop, &gone, SoldOut::Hide), [""; 0]);
}

#[test]
fn what_is_sold_out_and_filtered_away_is_subtracted_from_nothing() {
    let shop = shop();
    let sold_out: Vec<String> = (0..40).map(|n| format!("SKU-lamp-{n}")).collect();
    let red = (FacetKind::Option("Colour".to_owned()), "Red");
    for (sold_out, total) in [(&sold_out[..], 0), (&sold_out[..20], 6)] {
        let filters = Filters {
            groups: vec![(red.0.clone(), vec![red.1.to_owned()])],
            price_min_minor: Some(1000),
            price_max_minor: Some(2999),
        };
        let answer = shop.answer(&Ask {
            sold_out: sold_out.to_vec(),
            sold_out_are: SoldOut::Hide,
            ..ask(filters)
        });
        assert_eq!((answer.total, answer.in_stock), (total, total));
        assert_eq!(answer.items.len(), total as usize);
    }
}
