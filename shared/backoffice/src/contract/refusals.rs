//! Letters that cannot be true are refused, and do not keep other letters from being ingested.

use souk_protocol::desk::{Entry, Letter, Taken};
use souk_protocol::life::{Actor, Event, RecordedEvent, RefundOrigin, ReturnedUnits};
use souk_protocol::trade::PaymentMethod;

use super::desk::{Desk, Fixture};
use super::histories::{FIRST_MS, Story, TOTAL, stories};

fn refused(taken: &Taken) -> bool {
    matches!(taken, Taken::Refused { .. })
}

fn event(story: &Story, sequence: u32, event: Event) -> Letter {
    Letter {
        order: story.id().to_owned(),
        sequence,
        entry: Entry::Changed(RecordedEvent {
            sequence,
            at_ms: FIRST_MS,
            by: Actor::Staff,
            event,
        }),
    }
}

fn refund(amount: i64) -> Event {
    Event::RefundRequested {
        amount,
        origin: RefundOrigin::Staff,
        reason: "no reason".to_owned(),
    }
}

pub(super) fn a_letter_that_cannot_be_true_is_refused_and_the_others_go_in<F: Fixture>(
    desk: &Desk<F>,
) {
    let stories = stories();
    let story = &stories[0];
    let units = |line, quantity| Event::Returned {
        units: vec![ReturnedUnits {
            line,
            quantity,
            restock: true,
        }],
        reason: "no reason".to_owned(),
    };
    let mut out_of_place = event(story, 1, Event::Allocated);
    out_of_place.entry = story.letters()[0].entry.clone();
    let impossible = [
        event(story, 1, refund(1)),
        event(story, 1, units(0, 3)),
        event(story, 1, units(7, 1)),
        event(
            story,
            1,
            Event::PaymentVoided {
                provider: String::new(),
                payment: String::new(),
                amount: 1,
                reason: String::new(),
            },
        ),
        out_of_place,
    ];
    assert_eq!(desk.take_in(&story.letters()), [Taken::New]);
    let before = desk.order(story.id());
    for (letter, other) in impossible.into_iter().zip(&stories[1..]) {
        let mut call = vec![letter];
        call.extend(other.letters());
        let taken = desk.take_in(&call);
        assert!(refused(&taken[0]), "{:?} was taken in", call[0]);
        assert!(
            taken[1..].iter().all(|taken| *taken == Taken::New),
            "{taken:?}"
        );
    }
    assert_eq!(desk.order(story.id()), before);
    assert_eq!(desk.condition().early, 0);
}

pub(super) fn a_refused_letter_is_refused_in_every_copy<F: Fixture>(desk: &Desk<F>) {
    let story = &stories()[0];
    desk.take_in(&story.letters());
    let taken = desk.take_in(&vec![event(story, 1, refund(1)); 3]);
    assert!(taken.iter().all(refused), "{taken:?}");
}

pub(super) fn another_event_in_a_place_that_is_taken_is_refused<F: Fixture>(desk: &Desk<F>) {
    let story = &stories()[1];
    desk.take_in(&story.letters());
    let before = desk.order(story.id());
    let taken = desk.take_in(&[event(story, 1, Event::Delivered)]);
    assert!(refused(&taken[0]), "{taken:?}");
    let mut other = story.letters()[0].clone();
    if let Entry::Placed(placed) = &mut other.entry {
        placed.total += 1;
    }
    // Two in one call contradict each other as well, and the first one counts.
    let taken = desk.take_in(&[
        other,
        event(story, 20, Event::Delivered),
        event(story, 20, Event::Allocated),
    ]);
    assert!(refused(&taken[0]) && refused(&taken[2]), "{taken:?}");
    assert_eq!(taken[1], Taken::New);
    let after = desk.order(story.id()).expect("the order is in the book");
    assert_eq!(after.entry, before.and_then(|booked| booked.entry));
}

pub(super) fn what_follows_a_refused_letter_waits_for_a_right_one<F: Fixture>(desk: &Desk<F>) {
    let story = &stories()[1];
    let mut letters = story.letters();
    let right = std::mem::replace(&mut letters[3], event(story, 3, refund(TOTAL)));
    let taken = desk.take_in(&letters);
    assert!(refused(&taken[3]), "{taken:?}");
    assert_eq!(
        taken.iter().filter(|taken| **taken == Taken::New).count(),
        letters.len() - 1
    );
    let entry = desk.order(story.id()).and_then(|booked| booked.entry);
    assert_eq!(entry.map(|entry| entry.revision), Some(2));
    assert_eq!(desk.take_in(&[right]), [Taken::New]);
    let entry = desk.order(story.id()).and_then(|booked| booked.entry);
    let last = u32::try_from(story.events.len()).expect("a short story");
    assert_eq!(entry.map(|entry| entry.revision), Some(last));
    assert_eq!(desk.condition().early, 0);
}

pub(super) fn numbers_out_of_bounds_are_refused<F: Fixture>(desk: &Desk<F>) {
    let story = Story::new(0, PaymentMethod::Card, &[]);
    let placed = story.letters().remove(0);
    let with = |change: fn(&mut souk_protocol::desk::PlacedEntry)| {
        let mut letter = placed.clone();
        if let Entry::Placed(placed) = &mut letter.entry {
            change(placed);
        }
        letter
    };
    let wrong = [
        with(|placed| placed.total = -1),
        with(|placed| placed.total = i64::MAX),
        with(|placed| placed.at_ms = -1),
        with(|placed| placed.currency = "dollars".to_owned()),
        with(|placed| placed.lines.clear()),
        with(|placed| placed.lines = vec![placed.lines[0].clone(); 101]),
    ];
    for letter in wrong {
        let taken = desk.take_in(std::slice::from_ref(&letter));
        assert!(refused(&taken[0]), "{letter:?} was taken in");
    }
    assert_eq!(desk.order(story.id()), None);
    assert_eq!(desk.take_in(&[placed]), [Taken::New]);
    let authorised = |amount| Event::PaymentAuthorised {
        provider: String::new(),
        payment: String::new(),
        amount,
    };
    for amount in [i64::MIN, -1, i64::MAX, 1 << 53] {
        let taken = desk.take_in(&[event(&story, 1, authorised(amount))]);
        assert!(refused(&taken[0]), "{amount} was taken in");
    }
    let largest = (1 << 53) - 1;
    assert_eq!(
        desk.take_in(&[event(&story, 1, authorised(largest))]),
        [Taken::New]
    );
    let taken = desk.take_in(&[event(&story, 2, authorised(largest))]);
    assert!(
        refused(&taken[0]),
        "a sum that no engine holds was taken in"
    );
}

pub(super) fn an_early_event_that_turns_out_impossible_waits_for_a_person<F: Fixture>(
    desk: &Desk<F>,
) {
    let stories = stories();
    let (story, other) = (&stories[0], &stories[1]);
    assert_eq!(desk.take_in(&[event(story, 1, refund(1))]), [Taken::New]);
    let mut call = story.letters();
    call.extend(other.letters());
    assert!(desk.take_in(&call).iter().all(|taken| *taken == Taken::New));
    let entry = desk.order(story.id()).and_then(|booked| booked.entry);
    assert_eq!(entry.map(|entry| entry.revision), Some(0));
    assert_eq!(desk.condition().early, 1, "it is seen that something waits");
}
