//! What is learnt of products beside their lists, from orders, stock and the published catalogue.

use std::collections::BTreeSet;

use souk_catalogue::{FORMAT, Hash};
use souk_contract::ObjectOrderIndex;
use souk_order_index::contract::Fixture as _;
use souk_protocol::keys;

use crate::shop::{DAY_MS, HOUR_MS, Shop};

const LAMPS: [(&str, &str, &[&str]); 5] = [
    ("lamp", "Lamps", &["LAMP-S", "LAMP-L"]),
    ("bulb", "Bulbs", &["BULB"]),
    ("other-bulb", "Bulbs", &["BULB-2"]),
    ("shade", "Shades", &["SHADE"]),
    ("nameless", "", &["NAMELESS"]),
];

fn sold_out(shop: &Shop, skus: &[&str]) {
    let skus = skus.iter().map(|sku| (*sku).to_owned());
    *shop.platform.sold_out.borrow_mut() = skus.collect();
}

#[test]
fn a_product_that_is_ordered_half_as_often_counts_a_level_less() {
    let shop = Shop::new();
    shop.sell(16, &["lamp", "bulb"]);
    shop.sell(8, &["shade"]);
    shop.sell(3, &["bulb"]);
    shop.sell(2, &["nameless"]);
    shop.build();
    let factors = ["bulb", "lamp", "shade", "nameless", "unknown"].map(|slug| shop.factor(slug));
    assert_eq!(factors, [280, 277, 274, 256, 256]);
}

#[test]
fn a_product_counts_less_once_all_of_it_is_sold_out_for_two_weeks() {
    let shop = Shop::new();
    shop.publish(&LAMPS);
    shop.sell(4, &["lamp"]);
    sold_out(&shop, &["LAMP-S", "SHADE", "GONE"]);
    shop.build();
    shop.pass(3 * DAY_MS);
    sold_out(&shop, &["LAMP-S", "LAMP-L", "SHADE", "GONE"]);
    shop.tick();
    let factors = || ["lamp", "shade", "bulb"].map(|slug| shop.factor(slug));
    shop.pass(10 * DAY_MS);
    shop.tick();
    assert_eq!(factors(), [280, 256, 256], "after thirteen days");
    shop.pass(DAY_MS);
    shop.tick();
    assert_eq!(
        factors(),
        [280, 208, 256],
        "a lamp was in stock for three days more"
    );
    shop.pass(3 * DAY_MS);
    shop.tick();
    assert_eq!(factors(), [280 * 208 / 256, 208, 256]);
    sold_out(&shop, &["LAMP-S", "SHADE"]);
    shop.pass(HOUR_MS);
    shop.tick();
    assert_eq!(
        factors(),
        [280, 208, 256],
        "one of its variants is in stock"
    );
}

#[test]
fn a_shop_without_orders_learns_what_is_sold_out() {
    let shop = Shop::new();
    shop.publish(&LAMPS);
    sold_out(&shop, &["SHADE"]);
    shop.build();
    assert_eq!(shop.pointer(), None);
    shop.pass(14 * DAY_MS);
    shop.tick();
    assert_eq!(shop.factor("shade"), 208);
    assert_eq!(shop.root().orders, 0);
}

#[test]
fn an_index_that_was_lost_leaves_what_is_popular_and_waits_for_what_is_sold_out() {
    let mut shop = Shop::new();
    shop.publish(&LAMPS);
    shop.sell(4, &["lamp", "bulb"]);
    sold_out(&shop, &["SHADE"]);
    shop.build();
    shop.pass(14 * DAY_MS);
    shop.tick();
    let factors = |shop: &Shop| ["lamp", "shade"].map(|slug| shop.factor(slug));
    let types = shop.types("Lamps");
    assert_eq!((factors(&shop), types.len()), ([280, 208], 1));
    shop.index = ObjectOrderIndex::empty();
    shop.build();
    shop.pass(25 * HOUR_MS);
    shop.tick();
    assert_eq!((factors(&shop), shop.types("Lamps")), ([280, 256], types));
}

#[test]
fn types_whose_products_many_orders_have_are_bought_together() {
    let shop = Shop::new();
    shop.publish(&LAMPS);
    shop.sell(3, &["lamp", "bulb"]);
    shop.sell(4, &["lamp", "other-bulb"]);
    shop.sell(5, &["lamp", "shade"]);
    shop.sell(9, &["lamp", "nameless"]);
    shop.sell(2, &["shade", "bulb"]);
    shop.build();
    assert_eq!(shop.types("Lamps"), ["Bulbs", "Shades"]);
    assert_eq!(
        shop.types("Shades"),
        ["Lamps"],
        "a pair of two orders says nothing"
    );
    assert_eq!(shop.types(""), [""; 0]);
    // What the next catalogue calls them.
    let mut renamed = LAMPS;
    renamed[3].1 = "Lampshades";
    shop.publish(&renamed);
    shop.pass(HOUR_MS);
    shop.sell(1, &["lamp"]);
    shop.tick();
    assert_eq!(shop.types("Lamps"), ["Bulbs", "Lampshades"]);
}

#[test]
fn a_catalogue_that_cannot_be_read_keeps_nothing_else_from_being_learnt() {
    let shop = Shop::new();
    shop.publish(&LAMPS);
    let blobs: BTreeSet<String> = {
        let store = shop.platform.store.borrow();
        store
            .keys()
            .filter(|key| key.starts_with("blob/"))
            .cloned()
            .collect()
    };
    shop.sell(4, &["lamp", "bulb"]);
    shop.build();
    assert_eq!(shop.types("Lamps"), ["Bulbs"]);
    for blob in blobs {
        shop.platform
            .store
            .borrow_mut()
            .insert(blob, "damaged".into());
    }
    shop.sell(4, &["lamp", "shade"]);
    shop.build();
    assert_eq!(
        (shop.factor("lamp"), shop.types("Lamps")),
        (280, Vec::new())
    );
    assert_eq!(shop.companions("lamp").len(), 2);
    let pointer = keys::current(FORMAT);
    shop.platform.store.borrow_mut().insert(pointer, "{".into());
    shop.build();
    assert_eq!(shop.factor("lamp"), 280);
}

#[test]
fn the_blob_of_the_types_lives_as_long_as_its_version() {
    let shop = Shop::new();
    shop.publish(&LAMPS);
    shop.sell(4, &["lamp", "bulb"]);
    shop.build();
    let first = shop.root().types().expect("types");
    let has = |hash: Hash| shop.platform.store.borrow().contains_key(&keys::blob(hash));
    shop.sell(9, &["lamp", "shade"]);
    let built = shop.build();
    assert_eq!(built.blobs_written, 3, "a segment, the types, the root");
    assert!(
        has(first) && shop.root().types() != Some(first),
        "an edge may still read them"
    );
    shop.sell(9, &["bulb", "shade"]);
    shop.build();
    assert!(!has(first));
    // Unchanged types are not written again.
    shop.sell(1, &["nameless"]);
    shop.pass(HOUR_MS);
    shop.written();
    shop.tick();
    assert_eq!(shop.written(), 2, "the root, the pointer");
}
