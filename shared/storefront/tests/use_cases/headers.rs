//! The token of an order in a header, old orders, and where flaws are reported.

use http::StatusCode;
use souk_protocol::origin::Action;

use crate::support::shop::order_of;
use crate::support::{Shop, json, request, text};

#[test]
fn the_token_of_an_order_may_come_as_a_bearer_token() {
    let shop = Shop::open();
    let order = json(&shop.order("key-1", &order_of("MUG-RED-S", 1)));
    let (id, token) = (order["id"].as_str(), order["token"].as_str());
    let (id, token) = (id.expect("a number"), token.expect("a token"));
    let right = format!("Bearer {token}");
    for path in [
        format!("/api/v1/orders/{id}"),
        format!("/api/v1/orders/{id}/events"),
    ] {
        let found = shop.send(request("GET", &path, &[("authorization", &right)], ""));
        assert_eq!(found.status(), StatusCode::OK, "{path}: {}", text(&found));
        // The header counts before the query.
        let with_query = format!("{path}?token={token}");
        let wrong = [("authorization", "Bearer 0123456789abcdef0123456789abcdef")];
        let refused = shop.send(request("GET", &with_query, &wrong, ""));
        assert_eq!(refused.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(shop.get(&with_query).status(), StatusCode::OK);
        assert_eq!(shop.get(&path).status(), StatusCode::NOT_FOUND);
    }
    // A page is opened by its address alone: a browser sends no such header.
    let page = shop.send(request(
        "GET",
        &format!("/orders/{id}"),
        &[("authorization", &right)],
        "",
    ));
    assert_eq!(page.status(), StatusCode::NOT_FOUND);
}

#[test]
fn security_txt_names_a_contact_and_an_end_and_is_not_there_without_one() {
    let mut shop = Shop::open();
    let path = "/.well-known/security.txt";
    let there = shop.get(path);
    assert_eq!(there.status(), StatusCode::OK);
    let said = text(&there);
    assert!(
        said.starts_with("Contact: mailto:security@shop.example\nExpires: 20"),
        "{said}"
    );
    assert_eq!(there.headers()["content-type"], "text/plain; charset=utf-8");
    for none in [
        "",
        "security@shop.example",
        "javascript:alert(1)",
        "mailto:a\nb",
    ] {
        none.clone_into(&mut shop.settings.security_contact);
        assert_eq!(shop.get(path).status(), StatusCode::NOT_FOUND, "{none:?}");
    }
}

const DAY_MS: i64 = 1000 * 60 * 60 * 24;

#[test]
fn an_old_order_is_opened_by_its_address_and_the_email_together() {
    let shop = Shop::open();
    let order = json(&shop.order("key-1", &order_of("MUG-RED-S", 1)));
    let (id, token) = (order["id"].as_str(), order["token"].as_str());
    let (id, token) = (id.expect("a number"), token.expect("a token"));
    let path = format!("/orders/{id}?token={token}");
    let api = format!("/api/v1{path}");
    let shows = |page: &str| page.contains("1 Wensan Road");
    shop.world.pass_ms(30 * DAY_MS);
    assert!(shows(&shop.page(&path)));
    assert_eq!(json(&shop.get(&api))["customer"]["name"], "Li Lei");
    shop.world.pass_ms(1);
    let browser = shop.browser();
    let asks = browser.get(&path);
    assert_eq!(asks.status(), StatusCode::OK);
    assert_eq!(asks.headers()["cache-control"], "no-store");
    assert_eq!(asks.headers()["referrer-policy"], "no-referrer");
    assert!(!shows(&text(&asks)) && text(&asks).contains("name=\"email\""));
    assert!(!text(&asks).contains("lilei@example.com"));
    let stripped = json(&shop.get(&api));
    assert_eq!(stripped["customer"]["name"], "");
    assert_eq!(stripped["total"], order["total"]);
    let open = format!("/orders/{id}/open");
    let fields = |email| [("token", token), ("email", email)];
    let wrong = browser.post(&open, &fields("someone@example.com"));
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!shows(&text(&browser.get(&path))));
    let other = browser.post(
        &open,
        &[
            ("token", "0".repeat(32).as_str()),
            ("email", "lilei@example.com"),
        ],
    );
    assert_eq!(other.status(), StatusCode::NOT_FOUND);
    let right = browser.post(&open, &fields(" LiLei@Example.com "));
    assert_eq!(right.status(), StatusCode::SEE_OTHER, "{}", text(&right));
    let cookie = right.headers()["set-cookie"].to_str().expect("text");
    assert!(cookie.starts_with("__Host-souk_order="), "{cookie}");
    assert!(cookie.contains("; Secure") && cookie.contains("; Path=/"));
    assert!(shows(&text(&browser.get(&path))));
    // The answer is for this order and this browser, for an hour.
    assert!(!shows(&shop.page(&path)));
    let next = json(&shop.order("key-2", &order_of("MUG-RED-S", 1)));
    let next = format!(
        "/orders/{}?token={}",
        next["id"].as_str().expect("id"),
        next["token"].as_str().expect("token")
    );
    shop.world.pass_ms(60 * 60 * 1000);
    assert!(!shows(&text(&browser.get(&path))));
    assert!(shows(&text(&browser.get(&next))));
}

#[test]
fn the_history_of_an_old_order_has_no_free_texts_until_it_is_opened() {
    let shop = Shop::open();
    let order = json(&shop.order("key-1", &order_of("MUG-RED-S", 1)));
    let (id, token) = (order["id"].as_str(), order["token"].as_str());
    let (id, token) = (id.expect("a number"), token.expect("a token"));
    let cancel = Action::Cancel {
        reason: "Li Lei has moved".to_owned(),
    };
    shop.world.change(id, cancel);
    let paths = ["", "/events"].map(|end| format!("/api/v1/orders/{id}{end}?token={token}"));
    let browser = shop.browser();
    let show = || {
        paths
            .each_ref()
            .map(|path| text(&browser.get(path)).contains("has moved"))
    };
    assert_eq!(show(), [true, true]);
    shop.world.pass_ms(31 * DAY_MS);
    assert_eq!(show(), [false, false]);
    assert!(
        paths
            .iter()
            .all(|path| text(&browser.get(path)).contains("cancelled"))
    );
    let fields = [("token", token), ("email", "lilei@example.com")];
    browser.post(&format!("/orders/{id}/open"), &fields);
    assert_eq!(show(), [true, true]);
}

#[test]
fn e_mail_addresses_are_tried_on_an_old_order_as_often_as_orders_are_placed() {
    let mut shop = Shop::open();
    shop.settings.clients.address_header = "cf-connecting-ip".to_owned();
    let order = json(&shop.order("key-1", &order_of("MUG-RED-S", 1)));
    let (id, token) = (order["id"].as_str(), order["token"].as_str());
    let (id, token) = (id.expect("a number"), token.expect("a token"));
    shop.world.pass_ms(31 * DAY_MS);
    shop.world.gate_tries_max.set(Some(2));
    let open = |email: &str, token: &str, address: &str| {
        let path = format!("/orders/{id}/open");
        let fields = [("token", token), ("email", email)];
        let mut request = shop.browser().form(&path, &fields);
        let address = address.parse().expect("a header");
        request.headers_mut().insert("cf-connecting-ip", address);
        shop.send(request).status()
    };
    // Without the order's token nothing is compared, and nothing counts.
    let none = open("lilei@example.com", &"0".repeat(32), "203.0.113.7");
    assert_eq!(none, StatusCode::NOT_FOUND);
    for _ in 0..2 {
        let wrong = open("someone@example.com", token, "203.0.113.7");
        assert_eq!(wrong, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let right = open("lilei@example.com", token, "203.0.113.7");
    assert_eq!(right, StatusCode::TOO_MANY_REQUESTS);
    let elsewhere = open("lilei@example.com", token, "203.0.113.8");
    assert_eq!(elsewhere, StatusCode::SEE_OTHER);
}

#[test]
fn a_shop_may_leave_its_orders_open() {
    let mut shop = Shop::open();
    shop.settings.order_page_open_days = 0;
    let order = json(&shop.order("key-1", &order_of("MUG-RED-S", 1)));
    let (id, token) = (order["id"].as_str(), order["token"].as_str());
    let path = format!(
        "/orders/{}?token={}",
        id.expect("id"),
        token.expect("token")
    );
    shop.world.pass_ms(1_000 * DAY_MS);
    assert!(shop.page(&path).contains("1 Wensan Road"));
}
