//! What the shop has learnt moves results in the order of relevance, and names types that are bought
//! together. A walk through the pages is one through one order, whatever is learnt meanwhile.

use http::StatusCode;
use proptest::prelude::*;
use serde_json::Value;
use souk_protocol::keys;
use souk_protocol::staff::InsightsPointer;
use souk_search::rules::{RelatedTypes, SearchRules};
use souk_storefront::{INSIGHTS_TTL_MS, Instance};

use crate::support::{Lesson, Shop, fixture, json, text};

const PLATES: &str = "/api/v1/search?q=plate";

fn slugs(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().expect("items").iter();
    let slugs = items.map(|item| item["slug"].as_str().expect("a slug").to_owned());
    slugs.collect()
}

fn types(page: &Value) -> Vec<&str> {
    let related = page["related"].as_array().expect("related types").iter();
    let names = related.map(|one| one["type"].as_str().expect("a type"));
    names.collect()
}

/// The slugs of all pages of a walk; `between` is called after the first page.
fn walk(shop: &Shop, path: &str, limit: usize, between: impl FnOnce()) -> Vec<String> {
    let mut page = json(&shop.get(&format!("{path}&limit={limit}")));
    let mut found = slugs(&page);
    between();
    while let Some(next) = page["next"].as_str() {
        page = json(&shop.get(&format!("{path}&limit={limit}&cursor={next}")));
        found.extend(slugs(&page));
    }
    found
}

#[test]
fn what_is_bought_often_is_more_relevant_and_what_is_long_sold_out_less() {
    let shop = Shop::open_with_search();
    let plain = walk(&shop, PLATES, 100, || ());
    let (first, last) = (plain[0].clone(), plain[plain.len() - 1].clone());
    shop.world.teach_lesson(&Lesson {
        orders: &[(9, &[&last])],
        long_sold_out: &[&first],
        ..Lesson::default()
    });
    shop.world.pass_ms(INSIGHTS_TTL_MS);
    let learnt = walk(&shop, PLATES, 100, || ());
    let place = |slug: &str| {
        learnt
            .iter()
            .position(|one| one == slug)
            .expect("it is found")
    };
    let before = plain.len() - 1;
    assert!(place(&last) < before, "it was last: {learnt:?}");
    assert!(place(&first) > 0, "it was first: {learnt:?}");
    let mut sorted = [plain, learnt];
    sorted.iter_mut().for_each(|slugs| slugs.sort());
    assert_eq!(sorted[0], sorted[1], "nothing comes or goes");
    // Two orders say nothing.
    let shop = Shop::open_with_search();
    let plain = walk(&shop, PLATES, 100, || ());
    shop.world.teach(&[(2, &[&last])]);
    shop.world.pass_ms(INSIGHTS_TTL_MS);
    assert_eq!(walk(&shop, PLATES, 100, || ()), plain);
}

#[test]
fn a_walk_ends_where_the_version_that_it_began_in_is_gone() {
    let shop = Shop::open_with_search();
    shop.world.teach(&[(9, &["plate-20"])]);
    let first = json(&shop.get(&format!("{PLATES}&limit=5")));
    let next = first["next"].as_str().expect("a second page");
    let path = format!("{PLATES}&limit=5&cursor={next}");
    let second = slugs(&json(&shop.get(&path)));
    shop.world.teach(&[(9, &["plate-11"])]);
    shop.world.pass_ms(INSIGHTS_TTL_MS);
    assert_eq!(slugs(&json(&shop.get(&path))), second);
    // As if the blobs of the version before were deleted.
    let pointer = shop.world.store.borrow()[keys::INSIGHTS].clone();
    let pointer = InsightsPointer::parse(&pointer).expect("a pointer");
    let before = keys::blob(pointer.before.expect("a version before"));
    shop.world.store.borrow_mut().remove(&before);
    shop.world.shared.replace(None);
    let mut restarted = shop;
    restarted.restart();
    let gone = restarted.api(&path);
    assert_eq!(gone.status(), StatusCode::GONE, "{}", text(&gone));
    assert!(text(&gone).contains("/problems/cursor-expired"));
}

#[test]
fn an_instance_that_is_behind_reads_the_version_that_another_one_has_seen() {
    let mut shop = Shop::open_with_search();
    shop.world.teach(&[(9, &["plate-20"])]);
    shop.get(PLATES);
    // Another instance reads the next version, and this one gets the second page.
    shop.world.teach(&[(9, &["plate-11"])]);
    let behind = std::mem::replace(&mut shop.instance, Instance::new());
    let first = json(&shop.get(&format!("{PLATES}&limit=5")));
    assert_eq!(first["insights_version"], 2);
    let next = first["next"].as_str().expect("a second page");
    let path = format!("{PLATES}&limit=5&cursor={next}");
    let second = slugs(&json(&shop.get(&path)));
    shop.instance = behind;
    assert_eq!(slugs(&json(&shop.get(&path))), second);
}

#[test]
fn a_cursor_of_a_version_that_never_was_is_refused() {
    let shop = Shop::open_with_search();
    shop.world.teach(&[(9, &["plate-20"])]);
    shop.world.teach(&[(9, &["plate-11"])]);
    let first = json(&shop.get(&format!("{PLATES}&limit=5")));
    let next = first["next"].as_str().expect("a second page");
    shop.world.store.borrow_mut().remove(keys::INSIGHTS);
    let mut restarted = shop;
    restarted.restart();
    let gone = restarted.api(&format!("{PLATES}&limit=5&cursor={next}"));
    assert_eq!(gone.status(), StatusCode::GONE, "{}", text(&gone));
}

#[test]
fn types_that_are_bought_together_come_behind_those_of_rules_and_of_words() {
    let rules = SearchRules {
        related: vec![RelatedTypes {
            product_type: "Mug".to_owned(),
            related: vec!["Pot".to_owned()],
        }],
        ..SearchRules::default()
    };
    let together = Lesson {
        types: &[("Mug", "Plate", 9), ("Mug", "Pot", 20), ("Plate", "Pot", 4)],
        ..Lesson::default()
    };
    let plain = Shop::open_with_rules(&rules);
    let page = json(&plain.get("/api/v1/search?q=mug"));
    assert!(!types(&page).contains(&"Plate"), "{page}");
    let shop = Shop::open_with_rules(&rules);
    shop.world.teach_lesson(&together);
    let page = json(&shop.get("/api/v1/search?q=mug"));
    assert_eq!(page["items"][0]["slug"], fixture::MUG);
    let found = types(&page);
    assert_eq!((found[0], found.last()), ("Pot", Some(&"Plate")), "{page}");
    assert_eq!(found.iter().filter(|name| **name == "Pot").count(), 1);
    let products = page["related"][found.len() - 1]["items"].as_array();
    assert_eq!(products.expect("products").len(), 3);
    assert!(shop.page("/search?q=mug").contains("/search?q=Plate"));
    // Shoppers who narrow their results get none, nor do those on other pages.
    let narrowed = json(&shop.get("/api/v1/search?q=mug&in_stock=true"));
    assert!(types(&narrowed).is_empty());
}

#[test]
fn types_that_cannot_be_read_are_left_out() {
    let shop = Shop::open_with_search();
    shop.world.teach_lesson(&Lesson {
        types: &[("Mug", "Plate", 9)],
        ..Lesson::default()
    });
    let pointer = shop.world.store.borrow()[keys::INSIGHTS].clone();
    let pointer = InsightsPointer::parse(&pointer).expect("a pointer");
    let root = shop.world.store.borrow()[&keys::blob(pointer.root)].clone();
    let root = souk_insights::Root::decode(&root).expect("a root");
    let lost = keys::blob(root.types().expect("types"));
    shop.world.store.borrow_mut().remove(&lost);
    let page = shop.get("/api/v1/search?q=mug");
    assert_eq!(page.status(), StatusCode::OK);
    assert!(!types(&json(&page)).contains(&"Plate"));
    assert!(!shop.world.log.borrow().is_empty(), "the log says why");
}

/// Products that orders have, each so often.
fn orders() -> impl Strategy<Value = Vec<(u32, usize)>> {
    prop::collection::vec((3..40_u32, 0..30_usize), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_walk_through_a_change_of_what_was_learnt_neither_doubles_nor_misses(
        before in prop::option::of(orders()),
        after in orders(),
        limit in 1..20_usize,
        is_popular: bool,
    ) {
        let shop = Shop::open_with_search();
        let teach = |orders: &[(u32, usize)]| {
            let slugs: Vec<String> = orders.iter().map(|(_, n)| format!("plate-{n}")).collect();
            let slugs: Vec<[&str; 1]> = slugs.iter().map(|slug| [slug.as_str()]).collect();
            let orders = orders.iter().zip(&slugs);
            let orders: Vec<(u32, &[&str])> = orders.map(|((n, _), slug)| (*n, &slug[..])).collect();
            shop.world.teach(&orders);
            shop.world.pass_ms(INSIGHTS_TTL_MS);
        };
        if let Some(before) = &before {
            teach(before);
        }
        let path = match is_popular {
            true => format!("{PLATES}&sort=popular"),
            false => PLATES.to_owned(),
        };
        let whole = slugs(&json(&shop.get(&format!("{path}&limit=100"))));
        prop_assert!(whole.len() > 20);
        let walked = walk(&shop, &path, limit, || teach(&after));
        prop_assert_eq!(walked, whole);
    }
}
