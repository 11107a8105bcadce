//! What the catalogue says: languages, badges, validators.

use http::StatusCode;
use serde_json::json;

use crate::support::{Shop, fixture, json as body, request, text};

const PUBLIC: [&str; 9] = [
    "/",
    "/zh/",
    "/collections/tea",
    "/products/mug",
    "/developers",
    "/api/v1/products",
    "/api/v1/products/mug",
    "/openapi.json",
    "/sitemap.xml",
];

#[test]
fn a_known_etag_gets_304_without_a_body() {
    let shop = Shop::open();
    for path in PUBLIC {
        let first = shop.get(path);
        let etag = first.headers()["etag"].to_str().expect("ASCII").to_owned();
        for method in ["GET", "HEAD"] {
            let again = shop.send(request(method, path, &[("if-none-match", &etag)], ""));
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{method} {path}");
            assert!(again.body().is_empty(), "{method} {path}");
            assert_eq!(again.headers()["etag"], etag.as_str(), "{method} {path}");
            assert_eq!(
                again.headers()["cache-control"],
                first.headers()["cache-control"]
            );
            assert!(
                !again.headers().contains_key("content-length"),
                "{method} {path}"
            );
        }
        let other = shop.send(request("GET", path, &[("if-none-match", "\"other\"")], ""));
        assert_eq!(other.status(), StatusCode::OK, "{path}");
    }
}

#[test]
fn an_etag_changes_with_the_badge_and_with_the_price() {
    let shop = Shop::open();
    let etag = || shop.get("/api/v1/products/mug").headers()["etag"].clone();
    let first = etag();
    shop.order("k1", &crate::support::shop::order_of("MUG-RED-S", 10));
    shop.world.pass_ms(60_000);
    let sold_out = etag();
    assert_ne!(first, sold_out);
    shop.world.publish(&fixture::next_catalogue());
    shop.world.pass_ms(60_000);
    assert_ne!(etag(), sold_out);
}

#[test]
fn head_says_what_get_would() {
    let shop = Shop::open();
    let others = [
        "/cart",
        "/robots.txt",
        "/healthz",
        "/readyz",
        "/nowhere",
        "/api/v1/products/x",
    ];
    for path in PUBLIC.into_iter().chain(others) {
        let get = shop.send(request("GET", path, &[], ""));
        let head = shop.send(request("HEAD", path, &[], ""));
        assert_eq!(head.status(), get.status(), "{path}");
        assert!(head.body().is_empty(), "{path}");
        let length = get.body().len().to_string();
        assert_eq!(head.headers()["content-length"], length.as_str(), "{path}");
        for name in ["content-type", "cache-control", "etag"] {
            assert_eq!(
                head.headers().get(name),
                get.headers().get(name),
                "{path} {name}"
            );
        }
    }
}

#[test]
fn the_api_shows_a_product_in_the_published_shape() {
    let shop = Shop::open();
    let product = body(&shop.api("/api/v1/products/mug"));
    assert_eq!(product["slug"], "mug");
    assert_eq!(product["title"], "Stoneware mug");
    let variant = &product["variants"][3];
    assert_eq!(variant["sku"], "MUG-BLUE-L");
    assert_eq!(
        variant["options"],
        json!({"Colour": "Blue", "Size": "Large"})
    );
    assert_eq!(variant["price"], json!({"amount": 1599, "currency": "USD"}));
    assert_eq!(variant["available"], true);
    let zh = body(&shop.api("/api/v1/products/mug?lang=zh"));
    assert_eq!(zh["title"], "陶杯");
    assert_eq!(
        zh["variants"][3]["options"],
        json!({"颜色": "蓝", "尺寸": "大"})
    );
    let card = body(&shop.api("/api/v1/products?limit=1"))["items"][0].clone();
    assert_eq!(card["slug"], "mug");
    assert_eq!(
        card.get("description_html"),
        None,
        "a card has no description"
    );
    assert_eq!(card["images"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_variant_has_an_address_of_its_own() {
    let shop = Shop::open();
    assert!(
        shop.page("/products/mug?variant=MUG-BLUE-L")
            .contains("MUG-BLUE-L")
    );
    assert_eq!(
        shop.page("/products/mug?variant=nonsense"),
        shop.page("/products/mug"),
        "the variant that is shown without a name"
    );
}

#[test]
fn spaces_do_not_make_one_address_answer_for_another() {
    let shop = Shop::empty();
    let mut catalogue = fixture::catalogue();
    catalogue.products[0].variants[0].sku = "b c".to_owned();
    catalogue.products[0].variants.truncate(1);
    shop.world.publish(&catalogue);
    shop.page("/products/mug?variant=b%20c");
    assert_eq!(
        shop.get("/products/mug%20b?variant=c").status(),
        StatusCode::NOT_FOUND
    );
}

#[test]
fn what_a_merchant_writes_never_becomes_script() {
    let shop = Shop::open();
    let page = shop.page("/products/%E8%8C%B6-%E5%A3%B6");
    assert!(!page.contains("<script>alert"), "a title broke out");
    assert!(!page.contains("\"<1>\""), "a SKU broke out");
    for path in ["/collections/tea", "/"] {
        assert!(!shop.page(path).contains("<script>alert"), "{path}");
    }
}

#[test]
fn the_badge_follows_the_origin_within_its_bound() {
    let shop = Shop::open();
    let available = || body(&shop.api("/api/v1/products/mug"))["variants"][0]["available"].clone();
    assert_eq!(available(), true);
    let order = crate::support::shop::order_of("MUG-RED-S", 10);
    assert_eq!(shop.order("k1", &order).status(), StatusCode::CREATED);
    assert_eq!(available(), true, "the badge may be stale");
    shop.world.pass_ms(souk_storefront::SIGNALS_TTL_MS);
    assert_eq!(available(), false, "but not for longer than its bound");
    assert_eq!(
        body(&shop.api("/api/v1/products/mug"))["variants"][1]["available"],
        true
    );
}

#[test]
fn every_image_has_its_dimensions_and_words() {
    let shop = Shop::open();
    for path in [
        "/",
        "/collections/all",
        "/products/mug",
        "/zh/products/plate-3",
    ] {
        let page = shop.page(path);
        for tag in page
            .split("<img")
            .skip(1)
            .filter_map(|rest| rest.split('>').next())
        {
            for attribute in ["width=", "height=", "alt="] {
                assert!(tag.contains(attribute), "{path}: <img{tag}>");
            }
        }
    }
}

#[test]
fn every_page_refuses_scripts_of_others() {
    let shop = Shop::open();
    for path in [
        "/",
        "/zh/collections/all",
        "/products/mug",
        "/cart",
        "/nowhere",
        "/developers",
    ] {
        let response = shop.send(request(
            "GET",
            path,
            &[("accept", "text/html"), ("x-forwarded-proto", "https")],
            "",
        ));
        let headers = response.headers();
        let policy = headers["content-security-policy"].to_str().expect("ASCII");
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{path}"
        );
        assert!(headers.contains_key("strict-transport-security"), "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        let html = text(&response);
        assert!(
            !html.contains(" onclick=") && !html.contains(" style="),
            "{path}"
        );
        assert!(!html.contains("\"http://"), "{path}: mixed content");
    }
}

#[test]
fn a_product_is_not_among_those_beside_it() {
    let shop = Shop::open();
    for product in fixture::catalogue().products {
        let slug = product.slug;
        let page = shop.page(&format!("/products/{slug}"));
        let beside = page.split_once("id=\"related\"").expect("others").1;
        let beside = beside.split("</section>").next().unwrap_or_default();
        let cards: Vec<_> = beside.split("<li class=\"card\">").skip(1).collect();
        assert!((1..=4).contains(&cards.len()), "{slug}: {beside}");
        let own = format!("href=\"/products/{slug}\"");
        assert!(
            !cards.iter().any(|card| card.contains(&own)),
            "{slug}: {beside}"
        );
    }
}

#[test]
fn people_read_the_merchants_sku_and_orders_name_the_variant() {
    let shop = Shop::empty();
    let mut catalogue = fixture::catalogue();
    let variant = &mut catalogue.products[0].variants[0];
    variant.merchant_sku = Some("SHARED-1".to_owned());
    let sku = variant.sku.clone();
    shop.world.publish(&catalogue);
    let page = shop.page(&format!("/products/mug?variant={sku}"));
    assert!(page.contains("<code>SHARED-1</code>"), "{page}");
    assert!(page.contains(r#""sku":"SHARED-1""#), "{page}");
    let form = format!(r#"name="sku" value="{sku}""#);
    assert!(page.contains(&form), "{page}");
    let product = body(&shop.api("/api/v1/products/mug"));
    let first = &product["variants"][0];
    assert_eq!(first["sku"], json!(sku));
    assert_eq!(first["merchant_sku"], json!("SHARED-1"));
    assert_eq!(product["variants"][1].get("merchant_sku"), None);
}

#[test]
fn a_barcode_is_shown_to_people_and_to_machines() {
    let shop = Shop::empty();
    let mut catalogue = fixture::catalogue();
    let variants = &mut catalogue.products[0].variants;
    variants[0].barcode = Some("4006381333931".to_owned());
    variants[1].barcode = Some("SHELF 12 <b>".to_owned());
    shop.world.publish(&catalogue);
    let [first, second, third] = [0, 1, 2].map(|place| {
        let sku = &catalogue.products[0].variants[place].sku;
        shop.page(&format!("/zh/products/mug?variant={sku}"))
    });
    assert!(
        first.contains("条形码 <code>4006381333931</code>"),
        "{first}"
    );
    assert!(
        second.contains("条形码 <code>SHELF 12 &lt;b&gt;</code>"),
        "{second}"
    );
    assert!(!third.contains("条形码"), "{third}");
    // Structured data has a barcode that is a GTIN, and no other.
    assert_eq!(first.matches(r#""gtin":"4006381333931""#).count(), 1);
    assert_eq!(first.matches(r#""gtin""#).count(), 1);
    let product = body(&shop.api("/api/v1/products/mug"));
    let barcodes = product["variants"].as_array().expect("variants").iter();
    let barcodes: Vec<_> = barcodes.map(|variant| variant.get("barcode")).collect();
    let expected = [Some(&json!("4006381333931")), Some(&json!("SHELF 12 <b>"))];
    assert_eq!(barcodes[..2], expected);
    assert_eq!(barcodes[2..], [None, None]);
}
