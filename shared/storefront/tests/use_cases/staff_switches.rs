//! Levels, switches and the journal in the staff API, by the real rules.

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};
use souk_operations::verify;
use souk_protocol::operations::{JOURNAL_MEDIA_TYPE, REASON_CHARS_MAX};
use souk_protocol::staff::{Permission, READ_JOURNAL, READ_SIGNALS, READ_SWITCHES, SET_SWITCHES};

use crate::support::back_office::BackOffice;
use crate::support::{Fault, Shop, json as body_of, text};

const HOUR_MS: i64 = 3_600_000;

/// Moments of a world that begins at 1,790,000,000,000 ms.
const IN_AN_HOUR: &str = "2026-09-21T15:13:20Z";
const IN_A_DAY: &str = "2026-09-22T14:13:20Z";
const AFTER_A_DAY: &str = "2026-09-22T14:13:20.001Z";
const NOW: &str = "2026-09-21T14:13:20Z";

/// The staff of a shop, with a token that sets switches.
struct Operator<'a> {
    staff: BackOffice<'a>,
    token: String,
}

impl<'a> Operator<'a> {
    fn of(shop: &'a Shop) -> Self {
        let staff = BackOffice(&shop.world);
        let token = staff.token("night-shift", &[Permission::Switches]);
        Self { staff, token }
    }

    fn set(&self, wish: &Value) -> Response<Bytes> {
        let body = wish.to_string();
        self.staff
            .send(&self.token, "PUT", SET_SWITCHES.path(), body.as_bytes())
    }

    fn get(&self, path: &str) -> Response<Bytes> {
        self.staff.send(&self.token, "GET", path, b"")
    }

    /// How everything stands after a change that is made.
    fn changed(&self, wish: &Value) -> Value {
        let response = self.set(wish);
        assert_eq!(response.status(), 200, "{wish}: {}", text(&response));
        body_of(&response)
    }
}

fn switch<'v>(standing: &'v Value, name: &str) -> &'v Value {
    let switches = standing["switches"].as_array().expect("switches");
    let found = switches.iter().find(|one| one["switch"] == name);
    found.expect("a switch of this name")
}

#[test]
fn a_level_moves_its_switches_and_goes_back() {
    let shop = Shop::open();
    let operator = Operator::of(&shop);
    let standing = operator.changed(&json!({"level": 5, "until": IN_AN_HOUR, "reason": "sale"}));
    assert_eq!(standing["level"], 5);
    let until_ms = shop.world.now_ms.get() + HOUR_MS;
    assert_eq!(standing["level_until_ms"], until_ms);
    assert_eq!(switch(&standing, "search")["state"], "closed");
    assert_eq!(switch(&standing, "checkout")["state"], "on");
    assert_eq!(standing["records"], 1);
    shop.world.pass_ms(HOUR_MS);
    let standing = body_of(&operator.get(READ_SWITCHES.path()));
    assert_eq!(
        (&standing["level"], &standing["records"]),
        (&json!(0), &json!(2))
    );
    assert_eq!(switch(&standing, "search")["state"], "on");
    // Without an end a level stays.
    let standing = operator.changed(&json!({"level": 1, "until": null}));
    assert_eq!(standing.get("level_until_ms"), None);
}

#[test]
fn a_switch_wins_over_the_level_until_it_ends_or_goes_by_the_level_again() {
    let shop = Shop::open();
    let operator = Operator::of(&shop);
    operator.changed(&json!({"level": 5}));
    let on = json!({"switch": "search", "state": "on", "until": IN_A_DAY});
    let standing = operator.changed(&on);
    let search = switch(&standing, "search");
    assert_eq!(
        (&search["state"], &search["by_level"]),
        (&json!("on"), &json!("closed"))
    );
    assert_eq!(search["until_ms"], shop.world.now_ms.get() + 24 * HOUR_MS);
    let standing = operator.changed(&json!({"switch": "search", "state": "by_level"}));
    let search = switch(&standing, "search");
    assert_eq!(
        (&search["state"], search.get("until_ms")),
        (&json!("closed"), None)
    );
    // An end with an offset is the same moment.
    let east = json!({"switch": "search", "state": "static", "until": "2026-09-21T23:13:20+08:00"});
    let standing = operator.changed(&east);
    assert_eq!(
        switch(&standing, "search")["until_ms"],
        shop.world.now_ms.get() + HOUR_MS
    );
    shop.world.pass_ms(HOUR_MS);
    let standing = body_of(&operator.get(READ_SWITCHES.path()));
    assert_eq!(switch(&standing, "search")["state"], "closed");
}

#[test]
fn effects_are_in_the_language_that_is_asked_for() {
    let shop = Shop::open();
    let operator = Operator::of(&shop);
    let effect = |response: &Response<Bytes>| {
        let standing = body_of(response);
        let settings = &switch(&standing, "search")["settings"];
        settings[1]["effect"].as_str().expect("a text").to_owned()
    };
    let path = READ_SWITCHES.path();
    let english = effect(&operator.get(path));
    assert_eq!(english, "The search is closed.");
    let german = effect(&operator.get(&format!("{path}?language=de")));
    assert_ne!(german, english);
    assert_eq!(
        effect(&operator.get(&format!("{path}?language=fr"))),
        english
    );
    let wish = br#"{"level":1}"#;
    let path = format!("{path}?language=de");
    let changed = operator.staff.send(&operator.token, "PUT", &path, wish);
    assert_eq!(effect(&changed), german);
}

#[test]
fn a_wrong_wish_gets_a_problem_for_each_member_and_changes_nothing() {
    let shop = Shop::open();
    let operator = Operator::of(&shop);
    let search = |state: &str| json!({"switch": "search", "state": state, "until": IN_AN_HOUR});
    let with = |mut wish: Value, name: &str, value: Value| {
        wish[name] = value;
        wish
    };
    let long = "x".repeat(REASON_CHARS_MAX + 1);
    for (wish, pointers) in [
        (json!({}), vec![""]),
        (json!({"reason": "none"}), vec![""]),
        (json!({"level": 6}), vec!["/level"]),
        (json!({"level": -1}), vec!["/level"]),
        (json!({"level": "3"}), vec!["/level"]),
        (
            json!({"level": 1.5, "until": "soon"}),
            vec!["/level", "/until"],
        ),
        (json!({"level": 1, "until": NOW}), vec!["/until"]),
        (json!({"level": 1, "until": AFTER_A_DAY}), vec!["/until"]),
        (
            json!({"level": 1, "until": 1_790_003_600_000_i64}),
            vec!["/until"],
        ),
        (with(search("closed"), "level", json!(1)), vec!["/level"]),
        (json!({"level": 1, "state": "on"}), vec!["/level"]),
        (
            json!({"state": "closed", "until": IN_AN_HOUR}),
            vec!["/switch"],
        ),
        (
            json!({"switch": "search", "until": IN_AN_HOUR}),
            vec!["/state"],
        ),
        (
            json!({"switch": "search", "state": "closed"}),
            vec!["/until"],
        ),
        (
            with(search("closed"), "switch", json!("serach")),
            vec!["/switch"],
        ),
        (
            with(search("closed"), "switch", json!("checkout")),
            vec!["/switch"],
        ),
        (
            with(search("on"), "switch", json!("payment")),
            vec!["/switch"],
        ),
        (search("off"), vec!["/state"]),
        (search("shut"), vec!["/state"]),
        (with(search("closed"), "state", json!(true)), vec!["/state"]),
        (search("by_level"), vec!["/until"]),
        (with(search("closed"), "until", json!(NOW)), vec!["/until"]),
        (
            with(search("closed"), "until", json!(AFTER_A_DAY)),
            vec!["/until"],
        ),
        (
            with(search("closed"), "until", json!("2026-09-21")),
            vec!["/until"],
        ),
        (
            with(search("closed"), "until", json!("0000-01-01T00:00:00Z")),
            vec!["/until"],
        ),
        (
            with(search("closed"), "until", json!("9999-12-31T23:59:59Z")),
            vec!["/until"],
        ),
        (
            with(search("closed"), "reason", json!(long)),
            vec!["/reason"],
        ),
        (
            with(search("closed"), "reason", json!(["why"])),
            vec!["/reason"],
        ),
        (with(search("closed"), "a/b~c", json!(1)), vec!["/a~1b~0c"]),
        (
            json!({"switch": "x", "state": "y", "until": "z", "reason": 1, "more": 1}),
            vec!["/more", "/switch", "/until", "/reason"],
        ),
    ] {
        let response = operator.set(&wish);
        assert_eq!(response.status(), 422, "{wish}: {}", text(&response));
        let problem = body_of(&response);
        assert_eq!(problem["type"], "/problems/invalid-request");
        let errors = problem["errors"].as_array().expect("errors");
        let found: Vec<_> = errors.iter().map(|error| &error["pointer"]).collect();
        assert_eq!(found, pointers, "{wish}: {problem}");
    }
    let unknown = operator.set(&with(search("closed"), "switch", json!("serach")));
    assert!(
        text(&unknown).contains("suggestions, filters"),
        "{}",
        text(&unknown)
    );
    let state = operator.set(&search("off"));
    assert!(
        text(&state).contains("on, static, closed, by_level"),
        "{}",
        text(&state)
    );
    for no_object in ["", "[1]", "3", "{\"level\":1", "{\"level\":1,\"level\":2}"] {
        let path = SET_SWITCHES.path();
        let response = operator
            .staff
            .send(&operator.token, "PUT", path, no_object.as_bytes());
        assert_eq!(response.status(), 400, "{no_object}");
    }
    assert_eq!(shop.world.operations.records(), []);
}

#[test]
fn queries_have_no_other_parameters_and_no_other_values() {
    let shop = Shop::open();
    let operator = Operator::of(&shop);
    let (switches, journal) = (READ_SWITCHES.path(), READ_JOURNAL.path());
    let signals = READ_SIGNALS.path();
    for (path, pointer) in [
        (format!("{switches}?lang=de"), "?lang"),
        (format!("{switches}?language="), "?language"),
        (format!("{switches}?language=de%26x"), "?language"),
        (format!("{journal}?after=-1"), "?after"),
        (format!("{journal}?after=9007199254740992"), "?after"),
        (format!("{journal}?limit=1"), "?limit"),
        (format!("{signals}?since=now"), "?since"),
        (format!("{signals}?since=-1"), "?since"),
        (format!("{signals}?watch=yes"), "?watch"),
        (format!("{signals}?from=1"), "?from"),
    ] {
        let response = operator.get(&path);
        assert_eq!(response.status(), 400, "{path}");
        assert_eq!(
            body_of(&response)["errors"][0]["pointer"],
            pointer,
            "{path}"
        );
    }
}

#[test]
fn the_journal_is_read_in_pages_and_verifies_to_its_head() {
    let shop = Shop::open();
    let operator = Operator::of(&shop);
    let empty = operator.get(READ_JOURNAL.path());
    assert_eq!((empty.status().as_u16(), text(&empty).as_str()), (200, ""));
    for level in [1, 2, 3, 4, 0] {
        operator.changed(&json!({"level": level, "reason": " it is late\n"}));
    }
    let (mut journal, mut pages) = (String::new(), 0);
    let mut path = READ_JOURNAL.path().to_owned();
    loop {
        let page = operator.get(&path);
        assert_eq!(page.headers()["content-type"], JOURNAL_MEDIA_TYPE);
        journal += &text(&page);
        let Some(link) = page.headers().get("link") else {
            break;
        };
        let link = link.to_str().expect("ASCII").strip_prefix('<');
        let (next, relation) = link
            .and_then(|link| link.split_once(">; "))
            .expect("a link");
        assert_eq!(relation, "rel=\"next\"");
        path = next.to_owned();
        pages += 1;
    }
    assert_eq!((pages, path.as_str()), (3, "/staff/v1/journal?after=5"));
    let standing = body_of(&operator.get(READ_SWITCHES.path()));
    let head = standing["head"].as_str().expect("a head");
    let verified = verify(&journal, Some(head)).expect("a journal that holds together");
    assert_eq!((verified.records, &standing["records"]), (5, &json!(5)));
    let records = shop.world.operations.records();
    assert!(records.iter().all(|record| record.who == "night-shift"));
    assert_eq!(records[0].what, "level 1: it is late");
}

#[test]
fn signals_are_read_and_edges_report_only_for_one_who_looks_on() {
    let shop = Shop::open();
    let operator = Operator::of(&shop);
    let path = READ_SIGNALS.path();
    let read = body_of(&operator.get(&format!("{path}?since=7&watch=false")));
    let second = json!({"at_s": 7, "values": {"pages.p99": 12.5}});
    assert_eq!(read["seconds"], json!([second]));
    assert!(read.get("watched_until_ms").is_none(), "{read}");
    let read = body_of(&operator.get(&format!("{path}?since=8&watch=true")));
    assert!(read["watched_until_ms"].is_i64(), "{read}");
    assert_eq!(shop.world.operations.records(), []);
}

#[test]
fn a_token_that_only_reads_sets_nothing() {
    let shop = Shop::open();
    let staff = BackOffice(&shop.world);
    let reader = staff.token("auditor", &[Permission::Journal]);
    let others = staff.token("other", &[Permission::Operations, Permission::Orders]);
    let wish = br#"{"level":5}"#;
    for (token, method, path, status) in [
        (&reader, "GET", READ_SWITCHES.path(), 200),
        (&reader, "GET", READ_JOURNAL.path(), 200),
        (
            &reader,
            "GET",
            &format!("{}?since=1", READ_SIGNALS.path()),
            200,
        ),
        (&others, "GET", READ_SIGNALS.path(), 403),
        (&reader, "PUT", SET_SWITCHES.path(), 403),
        (&others, "GET", READ_SWITCHES.path(), 403),
        (&others, "PUT", SET_SWITCHES.path(), 403),
    ] {
        let response = staff.send(token, method, path, wish);
        assert_eq!(response.status(), status, "{method} {path}");
    }
    assert_eq!(shop.world.operations.records(), []);
}

#[test]
fn a_store_that_refuses_by_its_own_clock_is_believed() {
    let shop = Shop::open();
    let operator = Operator::of(&shop);
    shop.world.operations.ahead_ms.set(2 * HOUR_MS);
    let refused = operator.set(&json!({"switch": "search", "state": "on", "until": IN_AN_HOUR}));
    assert_eq!(refused.status(), 422);
    let detail = &body_of(&refused)["errors"][0]["detail"];
    let said = "nothing was changed: it must end within the next 24 hours";
    assert_eq!(detail, said);
    assert_eq!(shop.world.operations.records(), []);
}

/// What a change meets, the kind of the problem, whether it is made, and whether the problem says that
/// nothing was changed.
const FAULTS: [(Fault, &str, bool, bool); 6] = [
    (Fault::RequestLost, "outcome-unknown", false, false),
    (Fault::ReplyLost, "outcome-unknown", true, false),
    (Fault::Answer(500, ""), "outcome-unknown", false, false),
    (Fault::Answer(503, ""), "outcome-unknown", false, false),
    (Fault::Answer(200, "{}"), "outcome-unknown", false, false),
    (Fault::Answer(422, ""), "unavailable", false, true),
];

#[test]
fn a_change_without_an_answer_is_said_to_be_unmade_only_where_that_is_known() {
    for (fault, kind, is_made, says_nothing) in FAULTS {
        let shop = Shop::open();
        let operator = Operator::of(&shop);
        shop.world
            .operations
            .faults
            .borrow_mut()
            .push_back(fault.clone());
        let response = operator.set(&json!({"level": 5}));
        assert_eq!(response.status(), 503, "{fault:?}");
        let problem = body_of(&response);
        assert_eq!(problem["type"], format!("/problems/{kind}"), "{fault:?}");
        let says = text(&response).contains("nothing was changed");
        assert_eq!(says, says_nothing, "{fault:?}: {problem}");
        assert_eq!(
            shop.world.operations.records().len(),
            usize::from(is_made),
            "{fault:?}"
        );
        assert_eq!(shop.world.log.borrow().len(), 1, "{fault:?}");
    }
}

#[test]
fn a_change_is_told_even_where_the_standing_cannot_be_read() {
    let shop = Shop::open();
    let operator = Operator::of(&shop);
    operator.changed(&json!({"level": 1}));
    let answer = r#"{"changed":{"record":2}}"#;
    let faults = [Fault::Answer(200, answer), Fault::RequestLost];
    shop.world.operations.faults.borrow_mut().extend(faults);
    let response = operator.set(&json!({"level": 2}));
    assert_eq!(response.status(), 503);
    assert!(
        text(&response).contains("it was changed, with record 2"),
        "{}",
        text(&response)
    );
}

#[test]
fn a_store_that_does_not_answer_reads_as_unavailable_and_none_as_unsupported() {
    let shop = Shop::open();
    let operator = Operator::of(&shop);
    let operations = &shop.world.operations;
    for path in [READ_SWITCHES.path(), READ_JOURNAL.path()] {
        for fault in [
            Fault::RequestLost,
            Fault::Answer(500, ""),
            Fault::Answer(200, "{"),
        ] {
            operations.faults.borrow_mut().push_back(fault.clone());
            let response = operator.get(path);
            assert_eq!(response.status(), 503, "{path} {fault:?}");
            assert_eq!(body_of(&response)["type"], "/problems/unavailable");
        }
        operations.is_absent.set(true);
        assert_eq!(operator.get(path).status(), 501);
        let set = operator.set(&json!({"level": 1}));
        assert_eq!(set.status(), 501);
        assert!(text(&set).contains("nothing was changed"), "{}", text(&set));
        operations.is_absent.set(false);
    }
}

#[test]
fn reports_are_closed_from_level_2_and_lists_stay() {
    let shop = Shop::open();
    let operator = Operator::of(&shop);
    let reader =
        BackOffice(&shop.world).token("reader", &[Permission::Orders, Permission::Catalogue]);
    let status = |path: &str| BackOffice(&shop.world).send(&reader, "GET", path, b"");
    let reports = [
        "/staff/v1/reports/orders",
        "/staff/v1/reports/search",
        "/staff/v1/reports/help",
    ];
    operator.changed(&json!({"level": 1}));
    for report in reports {
        assert_eq!(status(report).status(), 200, "{report}");
    }
    operator.changed(&json!({"level": 2}));
    for report in reports {
        let refused = status(report);
        assert_eq!(refused.status(), 503, "{report}");
        assert_eq!(body_of(&refused)["type"], "/problems/switched-off");
        assert!(refused.headers().contains_key("retry-after"), "{report}");
    }
    assert_eq!(status("/staff/v1/orders").status(), 200);
}
