//! Changes: stored, published, answered; or refused without a trace.

use http::StatusCode;
use souk_operations::{Setting, Switch, verify};
use souk_operations_service::BODY_BYTES_MAX;
use souk_protocol::operations::{
    CHANGE_PATH, ChangeOperations, ChangeReply, OperationsChange, REASON_CHARS_MAX,
};
use souk_service_http::post;
use souk_sql::StoreError;

use crate::support::{Memory, NOW_MS, Shop, by_ada, level, switch};

#[test]
fn a_change_is_stored_and_published_before_it_is_answered() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    assert_eq!(shop.change(level(3)), ChangeReply::Changed { record: 1 });
    let closed = switch("search", "closed", NOW_MS + 60_000);
    assert_eq!(shop.change(closed), ChangeReply::Changed { record: 2 });
    let pulses = shop.edges.pulses.borrow();
    let settings = pulses
        .iter()
        .map(|pulse| pulse.state_of(Switch::Search, NOW_MS));
    let settings: Vec<_> = settings.collect();
    assert_eq!(settings, [Setting::Static, Setting::Closed]);
    assert!(pulses[1].supersedes(Some(&pulses[0])));
    let records = store.records();
    assert_eq!(records[0].what, "level 3: a crowd");
    assert_eq!((records[0].who.as_str(), records[0].at), ("Ada", NOW_MS));
    assert_eq!(shop.log.take(), [""; 0]);
}

#[test]
fn a_switch_goes_by_the_level_again() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.change(switch("search", "closed", NOW_MS + 60_000));
    let by_level = OperationsChange::ByLevel {
        switch: "search".to_owned(),
    };
    assert_eq!(shop.change(by_level), ChangeReply::Changed { record: 2 });
    assert!(store.state().manual().is_empty());
}

#[test]
fn what_is_refused_leaves_nothing_and_says_why() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    let soon_ms = NOW_MS + 60_000;
    let long = |chars| "ü".repeat(chars);
    let with = |who: &str, reason: &str| ChangeOperations {
        who: who.to_owned(),
        reason: reason.to_owned(),
        change: level(1),
    };
    let cases = [
        (by_ada(level(6)), "from 0 to 5"),
        (
            by_ada(switch("x", "off", soon_ms)),
            "there are recommendations, ",
        ),
        (by_ada(switch("search", "x", soon_ms)), "one of on, reduced"),
        (
            by_ada(switch("checkout", "closed", soon_ms)),
            "'checkout' cannot be 'closed'",
        ),
        (by_ada(switch("search", "closed", NOW_MS)), "24 hours"),
        (by_ada(switch("search", "closed", i64::MAX)), "24 hours"),
        (with("", ""), "needs the name"),
        (with(" ", ""), "needs the name"),
        (with("clock", ""), "another name"),
        (with("Ada\n", ""), "control character"),
        (
            with(&long(REASON_CHARS_MAX + 1), ""),
            "more than 500 characters",
        ),
        (with("Ada", "a\u{7}b"), "control character"),
        (with("Ada", "a\nb"), "control character"),
        (
            with("Ada", &long(REASON_CHARS_MAX + 1)),
            "more than 500 characters",
        ),
    ];
    for (asked, why) in cases {
        let response = shop.ask(&asked);
        assert_eq!(response.status(), StatusCode::OK);
        match serde_json::from_slice(response.body()).unwrap() {
            ChangeReply::Refused { reason } => assert!(reason.contains(why), "{reason}"),
            changed @ ChangeReply::Changed { .. } => panic!("{asked:?}: {changed:?}"),
        }
    }
    assert_eq!(store.writes.get(), 0);
    assert_eq!(
        (store.journal(), shop.stamps()),
        (String::new(), Vec::new())
    );
    // The longest name and reason, as escaped JSON too.
    let longest = with(&"🍵".repeat(REASON_CHARS_MAX), &long(REASON_CHARS_MAX));
    let escaped = serde_json::to_string(&longest).unwrap();
    let escaped = escaped
        .replace('🍵', "\\ud83c\\udf75")
        .replace('ü', "\\u00fc");
    let response = shop.send(&post(CHANGE_PATH, escaped));
    let reply: ChangeReply = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(reply, ChangeReply::Changed { record: 1 });
}

#[test]
fn what_is_no_message_is_refused() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    for body in [
        "",
        "{}",
        "[]",
        r#"{"who":"Ada","change":{"level":{"level":-1}}}"#,
    ] {
        let response = shop.send(&post(CHANGE_PATH, body));
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{body}");
    }
    let response = shop.send(&post(CHANGE_PATH, vec![b' '; BODY_BYTES_MAX + 1]));
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(store.writes.get(), 0);
}

#[test]
fn a_change_is_decided_again_while_another_instance_is_quicker() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    store.rivals.set(3);
    assert_eq!(shop.change(level(2)), ChangeReply::Changed { record: 4 });
    assert_eq!(store.state().level().number(), 2);
    let head = store.state().journal().head().to_owned();
    let verified = verify(&store.journal(), Some(&head)).unwrap();
    assert_eq!(verified.records, 4);
}

#[test]
fn a_change_that_never_gets_through_is_not_made() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    store.rivals.set(1_000);
    let response = shop.ask(&by_ada(level(2)));
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.body().is_empty());
    let tries = 1_000 - store.rivals.get();
    assert!((2..50).contains(&tries), "{tries} tries are bounded");
    let records = store.records();
    assert!(records.iter().all(|record| record.who != "Ada"));
    assert_eq!(shop.log.take().len(), 1);
}

#[test]
fn a_pulse_that_does_not_get_through_is_repeated_by_the_next_tick() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.edges.is_away.set(true);
    assert_eq!(shop.change(level(2)), ChangeReply::Changed { record: 1 });
    assert_eq!(shop.change(level(0)), ChangeReply::Changed { record: 2 });
    let log = shop.log.take();
    assert_eq!(log.len(), 2, "{log:?}");
    assert!(log[0].ends_with("did not answer: away"), "{log:?}");
    // Everything is on, but edges do not know it.
    assert_eq!(shop.next_in_ms(), Some(1_000));
    shop.edges.is_away.set(false);
    shop.pass(1_000);
    shop.tick();
    let pulses = shop.edges.pulses.borrow();
    assert_eq!(pulses.len(), 1);
    assert_eq!(pulses[0].level.number(), 0);
}

#[test]
fn a_store_that_fails_is_logged_and_not_shown() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    let text = || "inside".to_owned();
    for (error, status) in [
        (
            StoreError::Transient(text()),
            StatusCode::SERVICE_UNAVAILABLE,
        ),
        (
            StoreError::Corrupt(text()),
            StatusCode::INTERNAL_SERVER_ERROR,
        ),
    ] {
        store.fails.replace(Some(error));
        let response = shop.ask(&by_ada(level(1)));
        assert_eq!(response.status(), status);
        assert!(response.body().is_empty());
        let log = shop.log.take();
        assert!(log.len() == 1 && log[0].contains("inside"), "{log:?}");
    }
}
