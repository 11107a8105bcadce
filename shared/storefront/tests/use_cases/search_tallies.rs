//! Counting what shoppers search for: what is counted, what never is, and what staff see of it.

use http::{Response, StatusCode};
use serde_json::{Value, json};
use souk_protocol::staff::Permission;
use souk_search::rules::{Action, QueryRule, SearchRules};
use souk_storefront::SIGNALS_TTL_MS;

use crate::support::back_office::BackOffice;
use crate::support::{Shop, request, text};

const BATCH_PAUSE_MS: i64 = 10_000;
/// Batches that an instance sends before it waits for the first time.
const BATCHES_AT_ONCE: usize = 4;

/// Every query that is stored, with its language and its counts: searches, without results, corrected,
/// clicks.
fn stored(shop: &Shop) -> Value {
    let rows =
        "SELECT json_group_array(json_array(locale, query, searches, zero, corrected, clicks))
        FROM (SELECT * FROM search_tally ORDER BY locale, query)";
    let text = shop.world.back_office.database.text(rows);
    serde_json::from_str(&text).expect("JSON")
}

/// Searches by the API, and sends what was counted.
fn search(shop: &Shop, query: &str) {
    let found = shop.get(&format!("/api/v1/search?q={query}"));
    assert_eq!(found.status(), StatusCode::OK, "{query}: {}", text(&found));
}

/// The product page as a browser asks for it that follows a link.
fn follow(shop: &Shop, path: &str, referer: &str) -> Response<bytes::Bytes> {
    let headers = [("accept", "text/html"), ("referer", referer)];
    shop.send(request("GET", path, &headers, ""))
}

fn report(shop: &Shop, query: &str) -> Response<bytes::Bytes> {
    let back_office = BackOffice(&shop.world);
    let token = back_office.token("merchandiser", &[Permission::Catalogue]);
    back_office.send(
        &token,
        "GET",
        &format!("/staff/v1/reports/search{query}"),
        b"",
    )
}

#[test]
fn searches_are_counted_by_language_words_and_outcome() {
    let shop = Shop::open_with_search();
    for query in [
        "MUG",
        "stonware+mug",
        "zzyzx",
        "杯&locale=zh",
        "Caf%C3%A9++Mug%21",
        "mug-cup",
    ] {
        search(&shop, query);
    }
    shop.page("/search?q=plate");
    shop.page("/zh/search?q=mug");
    assert!(shop.send_tallies());
    assert_eq!(
        stored(&shop),
        json!([
            ["en", "cafe mug", 1, 0, 0, 0],
            ["en", "mug", 1, 0, 0, 0],
            ["en", "mug-cup", 1, 1, 0, 0],
            ["en", "plate", 1, 0, 0, 0],
            ["en", "stonware mug", 1, 0, 1, 0],
            ["en", "zzyzx", 1, 1, 0, 0],
            ["zh", "mug", 1, 1, 0, 0],
            ["zh", "杯", 1, 0, 0, 0],
        ])
    );
    assert_eq!(shop.world.log.take(), [""; 0]);
}

#[test]
fn a_query_counts_once_in_ten_seconds_however_it_is_answered() {
    let shop = Shop::open_with_search();
    for round in 0..3 {
        for _ in 0..5 {
            search(&shop, "mug");
            // Other addresses and the page are the same query.
            search(&shop, "Mug");
            shop.page("/search?q=MUG&sort=title");
        }
        assert!(shop.send_tallies(), "{round}");
        assert!(!shop.send_tallies(), "{round}");
        shop.world.pass_ms(BATCH_PAUSE_MS - 1);
        search(&shop, "mug");
        assert!(!shop.send_tallies(), "{round}");
        shop.world.pass_ms(1);
    }
    assert_eq!(stored(&shop), json!([["en", "mug", 3, 0, 0, 0]]));
}

#[test]
fn the_first_batches_of_an_instance_wait_for_nothing() {
    let shop = Shop::open_with_search();
    for number in 0..BATCHES_AT_ONCE {
        search(&shop, &format!("mug+{number}"));
        assert!(shop.send_tallies(), "{number}");
        assert!(!shop.send_tallies(), "{number}");
    }
    follow(&shop, "/products/mug", "http://shop.localhost/search?q=mug");
    assert!(!shop.send_tallies());
    shop.world.pass_ms(BATCH_PAUSE_MS);
    assert!(shop.send_tallies());
    assert_eq!(stored(&shop)[0], json!(["en", "mug", 0, 0, 0, 1]));
}

#[test]
fn a_search_that_is_answered_from_memory_counts() {
    let shop = Shop::open_with_search();
    search(&shop, "mug");
    assert!(shop.send_tallies());
    let path = "/api/v1/search?q=mug";
    for _ in 0..3 {
        // Another request keeps the version current, as some do in every busy instance.
        shop.world.pass_ms(BATCH_PAUSE_MS);
        shop.get("/api/v1/search?q=plate");
        assert!(shop.cached_response(path).is_some(), "it is in memory");
        shop.world.pass_ms(SIGNALS_TTL_MS / 2);
        assert!(shop.cached_response(path).is_some());
    }
    assert!(shop.send_tallies());
    let counted = stored(&shop);
    assert_eq!(counted[0], json!(["en", "mug", 4, 0, 0, 0]), "{counted}");
}

#[test]
fn what_may_hold_personal_data_is_in_no_tally_store_or_log() {
    let shop = Shop::open_with_search();
    let long = "mug+".repeat(9);
    let letters = "m".repeat(65);
    let planted = [
        "lilei@example.com",
        "mug+lilei%40example.com",
        "lilei%EF%BC%A0example.com",
        "%2B49+30+901820",
        "13800138000",
        "138-0013-8000",
        "1a2b3c4d5e6f",
        "%EF%BC%91%EF%BC%93%EF%BC%98%EF%BC%90%EF%BC%90%EF%BC%91",
        "%E4%B8%80%E4%B8%89%E5%85%AB%E9%9B%B6%E9%9B%B6%E4%B8%80",
        "4242+4242+4242+4242",
        "mug+4242-4242",
        long.as_str(),
        letters.as_str(),
        // An address without spaces: more than 16 characters.
        "北京市朝阳区建国路东里小区南门右转二楼&locale=zh",
        "%21%21",
    ];
    for query in planted {
        search(&shop, query);
        shop.page(&format!("/search?q={query}").replace("&locale=zh", ""));
        let referer = format!("http://shop.localhost/search?q={query}");
        let referer = referer.split('&').next().expect("a text");
        if referer.is_ascii() {
            follow(&shop, "/products/mug", referer);
        }
        shop.world.pass_ms(BATCH_PAUSE_MS);
        assert!(!shop.send_tallies(), "{query}");
    }
    assert_eq!(stored(&shop), json!([]));
    assert_eq!(*shop.world.tally_batches.borrow(), [""; 0]);
    assert_eq!(shop.world.log.take(), [""; 0]);
    // The search itself works, and another one is counted.
    search(&shop, "mug");
    assert!(shop.send_tallies());
    assert_eq!(stored(&shop), json!([["en", "mug", 1, 0, 0, 0]]));
}

#[test]
fn a_batch_says_words_and_numbers_and_nothing_else() {
    let shop = Shop::open_with_search();
    let headers = [
        ("accept", "text/html"),
        ("cookie", "souk_cart=planted-cookie"),
        ("cf-connecting-ip", "203.0.113.77"),
        ("user-agent", "planted-agent"),
    ];
    shop.send(request("GET", "/search?q=mug", &headers, ""));
    assert!(shop.send_tallies());
    let batches = shop.world.tally_batches.borrow();
    let batch: Value = serde_json::from_slice(&batches[0]).expect("JSON");
    let counted = json!({"locale": "en", "query": "mug", "searches": 1, "zero": 0,
        "corrected": 0, "clicks": 0});
    assert_eq!(batch, json!([counted]));
}

#[test]
fn products_that_are_opened_from_the_results_are_counted() {
    let shop = Shop::open_with_search();
    shop.page("/search?q=mug");
    shop.page("/zh/search?q=%E6%9D%AF");
    for (path, referer) in [
        ("/products/mug", "http://shop.localhost/search?q=MUG"),
        // Twice within ten seconds is once.
        ("/products/mug", "http://shop.localhost/search?q=mug"),
        (
            "/zh/products/mug",
            "http://shop.localhost/zh/search?q=%E6%9D%AF&sort=title",
        ),
        // None of these is a search of this shop.
        ("/products/plate-3", "http://other.localhost/search?q=plate"),
        (
            "/products/plate-3",
            "http://shop.localhost/help/search?q=plate",
        ),
        (
            "/products/plate-3",
            "http://shop.localhost/search?sort=title",
        ),
        ("/products/plate-3", "/search?q=plate"),
        (
            "/products/plate-3",
            "http://shop.localhost/collections/tea?q=/search?q=plate",
        ),
        ("/products/gone", "http://shop.localhost/search?q=plate"),
        ("/collections/tea", "http://shop.localhost/search?q=plate"),
    ] {
        follow(&shop, path, referer);
    }
    assert!(shop.send_tallies());
    let both = json!([["en", "mug", 1, 0, 0, 1], ["zh", "杯", 1, 0, 0, 1]]);
    assert_eq!(stored(&shop), both);
    // A page from memory counts as well.
    shop.world.pass_ms(BATCH_PAUSE_MS);
    shop.page("/products/mug");
    let cached = shop
        .cached_response("/products/mug")
        .expect("it is in memory");
    assert!(cached.is_result());
    shop.follow("/products/mug", "http://shop.localhost/search?q=mug");
    shop.page("/collections/tea");
    let other = shop.cached_response("/collections/tea");
    assert!(other.is_some_and(|cached| !cached.is_result()));
    assert!(shop.send_tallies());
    assert_eq!(stored(&shop)[0], json!(["en", "mug", 1, 0, 0, 2]));
}

#[test]
fn pages_and_filters_of_a_search_are_no_search_of_their_own() {
    let shop = Shop::open_with_search();
    let first = crate::support::json(&shop.get("/api/v1/search?q=plate&limit=2"));
    let next = first["next"].as_str().expect("a second page");
    assert!(shop.send_tallies());
    shop.world.pass_ms(BATCH_PAUSE_MS);
    search(&shop, &format!("plate&limit=2&cursor={next}"));
    search(&shop, "plate&in_stock=true");
    search(&shop, "plate&collection=tea");
    search(&shop, "plate&price.max=1");
    shop.get("/api/v1/suggest?q=plat");
    shop.get("/search");
    assert!(!shop.send_tallies());
    assert_eq!(stored(&shop), json!([["en", "plate", 1, 0, 0, 0]]));
}

#[test]
fn a_search_that_a_rule_answers_with_a_page_counts() {
    let rules = SearchRules {
        queries: vec![QueryRule {
            language: None,
            query: "opening hours".to_owned(),
            is_contained: false,
            action: Action::Redirect("/pages/about".to_owned()),
        }],
        ..SearchRules::default()
    };
    let shop = Shop::open_with_rules(&rules);
    let found = shop.get("/search?q=Opening+Hours");
    assert_eq!(found.status(), StatusCode::SEE_OTHER);
    assert!(shop.send_tallies());
    assert_eq!(stored(&shop), json!([["en", "opening hours", 1, 0, 0, 0]]));
}

#[test]
fn an_instance_counts_so_many_queries_and_says_what_it_lost() {
    let shop = Shop::open_with_search();
    for number in 0..300 {
        search(&shop, &format!("mug+{number}"));
    }
    assert!(text(&shop.get("/metrics")).contains("souk_search_tallies_lost_total 44\n"));
    assert!(shop.send_tallies());
    assert_eq!(stored(&shop).as_array().map(Vec::len), Some(256));
    // Many are sent at once, few after a pause.
    for _ in 1..BATCHES_AT_ONCE {
        shop.world.pass_ms(BATCH_PAUSE_MS);
        search(&shop, "plate");
        assert!(shop.send_tallies());
    }
    for number in 0..127 {
        search(&shop, &format!("plate+{number}"));
    }
    assert!(!shop.send_tallies());
    search(&shop, "plate+127");
    assert!(shop.send_tallies());
}

#[test]
fn staff_see_what_was_searched_for_often() {
    let shop = Shop::open_with_search();
    for round in 0..4 {
        search(&shop, "mug");
        search(&shop, "zzyzx");
        if round < 2 {
            search(&shop, "plate");
        }
        follow(&shop, "/products/mug", "http://shop.localhost/search?q=mug");
        assert!(shop.send_tallies());
        shop.world.pass_ms(BATCH_PAUSE_MS);
    }
    for query in ["", "?days=1", "?days=90"] {
        let told = report(&shop, query);
        assert_eq!(told.status(), StatusCode::OK, "{}", text(&told));
        assert_eq!(told.headers()["cache-control"], "no-store");
        assert_eq!(
            crate::support::json(&told),
            json!({
                "top": [
                    {"query": "mug", "locale": "en", "count": 4, "clicks": 4},
                    {"query": "zzyzx", "locale": "en", "count": 4, "clicks": 0},
                ],
                "zero": [{"query": "zzyzx", "locale": "en", "count": 4}],
            })
        );
    }
    for query in [
        "?days=0", "?days=91", "?days=-1", "?days=x", "?days=", "?day=1",
    ] {
        let refused = report(&shop, query);
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{query}");
        let pointer = crate::support::json(&refused)["errors"][0]["pointer"].take();
        assert_eq!(pointer, query.split('=').next().expect("a text"), "{query}");
    }
    // Tomorrow it is a count of yesterday.
    shop.world.pass_ms(24 * 60 * 60 * 1000);
    let today = crate::support::json(&report(&shop, "?days=1"));
    assert_eq!(today, json!({"top": [], "zero": []}));
    let both = crate::support::json(&report(&shop, "?days=2"));
    assert_eq!(both["top"][0]["count"], 4);
}
