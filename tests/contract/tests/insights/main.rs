//! From orders to what the edge reads: the back office builds insights from the counts of a real store.

mod products;
mod shop;

use std::collections::BTreeSet;

use souk_catalogue::{Hash, SlugHash};
use souk_contract::ObjectOrderIndex;
use souk_insights::{History, pack};
use souk_order_index::OrderIndex as _;
use souk_order_index::contract::{Fixture as _, Story};
use souk_protocol::keys;
use souk_protocol::origin::Event;
use souk_protocol::staff::{self, ImportCounts, ImportedOrders, InsightsBuild};
use souk_protocol::tallies::Tally;
use souk_search_tallies::SearchTallies as _;
use souk_search_tallies::contract::Fixture as _;

use shop::{HOUR_MS, Shop, TODAY};

fn hashes(slugs: &[&str]) -> Vec<SlugHash> {
    slugs.iter().map(|slug| SlugHash::of(slug)).collect()
}

#[test]
fn what_orders_teach_is_what_the_same_history_teaches() {
    let shop = Shop::new();
    let mut history = History::default();
    let mut stories = Vec::new();
    for product in 0..200_u32 {
        for order in 0..3 + product % 3 {
            let slugs: Vec<String> = (0..3)
                .map(|near| format!("product-{}", product + near * order))
                .collect();
            let slugs: Vec<&str> = slugs.iter().map(String::as_str).collect();
            for slug in &slugs {
                let day = u32::try_from(TODAY).expect("a day");
                history.add(&stories.len().to_string(), slug, day);
            }
            stories.push(shop.order(&slugs, &[]));
        }
    }
    let given_up = Event::Cancelled {
        reason: "a change of mind".to_owned(),
    };
    stories.push(shop.order(&["product-1", "product-2"], &[given_up]));
    shop.ingest(&stories);
    let built = shop.build();
    let packed = pack(&history);
    assert_eq!(shop.root(), packed.root);
    for (hash, blob) in &packed.blobs {
        shop.blob(*hash, |found| assert_eq!(found, blob));
    }
    assert_eq!(
        (built.version, built.orders),
        (1, i64::from(packed.root.orders))
    );
    assert_eq!(built.blobs_written as usize, packed.blobs.len());
}

#[test]
fn a_second_build_without_new_orders_writes_blobs_only_when_the_staff_ask_for_it() {
    let shop = Shop::new();
    shop.sell(4, &["lamp", "bulb"]);
    shop.tick();
    assert_eq!(shop.companions("lamp"), hashes(&["bulb"]));
    assert_eq!(shop.written(), 3, "a segment, the root, the pointer");
    shop.pass(HOUR_MS);
    assert_eq!((shop.tick(), shop.written()), (1, 0));
    let again = shop.build();
    assert_eq!(
        (again.version, again.blobs_written, shop.written()),
        (1, 2, 2),
        "the segment, the root"
    );
    // A tick within the hour does nothing, and after it only what has changed.
    shop.sell(3, &["lamp", "mug"]);
    shop.tick();
    assert_eq!(shop.written(), 0);
    shop.pass(HOUR_MS);
    shop.tick();
    assert_eq!(shop.companions("lamp"), hashes(&["bulb", "mug"]));
    assert_eq!(shop.pointer().map(|pointer| pointer.version), Some(2));
    shop.written();
    shop.pass(HOUR_MS);
    assert_eq!((shop.tick(), shop.written()), (1, 0));
}

#[test]
fn a_shop_without_orders_publishes_nothing() {
    let shop = Shop::new();
    let built = shop.build();
    assert_eq!((built.version, built.orders, shop.pointer()), (0, 0, None));
    shop.pass(HOUR_MS);
    shop.tick();
    assert_eq!(shop.written(), 0);
}

#[test]
fn a_lost_blob_is_written_again_when_the_staff_ask_for_it() {
    let shop = Shop::new();
    shop.sell(4, &["lamp", "bulb"]);
    shop.build();
    let segment = shop.root().segment("lamp").expect("a segment");
    let root = Hash::parse(&shop.pointer().expect("published").root).expect("a hash");
    for lost in [segment, root] {
        shop.platform.store.borrow_mut().remove(&keys::blob(lost));
        let built = shop.build();
        assert_eq!((built.version, built.blobs_written), (1, 2));
        assert_eq!(shop.companions("lamp"), hashes(&["bulb"]));
    }
}

#[test]
fn a_large_build_is_done_in_steps_that_write_few_blobs() {
    let shop = Shop::new();
    let products = 4_000_u32;
    let counts = (0..products).flat_map(|product| {
        let (own, next) = (product, (product + 1) % products);
        [(own, own, 9), (own, next, 4), (next, own, 4)]
    });
    let name = |product: u32| format!("{:016x}", SlugHash::of(&product.to_string()).0);
    let pairs: Vec<_> = counts
        .map(|(one, other, orders)| (name(one), name(other), orders))
        .collect();
    let parts = pairs
        .chunks(staff::IMPORT_ROWS_MAX)
        .map(|pairs| ImportCounts {
            import: "large".to_owned(),
            pairs: pairs.to_vec(),
            ..ImportCounts::default()
        });
    let whole = ImportCounts {
        import: "large".to_owned(),
        whole: Some(ImportedOrders {
            orders: 9_000,
            last_day: TODAY,
        }),
        ..ImportCounts::default()
    };
    for part in parts.chain([whole]) {
        assert!(
            shop.respond(staff::IMPORT_INSIGHTS, &part)
                .status()
                .is_success()
        );
    }
    let mut steps = 0;
    loop {
        let step = shop.post(staff::BUILD_INSIGHTS, &());
        let written = shop.written();
        assert!(written <= 30, "{written} writes in one step");
        steps += 1;
        if step.done {
            break;
        }
        assert_eq!(shop.pointer(), None, "nothing is published before the end");
        assert!(
            step.parts < step.parts_total && step.parts_total == 65,
            "{step:?}"
        );
    }
    assert!((3..=10).contains(&steps), "{steps} steps");
    let root = shop.root();
    assert_eq!(
        (root.products, root.orders, root.segment_bits),
        (products, 9_000, 6)
    );
    for product in (0..products).step_by(97) {
        let near = [product + 1, product + products - 1].map(|near| (near % products).to_string());
        let mut expected = hashes(&[&near[0], &near[1]]);
        expected.sort_unstable();
        assert_eq!(shop.companions(&product.to_string()), expected);
    }
}

#[test]
fn blobs_of_the_version_before_the_last_are_deleted() {
    let shop = Shop::new();
    let blobs = || -> BTreeSet<String> {
        let store = shop.platform.store.borrow();
        store
            .keys()
            .filter(|key| key.starts_with("blob/"))
            .cloned()
            .collect()
    };
    shop.sell(4, &["lamp", "bulb"]);
    shop.build();
    let first = blobs();
    shop.sell(4, &["lamp", "mug"]);
    shop.build();
    assert!(blobs().is_superset(&first), "an edge may still read them");
    let second: BTreeSet<String> = blobs().difference(&first).cloned().collect();
    shop.sell(4, &["lamp", "pot"]);
    let built = shop.build();
    assert_eq!(built.blobs_deleted, 2);
    assert!(blobs().is_disjoint(&first) && blobs().is_superset(&second));
    let gone: BTreeSet<String> = shop.platform.deleted.take().into_iter().collect();
    assert_eq!(gone, first);
}

#[test]
fn no_list_becomes_thinner_while_the_index_is_filled_anew() {
    let shop = Shop::new();
    let stories: Vec<Story> = (0..6).map(|_| shop.order(&["lamp", "bulb"], &[])).collect();
    shop.ingest(&stories);
    shop.build();
    let before = shop.list("lamp");
    let clear = shop.index.open();
    shop.index
        .block_on(clear.clear())
        .expect("the engine answers");
    shop.ingest(&stories[..4]);
    shop.pass(HOUR_MS);
    shop.tick();
    let built = shop.build();
    assert!(built.is_refilling && built.done, "{built:?}");
    assert_eq!((shop.list("lamp"), built.version), (before.clone(), 1));
    shop.ingest(&stories);
    let built = shop.build();
    assert_eq!((built.is_refilling, shop.list("lamp")), (false, before));
}

#[test]
fn an_index_that_was_lost_leaves_the_lists_as_they_are() {
    let mut shop = Shop::new();
    shop.sell(4, &["lamp", "bulb"]);
    shop.build();
    shop.index = ObjectOrderIndex::empty();
    shop.build();
    shop.pass(HOUR_MS);
    shop.tick();
    assert_eq!(shop.companions("lamp"), hashes(&["bulb"]));
    assert_eq!(shop.root().popular().len(), 2);
}

#[test]
fn a_build_whose_base_version_changed_begins_anew() {
    let shop = Shop::new();
    shop.sell(4, &["lamp", "bulb"]);
    shop.build();
    shop.sell(4, &["lamp", "mug"]);
    // As a step leaves it that another version overtook.
    let mut standing = shop.standing();
    standing["building"] = serde_json::json!({
        "is_wanted": true, "base": "0000", "segment_bits": 0, "segments": [""],
        "changes": 0, "clears": 0,
    });
    shop.keep(&standing.to_string());
    let step: InsightsBuild = shop.post(staff::BUILD_INSIGHTS, &());
    assert_eq!((step.done, step.version), (false, 1));
    shop.build();
    let found: BTreeSet<SlugHash> = shop.companions("lamp").into_iter().collect();
    assert_eq!(found, hashes(&["bulb", "mug"]).into_iter().collect());
    // What cannot be read at all is none.
    shop.keep("{");
    assert_eq!(shop.build().version, 2);
}

#[test]
fn a_build_that_the_staff_want_is_not_one_that_began_before() {
    let shop = Shop::new();
    shop.sell(4, &["lamp", "bulb"]);
    shop.build();
    // As a tick leaves it that had read the counts before these orders.
    let mut standing = shop.standing();
    standing["building"] = serde_json::json!({
        "base": shop.pointer().expect("published").root, "segment_bits": 0, "segments": [""],
    });
    shop.keep(&standing.to_string());
    shop.sell(4, &["lamp", "mug"]);
    assert_eq!(shop.build().version, 2);
    assert_eq!(shop.companions("lamp").len(), 2);
}

#[test]
fn a_build_begins_anew_where_an_import_ended_meanwhile() {
    let shop = Shop::new();
    shop.sell(4, &["lamp", "bulb"]);
    shop.build();
    let mut standing = shop.standing();
    standing["building"] = serde_json::json!({
        "base": shop.pointer().expect("published").root, "segment_bits": 0, "segments": [""],
    });
    shop.keep(&standing.to_string());
    shop.pass(HOUR_MS);
    let whole = ImportCounts {
        import: "one".to_owned(),
        whole: Some(ImportedOrders {
            orders: 9,
            last_day: TODAY,
        }),
        ..ImportCounts::default()
    };
    let imported = shop.respond(staff::IMPORT_INSIGHTS, &whole);
    assert!(imported.status().is_success());
    assert!(shop.tick() > 1, "the first one publishes nothing");
    assert_eq!(shop.companions("lamp"), hashes(&["bulb"]));
    assert_eq!(shop.root().orders, 13);
}

#[test]
fn old_versions_that_are_being_deleted_keep_no_build_from_being_done() {
    let shop = Shop::new();
    for other in ["bulb", "mug"] {
        shop.sell(4, &["lamp", other]);
        shop.build();
    }
    let mut standing = shop.standing();
    let root = shop.pointer().and_then(|pointer| pointer.before);
    standing["retiring"] = serde_json::json!([{"root": root, "place": 0}]);
    shop.keep(&standing.to_string());
    shop.sell(4, &["lamp", "pot"]);
    let step: InsightsBuild = shop.post(staff::BUILD_INSIGHTS, &());
    assert_eq!((step.done, step.version), (true, 3));
    assert_eq!(shop.companions("lamp").len(), 3);
    assert_eq!(step.blobs_deleted, 2, "a segment, the root");
    shop.tick();
    assert_eq!(shop.standing()["retiring"], serde_json::json!([]));
    assert_eq!(shop.platform.deleted.borrow().len(), 2);
}

#[test]
fn of_two_steps_that_overlap_one_publishes() {
    let shop = Shop::new();
    shop.sell(4, &["lamp", "bulb"]);
    shop.platform.is_slow.set(true);
    let [one, other] = shop.two_ticks();
    assert_ne!(one, other, "the one that was late has something left to do");
    assert_eq!(shop.published(), 1);
    assert_eq!(shop.companions("lamp"), hashes(&["bulb"]));
    assert_eq!(shop.two_ticks(), [false, false], "nothing is left to do");
}

#[test]
fn a_version_whose_step_died_reaches_the_edge_with_a_later_step() {
    let shop = Shop::new();
    shop.sell(4, &["lamp", "bulb"]);
    shop.build();
    let first = shop.platform.store.borrow().get(keys::INSIGHTS).cloned();
    shop.sell(4, &["lamp", "mug"]);
    shop.build();
    let second = shop.pointer();
    // As a step leaves it that died before it could write the pointer.
    let mut standing = shop.standing();
    standing["claimed_at_ms"] = shop.now_ms().into();
    shop.keep(&standing.to_string());
    let first = first.expect("a pointer");
    let mut store = shop.platform.store.borrow_mut();
    store.insert(keys::INSIGHTS.to_owned(), first.clone());
    drop(store);
    let step: InsightsBuild = shop.post(staff::BUILD_INSIGHTS, &());
    assert_eq!((step.done, shop.kept()), (false, standing.to_string()));
    assert_ne!(shop.pointer(), second, "it may still be at work");
    shop.pass(30_000);
    shop.tick();
    assert_eq!(shop.pointer(), second);
    // Where the key-value store answers with an older version, its number is not given twice.
    shop.platform
        .store
        .borrow_mut()
        .insert(keys::INSIGHTS.to_owned(), first);
    shop.sell(4, &["lamp", "pot"]);
    assert_eq!(shop.build().version, 3);
}

#[test]
fn an_order_index_after_a_loss_is_waited_for_and_not_for_ever() {
    let mut shop = Shop::new();
    shop.sell(4, &["lamp", "bulb"]);
    shop.build();
    shop.index = ObjectOrderIndex::empty();
    shop.sell(3, &["lamp", "mug"]);
    let built = shop.build();
    assert!(built.is_refilling && built.done, "{built:?}");
    shop.pass(23 * HOUR_MS);
    shop.tick();
    assert_eq!(shop.companions("lamp"), hashes(&["bulb"]));
    shop.pass(HOUR_MS);
    shop.tick();
    assert_eq!(shop.companions("lamp"), hashes(&["mug"]));
    assert_eq!(shop.pointer().map(|pointer| pointer.version), Some(2));
}

#[test]
fn queries_that_many_shoppers_type_are_named_even_where_no_list_is_new() {
    let shop = Shop::new();
    let search = |query: &str| {
        for day in 0..3 {
            let tally = Tally {
                locale: "en".to_owned(),
                query: query.to_owned(),
                searches: 7,
                ..Tally::default()
            };
            let batch = souk_sql::json(&[tally]);
            let tallies = shop.tallies.open();
            let added = tallies.add(batch.as_bytes(), TODAY - day);
            shop.tallies.block_on(added).expect("the engine answers");
        }
    };
    shop.sell(4, &["lamp", "bulb"]);
    search("lamp");
    shop.tick();
    let texts = || -> Vec<String> {
        shop.root()
            .queries
            .into_iter()
            .map(|query| query.text)
            .collect()
    };
    assert_eq!(texts(), ["lamp"]);
    let (before, segments) = (shop.list("lamp"), shop.root().segments);
    shop.written();
    search("bulb");
    shop.pass(HOUR_MS);
    shop.tick();
    assert_eq!(texts(), ["bulb", "lamp"]);
    assert_eq!(
        (shop.list("lamp"), shop.root().segments),
        (before, segments)
    );
    assert_eq!(shop.written(), 2, "the root, the pointer");
}

#[test]
fn what_is_no_import_is_refused_with_its_reason() {
    let shop = Shop::new();
    let wrong = ImportCounts {
        import: "wrong".to_owned(),
        pairs: vec![("lamp".to_owned(), "bulb".to_owned(), 3)],
        ..ImportCounts::default()
    };
    let refused = shop.respond(staff::IMPORT_INSIGHTS, &wrong);
    assert_eq!(refused.status(), 422);
    let body = String::from_utf8_lossy(refused.body());
    assert!(body.contains("a pair is wrong"), "{body}");
}
