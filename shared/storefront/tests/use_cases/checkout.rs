//! Cart and checkout as a browser without scripts uses them.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Response, StatusCode};

use crate::support::shop::Browser;
use crate::support::{Fault, Shop, text};

/// The hidden fields of the form on the page.
fn hidden(page: &str) -> BTreeMap<String, String> {
    let attribute = |tag: &str, name: &str| {
        let rest = tag.split(&format!("{name}=\"")).nth(1)?;
        Some(
            rest.split('"')
                .next()?
                .replace("&amp;", "&")
                .replace("&quot;", "\""),
        )
    };
    page.split("<input type=\"hidden\"")
        .skip(1)
        .filter_map(|rest| {
            let tag = rest.split('>').next()?;
            Some((attribute(tag, "name")?, attribute(tag, "value")?))
        })
        .collect()
}

const ADDRESS: [(&str, &str); 10] = [
    ("name", "Li Lei"),
    ("email", "lilei@example.com"),
    ("country", "CN"),
    ("region", "Zhejiang"),
    ("city", "Hangzhou"),
    ("postal_code", "310000"),
    ("line1", "1 Wensan Road"),
    ("line2", ""),
    ("delivery", "standard"),
    ("payment", "on_delivery"),
];

/// What the browser sends for the page it has, with some fields changed.
fn fill(page: &str, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut fields: BTreeMap<String, String> = hidden(page);
    for (name, value) in ADDRESS.iter().chain(changes) {
        fields.insert((*name).to_owned(), (*value).to_owned());
    }
    fields.into_iter().collect()
}

pub(crate) fn submit(
    browser: &Browser<'_>,
    page: &str,
    changes: &[(&str, &str)],
) -> Response<Bytes> {
    let fields = fill(page, changes);
    let fields: Vec<_> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    browser.post("/checkout", &fields)
}

/// A browser with a cart of these units, on the checkout page.
pub(crate) fn at_checkout<'a>(shop: &'a Shop, sku: &str, units: &str) -> (Browser<'a>, String) {
    let browser = shop.browser();
    assert_eq!(
        browser.add("mug", sku, units).status(),
        StatusCode::SEE_OTHER
    );
    let page = browser.get("/checkout");
    assert_eq!(page.status(), StatusCode::OK);
    (browser, text(&page))
}

#[test]
fn a_cart_becomes_an_order_and_is_empty_after_it() {
    let shop = Shop::open();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "2");
    let placed = submit(&browser, &page, &[("note", "Ring twice")]);
    assert_eq!(placed.status(), StatusCode::SEE_OTHER, "{}", text(&placed));
    assert_eq!(placed.headers()["cache-control"], "no-store");
    let location = placed.headers()["location"]
        .to_str()
        .expect("ASCII")
        .to_owned();
    let order = browser.get(&location);
    assert_eq!(order.status(), StatusCode::OK);
    for words in ["Stoneware mug", "Li Lei", "Ring twice", "25.98"] {
        assert!(text(&order).contains(words), "{words}");
    }
    assert!(
        !text(&browser.get("/cart")).contains("MUG-RED-S"),
        "the cart is empty"
    );
    let checkout = browser.get("/checkout");
    assert_eq!(
        checkout.headers()["location"],
        "/cart",
        "nothing to check out"
    );
    assert_eq!(shop.world.orders(), 1);
}

#[test]
fn submit_twice_returns_the_same_order() {
    let shop = Shop::open();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "2");
    let fields = fill(&page, &[]);
    let fields: Vec<_> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let (one, two) = (
        browser.form("/checkout", &fields),
        browser.form("/checkout", &fields),
    );
    let both = futures::future::join(shop.answer(one), shop.answer(two));
    let (one, two) = futures::executor::block_on(both);
    assert_eq!(one.status(), StatusCode::SEE_OTHER);
    assert_eq!(one.headers()["location"], two.headers()["location"]);
    assert_eq!(shop.world.orders(), 1);
}

#[test]
fn a_form_without_its_token_changes_nothing() {
    let shop = Shop::open();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "1");
    let (_, other_page) = at_checkout(&shop, "MUG-BLUE-S", "1");
    let other = hidden(&other_page);
    let own = hidden(&page);
    let (payload, signature) = own["csrf"].split_once('.').expect("a signature");
    let other_letter = if signature.starts_with('A') { 'B' } else { 'A' };
    let forged = format!("{payload}.{other_letter}{}", &signature[1..]);
    let cases: [(&str, Vec<(&str, &str)>); 5] = [
        ("missing", vec![("csrf", "")]),
        ("forged", vec![("csrf", &forged)]),
        ("no token at all", vec![("csrf", "nonsense")]),
        (
            "from another cart",
            vec![
                ("csrf", &other["csrf"]),
                ("idempotency_key", &other["idempotency_key"]),
            ],
        ),
        (
            "for another key",
            vec![("idempotency_key", &other["idempotency_key"])],
        ),
    ];
    for (what, changes) in cases {
        let response = submit(&browser, &page, &changes);
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{what}");
        assert!(!response.headers().contains_key("set-cookie"), "{what}");
    }
    shop.world.pass_ms(25 * 60 * 60 * 1000);
    assert_eq!(
        submit(&browser, &page, &[]).status(),
        StatusCode::FORBIDDEN,
        "too old"
    );
    assert_eq!(shop.world.orders(), 0);
}

#[test]
fn a_form_from_another_site_is_refused() {
    let shop = Shop::open();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "1");
    let fields = fill(&page, &[]);
    let fields: Vec<_> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let add = [("action", "add"), ("sku", "MUG-BLUE-S"), ("product", "mug")];
    for (path, fields) in [("/checkout", fields.as_slice()), ("/cart", add.as_slice())] {
        let mut form = browser.form(path, fields);
        form.headers_mut()
            .insert("sec-fetch-site", "cross-site".parse().expect("a value"));
        let response = shop.send(form);
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path}");
        let mut form = browser.form(path, fields);
        form.headers_mut().remove("sec-fetch-site");
        form.headers_mut()
            .insert("origin", "https://evil.example".parse().expect("a value"));
        assert_eq!(shop.send(form).status(), StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(shop.world.orders(), 0);
}

#[test]
fn what_is_wrong_is_shown_beside_what_was_typed() {
    let shop = Shop::open();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "1");
    let bad = [
        ("email", "no\"body"),
        ("city", ""),
        ("line1", "7 <b>Elm</b> Street"),
        ("note", "n1"),
    ];
    let again = submit(&browser, &page, &bad);
    assert_eq!(again.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let shown = text(&again);
    for kept in [
        "no&quot;body",
        "7 &lt;b&gt;Elm&lt;/b&gt; Street",
        "Li Lei",
        "310000",
        "n1",
    ] {
        assert!(shown.contains(kept), "{kept} is lost");
    }
    assert!(shown.contains("aria-invalid"), "the field is not marked");
    assert_eq!(
        hidden(&shown)["idempotency_key"],
        hidden(&page)["idempotency_key"]
    );
    assert_eq!(shop.world.orders(), 0);
    let placed = submit(&browser, &shown, &[]);
    assert_eq!(
        placed.status(),
        StatusCode::SEE_OTHER,
        "the page that came back works"
    );
}

#[test]
fn an_address_needs_what_addresses_of_its_country_have() {
    let shop = Shop::open();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "1");
    for country in ["KP", "XK"] {
        let option = format!("<option value=\"{country}\"");
        assert_eq!(
            page.matches(&option).count(),
            1,
            "all countries are offered"
        );
    }
    let american = [("country", "US"), ("region", ""), ("postal_code", "310000")];
    let again = submit(&browser, &page, &american);
    assert_eq!(again.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let shown = text(&again);
    assert!(shown.contains("State is required"));
    assert!(shown.contains("ZIP code: write it such as 95014"));
    for field in ["region", "postal_code"] {
        let input = shown.split(&format!("<input id=\"f-{field}\"")).nth(1);
        let input = input
            .and_then(|rest| rest.split('>').next())
            .expect("an input");
        assert!(input.contains(" aria-required=\"true\""), "{input}");
    }
    let texan = [
        ("country", "US"),
        ("region", "TX"),
        ("postal_code", "94043"),
    ];
    let again = submit(&browser, &page, &texan);
    assert!(text(&again).contains("ZIP code: this one does not belong to TX. Check both"));
    assert_eq!(shop.world.orders(), 0);
    // Hong Kong has no postal codes, Singapore no cities; in Kenya a region is optional.
    for (country, region, city, code) in [
        ("HK", "Kowloon", "", ""),
        ("SG", "", "", "068876"),
        ("AE", "Dubai", "", ""),
        ("KE", "", "Nairobi", ""),
        ("XK", "", "Prishtina", "10000"),
    ] {
        let (browser, page) = at_checkout(&shop, "MUG-RED-S", "1");
        let changes = [
            ("country", country),
            ("region", region),
            ("city", city),
            ("postal_code", code),
        ];
        let placed = submit(&browser, &page, &changes);
        assert_eq!(placed.status(), StatusCode::SEE_OTHER, "{country}");
    }
}

#[test]
fn the_form_shows_an_example_before_the_first_mistake() {
    let shop = Shop::open();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "1");
    assert!(page.contains("<option value=\"US\" data-a=\"1!b!0!95014\" selected>"));
    assert!(page.contains("For example: 95014</p>"), "{page}");
    let chinese = text(&browser.get("/zh/checkout"));
    assert!(chinese.contains("例如：266033</p>"), "{chinese}");
}

/// What the order's page says of an address that was typed so.
fn ordered(shop: &Shop, changes: &[(&str, &str)]) -> String {
    let (browser, page) = at_checkout(shop, "MUG-RED-S", "1");
    let placed = submit(&browser, &page, changes);
    assert_eq!(placed.status(), StatusCode::SEE_OTHER, "{changes:?}");
    let location = placed.headers()["location"].to_str().expect("ASCII");
    text(&browser.get(location))
}

#[test]
fn an_address_is_read_as_people_write_it_and_stored_as_their_country_does() {
    let shop = Shop::open();
    let cases = [
        ("DE", "", "Berlin", "D-10115", "10115 Berlin<br>"),
        ("AT", "", "Wien", "A-1010", "1010 Wien<br>"),
        ("FR", "", "Paris", "F-75001", "75001 Paris<br>"),
        ("SA", "", "Riyadh", "١١٥٦٤", "Riyadh 11564<br>"),
        ("EG", "", "Cairo", "١١٥٩٩", "11599<br>"),
        ("GB", "", "London", "sw1a2aa", "SW1A 2AA<br>"),
        ("CA", "ontario", "Ottawa", "k1a0b1", "Ottawa ON K1A 0B1<br>"),
        (
            "XK",
            "",
            "Prishtina",
            "10000",
            "10000 Prishtina<br>Kosovo<br>",
        ),
    ];
    for (country, region, city, code, line) in cases {
        let changes = [
            ("country", country),
            ("region", region),
            ("city", city),
            ("postal_code", code),
        ];
        let page = ordered(&shop, &changes);
        assert!(page.contains(line), "{country}: {page}");
    }
    let japanese = [
        ("country", "JP"),
        ("region", "東京都"),
        ("city", "世田谷区"),
        ("postal_code", "〒１５４－００２３"),
        ("line1", "若林 1-2-3"),
    ];
    let lines = "Japan<br>〒154-0023<br>東京都<br>世田谷区<br>若林 1-2-3<br>";
    assert!(ordered(&shop, &japanese).contains(lines));
    let chinese = [
        ("region", "浙江省"),
        ("city", "杭州市"),
        ("line1", "文三路 1 号"),
    ];
    let lines = "China<br>310000<br>浙江省杭州市<br>文三路 1 号<br>";
    assert!(ordered(&shop, &chinese).contains(lines));
}

#[test]
fn a_line_break_is_refused_where_a_field_has_one_line() {
    let shop = Shop::open();
    for field in [
        "name",
        "email",
        "region",
        "city",
        "postal_code",
        "line1",
        "line2",
    ] {
        let (browser, page) = at_checkout(&shop, "MUG-RED-S", "1");
        let again = submit(&browser, &page, &[(field, "T\r\nBcc: x@y.example")]);
        assert_eq!(again.status(), StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(
            text(&again).contains(&format!("id=\"e-{field}\"")),
            "{field}"
        );
    }
    assert_eq!(shop.world.orders(), 0);
    ordered(&shop, &[("note", "Ring twice.\r\nThen wait.")]);
}

#[test]
fn sold_out_at_the_checkout_is_said_and_nothing_is_lost() {
    let shop = Shop::open();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "11");
    let refused = submit(&browser, &page, &[("city", "Suzhou")]);
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    let shown = text(&refused);
    assert!(
        shown.contains("role=\"alert\"") && shown.contains("10"),
        "how many are left"
    );
    assert!(shown.contains("Suzhou"), "what was typed is kept");
    assert!(
        !refused.headers().contains_key("set-cookie"),
        "the cart is kept"
    );
    assert_eq!(shop.world.orders(), 0);
    let set = [("action", "set"), ("sku", "MUG-RED-S"), ("quantity", "10")];
    browser.post("/cart", &set);
    let page = text(&browser.get("/checkout"));
    assert_eq!(submit(&browser, &page, &[]).status(), StatusCode::SEE_OTHER);
}

#[test]
fn a_price_that_changed_is_shown_before_it_is_paid() {
    let shop = Shop::open();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "1");
    let next = crate::support::fixture::next_catalogue();
    shop.world.offer(&next, 0);
    let refused = submit(&browser, &page, &[]);
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert!(text(&refused).contains("13.99"), "the price that counts");
    assert_eq!(shop.world.orders(), 0);
    shop.world.publish(&next);
    shop.world.pass_ms(60_000);
    let page = text(&browser.get("/checkout"));
    assert_eq!(submit(&browser, &page, &[]).status(), StatusCode::SEE_OTHER);
}

#[test]
fn a_reply_lost_at_the_checkout_is_settled_by_the_same_form() {
    let shop = Shop::open();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "1");
    shop.world
        .faults
        .borrow_mut()
        .extend(vec![Fault::ReplyLost; 3]);
    let unknown = submit(&browser, &page, &[]);
    assert_eq!(unknown.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        !unknown.headers().contains_key("set-cookie"),
        "the cart is kept"
    );
    let shown = text(&unknown);
    assert!(!shown.contains("secret detail"));
    shop.world.faults.borrow_mut().clear();
    let settled = submit(&browser, &shown, &[]);
    assert_eq!(settled.status(), StatusCode::SEE_OTHER);
    assert_eq!(shop.world.orders(), 1);
    assert!(
        shop.world
            .log
            .borrow()
            .iter()
            .any(|line| line.contains("/checkout")),
        "a log line"
    );
}

#[test]
fn a_cart_has_bounds() {
    let shop = Shop::open();
    let browser = shop.browser();
    for n in 0..30 {
        let added = browser.add(&format!("plate-{n}"), &format!("PLATE-{n}"), "1");
        assert_eq!(added.status(), StatusCode::SEE_OTHER, "{n}");
    }
    let full = browser.add("plate-31", "PLATE-31", "1");
    assert_eq!(full.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(browser.cookie.borrow().len() < 4096, "browsers keep 4 KB");
    for quantity in ["-1", "1.5", "x", "99999999999"] {
        let bad = browser.add("plate-1", "PLATE-1", quantity);
        assert_eq!(bad.status(), StatusCode::BAD_REQUEST, "{quantity}");
    }
}

#[test]
fn the_journey_works_in_chinese() {
    let shop = Shop::open();
    let browser = shop.browser();
    let fields = [
        ("action", "add"),
        ("product", "mug"),
        ("sku", "MUG-RED-S"),
        ("quantity", "1"),
    ];
    let added = browser.post("/zh/cart", &fields);
    assert_eq!(added.headers()["location"], "/zh/cart");
    assert!(text(&browser.get("/zh/cart")).contains("陶杯"));
    let page = text(&browser.get("/zh/checkout"));
    let fields = fill(&page, &[]);
    let fields: Vec<_> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let placed = browser.post("/zh/checkout", &fields);
    let location = placed.headers()["location"]
        .to_str()
        .expect("ASCII")
        .to_owned();
    assert!(location.starts_with("/zh/orders/"), "{location}");
    assert!(text(&browser.get(&location)).contains("陶杯"));
}
