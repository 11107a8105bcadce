//! Waiting rooms: scheduled, stepped, published, and told to the staff.

use http::StatusCode;
use souk_protocol::operations::{
    ChangeReply, OperationsChange, SaleControl, SaleSession, SaleStanding, ScheduledSale,
};
use souk_protocol::origin::{SessionLevel, SessionOrder};
use souk_protocol::room::{ROOM_PATH, RoomBatch, SeenTicket};
use souk_room::{Left, Rank, State};
use souk_service_http::post;
use souk_sql::json;

use crate::support::{Memory, NOW_MS, Shop};

const SESSION: u32 = 7;
const MINUTE_MS: i64 = 60_000;
/// A minute of gathering, then an hour of selling.
const OPENS_MS: i64 = NOW_MS + 2 * MINUTE_MS;

fn sale(id: &str, session: u32) -> ScheduledSale {
    ScheduledSale {
        id: id.to_owned(),
        sessions: vec![SaleSession {
            number: session,
            gathers_at_ms: OPENS_MS - MINUTE_MS,
            opens_at_ms: OPENS_MS,
            closes_at_ms: OPENS_MS + 60 * MINUTE_MS,
        }],
        skus: vec![format!("sale:{id}:TEA")],
        limit: 1,
        overbook_permille: 1_000,
        buy_within_ms: 5 * MINUTE_MS,
    }
}

fn schedule(sale: ScheduledSale) -> OperationsChange {
    OperationsChange::Schedule(Box::new(sale))
}

fn control(control: SaleControl) -> OperationsChange {
    let sale = "drop".to_owned();
    OperationsChange::Control { sale, control }
}

/// A batch of an edge with a young pulse.
fn batch(number: u64, now_ms: i64) -> RoomBatch {
    RoomBatch {
        session: SESSION,
        edge: 5,
        batch: number,
        pulse_made_at_ms: now_ms,
        reports: Vec::new(),
        drawn: 0,
        arrived: Vec::new(),
    }
}

fn drawn(value: u64) -> Rank {
    Rank::Drawn(value)
}

fn polls(ranks: &[Rank]) -> Vec<SeenTicket> {
    let seen = ranks.iter().map(|rank| SeenTicket {
        rank: rank.text(),
        polls: true,
    });
    seen.collect()
}

impl Shop<'_> {
    /// The sale of the tests is scheduled, with so many units.
    fn scheduled(&self, units: i64) {
        let reply = self.change(schedule(sale("drop", SESSION)));
        assert!(matches!(reply, ChangeReply::Changed { .. }), "{reply:?}");
        self.origin.level.set(SessionLevel {
            supplied: units,
            available: units,
            held: 0,
        });
    }

    fn report(&self, batch: &RoomBatch) -> StatusCode {
        self.send(&post(ROOM_PATH, json(batch))).status()
    }

    fn go_to(&self, moment_ms: i64) {
        self.now_ms.set(moment_ms);
    }

    /// Ticks once a second until a moment; `in_each` happens before each.
    fn tick_until(&self, moment_ms: i64, mut in_each: impl FnMut(&Self)) {
        while self.now_ms.get() < moment_ms {
            self.pass(1_000);
            in_each(self);
            self.tick();
        }
    }

    fn room(&self) -> souk_room::Published {
        let pulses = self.edges.pulses.borrow();
        let pulse = pulses.last().expect("a pulse");
        pulse.sale("drop").expect("the sale").room.clone()
    }

    fn sale_standing(&self) -> SaleStanding {
        let mut sales = self.standing("").sales;
        assert_eq!(sales.len(), 1);
        sales.remove(0)
    }
}

#[test]
fn a_sale_that_is_scheduled_is_known_to_edges_before_it_gathers() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.scheduled(3);
    let room = shop.room();
    assert_eq!(room.state(NOW_MS), State::Announced);
    assert_eq!((room.left, room.secrets), (vec![Left::Plenty], None));
    assert_eq!(shop.sale_standing().state, "announced");
    // Nothing is to be done until it gathers.
    assert_eq!(shop.next_in_ms(), Some(MINUTE_MS));
    shop.tick();
    assert!(shop.origin.asked.borrow().is_empty());
    assert_eq!(shop.stamps().len(), 1);
}

#[test]
fn what_was_shown_of_a_draw_is_what_comes() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.scheduled(3);
    let commitment = shop.room().commitment;
    let reply = shop.change(schedule(ScheduledSale {
        limit: 2,
        ..sale("drop", SESSION)
    }));
    assert!(matches!(reply, ChangeReply::Changed { .. }), "{reply:?}");
    assert_eq!(shop.room().commitment, commitment);
    shop.tick_until(OPENS_MS - 31_000, |_| {});
    assert_eq!(shop.room().secrets, None);
    shop.tick_until(OPENS_MS - 29_000, |_| {});
    let secrets = shop.room().secrets.expect("the keys");
    assert_eq!(secrets.draw.commitment(), commitment);
}

#[test]
fn the_draw_of_a_session_that_is_over_stands_beside_the_next_one_for_a_day() {
    const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
    let store = Memory::default();
    let shop = Shop::over(&store);
    let first = sale("drop", SESSION).sessions[0];
    let second = SaleSession {
        number: SESSION + 1,
        gathers_at_ms: first.gathers_at_ms + 2 * DAY_MS,
        opens_at_ms: first.opens_at_ms + 2 * DAY_MS,
        closes_at_ms: first.closes_at_ms + 2 * DAY_MS,
    };
    let both = ScheduledSale {
        sessions: vec![first, second],
        ..sale("drop", SESSION)
    };
    shop.change(schedule(both));
    let commitment = shop.room().commitment;
    let before = |moment_ms| {
        shop.go_to(moment_ms);
        shop.change(control(SaleControl::Running));
        let pulses = shop.edges.pulses.borrow();
        let pulse = pulses.last().expect("a pulse");
        pulse.sale("drop").expect("the sale").before
    };
    assert_eq!(before(first.closes_at_ms - 1), None);
    let draw = before(first.closes_at_ms).expect("the draw");
    assert_eq!(draw.key.commitment(), commitment);
    assert_eq!(draw.opens_at_ms, first.opens_at_ms);
    assert!(before(first.closes_at_ms + DAY_MS - 1).is_some());
    assert_eq!(before(first.closes_at_ms + DAY_MS), None);
}

#[test]
fn an_usher_steps_each_second_and_less_often_long_before_the_opening() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    let mut early = sale("drop", SESSION);
    early.sessions[0].gathers_at_ms = NOW_MS;
    shop.change(schedule(early));
    assert_eq!(shop.next_in_ms(), Some(5_000));
    shop.tick();
    assert_eq!(shop.origin.asked.borrow().len(), 1);
    // Several schedulers may tick.
    shop.pass(300);
    shop.tick();
    assert_eq!(shop.origin.asked.borrow().len(), 1);
    shop.go_to(OPENS_MS - MINUTE_MS);
    assert_eq!(shop.next_in_ms(), Some(1_000));
    shop.tick();
    shop.pass(1_000);
    shop.tick();
    assert_eq!(shop.origin.asked.borrow().len(), 3);
}

#[test]
fn those_who_are_there_are_called_as_far_as_there_are_units() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.scheduled(2);
    shop.go_to(OPENS_MS - 40_000);
    let first = RoomBatch {
        drawn: 4,
        ..batch(1, OPENS_MS - 40_000)
    };
    assert_eq!(shop.report(&first), StatusCode::NO_CONTENT);
    let [one, two, three, four] = [1, 2, 3, 4].map(|part| drawn(part << 61));
    let mut number = 1;
    shop.tick_until(OPENS_MS + 3_000, |shop| {
        number += 1;
        // The second one has left.
        let seen = RoomBatch {
            reports: polls(&[one, three, four]),
            ..batch(number, shop.now_ms.get())
        };
        assert_eq!(shop.report(&seen), StatusCode::NO_CONTENT);
    });
    let room = shop.room();
    assert_eq!(room.window.called(), Some(three), "{two:?} is not there");
    assert_eq!(room.state(shop.now_ms.get()), State::Open);
    let standing = shop.sale_standing();
    assert_eq!((standing.drawn, standing.tickets), (4, 4));
    assert_eq!((standing.state.as_str(), standing.available), ("open", 2));
    // One of them orders, and nothing is left for the fourth.
    shop.origin.level.set(SessionLevel {
        supplied: 2,
        available: 1,
        held: 1,
    });
    shop.origin.orders.borrow_mut().push(SessionOrder {
        number: 11,
        rank: one.text(),
        units: 1,
    });
    shop.tick_until(OPENS_MS + 5_000, |_| {});
    assert_eq!(shop.room().window.called(), Some(three));
    assert_eq!(shop.room().left, [Left::Plenty]);
    assert_eq!(shop.sale_standing().orders, 1);
    let asked = shop.origin.asked.borrow();
    assert_eq!(asked.last().map(|asked| asked.after), Some(11));
}

#[test]
fn a_batch_that_comes_twice_counts_once() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.scheduled(2);
    shop.go_to(OPENS_MS - 40_000);
    let first = RoomBatch {
        drawn: 4,
        ..batch(1, OPENS_MS - 40_000)
    };
    shop.report(&first);
    shop.report(&first);
    shop.tick();
    shop.pass(1_000);
    // And after a step has taken it.
    shop.report(&first);
    shop.tick();
    assert_eq!(shop.sale_standing().drawn, 4);
    let next = RoomBatch {
        batch: 2,
        ..first.clone()
    };
    shop.pass(1_000);
    shop.report(&next);
    shop.tick();
    assert_eq!(shop.sale_standing().drawn, 8);
}

#[test]
fn what_is_no_batch_is_refused() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    let many = RoomBatch {
        reports: polls(&vec![drawn(1); 1_001]),
        ..batch(1, NOW_MS)
    };
    for body in [
        "".to_owned(),
        "{}".to_owned(),
        "[7]".to_owned(),
        json(&many),
    ] {
        let status = shop.send(&post(ROOM_PATH, body)).status();
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
}

#[test]
fn while_the_origin_is_away_the_window_stands_and_edges_are_informed() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.scheduled(2);
    shop.tick_until(OPENS_MS + 2_000, |_| {});
    let before = shop.stamps().len();
    let room = shop.room();
    shop.origin.is_away.set(true);
    shop.tick_until(OPENS_MS + 12_000, |_| {});
    assert_eq!(shop.stamps().len(), before + 10);
    assert_eq!(shop.room(), room);
    assert!(shop.log.borrow().iter().all(|line| line.contains("drop")));
    assert_eq!(shop.log.borrow().len(), 10);
}

#[test]
fn the_staff_pause_a_sale_at_once_and_close_it_for_good() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.scheduled(2);
    shop.tick_until(OPENS_MS + 2_000, |_| {});
    shop.change(control(SaleControl::Paused));
    let now_ms = shop.now_ms.get();
    assert_eq!(shop.room().state(now_ms), State::Paused);
    assert_eq!(shop.sale_standing().control, "paused");
    shop.change(control(SaleControl::Running));
    assert_eq!(shop.room().state(now_ms), State::Open);
    shop.change(control(SaleControl::Closed));
    assert_eq!(shop.room().state(now_ms), State::Over);
    assert!(shop.room().revealed(now_ms).is_some());
    let again = shop.change(control(SaleControl::Running));
    assert!(matches!(again, ChangeReply::Conflict { .. }), "{again:?}");
    // Nothing steps any more.
    assert_eq!(shop.next_in_ms(), None);
    let asked = shop.origin.asked.borrow().len();
    shop.tick();
    assert_eq!(shop.origin.asked.borrow().len(), asked);
}

#[test]
fn a_sale_that_cannot_be_is_refused_with_the_reason() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    let good = || sale("drop", SESSION);
    let mut closes_first = good();
    closes_first.sessions[0].closes_at_ms = OPENS_MS;
    let other_sku = ScheduledSale {
        skus: vec!["sale:other:TEA".to_owned()],
        ..good()
    };
    for (sale, words) in [
        (sale("The drop", SESSION), "small letters"),
        (closes_first, "closes"),
        (other_sku, "another sale"),
        (
            ScheduledSale {
                skus: Vec::new(),
                ..good()
            },
            "items",
        ),
        (
            ScheduledSale {
                sessions: Vec::new(),
                ..good()
            },
            "sessions",
        ),
        (ScheduledSale { limit: 0, ..good() }, "at least one unit"),
        (
            ScheduledSale {
                overbook_permille: 999,
                ..good()
            },
            "overbook",
        ),
        (
            ScheduledSale {
                buy_within_ms: 59_999,
                ..good()
            },
            "a turn",
        ),
    ] {
        let reply = shop.change(schedule(sale));
        let ChangeReply::Refused { reason } = reply else {
            panic!("{reply:?} and not '{words}'");
        };
        assert!(reason.contains(words), "{reason}");
    }
    assert!(shop.stamps().is_empty());
}

#[test]
fn rooms_of_sales_that_are_forgotten_are_forgotten_too() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.scheduled(2);
    shop.tick_until(OPENS_MS, |_| {});
    assert!(store.rooms.borrow().contains_key(&SESSION));
    shop.go_to(OPENS_MS + 3 * 24 * 60 * MINUTE_MS);
    let later = SaleSession {
        number: 8,
        gathers_at_ms: shop.now_ms.get() + MINUTE_MS,
        opens_at_ms: shop.now_ms.get() + 2 * MINUTE_MS,
        closes_at_ms: shop.now_ms.get() + 3 * MINUTE_MS,
    };
    let next = ScheduledSale {
        sessions: vec![later],
        ..sale("next", 8)
    };
    shop.change(schedule(next));
    assert!(!store.rooms.borrow().contains_key(&SESSION));
    let sales: Vec<_> = shop
        .standing("")
        .sales
        .into_iter()
        .map(|sale| sale.id)
        .collect();
    assert_eq!(sales, ["next"]);
}
