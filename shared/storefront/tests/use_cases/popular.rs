//! What the shop has learnt from its shoppers, in searches: the order by popularity, and queries of many
//! as suggestions.

use http::StatusCode;
use serde_json::Value;
use souk_protocol::keys;
use souk_search::rules::{SearchRules, SoldOut};
use souk_storefront::INSIGHTS_TTL_MS;

use crate::support::shop::order_of;
use crate::support::{Shop, json, text};

const POPULAR: &str = "/api/v1/search?q=plate&sort=popular";
const ORDERS: [(u32, &[&str]); 3] = [
    (9, &["plate-20"]),
    (5, &["plate-3", "mug"]),
    (2, &["plate-11"]),
];

fn slugs(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("items");
    let slugs = items.iter().filter_map(|item| item["slug"].as_str());
    let slugs: Vec<_> = slugs.collect();
    assert_eq!(slugs.len(), items.len());
    slugs
}

fn taught() -> Shop {
    let shop = Shop::open_with_search();
    shop.world.teach(&ORDERS);
    shop
}

#[test]
fn popular_products_come_first_and_the_others_by_relevance() {
    let shop = taught();
    let answer = shop.get(&format!("{POPULAR}&limit=10"));
    assert_eq!(answer.headers()["souk-insights-version"], "1");
    let page = json(&answer);
    assert_eq!(page["insights_version"], 1);
    let best = ["plate-20", "plate-3", "plate-11"];
    assert_eq!(slugs(&page)[..3], best);
    let relevant = json(&shop.get("/api/v1/search?q=plate&limit=10"));
    assert_eq!(relevant["insights_version"], 1);
    let mut others = slugs(&relevant);
    others.retain(|slug| !best.contains(slug));
    assert_eq!(slugs(&page)[3..10], others[..7]);
    let shown = shop.page("/search?q=plate&sort=popular");
    let place = |slug: &str| {
        shown
            .find(&format!("href=\"/products/{slug}\""))
            .expect(slug)
    };
    assert!(place("plate-20") < place("plate-3") && place("plate-3") < place("plate-11"));
    assert!(shown.contains("Most popular"), "{shown}");
}

#[test]
fn without_insights_the_order_is_that_of_relevance() {
    let shop = Shop::open_with_search();
    let answer = shop.get(POPULAR);
    assert_eq!(answer.headers()["souk-insights-version"], "0");
    let page = json(&answer);
    assert_eq!(page["insights_version"], Value::Null);
    assert_eq!(
        slugs(&page),
        slugs(&json(&shop.get("/api/v1/search?q=plate")))
    );
    let next = page["next"].as_str().expect("a second page");
    let second = json(&shop.get(&format!("{POPULAR}&cursor={next}")));
    assert!(!slugs(&second).is_empty());
    // The page offers no order that changes nothing, unless it was asked for.
    assert!(!shop.page("/search?q=plate").contains("Most popular"));
    assert!(
        shop.page("/search?q=plate&sort=popular")
            .contains("Most popular")
    );
}

#[test]
fn what_is_sold_out_comes_last_whatever_its_popularity_where_the_shop_wants_that() {
    let shop = Shop::open_with_rules(&SearchRules {
        sold_out: SoldOut::Last,
        ..SearchRules::default()
    });
    shop.world.teach(&ORDERS);
    let placed = shop.order("all-of-plate-20", &order_of("PLATE-20", 10));
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
    shop.world.pass_ms(10_000);
    let page = json(&shop.get(&format!("{POPULAR}&limit=100")));
    let found = slugs(&page);
    assert_eq!((found[0], found.last()), ("plate-3", Some(&"plate-20")));
}

#[test]
fn a_cursor_ends_with_the_version_after_the_next_one() {
    let shop = taught();
    let first = json(&shop.get(&format!("{POPULAR}&limit=2")));
    let next = first["next"].as_str().expect("a second page");
    let path = format!("{POPULAR}&limit=2&cursor={next}");
    let second = json(&shop.get(&path));
    assert_eq!(slugs(&second)[0], "plate-11");
    let page = format!("/search?q=plate&sort=popular&cursor={next}");
    // The cursor of a page has 24 products before it, so this one is its own.
    assert_eq!(shop.get(&page).status(), StatusCode::OK);
    shop.world.teach(&[(9, &["plate-11"])]);
    shop.world.pass_ms(INSIGHTS_TTL_MS);
    let on = shop.get(&path);
    assert_eq!(on.headers()["souk-insights-version"], "1");
    assert_eq!(
        slugs(&json(&on)),
        slugs(&second),
        "the order is that of before"
    );
    assert_eq!(shop.get(&page).status(), StatusCode::OK);
    shop.world.teach(&[(9, &["plate-4"])]);
    shop.world.pass_ms(INSIGHTS_TTL_MS);
    let gone = shop.api(&path);
    assert_eq!(gone.status(), StatusCode::GONE);
    assert!(text(&gone).contains("/problems/cursor-expired"));
    assert_eq!(shop.get(&page).status(), StatusCode::GONE);
    // An order that nothing was learnt for does not end.
    let titles = "/api/v1/search?q=plate&sort=title&limit=2";
    let first = json(&shop.get(titles));
    let next = first["next"].as_str().expect("a second page");
    for _ in 0..2 {
        shop.world.teach(&ORDERS);
        shop.world.pass_ms(INSIGHTS_TTL_MS);
    }
    let second = shop.get(&format!("{titles}&cursor={next}"));
    assert_eq!(second.status(), StatusCode::OK);
}

#[test]
fn a_kept_search_ends_with_the_version_of_the_insights() {
    let shop = taught();
    for path in [POPULAR, "/search?q=plate&sort=popular"] {
        shop.get(path);
        assert!(shop.cached_response(path).is_some(), "{path}");
    }
    shop.world.teach(&[(9, &["plate-11"])]);
    shop.world.pass_ms(INSIGHTS_TTL_MS);
    for path in [POPULAR, "/search?q=plate&sort=popular"] {
        assert!(shop.cached_response(path).is_none(), "{path}");
    }
    let page = json(&shop.get(POPULAR));
    assert_eq!(slugs(&page)[0], "plate-11");
    assert_eq!(page["insights_version"], 2);
}

#[test]
fn insights_that_cannot_be_read_change_no_search() {
    let shop = taught();
    let broken = "no pointer".into();
    shop.world
        .store
        .borrow_mut()
        .insert(keys::INSIGHTS.to_owned(), broken);
    let page = shop.get(POPULAR);
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.headers()["souk-insights-version"], "0");
    let relevant = json(&shop.get("/api/v1/search?q=plate"));
    assert_eq!(slugs(&json(&page)), slugs(&relevant));
    assert!(!shop.world.log.borrow().is_empty(), "the log says why");
}

fn strings(list: &Value) -> Vec<&str> {
    let list = list.as_array().expect("a list").iter();
    list.filter_map(Value::as_str).collect()
}

/// A shop in which many search for these, each with the language of their page.
fn asked_for(queries: &[(&str, &str)]) -> Shop {
    let shop = Shop::open_with_search();
    shop.world.teach_with(&ORDERS, queries);
    shop
}

#[test]
fn what_many_search_for_is_suggested_first() {
    let shop = asked_for(&[
        ("en", "plate for cake"),
        ("en", "mug"),
        ("en", "cafe plates"),
        ("en", "platter"),
        ("zh", "plate in chinese"),
        ("zh", "盘子"),
    ]);
    let answer = shop.get("/api/v1/suggest?q=PLAT");
    assert_eq!(answer.headers()["souk-insights-version"], "1");
    let suggested = json(&answer);
    let queries = strings(&suggested["queries"]);
    assert_eq!(queries[..2], ["plate for cake", "platter"], "{suggested}");
    assert!(queries[2..].contains(&"plate"), "{suggested}");
    let one = json(&shop.get("/api/v1/suggest?q=plat&limit=1"));
    assert_eq!(strings(&one["queries"]), ["plate for cake"]);
    // Folded as the search folds; what follows a space is a new word.
    let cafe = json(&shop.get("/api/v1/suggest?q=Caf%C3%89"));
    assert_eq!(strings(&cafe["queries"])[0], "cafe plates");
    let words = json(&shop.get("/api/v1/suggest?q=plate+"));
    assert_eq!(strings(&words["queries"]), ["plate for cake"]);
    let chinese = json(&shop.get("/api/v1/suggest?q=%E7%9B%98&locale=zh"));
    let queries = strings(&chinese["queries"]);
    assert_eq!(queries[0], "盘子", "{chinese}");
    let once = queries.iter().filter(|query| **query == "盘子").count();
    assert_eq!(once, 1, "{chinese}");
}

#[test]
fn where_nothing_is_found_what_many_search_for_is_offered_if_it_shares_a_word() {
    let shop = asked_for(&[
        ("en", "mug for tea"),
        ("en", "teal zzyzx"),
        ("en", "plates"),
        ("zh", "zzyzx"),
        ("zh", "紫砂盘子"),
    ]);
    let found = json(&shop.get("/api/v1/search?q=zzyzx+for"));
    assert_eq!(found["total"], 0, "{found}");
    assert_eq!(strings(&found["suggestions"]), ["teal zzyzx"], "{found}");
    assert!(
        shop.page("/search?q=zzyzx")
            .contains("/search?q=teal+zzyzx")
    );
    // The query itself is no other one, nor are stop words shared.
    let found = json(&shop.get("/api/v1/search?q=ZZYZX&locale=zh"));
    assert_eq!(strings(&found["suggestions"]), [""; 0], "{found}");
    let found = json(&shop.get("/api/v1/search?q=%E7%B4%AB%E7%A0%82%E5%A3%B6&locale=zh"));
    assert_eq!(found["total"], 0, "{found}");
    assert_eq!(strings(&found["suggestions"])[0], "紫砂盘子", "{found}");
}

#[test]
fn kept_suggestions_end_with_the_version_of_the_insights() {
    let shop = asked_for(&[("en", "plate for cake")]);
    let path = "/api/v1/suggest?q=plat";
    shop.get(path);
    assert!(shop.cached_response(path).is_some());
    shop.world.teach_with(&ORDERS, &[("en", "plate of gold")]);
    shop.world.pass_ms(INSIGHTS_TTL_MS);
    assert!(shop.cached_response(path).is_none());
    let suggested = json(&shop.get(path));
    assert_eq!(strings(&suggested["queries"])[0], "plate of gold");
}
