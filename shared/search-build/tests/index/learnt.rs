//! What a shop has learnt of products moves them in the order of relevance, within bounds.

use std::collections::BTreeMap;

use proptest::prelude::*;
use souk_catalogue::{Product, SlugHash, Text};
use souk_search::query::{Answer, LEARNT_MAX, LEARNT_MIN, Sort, Start};

use crate::shop::{Ask, Shop, product, slugs};

fn tie(slug: &str) -> u32 {
    (SlugHash::of(slug).0 >> 32) as u32
}

fn factors(learnt: &[(&str, u64)]) -> BTreeMap<u32, u64> {
    let learnt = learnt.iter();
    learnt.map(|(slug, factor)| (tie(slug), *factor)).collect()
}

/// Lamps that are found alike, in the order of their ties.
fn lamps(count: usize) -> (Shop, Vec<String>) {
    let lamp = |n| product(&format!("lamp-{n}"), "Lamp", "Lamps");
    let products: Vec<Product> = (0..count).map(lamp).collect();
    let shop = Shop::of(&["en"], &products);
    let found = shop.find("lamp");
    (shop, found)
}

#[test]
fn what_is_bought_often_comes_first_and_what_is_long_sold_out_last() {
    let (shop, found) = lamps(9);
    let (last, first) = (&found[8], &found[0]);
    let ask = |learnt: &[(&str, u64)]| Ask {
        factors: factors(learnt),
        ..Ask::new("lamp")
    };
    let mut expected = found.clone();
    expected.rotate_right(1);
    assert_eq!(slugs(&shop.answer(&ask(&[(last, 259)]))), expected);
    expected = found.clone();
    expected.rotate_left(1);
    assert_eq!(slugs(&shop.answer(&ask(&[(first, 208)]))), expected);
    let plain = shop.answer(&Ask::new("lamp"));
    let moved = shop.answer(&ask(&[(last, 280), (first, 208)]));
    let score = |answer: &Answer, at: usize| answer.items[at].score;
    assert_eq!(score(&moved, 0), score(&plain, 0) * 280 / 256);
    assert_eq!(score(&moved, 8), score(&plain, 0) * 208 / 256);
    assert_eq!(score(&moved, 4), score(&plain, 4));
    // No other order depends on it, but for what is not in the list of popular products.
    let by = |sort| Ask {
        sort,
        ..ask(&[(last, 280)])
    };
    assert_eq!(slugs(&shop.answer(&by(Sort::Title))), found);
    assert_eq!(&slugs(&shop.answer(&by(Sort::Popular)))[0], last);
}

#[test]
fn a_product_that_is_what_the_query_says_stays_before_any_other_one() {
    let mut products = vec![product("lamp", "Lamp", "Lamps")];
    products.extend((0..20).map(|n| product(&format!("shade-{n}"), "Lamp shade", "Shades")));
    let shop = Shop::of(&["en"], &products);
    let mut ask = Ask::new("lamp");
    ask.factors = products.iter().map(|one| (tie(&one.slug), 280)).collect();
    ask.factors.insert(tie("lamp"), 208);
    assert_eq!(slugs(&shop.answer(&ask))[0], "lamp");
}

#[test]
fn a_factor_counts_no_more_than_its_bounds() {
    let (shop, found) = lamps(3);
    let mut ask = Ask::new("lamp");
    ask.factors = factors(&[(&found[2], 100_000), (&found[0], 0)]);
    let answer = shop.answer(&ask);
    let plain = shop.answer(&Ask::new("lamp")).items[0].score;
    assert_eq!(answer.items[0].score, plain * LEARNT_MAX / 256);
    assert_eq!(answer.items[2].score, plain * LEARNT_MIN / 256);
}

/// A shop whose texts are of a few words, so that scores are near each other.
fn shop() -> impl Strategy<Value = (Vec<Product>, BTreeMap<u32, u64>)> {
    let words = prop::sample::select(vec!["lamp", "table", "red", "oak", "shade", "for"]);
    let title = prop::collection::vec(words, 1..6);
    let learnt = prop_oneof![
        3 => Just(None),
        2 => (LEARNT_MIN..=LEARNT_MAX).prop_map(Some),
    ];
    let products = prop::collection::vec((title, learnt), 1..60);
    products.prop_map(|products| {
        let mut factors = BTreeMap::new();
        let products = products.into_iter().enumerate();
        let products = products.map(|(n, (title, factor))| {
            let mut one = product(&format!("p-{n}"), &title.join(" "), title[0]);
            one.description_html = Text::new("lamp");
            factors.extend(factor.map(|factor| (tie(&one.slug), factor)));
            one
        });
        (products.collect(), factors)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn pages_of_any_length_are_those_of_all_results_in_the_order_of_their_scores(
        (products, factors) in shop(),
        limit in 1..12_usize,
        text in prop::sample::select(vec!["lamp", "red lamp", "table lamp oak"]),
    ) {
        let shop = Shop::of(&["en"], &products);
        let ask = |place, limit| Ask {
            start: Start { place, is_sold_out: false },
            limit,
            factors: factors.clone(),
            ..Ask::new(text)
        };
        // Without what was learnt, every score is known; the order follows from these and the ties.
        let plain = shop.answer(&Ask { limit: 100, ..Ask::new(text) });
        let mut expected: Vec<(u64, u32, String)> = plain.items.iter().map(|item| {
            let own = tie(&item.product.slug);
            let score = item.score * factors.get(&own).unwrap_or(&256) / 256;
            (u64::MAX - score, own, item.product.slug.clone())
        }).collect();
        expected.sort();
        let expected: Vec<_> = expected.into_iter().map(|(.., slug)| slug).collect();
        prop_assert_eq!(slugs(&shop.answer(&ask(0, 100))), expected.clone());
        let pages = (0..expected.len()).step_by(limit);
        let paged: Vec<_> = pages.flat_map(|place| slugs(&shop.answer(&ask(place, limit)))).collect();
        prop_assert_eq!(paged, expected);
    }
}
