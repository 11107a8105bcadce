//! At least once, in any order: counted once.

use std::sync::Barrier;

use souk_protocol::order_index::{EventMessage, IngestOutcome};
use souk_protocol::origin::Progress;

use super::histories::{Story, stories};
use super::index::{Fixture, Index, NOW_MS, ingest};

/// Orders of arrival that are tried.
const SHUFFLES: u64 = 40;

fn assert_is_indexed<F: Fixture>(index: &Index<F>, story: &Story) {
    let indexed = index
        .order(story.id())
        .expect("the order is in the order index");
    let entry = indexed.entry.expect("its placing is in the order index");
    assert_eq!(indexed.events, story.events);
    let progress = Progress {
        revision: entry.revision,
        status: entry.status,
        hold_until_ms: entry.hold_until_ms,
        funds: entry.funds,
        returned: indexed.returned,
        removed: indexed.removed,
    };
    assert_eq!(
        progress,
        story.progress(story.events.len()),
        "{}",
        story.id()
    );
    assert_eq!(entry.placed_at_ms, story.order.placed_at_ms);
    let last = story
        .events
        .last()
        .map_or(entry.placed_at_ms, |event| event.at_ms);
    assert_eq!(entry.changed_at_ms, last);
    let order = &story.order;
    let terms = (
        entry.payment,
        entry.delivery.as_str(),
        entry.currency.as_str(),
        entry.total,
    );
    let details = &order.details;
    assert_eq!(
        terms,
        (
            details.payment,
            details.delivery.as_str(),
            order.currency.as_str(),
            order.total
        )
    );
    let units: u32 = order.lines.iter().map(|line| line.quantity).sum();
    assert_eq!(entry.units, i64::from(units));
}

fn assert_all_indexed<F: Fixture>(index: &Index<F>, stories: &[Story]) {
    for story in stories {
        assert_is_indexed(index, story);
    }
    assert_eq!(index.condition().early, 0);
    let orders: i64 = index.totals().iter().map(|total| total.orders).sum();
    assert_eq!(orders, i64::try_from(stories.len()).expect("few"));
}

fn event_messages(stories: &[Story]) -> Vec<EventMessage> {
    stories.iter().flat_map(Story::event_messages).collect()
}

pub(super) fn a_history_in_order_gives_the_state_of_the_machine<F: Fixture>(index: &Index<F>) {
    for story in stories() {
        for (revision, message) in story.event_messages().into_iter().enumerate() {
            assert_eq!(index.ingest(&[message]), [IngestOutcome::New]);
            let indexed = index
                .order(story.id())
                .expect("the order is in the order index");
            let entry = indexed.entry.expect("its placing is in the order index");
            assert_eq!(entry.status, story.progress(revision).status);
            assert_eq!(entry.funds, story.progress(revision).funds);
        }
        assert_is_indexed(index, &story);
    }
}

pub(super) fn messages_of_many_orders_go_in_together<F: Fixture>(index: &Index<F>) {
    let stories = stories();
    let messages = event_messages(&stories);
    assert!(
        index
            .ingest(&messages)
            .iter()
            .all(|taken| *taken == IngestOutcome::New)
    );
    assert_all_indexed(index, &stories);
}

pub(super) fn the_same_messages_again_change_nothing<F: Fixture>(index: &Index<F>) {
    let stories = stories();
    let messages = event_messages(&stories);
    index.ingest(&messages);
    let orders: Vec<&str> = stories.iter().map(Story::id).collect();
    let before = index.everything(&orders);
    let again = index.ingest_at(&messages, NOW_MS + 60_000);
    assert!(
        again.iter().all(|taken| *taken == IngestOutcome::Known),
        "{again:?}"
    );
    for message in messages.iter().rev() {
        assert_eq!(
            index.ingest(std::slice::from_ref(message)),
            [IngestOutcome::Known]
        );
    }
    assert_eq!(index.everything(&orders), before);
}

pub(super) fn copies_in_one_call_are_counted_once<F: Fixture>(index: &Index<F>) {
    let stories = stories();
    let thrice: Vec<EventMessage> = event_messages(&stories)
        .into_iter()
        .flat_map(|message| vec![message; 3])
        .collect();
    let taken = index.ingest(&thrice);
    let new = taken
        .iter()
        .filter(|taken| **taken == IngestOutcome::New)
        .count();
    let known = taken
        .iter()
        .filter(|taken| **taken == IngestOutcome::Known)
        .count();
    assert_eq!((new, known), (thrice.len() / 3, thrice.len() / 3 * 2));
    assert_all_indexed(index, &stories);
}

pub(super) fn an_event_that_comes_early_waits_for_the_ones_before<F: Fixture>(index: &Index<F>) {
    let story = &stories()[1];
    let messages = story.event_messages();
    assert_eq!(
        index.ingest(&messages[2..4]),
        [IngestOutcome::New, IngestOutcome::New]
    );
    let indexed = index.order(story.id()).expect("something is known");
    assert_eq!(indexed.entry, None, "the placing event has not arrived");
    assert_eq!(indexed.events, story.events[1..3]);
    assert_eq!(index.condition().early, 2);
    assert_eq!(index.ingest(&messages[..1]), [IngestOutcome::New]);
    let entry = index.order(story.id()).and_then(|indexed| indexed.entry);
    assert_eq!(entry.map(|entry| entry.revision), Some(0));
    assert_eq!(index.condition().early, 2);
    assert_eq!(
        index.ingest(&messages[1..3]),
        [IngestOutcome::New, IngestOutcome::Known]
    );
    let entry = index.order(story.id()).and_then(|indexed| indexed.entry);
    assert_eq!(entry.map(|entry| entry.revision), Some(3));
    assert_eq!(index.condition().early, 0);
    index.ingest(&messages[4..]);
    assert_is_indexed(index, story);
}

pub(super) fn every_order_of_arrival_gives_the_same_index<F: Fixture>(_: &Index<F>) {
    let stories = stories();
    let all = event_messages(&stories);
    for seed in 1..=SHUFFLES {
        let mut random = Random(seed);
        let index = Index::<F>::empty();
        let mut twice: Vec<&EventMessage> = all.iter().chain(&all).collect();
        for place in (1..twice.len()).rev() {
            twice.swap(place, random.below(place + 1));
        }
        let mut rest = twice.as_slice();
        while !rest.is_empty() {
            let (call, later) = rest.split_at(1 + random.below(rest.len().min(9)));
            let call: Vec<EventMessage> = call.iter().copied().cloned().collect();
            let taken = index.ingest(&call);
            let refused = taken
                .iter()
                .any(|taken| matches!(taken, IngestOutcome::Refused { .. }));
            assert!(!refused, "seed {seed}: {taken:?}");
            rest = later;
        }
        assert_all_indexed(&index, &stories);
    }
}

pub(super) fn two_couriers_at_once_count_everything_once<F: Fixture>(index: &Index<F>) {
    let stories = stories();
    let messages = event_messages(&stories);
    let (barrier, fixture) = (Barrier::new(2), &index.fixture);
    let courier = |backwards: bool| {
        let index = fixture.open();
        barrier.wait();
        let mut new = 0;
        for at in 0..messages.len() {
            let at = if backwards {
                messages.len() - 1 - at
            } else {
                at
            };
            let message = std::slice::from_ref(&messages[at]);
            let taken = ingest(fixture, &index, message, NOW_MS);
            new += usize::from(taken == [IngestOutcome::New]);
        }
        new
    };
    let new: usize = std::thread::scope(|scope| {
        let couriers = [
            scope.spawn(|| courier(false)),
            scope.spawn(|| courier(true)),
        ];
        let new = couriers.map(|courier| courier.join().expect("a courier comes home"));
        new.iter().sum()
    });
    assert_eq!(new, messages.len());
    assert_all_indexed(index, &stories);
}

/// A small generator whose numbers depend on nothing but the seed (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound).expect("small")).expect("small")
    }
}
