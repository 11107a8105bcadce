//! The room before the checkout, from level 4 on. The usher is the test: it publishes the pulse.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::Value;
use souk_operations::PulseSale;
use souk_room::before_checkout::{CHECKOUT, session};
use souk_room::{Control, Door, DrawKey, Published, Queue, Rank, Secrets, Session, Stock, Window};

use crate::checkout::{at_checkout, submit};
use crate::support::shop::{Browser, order_of, order_request};
use crate::support::{Shop, json as body, request, text};
use crate::switches::pulse;

const SKU: &str = "MUG-RED-S";
const PLACE: &str = "/sales/_checkout/place";
const TICKETS: &str = "/api/v1/sales/_checkout/tickets";

/// Publishes a pulse of level 4 with a room that has called up to there.
fn publish(shop: &Shop, stamp: u64, session: Session, called: Option<Rank>) {
    let draw = DrawKey([2; 32]);
    let mut window = Window::default();
    window.advance(called, None);
    let mut pulse = pulse(stamp, 4);
    pulse.sales.push(PulseSale {
        id: CHECKOUT.to_owned(),
        room: Published {
            session,
            control: Control::Running,
            stock: Stock::Available,
            left: Vec::new(),
            window,
            front: Some(Rank::LAST),
            share: 1 << 16,
            queue: Queue::default(),
            present_permille: 1_000,
            called_per_minute: 0,
            secrets: Some(Secrets {
                door: Door([1; 32]),
                draw,
            }),
            commitment: draw.commitment(),
        },
        before: None,
    });
    shop.pulse(pulse);
}

/// A session that opens now.
fn opening(shop: &Shop) -> Session {
    session(shop.world.now_ms.get()).expect("a session")
}

fn location(answer: &Response<Bytes>) -> &str {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", text(answer));
    answer.headers()["location"].to_str().expect("ASCII")
}

/// A browser with a mug in its cart.
fn with_cart(shop: &Shop) -> Browser<'_> {
    let browser = shop.browser();
    browser.add("mug", SKU, "1");
    browser
}

fn order(shop: &Shop, key: &str, ticket: &str) -> Response<Bytes> {
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", key),
        ("souk-ticket", ticket),
    ];
    let order = order_of(SKU, 1).to_string();
    shop.send(request("POST", "/api/v1/orders", &headers, &order))
}

fn ticket_of(refused: &Response<Bytes>) -> Value {
    let problem = body(refused);
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert_eq!(problem["type"], "/problems/not-your-turn");
    problem["ticket"].clone()
}

#[test]
fn a_browser_waits_is_called_and_orders_with_its_cart() {
    let shop = Shop::open();
    let session = opening(&shop);
    publish(&shop, 1, session, None);
    let browser = with_cart(&shop);
    assert_eq!(location(&browser.get("/checkout")), PLACE);
    let waiting = browser.get(PLACE);
    let page = text(&waiting);
    assert!(waiting.headers().contains_key("refresh"));
    assert!(page.contains("You have a place") && page.contains("Your cart is kept"));
    let cookie = browser.cookie.borrow().clone();
    assert_eq!(location(&browser.get("/checkout")), PLACE);
    assert_eq!(*browser.cookie.borrow(), cookie, "it keeps its place");

    publish(&shop, 2, session, Some(Rank::LAST));
    assert_eq!(location(&browser.get(PLACE)), "/checkout");
    let form = browser.get("/checkout");
    assert_eq!(form.status(), StatusCode::OK);
    let placed = submit(&browser, &text(&form), &[]);
    assert!(location(&placed).starts_with("/orders/"), "{placed:?}");
    assert_eq!(shop.world.orders(), 1);
}

#[test]
fn a_form_that_was_open_before_keeps_what_was_typed_and_gets_a_place() {
    let shop = Shop::open();
    let (browser, form) = at_checkout(&shop, SKU, "1");
    let session = opening(&shop);
    publish(&shop, 1, session, None);
    let calls = shop.world.origin_calls.get();
    let refused = submit(&browser, &form, &[("name", "Li Lei of Level Four")]);
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    let again = text(&refused);
    assert!(again.contains("send the form again") && again.contains("Li Lei of Level Four"));
    assert!(browser.cookie.borrow().contains("souk_place__checkout="));
    assert_eq!(shop.world.origin_calls.get(), calls);
    publish(&shop, 2, session, Some(Rank::LAST));
    let placed = submit(&browser, &again, &[]);
    assert!(location(&placed).starts_with("/orders/"));
}

#[test]
fn a_client_of_the_api_gets_a_ticket_and_orders_with_it() {
    let shop = Shop::open();
    let session = opening(&shop);
    publish(&shop, 1, session, None);
    let calls = shop.world.origin_calls.get();
    let ticket = ticket_of(&shop.order("mine", &order_of(SKU, 1)));
    let text_of = ticket["ticket"].as_str().expect("a text");
    assert_eq!(
        (&ticket["state"], &ticket["orders_path"]),
        (&"waiting".into(), &Value::Null)
    );
    let same = ticket_of(&order(&shop, "mine", text_of));
    assert_eq!(same["ticket"], ticket["ticket"]);
    assert_eq!(
        ticket_of(&order(&shop, "mine", "nonsense"))["state"],
        "waiting"
    );
    assert_eq!(shop.world.origin_calls.get(), calls);

    publish(&shop, 2, session, Some(Rank::LAST));
    let path = format!("{TICKETS}/{text_of}");
    let called = body(&shop.api(&path));
    assert_eq!(called["state"], "called");
    assert_eq!(called["orders_path"], "/api/v1/orders");
    let placed = order(&shop, "mine", text_of);
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
    // A place of another time is none.
    let later = Session {
        number: session.number ^ 1,
        ..session
    };
    publish(&shop, 3, later, None);
    assert_eq!(
        ticket_of(&order(&shop, "other", text_of))["state"],
        "waiting"
    );
    assert_eq!(shop.api(&path).status(), StatusCode::FORBIDDEN);
}

#[test]
fn below_level_four_tickets_are_ignored_and_all_go_on() {
    let shop = Shop::open();
    let session = opening(&shop);
    publish(&shop, 1, session, None);
    let browser = with_cart(&shop);
    browser.get("/checkout");
    let ticket = ticket_of(&shop.order("mine", &order_of(SKU, 1)));
    let text_of = ticket["ticket"].as_str().expect("a text");
    shop.pulse(pulse(2, 3));
    assert_eq!(location(&browser.get(PLACE)), "/checkout");
    assert_eq!(browser.get("/checkout").status(), StatusCode::OK);
    let passed = body(&shop.api(&format!("{TICKETS}/{text_of}")));
    assert_eq!(
        (&passed["state"], &passed["seed"]),
        (&"called".into(), &ticket["seed"])
    );
    for (key, ticket) in [("mine", text_of), ("other", "nonsense")] {
        assert_eq!(order(&shop, key, ticket).status(), StatusCode::CREATED);
    }
}

#[test]
fn an_instance_without_a_young_pulse_lets_all_go_on() {
    let shop = Shop::open();
    publish(&shop, 1, opening(&shop), None);
    shop.world.signals_down.set(true);
    shop.world.pass_ms(6_000);
    let placed = shop.send(order_request("mine", &order_of(SKU, 1)));
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
}
