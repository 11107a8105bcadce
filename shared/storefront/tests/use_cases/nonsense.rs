//! Whatever a client sends: no panic, no 5xx, nothing public that should not be.

use std::cell::RefCell;

use bytes::Bytes;
use http::{HeaderValue, Request};
use proptest::prelude::*;

use crate::support::Shop;
use crate::support::shop::order_of;

const WORDS: [&str; 24] = [
    "",
    "zh",
    "products",
    "collections",
    "mug",
    "all",
    "tea",
    "cart",
    "checkout",
    "orders",
    "api",
    "v1",
    "sitemaps",
    "products-1.xml",
    "media",
    "assets",
    "problems",
    "sold-out",
    "..",
    "%2e%2e",
    "%E8%8C%B6",
    "%ff",
    "%00",
    "openapi.json",
];
const PARAMETERS: [&str; 15] = [
    "limit",
    "cursor",
    "sort",
    "lang",
    "collection",
    "variant",
    "token",
    "placed",
    "x",
    "vendor",
    "tag",
    "option.Colour",
    "option.",
    "price.min",
    "price.max",
];
const VALUES: [&str; 14] = [
    "",
    "0",
    "1",
    "100",
    "99999999999999999999",
    "-1",
    "title",
    "price-desc",
    "zh",
    "MS4xLnRpdGxlLjA",
    "MS4xOC50aXRsZS40Mjk0OTY3Mjk1",
    "all",
    "MUG-RED-S",
    "%00%ff",
];
const HEADERS: [&str; 11] = [
    "accept",
    "cookie",
    "host",
    "if-none-match",
    "origin",
    "sec-fetch-site",
    "content-type",
    "idempotency-key",
    "x-forwarded-proto",
    "accept-language",
    "referer",
];
const HEADER_VALUES: [&str; 12] = [
    "text/html",
    "*/*",
    "souk_cart=W10.x; souk_cart",
    "souk_cart=\u{7f}",
    "https",
    "\"a\", W/\"b\"",
    "application/json",
    "application/json; charset=utf-8",
    "null",
    "a\"><script>",
    "key",
    "",
];

fn path() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        4 => proptest::sample::select(&WORDS[..]).prop_map(str::to_owned),
        1 => "[!-~&&[^?#]]{0,12}",
    ];
    proptest::collection::vec(segment, 0..6).prop_map(|segments| format!("/{}", segments.join("/")))
}

fn query() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        3 => proptest::sample::select(&VALUES[..]).prop_map(str::to_owned),
        1 => "[!-~&&[^#]]{0,40}",
    ];
    let pair = (proptest::sample::select(&PARAMETERS[..]), value);
    proptest::collection::vec(
        pair.prop_map(|(name, value)| format!("{name}={value}")),
        0..4,
    )
    .prop_map(|pairs| pairs.join("&"))
}

fn headers() -> impl Strategy<Value = Vec<(&'static str, Vec<u8>)>> {
    let value = prop_oneof![
        3 => proptest::sample::select(&HEADER_VALUES[..]).prop_map(|text| text.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..30),
    ];
    proptest::collection::vec((proptest::sample::select(&HEADERS[..]), value), 0..5)
}

/// Bytes, forms, and orders with one byte or one member changed.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let order = order_of("MUG-RED-S", 1).to_string().into_bytes();
    let changed = (Just(order), any::<proptest::sample::Index>(), any::<u8>());
    let pair = ("[a-z_]{1,12}", ".{0,20}");
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        changed.prop_map(|(mut order, place, byte)| {
            let place = place.index(order.len());
            order[place] = byte;
            order
        }),
        proptest::collection::vec(pair, 0..6).prop_map(|pairs| {
            let mut form =
                form_urlencoded::Serializer::new(String::from("action=add&sku=MUG-RED-S"));
            form.extend_pairs(pairs).finish().into_bytes()
        }),
    ]
}

fn request() -> impl Strategy<Value = Option<Request<Bytes>>> {
    let method = proptest::sample::select(&["GET", "HEAD", "POST", "PUT", "OPTIONS"][..]);
    (method, path(), query(), headers(), body()).prop_map(|(method, path, query, headers, body)| {
        let mut builder = Request::builder()
            .method(method)
            .uri(format!("{path}?{query}"));
        for (name, value) in headers {
            builder = builder.header(name, HeaderValue::from_bytes(&value).ok()?);
        }
        builder.body(Bytes::from(body)).ok()
    })
}

thread_local! {
    static SHOP: RefCell<Option<Shop>> = const { RefCell::new(None) };
}

fn check(request: Request<Bytes>) -> Result<(), TestCaseError> {
    SHOP.with_borrow_mut(|shop| {
        let shop = shop.get_or_insert_with(|| Shop::at("http://shop.localhost", ""));
        let what = format!("{request:?}");
        let response = shop.send(request);
        prop_assert!(
            !response.status().is_server_error(),
            "{} for {what}",
            response.status()
        );
        let public = response.headers()["cache-control"] != "no-store";
        prop_assert!(
            !public || !response.headers().contains_key("set-cookie"),
            "{what}"
        );
        prop_assert!(
            response.headers().contains_key("x-content-type-options"),
            "{what}"
        );
        if let Some(location) = response.headers().get("location") {
            let location = location.to_str().unwrap_or_default();
            prop_assert!(
                location.starts_with('/') && !location.starts_with("//"),
                "{location}"
            );
        }
        Ok(())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_request_breaks_the_shop(request in request()) {
        if let Some(request) = request {
            check(request)?;
        }
    }

    #[test]
    fn no_order_breaks_the_shop(body in body(), key in "[!-~]{1,20}") {
        let request = Request::post("/api/v1/orders")
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(Bytes::from(body));
        check(request.expect("a request"))?;
    }

    #[test]
    fn no_name_breaks_a_page(name in ".{0,60}") {
        let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let name = name.replace('+', "%20");
        for path in [
            format!("/products/{name}"),
            format!("/zh/collections/{name}?sort={name}&cursor={name}"),
            format!("/products/mug?variant={name}"),
            format!("/orders/{name}?token={name}"),
            format!("/api/v1/products/{name}?lang={name}"),
            format!("/problems/{name}"),
        ] {
            check(Request::get(path).header("accept", "text/html").body(Bytes::new()).expect("a request"))?;
        }
    }
}
