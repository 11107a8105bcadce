//! Orders that their buyers change: by the API, and by the forms of the order's page without scripts.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};
use souk_protocol::origin::Action;

use crate::checkout::hidden;
use crate::support::shop::order_of;
use crate::support::{Fault, Shop, json as body, request, text};

fn placed(shop: &Shop, order: &Value) -> Value {
    let response = shop.order("k", order);
    assert_eq!(
        response.status(),
        StatusCode::CREATED,
        "{}",
        text(&response)
    );
    body(&response)
}

fn path(order: &Value, rest: &str) -> String {
    let text = |name: &str| order[name].as_str().expect("a text").to_owned();
    format!(
        "/api/v1/orders/{}{rest}?token={}",
        text("id"),
        text("token")
    )
}

fn change(shop: &Shop, order: &Value, key: &str, change: &Value) -> Response<Bytes> {
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", key),
    ];
    let path = path(order, "/changes");
    shop.send(request("POST", &path, &headers, &change.to_string()))
}

fn keep(line: u32, quantity: u32) -> Value {
    json!({"action": "set_quantity", "line": line, "quantity": quantity})
}

fn problem(response: &Response<Bytes>) -> (u16, String) {
    let kind = body(response)["type"].as_str().expect("a type").to_owned();
    let kind = kind.strip_prefix("/problems/").expect("a problem of ours");
    (response.status().as_u16(), kind.to_owned())
}

/// An order of 12.99 and 2 × 15.99 for Albany, with tax, and 10 % off by a code.
fn taxed() -> Value {
    let mut order = order_of("MUG-RED-S", 1);
    order["lines"] = json!([{"sku": "MUG-RED-S", "quantity": 1},
        {"sku": "MUG-BLUE-L", "quantity": 2}]);
    order["shipping_address"] = json!({"country": "US", "region": "NY", "city": "Albany",
        "postal_code": "12207-1234", "line1": "1 Main Street"});
    order["market"] = json!("us");
    order["codes"] = json!(["welcome10"]);
    order
}

/// What an order of the API costs by its parts.
fn sum(order: &Value) -> i64 {
    let number = |value: &Value| value.as_i64().expect("a number");
    let off = order["adjustments"].as_array().into_iter().flatten();
    let off: i64 = off.map(|one| number(&one["amount"])).sum();
    let added = match order["tax"]["included"].as_bool() {
        Some(false) => number(&order["tax"]["total"]),
        _ => 0,
    };
    let duty = order["duty"]["total"].as_i64().unwrap_or(0);
    number(&order["subtotal"]["amount"]) + number(&order["shipping"]["amount"]) - off + added + duty
}

#[test]
fn units_that_are_taken_off_leave_an_order_that_adds_up() {
    let shop = Shop::open_with_terms();
    let order = placed(&shop, &taxed());
    assert_eq!(sum(&order), order["total"]["amount"]);
    let response = change(&shop, &order, "a", &keep(1, 1));
    assert_eq!(response.status(), StatusCode::OK, "{}", text(&response));
    let changed = body(&response);
    assert_eq!(changed["lines"][1]["quantity"], 1);
    assert_eq!(sum(&changed), changed["total"]["amount"]);
    let before = order["total"]["amount"].as_i64();
    assert!(changed["total"]["amount"].as_i64() < before, "{changed}");
    let event = &changed["history"][0];
    assert_eq!(event["event"], "units_removed");
    assert_eq!((&event["line"], &event["quantity"]), (&json!(1), &json!(1)));
    // A line of which nothing is left keeps its place.
    let changed = body(&change(&shop, &order, "b", &keep(0, 0)));
    assert_eq!(changed["lines"][0]["quantity"], 0);
    assert_eq!(sum(&changed), changed["total"]["amount"]);
    assert_eq!(body(&shop.api(&path(&order, ""))), changed);
    // The last unit is the order.
    let changed = body(&change(&shop, &order, "c", &keep(1, 0)));
    assert_eq!(changed["status"], "cancelled");
}

#[test]
fn a_key_makes_one_change_and_a_wrong_token_none() {
    let shop = Shop::open();
    let order = placed(&shop, &order_of("MUG-RED-S", 3));
    let first = change(&shop, &order, "a", &keep(0, 2));
    let again = change(&shop, &order, "a", &keep(0, 2));
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(body(&again), body(&first));
    let other = change(&shop, &order, "a", &keep(0, 1));
    assert_eq!(problem(&other), (422, "idempotency-key-reused".to_owned()));
    let mut wrong = order.clone();
    wrong["token"] = json!("0123456789abcdef0123456789abcdef");
    let refused = change(&shop, &wrong, "b", &keep(0, 1));
    assert_eq!(problem(&refused), (404, "not-found".to_owned()));
    let headers = [("content-type", "application/json")];
    let path = path(&order, "/changes");
    let keyless = shop.send(request("POST", &path, &headers, &keep(0, 1).to_string()));
    assert_eq!(
        problem(&keyless),
        (400, "idempotency-key-missing".to_owned())
    );
}

#[test]
fn what_makes_no_sense_is_refused_with_its_place() {
    let shop = Shop::open();
    let order = placed(&shop, &order_of("MUG-RED-S", 3));
    let address = |postal_code: &str| {
        json!({"action": "set_address", "address": {"country": "DE", "city": "Berlin",
            "postal_code": postal_code, "line1": "Lindenweg 1"}})
    };
    let cases = [
        (json!({"action": "rename"}), "/action"),
        (json!({"action": "set_quantity", "quantity": 1}), "/line"),
        (json!({"action": "set_quantity", "line": 0}), "/quantity"),
        (keep(0, 4), "/quantity"),
        (keep(7, 0), "/quantity"),
        (json!({"action": "set_address"}), "/address"),
        (address("1011"), "/address/postal_code"),
        (json!({"action": "set_address", "address": []}), "/address"),
    ];
    for (place, (wrong, pointer)) in cases.iter().enumerate() {
        let response = change(&shop, &order, &format!("k{place}"), wrong);
        assert_eq!(
            problem(&response),
            (422, "invalid-request".to_owned()),
            "{wrong}"
        );
        assert_eq!(body(&response)["errors"][0]["pointer"], *pointer, "{wrong}");
    }
    assert_eq!(body(&shop.api(&path(&order, "")))["history"], Value::Null);
}

#[test]
fn a_packed_order_is_not_changed_and_the_answer_says_what_to_do() {
    let shop = Shop::open();
    let order = placed(&shop, &order_of("MUG-RED-S", 3));
    shop.world
        .change(order["id"].as_str().expect("a number"), Action::Allocate);
    for wrong in [json!({"action": "cancel"}), keep(0, 1)] {
        let refused = change(&shop, &order, "a", &wrong);
        assert_eq!(problem(&refused), (409, "not-editable".to_owned()));
        let detail = body(&refused)["detail"]
            .as_str()
            .expect("a text")
            .to_owned();
        assert!(detail.contains("send back"), "{detail}");
    }
}

#[test]
fn an_address_may_be_another_one_where_the_order_costs_the_same() {
    let shop = Shop::open_with_terms();
    let order = placed(&shop, &taxed());
    let to = |region: &str, city: &str, postal_code: &str| {
        json!({"action": "set_address", "address": {"country": "US", "region": region,
            "city": city, "postal_code": postal_code, "line1": "2 Side Street"}})
    };
    let changed = change(&shop, &order, "a", &to("New York", "Troy", "121801111"));
    assert_eq!(changed.status(), StatusCode::OK, "{}", text(&changed));
    let changed = body(&changed);
    let address = &changed["shipping_address"];
    assert_eq!(address["region"], "NY");
    assert_eq!(address["postal_code"], "12180-1111");
    assert_eq!(changed["total"], order["total"]);
    assert_eq!(changed["history"][0]["event"], "address_changed");
    assert!(!changed["history"].to_string().contains("Side Street"));
    // Elsewhere there is another tax.
    let refused = change(&shop, &order, "b", &to("CA", "Cupertino", "95014"));
    assert_eq!(problem(&refused), (409, "not-editable".to_owned()));
    let stays = body(&shop.api(&path(&order, "")));
    assert_eq!(stays["shipping_address"], changed["shipping_address"]);
}

#[test]
fn the_page_changes_an_order_with_plain_forms() {
    let shop = Shop::open();
    let browser = shop.browser();
    let order = placed(&shop, &order_of("MUG-RED-S", 3));
    let (id, token) = (
        order["id"].as_str().unwrap(),
        order["token"].as_str().unwrap(),
    );
    let page = format!("/orders/{id}?token={token}");
    let shown = text(&browser.get(&page));
    let key = hidden(&shown)["key"].clone();
    let to = format!("/orders/{id}/change");
    let send = |action: &str, fields: &[(&str, &str)]| {
        let all = [("token", token), ("key", key.as_str()), ("action", action)];
        browser.post(&to, &[&all[..], fields].concat())
    };
    let done = send("set_quantity", &[("line", "0"), ("quantity", "2")]);
    assert_eq!(done.status(), StatusCode::SEE_OTHER, "{}", text(&done));
    let back = done.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(back, format!("{page}&changed=1"));
    let shown = text(&browser.get(&back));
    assert!(
        shown.contains("Your order is changed.") && shown.contains("max=\"2\""),
        "{shown}"
    );
    assert!(shown.contains("Items taken off"), "{shown}");
    let refused = send("set_quantity", &[("line", "0"), ("quantity", "5")]);
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused).contains("Your order is not changed"));
    let typed = [
        ("country", "CN"),
        ("region", "Zhejiang"),
        ("city", "Hangzhou"),
        ("postal_code", "31"),
        ("line1", "2 Wensan Road"),
        ("line2", ""),
    ];
    let refused = send("set_address", &typed);
    let shown = text(&refused);
    assert!(
        shown.contains("value=\"31\"") && shown.contains("e-postal_code"),
        "{shown}"
    );
    let done = send("cancel", &[]);
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    // A second click is the same change.
    assert_eq!(send("cancel", &[]).status(), StatusCode::SEE_OTHER);
    let shown = text(&browser.get(&page));
    assert!(
        shown.contains("Cancelled") && !shown.contains("name=\"quantity\""),
        "{shown}"
    );
    let late = send("set_quantity", &[("line", "0"), ("quantity", "1")]);
    assert_eq!(late.status(), StatusCode::CONFLICT);
    assert!(text(&late).contains("can no longer be changed"));
}

#[test]
fn a_change_whose_answer_is_lost_is_made_once() {
    let shop = Shop::open();
    let order = placed(&shop, &order_of("MUG-RED-S", 3));
    shop.world.faults.borrow_mut().push_back(Fault::ReplyLost);
    let changed = body(&change(&shop, &order, "a", &keep(0, 2)));
    assert_eq!(changed["lines"][0]["quantity"], 2);
    assert_eq!(changed["history"].as_array().map(Vec::len), Some(1));
    assert_eq!(shop.world.orders(), 1);
}
