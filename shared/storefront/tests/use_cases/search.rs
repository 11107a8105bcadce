//! Searching: the page, the API, suggestions, and what is refused.

use http::StatusCode;
use serde_json::Value;

use crate::support::world::search_index;
use crate::support::{Shop, fixture, json, text};

fn slugs(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("items");
    items
        .iter()
        .map(|item| item["slug"].as_str().expect("a slug"))
        .collect()
}

#[test]
fn a_word_finds_products_in_every_language() {
    let shop = Shop::open_with_search();
    for query in [
        "mug",
        "MUGS",
        "q=mug",
        "stoneware",
        "杯&locale=zh",
        "MUG-RED-S",
    ] {
        let query = query.trim_start_matches("q=");
        let page = json(&shop.get(&format!("/api/v1/search?q={query}")));
        assert_eq!(slugs(&page)[0], fixture::MUG, "{query}: {page}");
        assert_eq!(page["query"]["relaxed"], false);
    }
    let page = json(&shop.get("/api/v1/search?q=stonware+mug"));
    assert_eq!(slugs(&page)[0], fixture::MUG);
    assert_eq!(page["query"]["used"], "stoneware mug", "{page}");
    assert_eq!(page["query"]["corrections"][0]["kind"], "typo");
}

#[test]
fn results_are_filtered_counted_and_paged() {
    let shop = Shop::open_with_search();
    let all = json(&shop.get("/api/v1/search?q=plate&limit=100&facets=true"));
    let total = all["total"].as_u64().expect("a number");
    assert!(total > 20, "{all}");
    let mut seen = Vec::new();
    let mut address = "/api/v1/search?q=plate&limit=7".to_owned();
    loop {
        let page = json(&shop.get(&address));
        seen.extend(slugs(&page).into_iter().map(str::to_owned));
        match page["next"].as_str() {
            Some(next) => address = format!("/api/v1/search?q=plate&limit=7&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, slugs(&all), "pages are the whole list");
    let facet = all["facets"].as_array().expect("facets");
    let vendor = facet
        .iter()
        .find(|facet| facet["parameter"] == "vendor")
        .expect("makers");
    let value = &vendor["values"][0];
    let name = value["value"]
        .as_str()
        .expect("a value")
        .replace('&', "%26")
        .replace(' ', "+");
    let narrowed = json(&shop.get(&format!("/api/v1/search?q=plate&vendor={name}")));
    assert_eq!(narrowed["total"], value["count"], "{narrowed}");
}

/// Every page of a search from the first to the last; `between` runs after each.
fn walk(shop: &Shop, query: &str, between: impl Fn(usize)) -> Vec<String> {
    let mut seen = Vec::new();
    let mut cursor = String::new();
    for page in 0.. {
        assert!(page < 100, "{query}: no end");
        let body = json(&shop.get(&format!("/api/v1/search?{query}{cursor}")));
        seen.extend(slugs(&body).into_iter().map(str::to_owned));
        between(page);
        match body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    seen
}

#[test]
fn a_walk_over_a_publish_neither_doubles_nor_misses() {
    for sort in ["relevance", "price-asc", "price-desc", "newest", "title"] {
        for limit in [3, 7] {
            let shop = Shop::open_with_search();
            let query = format!("q=plate&sort={sort}&limit={limit}");
            let whole = walk(&shop, &query, |_| {});
            assert!(whole.len() > 20, "{whole:?}");
            let walked = walk(&shop, &query, |page| {
                let mut next = fixture::next_catalogue();
                match page {
                    // Half are gone, and what is left is called and priced otherwise.
                    1 => next.products.truncate(next.products.len() / 2),
                    2 => next.products.reverse(),
                    _ => return,
                }
                next.search = Some(search_index(&next));
                shop.world.publish(&next);
                shop.world.pass_ms(60_000);
            });
            assert_eq!(walked, whole, "{query}");
            let after = walk(&shop, &query, |_| {});
            assert_ne!(after, whole, "{query}: the publish is seen by a new walk");
        }
    }
}

#[test]
fn what_is_wrong_is_named() {
    let shop = Shop::open_with_search();
    let long = "x".repeat(129);
    let foreign = json(&shop.get("/api/v1/search?q=plate&limit=1"));
    let foreign = foreign["next"].as_str().expect("a second page").to_owned();
    for (query, pointer) in [
        ("", "?q"),
        ("q=+", "?q"),
        (&*format!("q={long}"), "?q"),
        ("q=mug&sort=best", "?sort"),
        ("q=mug&limit=0", "?limit"),
        ("q=mug&facets=maybe", "?facets"),
        ("q=mug&cursor=abc", "?cursor"),
        (&*format!("q=mug&cursor={foreign}"), "?cursor"),
        ("q=mug&price.from=1", "?price.from"),
        ("q=mug&locale=xx", "?locale"),
    ] {
        let refused = shop.get(&format!("/api/v1/search?{query}"));
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(json(&refused)["errors"][0]["pointer"], pointer, "{query}");
    }
    for (query, pointer) in [("", "?q"), ("q=m&limit=11", "?limit")] {
        let refused = shop.get(&format!("/api/v1/suggest?{query}"));
        assert_eq!(json(&refused)["errors"][0]["pointer"], pointer, "{query}");
    }
}

#[test]
fn suggestions_complete_what_is_typed() {
    let shop = Shop::open_with_search();
    let suggested = json(&shop.get("/api/v1/suggest?q=stonew"));
    assert_eq!(
        suggested["products"][0]["slug"],
        fixture::MUG,
        "{suggested}"
    );
    let image = suggested["products"][0]["image"]
        .as_str()
        .expect("a picture");
    assert!(image.ends_with("-400.webp"), "{image}");
    let suggested = json(&shop.get("/api/v1/suggest?q=te"));
    assert_eq!(suggested["collections"][0]["slug"], "tea", "{suggested}");
}

#[test]
fn the_page_shows_results_and_says_what_it_searched_for() {
    let shop = Shop::open_with_search();
    let page = text(&shop.get("/search?q=stonware+mug"));
    assert!(page.contains(r#"href="/products/mug""#), "{page}");
    assert!(
        page.contains("These are results for “stoneware mug”."),
        "{page}"
    );
    assert!(page.contains(r#"<meta name="robots" content="noindex">"#));
    assert!(page.contains(r#"value="stonware mug""#));
    let page = text(&shop.get("/zh/search?q=杯"));
    assert!(page.contains(r#"href="/zh/products/mug""#), "{page}");
    let empty = text(&shop.get("/search"));
    assert!(empty.contains("Type what you are looking for"), "{empty}");
    let nothing = text(&shop.get("/search?q=zzzzqqqq"));
    assert!(
        nothing.contains("Nothing was found for “zzzzqqqq”."),
        "{nothing}"
    );
    let home = text(&shop.get("/"));
    assert!(home.contains(r#"role="search" action="/search""#), "{home}");
}

#[test]
fn a_kept_answer_is_found_by_its_address_and_pushes_no_page_out() {
    let shop = Shop::open_with_search();
    for path in [
        "/api/v1/search?q=mug",
        "/search?q=mug",
        "/api/v1/suggest?q=mu",
    ] {
        let made = shop.get(path);
        let kept = shop.cached_response(path).expect(path);
        assert_eq!(kept.body(), made.body(), "{path}");
    }
    shop.get("/products/mug");
    for number in 0..700 {
        shop.get(&format!("/search?q=word{number}"));
    }
    assert!(
        shop.cached_response("/products/mug").is_some(),
        "searches have room of their own"
    );
}
