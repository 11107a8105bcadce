//! Switches and levels at the edge: what a pulse leaves out, and what it never does.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::Value;
use souk_operations::{Ladder, Level, Manual, Pulse, Setting, Switch};
use souk_storefront::{INSIGHTS_TTL_MS, SIGNALS_TTL_MS};

use crate::quotes::{cart, order as order_with};
use crate::support::shop::order_of;
use crate::support::{Shop, json, text};

/// A pulse of a shop in which no switch is set by hand.
pub(crate) fn pulse(stamp: u64, level: u8) -> Pulse {
    let level = Level::new(level).expect("a level");
    Pulse {
        stamp,
        made_at_ms: 0,
        level,
        by_level: Ladder::default().at(level),
        manual: Vec::new(),
        limits: Vec::new(),
        sampling: Vec::new(),
        sales: Vec::new(),
        release: None,
    }
}

impl Shop {
    /// Publishes a pulse, and lets the instance hear of it.
    pub(crate) fn pulse(&self, mut pulse: Pulse) {
        pulse.made_at_ms = self.world.now_ms.get();
        self.world
            .pulse
            .replace(pulse.encode().expect("small").into());
        self.world.pass_ms(SIGNALS_TTL_MS);
    }

    /// Sets one switch by hand.
    fn switch(&self, stamp: u64, switch: Switch, setting: Setting) {
        let manual = Manual {
            switch,
            setting,
            until_ms: self.world.now_ms.get() + 60_000,
        };
        self.pulse(Pulse {
            manual: vec![manual],
            ..pulse(stamp, 0)
        });
    }
}

fn is_switched_off(answer: &Response<Bytes>) -> bool {
    let is_problem = json(answer)["type"] == "/problems/switched-off";
    let has_retry_after = answer.headers().contains_key("retry-after");
    answer.status() == StatusCode::SERVICE_UNAVAILABLE && is_problem && has_retry_after
}

fn status(shop: &Shop) -> Value {
    json(&shop.api("/api/v1/status"))
}

#[test]
fn the_status_says_how_everything_stands() {
    let shop = Shop::open_with_search();
    let before = status(&shop);
    assert_eq!(
        (&before["level"], &before["pulse"]),
        (&0.into(), &Value::Null)
    );
    assert!(!shop.get("/").headers().contains_key("souk-level"));
    shop.pulse(pulse(7, 2));
    let after = status(&shop);
    assert_eq!(after["level"], 2);
    assert_eq!(after["switches"]["suggestions"], "off");
    assert_eq!(after["switches"]["checkout"], "on");
    assert_eq!(after["pulse"]["stamp"], 7);
    assert_eq!(after["pulse"]["age_ms"], SIGNALS_TTL_MS);
    for _ in 0..2 {
        assert_eq!(shop.get("/").headers()["souk-level"], "2");
    }
}

#[test]
fn at_the_highest_level_everything_that_is_needed_to_buy_answers() {
    let shop = Shop::open_with_search();
    shop.pulse(pulse(1, 5));
    for path in [
        "/search?q=mug",
        "/collections",
        "/collections/all",
        "/blog",
        "/help",
    ] {
        let page = shop.get(path);
        assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(text(&page).contains("Closed for a moment"), "{path}");
        assert_eq!(page.headers()["cache-control"], "no-store", "{path}");
    }
    for path in [
        "/api/v1/search?q=mug",
        "/api/v1/products",
        "/api/v1/content/blog",
        "/api/v1/help/search?q=a",
    ] {
        assert!(is_switched_off(&shop.api(path)), "{path}");
    }
    for path in ["/", "/products/mug", "/cart", "/api/v1/products/mug"] {
        assert_eq!(shop.get(path).status(), StatusCode::OK, "{path}");
    }
    let placed = shop.order("level-5-order", &order_of("MUG-RED-S", 1));
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
    shop.pulse(pulse(2, 0));
    assert_eq!(shop.get("/search?q=mug").status(), StatusCode::OK);
    assert_eq!(shop.get("/collections/all").status(), StatusCode::OK);
}

#[test]
fn only_searches_that_were_answered_before_are_answered_while_searches_are_static() {
    let shop = Shop::open_with_search();
    let before = shop.page("/search?q=mug");
    let api = shop.api("/api/v1/search?q=mug");
    shop.pulse(pulse(1, 3));
    assert_eq!(shop.page("/search?q=mug"), before);
    assert_eq!(shop.api("/api/v1/search?q=mug").body(), api.body());
    assert!(is_switched_off(&shop.api("/api/v1/search?q=plate")));
    assert_eq!(
        shop.get("/search?q=plate").status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert!(shop.page("/products/mug").contains("action=\"/search\""));
    shop.switch(2, Switch::Search, Setting::Closed);
    assert!(!shop.page("/products/mug").contains("action=\"/search\""));
    assert!(is_switched_off(&shop.api("/api/v1/search?q=mug")));
}

#[test]
fn a_setting_ends_by_the_clock_without_another_pulse() {
    let shop = Shop::open_with_search();
    shop.switch(1, Switch::Search, Setting::Closed);
    assert!(is_switched_off(&shop.api("/api/v1/search?q=mug")));
    shop.world.signals_down.set(true);
    shop.world.pass_ms(59_000);
    assert_eq!(shop.api("/api/v1/search?q=mug").status(), StatusCode::OK);
    assert_eq!(status(&shop)["switches"]["search"], "on");
}

#[test]
fn an_older_pulse_and_what_is_none_change_nothing() {
    let shop = Shop::open_with_search();
    shop.pulse(pulse(9, 5));
    assert_eq!(status(&shop)["level"], 5);
    shop.pulse(pulse(8, 0));
    assert_eq!(status(&shop)["level"], 5);
    shop.world
        .pulse
        .replace(Bytes::from_static(b"\x01\x88\x18\xff"));
    shop.world.pass_ms(SIGNALS_TTL_MS);
    assert_eq!(status(&shop)["level"], 5);
    shop.world.signals_down.set(true);
    shop.world.pass_ms(60_000);
    assert_eq!(
        status(&shop)["level"],
        5,
        "without news it keeps what it has"
    );
    let mut other = shop;
    other.restart();
    assert_eq!(
        status(&other)["level"],
        0,
        "a new instance without any runs with everything on"
    );
}

#[test]
fn badges_can_be_left_to_the_page_of_the_product() {
    let shop = Shop::open_with_search();
    shop.order("all-of-them", &order_of("MUG-RED-S", 10));
    let on_card = |shop: &Shop| {
        let page = json(&shop.api("/api/v1/products"));
        let items = page["items"].as_array().expect("items").clone();
        let mug = items.into_iter().find(|one| one["slug"] == "mug");
        available(&mug.expect("the mug"))
    };
    let on_its_own = |shop: &Shop| available(&json(&shop.api("/api/v1/products/mug")));
    shop.pulse(pulse(1, 0));
    assert_eq!((on_card(&shop), on_its_own(&shop)), (false, false));
    shop.switch(2, Switch::Badges, Setting::Reduced);
    assert_eq!((on_card(&shop), on_its_own(&shop)), (true, false));
    shop.switch(3, Switch::Badges, Setting::Off);
    assert_eq!((on_card(&shop), on_its_own(&shop)), (true, true));
}

fn available(product: &Value) -> bool {
    let variants = product["variants"].as_array().expect("variants");
    let mut red = variants.iter().filter(|one| one["sku"] == "MUG-RED-S");
    red.next().expect("the red one")["available"] == true
}

#[test]
fn suggestions_and_filters_are_left_out() {
    let shop = Shop::open_with_search();
    let suggested = |shop: &Shop| json(&shop.api("/api/v1/suggest?q=mu"))["products"].clone();
    assert_ne!(suggested(&shop), serde_json::json!([]));
    shop.switch(1, Switch::Suggestions, Setting::Off);
    assert_eq!(suggested(&shop), serde_json::json!([]));

    shop.switch(2, Switch::Filters, Setting::Off);
    assert!(
        !shop
            .page("/collections/all?vendor=None")
            .contains("class=\"filters\"")
    );
    assert_eq!(
        shop.page("/collections/all?vendor=None"),
        shop.page("/collections/all")
    );
    assert!(is_switched_off(&shop.api("/api/v1/products?vendor=None")));
    assert!(is_switched_off(
        &shop.api("/api/v1/search?q=mug&vendor=None")
    ));
    assert_eq!(shop.api("/api/v1/products").status(), StatusCode::OK);
    shop.switch(3, Switch::Filters, Setting::On);
    assert!(shop.page("/collections/all").contains("class=\"filters\""));

    shop.switch(4, Switch::Listings, Setting::Static);
    assert!(is_switched_off(
        &shop.api("/api/v1/products?sort=price-asc")
    ));
    assert_eq!(shop.get("/collections/all").status(), StatusCode::OK);
}

#[test]
fn the_help_takes_no_feedback_while_content_is_read_only() {
    let shop = Shop::open_with_search();
    shop.switch(1, Switch::Content, Setting::ReadOnly);
    assert_eq!(shop.get("/help").status(), StatusCode::OK);
    let browser = shop.browser();
    let judged = browser.post("/help/returns/feedback", &[("helpful", "yes")]);
    assert_eq!(judged.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[test]
fn searches_are_not_counted_while_that_is_off() {
    let shop = Shop::open_with_search();
    shop.switch(1, Switch::SearchCounts, Setting::Off);
    for _ in 0..3 {
        shop.page("/search?q=mug");
    }
    let due = souk_storefront::tallies_due(&shop.instance, shop.world.now_ms.get());
    assert!(due.is_none());
    shop.switch(2, Switch::SearchCounts, Setting::On);
    shop.page("/search?q=mug");
    let due = souk_storefront::tallies_due(&shop.instance, shop.world.now_ms.get());
    assert!(due.is_some());
}

const OF_MUG: &str = "/api/v1/products/mug/recommendations";

#[test]
fn recommendations_are_the_popular_products_or_none() {
    let shop = Shop::open_with_search();
    shop.world
        .teach(&[(5, &["mug", "plate-3"]), (9, &["plate-9"])]);
    shop.world.pass_ms(INSIGHTS_TTL_MS);
    let source = |shop: &Shop| json(&shop.api(OF_MUG))["source"].clone();
    assert_eq!(source(&shop), "baskets");
    assert!(shop.page("/products/mug").contains("Often bought together"));
    shop.switch(1, Switch::Recommendations, Setting::Reduced);
    assert_eq!(source(&shop), "popular");
    let page = shop.page("/products/mug");
    assert!(page.contains("/products/plate-9") && !page.contains("Often bought together"));
    shop.switch(2, Switch::Recommendations, Setting::Off);
    assert_eq!(json(&shop.api(OF_MUG))["items"], serde_json::json!([]));
    assert!(!shop.page("/products/mug").contains("/products/plate-"));
}

#[test]
fn promotions_on_the_whole_order_rest_and_the_total_is_the_one_that_is_charged() {
    let shop = Shop::open_with_terms();
    let promotions = |quote: &Value| quote["adjustments"].as_array().expect("a list").len();
    let whole = json(&shop.quote(&cart()));
    assert_eq!(promotions(&whole), 1);
    shop.switch(1, Switch::Promotions, Setting::Reduced);
    let reduced = json(&shop.quote(&cart()));
    assert_eq!(promotions(&reduced), 0);
    let refused = reduced["not_applied"].as_array().expect("a list");
    let rests = |one: &&Value| one["code"] == "welcome10" && one["reason"] == "suspended";
    assert!(refused.iter().any(|one| rests(&one)), "{refused:?}");
    let placed = shop.order("reduced", &order_with(&reduced));
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
    assert_eq!(json(&placed)["total"]["amount"], reduced["total"]);
    // What was shown before counts as long as its quote does.
    let placed = shop.order("before", &order_with(&whole));
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
    assert_eq!(json(&placed)["total"]["amount"], whole["total"]);
    shop.switch(2, Switch::Promotions, Setting::On);
    assert_eq!(json(&shop.quote(&cart()))["total"], whole["total"]);
}
