//! Addresses that moved, that are written in another way, or as another shop system writes them:
//! each leads to its page in one step.

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
            ("/products/été", "/products/mug"),
            ("/collections/old", "/collections/tea"),
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
        "/products/never-was",
        "/products/never-was/",
        "/products/Never-Was?variant=1",
        "/collections/tea/products/never-was",
        "/collections/never-was/",
        "/api/v1/products/old",
        "/orders/18BCFE56800-0101010101?token=none",
        "//evil.example/products/mug/",
        "/%2Fevil.example/",
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

#[test]
fn a_page_is_found_whatever_the_case_and_the_form_of_its_letters() {
    let mut catalogue = fixture::catalogue();
    catalogue.products[0].slug = "café-mug".to_owned();
    let shop = Shop::empty();
    shop.world.publish(&catalogue);
    let cafe = "/products/caf%C3%A9-mug";
    for (path, location) in [
        ("/products/PLATE-1", "/products/plate-1"),
        ("/products/PLATE-1/", "/products/plate-1"),
        ("/Products/Plate-1?utm=x", "/products/plate-1?utm=x"),
        ("/products/Plate-1?variant=X", "/products/plate-1?variant=X"),
        ("/collections/ALL", "/collections/all"),
        ("/Collections/Tea?sort=title", "/collections/tea?sort=title"),
        ("/zh/collections/ALL//", "/zh/collections/all"),
        ("/ZH/Cart", "/zh/cart"),
        ("/zh//", "/zh"),
        ("/Checkout", "/checkout"),
        ("/products/Caf%C3%A9-mug", cafe),
        ("/products/CAF%C3%89-MUG", cafe),
        ("/products/cafe%CC%81-mug", cafe),
        ("/zh/products/CAFE%CC%81-MUG/", "/zh/products/caf%C3%A9-mug"),
        (
            "/orders/18BCFE56800-AB/?token=x",
            "/orders/18BCFE56800-AB?token=x",
        ),
    ] {
        assert_eq!(answer(&shop, path), (301, location.to_owned()), "{path}");
        let (address, _) = location.split_once('?').unwrap_or((location, ""));
        if !address.starts_with("/orders/") && !address.ends_with("/checkout") {
            assert_eq!(answer(&shop, address), (200, String::new()), "{address}");
        }
    }
    // The API has one answer for all of them.
    for path in [
        "/api/v1/products/CAFE%CC%81-MUG",
        "/api/v1/products?collection=Tea",
    ] {
        assert_eq!(shop.api(path).status(), StatusCode::OK, "{path}");
    }
}

#[test]
fn addresses_of_another_shop_system_lead_to_the_same_thing_here() {
    let shop = shop();
    for (path, location) in [
        ("/collections/tea/products/mug", "/products/mug"),
        ("/collections/never-was/products/MUG/", "/products/mug"),
        (
            "/collections/tea/products/mug?variant=MUG-RED-L",
            "/products/mug?variant=MUG-RED-L",
        ),
        ("/zh/collections/tea/products/mug", "/zh/products/mug"),
        ("/collections/tea/products/gone", "/products/mug"),
        ("/collections/tea/products/gone?variant=1", "/products/mug"),
        ("/products", "/collections/all"),
        ("/products/?page=2&utm=x", "/collections/all?utm=x"),
        ("/zh/products", "/zh/collections/all"),
        ("/Collections/", "/collections"),
    ] {
        assert_eq!(answer(&shop, path), (301, location.to_owned()), "{path}");
    }
}

#[test]
fn a_redirect_drops_what_meant_something_for_the_page_that_moved() {
    let shop = shop();
    for (path, location) in [
        ("/products/gone?variant=1", "/products/mug"),
        ("/products/gone?variant=1&utm=x", "/products/mug?utm=x"),
        (
            "/products/gone?utm=a%20b&v%61riant=1",
            "/products/mug?utm=a%20b",
        ),
        (
            "/collections/old?sort_by=title&page=2&filter.v.price.gte=1&gclid=7&cursor=x",
            "/collections/tea?gclid=7",
        ),
        (
            "/collections/old?sort=title&vendor=A&option.Size=S&price.min=1",
            "/collections/tea",
        ),
    ] {
        assert_eq!(answer(&shop, path), (301, location.to_owned()), "{path}");
        assert_eq!(answer(&shop, location), (200, String::new()), "{location}");
    }
}

#[test]
fn another_spelling_of_what_moved_leads_to_its_new_address_at_once() {
    let shop = shop();
    for path in [
        "/products/gone/",
        "/products/GONE",
        "/Products/Gone//?variant=1",
        "/products/%C3%A9t%C3%A9",
        "/products/e%CC%81te%CC%81/",
        "/products/%C3%89T%C3%89",
    ] {
        assert_eq!(
            answer(&shop, path),
            (301, "/products/mug".to_owned()),
            "{path}"
        );
    }
    for path in ["/zh/products/gone/", "/zh/products/Gone"] {
        let location = "/zh/products/mug".to_owned();
        assert_eq!(answer(&shop, path), (301, location), "{path}");
    }
}

#[test]
fn a_variant_that_a_product_does_not_have_shows_the_product() {
    let shop = Shop::open();
    let plain = shop.page("/products/mug");
    for variant in ["41565182099480", "MUG-GREEN-S", "%00", "mug-red-s%20%20x"] {
        let path = format!("/products/mug?variant={variant}");
        assert_eq!(shop.page(&path), plain, "{variant}");
        assert_eq!(shop.page(&path), plain, "{variant} once more");
    }
    let before = shop.instance.bytes_kept();
    for number in 0..500 {
        shop.page(&format!("/products/mug?variant={number}"));
    }
    assert_eq!(shop.instance.bytes_kept(), before, "one response for all");
    let chosen = shop.page("/products/mug?variant=MUG-BLUE-L");
    assert_ne!(chosen, plain);
    let gone = answer(&shop, "/products/none?variant=MUG-BLUE-L");
    assert_eq!(gone, (404, String::new()));
}

#[test]
fn a_list_names_every_collection() {
    let shop = Shop::open();
    for (path, everything, tea) in [
        ("/collections", "Everything", "Tea"),
        ("/zh/collections", "全部商品", "茶"),
    ] {
        let page = shop.page(path);
        let prefix = path.strip_suffix("/collections").expect("a prefix");
        let link = |slug: &str| format!("<h2><a href=\"{prefix}/collections/{slug}\">");
        for (slug, title) in [("all", everything), ("tea", tea)] {
            assert!(
                page.contains(&format!("{}{title}</a>", link(slug))),
                "{page}"
            );
        }
        assert!(page.contains(&link("plain")), "{page}");
        assert!(page.contains("<link rel=\"canonical\""));
        assert!(shop.cached_response(path).is_some(), "{path}");
    }
    let empty = Shop::empty();
    empty.world.publish(&souk_catalogue::Catalogue {
        currency: "USD".to_owned(),
        ..Catalogue::default()
    });
    assert_eq!(empty.get("/collections").status(), StatusCode::OK);
}
