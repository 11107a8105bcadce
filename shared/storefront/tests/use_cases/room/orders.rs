//! Places, turns, purchase addresses and orders through the API.

use http::StatusCode;
use serde_json::{Value, json};
use souk_catalogue::Sale;
use souk_room::{Control, Door, Rank, Stock, Window};

use super::{Evening, LI, call_all, path_of};
use crate::sales::{HOUR_MS, SKU, SOLD_AS, problem, quoted_order};
use crate::support::shop::order_of;
use crate::support::{Fault, json as body, request, text};

#[test]
fn a_ticket_goes_from_the_draw_to_its_order() {
    let evening = Evening::new();
    assert_eq!(problem(&evening.ask(LI)), "/problems/not-open");
    evening.gather();
    let answer = evening.ask(LI);
    let ticket = body(&answer);
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert_eq!(answer.headers()["location"], path_of(&ticket));
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let seconds = answer.headers()["retry-after"].to_str().expect("ASCII");
    assert_eq!(ticket["poll_after_s"].to_string(), seconds);
    assert_eq!(
        (&ticket["state"], &ticket["rank"]),
        (&json!("gathering"), &Value::Null)
    );
    evening.open();
    let waiting = evening.poll(&ticket);
    assert_eq!(waiting["state"], "waiting");
    assert_eq!(waiting["orders_path"], Value::Null);
    evening.call(&ticket, None);
    let called = evening.poll(&ticket);
    assert_eq!(called["state"], "called");
    let placed = evening.buy(&ticket, "first", "Li+drop@Example.com");
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
    let sent = evening.shop.world.tickets.take();
    let sent = sent[0].as_ref().expect("a ticket");
    assert_eq!(sent.session, 7);
    assert_eq!(json!(sent.rank), called["rank"]);
    assert_eq!(json!(sent.seed), ticket["seed"]);
    let again = evening.buy(&ticket, "first", "Li+drop@Example.com");
    assert_eq!(again.status(), StatusCode::OK, "{}", text(&again));
}

#[test]
fn a_code_that_is_early_or_of_another_ticket_is_the_address_of_nothing() {
    let evening = Evening::new();
    evening.gather();
    let (li, han) = (evening.ticket(LI), evening.ticket("han@example.com"));
    // Edges have the keys from here on, and could make codes.
    evening.at(HOUR_MS - 20_000);
    let door = Door([1; 32]);
    let keys = souk_room::TicketKeys::new(evening.shop.settings.session_secrets.all());
    let path = |ticket: &Value| {
        let ticket = keys.read(ticket["ticket"].as_str().expect("a text"), 7);
        let code = souk_room::purchase_code(&door, &ticket.expect("a ticket"));
        format!("/api/v1/sales/drop/orders/{code}")
    };
    let not_found = |path: &str, ticket: &Value, email: &str| {
        let answer = evening.buy_at(path, ticket, "guess", email);
        assert_eq!(problem(&answer), "/problems/not-found", "{path}");
        answer.body().clone()
    };
    let early = not_found(&path(&li), &li, LI);
    evening.open();
    call_all(&evening);
    let foreign = not_found(&path(&han), &li, LI);
    let wrong = not_found("/api/v1/sales/drop/orders/AAAA", &li, LI);
    assert!(
        early == foreign && foreign == wrong,
        "nothing tells them apart"
    );
    assert_eq!(evening.shop.world.orders(), 0);
    assert_eq!(
        evening.buy_at(&path(&li), &li, "right", LI).status(),
        StatusCode::CREATED
    );
}

#[test]
fn a_ticket_that_is_not_called_orders_nothing_and_costs_the_origin_nothing() {
    let evening = Evening::new();
    evening.gather();
    let li = evening.ticket(LI);
    evening.open();
    call_all(&evening);
    let path = evening.poll(&li)["orders_path"]
        .as_str()
        .expect("a path")
        .to_owned();
    // Another evening, on which it has the same code and is not called.
    let other = Evening::new();
    other.open();
    let calls = other.shop.world.origin_calls.get();
    let answer = other.buy_at(&path, &li, "early", LI);
    assert_eq!(problem(&answer), "/problems/not-your-turn");
    other.publish(|room| room.stock = Stock::SoldOut);
    let answer = other.buy_at(&path, &li, "late", LI);
    assert_eq!(problem(&answer), "/problems/sold-out", "{}", text(&answer));
    assert_eq!(other.poll(&li)["state"], "sold_out");
    assert_eq!(problem(&other.ask(LI)), "/problems/sold-out");
    assert_eq!(other.shop.world.origin_calls.get(), calls);
    // One that was called may have an order, so the origin is asked.
    evening.publish(|room| room.stock = Stock::SoldOut);
    let asked = evening.buy_at(&path, &li, "called", LI);
    assert_eq!(asked.status(), StatusCode::CREATED, "{}", text(&asked));
}

#[test]
fn a_missed_turn_is_over_and_an_order_of_before_is_found() {
    let evening = Evening::new();
    evening.gather();
    let (li, han) = (evening.ticket(LI), evening.ticket("han@example.com"));
    evening.open();
    let drawn = Some(Rank::Drawn(u64::MAX));
    evening.publish(|room| room.window.advance(drawn, None));
    let path = evening.poll(&li)["orders_path"]
        .as_str()
        .expect("a path")
        .to_owned();
    let han_path = evening.poll(&han)["orders_path"]
        .as_str()
        .expect("a path")
        .to_owned();
    evening
        .shop
        .world
        .faults
        .borrow_mut()
        .push_back(Fault::ReplyLost);
    let order = quoted_order(&evening.shop, SOLD_AS, LI);
    let ticket = li["ticket"].as_str().expect("a ticket");
    let placed = evening.order_at(&path, ticket, "lost", &order);
    assert!(placed.status().is_success() || placed.status().is_server_error());
    evening.publish(|room| room.window.advance(None, drawn));
    assert_eq!(evening.poll(&li)["state"], "missed");
    let again = evening.order_at(&path, ticket, "lost", &order);
    assert_eq!(again.status(), StatusCode::OK, "{}", text(&again));
    let orders = evening.shop.world.orders();
    let new = evening.order_at(&path, ticket, "new", &order);
    assert_eq!(problem(&new), "/problems/turn-missed", "{}", text(&new));
    let late = evening.buy_at(&han_path, &han, "late", "han@example.com");
    assert_eq!(late.status(), StatusCode::GONE);
    assert_eq!(evening.shop.world.orders(), orders);
    // A new ticket of the same buyer is a later place.
    let anew = evening.poll(&evening.ticket(LI));
    assert_eq!(anew["state"], "waiting");
    assert_eq!(anew["seed"], li["seed"]);
}

#[test]
fn an_order_is_counted_once_also_where_the_origin_is_asked_for_one_of_before() {
    let mut evening = Evening::new();
    evening.shop.settings.clients.address_header = "cf-connecting-ip".to_owned();
    evening.gather();
    let li = evening.ticket(LI);
    evening.open();
    call_all(&evening);
    let path = evening.poll(&li)["orders_path"]
        .as_str()
        .expect("a path")
        .to_owned();
    let drawn = Some(Rank::Drawn(u64::MAX));
    evening.publish(|room| room.window.advance(drawn, drawn));
    evening.shop.world.gate_tries_max.set(Some(10));
    let order = quoted_order(&evening.shop, SOLD_AS, LI).to_string();
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", "late"),
        ("souk-ticket", li["ticket"].as_str().expect("a ticket")),
        ("cf-connecting-ip", "203.0.113.7"),
    ];
    let calls = evening.shop.world.origin_calls.get();
    let late = evening.shop.send(request("POST", &path, &headers, &order));
    assert_eq!(problem(&late), "/problems/turn-missed", "{}", text(&late));
    assert!(evening.shop.world.origin_calls.get() > calls);
    let left = late
        .headers()
        .get("ratelimit")
        .map(|value| value.as_bytes());
    assert_eq!(left, Some(&br#""order";r=9;t=60"#[..]));
    // Before it is called, too.
    evening.publish(|room| room.window = Window::default());
    let early = evening.shop.send(request("POST", &path, &headers, &order));
    assert_eq!(problem(&early), "/problems/not-your-turn");
    let left = early
        .headers()
        .get("ratelimit")
        .map(|value| value.as_bytes());
    assert_eq!(left, Some(&br#""order";r=8;t=60"#[..]));
}

#[test]
fn a_sale_that_knows_its_buyers_needs_the_address_and_the_order_has_to_have_it() {
    let evening = Evening::new();
    evening.gather();
    for email in ["", "li", "li@host"] {
        let answer = evening.ask(email);
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{email}");
        assert_eq!(body(&answer)["errors"][0]["pointer"], "/email");
    }
    let bare = request("POST", "/api/v1/sales/drop/tickets", &[], "");
    assert_eq!(
        evening.shop.send(bare).status(),
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let (li, again) = (evening.ticket(LI), evening.ticket("LI+2@example.com"));
    assert_eq!(
        li["seed"], again["seed"],
        "one buyer has one place in the draw"
    );
    evening.open();
    call_all(&evening);
    let other = evening.buy(&li, "other", "han@example.com");
    assert_eq!(other.status(), StatusCode::FORBIDDEN);
    assert_eq!(problem(&other), "/problems/ticket-invalid");
    assert!(text(&other).contains("another e-mail address"));
    // Where each ticket is a buyer, none is asked for.
    let visitors = Evening::of_visitors();
    visitors.gather();
    let bare = request("POST", "/api/v1/sales/drop/tickets", &[], "");
    let (one, two) = (
        visitors.shop.send(bare),
        visitors
            .shop
            .send(request("POST", "/api/v1/sales/drop/tickets", &[], "")),
    );
    assert_eq!(one.status(), StatusCode::CREATED);
    assert_ne!(body(&one)["seed"], body(&two)["seed"]);
}

#[test]
fn what_is_no_ticket_of_the_session_is_refused() {
    let evening = Evening::new();
    evening.gather();
    let li = evening.ticket(LI);
    let text = li["ticket"].as_str().expect("a text");
    for wrong in ["x", &text[1..], &format!("B{}", &text[1..])] {
        let answer = evening
            .shop
            .api(&format!("/api/v1/sales/drop/tickets/{wrong}"));
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{wrong}");
        assert_eq!(problem(&answer), "/problems/ticket-invalid");
    }
    let none = evening
        .shop
        .api(&format!("/api/v1/sales/none/tickets/{text}"));
    assert_eq!(none.status(), StatusCode::NOT_FOUND);
    let post = request("POST", "/api/v1/sales/none/tickets", &[], "");
    assert_eq!(evening.shop.send(post).status(), StatusCode::NOT_FOUND);
    // The next session has another number.
    evening.publish(|room| room.session.number = 8);
    assert_eq!(
        problem(&evening.shop.api(&path_of(&li))),
        "/problems/ticket-invalid"
    );
}

#[test]
fn no_order_comes_in_beside_the_room() {
    let evening = Evening::of(|sale| {
        let mut other = Sale {
            id: "other".to_owned(),
            ..sale.clone()
        };
        other.items[0].sku = format!("sale:other:{SKU}");
        other.items[0].facts.sku = format!("sale:other:{SKU}");
        vec![sale, other]
    });
    evening.gather();
    let li = evening.ticket(LI);
    evening.open();
    call_all(&evening);
    let order = quoted_order(&evening.shop, SOLD_AS, LI);
    let ticket = li["ticket"].as_str().expect("a text");
    let path = evening.poll(&li)["orders_path"]
        .as_str()
        .expect("a path")
        .to_owned();
    let plain = evening.order_at("/api/v1/orders", ticket, "plain", &order);
    assert_eq!(problem(&plain), "/problems/not-your-turn");
    assert!(
        text(&plain).contains("/api/v1/sales/drop/tickets"),
        "says what to do"
    );
    let mut both = order_of(SOLD_AS, 1);
    both["customer"]["email"] = json!(LI);
    let further = json!({"sku": format!("sale:other:{SKU}"), "quantity": 1});
    both["lines"].as_array_mut().expect("lines").push(further);
    let both = evening.order_at(&path, ticket, "both", &both);
    assert_eq!(
        both.status(),
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        text(&both)
    );
    assert_eq!(body(&both)["errors"][0]["pointer"], "/lines");
    let nothing = evening.order_at(&path, ticket, "nothing", &order_of(SKU, 1));
    assert_eq!(nothing.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(evening.shop.world.orders(), 0);
    let besides = evening.shop.order("besides", &order_of(SKU, 1));
    assert_eq!(besides.status(), StatusCode::CREATED, "{}", text(&besides));
}

#[test]
fn a_paused_or_closed_sale_sells_nothing_to_those_who_were_called() {
    let evening = Evening::new();
    evening.gather();
    let li = evening.ticket(LI);
    evening.open();
    call_all(&evening);
    let path = evening.poll(&li)["orders_path"]
        .as_str()
        .expect("a path")
        .to_owned();
    for (control, expected) in [
        (Control::Paused, "/problems/not-open"),
        (Control::Closed, "/problems/sale-over"),
    ] {
        evening.publish(|room| room.control = control);
        let answer = evening.buy_at(&path, &li, "now", LI);
        assert_eq!(problem(&answer), expected, "{}", text(&answer));
    }
    assert_eq!(evening.shop.world.orders(), 0);
}

#[test]
fn no_log_has_a_ticket_or_a_code() {
    let evening = Evening::new();
    evening.gather();
    let li = evening.ticket(LI);
    evening.open();
    call_all(&evening);
    let path = evening.poll(&li)["orders_path"]
        .as_str()
        .expect("a path")
        .to_owned();
    let faults = vec![Fault::RequestLost; 12];
    evening.shop.world.faults.borrow_mut().extend(faults);
    let lost = evening.buy_at(&path, &li, "lost", LI);
    assert!(lost.status().is_server_error());
    let log = evening.shop.world.log.borrow().join("\n");
    let code = path.rsplit('/').next().expect("a code");
    assert!(log.contains("/api/v1/sales/drop/orders"), "{log}");
    assert!(!log.contains(code), "{log}");
}
