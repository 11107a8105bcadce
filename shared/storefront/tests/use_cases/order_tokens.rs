//! The token of an order: derived at the edge each time, stored nowhere.

use http::StatusCode;
use serde_json::Value;
use souk_payment_sandbox::CardBehaviour;
use souk_payment_sandbox::faults::Step;
use souk_settings::Secrets;

use crate::support::shop::{order_of, order_request};
use crate::support::{Shop, json, text};

const OLD: &str = "an old secret of many characters";
const NEW: &str = "a new secret of many characters!";

fn shop_with(secrets: &str) -> Shop {
    let mut shop = Shop::open();
    shop.settings.session_secrets = Secrets::split(secrets);
    shop
}

fn place(shop: &Shop, status: StatusCode) -> Value {
    let response = shop.order("k", &order_of("MUG-RED-S", 1));
    assert_eq!(response.status(), status, "{}", text(&response));
    json(&response)
}

fn member<'a>(order: &'a Value, name: &str) -> &'a str {
    order[name].as_str().expect("a text")
}

/// Whether the token opens the order, everywhere or nowhere.
fn opens(shop: &Shop, id: &str, token: &str) -> bool {
    let paths = [
        format!("/orders/{id}?token={token}"),
        format!("/api/v1/orders/{id}?token={token}"),
        format!("/api/v1/orders/{id}/events?token={token}"),
    ];
    let [page, order, events] = paths.map(|path| shop.get(&path).status());
    assert!(page == order && order == events, "{page} {order} {events}");
    order == StatusCode::OK
}

#[test]
fn an_order_of_an_old_secret_is_answered_again_with_a_token_that_opens() {
    let mut shop = shop_with(OLD);
    let placed = place(&shop, StatusCode::CREATED);
    let (id, old) = (member(&placed, "id"), member(&placed, "token"));
    shop.settings.session_secrets = Secrets::split(&format!("{NEW},{OLD}"));
    let again = place(&shop, StatusCode::OK);
    let new = member(&again, "token");
    assert_eq!(member(&again, "id"), id);
    assert_ne!(new, old);
    assert!(opens(&shop, id, old) && opens(&shop, id, new));
    // Reading an order gives no other token than the one that opened it.
    let read = json(&shop.api(&format!("/api/v1/orders/{id}?token={old}")));
    assert_eq!(member(&read, "token"), old);
    shop.settings.session_secrets = Secrets::split(NEW);
    assert!(!opens(&shop, id, old) && opens(&shop, id, new));
    assert_eq!(place(&shop, StatusCode::OK), again);
}

#[test]
fn an_order_that_is_not_waited_for_is_answered_again_with_its_token() {
    let mut shop = shop_with(OLD);
    let place = |shop: &Shop| {
        let mut request = order_request("k", &order_of("MUG-RED-S", 1));
        let prefer = "respond-async".parse().expect("a header");
        request.headers_mut().insert("prefer", prefer);
        let response = shop.send(request);
        assert_eq!(response.status(), StatusCode::ACCEPTED);
        json(&response)
    };
    let placed = place(&shop);
    assert_eq!(place(&shop), placed);
    shop.settings.session_secrets = Secrets::split(&format!("{NEW},{OLD}"));
    let again = place(&shop);
    for told in [&placed, &again] {
        for address in ["status_url", "events_url"] {
            let status = shop.get(member(told, address)).status();
            assert_eq!(status, StatusCode::OK, "{address} of {told}");
        }
    }
}

#[test]
fn a_store_and_its_copy_have_no_token() {
    let shop = shop_with(OLD);
    let placed = place(&shop, StatusCode::CREATED);
    let (id, token) = (member(&placed, "id"), member(&placed, "token"));
    let body = format!("SELECT body FROM orders WHERE id = '{id}'");
    let body = shop.world.origin.text(&body);
    assert!(body.contains(id) && !body.contains(token), "{body}");
    assert!(!body.contains("\"token\""), "{body}");
}

#[test]
fn a_wrong_token_reaches_neither_the_order_nor_its_payment() {
    let shop = Shop::open();
    shop.world.take_cards();
    let mut order = order_of("MUG-RED-S", 1);
    order["payment"]["method"] = "card".into();
    let placed = json(&shop.order("k", &order));
    let other = json(&shop.order("l", &order));
    let (id, token) = (member(&placed, "id"), member(&placed, "token"));
    let path = format!("/api/v1/orders/{id}/payment?token={token}");
    let request = crate::support::request("POST", &path, &[], "");
    let page = json(&shop.send(request));
    let session = member(&page, "url").rsplit('/').next().expect("a name");
    let now_ms = shop.world.now_ms.get();
    shop.world.sandbox.pay(session, CardBehaviour::Pays, now_ms);
    let reads = shop.world.sandbox.count(Step::ReadPage);
    let back = |token: &str| shop.get(&format!("/orders/{id}?token={token}&session={session}"));
    for wrong in ["", member(&other, "token"), &"0".repeat(32)] {
        back(wrong);
        assert_eq!(shop.world.sandbox.count(Step::ReadPage), reads, "{wrong}");
        assert!(!opens(&shop, id, wrong), "{wrong}");
    }
    back(token);
    assert_eq!(shop.world.sandbox.count(Step::ReadPage), reads + 1);
    assert!(opens(&shop, id, token));
}
