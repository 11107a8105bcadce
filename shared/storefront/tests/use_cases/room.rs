//! The waiting room of a sale at the edge: places, turns, purchase addresses, orders, pages, reports.
//!
//! The usher is the test: it publishes the pulse.

use std::cell::{Cell, RefCell};

use bytes::Bytes;
use futures::executor::block_on;
use http::{Response, StatusCode};
use serde_json::{Value, json};
use souk_catalogue::{Identity, Sale};
use souk_operations::PulseSale;
use souk_ports::Clock;
use souk_room::{
    Control, Door, DrawKey, Left, Published, Queue, Rank, Secrets, Stock, Window, rank::Commitment,
};
use souk_storefront::{SIGNALS_TTL_MS, report_rooms, room_due, room_sent, rooms_to_report};

use crate::checkout::submit;
use crate::sales::{HOUR_MS, SKU, SOLD_AS, problem, quoted_order, shop_selling};
use crate::support::shop::{Browser, order_of};
use crate::support::{Fault, Shop, json as body, request, text};
use crate::switches::pulse;

const LI: &str = "li@example.com";
const DRAW: DrawKey = DrawKey([2; 32]);

/// A shop with a sale that has a waiting room, on its evening.
struct Evening {
    shop: Shop,
    room: RefCell<Published>,
    stamp: Cell<u64>,
}

fn commitment() -> Commitment {
    DRAW.commitment()
}

impl Evening {
    /// Two units, one for each buyer, by e-mail address; it opens after an hour.
    fn new() -> Self {
        Self::of(|sale| vec![sale])
    }

    /// The same where each ticket is a buyer.
    fn of_visitors() -> Self {
        Self::of(|sale| {
            let identity = Identity::Visitor;
            vec![Sale { identity, ..sale }]
        })
    }

    fn of(sales: impl FnOnce(Sale) -> Vec<Sale>) -> Self {
        let mut session = None;
        let shop = shop_selling(2, |sale| {
            session = Some(sale.sessions[0]);
            sales(Sale { room: true, ..sale })
        });
        let evening = Self {
            shop,
            room: RefCell::new(Published {
                session: session.expect("a session"),
                control: Control::Running,
                stock: Stock::Available,
                left: vec![Left::Plenty],
                window: Window::default(),
                front: Some(Rank::LAST),
                share: 1 << 16,
                queue: Queue::default(),
                present_permille: 1_000,
                called_per_minute: 0,
                secrets: None,
                commitment: commitment(),
            }),
            stamp: Cell::new(0),
        };
        evening.publish(|_| {});
        evening
    }

    /// Publishes a pulse with the room as it is then, and lets the instance hear of it.
    fn publish(&self, change: impl FnOnce(&mut Published)) {
        let room = &mut *self.room.borrow_mut();
        change(room);
        let now_ms = self.shop.world.now_ms.get();
        let secrets = Secrets {
            door: Door([1; 32]),
            draw: DRAW,
        };
        room.secrets = secrets.at(now_ms, &room.session);
        self.stamp.set(self.stamp.get() + 1);
        let mut pulse = pulse(self.stamp.get(), 0);
        pulse.made_at_ms = now_ms;
        for id in ["drop", "other"] {
            pulse.sales.push(PulseSale {
                id: id.to_owned(),
                room: room.clone(),
            });
        }
        let blob = pulse.encode().expect("small");
        self.shop.world.pulse.replace(blob.into());
        self.shop.world.pass_ms(SIGNALS_TTL_MS);
    }

    /// So long after the announcement, with a pulse of then.
    fn at(&self, ms: i64) {
        let gone_ms = self.shop.world.now_ms.get() - (self.opens_at_ms() - HOUR_MS);
        self.shop.world.pass_ms(ms - gone_ms);
        self.publish(|_| {});
    }

    fn opens_at_ms(&self) -> i64 {
        self.room.borrow().session.opens_at_ms
    }

    /// Half an hour before the opening: places are given.
    fn gather(&self) {
        self.at(HOUR_MS / 2);
    }

    fn open(&self) {
        self.at(HOUR_MS);
    }

    /// Calls everybody up to the ticket; everybody before has missed the turn where that is said.
    fn call(&self, ticket: &Value, missed: Option<&Value>) {
        let rank = |ticket: &Value| {
            let rank = self.poll(ticket)["rank"].clone();
            Rank::parse(rank.as_str().expect("a rank")).expect("a rank")
        };
        let (called, missed) = (rank(ticket), missed.map(rank));
        self.publish(|room| room.window.advance(Some(called), missed));
    }

    fn ask(&self, email: &str) -> Response<Bytes> {
        let headers = [("content-type", "application/json")];
        let asked = json!({ "email": email }).to_string();
        let path = "/api/v1/sales/drop/tickets";
        self.shop.send(request("POST", path, &headers, &asked))
    }

    /// A new ticket.
    fn ticket(&self, email: &str) -> Value {
        let answer = self.ask(email);
        assert_eq!(answer.status(), StatusCode::CREATED, "{}", text(&answer));
        body(&answer)
    }

    fn poll(&self, ticket: &Value) -> Value {
        let answer = self.shop.api(&path_of(ticket));
        assert_eq!(answer.status(), StatusCode::OK, "{}", text(&answer));
        body(&answer)
    }

    fn order_at(&self, path: &str, ticket: &str, key: &str, order: &Value) -> Response<Bytes> {
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", key),
            ("souk-ticket", ticket),
        ];
        let order = order.to_string();
        self.shop.send(request("POST", path, &headers, &order))
    }

    /// An order of one unit where the ticket buys.
    fn buy(&self, ticket: &Value, key: &str, email: &str) -> Response<Bytes> {
        let polled = self.poll(ticket);
        let path = polled["orders_path"].as_str().unwrap_or("/none").to_owned();
        self.buy_at(&path, ticket, key, email)
    }

    fn buy_at(&self, path: &str, ticket: &Value, key: &str, email: &str) -> Response<Bytes> {
        let order = quoted_order(&self.shop, SOLD_AS, email);
        let ticket = ticket["ticket"].as_str().expect("a ticket");
        self.order_at(path, ticket, key, &order)
    }

    /// Sends what is to be reported as a function does, to its end.
    fn report(&self) -> bool {
        let world = &self.shop.world;
        let task = rooms_to_report(&self.shop.instance, world.now_ms());
        let Some(task) = task else { return false };
        let log = |line: &str| world.log.borrow_mut().push(line.to_owned());
        block_on(report_rooms(world, &self.shop.instance, task, &log));
        true
    }
}

fn path_of(ticket: &Value) -> String {
    let ticket = ticket["ticket"].as_str().expect("a ticket");
    format!("/api/v1/sales/drop/tickets/{ticket}")
}

/// A browser with a place that it has asked for.
fn with_place<'s>(evening: &'s Evening, email: &str) -> Browser<'s> {
    let browser = evening.shop.browser();
    let taken = browser.post("/sales/drop/place", &[("email", email)]);
    assert_eq!(taken.status(), StatusCode::SEE_OTHER, "{}", text(&taken));
    assert_eq!(taken.headers()["location"], "/sales/drop/place");
    browser
}

/// The page of a sale whose places are given, and that of a place.
pub(crate) fn pages() -> [String; 2] {
    let evening = Evening::new();
    evening.gather();
    let place = with_place(&evening, LI).get("/sales/drop/place");
    [evening.shop.page("/sales/drop"), text(&place)]
}

/// Calls everybody.
fn call_all(evening: &Evening) {
    evening.publish(|room| room.window.advance(Some(Rank::LAST), None));
}

/// The address at which the place of the browser buys.
fn buy_path(browser: &Browser<'_>) -> String {
    let page = text(&browser.get("/sales/drop/place"));
    let (_, path) = page
        .split_once("class=\"button\" href=\"")
        .expect("a button");
    path.split('"').next().expect("an address").to_owned()
}

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
    call_all(&evening);
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
    evening.publish(|room| room.window.advance(None, Some(Rank::LAST)));
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
    both["lines"][1] = json!({"sku": format!("sale:other:{SKU}"), "quantity": 1});
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
fn an_edge_that_cannot_tell_the_time_gives_no_place_by_arrival() {
    let evening = Evening::new();
    evening.gather();
    evening.shop.world.signals_down.set(true);
    evening.shop.world.pass_ms(60_000);
    let drawn = evening.ticket(LI);
    assert_eq!(drawn["state"], "gathering", "it may still be drawn");
    evening.shop.world.pass_ms(HOUR_MS);
    let late = evening.ask("han@example.com");
    assert_eq!(
        late.status(),
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        text(&late)
    );
    assert!(late.headers().contains_key("retry-after"));
    assert_eq!(evening.poll(&drawn)["state"], "waiting");
    evening.shop.world.signals_down.set(false);
    evening.open();
    assert_eq!(evening.ask("han@example.com").status(), StatusCode::CREATED);
}

#[test]
fn a_wrong_clock_opens_nothing_early_and_a_clock_that_was_set_back_gives_no_place() {
    let evening = Evening::new();
    evening.gather();
    let li = evening.ticket(LI);
    // The owner of the pulse says how old it is; the clock of the edge is two hours ahead.
    evening.shop.world.pulse_age_ms.set(Some(200));
    let blob = {
        let mut pulse = pulse(90, 0);
        pulse.made_at_ms = evening.shop.world.now_ms.get();
        pulse.sales.push(PulseSale {
            id: "drop".to_owned(),
            room: evening.room.borrow().clone(),
        });
        pulse.encode().expect("small")
    };
    evening.shop.world.pass_ms(HOUR_MS / 4);
    evening.shop.world.pulse.replace(blob.into());
    evening.shop.world.pass_ms(HOUR_MS);
    assert_eq!(evening.poll(&li)["state"], "gathering");
    let sale = body(&evening.shop.api("/api/v1/sales/drop"));
    assert_eq!(sale["state"], "gathering");
    evening.shop.world.pass_ms(-HOUR_MS);
    let asked = evening.ask("han@example.com");
    assert_eq!(
        asked.status(),
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        text(&asked)
    );
    assert_eq!(evening.poll(&li)["state"], "gathering");
}

#[test]
fn an_edge_without_the_room_sells_nothing_and_gives_no_place() {
    let evening = Evening::new();
    evening.gather();
    let li = evening.ticket(LI);
    let mut other = evening;
    other.shop.world.signals_down.set(true);
    other.shop.restart();
    let sale = body(&other.shop.api("/api/v1/sales/drop"));
    assert_eq!(
        (&sale["state"], &sale["draw"]),
        (&json!("announced"), &Value::Null)
    );
    assert_eq!(other.ask(LI).status(), StatusCode::SERVICE_UNAVAILABLE);
    let poll = other.shop.api(&path_of(&li));
    assert_eq!(poll.status(), StatusCode::SERVICE_UNAVAILABLE);
    other.shop.world.pass_ms(HOUR_MS);
    assert_eq!(
        body(&other.shop.api("/api/v1/sales/drop"))["state"],
        "paused"
    );
    assert!(other.shop.page("/sales/drop").contains("paused"));
    let order = quoted_order(&other.shop, SOLD_AS, LI);
    let plain = other.shop.order("plain", &order);
    assert_eq!(
        plain.status(),
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        text(&plain)
    );
}

#[test]
fn the_sale_says_how_it_stands_and_the_key_of_the_draw_at_its_end() {
    let evening = Evening::new();
    let sale = || body(&evening.shop.api("/api/v1/sales/drop"));
    let announced = sale();
    assert_eq!(announced["state"], "announced");
    assert_eq!(
        announced["draw"],
        json!({"commitment": commitment().text(), "key": null})
    );
    evening.open();
    evening.publish(|room| room.left = vec![Left::Few]);
    let open = sale();
    assert_eq!(
        (&open["state"], &open["items"][0]["left"]),
        (&json!("open"), &json!("few"))
    );
    for (control, stock, state) in [
        (Control::Paused, Stock::Available, "paused"),
        (Control::Running, Stock::Resting, "resting"),
        (Control::Running, Stock::SoldOut, "sold_out"),
    ] {
        evening.publish(|room| (room.control, room.stock) = (control, stock));
        assert_eq!(sale()["state"], state);
        assert_eq!(sale()["draw"]["key"], Value::Null);
    }
    evening.publish(|room| room.control = Control::Closed);
    assert_eq!(sale()["state"], "over");
    assert_eq!(sale()["draw"]["key"], DRAW.text());
    let page = evening.shop.page("/sales/drop");
    assert!(page.contains(&DRAW.text()) && page.contains(&commitment().text()));
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
fn the_public_page_is_kept_while_only_the_queue_moves() {
    let evening = Evening::new();
    evening.open();
    let page = evening.shop.page("/sales/drop");
    assert!(page.contains("action=\"/sales/drop/place\"") && page.contains("name=\"email\""));
    assert!(
        !page.contains("action=\"/cart\""),
        "nothing is sold beside the room"
    );
    evening.publish(|room| {
        room.window.advance(Some(Rank::Drawn(9)), None);
        room.queue.add_drawn(5);
        room.front = None;
    });
    evening.shop.api("/api/v1/status");
    let kept = evening.shop.cached_response("/sales/drop");
    assert!(kept.is_some(), "the stamp of what it shows is the same");
    evening.publish(|room| room.left = vec![Left::Few]);
    evening.shop.api("/api/v1/status");
    assert!(evening.shop.cached_response("/sales/drop").is_none());
    assert!(evening.shop.page("/sales/drop").contains("Only a few left"));
}

#[test]
fn a_browser_without_scripts_goes_from_the_draw_to_its_order() {
    let evening = Evening::new();
    evening.gather();
    let page = evening.shop.page("/sales/drop");
    assert!(page.contains("Get your place") && page.contains("/sales/drop/opening.ics"));
    let browser = with_place(&evening, LI);
    let place = browser.get("/sales/drop/place");
    assert_eq!(place.headers()["cache-control"], "no-store");
    assert_eq!(place.headers()["referrer-policy"], "strict-origin");
    assert!(place.headers().contains_key("refresh"));
    assert!(text(&place).contains("You are in the draw"));
    let live = browser.get("/sales/drop/place?live");
    assert!(!live.headers().contains_key("refresh"), "its script asks");
    evening.open();
    assert!(text(&browser.get("/sales/drop/place")).contains("You have a place"));
    call_all(&evening);
    let path = buy_path(&browser);
    let choice = browser.get(&path);
    assert_eq!(choice.status(), StatusCode::OK);
    assert_eq!(choice.headers()["cache-control"], "no-store");
    assert!(text(&choice).contains("$9.90") && text(&choice).contains("1 per buyer"));
    let none = browser.post(&path, &[(SOLD_AS, "0")]);
    assert_eq!(none.headers()["location"], path.as_str());
    for _ in 0..2 {
        let chosen = browser.post(&path, &[(SOLD_AS, "7"), ("x", "1")]);
        assert_eq!(chosen.headers()["location"], "/checkout");
    }
    let checkout = text(&browser.get("/checkout"));
    let other = submit(&browser, &checkout, &[("email", "han@example.com")]);
    assert_eq!(other.status(), StatusCode::CONFLICT);
    assert!(
        text(&other).contains("another e-mail address"),
        "{}",
        text(&other)
    );
    let placed = submit(&browser, &checkout, &[("email", LI)]);
    assert_eq!(placed.status(), StatusCode::SEE_OTHER, "{}", text(&placed));
    let sent = evening.shop.world.tickets.borrow();
    assert!(sent.last().is_some_and(Option::is_some));
    assert_eq!(evening.shop.world.orders(), 1);
}

#[test]
fn a_second_click_keeps_the_place_and_a_missed_one_begins_anew() {
    let evening = Evening::new();
    evening.gather();
    let browser = with_place(&evening, LI);
    let cookie = browser.cookie.borrow().clone();
    assert!(cookie.contains("souk_place_drop="));
    let again = browser.post("/sales/drop/place", &[("email", "han@example.com")]);
    assert!(!again.headers().contains_key("set-cookie"));
    assert_eq!(*browser.cookie.borrow(), cookie);
    evening.open();
    evening.publish(|room| {
        room.window
            .advance(Some(Rank::LAST), Some(Rank::Drawn(u64::MAX)))
    });
    let missed = text(&browser.get("/sales/drop/place"));
    assert!(missed.contains("Your turn is over") && missed.contains("Get your place"));
    browser.post("/sales/drop/place", &[("email", LI)]);
    assert_ne!(*browser.cookie.borrow(), cookie);
}

#[test]
fn the_cookie_of_a_place_is_the_shops_own_and_ends_with_the_session() {
    let evening = Evening::new();
    evening.gather();
    let headers = [
        ("accept", "text/html"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-forwarded-proto", "https"),
        ("sec-fetch-site", "same-origin"),
    ];
    let form = request(
        "POST",
        "/sales/drop/place",
        &headers,
        "email=li%40example.com",
    );
    let taken = evening.shop.send(form);
    let cookie = taken.headers()["set-cookie"]
        .to_str()
        .expect("ASCII")
        .to_owned();
    assert!(cookie.starts_with("__Host-souk_place_drop="), "{cookie}");
    let room = evening.room.borrow();
    let rest_ms = room.session.closes_at_ms - evening.shop.world.now_ms.get();
    for part in [
        "; HttpOnly",
        "; SameSite=Lax",
        "; Secure",
        "; Path=/",
        &format!("; Max-Age={}", rest_ms / 1_000),
    ] {
        assert!(cookie.contains(part), "{cookie} has no {part}");
    }
    let foreign = [headers[0], headers[1], ("sec-fetch-site", "cross-site")];
    let form = request(
        "POST",
        "/sales/drop/place",
        &foreign,
        "email=li%40example.com",
    );
    assert_eq!(evening.shop.send(form).status(), StatusCode::FORBIDDEN);
}

#[test]
fn a_purchase_page_is_for_one_browser_and_its_turn() {
    let evening = Evening::of_visitors();
    evening.gather();
    let (mine, other) = (with_place(&evening, ""), with_place(&evening, ""));
    evening.open();
    call_all(&evening);
    let path = buy_path(&mine);
    for browser in [&other, &evening.shop.browser()] {
        assert_eq!(browser.get(&path).status(), StatusCode::NOT_FOUND);
        let fields = [(SOLD_AS, "1")];
        assert_eq!(browser.post(&path, &fields).status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(mine.get(&path).status(), StatusCode::OK);
    evening.publish(|room| room.window.advance(None, Some(Rank::LAST)));
    assert_eq!(mine.get(&path).headers()["location"], "/sales/drop/place");
    // The cart may still have it; the checkout says what is wrong.
    mine.add("mug", SOLD_AS, "1");
    let checkout = text(&mine.get("/checkout"));
    let refused = submit(&mine, &checkout, &[]);
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert!(text(&refused).contains("Your turn in the sale is over"));
    let stranger = evening.shop.browser();
    stranger.add("mug", SOLD_AS, "1");
    let checkout = text(&stranger.get("/checkout"));
    let refused = submit(&stranger, &checkout, &[]);
    assert!(text(&refused).contains("get a place on the page of the sale"));
    assert_eq!(evening.shop.world.orders(), 0);
}

#[test]
fn a_form_without_an_address_comes_back_with_what_is_wrong() {
    let evening = Evening::new();
    evening.gather();
    let browser = evening.shop.browser();
    let answer = browser.post("/zh/sales/drop/place", &[("email", "li@\"x\"")]);
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = text(&answer);
    assert!(page.contains("aria-invalid=\"true\"") && page.contains("li@&quot;x&quot;"));
    assert!(page.contains("领取排位"), "in the language of the page");
    let bare = evening.shop.get("/sales/drop/place");
    assert_eq!(bare.headers()["location"], "/sales/drop");
    for path in ["/sales/none/place", "/sales/none/opening.ics"] {
        assert_eq!(evening.shop.get(path).status(), StatusCode::NOT_FOUND);
    }
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

#[test]
fn the_opening_is_an_entry_for_calendars() {
    let evening = Evening::new();
    let answer = evening.shop.get("/sales/drop/opening.ics");
    let kind = answer.headers()["content-type"].to_str().expect("ASCII");
    assert!(kind.starts_with("text/calendar"));
    let entry = text(&answer);
    assert!(entry.starts_with("BEGIN:VCALENDAR\r\n") && entry.ends_with("END:VCALENDAR\r\n"));
    let opens = souk_pages::format::timestamp(evening.opens_at_ms()).expect("a moment");
    let opens = opens.replace(['-', ':'], "");
    assert!(
        entry.contains(&format!("\r\nDTSTART:{opens}\r\n")),
        "{entry}"
    );
    assert!(
        entry.contains("SUMMARY:The drop – Test Souk\r\n"),
        "{entry}"
    );
}

#[test]
fn an_instance_reports_what_it_has_seen_and_issued() {
    let evening = Evening::new();
    evening.gather();
    let li = evening.ticket(LI);
    assert!(evening.report());
    let first = evening.shop.world.room_batches.take();
    assert_eq!((first.len(), first[0].session, first[0].drawn), (1, 7, 1));
    assert!(first[0].reports.is_empty() && first[0].edge < 1 << 53);
    evening.open();
    let late = evening.ticket("han@example.com");
    evening.poll(&li);
    call_all(&evening);
    let placed = evening.buy(&li, "first", LI);
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
    assert!(evening.report() && !evening.report());
    let second = evening.shop.world.room_batches.take();
    let second = &second[0];
    assert_eq!(
        (second.edge, second.batch),
        (first[0].edge, first[0].batch + 1)
    );
    let made_at_ms = evening.shop.world.now_ms.get() - SIGNALS_TTL_MS;
    assert_eq!(second.pulse_made_at_ms, made_at_ms);
    assert_eq!(
        (second.drawn, second.arrived.len(), second.arrived[0].1),
        (0, 1, 1)
    );
    let polls: Vec<_> = second.reports.iter().map(|seen| seen.polls).collect();
    assert_eq!(polls, [true, true, false]);
    assert_eq!(json!(second.reports[0].rank), evening.poll(&li)["rank"]);
    assert_ne!(json!(second.reports[0].rank), evening.poll(&late)["rank"]);
}

#[test]
fn a_batch_whose_answer_was_lost_is_sent_again_as_it_was() {
    let evening = Evening::new();
    evening.gather();
    evening.ticket(LI);
    let (world, instance) = (&evening.shop.world, &evening.shop.instance);
    let sent = room_due(instance, world.now_ms()).expect("a batch");
    evening.ticket("han@example.com");
    assert!(
        room_due(instance, world.now_ms()).is_none(),
        "its answer is awaited"
    );
    room_sent(instance, false);
    assert!(
        room_due(instance, world.now_ms()).is_none(),
        "one in half a second"
    );
    world.pass_ms(500);
    assert_eq!(room_due(instance, world.now_ms()), Some(sent));
    room_sent(instance, true);
    world.pass_ms(500);
    let next = room_due(instance, world.now_ms()).expect("what came in between");
    assert!(String::from_utf8_lossy(&next).contains("\"drawn\":1"));
    // A task that was killed while it waited holds nothing up for ever.
    world.pass_ms(11_000);
    assert_eq!(room_due(instance, world.now_ms()), Some(next));
}

#[test]
fn one_task_sends_until_nothing_is_left_and_a_later_one_goes_on() {
    let evening = Evening::new();
    evening.gather();
    evening.ticket(LI);
    let (world, instance) = (&evening.shop.world, &evening.shop.instance);
    let first = rooms_to_report(instance, world.now_ms());
    assert!(first.is_some());
    assert_eq!(rooms_to_report(instance, world.now_ms()), None);
    world.pass_ms(6_000);
    let second = rooms_to_report(instance, world.now_ms());
    assert!(
        second.is_some() && second != first,
        "the first one may be gone"
    );
    world.room_batches_lost.set(true);
    let log = |_: &str| {};
    block_on(report_rooms(world, instance, first.expect("a task"), &log));
    assert_eq!(
        world.room_batches.borrow().len(),
        1,
        "it leaves the rest to the second"
    );
    world.room_batches_lost.set(false);
    world.pass_ms(500);
    block_on(report_rooms(world, instance, second.expect("a task"), &log));
    let batches = world.room_batches.take();
    assert_eq!((batches.len(), &batches[0]), (2, &batches[1]));
    assert!(!evening.report(), "nothing is left");
}
