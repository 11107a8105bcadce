//! Orders that buyers collect: from the quote or the checkout to the order and its page.

use http::StatusCode;
use serde_json::{Value, json};
use souk_pricing::{Method, MethodKind, PickupPoint, Terms, Title};

use crate::checkout::{at_checkout, hidden, submit};
use crate::support::shop::order_of;
use crate::support::terms::{terms, with_terms};
use crate::support::{Shop, fixture, json as body, text};

const COLLECT: (&str, &str) = ("delivery", "collect");
const UPDATE: (&str, &str) = ("action", "update");

fn title(own: &str, zh: &str) -> Title {
    Title {
        own: own.to_owned(),
        others: vec![("zh".to_owned(), zh.to_owned())],
    }
}

fn point(id: &str, own: &str, zh: &str, street: &str) -> PickupPoint {
    PickupPoint {
        id: id.to_owned(),
        title: title(own, zh),
        address: vec![street.to_owned(), "Hangzhou".to_owned()],
    }
}

/// The usual terms with a way of delivery at the price of the standard one, which has points.
fn with_points(points: Vec<PickupPoint>) -> Terms {
    let usual = terms();
    let collect = Method {
        id: "collect".to_owned(),
        title: title("Collect it", "自提"),
        kind: MethodKind::Pickup,
        points,
        ..usual.methods[0].clone()
    };
    Terms {
        methods: [usual.methods.clone(), vec![collect]].concat(),
        ..usual
    }
}

fn two_points() -> Vec<PickupPoint> {
    vec![
        point("shop", "Our <shop>", "本店", "2 Wensan Road"),
        point("station", "Station", "车站", "Platform 1"),
    ]
}

fn shop_with(points: Vec<PickupPoint>) -> Shop {
    let shop = Shop::empty();
    let catalogue = with_terms(fixture::catalogue(), &with_points(points));
    shop.world.publish(&catalogue);
    shop.world.offer(&catalogue, 10);
    shop
}

fn order(delivery: &str, point: Option<&str>) -> Value {
    let mut order = order_of("MUG-RED-S", 1);
    order["delivery"] = json!(delivery);
    order["language"] = json!("zh");
    if let Some(point) = point {
        order["pickup_point"] = json!(point);
    }
    order
}

#[test]
fn a_quote_lists_the_points_and_an_order_keeps_its_own() {
    let shop = shop_with(two_points());
    let cart = json!({
        "lines": [{"sku": "MUG-RED-S", "quantity": 1}],
        "delivery": "collect",
        "place": {"country": "CN", "region": "Zhejiang", "postal_code": "310000"},
    });
    let quote = body(&shop.quote(&cart));
    let options = quote["delivery_options"].as_array().expect("options");
    assert_eq!(options[0].get("points"), None, "a carrier brings it");
    let points = json!([
        {"id": "shop", "title": "Our <shop>", "address": ["2 Wensan Road", "Hangzhou"]},
        {"id": "station", "title": "Station", "address": ["Platform 1", "Hangzhou"]},
    ]);
    assert_eq!(options[2]["points"], points);
    // A quote is good for each of the points.
    let mut order = order("collect", Some("station"));
    order["quote"] = quote["quote"].clone();
    let placed = shop.order("key-1", &order);
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
    let placed = body(&placed);
    assert_eq!(placed["delivery_title"], "自提");
    let kept = json!({"id": "station", "title": "车站", "address": ["Platform 1", "Hangzhou"]});
    assert_eq!(placed["pickup_point"], kept);
    let [id, token] = ["id", "token"].map(|name| placed[name].as_str().expect(name));
    let read = shop.get(&format!("/api/v1/orders/{id}?token={token}"));
    assert_eq!(body(&read)["pickup_point"], kept);
    let page = text(&shop.get(&format!("/orders/{id}?token={token}")));
    for words in ["Collect it<br>Station<br>Platform 1", "Your address"] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[test]
fn an_order_without_a_point_of_its_delivery_is_refused_at_the_field() {
    let shop = shop_with(two_points());
    let calls = shop.world.origin_calls.get();
    let refused = |answer: http::Response<bytes::Bytes>| {
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let problem = body(&answer);
        assert_eq!(problem["type"], "/problems/invalid-request", "{problem}");
        assert_eq!(
            problem["errors"][0]["pointer"], "/pickup_point",
            "{problem}"
        );
    };
    let cases = [
        ("collect", None),
        ("collect", Some("harbour")),
        ("standard", Some("shop")),
    ];
    for (delivery, point) in cases {
        refused(shop.order("key-1", &order(delivery, point)));
    }
    let mut cart = json!({"lines": [{"sku": "MUG-RED-S", "quantity": 1}]});
    cart["pickup_point"] = json!("shop");
    refused(shop.quote(&cart));
    cart["delivery"] = json!("standard");
    refused(shop.quote(&cart));
    cart["delivery"] = json!("collect");
    assert_eq!(shop.quote(&cart).status(), StatusCode::OK);
    cart["pickup_point"] = json!("harbour");
    refused(shop.quote(&cart));
    // A shop without terms has no points either.
    refused(Shop::open().order("key-1", &order("standard", Some("shop"))));
    assert_eq!(shop.world.origin_calls.get(), calls, "the edge knows it");
    assert_eq!(shop.world.orders(), 0);
}

#[test]
fn a_shopper_chooses_a_point_at_the_checkout_without_scripts() {
    let shop = shop_with(two_points());
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "1");
    assert!(!page.contains("Pickup point"), "{page}");
    // The points of a delivery are shown once it is chosen; nothing else is lost.
    let refused = submit(&browser, &page, &[COLLECT, ("note", "Ring twice")]);
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = text(&refused);
    for words in [
        "<legend>Pickup point</legend>",
        "Our &lt;shop&gt;",
        "2 Wensan Road, Hangzhou",
        "<a href=\"#f-pickup_point\">Choose one of the options</a>",
        "id=\"e-pickup_point\"",
        "Ring twice",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let unknown = submit(&browser, &page, &[COLLECT, ("pickup_point", "harbour")]);
    assert_eq!(unknown.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(shop.world.orders(), 0);
    // The choice outlives another delivery.
    let station = ("pickup_point", "station");
    let page = text(&submit(
        &browser,
        &page,
        &[("delivery", "express"), station, UPDATE],
    ));
    assert_eq!(hidden(&page)["pickup_point"], "station");
    let page = text(&submit(&browser, &page, &[COLLECT, station, UPDATE]));
    assert!(
        page.contains("value=\"station\" required checked"),
        "{page}"
    );
    let placed = submit(&browser, &page, &[COLLECT, station]);
    assert_eq!(placed.status(), StatusCode::SEE_OTHER, "{}", text(&placed));
    let location = placed.headers()["location"].to_str().expect("ASCII");
    let order = text(&browser.get(location));
    assert!(
        order.contains("Station<br>Platform 1<br>Hangzhou"),
        "{order}"
    );
}

#[test]
fn a_point_of_another_delivery_is_not_ordered_by_the_form() {
    let shop = shop_with(two_points());
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "1");
    let placed = submit(&browser, &page, &[("pickup_point", "shop")]);
    assert_eq!(placed.status(), StatusCode::SEE_OTHER, "{}", text(&placed));
    let location = placed.headers()["location"].to_str().expect("ASCII");
    let order = text(&browser.get(location));
    assert!(!order.contains("Our &lt;shop&gt;"), "{order}");
}

#[test]
fn the_only_point_is_named_and_taken() {
    let shop = shop_with(two_points().drain(..1).collect());
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "1");
    let page = text(&submit(&browser, &page, &[COLLECT, UPDATE]));
    assert!(page.contains("Our &lt;shop&gt;"), "{page}");
    assert!(!page.contains("name=\"pickup_point\""), "{page}");
    let placed = submit(&browser, &page, &[COLLECT]);
    assert_eq!(placed.status(), StatusCode::SEE_OTHER, "{}", text(&placed));
    let location = placed.headers()["location"].to_str().expect("ASCII");
    let order = text(&browser.get(location));
    assert!(
        order.contains("Our &lt;shop&gt;<br>2 Wensan Road"),
        "{order}"
    );
}
