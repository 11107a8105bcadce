//! Event messages that cannot be true are refused, and do not keep other event messages from being
//! ingested.

use souk_protocol::order_index::{Entry, EventMessage, IngestOutcome};
use souk_protocol::origin::{
    Actor, Event, PaymentMethod, RecordedEvent, RefundOrigin, ReturnedUnits,
};

use super::histories::{FIRST_MS, Story, TOTAL, stories};
use super::index::{Fixture, Index};

fn refused(taken: &IngestOutcome) -> bool {
    matches!(taken, IngestOutcome::Refused { .. })
}

fn event(story: &Story, sequence: u32, event: Event) -> EventMessage {
    EventMessage {
        order: story.id().to_owned(),
        sequence,
        entry: Entry::Changed(RecordedEvent {
            sequence,
            at_ms: FIRST_MS,
            by: Actor::Staff,
            by_name: None,
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

pub(super) fn a_message_that_cannot_be_true_is_refused_and_the_others_go_in<F: Fixture>(
    index: &Index<F>,
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
    out_of_place.entry = story.event_messages()[0].entry.clone();
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
    assert_eq!(index.ingest(&story.event_messages()), [IngestOutcome::New]);
    let before = index.order(story.id());
    for (message, other) in impossible.into_iter().zip(&stories[1..]) {
        let mut call = vec![message];
        call.extend(other.event_messages());
        let taken = index.ingest(&call);
        assert!(refused(&taken[0]), "{:?} was ingested", call[0]);
        assert!(
            taken[1..].iter().all(|taken| *taken == IngestOutcome::New),
            "{taken:?}"
        );
    }
    assert_eq!(index.order(story.id()), before);
    assert_eq!(index.condition().early, 0);
}

pub(super) fn a_refused_message_is_refused_in_every_copy<F: Fixture>(index: &Index<F>) {
    let story = &stories()[0];
    index.ingest(&story.event_messages());
    let taken = index.ingest(&vec![event(story, 1, refund(1)); 3]);
    assert!(taken.iter().all(refused), "{taken:?}");
}

pub(super) fn another_event_in_a_place_that_is_taken_is_refused<F: Fixture>(index: &Index<F>) {
    let story = &stories()[1];
    index.ingest(&story.event_messages());
    let before = index.order(story.id());
    let taken = index.ingest(&[event(story, 1, Event::Delivered)]);
    assert!(refused(&taken[0]), "{taken:?}");
    let mut other = story.event_messages()[0].clone();
    if let Entry::Placed(placed) = &mut other.entry {
        placed.total += 1;
    }
    // Two in one call contradict each other as well, and the first one counts.
    let taken = index.ingest(&[
        other,
        event(story, 20, Event::Delivered),
        event(story, 20, Event::Allocated),
    ]);
    assert!(refused(&taken[0]) && refused(&taken[2]), "{taken:?}");
    assert_eq!(taken[1], IngestOutcome::New);
    let after = index
        .order(story.id())
        .expect("the order is in the order index");
    assert_eq!(after.entry, before.and_then(|indexed| indexed.entry));
}

pub(super) fn what_follows_a_refused_message_waits_for_a_right_one<F: Fixture>(index: &Index<F>) {
    let story = &stories()[1];
    let mut messages = story.event_messages();
    let right = std::mem::replace(&mut messages[3], event(story, 3, refund(TOTAL)));
    let taken = index.ingest(&messages);
    assert!(refused(&taken[3]), "{taken:?}");
    assert_eq!(
        taken
            .iter()
            .filter(|taken| **taken == IngestOutcome::New)
            .count(),
        messages.len() - 1
    );
    let entry = index.order(story.id()).and_then(|indexed| indexed.entry);
    assert_eq!(entry.map(|entry| entry.revision), Some(2));
    assert_eq!(index.ingest(&[right]), [IngestOutcome::New]);
    let entry = index.order(story.id()).and_then(|indexed| indexed.entry);
    let last = u32::try_from(story.events.len()).expect("a short story");
    assert_eq!(entry.map(|entry| entry.revision), Some(last));
    assert_eq!(index.condition().early, 0);
}

pub(super) fn numbers_out_of_bounds_are_refused<F: Fixture>(index: &Index<F>) {
    let story = Story::new(0, PaymentMethod::Card, &[]);
    let placed = story.event_messages().remove(0);
    let with = |change: fn(&mut souk_protocol::order_index::PlacedEntry)| {
        let mut message = placed.clone();
        if let Entry::Placed(placed) = &mut message.entry {
            change(placed);
        }
        message
    };
    let wrong = [
        with(|placed| placed.total = -1),
        with(|placed| placed.total = i64::MAX),
        with(|placed| placed.at_ms = -1),
        with(|placed| placed.currency = "dollars".to_owned()),
        with(|placed| placed.lines.clear()),
        with(|placed| placed.lines = vec![placed.lines[0].clone(); 101]),
    ];
    for message in wrong {
        let taken = index.ingest(std::slice::from_ref(&message));
        assert!(refused(&taken[0]), "{message:?} was ingested");
    }
    assert_eq!(index.order(story.id()), None);
    assert_eq!(index.ingest(&[placed]), [IngestOutcome::New]);
    let authorised = |amount| Event::PaymentAuthorised {
        provider: String::new(),
        payment: String::new(),
        amount,
    };
    for amount in [i64::MIN, -1, i64::MAX, 1 << 53] {
        let taken = index.ingest(&[event(&story, 1, authorised(amount))]);
        assert!(refused(&taken[0]), "{amount} was ingested");
    }
    let largest = (1 << 53) - 1;
    assert_eq!(
        index.ingest(&[event(&story, 1, authorised(largest))]),
        [IngestOutcome::New]
    );
    let taken = index.ingest(&[event(&story, 2, authorised(largest))]);
    assert!(
        refused(&taken[0]),
        "a sum that no engine holds was ingested"
    );
}

pub(super) fn an_early_event_that_turns_out_impossible_waits_for_a_person<F: Fixture>(
    index: &Index<F>,
) {
    let stories = stories();
    let (story, other) = (&stories[0], &stories[1]);
    assert_eq!(
        index.ingest(&[event(story, 1, refund(1))]),
        [IngestOutcome::New]
    );
    let mut call = story.event_messages();
    call.extend(other.event_messages());
    assert!(
        index
            .ingest(&call)
            .iter()
            .all(|taken| *taken == IngestOutcome::New)
    );
    let entry = index.order(story.id()).and_then(|indexed| indexed.entry);
    assert_eq!(entry.map(|entry| entry.revision), Some(0));
    assert_eq!(
        index.condition().early,
        1,
        "it is seen that something waits"
    );
}
