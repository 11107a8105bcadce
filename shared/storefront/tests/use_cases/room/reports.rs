//! What an instance tells the usher.

use futures::executor::block_on;
use http::StatusCode;
use serde_json::json;
use souk_ports::Clock;
use souk_storefront::{SIGNALS_TTL_MS, report, room_due, room_sent, to_report};

use super::{Evening, LI, call_all};
use crate::support::text;

impl Evening {
    /// Sends what is to be reported as a function does, to its end.
    fn report(&self) -> bool {
        let world = &self.shop.world;
        let task = to_report(&self.shop.instance, world.now_ms());
        let Some(task) = task else { return false };
        let log = |line: &str| world.log.borrow_mut().push(line.to_owned());
        block_on(report(world, &self.shop.instance, task, &log));
        true
    }
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
    let first = to_report(instance, world.now_ms());
    assert!(first.is_some());
    assert_eq!(to_report(instance, world.now_ms()), None);
    world.pass_ms(6_000);
    let second = to_report(instance, world.now_ms());
    assert!(
        second.is_some() && second != first,
        "the first one may be gone"
    );
    world.room_batches_lost.set(true);
    let log = |_: &str| {};
    block_on(report(world, instance, first.expect("a task"), &log));
    assert_eq!(
        world.room_batches.borrow().len(),
        1,
        "it leaves the rest to the second"
    );
    world.room_batches_lost.set(false);
    world.pass_ms(500);
    block_on(report(world, instance, second.expect("a task"), &log));
    let batches = world.room_batches.take();
    assert_eq!((batches.len(), &batches[0]), (2, &batches[1]));
    assert!(!evening.report(), "nothing is left");
}
