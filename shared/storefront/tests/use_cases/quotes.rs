//! What a cart costs: quotes of the API, orders that name them, and the checkout without scripts.

use http::StatusCode;
use serde_json::{Value, json};
use souk_protocol::origin::{CODES_PATH, CodesReply, MakeCodes, REVOKED_PATH, Revoke, RevokeReply};

use crate::checkout::{at_checkout, hidden, submit};
use crate::support::shop::order_of;
use crate::support::terms::{terms, with_terms};
use crate::support::{Fault, Shop, fixture, json as body, text};

/// A cart of 12.99 and 2 × 15.99 for New York.
pub(crate) fn cart() -> Value {
    json!({
        "market": "us",
        "lines": [{"sku": "MUG-RED-S", "quantity": 1, "options": {}},
            {"sku": "MUG-BLUE-L", "quantity": 2}],
        "codes": ["welcome10", "OLD", "BIG", "NONE"],
        "points": 0,
        "place": {"country": "US", "region": "New York", "postal_code": "122071234"},
        "delivery": "standard",
    })
}

/// An order of the same for the same place.
pub(crate) fn order(quote: &Value) -> Value {
    let mut order = order_of("MUG-RED-S", 1);
    order["lines"] = json!([{"sku": "MUG-RED-S", "quantity": 1},
        {"sku": "MUG-BLUE-L", "quantity": 2}]);
    order["shipping_address"] = json!({"country": "US", "region": "NY", "city": "Albany",
        "postal_code": "12207-1234", "line1": "1 Main Street"});
    order["market"] = json!("us");
    order["codes"] = cart()["codes"].clone();
    order["quote"] = quote["quote"].clone();
    order
}

fn kind(response: &http::Response<bytes::Bytes>) -> (u16, String) {
    let kind = body(response)["type"].as_str().expect("a type").to_owned();
    let kind = kind.strip_prefix("/problems/").expect("a problem of ours");
    (response.status().as_u16(), kind.to_owned())
}

#[test]
fn a_quote_says_what_a_cart_costs_and_why() {
    let shop = Shop::open_with_terms();
    let answer = shop.quote(&cart());
    assert_eq!(answer.status(), StatusCode::OK, "{}", text(&answer));
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let mut quote = body(&answer);
    let signed = quote["quote"].take();
    assert!(signed.as_str().is_some_and(|text| text.len() < 120));
    let expected = json!({
        "quote": null,
        "expires_at": "2026-09-21T14:28:20Z",
        "market": "us",
        "currency": "USD",
        "lines": [
            {"sku": "MUG-RED-S", "quantity": 1, "unit_price": 1299, "subtotal": 1299,
                "discount": 130, "total": 1169},
            {"sku": "MUG-BLUE-L", "quantity": 2, "unit_price": 1599, "subtotal": 3198,
                "discount": 320, "total": 2878},
        ],
        "adjustments": [{
            "promotion": "welcome", "title": "10 % off your order", "code": "welcome10",
            "class": "order", "amount": 450,
            "allocations": [{"line": 0, "amount": 130}, {"line": 1, "amount": 320}],
        }],
        "not_applied": [
            {"code": "NONE", "reason": "unknown-code"},
            {"code": "BIG", "reason": "minimum-not-met"},
            {"code": "OLD", "reason": "ended"},
        ],
        "delivery_options": [
            {"id": "standard", "title": "Standard", "price": 500, "days": [2, 5]},
            {"id": "express", "title": "Express", "price": 1500, "days": [1, 1]},
        ],
        "subtotal": 4497,
        "shipping": 500,
        "tax": {"included": false, "total": 182, "parts": [
            {"name": "State tax", "percent": "4", "base": 4547, "amount": 182},
        ]},
        "total": 4729,
        "due": 4729,
    });
    assert_eq!(quote, expected);
    assert_eq!(shop.world.origin_calls.get(), 0, "no quote asks the origin");
    let headers = [("content-type", "application/json")];
    let chinese = crate::support::request(
        "POST",
        "/api/v1/quotes?lang=zh",
        &headers,
        &cart().to_string(),
    );
    assert_eq!(
        body(&shop.send(chinese))["adjustments"][0]["title"],
        "全单九折"
    );
}

#[test]
fn a_quote_follows_the_place_and_leaves_out_what_is_not_chosen() {
    let shop = Shop::open_with_terms();
    let mut far = cart();
    far["place"]["region"] = json!("AK");
    let far = body(&shop.quote(&far));
    assert_eq!(
        (&far["shipping"], &far["tax"]["total"]),
        (&json!(1900), &json!(0))
    );
    let bare = json!({"lines": [{"sku": "MUG-RED-S", "quantity": 2}]});
    let bare = body(&shop.quote(&bare));
    assert_eq!(
        (&bare["total"], &bare["market"]),
        (&json!(2598), &json!("us"))
    );
    assert_eq!(bare["delivery_options"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_version_without_terms_has_the_deliveries_of_its_settings() {
    let shop = Shop::open();
    let mut plain = cart();
    plain["market"] = Value::Null;
    plain["delivery"] = json!("express");
    let quote = body(&shop.quote(&plain));
    assert_eq!(quote["market"], "main");
    assert_eq!(
        (&quote["shipping"], &quote["total"]),
        (&json!(1500), &json!(5997))
    );
    assert_eq!(quote["delivery_options"][0]["title"], "Standard");
}

#[test]
fn what_has_no_price_is_named() {
    let shop = Shop::open_with_terms();
    let cases = [
        (
            "/market",
            json!("nowhere"),
            (422, "invalid-request"),
            "/market",
        ),
        ("/market", json!("eu"), (422, "unknown-sku"), "/lines/0/sku"),
        (
            "/lines/1/sku",
            json!("NO-SKU"),
            (422, "unknown-sku"),
            "/lines/1/sku",
        ),
        (
            "/delivery",
            json!("drone"),
            (422, "delivery-unavailable"),
            "/delivery",
        ),
        (
            "/place/country",
            json!("FR"),
            (422, "delivery-unavailable"),
            "/delivery",
        ),
        ("/points", json!(5), (422, "invalid-request"), "/points"),
        ("/points", json!("5"), (422, "invalid-request"), "/points"),
        (
            "/lines/0/options",
            json!({"text": "x"}),
            (422, "invalid-request"),
            "/lines/0/options/text",
        ),
        (
            "/lines/0/options",
            json!([]),
            (422, "invalid-request"),
            "/lines/0/options",
        ),
        ("/place", json!(["US"]), (422, "invalid-request"), "/place"),
        (
            "/lines/0/colour",
            json!("red"),
            (422, "invalid-request"),
            "/lines/0/colour",
        ),
    ];
    for (place, value, (status, name), pointer) in cases {
        let mut cart = cart();
        match cart.pointer_mut(place) {
            Some(found) => *found = value.clone(),
            None => {
                let (parent, member) = place.rsplit_once('/').expect("a pointer");
                let parent = cart.pointer_mut(parent).expect("the parent is there");
                parent[member] = value.clone();
            }
        }
        let refused = shop.quote(&cart);
        assert_eq!(kind(&refused), (status, name.to_owned()), "{place} {value}");
        let errors = &body(&refused)["errors"];
        assert_eq!(errors[0]["pointer"], pointer, "{errors}");
    }
    let text = crate::support::request("POST", "/api/v1/quotes", &[], &cart().to_string());
    assert_eq!(shop.send(text).status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[test]
fn an_order_that_names_its_quote_is_placed_and_one_for_something_else_is_not() {
    let shop = Shop::open_with_terms();
    let quote = body(&shop.quote(&cart()));
    let calls = shop.world.origin_calls.get();
    let forged = {
        let mut text = quote["quote"].as_str().expect("a text").to_owned();
        text.replace_range(..1, if text.starts_with('B') { "C" } else { "B" });
        json!(text)
    };
    let others = [
        ("/quote", forged),
        ("/quote", json!("nonsense")),
        ("/lines/0/quantity", json!(2)),
        ("/codes", json!(["welcome10"])),
        ("/delivery", json!("express")),
        ("/shipping_address/postal_code", json!("10001")),
    ];
    for (place, value) in others {
        let mut other = order(&quote);
        *other.pointer_mut(place).expect(place) = value;
        let refused = shop.order("key", &other);
        assert_eq!(kind(&refused), (409, "price-changed".to_owned()), "{place}");
        let new = &body(&refused)["quote"];
        assert!(
            new["total"].is_i64() && new["quote"].is_string(),
            "{place}: {new}"
        );
    }
    assert_eq!(
        shop.world.origin_calls.get(),
        calls,
        "the edge refuses by itself"
    );
    let mut far = order(&quote);
    far["shipping_address"]["country"] = json!("FR");
    far["shipping_address"]["region"] = json!("");
    far["shipping_address"]["postal_code"] = json!("75001");
    assert_eq!(
        kind(&shop.order("key", &far)),
        (422, "delivery-unavailable".to_owned())
    );
    let placed = shop.order("key", &order(&quote));
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
    assert_eq!(body(&placed)["total"]["amount"], quote["total"]);
    assert_eq!(shop.world.origin_calls.get(), calls + 1);
}

#[test]
fn a_quote_is_of_its_version_until_it_expires() {
    let shop = Shop::open_with_terms();
    let quote = body(&shop.quote(&cart()));
    let next = with_terms(fixture::next_catalogue(), &terms());
    shop.world.publish(&next);
    shop.world.pass_ms(14 * 60_000);
    let changed = body(&shop.quote(&cart()));
    assert_ne!(changed["total"], quote["total"], "prices went up");
    // The origin hears what the buyer was shown, and decides.
    let refusal = r#"{"quote_changed":{"total":1}}"#;
    let refuse = || {
        shop.world
            .faults
            .borrow_mut()
            .push_back(Fault::Answer(200, refusal))
    };
    for key in ["within", "beyond"] {
        refuse();
        let refused = shop.order(key, &order(&quote));
        assert_eq!(kind(&refused), (409, "price-changed".to_owned()), "{key}");
        assert_eq!(body(&refused)["quote"]["total"], changed["total"], "{key}");
        shop.world.pass_ms(2 * 60_000);
    }
}

#[test]
fn without_published_terms_an_expired_quote_that_is_no_longer_right_is_refused() {
    let shop = Shop::open();
    let mut plain = cart();
    plain["market"] = Value::Null;
    let quote = body(&shop.quote(&plain));
    let mut order = order(&quote);
    order.as_object_mut().expect("an object").remove("market");
    let next = fixture::next_catalogue();
    shop.world.publish(&next);
    shop.world.offer(&next, 0);
    shop.world.pass_ms(16 * 60_000);
    let refused = shop.order("key", &order);
    assert_eq!(
        kind(&refused),
        (409, "price-changed".to_owned()),
        "{}",
        text(&refused)
    );
    order["quote"] = body(&refused)["quote"]["quote"].clone();
    let placed = shop.order("key", &order);
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
}

#[test]
fn a_promotion_that_is_used_up_is_left_out_of_the_new_quote() {
    let shop = Shop::open_with_terms();
    let quote = body(&shop.quote(&cart()));
    let refusal = r#"{"promotion_unavailable":{"promotion":"welcome","reason":"used-up"}}"#;
    let refuse = || {
        shop.world
            .faults
            .borrow_mut()
            .push_back(Fault::Answer(200, refusal))
    };
    refuse();
    let refused = shop.order("key", &order(&quote));
    assert_eq!(kind(&refused), (409, "promotion-unavailable".to_owned()));
    let problem = body(&refused);
    assert_eq!(
        (&problem["promotion"], &problem["reason"]),
        (&json!("welcome"), &json!("used-up"))
    );
    let new = &problem["quote"];
    assert_eq!(new["adjustments"], json!([]));
    let not_applied = new["not_applied"].as_array().expect("a list");
    assert!(
        not_applied.contains(&json!({"code": "welcome10", "reason": "used-up"})),
        "{new}"
    );
    // The new quote is for the same order: it stays without the promotion.
    let placed = shop.order("key", &order(new));
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
    assert_eq!(body(&placed)["total"]["amount"], new["total"]);
}

/// A shop in which the code WELCOME10 is one of a series instead.
fn with_series() -> Shop {
    let mut terms = terms();
    terms.promotions[0].codes = Some(Vec::new());
    let shop = Shop::empty();
    let catalogue = with_terms(fixture::catalogue(), &terms);
    shop.world.publish(&catalogue);
    shop.world.offer(&catalogue, 10);
    shop
}

fn codes_of(shop: &Shop, promotion: &str) -> CodesReply {
    let asked = MakeCodes {
        promotion: promotion.to_owned(),
        first: (1 << 45) - 2,
        count: 3,
    };
    shop.world.tell_origin(CODES_PATH, &asked)
}

#[test]
fn a_code_of_a_series_is_good_for_one_order() {
    let shop = with_series();
    let CodesReply::Done { codes } = codes_of(&shop, "welcome") else {
        panic!("no codes");
    };
    assert_eq!(
        codes_of(&shop, "welcome"),
        CodesReply::Done {
            codes: codes.clone()
        }
    );
    assert_eq!(codes_of(&shop, "old"), CodesReply::NoSeries);
    assert_eq!(codes_of(&shop, "none"), CodesReply::UnknownPromotion);
    let with = |code: &str| {
        let mut cart = cart();
        cart["codes"] = json!([code]);
        let quote = body(&shop.quote(&cart));
        let mut order = order(&quote);
        order["codes"] = json!([code]);
        (quote, order)
    };
    let (quote, first) = with(&codes[0]);
    assert_eq!(quote["adjustments"][0]["promotion"], "welcome", "{quote}");
    let placed = shop.order("a", &first);
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
    assert_eq!(shop.order("a", &first).status(), StatusCode::OK);
    let (_, again) = with(&codes[0].to_lowercase());
    let refused = shop.order("b", &again);
    assert_eq!(kind(&refused), (409, "promotion-unavailable".to_owned()));
    assert_eq!(body(&refused)["reason"], "used-up");
    // The last number is followed by the first one.
    for code in &codes[1..] {
        let placed = shop.order(code, &with(code).1);
        assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
    }
    let (unknown, _) = with("AAAAAA-AAAAAA-AAAAAA");
    assert_eq!(
        unknown["not_applied"][0]["reason"], "unknown-code",
        "{unknown}"
    );
}

#[test]
fn a_promotion_that_is_revoked_is_used_by_no_order_and_shown_until_the_next_publish() {
    let shop = Shop::open_with_terms();
    let quote = body(&shop.quote(&cart()));
    // The instance has read the terms before.
    let before = shop.order("before", &order(&quote));
    assert_eq!(before.status(), StatusCode::CREATED, "{}", text(&before));
    let revoke = |promotion: &str, undo| -> RevokeReply {
        let promotion = Some(promotion.to_owned());
        shop.world
            .tell_origin(REVOKED_PATH, &Revoke { promotion, undo })
    };
    assert_eq!(revoke("none", false), RevokeReply::UnknownPromotion);
    let revoked = vec!["welcome".to_owned()];
    assert_eq!(revoke("welcome", false), RevokeReply::Done { revoked });
    // An order that was placed is still found.
    assert_eq!(
        shop.order("before", &order(&quote)).status(),
        StatusCode::OK
    );
    let refused = shop.order("after", &order(&quote));
    assert_eq!(kind(&refused), (409, "promotion-unavailable".to_owned()));
    let problem = body(&refused);
    assert_eq!(problem["reason"], "revoked", "{problem}");
    assert_eq!(problem["quote"]["adjustments"], json!([]));
    let placed = shop.order("after", &order(&problem["quote"]));
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
    let revoked = Vec::new();
    assert_eq!(revoke("welcome", true), RevokeReply::Done { revoked });
    let placed = shop.order("last", &order(&quote));
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
}

/// The rows of the totals on a page: names and amounts.
fn rows(page: &str) -> Vec<(String, String)> {
    let list = page.split("id=\"live-totals\"").nth(1).expect("totals");
    let list = list.split("<dl>").nth(1).expect("a list of terms");
    let list = list.split("</dl>").next().expect("its end");
    let rows = list.split("<dt>").skip(1).map(|row| {
        let (name, rest) = row.split_once("</dt><dd>").expect("a row");
        let (amount, _) = rest.split_once("</dd>").expect("an amount");
        (name.to_owned(), amount.to_owned())
    });
    rows.collect()
}

fn pairs(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = rows.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
    owned.collect()
}

const ALBANY: [(&str, &str); 5] = [
    ("country", "US"),
    ("region", "NY"),
    ("city", "Albany"),
    ("postal_code", "12207"),
    ("line1", "1 Main Street"),
];

#[test]
fn the_checkout_shows_delivery_and_total_for_what_is_typed_and_keeps_it() {
    let shop = Shop::open_with_terms();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "2");
    let before = [
        ("Subtotal", "$25.98"),
        ("Delivery", "$5.00"),
        ("Total", "$30.98"),
    ];
    assert_eq!(rows(&page), pairs(&before));
    let typed = [
        ("action", "update"),
        ("email", "not one"),
        ("delivery", "express"),
    ];
    let changes = [&ALBANY[..], &typed].concat();
    let shown = submit(&browser, &page, &changes);
    assert_eq!(shown.status(), StatusCode::OK);
    let page = text(&shown);
    for kept in [
        "value=\"not one\"",
        "value=\"12207\"",
        "1 Main Street",
        "Li Lei",
    ] {
        assert!(page.contains(kept), "{kept} is lost");
    }
    assert!(!page.contains("aria-invalid"), "nothing is blamed yet");
    assert!(page.contains("1 working day") && page.contains("2 to 5 working days"));
    let after = [
        ("Subtotal", "$25.98"),
        ("Delivery", "$15.00"),
        ("State tax 4 %", "$1.64"),
        ("Total", "$42.62"),
    ];
    assert_eq!(rows(&page), pairs(&after));
    assert_eq!(shop.world.orders(), 0);
}

#[test]
fn an_order_that_costs_more_than_was_shown_is_asked_about_again() {
    let shop = Shop::open_with_terms();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "2");
    let calls = shop.world.origin_calls.get();
    let asked = submit(&browser, &page, &ALBANY);
    assert_eq!(asked.status(), StatusCode::CONFLICT);
    assert_eq!(shop.world.origin_calls.get(), calls);
    let page = text(&asked);
    assert!(page.contains("The order now costs $32.22"), "{page}");
    for quote in ["", "forged.quote"] {
        let changes = [&ALBANY[..], &[("quote", quote)]].concat();
        let asked = submit(&browser, &page, &changes);
        assert_eq!(asked.status(), StatusCode::CONFLICT, "{quote}");
    }
    let placed = submit(&browser, &page, &ALBANY);
    assert_eq!(placed.status(), StatusCode::SEE_OTHER, "{}", text(&placed));
    assert_eq!(shop.world.orders(), 1);
}

#[test]
fn a_code_is_applied_explained_and_taken_away() {
    let shop = Shop::open_with_terms();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "2");
    let apply = |page: &str, code| {
        let applied = submit(&browser, page, &[("code", code), ("action", "update")]);
        assert_eq!(applied.status(), StatusCode::OK);
        text(&applied)
    };
    let page = apply(&page, "OLD");
    assert!(page.contains("OLD is no longer valid."), "{page}");
    let removed = submit(&browser, &page, &[("remove", "OLD")]);
    let page = text(&removed);
    assert!(!page.contains("OLD is no longer valid."));
    let page = apply(&page, " welcome10 ");
    assert!(page.contains("welcome10 is applied."));
    let with_code = [
        ("Subtotal", "$25.98"),
        ("10 % off your order", "-$2.60"),
        ("Delivery", "$5.00"),
        ("Total", "$28.38"),
    ];
    assert_eq!(rows(&page), pairs(&with_code));
    assert!(page.contains("<del>"), "the line shows both prices");
    assert_eq!(hidden(&page)["codes"], "welcome10");
    // A code that is typed and not applied counts too, so the total is another one.
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "2");
    let asked = submit(&browser, &page, &[("code", "WELCOME10")]);
    assert_eq!(asked.status(), StatusCode::CONFLICT);
    assert!(text(&asked).contains("WELCOME10 is applied."));
}

#[test]
fn nothing_is_delivered_outside_of_the_market_and_the_field_says_so() {
    let shop = Shop::open_with_terms();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "1");
    let french = [
        ("country", "FR"),
        ("region", ""),
        ("city", "Paris"),
        ("postal_code", "75001"),
    ];
    let update = [&french[..], &[("action", "update")]].concat();
    let shown = text(&submit(&browser, &page, &update));
    assert!(
        shown.contains("We do not deliver to this address"),
        "{shown}"
    );
    let refused = submit(&browser, &shown, &french);
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = text(&refused);
    assert!(page.contains("<a href=\"#f-country\">We do not deliver to this address</a>"));
    assert!(page.contains("id=\"e-country\""), "beside the field");
    assert!(!page.contains("Choose one of the options"));
}

#[test]
fn the_script_gets_the_parts_of_the_page_without_the_origin() {
    let shop = Shop::open_with_terms();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "2");
    let calls = shop.world.origin_calls.get();
    let mut fields = hidden(&page);
    for (name, value) in ALBANY
        .iter()
        .chain(&[("delivery", "express"), ("code", "BIG")])
    {
        fields.insert((*name).to_owned(), (*value).to_owned());
    }
    let fields: Vec<_> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let parts = browser.post("/checkout/quote", &fields);
    assert_eq!(parts.status(), StatusCode::OK);
    assert_eq!(parts.headers()["cache-control"], "no-store");
    let shown = text(&parts);
    assert!(shown.starts_with("<div id=\"live-place\">"), "{shown}");
    assert!(
        shown.contains("BIG needs more in the cart. Total: $42.62"),
        "{shown}"
    );
    assert_eq!(shop.world.origin_calls.get(), calls);
    let mut foreign = browser.form("/checkout/quote", &fields);
    let other = "cross-site".parse().expect("a value");
    foreign.headers_mut().insert("sec-fetch-site", other);
    assert_eq!(shop.send(foreign).status(), StatusCode::FORBIDDEN);
    let empty = shop.browser().post("/checkout/quote", &fields);
    assert_eq!(empty.status(), StatusCode::CONFLICT);
}

#[test]
fn what_the_origin_refuses_at_the_checkout_is_shown_with_the_new_price() {
    let shop = Shop::open_with_terms();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "2");
    let applied = submit(
        &browser,
        &page,
        &[("code", "WELCOME10"), ("action", "update")],
    );
    let page = text(&applied);
    let cases = [
        (
            r#"{"promotion_unavailable":{"promotion":"welcome","reason":"already-used"}}"#,
            [
                "A reduction is no longer possible",
                "You have already used WELCOME10",
            ],
        ),
        (
            r#"{"quote_changed":{}}"#,
            ["The order now costs $28.38", "Li Lei"],
        ),
        (
            r#""delivery_unavailable""#,
            ["choose another one", "Li Lei"],
        ),
    ];
    for (reply, words) in cases {
        shop.world
            .faults
            .borrow_mut()
            .push_back(Fault::Answer(200, reply));
        let refused = submit(&browser, &page, &[]);
        assert_eq!(refused.status(), StatusCode::CONFLICT, "{reply}");
        let shown = text(&refused);
        for words in words {
            assert!(shown.contains(words), "{reply}: {words}: {shown}");
        }
    }
    shop.world
        .faults
        .borrow_mut()
        .push_back(Fault::Answer(200, cases[0].0));
    let without = text(&submit(&browser, &page, &[]));
    assert!(rows(&without).contains(&("Total".to_owned(), "$30.98".to_owned())));
    let calls = shop.world.origin_calls.get();
    submit(&browser, &without, &[]);
    assert_eq!(
        shop.world.origin_calls.get(),
        calls + 1,
        "it stays without it, and is sent"
    );
}

#[test]
fn the_cart_shows_what_its_lines_cost_now() {
    let mut free = terms();
    free.promotions[0].codes = None;
    let shop = Shop::empty();
    let catalogue = with_terms(fixture::catalogue(), &free);
    shop.world.publish(&catalogue);
    shop.world.offer(&catalogue, 10);
    let browser = shop.browser();
    browser.add("mug", "MUG-RED-S", "2");
    let page = text(&browser.get("/cart"));
    for words in ["$12.99 each", "$25.98", "-$2.60", "$23.38"] {
        assert!(page.contains(words), "{words}: {page}");
    }
}
