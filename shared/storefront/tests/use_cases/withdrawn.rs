//! A product that the shop does not sell any more: nowhere on the shelves, and no harm in a cart.

use http::StatusCode;

use crate::support::{Shop, fixture, request, text};

/// The last plate, which the next catalogue does not have.
fn withdrawn() -> (String, String) {
    let catalogue = fixture::catalogue();
    let last = catalogue.products.last().expect("a product");
    (last.slug.clone(), last.variants[0].sku.clone())
}

#[test]
fn a_withdrawn_product_has_no_page_and_stands_in_no_listing() {
    let (slug, _) = withdrawn();
    let shop = Shop::open();
    let addresses = [
        format!("/products/{slug}"),
        format!("/zh/products/{slug}"),
        format!("/api/v1/products/{slug}"),
    ];
    for path in &addresses {
        assert_eq!(shop.get(path).status(), StatusCode::OK, "{path}");
    }
    shop.world.publish(&fixture::next_catalogue());
    shop.world.pass_ms(60_000);
    for path in &addresses {
        assert_eq!(shop.get(path).status(), StatusCode::NOT_FOUND, "{path}");
    }
    for path in [
        "/api/v1/products?limit=100",
        "/api/v1/products?limit=100&collection=plain",
        "/api/v1/products?limit=100&vendor=Souk",
        "/sitemaps/products-1.xml",
    ] {
        let listing = shop.page(path);
        assert!(listing.contains("plate-0"), "{path} lists nothing");
        assert!(!listing.contains(&format!("/{slug}<")), "{path}");
        assert!(!listing.contains(&format!("\"{slug}\"")), "{path}");
    }
    let mut page = "/collections/all?sort=title".to_owned();
    loop {
        let listing = shop.page(&page);
        assert!(!listing.contains(&format!("/products/{slug}\"")), "{page}");
        let next = listing.split("<link rel=\"next\" href=\"").nth(1);
        let Some(next) = next.and_then(|rest| rest.split('"').next()) else {
            break;
        };
        page = next.replace("&amp;", "&");
    }
}

#[test]
fn no_tier_answers_with_the_page_of_a_withdrawn_product() {
    let (slug, _) = withdrawn();
    let path = format!("/products/{slug}");
    let mut shop = Shop::open();
    shop.page(&path);
    shop.page("/collections/plain");
    shop.world.publish(&fixture::next_catalogue());
    let before = shop.cached_response(&path);
    assert!(before.is_some(), "the pointer is not yet due");
    shop.world.pass_ms(souk_storefront::POINTER_TTL_MS);
    // Neither the memory of the instance, nor the shared cache of a new one, nor a validator that a
    // browser has.
    assert!(shop.cached_response(&path).is_none());
    let etag = before.expect("a response").headers()["etag"].clone();
    let etag = etag.to_str().expect("ASCII");
    let known = request("GET", &path, &[("if-none-match", etag)], "");
    assert_eq!(shop.send(known).status(), StatusCode::NOT_FOUND);
    shop.restart();
    assert_eq!(shop.get(&path).status(), StatusCode::NOT_FOUND);
    let missing = shop.get(&path);
    let kept = &missing.headers()["cache-control"];
    assert_eq!(kept, "no-store", "it may return");
}

#[test]
fn a_withdrawn_product_in_a_cart_is_named_as_gone_and_cannot_be_checked_out() {
    let (slug, sku) = withdrawn();
    let shop = Shop::open();
    let browser = shop.browser();
    browser.add(&slug, &sku, "1");
    let before = text(&browser.get("/cart"));
    assert!(before.contains("href=\"/checkout\""), "{before}");
    shop.world.publish(&fixture::next_catalogue());
    shop.world.pass_ms(60_000);
    let after = text(&browser.get("/cart"));
    assert!(after.contains("No longer sold"), "{after}");
    assert!(!after.contains("href=\"/checkout\""), "{after}");
}
