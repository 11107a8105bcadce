//! Releases: shares in the pulse, figures of both lanes, and a bad one that operations takes back.

use http::StatusCode;
use souk_operations::Lane;
use souk_operations::control::BY_ITSELF;
use souk_operations::journal::verify;
use souk_protocol::operations::{ChangeReply, OperationsChange};
use souk_protocol::release::{NextRelease, RELEASE_PATH, ReleaseStanding, ReleaseWish};
use souk_protocol::samples::Sample;

use crate::signals::page;
use crate::support::{Memory, Shop, by_ada};

const WINDOW_S: u32 = 120;

fn wish(wish: ReleaseWish) -> OperationsChange {
    OperationsChange::Release(wish)
}

fn next(share: u16) -> OperationsChange {
    wish(ReleaseWish::Next(NextRelease {
        name: "r1".to_owned(),
        share,
        window_s: WINDOW_S,
    }))
}

fn standing(shop: &Shop<'_>) -> ReleaseStanding {
    let answer = shop.get(RELEASE_PATH);
    assert_eq!(answer.status(), StatusCode::OK);
    serde_json::from_slice(answer.body()).expect("how releases stand")
}

/// The share that edges know, of 10,000.
fn published(shop: &Shop<'_>) -> Option<u16> {
    let pulses = shop.edges.pulses.borrow();
    let release = pulses.last().expect("a pulse").release;
    release.map(|release| release.share)
}

fn sample(shop: &Shop<'_>, lane: Lane, status: u8) -> Sample {
    Sample {
        lane: lane.number(),
        status,
        ..page(shop.stamp(), 5)
    }
}

/// A second in which both lanes answer ten pages each, those of the release with this status.
fn second(shop: &Shop<'_>, status: u8) {
    let of = |lane, status| vec![sample(shop, lane, status); 10];
    let stable = [of(Lane::Stable, 2), of(Lane::Forwarded, status)].concat();
    shop.sends(1, &stable);
    shop.sends(2, &of(Lane::Next, status)[..1]);
    shop.second();
}

#[test]
fn a_release_is_published_at_once_and_ends_with_its_promotion() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.tick();
    assert_eq!(published(&shop), None);
    assert_eq!(shop.change(next(100)), ChangeReply::Changed { record: 1 });
    assert_eq!(published(&shop), Some(100));
    let share = wish(ReleaseWish::Share(2_500));
    assert_eq!(shop.change(share), ChangeReply::Changed { record: 2 });
    assert_eq!(published(&shop), Some(2_500));
    assert!(matches!(shop.change(next(1)), ChangeReply::Conflict { .. }));
    let promote = wish(ReleaseWish::Promote);
    assert_eq!(
        shop.change(promote.clone()),
        ChangeReply::Changed { record: 3 }
    );
    assert_eq!(published(&shop), None);
    assert!(matches!(shop.change(promote), ChangeReply::Conflict { .. }));
    assert!(matches!(
        shop.change(next(10_001)),
        ChangeReply::Refused { .. }
    ));
    let past = standing(&shop).past.unwrap();
    assert!(past.is_promoted && past.who == "Ada" && past.why.is_empty());
}

#[test]
fn a_bad_release_is_rolled_back_by_itself_in_one_step_with_its_record() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.change(next(5_000));
    for _ in 0..6 {
        second(&shop, 2);
    }
    let out = standing(&shop).out.unwrap();
    assert_eq!((out.verdict.as_str(), out.fault), ("good", None));
    assert_eq!((out.next.requests, out.stable.requests), (60, 60));
    second(&shop, 5);
    assert_eq!(published(&shop), None, "the pulse of that step says it");
    let records = store.records();
    let record = records
        .iter()
        .find(|record| record.who == BY_ITSELF)
        .unwrap();
    let what = "roll back release r1: 14.2 % errors, the stable build 0.0 %";
    assert_eq!(record.what, what);
    let effect = "release none; next 70 requests, 10 errors, 0 slow; \
        stable 70 requests, 0 errors, 0 slow";
    assert_eq!(record.effect, effect);
    assert!(verify(&store.journal(), None).is_ok());
    let past = standing(&shop).past.unwrap();
    assert!(past.who == BY_ITSELF && !past.is_promoted && past.why.contains("errors"));
    let again = store.records().len();
    second(&shop, 5);
    assert_eq!(store.records().len(), again, "once");
}

#[test]
fn what_both_lanes_suffer_from_rolls_nothing_back() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.change(next(5_000));
    for _ in 0..20 {
        let both = [Lane::Stable, Lane::Forwarded].map(|lane| vec![sample(&shop, lane, 5); 10]);
        shop.sends(1, &both.concat());
        shop.second();
    }
    assert_eq!(published(&shop), Some(5_000));
    assert_eq!(standing(&shop).out.unwrap().verdict, "good");
}

#[test]
fn operations_looks_on_until_the_end_of_the_window_and_then_leaves_it_to_people() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.change(next(5_000));
    shop.tick();
    for _ in 0..WINDOW_S {
        assert_eq!(shop.next_in_ms(), Some(1_000));
        second(&shop, 2);
    }
    let out = standing(&shop).out.unwrap();
    assert_eq!((out.verdict.as_str(), out.is_watched), ("good", false));
    for _ in 0..3 {
        second(&shop, 5);
    }
    assert_eq!(published(&shop), Some(5_000));
}

#[test]
fn a_forwarded_request_is_counted_once_among_the_signals() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.change(next(5_000));
    shop.tick();
    let of = |lane| vec![sample(&shop, lane, 2); 4];
    shop.sends(1, &[of(Lane::Stable), of(Lane::Forwarded)].concat());
    shop.sends(2, &of(Lane::Next));
    shop.second();
    assert_eq!(shop.value("requests.rate"), Some(8.0));
}

#[test]
fn no_token_can_write_into_the_journal_as_operations() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    let mut asked = by_ada(next(1));
    asked.who = BY_ITSELF.to_owned();
    let answer = shop.ask(&asked);
    let reply = serde_json::from_slice(answer.body()).expect("a reply");
    assert!(matches!(reply, ChangeReply::Refused { .. }));
}
