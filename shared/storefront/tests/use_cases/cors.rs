//! The API as pages of other origins call it in a browser.

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};

use souk_catalogue::Catalogue;

use crate::support::shop::order_of;
use crate::support::{Shop, about, fixture, request};

const APP: &str = "https://app.shop.example";
/// The origins that the shop names.
const ORIGINS: [&str; 2] = [APP, "http://localhost:5173"];

fn shop() -> Shop {
    let mut about = about::about();
    about.api_origins = ORIGINS.map(str::to_owned).to_vec();
    let shop = Shop::open();
    let catalogue = Catalogue {
        shop: Some(about::blobs(about, &["en", "zh"])),
        ..fixture::catalogue()
    };
    shop.world.publish(&catalogue);
    shop.world.pass_ms(60_000);
    shop
}

fn preflight(shop: &Shop, path: &str, origin: &str, method: &str) -> Response<Bytes> {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", method),
        (
            "access-control-request-headers",
            "content-type,idempotency-key",
        ),
    ];
    shop.send(request("OPTIONS", path, &headers, ""))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let value = headers
        .get(name)
        .map(|value| value.to_str().expect("ASCII"));
    value.unwrap_or_default()
}

#[test]
fn a_page_of_a_named_origin_may_ask_for_everything_that_the_api_does() {
    let shop = shop();
    for (path, method) in [
        ("/api/v1/orders", "POST"),
        ("/api/v1/products", "GET"),
        ("/api/v1/products/mug", "GET"),
        ("/api/v1/orders/X", "GET"),
        ("/api/v1/orders/X/events", "GET"),
        ("/api/v1/orders/X/payment", "POST"),
        ("/openapi.json", "GET"),
    ] {
        for origin in [APP, "http://localhost:5173"] {
            let response = preflight(&shop, path, origin, method);
            assert_eq!(response.status(), StatusCode::NO_CONTENT, "{path}");
            assert!(response.body().is_empty());
            let headers = response.headers();
            assert_eq!(text(headers, "access-control-allow-origin"), origin);
            assert_eq!(text(headers, "vary"), "Origin");
            let methods = text(headers, "access-control-allow-methods");
            assert!(
                methods.split(", ").any(|allowed| allowed == method),
                "{methods}"
            );
            let allowed = text(headers, "access-control-allow-headers").to_lowercase();
            for name in ["content-type", "idempotency-key", "authorization", "prefer"] {
                assert!(allowed.split(", ").any(|allowed| allowed == name), "{name}");
            }
            assert!(!headers.contains_key("access-control-allow-credentials"));
            assert_eq!(text(headers, "access-control-max-age"), "600");
        }
    }
}

#[test]
fn no_other_origin_and_no_page_of_the_shop_is_opened() {
    let shop = shop();
    for (path, origin) in [
        ("/api/v1/orders", "https://evil.example"),
        ("/api/v1/orders", "https://app.shop.example.evil.example"),
        ("/api/v1/orders", "http://app.shop.example"),
        ("/api/v1/orders", "null"),
        ("/api/v1/orders", ""),
        ("/checkout", APP),
        ("/cart", APP),
    ] {
        let response = preflight(&shop, path, origin, "POST");
        assert_eq!(
            response.status(),
            StatusCode::METHOD_NOT_ALLOWED,
            "{path} {origin}"
        );
        let headers = response.headers();
        assert!(
            !headers.contains_key("access-control-allow-origin"),
            "{path} {origin}"
        );
    }
    let unknown = preflight(&shop, "/api/v1/nothing", APP, "GET");
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    // A shop that names none answers as it did.
    let closed = Shop::open();
    let response = preflight(&closed, "/api/v1/orders", APP, "POST");
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    let read = closed.send(request(
        "GET",
        "/api/v1/products/mug",
        &[("origin", APP)],
        "",
    ));
    assert!(!read.headers().contains_key("vary"));
    assert!(!read.headers().contains_key("access-control-allow-origin"));
}

#[test]
fn a_page_of_a_named_origin_can_read_what_it_gets() {
    let shop = shop();
    let get = |path: &str, origin: &str| {
        let headers = [("accept", "application/json"), ("origin", origin)];
        shop.send(request("GET", path, &headers, ""))
    };
    // Twice, because the second one might come out of a cache; and for the other origin then.
    for origin in [
        APP,
        APP,
        "http://localhost:5173",
        "https://evil.example",
        "",
    ] {
        for (path, status) in [
            ("/api/v1/products/mug", 200),
            ("/api/v1/products?limit=2", 200),
            ("/api/v1/products/none", 404),
            ("/api/v1/products?limit=x", 400),
            ("/openapi.json", 200),
        ] {
            let response = get(path, origin);
            assert_eq!(response.status(), status, "{path} {origin}");
            let headers = response.headers();
            assert_eq!(text(headers, "vary"), "Origin", "{path}");
            let is_named = ORIGINS.contains(&origin);
            let allowed = if is_named { origin } else { "" };
            assert_eq!(
                text(headers, "access-control-allow-origin"),
                allowed,
                "{path}"
            );
            let exposed = text(headers, "access-control-expose-headers");
            assert_eq!(
                exposed.contains("Souk-Catalogue-Version"),
                is_named,
                "{exposed}"
            );
        }
        let page = get("/products/mug", origin);
        assert!(!page.headers().contains_key("access-control-allow-origin"));
    }
    let known = get("/api/v1/products/mug", APP).headers()["etag"].clone();
    let known = known.to_str().expect("ASCII");
    let headers = [("origin", APP), ("if-none-match", known)];
    let same = shop.send(request("GET", "/api/v1/products/mug", &headers, ""));
    assert_eq!(same.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(text(same.headers(), "access-control-allow-origin"), APP);
}

#[test]
fn a_page_of_a_named_origin_places_an_order() {
    let shop = shop();
    let headers = [
        ("origin", APP),
        ("content-type", "application/json"),
        ("idempotency-key", "cors-1"),
    ];
    let body = order_of("MUG-RED-S", 1).to_string();
    let placed = shop.send(request("POST", "/api/v1/orders", &headers, &body));
    assert_eq!(placed.status(), StatusCode::CREATED);
    assert_eq!(text(placed.headers(), "access-control-allow-origin"), APP);
    assert!(text(placed.headers(), "access-control-expose-headers").contains("Location"));
    let again = shop.send(request("POST", "/api/v1/orders", &headers, &body));
    assert_eq!(again.headers()["idempotent-replayed"], "true");
}
