//! Searching: the page, the API, suggestions, and what is refused.

use http::StatusCode;
use serde_json::Value;
use souk_shop::Shop as About;

use souk_search::rules::{Action, QueryFilter, QueryRule, SearchRules, SoldOut};
use souk_storefront::SIGNALS_TTL_MS;

use crate::support::shop::order_of;
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
    let sorts = [
        "relevance",
        "price-asc",
        "price-desc",
        "newest",
        "title",
        "popular",
    ];
    for sort in sorts {
        for limit in [3, 7] {
            let shop = Shop::open_with_search();
            shop.world.teach(&[(4, &["plate-9"]), (3, &["plate-2"])]);
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
    // An article, by the beginning of a word.
    let suggested = json(&shop.get("/api/v1/suggest?q=how+long+deliv"));
    assert_eq!(suggested["articles"][0]["slug"], "delivery", "{suggested}");
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
    // What the script of the form says stands on this page alone.
    let texts = r#" data-suggest="zh|main|搜索建议：#|搜索|商品|商品分类|"#;
    let zh = text(&shop.get("/zh/search"));
    assert!(zh.contains(texts), "{zh}");
    assert!(!home.contains("data-suggest"), "{home}");
}

#[test]
fn titles_show_what_was_searched_for_and_articles_stand_below() {
    let shop = Shop::open_with_search();
    let page = text(&shop.get("/search?q=mugs"));
    let product = page.find("<mark>mug</mark></a></h2>").expect("a product");
    let article = page.find("Mugs &lt;and&gt; pots &amp; more</a></h3>");
    let article = article.expect("an article");
    assert!(product < article, "{page}");
    assert!(page[article..].contains("<p>What they cost &amp; why.</p>"));
    // By a word of its text, with a typo; and never by a part of a word.
    let page = text(&shop.get("/search?q=rinze+water"));
    assert!(page.contains(r#"<a href="/help/care">Care</a>"#), "{page}");
    assert!(page.contains("<p>Rinse with water.</p>"), "{page}");
    let page = text(&shop.get("/search?q=rin"));
    assert!(!page.contains("/help/care"), "{page}");
    let page = text(&shop.get("/zh/search?q=缘由"));
    assert!(
        page.contains(r#"<a href="/zh/blog/mugs">杯与壶</a>"#),
        "{page}"
    );
}

#[test]
fn a_question_finds_answers_of_the_help_alone() {
    let shop = Shop::open_with_search();
    let address = "/api/v1/help/search?q=How+many+days+until+my+mugs+are+delivered";
    let found = json(&shop.get(address));
    assert_eq!(slugs(&found), ["delivery"], "{found}");
    assert_eq!(found["items"][0]["title"], "How long does delivery take?");
    assert_eq!(found["items"][0]["excerpt"], "Two days.");
    let url = found["items"][0]["url"].as_str().expect("an address");
    assert!(url.ends_with("/help/delivery"), "{url}");
    let found = json(&shop.get("/api/v1/help/search?q=zzzz"));
    assert!(slugs(&found).is_empty());
    let found = json(&shop.get("/api/v1/help/search?q=care&locale=zh"));
    let url = found["items"][0]["url"].as_str().expect("an address");
    assert!(url.ends_with("/zh/help/care"), "{url}");
    let long = "x".repeat(129);
    for (query, pointer) in [
        ("", "?q"),
        ("q=+", "?q"),
        (&*format!("q={long}"), "?q"),
        ("q=care&locale=xx", "?locale"),
    ] {
        let refused = shop.get(&format!("/api/v1/help/search?{query}"));
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(json(&refused)["errors"][0]["pointer"], pointer, "{query}");
    }
    let without = Shop::open().get("/api/v1/help/search?q=care");
    assert_eq!(without.status(), StatusCode::NOT_FOUND);
}

#[test]
fn the_help_shows_answers_before_the_ways_to_reach_the_shop() {
    let mut goods = fixture::catalogue();
    let said = goods.shop.as_mut().expect("the fixture says something");
    let mut about = About::decode(&said.settings).expect("settings");
    about.contact.email = Some("hello@souk.example".to_owned());
    said.settings = about.encode();
    let shop = Shop::open_searching(goods);
    let list = text(&shop.get("/help"));
    assert!(
        list.contains(r#"<input id="question" type="search" name="q" required>"#),
        "{list}"
    );
    let page = text(&shop.get("/help?q=days+%26+%3Cb%3E"));
    assert!(page.contains("Answers to “days &amp; &lt;b&gt;”"), "{page}");
    let answer = page
        .find(r#"<a href="/help/delivery">"#)
        .expect("an answer");
    let contact = page.find("&amp;contact=true\"");
    assert!(answer < contact.expect("the way on"), "{page}");
    assert!(!page.contains("?subject="), "{page}");
    let contact = text(&shop.get("/help?q=days+%26+%3Cb%3E&contact=true"));
    let mail = r#"href="mailto:hello@souk.example?subject=days%20%26%20%3Cb%3E""#;
    assert!(contact.contains(mail), "{contact}");
    assert!(contact.contains("<h1>Was your question not answered?</h1>"));
    assert!(page.contains(r#"<meta name="robots" content="noindex">"#));
    assert!(page.contains(r#"hreflang="zh-Hans">"#) && page.contains("/zh/help?q=days"));
    let page = text(&shop.get("/zh/help?q=zzzz"));
    assert!(
        page.contains("没有找到“zzzz”。") && page.contains("mailto:"),
        "{page}"
    );
    let long = "x".repeat(129);
    let refused = shop.get(&format!("/help?q={long}"));
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    // A shop that cannot be searched shows all of its answers.
    let page = text(&Shop::open().get("/help?q=days"));
    assert!(
        page.contains("/help/care") && !page.contains("id=\"question\""),
        "{page}"
    );
}

#[test]
fn a_kept_answer_is_found_by_its_address_and_pushes_no_page_out() {
    let shop = Shop::open_with_search();
    for path in [
        "/api/v1/search?q=mug",
        "/search?q=mug",
        "/api/v1/suggest?q=mu",
        "/api/v1/help/search?q=delivery",
        "/help?q=delivery",
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

/// Plates of which the first two that are found are sold out, and their slugs.
fn sold_out_plates(shop: &Shop) -> (Vec<String>, Vec<String>) {
    let all = json(&shop.get("/api/v1/search?q=plate&limit=100"));
    let all: Vec<String> = slugs(&all).into_iter().map(str::to_owned).collect();
    let (gone, rest) = all.split_at(2);
    for (n, slug) in gone.iter().enumerate() {
        let sku = slug.to_uppercase();
        let bought = shop.order(&format!("sold-out-{n:08}"), &order_of(&sku, 10));
        assert_eq!(bought.status(), StatusCode::CREATED, "{slug}");
    }
    shop.world.pass_ms(SIGNALS_TTL_MS);
    (gone.to_vec(), rest.to_vec())
}

#[test]
fn what_is_sold_out_can_be_left_out_and_is_counted() {
    let shop = Shop::open_with_search();
    let (gone, rest) = sold_out_plates(&shop);
    let in_stock = |page: &Value| {
        let facets = page["facets"].as_array().expect("facets").iter();
        let mut found = facets.filter(|facet| facet["parameter"] == "in_stock");
        found.next().expect("the facet")["values"][0].clone()
    };
    let all = json(&shop.get("/api/v1/search?q=plate&limit=100&facets=true"));
    assert_eq!(slugs(&all)[..2], gone, "they stay in their places");
    assert_eq!(in_stock(&all)["count"], rest.len());
    assert_eq!(in_stock(&all)["chosen"], false);
    let address = "/api/v1/search?q=plate&limit=100&facets=true&in_stock=true";
    let left = json(&shop.get(address));
    assert_eq!(slugs(&left), rest);
    assert_eq!(left["total"], rest.len());
    assert_eq!(in_stock(&left)["chosen"], true);
    let page = text(&shop.get("/search?q=plate"));
    let box_ = r#"name="in_stock" value="true">"#;
    assert!(page.contains(box_), "{page}");
    let page = text(&shop.get("/search?q=plate&in_stock=true"));
    assert!(
        page.contains(r#"name="in_stock" value="true" checked>"#),
        "{page}"
    );
    assert!(!page.contains(&format!(r#"href="/products/{}""#, gone[0])));
    let refused = json(&shop.get("/api/v1/search?q=plate&in_stock=yes"));
    assert_eq!(refused["errors"][0]["pointer"], "?in_stock");
}

#[test]
fn rules_say_what_becomes_of_what_is_sold_out() {
    for (sold_out, is_last) in [(SoldOut::Last, true), (SoldOut::Hide, false)] {
        let shop = Shop::open_with_rules(&SearchRules {
            sold_out,
            ..SearchRules::default()
        });
        let (gone, rest) = sold_out_plates(&shop);
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        while let Some(next) = {
            let page = json(&shop.get(&format!("/api/v1/search?q=plate&limit=9{cursor}")));
            seen.extend(slugs(&page).into_iter().map(str::to_owned));
            page["next"].as_str().map(str::to_owned)
        } {
            cursor = format!("&cursor={next}");
        }
        let expected = match is_last {
            true => [rest, gone].concat(),
            false => rest,
        };
        assert_eq!(seen, expected, "{sold_out:?}");
    }
}

#[test]
fn a_rule_can_leave_out_what_is_sold_out_for_one_query() {
    let filter = QueryFilter {
        in_stock: true,
        ..QueryFilter::default()
    };
    let shop = Shop::open_with_rules(&SearchRules {
        queries: vec![QueryRule {
            language: None,
            query: "plates".to_owned(),
            is_contained: false,
            action: Action::Filter(filter),
        }],
        ..SearchRules::default()
    });
    let (_, rest) = sold_out_plates(&shop);
    let page = json(&shop.get("/api/v1/search?q=plate&limit=100"));
    assert_eq!(slugs(&page), rest);
}
