//! Changes: stored, published, answered; or refused without a trace.

use http::StatusCode;
use souk_operations::{Setting, Switch, verify};
use souk_operations_service::BODY_BYTES_MAX;
use souk_protocol::operations::{
    CHANGE_PATH, ChangeOperations, ChangeReply, OperationsChange, REASON_CHARS_MAX, SaleControl,
    SaleSession, ScheduledSale,
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
            other @ (ChangeReply::Changed { .. } | ChangeReply::Conflict { .. }) => {
                panic!("{asked:?}: {other:?}")
            }
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

/// A sale with as many sessions and SKUs as there may be, with the largest numbers and texts.
fn largest_sale() -> ScheduledSale {
    let moment = |session: u32, hour: i64| NOW_MS + (i64::from(session) * 24 + hour) * 3_600_000;
    let sessions = (0..100).map(|place| SaleSession {
        number: u32::MAX - place,
        gathers_at_ms: moment(place, 1),
        opens_at_ms: moment(place, 2),
        closes_at_ms: moment(place, 3),
    });
    let id = "d".repeat(40);
    let sku = |place| format!("sale:{id}:{place:0>209}");
    ScheduledSale {
        sessions: sessions.collect(),
        skus: (0..20).map(sku).collect(),
        limit: u32::MAX,
        overbook_permille: 10_000,
        buy_within_ms: 3_600_000,
        id,
    }
}

#[test]
fn the_largest_sale_is_scheduled_with_the_longest_name_and_reason() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    let long = "🍵".repeat(REASON_CHARS_MAX);
    let asked = ChangeOperations {
        who: long.clone(),
        reason: long,
        change: OperationsChange::Schedule(Box::new(largest_sale())),
    };
    let escaped = serde_json::to_string(&asked).unwrap();
    let escaped = escaped.replace('🍵', "\\ud83c\\udf75");
    assert!(escaped.len() > 28_000, "{} bytes", escaped.len());
    let response = shop.send(&post(CHANGE_PATH, escaped));
    let reply: ChangeReply = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(reply, ChangeReply::Changed { record: 1 });
    assert_eq!(store.state().sales()[0].sessions.len(), 100);
}

#[test]
fn what_is_there_stands_against_a_change_by_a_conflict() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    let sale = largest_sale();
    let control = |control| OperationsChange::Control {
        sale: sale.id.clone(),
        control,
    };
    let schedule = || OperationsChange::Schedule(Box::new(sale.clone()));
    let conflict = |change| match shop.change(change) {
        ChangeReply::Conflict { reason } => reason,
        other => panic!("{other:?}"),
    };
    let unknown = conflict(control(SaleControl::Paused));
    assert!(unknown.starts_with("there is no sale"), "{unknown}");
    assert_eq!(shop.change(schedule()), ChangeReply::Changed { record: 1 });
    let mut overlap = sale.clone();
    overlap.sessions[1].gathers_at_ms = overlap.sessions[0].opens_at_ms;
    let overlap = shop.change(OperationsChange::Schedule(Box::new(overlap)));
    assert!(
        matches!(overlap, ChangeReply::Refused { .. }),
        "{overlap:?}"
    );
    shop.change(control(SaleControl::Closed));
    for change in [control(SaleControl::Running), schedule()] {
        let closed = conflict(change);
        assert!(closed.ends_with("is closed"), "{closed}");
    }
    assert_eq!(store.writes.get(), 2);
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
