//! Letters that a queue of the platform gave up.

use souk_protocol::desk::{DeadLetter, Letter};

use super::desk::{Desk, Fixture};
use super::histories::stories;

fn dead(name: &str, letter: &Letter) -> DeadLetter {
    DeadLetter {
        name: name.to_owned(),
        body: souk_sql::json(letter),
        error: "the queue gave up".to_owned(),
    }
}

pub(super) fn a_buried_letter_is_kept_once_and_revived<F: Fixture>(desk: &Desk<F>) {
    let story = &stories()[1];
    let letters = story.letters();
    let first = dead("m-1", &letters[0]);
    desk.bury(&[first.clone(), dead("m-2", &letters[1])]);
    desk.bury(&[first]);
    assert_eq!(desk.condition().dead, 2);
    assert_eq!(desk.order(story.id()), None);
    assert_eq!(desk.revive(), 2);
    assert_eq!(desk.condition().dead, 0);
    let entry = desk.order(story.id()).and_then(|booked| booked.entry);
    assert_eq!(entry.map(|entry| entry.revision), Some(1));
    // One that got through by another way in the meantime is no longer missing.
    desk.bury(&[dead("m-3", &letters[0])]);
    assert_eq!((desk.revive(), desk.condition().dead), (1, 0));
    assert_eq!(desk.revive(), 0);
}

pub(super) fn a_letter_that_is_still_wrong_stays_buried<F: Fixture>(desk: &Desk<F>) {
    let stories = stories();
    let (story, other) = (&stories[0], &stories[1]);
    desk.take_in(&story.letters());
    let mut wrong = other.letters()[1].clone();
    story.id().clone_into(&mut wrong.order);
    wrong.sequence = 0;
    desk.bury(&[dead("wrong", &wrong), dead("right", &other.letters()[0])]);
    assert_eq!(desk.revive(), 1);
    assert_eq!(desk.condition().dead, 1);
    assert_eq!(desk.revive(), 0);
    assert!(desk.order(other.id()).is_some());
}

pub(super) fn what_is_no_letter_stays_buried<F: Fixture>(desk: &Desk<F>) {
    let mut nonsense = dead("nonsense", &stories()[0].letters()[0]);
    nonsense.body = "{\"order\": 7".to_owned();
    desk.bury(&[nonsense]);
    assert_eq!((desk.revive(), desk.condition().dead), (0, 1));
}
