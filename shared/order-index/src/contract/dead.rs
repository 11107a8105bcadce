//! Event messages that a queue of the platform dead-lettered.

use souk_protocol::order_index::{DeadLetter, EventMessage};

use super::histories::stories;
use super::index::{Fixture, Index};

fn dead(name: &str, message: &EventMessage) -> DeadLetter {
    DeadLetter {
        name: name.to_owned(),
        body: souk_sql::json(message),
        error: "the queue gave up".to_owned(),
    }
}

pub(super) fn a_dead_lettered_message_is_kept_once_and_requeued<F: Fixture>(index: &Index<F>) {
    let story = &stories()[1];
    let messages = story.event_messages();
    let first = dead("m-1", &messages[0]);
    index.dead_letter(&[first.clone(), dead("m-2", &messages[1])]);
    index.dead_letter(&[first]);
    assert_eq!(index.condition().dead, 2);
    assert_eq!(index.order(story.id()), None);
    assert_eq!(index.requeue(), 2);
    assert_eq!(index.condition().dead, 0);
    let entry = index.order(story.id()).and_then(|indexed| indexed.entry);
    assert_eq!(entry.map(|entry| entry.revision), Some(1));
    // One that got through by another way in the meantime is no longer missing.
    index.dead_letter(&[dead("m-3", &messages[0])]);
    assert_eq!((index.requeue(), index.condition().dead), (1, 0));
    assert_eq!(index.requeue(), 0);
}

pub(super) fn a_message_that_is_still_wrong_stays_dead_lettered<F: Fixture>(index: &Index<F>) {
    let stories = stories();
    let (story, other) = (&stories[0], &stories[1]);
    index.ingest(&story.event_messages());
    let mut wrong = other.event_messages()[1].clone();
    story.id().clone_into(&mut wrong.order);
    wrong.sequence = 0;
    index.dead_letter(&[
        dead("wrong", &wrong),
        dead("right", &other.event_messages()[0]),
    ]);
    assert_eq!(index.requeue(), 1);
    assert_eq!(index.condition().dead, 1);
    assert_eq!(index.requeue(), 0);
    assert!(index.order(other.id()).is_some());
}

pub(super) fn what_is_no_message_stays_dead_lettered<F: Fixture>(index: &Index<F>) {
    let mut nonsense = dead("nonsense", &stories()[0].event_messages()[0]);
    nonsense.body = "{\"order\": 7".to_owned();
    index.dead_letter(&[nonsense]);
    assert_eq!((index.requeue(), index.condition().dead), (0, 1));
}

pub(super) fn a_cleared_index_is_filled_anew<F: Fixture>(index: &Index<F>) {
    let stories = stories();
    let (story, other) = (&stories[0], &stories[1]);
    index.ingest(&story.event_messages());
    index.ingest(&other.event_messages());
    index.dead_letter(&[dead("m-1", &story.event_messages()[0])]);
    let before = index.order(story.id());
    assert!(before.is_some());
    index.clear();
    assert_eq!(
        (index.order(story.id()), index.order(other.id())),
        (None, None)
    );
    assert_eq!(index.condition().dead, 0);
    assert_eq!(index.condition().last, None);
    assert_eq!(index.totals(), []);
    // Only what the origin still has comes back.
    index.ingest(&story.event_messages());
    assert_eq!(index.order(story.id()), before);
    assert_eq!(index.order(other.id()), None);
}
