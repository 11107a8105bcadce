//! What the building of insights asks for beside lists: pairs of many orders, SKUs that are sold out.

use super::counts::{TODAY, TODAY_MS, hash, ingest, sold};
use super::histories::Story;
use super::index::{Fixture, Index};

pub(super) fn the_pairs_of_most_orders_are_given_once_each<F: Fixture>(index: &Index<F>) {
    let orders = [
        (4, ["lamp", "bulb"]),
        (3, ["mug", "pot"]),
        (3, ["lamp", "mug"]),
        (2, ["pot", "bulb"]),
    ];
    let slugs = orders.iter().flat_map(|(times, slugs)| vec![slugs; *times]);
    let stories = (0..)
        .zip(slugs)
        .map(|(number, slugs)| sold(number, TODAY, slugs));
    ingest(index, &stories.collect::<Vec<Story>>(), TODAY_MS);
    let pair = |one: &str, other: &str, orders: i64| {
        let (one, other) = (hash(one), hash(other));
        (one.clone().min(other.clone()), one.max(other), orders)
    };
    let mut equal = [pair("mug", "pot", 3), pair("lamp", "mug", 3)];
    equal.sort_unstable();
    let [first, second] = equal;
    let expected = [pair("lamp", "bulb", 4), first, second];
    assert_eq!(index.most_met(3, 9), expected);
    assert_eq!(index.most_met(3, 2), expected[..2]);
    assert_eq!(index.most_met(2, 9).len(), 4);
    assert_eq!(index.most_met(5, 9), []);
}

pub(super) fn an_sku_is_sold_out_since_the_first_look_of_those_that_saw_it_so<F: Fixture>(
    index: &Index<F>,
) {
    let look = |skus: &[u32], day: i64| index.note_sold_out(skus, TODAY + day, TODAY + day - 14);
    assert_eq!(look(&[7, u32::MAX], 0), [0; 0]);
    assert_eq!(look(&[u32::MAX, 7, 3], 1), [0; 0]);
    assert_eq!(look(&[3, 7, u32::MAX], 13), [0; 0]);
    assert_eq!(
        look(&[3, 7, u32::MAX], 14),
        [7, u32::MAX],
        "the day is full"
    );
    assert_eq!(
        look(&[3, 7, u32::MAX, 1], 15),
        [7, u32::MAX, 3],
        "the longest first"
    );
    assert_eq!(look(&[3, 3], 15), [3], "those that are gone are forgotten");
}

pub(super) fn what_is_in_stock_again_begins_anew<F: Fixture>(index: &Index<F>) {
    let look = |skus: &[u32], day: i64| index.note_sold_out(skus, TODAY + day, TODAY + day - 14);
    look(&[7, 8], 0);
    look(&[8], 5);
    look(&[7, 8], 6);
    assert_eq!(look(&[7, 8], 14), [8]);
    assert_eq!(look(&[7, 8], 20), [8, 7]);
    assert_eq!(look(&[], 20), [0; 0]);
    assert_eq!(look(&[7, 8], 40), [0; 0]);
}

pub(super) fn an_index_that_is_filled_anew_knows_since_when_skus_are_sold_out<F: Fixture>(
    index: &Index<F>,
) {
    index.note_sold_out(&[7], TODAY, TODAY - 14);
    index.clear();
    assert_eq!(index.note_sold_out(&[7], TODAY + 14, TODAY), [7]);
}
