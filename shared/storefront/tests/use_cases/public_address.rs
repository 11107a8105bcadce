//! The hosts that are the shop's, HTTPS, and what a shop with wrong settings answers.

use http::{Request, Response, StatusCode, header};
use souk_storefront::closed;

use crate::support::{Shop, json, request, text};

/// The answer to a read at a scheme and a host.
fn get(shop: &Shop, asked: &str, path: &str) -> Response<bytes::Bytes> {
    let (scheme, host) = asked.split_once("://").expect("scheme and host");
    let headers = [("accept", "text/html"), ("x-forwarded-proto", scheme)];
    let mut request = request("GET", path, &headers, "");
    let host = host.parse().expect("a host");
    request.headers_mut().insert("host", host);
    shop.send(request)
}

fn location(response: &Response<bytes::Bytes>) -> &str {
    let location = response.headers().get(header::LOCATION);
    location.map_or("", |value| value.to_str().expect("ASCII"))
}

const SHOP: &str = "https://shop.example";

#[test]
fn plain_http_and_other_hosts_of_the_shop_lead_to_its_address() {
    let shop = Shop::at(SHOP, "www.shop.example");
    for asked in [
        "http://shop.example",
        "http://www.shop.example",
        "https://www.shop.example",
    ] {
        for path in [
            "/",
            "/cart",
            "/orders/1?token=t",
            "/api/v1/products?limit=2",
        ] {
            let response = get(&shop, asked, path);
            assert_eq!(
                response.status(),
                StatusCode::PERMANENT_REDIRECT,
                "{asked}{path}"
            );
            assert_eq!(location(&response), format!("{SHOP}{path}"));
            assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        }
    }
    assert_eq!(get(&shop, SHOP, "/").status(), StatusCode::OK);
}

#[test]
fn a_host_that_is_not_the_shops_gets_nothing_of_it() {
    let shop = Shop::at(SHOP, "");
    for asked in [
        "https://evil.example",
        "http://127.0.0.1:3000",
        "https://shop.example.evil",
    ] {
        for path in ["/", "/robots.txt", "/sitemap.xml", "/products/mug", "/cart"] {
            let response = get(&shop, asked, path);
            assert_eq!(
                response.status(),
                StatusCode::MISDIRECTED_REQUEST,
                "{asked}{path}"
            );
            assert!(!text(&response).contains("evil"), "{asked}{path}");
        }
        let mut order = request("POST", "/api/v1/orders/1/payment", &[], "{}");
        let host = asked.split_once("://").expect("a host").1;
        order
            .headers_mut()
            .insert("host", host.parse().expect("a host"));
        assert_eq!(shop.send(order).status(), StatusCode::MISDIRECTED_REQUEST);
    }
    // A response that was kept for the shop's host is not given under another one.
    assert_eq!(get(&shop, SHOP, "/").status(), StatusCode::OK);
    let other = get(&shop, "https://evil.example", "/");
    assert_eq!(other.status(), StatusCode::MISDIRECTED_REQUEST);
}

#[test]
fn probes_answer_under_every_host_and_metrics_beside_the_shop_alone() {
    for shop in [Shop::at(SHOP, ""), Shop::open()] {
        for asked in [
            "http://127.0.0.1:3000",
            "http://10.1.2.3:3000",
            "http://shop.example",
            "https://evil.example",
        ] {
            for path in ["/healthz", "/readyz"] {
                let response = get(&shop, asked, path);
                assert_eq!(response.status(), StatusCode::OK, "{asked}{path}");
                let text = text(&response);
                assert!(!text.contains("shop"), "{asked}{path}: {text}");
            }
        }
    }
    let shop = Shop::at(SHOP, "");
    let beside = get(&shop, "http://127.0.0.1:3000", "/metrics");
    assert_eq!(beside.status(), StatusCode::OK);
    let other = get(&shop, "http://10.1.2.3:3000", "/metrics");
    assert_eq!(other.status(), StatusCode::MISDIRECTED_REQUEST);
}

#[test]
fn without_a_public_address_strangers_find_a_closed_shop() {
    let shop = Shop::open();
    for asked in [
        "http://shop.example",
        "https://shop.example",
        "http://10.0.0.1",
    ] {
        let response = get(&shop, asked, "/");
        assert_eq!(
            response.status(),
            StatusCode::SERVICE_UNAVAILABLE,
            "{asked}"
        );
        assert_eq!(json(&response)["type"], "/problems/unavailable");
    }
    let log = shop.world.log.borrow().join("\n");
    assert!(log.contains("BASE_URL"), "{log}");
    assert_eq!(
        get(&shop, "http://127.0.0.1:8787", "/").status(),
        StatusCode::OK
    );
}

#[test]
fn a_shop_with_wrong_settings_says_so_to_no_stranger() {
    for (path, status) in [
        ("/healthz", StatusCode::OK),
        ("/readyz", StatusCode::SERVICE_UNAVAILABLE),
        ("/", StatusCode::SERVICE_UNAVAILABLE),
        ("/api/v1/products", StatusCode::SERVICE_UNAVAILABLE),
    ] {
        let request = Request::get(path).body(bytes::Bytes::new());
        let response = closed(&request.expect("a request"));
        assert_eq!(response.status(), status, "{path}");
        assert!(!text(&response).contains("SECRET"), "{path}");
    }
}
