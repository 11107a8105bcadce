//! Counts of orders from elsewhere, beside the shop's own, and how all of them are read.

use souk_protocol::order_index::PAIRS_PAGE_MAX;
use souk_protocol::staff::{IMPORT_ROWS_MAX, ImportCounts, ImportedOrders};
use souk_sql::StoreError;

use super::counts::{TODAY, TODAY_MS, both, everything, hash, ingest, pairs, sold};
use super::index::{Fixture, Index};

pub(super) fn pairs_are_read_in_pages_without_gap_or_repetition<F: Fixture>(index: &Index<F>) {
    let products = 80_u32;
    let rows = products * products;
    assert!(rows as usize > PAIRS_PAGE_MAX);
    let name = |number: u32| format!("{number:016x}");
    let all = (0..rows).map(|row| {
        (
            name(row / products),
            name(row % products),
            1 + i64::from(row),
        )
    });
    let import = ImportCounts {
        import: "many".to_owned(),
        pairs: all.collect(),
        whole: Some(ImportedOrders {
            orders: 1,
            last_day: 1,
        }),
        ..ImportCounts::default()
    };
    index.import(&import).expect("it is whole");
    let found = pairs(index, 1);
    assert_eq!(found.len(), rows as usize);
    assert!(found.is_sorted_by(|one, other| one < other));
    for pair in &found {
        let own = i64::from_str_radix(&pair.companion, 16).expect("a number");
        assert_eq!(pair.companion_orders, 1 + own * i64::from(products + 1));
    }
    // With a bound, a product is always there for itself.
    let many = pairs(index, i64::from(rows));
    assert_eq!(many.len(), products as usize);
    assert!(many.iter().all(|pair| pair.product == pair.companion));
}

/// A part of an import.
fn part(import: &str, pairs: &[(&str, &str, i64)], whole: Option<i64>) -> ImportCounts {
    let pair = |(one, other, orders): &(&str, &str, i64)| (hash(one), hash(other), *orders);
    ImportCounts {
        import: import.to_owned(),
        pairs: pairs.iter().map(pair).collect(),
        days: vec![(TODAY - 1, hash("lamp"), 5)],
        whole: whole.map(|orders| ImportedOrders {
            orders,
            last_day: TODAY - 1,
        }),
    }
}

pub(super) fn an_import_stands_beside_the_shops_own_orders_until_the_next_one<F: Fixture>(
    index: &Index<F>,
) {
    let own = sold(0, TODAY, &["lamp", "bulb"]);
    ingest(index, &[own], TODAY_MS);
    let alone = everything(index);
    let first = [
        ("lamp", "bulb", 6),
        ("bulb", "lamp", 6),
        ("lamp", "lamp", 7),
    ];
    index.import(&part("first", &first, None)).expect("a part");
    assert_eq!(everything(index), alone, "it is not whole");
    let clears = index.counted(TODAY_MS).clears;
    let second = [("lamp", "mug", 3), ("mug", "lamp", 3), ("mug", "mug", 3)];
    index
        .import(&part("first", &second, Some(9)))
        .expect("whole");
    assert_eq!(both(index, "lamp", "bulb"), 7);
    assert_eq!(
        (both(index, "lamp", "lamp"), both(index, "lamp", "mug")),
        (8, 3)
    );
    let counted = index.counted(TODAY_MS);
    assert_eq!((counted.orders, counted.clears), (10, clears + 1));
    assert_eq!(index.most_ordered(&[1, 1], 1), [hash("lamp")]);
    index.clear();
    assert_eq!(both(index, "lamp", "bulb"), 6, "imported counts stay");
    // Another one is in its place when it is whole, and not before.
    let other = [("mug", "pot", 4), ("pot", "mug", 4)];
    index.import(&part("other", &other, None)).expect("a part");
    assert_eq!(both(index, "lamp", "bulb"), 6);
    index.import(&part("next", &other, Some(4))).expect("whole");
    assert_eq!(
        (both(index, "lamp", "bulb"), both(index, "mug", "pot")),
        (0, 4)
    );
    let changed = [("mug", "pot", 5), ("pot", "mug", 5)];
    index
        .import(&part("last", &changed, Some(5)))
        .expect("whole");
    assert_eq!(
        (both(index, "mug", "pot"), index.counted(TODAY_MS).orders),
        (5, 5)
    );
}

pub(super) fn a_part_of_an_import_may_be_sent_again<F: Fixture>(index: &Index<F>) {
    let rows = [("lamp", "bulb", 6), ("bulb", "lamp", 6)];
    let whole = ImportCounts {
        pairs: Vec::new(),
        ..part("one", &[], Some(6))
    };
    for part in [part("one", &rows, None), whole.clone()] {
        index.import(&part).expect("a part");
        index.import(&part).expect("again");
    }
    index.import(&whole).expect("much later");
    assert_eq!(both(index, "lamp", "bulb"), 6);
    assert_eq!(index.counted(TODAY_MS).orders, 6);
}

pub(super) fn what_is_no_import_is_refused<F: Fixture>(index: &Index<F>) {
    let good = part("one", &[("lamp", "bulb", 6)], Some(6));
    let changed = |change: &dyn Fn(&mut ImportCounts)| {
        let mut counts = good.clone();
        change(&mut counts);
        counts
    };
    let row = good.pairs[0].clone();
    for bad in [
        changed(&|counts| counts.import = String::new()),
        changed(&|counts| counts.import = "n".repeat(65)),
        changed(&|counts| counts.pairs[0].0 = "lamp".to_owned()),
        changed(&|counts| counts.pairs[0].1 = "ABCDEF0123456789".to_owned()),
        changed(&|counts| counts.pairs[0].2 = 0),
        changed(&|counts| counts.pairs[0].2 = 1 << 33),
        changed(&|counts| counts.pairs = vec![row.clone(); IMPORT_ROWS_MAX + 1]),
        changed(&|counts| counts.days[0].0 = -1),
        changed(&|counts| counts.days[0].1 = String::new()),
        changed(&|counts| counts.days[0].2 = -4),
        changed(&|counts| {
            counts.whole = counts
                .whole
                .map(|whole| ImportedOrders { orders: 0, ..whole })
        }),
    ] {
        let refused = index.import(&bad);
        assert!(matches!(refused, Err(StoreError::Rejected(_))), "{bad:?}");
    }
    assert_eq!(pairs(index, 1), []);
    index.import(&good).expect("this one is right");
}
