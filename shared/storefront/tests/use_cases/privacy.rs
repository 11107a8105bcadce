//! Which caches may store which response.

use bytes::Bytes;
use http::{Response, StatusCode};

use crate::addresses::ROUTES;
use crate::support::{Fault, Shop, World, fixture, request, text};

fn is_public(response: &Response<Bytes>) -> bool {
    response.headers()["cache-control"] != "no-store"
}

/// What a state is called, and how a world gets into it.
type State = (&'static str, fn(&World));

/// Ways in which the world around a request can be.
const STATES: [State; 6] = [
    ("well", |_| {}),
    ("store down", |world| world.store_down.set(true)),
    ("availability snapshot down", |world| {
        world.signals_down.set(true)
    }),
    ("a new version", |world| {
        world.activate(world.stage(&fixture::next_catalogue()))
    }),
    ("nothing published", |world| {
        world.store.borrow_mut().clear()
    }),
    ("origin away", |world| {
        world
            .faults
            .borrow_mut()
            .extend(vec![Fault::RequestLost; 12]);
    }),
];

#[test]
fn a_response_with_a_cookie_is_never_public() {
    let mut cookies = 0;
    for (state, prepare) in STATES {
        for (path, methods) in ROUTES {
            for method in methods.split(", ") {
                for warm in [false, true] {
                    let shop = Shop::open();
                    let browser = shop.browser();
                    browser.add("mug", "MUG-RED-S", "1");
                    if warm {
                        browser.get(path);
                        shop.world.pass_ms(60_000);
                    }
                    prepare(&shop.world);
                    let fields = [("action", "add"), ("product", "mug"), ("sku", "MUG-BLUE-S")];
                    let mut request = browser.form(path, &fields);
                    *request.method_mut() = method.parse().expect("a method");
                    let response = shop.send(request);
                    let what = format!("{state}, warm {warm}: {method} {path}");
                    if response.headers().contains_key("set-cookie") {
                        cookies += 1;
                        assert!(!is_public(&response), "{what}");
                        assert!(!response.headers().contains_key("etag"), "{what}");
                    }
                    if response.status() != StatusCode::OK {
                        assert!(!is_public(&response), "{what}: a {}", response.status());
                    }
                }
            }
        }
    }
    assert!(cookies >= 10, "only {cookies} responses set a cookie");
}

#[test]
fn public_pages_are_the_same_with_and_without_a_cart() {
    let shop = Shop::open();
    let browser = shop.browser();
    browser.add("mug", "MUG-RED-S", "3");
    for (path, methods) in ROUTES {
        if !methods.starts_with("GET") || path == "/cart" || path == "/metrics" {
            continue;
        }
        let (with, without) = (browser.get(path), shop.get(path));
        if is_public(&without) {
            assert_eq!(with.body(), without.body(), "{path}");
            assert_eq!(with.headers(), without.headers(), "{path}");
        }
    }
}

#[test]
fn the_cart_of_one_never_shows_in_the_page_of_another() {
    let shop = Shop::open();
    let (li, han) = (shop.browser(), shop.browser());
    li.add("plate-3", "PLATE-3", "4");
    han.add("plate-5", "PLATE-5", "6");
    for path in [
        "/cart",
        "/zh/cart",
        "/checkout",
        "/zh/checkout",
        "/",
        "/collections/tea",
    ] {
        let (of_li, of_han, of_other) = (li.get(path), han.get(path), shop.get(path));
        assert!(!text(&of_li).contains("PLATE-5"), "{path}");
        assert!(!text(&of_han).contains("PLATE-3"), "{path}");
        let other = text(&of_other);
        assert!(
            !other.contains("PLATE-3") && !other.contains("PLATE-5"),
            "{path}"
        );
    }
    assert!(text(&li.get("/cart")).contains("PLATE-3"));
    assert!(text(&han.get("/cart")).contains("PLATE-5"));
}

#[test]
fn a_cart_that_was_tampered_with_is_empty() {
    let shop = Shop::open();
    let browser = shop.browser();
    browser.add("plate-3", "PLATE-3", "1");
    let cookie = browser.cookie.borrow().clone();
    let place = "souk_cart=".len() + 5;
    let forged = format!("{}A{}", &cookie[..place], &cookie[place + 1..]);
    for cookie in [
        forged.as_str(),
        "souk_cart=",
        "souk_cart=W10.AAAA",
        "souk_cart=...",
    ] {
        let page = shop.send(request("GET", "/cart", &[("cookie", cookie)], ""));
        assert_eq!(page.status(), StatusCode::OK);
        assert!(!text(&page).contains("PLATE-3"), "{cookie}");
    }
}

#[test]
fn only_the_token_opens_an_order() {
    let shop = Shop::open();
    let placed = shop.order("k", &crate::support::shop::order_of("PLATE-1", 1));
    let order = crate::support::json(&placed);
    let (id, token) = (
        order["id"].as_str().expect("id"),
        order["token"].as_str().expect("token"),
    );
    let right = shop.get(&format!("/orders/{id}?token={token}"));
    assert_eq!(right.status(), StatusCode::OK);
    assert_eq!(right.headers()["referrer-policy"], "no-referrer");
    assert_eq!(right.headers()["x-robots-tag"], "noindex");
    assert!(!is_public(&right));
    let other = "0".repeat(token.len());
    for query in [
        "",
        "?token=",
        "?token=x",
        &format!("?token={other}"),
        "?token=%00",
    ] {
        for path in ["/orders/", "/zh/orders/", "/api/v1/orders/"] {
            let response = shop.get(&format!("{path}{id}{query}"));
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path} {query}");
            assert!(
                !text(&response).contains("lilei@example.com"),
                "{path} {query}"
            );
        }
    }
}

#[test]
fn no_cache_stores_the_pages_of_one_shopper() {
    let shop = Shop::open();
    let browser = shop.browser();
    browser.add("mug", "MUG-RED-S", "1");
    for path in ["/cart", "/zh/cart", "/checkout", "/zh/checkout"] {
        let response = browser.get(path);
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert!(!is_public(&response), "{path}");
        assert!(!response.headers().contains_key("etag"), "{path}");
    }
}

#[test]
fn a_response_that_is_kept_is_given_under_its_own_host_only() {
    let shop = Shop::open();
    for path in ["/", "/products/mug", "/collections/tea"] {
        for host in ["one.localhost", "two.localhost", "one.localhost"] {
            let mut request = request("GET", path, &[("accept", "text/html")], "");
            let name = host.parse().expect("a name");
            request.headers_mut().insert("host", name);
            let page = text(&shop.send(request));
            assert!(page.contains(&format!("://{host}{path}")), "{host}{path}");
            let other = if host == "one.localhost" {
                "two"
            } else {
                "one"
            };
            assert!(
                !page.contains(&format!("{other}.localhost")),
                "{host}{path}"
            );
        }
    }
}
