//! What goes with a product: by baskets, by type, by popularity; and what is shown where little is
//! known.

use http::StatusCode;
use serde_json::Value;
use souk_catalogue::Text;
use souk_protocol::keys;
use souk_shop::{Block, Shop as About};
use souk_storefront::INSIGHTS_TTL_MS;

use crate::support::shop::order_of;
use crate::support::{Shop, fixture, json, text};

const OF_MUG: &str = "/api/v1/products/mug/recommendations";
const ORDERS: [(u32, &[&str]); 4] = [
    (5, &["mug", "plate-3"]),
    (4, &["mug", "plate-1", "plate-2"]),
    (3, &["plate-3", "plate-4"]),
    (9, &["plate-9"]),
];

fn slugs(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("items");
    let slug = |item: &'_ Value| item["slug"].as_str().map(str::len);
    assert!(items.iter().all(|item| slug(item).is_some()));
    items
        .iter()
        .filter_map(|item| item["slug"].as_str())
        .collect()
}

fn taught() -> Shop {
    let shop = Shop::open_with_search();
    shop.world.teach(&ORDERS);
    shop
}

#[test]
fn what_is_bought_together_comes_closest_first() {
    let shop = taught();
    let response = shop.get(OF_MUG);
    let page = json(&response);
    assert_eq!(page["source"], "baskets");
    assert_eq!(page["kind"], "together");
    let found = slugs(&page);
    assert_eq!(found[0], "plate-3", "five orders of nine and eight");
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(page["items"][0]["description_html"].is_null(), "{page}");
    assert_eq!(response.headers()["souk-insights-version"], "1");
    let one = json(&shop.get(&format!("{OF_MUG}?limit=1")));
    assert_eq!(slugs(&one), ["plate-3"]);
    let chinese = json(&shop.get(&format!("{OF_MUG}?limit=1&locale=zh")));
    assert_eq!(chinese["items"][0]["title"], "盘子 3");
}

#[test]
fn a_cart_gets_what_goes_with_all_of_it_and_nothing_that_is_in_it() {
    let shop = taught();
    let page = json(&shop.get("/api/v1/recommendations?for=mug,plate-3"));
    let found = slugs(&page);
    assert_eq!(page["source"], "baskets");
    assert!(
        !found.contains(&"mug") && !found.contains(&"plate-3"),
        "{found:?}"
    );
    assert!(
        found.contains(&"plate-1") && found.contains(&"plate-4"),
        "{found:?}"
    );
    let gone = json(&shop.get("/api/v1/recommendations?for=gone,mug"));
    assert_eq!(
        slugs(&gone)[0],
        "plate-3",
        "one that is gone counts for nothing"
    );
}

#[test]
fn without_baskets_products_of_the_type_are_given_and_then_popular_ones() {
    let shop = taught();
    let page = json(&shop.get("/api/v1/products/plate-20/recommendations?limit=5"));
    assert_eq!(page["source"], "type");
    let found = slugs(&page);
    assert_eq!(found.len(), 5);
    assert!(
        found
            .iter()
            .all(|slug| slug.starts_with("plate-") && *slug != "plate-20")
    );
    let page = json(&shop.get(&format!("{OF_MUG}?kind=similar")));
    // There is one mug.
    assert_eq!(
        (page["kind"].as_str(), page["source"].as_str()),
        (Some("similar"), Some("popular"))
    );
    assert_eq!(
        slugs(&page)[..2],
        ["plate-9", "plate-3"],
        "nine and eight orders"
    );
}

#[test]
fn without_insights_every_answer_is_neutral() {
    let shop = Shop::open_with_search();
    let response = shop.get("/api/v1/products/plate-2/recommendations");
    assert_eq!(json(&response)["source"], "type");
    assert_eq!(response.headers()["souk-insights-version"], "0");
    let page = json(&shop.get(OF_MUG));
    assert_eq!(page["source"], "popular");
    assert_eq!(slugs(&page), [""; 0]);
    let shop = Shop::open();
    let page = json(&shop.get("/api/v1/products/plate-2/recommendations"));
    assert_eq!(page["source"], "popular", "nor is there a search");
}

#[test]
fn what_is_sold_out_or_gone_is_not_recommended() {
    let shop = taught();
    let placed = shop.order("all", &order_of("PLATE-3", 10));
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
    shop.world.pass_ms(10_000);
    let found = json(&shop.get(OF_MUG));
    assert!(!slugs(&found).contains(&"plate-3"), "{found}");
    assert_eq!(slugs(&found).len(), 2);
    // The last product of the fixture is gone in the next version.
    let last = format!("plate-{}", fixture::PRODUCTS - 3);
    shop.world.teach(&[(4, &["mug", &last])]);
    shop.world.publish(&fixture::next_catalogue());
    shop.world.pass_ms(INSIGHTS_TTL_MS);
    let found = json(&shop.get(OF_MUG));
    assert!(!slugs(&found).contains(&last.as_str()), "{found}");
}

#[test]
fn what_is_wrong_is_named() {
    let shop = taught();
    let many: String = (0..21).map(|n| format!("s-{n},")).collect();
    for (path, pointer) in [
        (format!("{OF_MUG}?kind=best"), "?kind"),
        (format!("{OF_MUG}?limit=0"), "?limit"),
        (format!("{OF_MUG}?limit=13"), "?limit"),
        (format!("{OF_MUG}?limit=x"), "?limit"),
        (format!("{OF_MUG}?locale=xx"), "?locale"),
        ("/api/v1/recommendations".to_owned(), "?for"),
        ("/api/v1/recommendations?for=,+,".to_owned(), "?for"),
        (format!("/api/v1/recommendations?for={many}"), "?for"),
        (
            "/api/v1/recommendations?for=mug&limit=-1".to_owned(),
            "?limit",
        ),
    ] {
        let refused = shop.get(&path);
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(json(&refused)["errors"][0]["pointer"], pointer, "{path}");
    }
    let missing = shop.api("/api/v1/products/none/recommendations");
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[test]
fn a_kept_answer_ends_with_the_version_of_the_insights() {
    let shop = taught();
    for path in [OF_MUG, "/products/mug"] {
        let made = shop.get(path);
        let kept = shop.cached_response(path).expect(path);
        assert_eq!(kept.body(), made.body(), "{path}");
    }
    let before = shop.page("/products/mug");
    shop.world.teach(&[(3, &["mug", "plate-8"])]);
    shop.world.pass_ms(INSIGHTS_TTL_MS);
    assert!(shop.cached_response("/products/mug").is_none());
    let after = shop.page("/products/mug");
    assert_ne!(after, before);
    assert!(after.contains("href=\"/products/plate-8\""), "{after}");
    assert_eq!(json(&shop.get(OF_MUG))["items"][0]["slug"], "plate-8");
}

#[test]
fn damaged_and_lost_insights_are_neutral_and_reported() {
    let damage: [fn(&mut Vec<u8>); 2] = [|blob| blob.truncate(9), |blob| blob[0] = 99];
    for damage in damage {
        let shop = taught();
        let known: Vec<String> = shop.world.store.borrow().keys().cloned().collect();
        let bare = Shop::open_with_search();
        let others = bare.world.store.borrow();
        for key in known.iter().filter(|key| !others.contains_key(*key)) {
            let mut store = shop.world.store.borrow_mut();
            let value = store.get_mut(key).expect("it was listed");
            let mut bytes = value.to_vec();
            damage(&mut bytes);
            *value = bytes.into();
        }
        let page = json(&shop.get("/api/v1/products/plate-3/recommendations"));
        assert_eq!(page["source"], "type", "{page}");
        shop.page("/products/mug");
        assert!(!shop.world.log.borrow().is_empty(), "the log says why");
    }
    let shop = taught();
    let pointer = shop.world.store.borrow()[keys::INSIGHTS].clone();
    shop.world
        .store
        .borrow_mut()
        .retain(|key, _| key.starts_with("catalogue/"));
    shop.world
        .store
        .borrow_mut()
        .insert(keys::INSIGHTS.to_owned(), pointer);
    let again = Shop::open_with_search();
    shop.world
        .store
        .borrow_mut()
        .extend(again.world.store.take());
    let page = json(&shop.get("/api/v1/products/plate-3/recommendations"));
    assert_eq!(page["source"], "type", "{page}");
}

#[test]
fn the_pages_say_why_products_stand_beside_others() {
    let shop = taught();
    let page = shop.page("/products/mug");
    let beside = page.split_once("id=\"related\"").expect("others").1;
    assert!(beside.contains("Often bought together"), "{beside}");
    assert!(beside.contains("/products/plate-3\""), "{beside}");
    assert!(shop.page("/zh/products/mug").contains("经常一起购买"));
    let page = shop.page("/products/plate-20");
    let beside = page.split_once("id=\"related\"").expect("others").1;
    assert!(beside.contains("Similar products"), "{beside}");
    let browser = shop.browser();
    browser.add("mug", "MUG-RED-S", "1");
    let cart = browser.get("/cart");
    assert_eq!(cart.headers()["souk-insights-version"], "1");
    let cart = text(&cart);
    let beside = cart.split_once("id=\"related\"").expect("others").1;
    assert!(beside.contains("Often bought together"), "{beside}");
    assert!(beside.contains("/products/plate-3\""), "{beside}");
    let empty = text(&shop.browser().get("/cart"));
    assert!(!empty.contains("id=\"related\""), "{empty}");
}

/// A shop whose home page shows the three products that are bought most, and nothing else.
fn shop_with_popular_block() -> Shop {
    let mut goods = fixture::catalogue();
    let said = goods.shop.as_mut().expect("the fixture says something");
    let mut about = About::decode(&said.settings).expect("settings");
    about.home = vec![Block::Row {
        title: Text::default(),
        collection: String::new(),
        products: 3,
    }];
    said.settings = about.encode();
    Shop::open_searching(goods)
}

#[test]
fn the_home_page_shows_what_is_bought_most_once_that_is_known() {
    let shop = shop_with_popular_block();
    let before = shop.get("/");
    assert_eq!(before.headers()["souk-insights-version"], "0");
    assert!(!text(&before).contains("id=\"block-0\""), "nothing to show");
    shop.world.teach(&ORDERS);
    shop.world.pass_ms(INSIGHTS_TTL_MS);
    let home = shop.get("/zh");
    assert_eq!(home.headers()["souk-insights-version"], "1");
    let home = text(&home);
    assert!(home.contains("热门商品"), "{home}");
    let place = |slug: &str| home.find(&format!("href=\"/zh/products/{slug}\""));
    assert!(place("plate-9").expect("nine orders") < place("plate-3").expect("eight orders"));
    assert!(place("mug").is_some() && place("plate-1").is_none());
    // The next one comes up where one is sold out.
    let placed = shop.order("all", &order_of("PLATE-3", 10));
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
    shop.world.pass_ms(INSIGHTS_TTL_MS);
    let home = shop.page("/zh");
    assert!(!home.contains("/zh/products/plate-3\""), "{home}");
    assert_eq!(home.matches("<h3>").count(), 3, "{home}");
}

#[test]
fn a_kept_home_page_ends_with_the_version_of_the_insights_if_it_shows_them() {
    let shop = shop_with_popular_block();
    shop.world.teach(&ORDERS);
    let other = taught();
    for shop in [&shop, &other] {
        shop.page("/");
        assert!(shop.cached_response("/").is_some());
        shop.world.teach(&[(3, &["plate-8"])]);
        // An instance that knows the newer version, as some page has read it.
        shop.world.pass_ms(INSIGHTS_TTL_MS);
        shop.page("/products/mug");
    }
    assert!(shop.cached_response("/").is_none());
    assert!(shop.page("/").contains("/products/plate-8\""));
    assert!(
        other.cached_response("/").is_some(),
        "it shows nothing of them"
    );
    assert!(
        !other
            .get("/")
            .headers()
            .contains_key("souk-insights-version")
    );
}

/// The page of an order, as its address that the API gives opens it.
fn order_page(shop: &Shop, key: &str, sku: &str, quantity: i64) -> http::Response<bytes::Bytes> {
    let placed = shop.order(key, &order_of(sku, quantity));
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
    let placed = json(&placed);
    let [id, token] = ["id", "token"].map(|name| placed[name].as_str().expect(name).to_owned());
    shop.world.pass_ms(INSIGHTS_TTL_MS);
    shop.get(&format!("/orders/{id}?token={token}"))
}

#[test]
fn the_page_of_an_order_shows_what_goes_with_it_and_is_kept_by_no_cache() {
    let shop = taught();
    // All of the closest one are bought, so it is neither recommended nor had before.
    let page = order_page(&shop, "first", "PLATE-3", 10);
    assert_eq!(page.headers()["cache-control"], "no-store");
    assert_eq!(page.headers()["souk-insights-version"], "1");
    let page = text(&page);
    let beside = page.split_once("id=\"related\"").expect("others").1;
    assert!(beside.contains("/products/mug\""), "{beside}");
    assert!(beside.contains("/products/plate-4\""), "{beside}");
    assert!(!beside.contains("/products/plate-3\""), "{beside}");
    let page = text(&order_page(&shop, "second", "MUG-RED-S", 1));
    let beside = page.split_once("id=\"related\"").expect("others").1;
    assert!(beside.contains("Often bought together"), "{beside}");
    assert!(beside.contains("/products/plate-1\""), "{beside}");
    assert!(
        !beside.contains("/products/plate-3\""),
        "sold out: {beside}"
    );
    // A shop that has learnt nothing shows the order alone.
    let page = order_page(&Shop::open_with_search(), "third", "MUG-RED-S", 1);
    assert_eq!(page.headers()["souk-insights-version"], "0");
    assert!(!text(&page).contains("id=\"related\""));
}
