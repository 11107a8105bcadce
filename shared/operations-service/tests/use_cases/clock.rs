//! What is due by the clock: pulses while a level is above 0 or a switch is set, and what ends.

use souk_operations::applied::REPORTED_MS;
use souk_operations::control::CLOCK;
use souk_operations::verify;
use souk_protocol::operations::{ChangeReply, OperationsChange};

use crate::support::{Memory, NOW_MS, Shop, level, switch};

#[test]
fn a_quiet_shop_writes_nothing_once_edges_know_it() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    assert_eq!(shop.next_in_ms(), Some(1_000));
    shop.tick();
    assert_eq!((shop.stamps().len(), store.writes.get()), (1, 1));
    for _ in 0..3 {
        assert_eq!(shop.next_in_ms(), None);
        shop.pass(1_000);
        shop.tick();
    }
    assert_eq!((shop.stamps().len(), store.writes.get()), (1, 1));
    assert_eq!(store.journal(), "");
}

#[test]
fn each_tick_publishes_a_newer_pulse_while_something_is_not_as_ever() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.change(level(1));
    for _ in 0..3 {
        assert_eq!(shop.next_in_ms(), Some(1_000));
        // Also by a clock that goes back.
        shop.pass(-1);
        shop.tick();
    }
    let stamps = shop.stamps();
    assert_eq!(stamps.len(), 4);
    assert!(stamps.is_sorted_by(|one, next| one < next), "{stamps:?}");
    assert_eq!(store.records().len(), 1, "a pulse alone is no change");
    shop.change(level(0));
    assert_eq!(
        shop.next_in_ms(),
        Some(1_000),
        "edges report how it goes on"
    );
    shop.pass(REPORTED_MS);
    shop.tick();
    assert_eq!(shop.next_in_ms(), None);
}

#[test]
fn what_ends_gets_its_record_and_its_pulse() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.change(switch("search", "closed", NOW_MS + 1_400));
    let until_ms = Some(NOW_MS + 3_000);
    shop.change(OperationsChange::Level { level: 2, until_ms });
    assert_eq!(shop.next_in_ms(), Some(1_000));
    shop.pass(1_000);
    shop.tick();
    assert_eq!(shop.next_in_ms(), Some(400));
    shop.pass(400);
    shop.tick();
    let last = store.records().pop().unwrap();
    assert_eq!((last.who.as_str(), last.seq), (CLOCK, 3));
    assert_eq!(last.effect, "search on");
    assert!(shop.edges.pulses.borrow().last().unwrap().manual.is_empty());
    // It is long due when the tick comes.
    shop.pass(10_000);
    assert_eq!(shop.next_in_ms(), Some(0));
    shop.tick();
    assert_eq!(store.records().pop().unwrap().what, "end of level 2");
    assert_eq!(shop.edges.pulses.borrow().last().unwrap().level.number(), 0);
    shop.pass(REPORTED_MS);
    shop.tick();
    assert_eq!(shop.next_in_ms(), None);
}

#[test]
fn a_change_comes_after_what_was_due_before_it() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    let until_ms = Some(NOW_MS + 500);
    shop.change(OperationsChange::Level { level: 2, until_ms });
    shop.pass(600);
    assert_eq!(shop.change(level(1)), ChangeReply::Changed { record: 3 });
    let what: Vec<_> = store.records().into_iter().map(|one| one.what).collect();
    let ends = format!("level 2 until {}: a crowd", NOW_MS + 500);
    assert_eq!(what, [ends.as_str(), "end of level 2", "level 1: a crowd"]);
    assert!(verify(&store.journal(), None).is_ok());
    assert_eq!(store.writes.get(), 2, "both records in one write");
}

#[test]
fn ticks_of_several_instances_lose_nothing() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.change(switch("filters", "off", NOW_MS + 500));
    shop.pass(500);
    store.rivals.set(2);
    shop.tick();
    let who: Vec<_> = store.records().into_iter().map(|one| one.who).collect();
    let other = "another instance";
    assert_eq!(who, ["Ada", other, other, CLOCK]);
    assert_eq!(shop.edges.pulses.borrow().last().unwrap().level.number(), 1);
}
