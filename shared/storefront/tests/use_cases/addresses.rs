//! Which address answers which method, and what the others say.

use http::StatusCode;

use crate::support::{Shop, json, request, text};

/// Every route: an address and the methods that it answers.
pub(crate) const ROUTES: [(&str, &str); 35] = [
    ("/", "GET, HEAD"),
    ("/zh", "GET, HEAD"),
    ("/collections", "GET, HEAD"),
    ("/collections/all", "GET, HEAD"),
    ("/products/mug", "GET, HEAD"),
    ("/zh/products/mug", "GET, HEAD"),
    ("/sales/drop", "GET, HEAD"),
    ("/sales/drop/opening.ics", "GET, HEAD"),
    ("/sales/drop/place", "GET, HEAD, POST"),
    ("/sales/drop/buy/x", "GET, HEAD, POST"),
    ("/cart", "GET, HEAD, POST"),
    ("/checkout", "GET, HEAD, POST"),
    ("/orders/X?token=y", "GET, HEAD"),
    ("/orders/X/pay", "POST"),
    ("/orders/X/open", "POST"),
    ("/developers", "GET, HEAD"),
    ("/api/v1/shop", "GET, HEAD"),
    ("/api/v1/products", "GET, HEAD"),
    ("/api/v1/products/mug", "GET, HEAD"),
    ("/api/v1/sales/drop/tickets", "POST"),
    ("/api/v1/sales/drop/tickets/x", "GET, HEAD"),
    ("/api/v1/sales/drop/orders/x", "POST"),
    ("/api/v1/orders", "POST"),
    ("/api/v1/orders/X?token=y", "GET, HEAD"),
    ("/api/v1/orders/X/payment?token=y", "POST"),
    ("/openapi.json", "GET, HEAD"),
    ("/assets/x.css", "GET, HEAD"),
    ("/media/x.svg", "GET, HEAD"),
    ("/robots.txt", "GET, HEAD"),
    ("/.well-known/security.txt", "GET, HEAD"),
    ("/sitemap.xml", "GET, HEAD"),
    ("/sitemaps/products-1.xml", "GET, HEAD"),
    ("/healthz", "GET, HEAD"),
    ("/metrics", "GET, HEAD"),
    ("/problems/sold-out", "GET, HEAD"),
];

#[test]
fn a_wrong_method_gets_405_and_what_is_allowed() {
    let shop = Shop::open();
    for (path, allow) in ROUTES {
        for method in [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY",
        ] {
            let response = shop.send(request(method, path, &[], ""));
            if allow.split(", ").any(|allowed| allowed == method) {
                assert_ne!(
                    response.status(),
                    StatusCode::METHOD_NOT_ALLOWED,
                    "{method} {path}"
                );
            } else {
                assert_eq!(
                    response.status(),
                    StatusCode::METHOD_NOT_ALLOWED,
                    "{method} {path}"
                );
                assert_eq!(response.headers()["allow"], allow, "{method} {path}");
                if method != "HEAD" {
                    assert_eq!(json(&response)["type"], "/problems/method-not-allowed");
                }
            }
        }
    }
    let page = shop.send(request("PUT", "/cart", &[("accept", "text/html")], ""));
    assert_eq!(page.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(text(&page).starts_with("<!DOCTYPE html>"));
}

#[test]
fn an_unknown_address_is_a_page_or_a_problem_by_accept() {
    let shop = Shop::open();
    let unknown = [
        "/nowhere",
        "/products/none",
        "/collections/none",
        "/media/x",
        "/zh/zh",
        "//",
    ];
    for path in unknown {
        let page = shop.send(request("GET", path, &[("accept", "text/html")], ""));
        assert_eq!(page.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(text(&page).contains("<h1"), "{path}");
        assert!(text(&page).contains("noindex"), "{path}");
        for accept in ["application/json", "*/*", ""] {
            let problem = shop.send(request("GET", path, &[("accept", accept)], ""));
            assert_eq!(problem.status(), StatusCode::NOT_FOUND, "{path}");
            assert_eq!(
                problem.headers()["content-type"],
                "application/problem+json"
            );
            assert_eq!(json(&problem)["type"], "/problems/not-found", "{path}");
        }
    }
    let api = shop.get("/api/v1/products/none");
    assert_eq!(
        json(&api)["type"],
        "/problems/not-found",
        "the API answers every client in JSON"
    );
}

#[test]
fn every_problem_type_is_an_address_that_explains_it() {
    let shop = Shop::open();
    let manual = shop.page("/developers");
    for kind in souk_protocol::problem::ProblemKind::ALL {
        let response = shop.get(&format!("/problems/{}", kind.name()));
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        let location = response.headers()["location"].to_str().expect("ASCII");
        assert_eq!(location, format!("/developers#problem-{}", kind.name()));
        let anchor = location.split('#').nth(1).expect("a fragment");
        assert!(
            manual.contains(&format!("id=\"{anchor}\"")),
            "{anchor} leads nowhere"
        );
    }
    assert_eq!(shop.get("/problems/none").status(), StatusCode::NOT_FOUND);
}

#[test]
fn no_redirect_leaves_the_shop() {
    let shop = Shop::open();
    let evil = [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "%2f%2fevil.example",
        "javascript:alert(1)",
    ];
    let mut redirects = 0;
    for word in evil {
        let fields = [
            ("action", "add"),
            ("sku", "MUG-RED-S"),
            ("product", word),
            ("return_to", word),
            ("next", word),
        ];
        let browser = shop.browser();
        for path in [
            "/cart".to_owned(),
            "/zh/cart".to_owned(),
            format!("/cart?next={word}&return_to={word}"),
        ] {
            let mut form = browser.form(&path, &fields);
            form.headers_mut().remove("origin");
            form.headers_mut()
                .insert("x-forwarded-host", "evil.example".parse().expect("a value"));
            form.headers_mut()
                .insert("referer", "https://evil.example/".parse().expect("a value"));
            let response = shop.send(form);
            if let Some(location) = response.headers().get("location") {
                let location = location.to_str().expect("ASCII");
                assert!(location == "/cart" || location == "/zh/cart", "{location}");
                redirects += 1;
            }
        }
        for path in [
            format!("/{word}"),
            format!("/zh/{word}"),
            format!("/problems/{word}"),
        ] {
            if let Ok(uri) = path.parse::<http::Uri>() {
                let response = shop.get(&uri.to_string());
                assert!(!response.headers().contains_key("location"), "{path}");
            }
        }
    }
    assert!(redirects > 0, "nothing was redirected");
}
