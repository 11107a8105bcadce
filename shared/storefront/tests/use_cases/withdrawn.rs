//! A product that the shop does not sell any more: nowhere on the shelves, and no harm in a cart.

use http::StatusCode;

use crate::support::{Shop, fixture, text};

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
    for path in ["/api/v1/products?limit=100", "/sitemaps/products-1.xml"] {
        let listing = shop.page(path);
        assert!(listing.contains("plate-0"), "{path} lists nothing");
        assert!(!listing.contains(&format!("/{slug}<")), "{path}");
        assert!(!listing.contains(&format!("\"{slug}\"")), "{path}");
    }
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
