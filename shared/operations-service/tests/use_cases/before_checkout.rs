//! The room before the checkout: there from level 4 on, called at the pace of the origin, gone below.

use souk_protocol::operations::OperationsChange;
use souk_protocol::room::{ROOM_PATH, RoomBatch};
use souk_room::before_checkout::CHECKOUT;
use souk_room::{Published, State};
use souk_service_http::post;
use souk_sql::json;

use crate::support::{Memory, NOW_MS, Shop};

const MINUTE_MS: i64 = 60_000;

fn level(level: u8, until_ms: Option<i64>) -> OperationsChange {
    OperationsChange::Level { level, until_ms }
}

impl Shop<'_> {
    /// The room as edges know it.
    fn before_checkout(&self) -> Option<Published> {
        let pulses = self.edges.pulses.borrow();
        let pulse = pulses.last().expect("a pulse");
        Some(pulse.sale(CHECKOUT)?.room.clone())
    }

    /// An edge has issued so many tickets in the second before.
    fn issue(&self, number: u64, tickets: u64) {
        let now_ms = self.now_ms.get();
        let batch = RoomBatch {
            session: self.before_checkout().expect("a room").session.number,
            edge: 5,
            batch: number,
            pulse_made_at_ms: now_ms,
            reports: Vec::new(),
            drawn: 0,
            arrived: vec![(now_ms - 1_000, tickets)],
        };
        assert!(
            self.send(&post(ROOM_PATH, json(&batch)))
                .status()
                .is_success()
        );
    }

    fn seconds(&self, seconds: i64) {
        for _ in 0..seconds {
            self.pass(1_000);
            self.tick();
        }
    }

    fn called(&self) -> u64 {
        let room = self.before_checkout().expect("a room");
        room.window
            .called()
            .map_or(0, |rank| room.queue.up_to(rank))
    }
}

#[test]
fn it_opens_with_level_four_and_is_gone_below() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.change(level(3, None));
    assert_eq!(shop.before_checkout(), None);
    shop.change(level(4, None));
    let first = shop.before_checkout().expect("a room");
    assert_eq!(first.state(NOW_MS), State::Open);
    assert!(first.secrets.is_some(), "edges can tell the order at once");
    shop.seconds(3);
    shop.change(level(5, None));
    let same = shop.before_checkout().expect("a room");
    assert_eq!(same.session, first.session);
    let standing = shop.standing("").sales;
    assert_eq!(
        (standing[0].id.as_str(), standing[0].state.as_str()),
        (CHECKOUT, "open")
    );
    shop.change(level(3, None));
    assert_eq!(shop.before_checkout(), None);
    assert!(store.rooms.borrow().is_empty(), "nothing of it is kept");
    shop.pass(1_000);
    shop.change(level(4, None));
    assert_ne!(
        shop.before_checkout().expect("a room").session,
        first.session
    );
}

#[test]
fn it_ends_with_the_level_by_the_clock() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.change(level(4, Some(NOW_MS + MINUTE_MS)));
    shop.seconds(59);
    assert!(shop.before_checkout().is_some());
    shop.seconds(2);
    assert_eq!(shop.before_checkout(), None);
    // Until then it is watched whether edges know that the level has ended.
    shop.seconds(120);
    assert_eq!(shop.next_in_ms(), None);
}

#[test]
fn a_crowd_is_called_bit_by_bit_and_not_while_the_origin_is_away() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.change(level(4, None));
    shop.pass(1_000);
    shop.issue(1, 5_000);
    shop.tick();
    shop.seconds(10);
    let some = shop.called();
    assert!((400..4_000).contains(&some), "{some}");
    let asked = shop
        .origin
        .asked
        .borrow()
        .last()
        .cloned()
        .expect("a question");
    assert!(asked.skus.is_empty());
    shop.origin.is_away.set(true);
    shop.seconds(10);
    assert_eq!(shop.called(), some);
    shop.origin.is_away.set(false);
    shop.seconds(60);
    assert_eq!(shop.called(), 5_000);
}

#[test]
fn no_sale_can_be_called_as_the_room_is() {
    assert!(!souk_domain::is_sale_id(CHECKOUT));
}
