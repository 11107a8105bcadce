//! The waiting room of a sale at the edge. The usher is the test: it publishes the pulse.

mod orders;
mod pages;
mod reports;
mod time;

use std::cell::{Cell, RefCell};

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};
use souk_catalogue::{Identity, Sale};
use souk_operations::{PastDraw, PulseSale};
use souk_room::{
    Control, Door, DrawKey, Left, Published, Queue, Rank, Secrets, Stock, Window, rank::Commitment,
};
use souk_storefront::SIGNALS_TTL_MS;

use crate::sales::{HOUR_MS, SOLD_AS, quoted_order, shop_selling};
use crate::support::{Shop, json as body, request, text};
use crate::switches::pulse;

const LI: &str = "li@example.com";
const DRAW: DrawKey = DrawKey([2; 32]);

/// A shop with a sale that has a waiting room, on its evening.
pub(crate) struct Evening {
    pub(crate) shop: Shop,
    room: RefCell<Published>,
    stamp: Cell<u64>,
    /// The draw of the session before.
    before: Cell<Option<PastDraw>>,
}

fn commitment() -> Commitment {
    DRAW.commitment()
}

impl Evening {
    /// Two units, one for each buyer, by e-mail address; it opens after an hour.
    pub(crate) fn new() -> Self {
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
            before: Cell::default(),
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
                before: self.before.get(),
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
    pub(crate) fn gather(&self) {
        self.at(HOUR_MS / 2);
    }

    pub(crate) fn open(&self) {
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
    pub(crate) fn ticket(&self, email: &str) -> Value {
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
    pub(crate) fn buy(&self, ticket: &Value, key: &str, email: &str) -> Response<Bytes> {
        let polled = self.poll(ticket);
        let path = polled["orders_path"].as_str().unwrap_or("/none").to_owned();
        self.buy_at(&path, ticket, key, email)
    }

    fn buy_at(&self, path: &str, ticket: &Value, key: &str, email: &str) -> Response<Bytes> {
        let order = quoted_order(&self.shop, SOLD_AS, email);
        let ticket = ticket["ticket"].as_str().expect("a ticket");
        self.order_at(path, ticket, key, &order)
    }
}

fn path_of(ticket: &Value) -> String {
    let ticket = ticket["ticket"].as_str().expect("a ticket");
    format!("/api/v1/sales/drop/tickets/{ticket}")
}

/// Calls everybody.
pub(crate) fn call_all(evening: &Evening) {
    evening.publish(|room| room.window.advance(Some(Rank::LAST), None));
}

pub(crate) use self::pages::pages;
