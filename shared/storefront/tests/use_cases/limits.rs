//! Limits as clients meet them, and strangers who try tokens.

use http::StatusCode;
use serde_json::{Value, json};
use souk_order_store::Limits;

use crate::checkout::submit;
use crate::support::shop::{order_of, order_request};
use crate::support::{Shop, fixture, json as body, request, text};

fn limited() -> Shop {
    let mut shop = Shop::open();
    shop.settings.clients.address_header = "cf-connecting-ip".to_owned();
    shop.world.limits.set(Limits {
        units_per_line: 3,
        units_per_order: 5,
        unpaid_units_per_buyer: 4,
        is_buyer_default: true,
        unpaid_units_per_client: 5,
        unpaid_percent_per_sku: 0,
    });
    shop
}

/// An order of a buyer from an address.
fn order(shop: &Shop, key: &str, email: &str, address: &str, units: i64) -> (u16, Value) {
    let mut order = order_of("MUG-RED-S", units);
    order["customer"]["email"] = email.into();
    let mut request = order_request(key, &order);
    let headers = request.headers_mut();
    headers.insert("cf-connecting-ip", address.parse().expect("a header"));
    if let Some(host) = shop.settings.address.base_url() {
        let host = host.trim_start_matches("https://");
        headers.insert("host", host.parse().expect("a host"));
        headers.insert("x-forwarded-proto", "https".parse().expect("a scheme"));
    }
    let response = shop.send(request);
    (response.status().as_u16(), body(&response))
}

fn assert_exceeds((status, problem): &(u16, Value), limit: &str, allowed: i64) {
    assert_eq!(*status, 409, "{problem}");
    assert_eq!(problem["type"], "/problems/limit-exceeded");
    assert_eq!(problem["limit"], limit);
    assert_eq!(problem["allowed"], allowed);
}

#[test]
fn the_problem_names_the_limit_and_what_it_allows() {
    let shop = limited();
    let refused = order(&shop, "a", "li@example.com", "203.0.113.1", 4);
    assert_exceeds(&refused, "units_per_line", 3);
    assert_eq!(refused.1["sku"], "MUG-RED-S");
    assert!(refused.1.get("available").is_none(), "{}", refused.1);
    assert_eq!(shop.world.orders(), 0);
    let (status, placed) = order(&shop, "a", "li@example.com", "203.0.113.1", 3);
    assert_eq!(status, 201, "{placed}");
    let metrics = text(&shop.get("/metrics"));
    assert!(
        metrics.contains("souk_orders_refused_by_reason_total{reason=\"limit\"} 1\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("souk_limit_refusals_total{limit=\"units_per_line\"} 1\n"),
        "{metrics}"
    );
}

/// A shop where a mug costs half of what an order may, so that two are just too many.
fn of_gold() -> Shop {
    let shop = Shop::open();
    let priced = "UPDATE stock SET unit_price = 4503599627370496 WHERE sku = 'MUG-RED-S' \
                  RETURNING sku";
    assert_eq!(shop.world.origin.text(priced), "MUG-RED-S");
    shop
}

#[test]
fn an_order_costs_at_most_what_every_client_can_hold() {
    let shop = of_gold();
    let asked = |units| {
        let response = shop.order("a", &order_of("MUG-RED-S", units));
        (response.status().as_u16(), body(&response))
    };
    let refused = asked(2);
    assert_exceeds(&refused, "order_total", (1 << 53) - 1);
    assert!(refused.1["detail"].to_string().contains("order fewer"));
    let (status, placed) = asked(1);
    assert_eq!(
        (status, &placed["total"]["amount"]),
        (201, &json!(1_i64 << 52))
    );

    let shop = Shop::open();
    let mut catalogue = fixture::catalogue();
    catalogue.products[0].variants[0].price_minor = 1 << 52;
    shop.world.publish(&catalogue);
    shop.world.pass_ms(60_000);
    let browser = shop.browser();
    browser.add("mug", "MUG-RED-S", "2");
    for page in [browser.get("/cart"), browser.get("/checkout")] {
        assert_eq!(page.status(), 200);
    }
    let page = text(&browser.get("/checkout"));
    assert!(page.contains("at most"), "{page}");
    let refused = submit(&browser, &page, &[]);
    assert_eq!(refused.status(), 409);
    assert!(text(&refused).contains("at most"));
}

#[test]
fn a_buyer_is_known_by_the_mailbox_and_a_client_by_the_address() {
    let shop = limited();
    let (first, second) = ("203.0.113.1", "203.0.113.2");
    assert_eq!(order(&shop, "a", "li@example.com", first, 3).0, 201);
    for email in ["li@example.com", "LI@example.com", "li+2@example.com"] {
        let refused = order(&shop, "b", email, second, 2);
        assert_exceeds(&refused, "unpaid_units_per_buyer", 4);
    }
    assert_eq!(order(&shop, "b", "han@example.com", first, 2).0, 201);
    let refused = order(&shop, "c", "wei@example.com", first, 1);
    assert_exceeds(&refused, "unpaid_units_per_client", 5);
    assert_eq!(order(&shop, "c", "wei@example.com", second, 1).0, 201);
    let taken = shop
        .world
        .origin
        .text("SELECT group_concat(takes) FROM orders");
    assert_eq!(taken.matches("\"client:").count(), 3, "{taken}");
    let tells = ["203.0.113", "example.com"].map(|secret| taken.contains(secret));
    assert_eq!(tells, [false; 2], "{taken}");
}

#[test]
fn load_tests_on_the_shops_own_machine_are_not_one_buyer() {
    let shop = limited();
    for key in ["a", "b", "c"] {
        assert_eq!(order(&shop, key, "li@example.com", "127.0.0.1", 3).0, 201);
    }
    let mut shop = limited();
    shop.settings.clients.count_loopback = true;
    assert_eq!(order(&shop, "a", "li@example.com", "127.0.0.1", 3).0, 201);
    let refused = order(&shop, "b", "li@example.com", "127.0.0.1", 3);
    assert_exceeds(&refused, "unpaid_units_per_buyer", 4);
    // What the shop sets by itself counts everywhere.
    let shop = limited();
    let limits = shop.world.limits.get();
    shop.world.limits.set(Limits {
        is_buyer_default: false,
        ..limits
    });
    assert_eq!(order(&shop, "a", "li@example.com", "127.0.0.1", 3).0, 201);
    let refused = order(&shop, "b", "li@example.com", "127.0.0.1", 3);
    assert_exceeds(&refused, "unpaid_units_per_buyer", 4);
}

/// Behind a proxy on the shop's machine every client comes from the loopback.
#[test]
fn a_public_shop_limits_buyers_whatever_it_is_told_of_clients() {
    for address in ["127.0.0.1:40000", "[::1]:40000", "nonsense", ""] {
        let mut shop = limited();
        shop.settings.address = Shop::at("https://shop.example", "").settings.address;
        let order = |key, email| order(&shop, key, email, address, 3);
        assert_eq!(order("a", "li@example.com").0, 201, "{address}");
        let refused = order("b", "li@example.com");
        assert_exceeds(&refused, "unpaid_units_per_buyer", 4);
        // Other shoppers can order: there is no account of all of them together.
        assert_eq!(order("c", "han@example.com").0, 201, "{address}");
        assert_eq!(order("d", "wei@example.com").0, 201, "{address}");

        let log = shop.world.log.borrow().join("\n");
        assert_eq!(log.matches("set CLIENT_ADDRESS_HEADER").count(), 1, "{log}");
        let mut scrape = request("GET", "/metrics", &[], "");
        let host = scrape.headers_mut();
        host.insert("host", "127.0.0.1:3000".parse().expect("a host"));
        let metrics = text(&shop.send(scrape));
        assert!(
            metrics.contains("\nsouk_clients_unknown_total 4\n"),
            "{metrics}"
        );
    }
}

#[test]
fn the_gate_is_asked_for_clients_that_are_known() {
    let mut shop = limited();
    shop.settings.address = Shop::at("https://shop.example", "").settings.address;
    for (key, address) in [
        ("a", "127.0.0.1:1"),
        ("b", "nonsense"),
        ("c", "203.0.113.1"),
    ] {
        assert_eq!(order(&shop, key, "li@example.com", address, 1).0, 201);
    }
    let asked = shop.world.gate_asked.borrow();
    assert_eq!(asked.len(), 1, "{asked:?}");
    let shop = limited();
    assert_eq!(order(&shop, "a", "li@example.com", "127.0.0.1:1", 1).0, 201);
    assert!(shop.world.gate_asked.borrow().is_empty());
}

#[test]
fn a_shopper_is_told_what_to_do() {
    let shop = limited();
    let browser = shop.browser();
    browser.add("mug", "MUG-RED-S", "4");
    let page = text(&browser.get("/checkout"));
    let refused = submit(&browser, &page, &[]);
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    let page = text(&refused);
    assert!(page.contains("One order can have 3 of"), "{page}");
    // The browser comes without an address: what the shop sets by itself counts for it too.
    let shop = limited();
    let limits = shop.world.limits.get();
    shop.world.limits.set(Limits {
        is_buyer_default: false,
        ..limits
    });
    assert_eq!(
        order(&shop, "a", "lilei@example.com", "203.0.113.1", 3).0,
        201
    );
    let browser = shop.browser();
    browser.add("mug", "MUG-RED-S", "2");
    let page = text(&browser.get("/checkout"));
    let refused = submit(&browser, &page, &[]);
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert!(text(&refused).contains("not paid yet"));
}

#[test]
fn a_stranger_who_tries_tokens_costs_the_origin_nothing() {
    let shop = Shop::open();
    let placed = body(&shop.order("a", &order_of("MUG-RED-S", 1)));
    let (id, token) = (
        placed["id"].as_str().unwrap(),
        placed["token"].as_str().unwrap(),
    );
    let other = body(&shop.order("b", &order_of("MUG-RED-S", 1)));
    let calls = shop.world.origin_calls.get();
    let wrong = [
        String::new(),
        "0".repeat(32),
        token.to_uppercase(),
        format!("{token}0"),
        other["token"].as_str().unwrap().to_owned(),
    ];
    for wrong in wrong.iter().filter(|wrong| *wrong != token) {
        for path in [
            format!("/orders/{id}?token={wrong}"),
            format!("/api/v1/orders/{id}?token={wrong}"),
            format!("/api/v1/orders/{id}/events?token={wrong}"),
            format!("/orders/18BCFE56800-0101010101?token={wrong}"),
        ] {
            assert_eq!(shop.get(&path).status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
    assert_eq!(shop.world.origin_calls.get(), calls);
    let path = format!("/api/v1/orders/{id}?token={token}");
    assert_eq!(shop.api(&path).status(), StatusCode::OK);
    assert_eq!(shop.world.origin_calls.get(), calls + 1);
}
