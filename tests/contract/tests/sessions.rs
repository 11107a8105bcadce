//! What the origin says of a session with a waiting room, over its protocol.

use bytes::Bytes;
use http::{Request, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use souk_contract::prices::{PRICE, encoded, facts, offer, quote, set_terms, terms};
use souk_contract::{ObjectSqliteShop, PostgresShop};
use souk_order_store::contract::Fixture;
use souk_origin::{AvailabilityProjector, Memory, Settings};
use souk_pricing::{Facts, OfSale};
use souk_protocol::origin::{
    self, COPY_CUT_MS_MIN, CopiedRows, CopyRows, DefineOffers, Ledger, ReadSession, RequeueOrders,
    RequeuedOrders, Restore, RestoreReply, SESSION_ORDERS_MAX, SaleTicket, SessionLevel,
    SessionStanding, SubmitOrder, SubmitReply,
};

const TEA: &str = "sale:drop:tea";
const SESSION: u32 = 7;
const UNITS: i64 = 10;

struct NoBadges;

impl AvailabilityProjector for NoBadges {
    async fn project(&self, _availability: Vec<u8>) {}
}

struct Origin<F: Fixture> {
    fixture: F,
    store: F::Store,
    now_ms: i64,
}

impl<F: Fixture> Origin<F> {
    fn empty() -> Self {
        let fixture = F::empty();
        Self {
            store: fixture.open(),
            fixture,
            now_ms: 1_800_000_000_000,
        }
    }

    /// That has ten units of tea in a session.
    fn open() -> Self {
        let origin = Self::empty();
        let offers = DefineOffers {
            currency: "USD".to_owned(),
            offers: vec![offer(&tea(), UNITS)],
            withdrawn: Vec::new(),
        };
        for (path, message) in [
            (origin::OFFERS_PATH, json!(offers)),
            (origin::TERMS_PATH, json!(set_terms(&terms(None)))),
        ] {
            let (status, _) = origin.answer("POST", path, &message);
            assert_eq!(status, StatusCode::NO_CONTENT, "{path}");
        }
        origin
    }

    fn answer(&self, method: &str, path: &str, message: &impl Serialize) -> (StatusCode, Bytes) {
        let body = serde_json::to_vec(message).expect("plain structs");
        let request = Request::builder().method(method).uri(path);
        let request = request.body(body.into()).expect("a request");
        let (memory, settings) = (Memory::new(), Settings::default());
        let answer = souk_origin::handle(
            &request,
            &self.store,
            &NoBadges,
            &memory,
            self.now_ms,
            &settings,
            |line: &str| println!("{line}"),
        );
        let answer = self.fixture.block_on(answer);
        (answer.status(), answer.into_body())
    }

    fn ask<T: DeserializeOwned>(&self, path: &str, message: &impl Serialize) -> T {
        let (status, body) = self.answer("POST", path, message);
        assert!(status.is_success(), "{path}: {status}");
        serde_json::from_slice(&body).expect("a shape of the protocol")
    }

    /// Orders one unit with the ticket at a place.
    fn buy(&self, key: &str, place: u8) -> SubmitReply {
        let mut submit: SubmitOrder = serde_json::from_value(json!({
            "key": key, "fingerprint": "content", "id": format!("number-of-{key}"),
            "lines": [{"sku": TEA, "quantity": 1, "facts": encoded(&tea())}],
            "asked_by": {"buyer": key},
            "details": {"delivery": "standard", "payment": "on_delivery"}
        }))
        .expect("a shape of the protocol");
        submit.quote = Some(quote(&terms(None), self.now_ms, true));
        submit.ticket = Some(Box::new(SaleTicket {
            session: SESSION,
            rank: rank(place),
            seed: "A".repeat(22),
        }));
        self.ask(origin::ORDERS_PATH, &submit)
    }

    fn session(&self, after: i64) -> SessionStanding {
        self.ask(origin::SESSION_PATH, &asks(&[TEA], after))
    }

    /// Copies everything up to a moment into an empty origin, with the units that tea has.
    fn copy_into(&self, new: &Origin<impl Fixture>, until_ms: i64, tea: &Value) {
        let backup = || "one".to_owned();
        let _: RestoreReply = new.ask(origin::RESTORE_PATH, &Restore::Begin { backup: backup() });
        for (batch, ledger) in (1..).zip(Ledger::ALL) {
            let asked = CopyRows {
                ledger,
                after: String::new(),
                until_ms,
            };
            let CopiedRows { mut rows, .. } = self.ask(origin::COPY_PATH, &asked);
            if ledger == Ledger::Offers {
                let columns = tea.as_object().expect("an object").clone();
                rows[0].as_object_mut().expect("an object").extend(columns);
            }
            let step = Restore::Rows {
                backup: backup(),
                batch,
                ledger,
                rows,
            };
            let reply: RestoreReply = new.ask(origin::RESTORE_PATH, &step);
            assert_eq!(reply, RestoreReply::Done { batch });
        }
        let finish = Restore::Finish { backup: backup() };
        let _: RestoreReply = new.ask(origin::RESTORE_PATH, &finish);
        let _: RequeuedOrders = new.ask(origin::REQUEUE_PATH, &RequeueOrders::default());
    }
}

fn tea() -> Facts {
    Facts {
        sale: Some(OfSale {
            sale: "drop".to_owned(),
            session: SESSION,
            opens_at_ms: 0,
            closes_at_ms: i64::MAX,
            limit: 1,
            pay_within_ms: None,
        }),
        ..facts(TEA, PRICE)
    }
}

fn asks(skus: &[&str], after: i64) -> ReadSession {
    ReadSession {
        session: SESSION,
        skus: skus.iter().map(|&sku| sku.to_owned()).collect(),
        after,
    }
}

fn rank(place: u8) -> String {
    format!("0-{place:016x}")
}

fn accepted(reply: &SubmitReply) {
    assert!(matches!(reply, SubmitReply::Accepted { .. }), "{reply:?}");
}

fn ranks(standing: &SessionStanding) -> Vec<(&str, u32)> {
    let orders = standing.orders.iter();
    orders.map(|one| (&*one.rank, one.units)).collect()
}

fn a_session_is_read_over_the_protocol<F: Fixture>() {
    let shop = Origin::<F>::open();
    accepted(&shop.buy("a", 9));
    accepted(&shop.buy("b", 3));
    let standing = shop.session(0);
    let level = SessionLevel {
        supplied: UNITS,
        available: UNITS - 2,
        held: 0,
    };
    assert_eq!(standing.levels, [level]);
    assert_eq!(ranks(&standing), [(&*rank(9), 1), (&*rank(3), 1)]);
    let rest = shop.session(standing.orders[0].number);
    assert_eq!(
        (rest.levels, &rest.orders[..]),
        (vec![level], &standing.orders[1..])
    );
}

fn what_asks_for_too_much_or_no_sale_is_refused<F: Fixture>() {
    let shop = Origin::<F>::open();
    let status = |method: &str, skus: &[&str]| {
        let (status, _) = shop.answer(method, origin::SESSION_PATH, &asks(skus, 0));
        status
    };
    assert_eq!(status("POST", &[TEA; 20]), StatusCode::OK);
    assert_eq!(status("POST", &[TEA; 21]), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(status("POST", &["tea"]), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(status("GET", &[TEA]), StatusCode::NOT_FOUND);
}

/// The list is made of what orders keep of allowances, so it is one without a ledger of its own.
fn a_copy_put_back_has_the_orders_of_tickets<From: Fixture, To: Fixture>() {
    let mut shop = Origin::<From>::open();
    for (key, place) in [("a", 9), ("b", 3)] {
        accepted(&shop.buy(key, place));
        shop.now_ms += 1;
    }
    let before = shop.session(0);
    let until_ms = shop.now_ms;
    shop.now_ms += COPY_CUT_MS_MIN + 1;
    let mut new = Origin::<To>::empty();
    new.now_ms = shop.now_ms;
    let units = json!({"supplied": UNITS, "available": UNITS - 2, "held": 0, "sold": 2});
    shop.copy_into(&new, until_ms, &units);
    let after = new.session(0);
    assert_eq!(
        (&after.levels, ranks(&after)),
        (&before.levels, ranks(&before))
    );
    let (status, _) = new.answer("POST", origin::TERMS_PATH, &set_terms(&terms(None)));
    assert_eq!(status, StatusCode::NO_CONTENT);
    let refused = new.buy("c", 3);
    assert!(
        matches!(&refused, SubmitReply::LimitExceeded { limit, .. } if limit == "sale_orders_per_ticket"),
        "{refused:?}"
    );
    // A usher that goes on after the last number of the lost origin meets what is new.
    accepted(&new.buy("d", 1));
    let last = before.orders[1].number;
    let met = new.session(last);
    assert_eq!(ranks(&met).last(), Some(&(&*rank(1), 1)));
}

/// More orders than an answer has are in the next ones.
fn a_long_list_comes_in_pages<F: Fixture>(fill: impl Fn(&F, usize)) {
    let shop = Origin::<F>::open();
    fill(&shop.fixture, SESSION_ORDERS_MAX + 1);
    let first = shop.session(0).orders;
    assert_eq!(first.len(), SESSION_ORDERS_MAX);
    let last = &first[SESSION_ORDERS_MAX - 1];
    let rest = shop.session(last.number).orders;
    assert_eq!(rest.len(), 1);
    assert!(rest[0].number > last.number);
}

mod sqlite {
    use super::*;

    #[test]
    fn a_session_is_read_over_the_protocol() {
        super::a_session_is_read_over_the_protocol::<ObjectSqliteShop>();
    }

    #[test]
    fn what_asks_for_too_much_or_no_sale_is_refused() {
        super::what_asks_for_too_much_or_no_sale_is_refused::<ObjectSqliteShop>();
    }

    #[test]
    fn a_copy_put_back_has_the_orders_of_tickets() {
        super::a_copy_put_back_has_the_orders_of_tickets::<ObjectSqliteShop, PostgresShop>();
    }

    #[test]
    fn a_long_list_comes_in_pages() {
        super::a_long_list_comes_in_pages::<ObjectSqliteShop>(|shop, orders| {
            shop.run(&format!(
                "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {orders})
                INSERT INTO ticket_order (session, number, rank, units)
                SELECT {SESSION}, n, '0-0000000000000001', 1 FROM n"
            ));
        });
    }
}

mod postgres {
    use super::*;

    #[test]
    fn a_session_is_read_over_the_protocol() {
        super::a_session_is_read_over_the_protocol::<PostgresShop>();
    }

    #[test]
    fn a_copy_put_back_has_the_orders_of_tickets() {
        super::a_copy_put_back_has_the_orders_of_tickets::<PostgresShop, ObjectSqliteShop>();
    }

    #[test]
    fn a_long_list_comes_in_pages() {
        super::a_long_list_comes_in_pages::<PostgresShop>(|shop, orders| {
            shop.run(&format!(
                "INSERT INTO souk.ticket_order (session, placed_at_ms, rank, units)
                SELECT {SESSION}, n, '0-0000000000000001', 1 FROM generate_series(1, {orders}) AS n"
            ));
        });
    }
}
