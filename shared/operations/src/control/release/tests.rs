//! Changes of releases.

use super::*;
use crate::control::{Command, Operations};
use crate::journal::Record;
use crate::pulse::RouteClass;
use crate::samples::Lane;

const NOW_MS: i64 = 1_790_000_000_000;
const WINDOW_MS: i64 = 600_000;

fn next(name: &str, share: u16, window_ms: i64) -> ReleaseChange {
    ReleaseChange::Next {
        name: name.to_owned(),
        share,
        window_ms,
    }
}

fn change(state: &mut Operations, change: ReleaseChange) -> Result<Record, Refused> {
    let changed = state.change(Command::Release(change), "anna", "", NOW_MS)?;
    *state = changed.next;
    Ok(changed.record)
}

fn failing(count: usize, at_ms: i64) -> Vec<Sample> {
    let sample = Sample {
        edge: 1,
        at_ms,
        weight: 1.0,
        class: RouteClass::Read,
        status: 5,
        ms: 1,
        origin: None,
        places: false,
        stamp: 1,
        pulse_age_ms: None,
        lane: Some(Lane::Forwarded),
    };
    vec![sample; count]
}

#[test]
fn a_release_goes_its_way_with_a_record_of_each_step() {
    let mut state = Operations::default();
    let steps = [
        (
            next("r1", 100, WINDOW_MS),
            "release r1 to 1 %, watched for 600 s",
            "release r1 1 %",
        ),
        (
            ReleaseChange::Share(2_550),
            "release r1 to 25.50 %",
            "release r1 25.50 %",
        ),
        (ReleaseChange::Promote, "promote release r1", "release none"),
        (
            next("r2", 10_000, WINDOW_MS),
            "release r2 to 100 %, watched for 600 s",
            "release r2 100 %",
        ),
        (
            ReleaseChange::Rollback,
            "roll back release r2",
            "release none",
        ),
    ];
    for (step, what, effect) in steps {
        let record = change(&mut state, step).unwrap();
        assert_eq!(
            (record.what.as_str(), record.effect.as_str()),
            (what, effect)
        );
        let pulse = state.next_pulse(Vec::new(), NOW_MS);
        assert_eq!(pulse.release, state.release().map(Release::published));
    }
    let past = state.past_release().unwrap();
    assert_eq!(
        (past.name.as_str(), past.is_promoted, past.why.as_str()),
        ("r2", false, "")
    );
}

#[test]
fn what_cannot_be_is_refused() {
    let mut state = Operations::default();
    let cases = [
        (ReleaseChange::Share(1), Refused::NoRelease),
        (ReleaseChange::Promote, Refused::NoRelease),
        (ReleaseChange::Rollback, Refused::NoRelease),
        (next("a b", 1, WINDOW_MS), Refused::ReleaseName),
        (next("a", 10_001, WINDOW_MS), Refused::ReleaseShare),
        (next("a", 1, 59_999), Refused::ReleaseWindow),
        (next("a", 1, 86_400_001), Refused::ReleaseWindow),
    ];
    for (wanted, refused) in cases {
        assert_eq!(change(&mut state, wanted), Err(refused));
    }
    change(&mut state, next("a", 1, WINDOW_MS)).unwrap();
    let out = Refused::ReleaseOut("a".to_owned());
    assert_eq!(change(&mut state, next("b", 1, WINDOW_MS)), Err(out));
    assert_eq!(
        change(&mut state, ReleaseChange::Share(10_001)),
        Err(Refused::ReleaseShare)
    );
}

#[test]
fn operations_takes_a_bad_release_back_with_its_figures() {
    let mut state = Operations::default();
    change(&mut state, next("r1", 5_000, WINDOW_MS)).unwrap();
    assert!(state.wants_samples(NOW_MS));
    let later_ms = NOW_MS + 1_000;
    assert_eq!(state.observe(&failing(9, later_ms), later_ms), []);
    let records = state.observe(&failing(1, later_ms), later_ms);
    let [record] = records.as_slice() else {
        panic!("one record: {records:?}");
    };
    assert_eq!(record.who, BY_ITSELF);
    let what = "roll back release r1: 100.0 % errors, the stable build 0.0 %";
    assert_eq!(record.what, what);
    let effect = "release none; next 10 requests, 10 errors, 0 slow; \
        stable 0 requests, 0 errors, 0 slow";
    assert_eq!(record.effect, effect);
    assert_eq!(record.hash, record.expected_hash());
    assert_eq!((state.release(), state.journal().records()), (None, 2));
    let past = state.past_release().unwrap();
    assert_eq!((past.who.as_str(), past.is_promoted), (BY_ITSELF, false));
    assert!(past.why.contains("errors"));
}

#[test]
fn after_its_window_a_release_is_left_to_people() {
    let mut state = Operations::default();
    change(&mut state, next("r1", 5_000, WINDOW_MS)).unwrap();
    let over_ms = NOW_MS + WINDOW_MS;
    assert!(
        state
            .release()
            .is_some_and(|release| !release.is_watched(over_ms))
    );
    assert_eq!(state.observe(&failing(100, over_ms), over_ms), []);
    assert!(state.release().is_some());
    assert!(
        !state
            .observe(&failing(100, over_ms - 1), over_ms - 1)
            .is_empty()
    );
}
