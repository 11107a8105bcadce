//! At least once, in any order: counted once.

use std::sync::Barrier;

use souk_protocol::desk::{Letter, Taken};
use souk_protocol::life::Progress;

use super::desk::{Desk, Fixture, NOW_MS, take_in};
use super::histories::{Story, stories};

/// Orders of arrival that are tried.
const SHUFFLES: u64 = 40;

fn assert_is_told<F: Fixture>(desk: &Desk<F>, story: &Story) {
    let booked = desk.order(story.id()).expect("the order is in the book");
    let entry = booked.entry.expect("its placing is in the book");
    assert_eq!(booked.events, story.events);
    let progress = Progress {
        revision: entry.revision,
        status: entry.status,
        hold_until_ms: entry.hold_until_ms,
        funds: entry.funds,
        returned: booked.returned,
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
        entry.delivery,
        entry.currency.as_str(),
        entry.total,
    );
    let details = &order.details;
    assert_eq!(
        terms,
        (
            details.payment,
            details.delivery,
            order.currency.as_str(),
            order.total
        )
    );
    let units: u32 = order.lines.iter().map(|line| line.quantity).sum();
    assert_eq!(entry.units, i64::from(units));
}

fn assert_all_told<F: Fixture>(desk: &Desk<F>, stories: &[Story]) {
    for story in stories {
        assert_is_told(desk, story);
    }
    assert_eq!(desk.condition().early, 0);
    let orders: i64 = desk.totals().iter().map(|total| total.orders).sum();
    assert_eq!(orders, i64::try_from(stories.len()).expect("few"));
}

fn letters(stories: &[Story]) -> Vec<Letter> {
    stories.iter().flat_map(Story::letters).collect()
}

pub(super) fn a_history_in_order_gives_the_state_of_the_machine<F: Fixture>(desk: &Desk<F>) {
    for story in stories() {
        for (revision, letter) in story.letters().into_iter().enumerate() {
            assert_eq!(desk.take_in(&[letter]), [Taken::New]);
            let booked = desk.order(story.id()).expect("the order is in the book");
            let entry = booked.entry.expect("its placing is in the book");
            assert_eq!(entry.status, story.progress(revision).status);
            assert_eq!(entry.funds, story.progress(revision).funds);
        }
        assert_is_told(desk, &story);
    }
}

pub(super) fn letters_of_many_orders_go_in_together<F: Fixture>(desk: &Desk<F>) {
    let stories = stories();
    let letters = letters(&stories);
    assert!(
        desk.take_in(&letters)
            .iter()
            .all(|taken| *taken == Taken::New)
    );
    assert_all_told(desk, &stories);
}

pub(super) fn the_same_letters_again_change_nothing<F: Fixture>(desk: &Desk<F>) {
    let stories = stories();
    let letters = letters(&stories);
    desk.take_in(&letters);
    let orders: Vec<&str> = stories.iter().map(Story::id).collect();
    let before = desk.everything(&orders);
    let again = desk.take_in_at(&letters, NOW_MS + 60_000);
    assert!(
        again.iter().all(|taken| *taken == Taken::Known),
        "{again:?}"
    );
    for letter in letters.iter().rev() {
        assert_eq!(desk.take_in(std::slice::from_ref(letter)), [Taken::Known]);
    }
    assert_eq!(desk.everything(&orders), before);
}

pub(super) fn copies_in_one_call_are_counted_once<F: Fixture>(desk: &Desk<F>) {
    let stories = stories();
    let thrice: Vec<Letter> = letters(&stories)
        .into_iter()
        .flat_map(|letter| vec![letter; 3])
        .collect();
    let taken = desk.take_in(&thrice);
    let new = taken.iter().filter(|taken| **taken == Taken::New).count();
    let known = taken.iter().filter(|taken| **taken == Taken::Known).count();
    assert_eq!((new, known), (thrice.len() / 3, thrice.len() / 3 * 2));
    assert_all_told(desk, &stories);
}

pub(super) fn an_event_that_comes_early_waits_for_the_ones_before<F: Fixture>(desk: &Desk<F>) {
    let story = &stories()[1];
    let letters = story.letters();
    assert_eq!(desk.take_in(&letters[2..4]), [Taken::New, Taken::New]);
    let booked = desk.order(story.id()).expect("something is known");
    assert_eq!(booked.entry, None, "nobody knows yet what was placed");
    assert_eq!(booked.events, story.events[1..3]);
    assert_eq!(desk.condition().early, 2);
    assert_eq!(desk.take_in(&letters[..1]), [Taken::New]);
    let entry = desk.order(story.id()).and_then(|booked| booked.entry);
    assert_eq!(entry.map(|entry| entry.revision), Some(0));
    assert_eq!(desk.condition().early, 2);
    assert_eq!(desk.take_in(&letters[1..3]), [Taken::New, Taken::Known]);
    let entry = desk.order(story.id()).and_then(|booked| booked.entry);
    assert_eq!(entry.map(|entry| entry.revision), Some(3));
    assert_eq!(desk.condition().early, 0);
    desk.take_in(&letters[4..]);
    assert_is_told(desk, story);
}

pub(super) fn every_order_of_arrival_gives_the_same_book<F: Fixture>(_: &Desk<F>) {
    let stories = stories();
    let all = letters(&stories);
    for seed in 1..=SHUFFLES {
        let mut random = Random(seed);
        let desk = Desk::<F>::empty();
        let mut twice: Vec<&Letter> = all.iter().chain(&all).collect();
        for place in (1..twice.len()).rev() {
            twice.swap(place, random.below(place + 1));
        }
        let mut rest = twice.as_slice();
        while !rest.is_empty() {
            let (call, later) = rest.split_at(1 + random.below(rest.len().min(9)));
            let call: Vec<Letter> = call.iter().copied().cloned().collect();
            let taken = desk.take_in(&call);
            let refused = taken
                .iter()
                .any(|taken| matches!(taken, Taken::Refused { .. }));
            assert!(!refused, "seed {seed}: {taken:?}");
            rest = later;
        }
        assert_all_told(&desk, &stories);
    }
}

pub(super) fn two_couriers_at_once_count_everything_once<F: Fixture>(desk: &Desk<F>) {
    let stories = stories();
    let letters = letters(&stories);
    let (barrier, fixture) = (Barrier::new(2), &desk.fixture);
    let courier = |backwards: bool| {
        let book = fixture.open();
        barrier.wait();
        let mut new = 0;
        for at in 0..letters.len() {
            let at = if backwards {
                letters.len() - 1 - at
            } else {
                at
            };
            let letter = std::slice::from_ref(&letters[at]);
            let taken = take_in(fixture, &book, letter, NOW_MS);
            new += usize::from(taken == [Taken::New]);
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
    assert_eq!(new, letters.len());
    assert_all_told(desk, &stories);
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
