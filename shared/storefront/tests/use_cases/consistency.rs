//! Every kind of data while the edge cannot reach its owner: the promise of its class holds.

use http::StatusCode;
use serde_json::Value;
use souk_protocol::consistency::{Class, Data};
use souk_protocol::staff::Permission;
use souk_storefront::Instance;

use crate::support::back_office::BackOffice;
use crate::support::shop::order_of;
use crate::support::{Fault, Shop, fixture, json, request, text};
use crate::switches;

const SKU: &str = "MUG-RED-S";
/// Longer than any bound: a lasting outage.
const LONG_MS: i64 = 24 * 3_600_000;

/// Cuts or restores the connection between the edge and the owner of some data.
fn cut(shop: &Shop, data: Data, is_cut: bool) {
    let world = &shop.world;
    match data {
        Data::Catalogue => world.store_down.set(is_cut),
        Data::Badge | Data::Pulse => world.signals_down.set(is_cut),
        Data::Insights => world.insights_down.set(is_cut),
        Data::SoldOutHold => world.signals_down.set(is_cut),
        Data::Trade | Data::OrderIndex => {
            let faults = vec![Fault::RequestLost; if is_cut { 1_000 } else { 0 }];
            *world.faults.borrow_mut() = faults.into();
        }
        Data::StaffTokens | Data::SearchCounts => world.back_office_down.set(is_cut),
        // The cart has no such connection.
        Data::Cart => {}
    }
}

fn is_available(shop: &Shop) -> bool {
    let product = json(&shop.api("/api/v1/products/mug"));
    let variants = product["variants"].as_array().expect("a list");
    let variant = variants.iter().find(|variant| variant["sku"] == SKU);
    variant.expect("the variant")["available"] == true
}

/// What a reader sees, of data that may be late.
fn shown(shop: &Shop, data: Data) -> String {
    match data {
        Data::Catalogue => shop.page("/products/mug"),
        Data::Badge => is_available(shop).to_string(),
        Data::Pulse => json(&shop.api("/api/v1/status"))["level"].to_string(),
        Data::Insights => text(&shop.api("/api/v1/products/mug/recommendations")),
        Data::SoldOutHold
        | Data::Trade
        | Data::OrderIndex
        | Data::SearchCounts
        | Data::StaffTokens
        | Data::Cart => {
            unreachable!("{data:?}")
        }
    }
}

/// Changes the data at its owner.
fn change(shop: &Shop, data: Data) {
    match data {
        Data::Catalogue => {
            // Staff publish to the store; the edge cannot reach it.
            shop.world.publish(&fixture::next_catalogue());
        }
        Data::Insights => {
            shop.world.teach(&[(3, &["mug", "plate-3"])]);
        }
        Data::Pulse => {
            let pulse = switches::pulse(1, 2).encode().expect("a small pulse");
            shop.world.pulse.replace(pulse.into());
        }
        Data::Badge => {
            let placed = shop.order("all", &order_of(SKU, 10));
            assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
        }
        Data::SoldOutHold
        | Data::Trade
        | Data::OrderIndex
        | Data::SearchCounts
        | Data::StaffTokens
        | Data::Cart => {
            unreachable!("{data:?}")
        }
    }
}

/// What is kept in memory is read again when the clock steps, however it does: what was read in the
/// future is no fresher than what was read long ago.
fn is_followed_at_once_when_the_clock_steps(data: Data) {
    const HOUR_MS: i64 = 3_600_000;
    // It steps back; or it was ahead while the data was read, and is put right.
    for (ahead_ms, step_ms) in [(0, -HOUR_MS), (HOUR_MS, -HOUR_MS), (0, HOUR_MS)] {
        let shop = Shop::open();
        shop.world.pass_ms(ahead_ms);
        let before = shown(&shop, data);
        change(&shop, data);
        shop.world.pass_ms(step_ms);
        let after = shown(&shop, data);
        assert_ne!(after, before, "{data:?} is late after {ahead_ms} {step_ms}");
    }
}

#[test]
fn a_clock_that_steps_keeps_nothing_longer() {
    for data in [Data::Catalogue, Data::Badge, Data::Pulse, Data::Insights] {
        is_followed_at_once_when_the_clock_steps(data);
    }
}

fn is_shown_meanwhile_and_followed_in_time(data: Data, bound_ms: i64) {
    let shop = Shop::open();
    let before = shown(&shop, data);
    cut(&shop, data, true);
    change(&shop, data);
    for _ in 0..3 {
        shop.world.pass_ms(LONG_MS);
        assert_eq!(shown(&shop, data), before, "{data:?} goes on being shown");
    }
    cut(&shop, data, false);
    shop.world.pass_ms(bound_ms);
    let after = shown(&shop, data);
    assert_ne!(after, before, "{data:?} is late");
    let fresh = Shop {
        instance: Instance::new(),
        ..shop
    };
    assert_eq!(shown(&fresh, data), after, "{data:?} is the owner's");
}

fn is_never_guessed() {
    let shop = Shop::open();
    let placed = shop.order("before", &order_of(SKU, 1));
    let order: Value = json(&placed);
    let of = |name: &str| order[name].as_str().expect("a text").to_owned();
    let address = format!("/api/v1/orders/{}?token={}", of("id"), of("token"));
    assert_eq!(shop.api(&address).status(), StatusCode::OK);

    cut(&shop, Data::Trade, true);
    for _ in 0..3 {
        let read = shop.api(&address);
        assert_eq!(
            read.status(),
            StatusCode::SERVICE_UNAVAILABLE,
            "{}",
            text(&read)
        );
        let written = shop.order("during", &order_of(SKU, 1));
        assert_eq!(written.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(written.headers().contains_key("retry-after"));
        let again = shop.order("before", &order_of(SKU, 1));
        assert_eq!(
            again.status(),
            StatusCode::SERVICE_UNAVAILABLE,
            "not from memory"
        );
        shop.world.pass_ms(1_000);
    }
    assert_eq!(shop.world.orders(), 1);
    assert!(is_available(&shop), "browsing goes on");

    cut(&shop, Data::Trade, false);
    // Until the breaker sends a probe.
    shop.world.pass_ms(16_000);
    assert_eq!(json(&shop.api(&address)), order, "at once as it is");
    let again = shop.order("before", &order_of(SKU, 1));
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(
        shop.order("during", &order_of(SKU, 9)).status(),
        StatusCode::CREATED
    );
    let late = shop.order("late", &order_of(SKU, 1));
    assert_eq!(late.status(), StatusCode::CONFLICT, "nothing is sold twice");
}

fn is_honoured_no_longer_than_it_says(bound_ms: i64) {
    let shop = Shop::open();
    let buy = |key: &str| shop.order(key, &order_of(SKU, 1)).status();
    for n in 0..10 {
        assert_eq!(buy(&format!("sold-{n}")), StatusCode::CREATED);
    }
    for n in 0..16 {
        assert_eq!(buy(&format!("crowd-{n}")), StatusCode::CONFLICT);
    }
    // Neither the edge nor the sold-out hold learns of the returned unit.
    cut(&shop, Data::SoldOutHold, true);
    shop.world.receive(SKU, 1);
    assert_eq!(buy("early"), StatusCode::CONFLICT);
    shop.world.pass_ms(bound_ms - 1);
    assert_eq!(
        buy("last moment"),
        StatusCode::CONFLICT,
        "as the origin says"
    );
    shop.world.pass_ms(1);
    assert_eq!(buy("in time"), StatusCode::CREATED);
}

fn is_known_for_no_longer_than_it_says(bound_ms: i64) {
    let mut shop = Shop::open();
    shop.settings.metrics_are_public = false;
    let token = BackOffice(&shop.world).token("monitoring", &[Permission::Metrics]);
    let bearer = format!("Bearer {token}");
    let scrape = || {
        let headers = [("authorization", bearer.as_str())];
        shop.send(request("GET", "/metrics", &headers, "")).status()
    };
    assert_eq!(scrape(), StatusCode::OK);
    cut(&shop, Data::StaffTokens, true);
    shop.world.pass_ms(bound_ms - 1);
    assert_eq!(scrape(), StatusCode::OK);
    shop.world.pass_ms(1);
    assert_eq!(scrape(), StatusCode::SERVICE_UNAVAILABLE, "not from memory");
    cut(&shop, Data::StaffTokens, false);
    assert_eq!(scrape(), StatusCode::OK);
}

fn is_carried_by_the_client() {
    let mut shop = Shop::open();
    let cookie = {
        let browser = shop.browser();
        browser.add("mug", SKU, "2");
        browser.cookie.take()
    };
    // Another instance, which has not seen the cart. It can only read the catalogue, for the names
    // of the products in the cart.
    for data in Data::ALL
        .into_iter()
        .filter(|&data| data != Data::Catalogue)
    {
        cut(&shop, data, true);
    }
    shop.restart();
    let browser = shop.browser();
    browser.cookie.replace(cookie);
    let cart = text(&browser.get("/cart"));
    assert!(cart.contains("value=\"2\""), "{cart}");
}

fn is_lost_and_keeps_no_shopper_waiting(bound_ms: i64) {
    let shop = Shop::open_with_search();
    let search = || shop.api("/api/v1/search?q=mug").status();
    let counted = || {
        let sum = "SELECT coalesce(sum(searches), 0) FROM search_tally";
        shop.world.back_office.database.number(sum)
    };
    cut(&shop, Data::SearchCounts, true);
    assert_eq!(search(), StatusCode::OK);
    assert!(!shop.send_tallies());
    cut(&shop, Data::SearchCounts, false);
    shop.world.pass_ms(bound_ms);
    assert!(!shop.send_tallies(), "it is not kept");
    assert_eq!((search(), counted()), (StatusCode::OK, 0));
    assert!(shop.send_tallies());
    assert_eq!(counted(), 1);
}

#[test]
fn every_kind_of_data_keeps_to_its_class_when_its_owner_is_cut_off() {
    for data in Data::ALL {
        match (data, data.class()) {
            // Its readers are staff; `tests/contract` cuts it off from the origin.
            (Data::OrderIndex, _) => {}
            (Data::StaffTokens, class) => is_known_for_no_longer_than_it_says(class.bound_ms()),
            (_, Class::Eventual { ms }) => is_shown_meanwhile_and_followed_in_time(data, ms),
            (_, Class::Strict) => is_never_guessed(),
            (_, Class::Honoured { ms }) => is_honoured_no_longer_than_it_says(ms),
            (_, Class::Lossy { ms }) => is_lost_and_keeps_no_shopper_waiting(ms),
            (_, Class::Carried) => is_carried_by_the_client(),
        }
    }
}
