//! Addresses that moved, and addresses with a slash too many.

use http::{StatusCode, header};
use souk_catalogue::{Catalogue, Redirect};

use crate::support::{Shop, fixture, request, text};

fn shop() -> Shop {
    let redirect = |(from, to): (&str, &str)| Redirect {
        from: from.to_owned(),
        to: to.to_owned(),
    };
    let catalogue = Catalogue {
        redirects: [
            ("/pages/about us", "/collections/tea"),
            ("/products/old-mug", "/products/mug?variant=MUG-RED-L#photo"),
            ("/products/gone", "/products/mug"),
            ("/products/mug", "/collections/tea"),
            ("/collections/all", "/collections/tea"),
            ("/cart", "/"),
            ("/api/v1/products/old", "/products/mug"),
            ("/journal", "https://blog.example/souk"),
        ]
        .map(redirect)
        .to_vec(),
        ..fixture::catalogue()
    };
    let shop = Shop::empty();
    shop.world.publish(&catalogue);
    shop
}

/// The status and where the answer leads.
fn answer(shop: &Shop, path: &str) -> (u16, String) {
    let response = shop.get(path);
    let location = response.headers().get(header::LOCATION);
    let location = location.map_or("", |location| location.to_str().expect("ASCII"));
    (response.status().as_u16(), location.to_owned())
}

#[test]
fn what_moved_is_found_at_its_new_address() {
    let shop = shop();
    for (path, location) in [
        ("/pages/about%20us", "/collections/tea"),
        ("/pages/about%20us/", "/collections/tea"),
        ("/products/old-mug", "/products/mug?variant=MUG-RED-L#photo"),
        (
            "/products/old-mug?utm=x",
            "/products/mug?variant=MUG-RED-L#photo",
        ),
        ("/products/gone?utm=x", "/products/mug?utm=x"),
        ("/zh/products/gone", "/zh/products/mug"),
        ("/zh/journal", "https://blog.example/souk"),
        ("/journal", "https://blog.example/souk"),
    ] {
        assert_eq!(answer(&shop, path), (301, location.to_owned()), "{path}");
    }
    // The next version, or a rollback, may not have the redirect.
    let response = shop.get("/journal");
    let kept = &response.headers()[header::CACHE_CONTROL];
    assert_eq!(kept, "no-store");
}

#[test]
fn a_redirect_never_stands_in_front_of_what_the_shop_answers() {
    let shop = shop();
    for path in [
        "/products/mug",
        "/collections/all",
        "/cart",
        "/zh/products/mug",
    ] {
        assert_eq!(shop.get(path).status(), StatusCode::OK, "{path}");
    }
    for path in [
        "/products/mug?variant=none",
        "/products/never-was",
        "/api/v1/products/old",
    ] {
        assert_eq!(answer(&shop, path), (404, String::new()), "{path}");
    }
    let post = shop.send(request("POST", "/journal", &[], ""));
    assert_ne!(
        post.status(),
        StatusCode::MOVED_PERMANENTLY,
        "{}",
        text(&post)
    );
}

#[test]
fn a_product_that_is_no_longer_sold_is_not_found_until_it_returns() {
    let shop = Shop::open();
    let last = format!("/products/plate-{}", fixture::PRODUCTS - 3);
    assert_eq!(shop.get(&last).status(), StatusCode::OK);
    let version = shop.world.publish(&fixture::next_catalogue());
    shop.world.pass_ms(souk_storefront::POINTER_TTL_MS);
    assert_eq!(shop.get(&last).status(), StatusCode::NOT_FOUND);
    shop.world.activate(version - 1);
    shop.world.pass_ms(souk_storefront::POINTER_TTL_MS);
    assert_eq!(shop.get(&last).status(), StatusCode::OK);
}

#[test]
fn a_page_has_one_address() {
    let shop = shop();
    for (path, location) in [
        ("/products/mug/", "/products/mug"),
        (
            "/products/mug/?variant=MUG-RED-L",
            "/products/mug?variant=MUG-RED-L",
        ),
        ("/zh/collections/tea//", "/zh/collections/tea"),
        ("/checkout/", "/checkout"),
    ] {
        assert_eq!(answer(&shop, path), (301, location.to_owned()), "{path}");
    }
    assert_eq!(answer(&shop, "//evil.example/"), (404, String::new()));
    assert_eq!(answer(&shop, "/api/v1/products/"), (404, String::new()));
    let mut shouted = request("GET", "/products/mug", &[("accept", "text/html")], "");
    let host = http::HeaderValue::from_static("SHOP.LOCALHOST");
    shouted.headers_mut().insert(header::HOST, host);
    let page = shop.send(shouted);
    let canonical = "<link rel=\"canonical\" href=\"http://shop.localhost/products/mug\">";
    assert!(text(&page).contains(canonical));
}

#[test]
fn a_store_that_fails_does_not_say_that_nothing_moved() {
    let shop = shop();
    assert_eq!(shop.get("/").status(), StatusCode::OK);
    shop.world.store_down.set(true);
    shop.world.shared.replace(None);
    assert_eq!(
        shop.get("/journal").status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
}
