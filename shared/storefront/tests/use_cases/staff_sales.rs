//! Sales with a waiting room in the staff API, by the real rules.

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};
use souk_operations::SaleSecret;
use souk_protocol::staff::{Permission, READ_SALES, SET_SALE};
use souk_room::Control;

use crate::support::back_office::BackOffice;
use crate::support::{Fault, Shop, json as body_of, text};

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

    fn set(&self, sale: &str, wish: &Value) -> Response<Bytes> {
        let address = SET_SALE.at(&[sale]);
        let body = wish.to_string();
        self.staff
            .send(&self.token, "PUT", address.path(), body.as_bytes())
    }

    /// The number of the record of a change that is made.
    fn changed(&self, sale: &str, wish: &Value) -> u64 {
        let response = self.set(sale, wish);
        assert_eq!(response.status(), 200, "{wish}: {}", text(&response));
        body_of(&response)["record"].as_u64().expect("a number")
    }

    fn list(&self) -> Response<Bytes> {
        self.staff.send(&self.token, "GET", READ_SALES.path(), b"")
    }
}

/// In a world that begins on 2026-09-21 at 14:13:20 UTC.
fn schedule() -> Value {
    json!({
        "sessions": [{
            "number": 7,
            "gathers_at": "2026-09-21T20:00:00+00:00",
            "opens_at": "2026-09-22T00:00:00+02:00",
            "closes_at": "2026-09-21T23:00:00.500Z",
        }],
        "skus": ["sale:drop:TEA", "sale:drop:MUG"],
        "limit": 3,
        "overbook_permille": 1_250,
        "buy_within_ms": 300_000,
    })
}

fn scheduling() -> Value {
    json!({"schedule": schedule(), "reason": "the drop"})
}

#[test]
fn a_sale_is_scheduled_with_its_sessions_and_terms_however_often() {
    let shop = Shop::open();
    let operator = Operator::of(&shop);
    assert_eq!(operator.changed("drop", &scheduling()), 1);
    let sale = shop.world.operations.sales().remove(0);
    let session = &sale.sessions[0];
    let moments = [
        session.gathers_at_ms,
        session.opens_at_ms,
        session.closes_at_ms,
    ];
    let at_20_ms = 1_790_020_800_000;
    let expected = [at_20_ms, at_20_ms + 7_200_000, at_20_ms + 10_800_500];
    assert_eq!((session.number, moments), (7, expected));
    assert_eq!((sale.id.as_str(), sale.skus.len()), ("drop", 2));
    let terms = (sale.limit, sale.overbook_permille, sale.buy_within_ms);
    assert_eq!(terms, (3, 1_250, 300_000));
    assert_eq!(sale.secret, SaleSecret([7; 32]));
    let records = shop.world.operations.records();
    assert_eq!(records[0].who, "night-shift");
    assert_eq!(records[0].what, "sale drop, 1 sessions: the drop");
    assert_eq!(operator.changed("drop", &scheduling()), 2);
    assert_eq!(shop.world.operations.sales(), [sale]);
}

#[test]
fn a_sale_is_paused_resumed_and_closed_for_good() {
    let shop = Shop::open();
    let operator = Operator::of(&shop);
    operator.changed("drop", &scheduling());
    for (control, expected) in [
        ("paused", Control::Paused),
        ("running", Control::Running),
        ("closed", Control::Closed),
    ] {
        operator.changed("drop", &json!({"control": control, "reason": "why"}));
        assert_eq!(shop.world.operations.sales()[0].control, expected);
    }
    let records = shop.world.operations.records();
    let what: Vec<_> = records.iter().map(|record| record.what.as_str()).collect();
    let expected = [
        "pause sale drop: why",
        "resume sale drop: why",
        "close sale drop: why",
    ];
    assert_eq!(what[1..], expected);
    for wish in [json!({"control": "running"}), scheduling()] {
        let refused = operator.set("drop", &wish);
        assert_eq!(refused.status(), 409, "{wish}");
        let problem = body_of(&refused);
        assert_eq!(problem["type"], "/problems/conflict");
        let said = "nothing was changed: the sale 'drop' is closed";
        assert_eq!(problem["detail"], said);
    }
    let unknown = operator.set("drip", &json!({"control": "paused"}));
    assert_eq!(unknown.status(), 409);
    assert!(text(&unknown).contains("there is no sale 'drip'"));
    assert_eq!(shop.world.operations.records().len(), 4);
}

#[test]
fn what_does_not_fit_is_refused_with_the_sentence_of_the_rules() {
    let shop = Shop::open();
    let operator = Operator::of(&shop);
    let mut wish = scheduling();
    let session = wish["schedule"]["sessions"][0].clone();
    let sessions = wish["schedule"]["sessions"].as_array_mut();
    sessions.expect("a list").push(session);
    let refused = operator.set("drop", &wish);
    assert_eq!(refused.status(), 422);
    let detail = &body_of(&refused)["errors"][0]["detail"];
    let said = "nothing was changed: the sessions of the sale 'drop' do not fit";
    assert_eq!(detail, said);
    let no_id = operator.set("Drop", &scheduling());
    assert_eq!(no_id.status(), 404, "{}", text(&no_id));
    assert_eq!(shop.world.operations.records(), []);
}

#[test]
fn a_wrong_wish_gets_a_problem_for_each_member_and_changes_nothing() {
    let shop = Shop::open();
    let operator = Operator::of(&shop);
    let with = |name: &str, value: Value| {
        let mut schedule = schedule();
        schedule[name] = value;
        json!({ "schedule": schedule })
    };
    let session = |name: &str, value: Value| {
        let mut session = schedule()["sessions"][0].clone();
        session[name] = value;
        with("sessions", json!([session]))
    };
    let many: Vec<_> = (0..101)
        .map(|_| schedule()["sessions"][0].clone())
        .collect();
    for (wish, pointers) in [
        (json!({}), vec![""]),
        (json!({"reason": "none"}), vec![""]),
        (
            json!({"schedule": schedule(), "control": "paused"}),
            vec!["/control"],
        ),
        (json!({"control": "stopped"}), vec!["/control"]),
        (json!({"control": 1, "why": 2}), vec!["/why", "/control"]),
        (json!({"control": "paused", "reason": 1}), vec!["/reason"]),
        (json!({"schedule": []}), vec!["/schedule"]),
        (with("more", json!(1)), vec!["/schedule/more"]),
        (with("sessions", json!([])), vec!["/schedule/sessions"]),
        (with("sessions", json!(many)), vec!["/schedule/sessions"]),
        (with("skus", json!("TEA")), vec!["/schedule/skus"]),
        (
            with("skus", json!(["sale:drop:TEA", 1])),
            vec!["/schedule/skus/1"],
        ),
        (with("limit", json!(-1)), vec!["/schedule/limit"]),
        (
            with("limit", json!(4_294_967_296_u64)),
            vec!["/schedule/limit"],
        ),
        (
            with("overbook_permille", json!(1.5)),
            vec!["/schedule/overbook_permille"],
        ),
        (
            with("buy_within_ms", json!("5m")),
            vec!["/schedule/buy_within_ms"],
        ),
        (
            session("number", json!("7")),
            vec!["/schedule/sessions/0/number"],
        ),
        (
            session("opens_at", json!("soon")),
            vec!["/schedule/sessions/0/opens_at"],
        ),
        (
            json!({"schedule": {"sessions": [{}], "skus": ["sale:drop:TEA"]}}),
            vec![
                "/schedule/sessions/0/number",
                "/schedule/sessions/0/gathers_at",
                "/schedule/sessions/0/opens_at",
                "/schedule/sessions/0/closes_at",
                "/schedule/limit",
                "/schedule/overbook_permille",
                "/schedule/buy_within_ms",
            ],
        ),
    ] {
        let response = operator.set("drop", &wish);
        assert_eq!(response.status(), 422, "{wish}: {}", text(&response));
        let problem = body_of(&response);
        let errors = problem["errors"].as_array().expect("errors");
        let found: Vec<_> = errors.iter().map(|error| &error["pointer"]).collect();
        assert_eq!(found, pointers, "{wish}: {problem}");
    }
    let no_object = operator.staff.send(
        &operator.token,
        "PUT",
        SET_SALE.at(&["drop"]).path(),
        b"[1]",
    );
    assert_eq!(no_object.status(), 400);
    assert_eq!(shop.world.operations.records(), []);
}

/// What the store says of a sale.
const STANDING: &str = r#"{"level":0,"switches":[],"stamp":3,"records":1,"head":"","sales":[{
    "id":"drop","control":"running","session":{"number":7,"gathers_at_ms":1790020800000,
    "opens_at_ms":1790028000000,"closes_at_ms":1790031600500},"state":"open","drawn":900,
    "tickets":1000,"present_permille":750,"called":40,"missed":10,"called_per_minute":60,
    "orders":25,"available":70,"held":5,"stepped_at_ms":1790000000250}]}"#;

#[test]
fn sales_are_listed_with_moments_that_people_and_programs_read() {
    let shop = Shop::open();
    let operator = Operator::of(&shop);
    assert_eq!(body_of(&operator.list()), json!([]));
    let operations = &shop.world.operations;
    operations
        .faults
        .borrow_mut()
        .push_back(Fault::Answer(200, STANDING));
    let expected = json!([{
        "id": "drop",
        "control": "running",
        "session": {
            "number": 7,
            "gathers_at": "2026-09-21T20:00:00.000Z",
            "opens_at": "2026-09-21T22:00:00.000Z",
            "closes_at": "2026-09-21T23:00:00.500Z",
        },
        "state": "open",
        "drawn": 900,
        "tickets": 1000,
        "present_permille": 750,
        "called": 40,
        "missed": 10,
        "called_per_minute": 60,
        "orders": 25,
        "available": 70,
        "held": 5,
        "stepped_at": "2026-09-21T14:13:20.250Z",
        "now": "2026-09-21T14:13:20.000Z",
    }]);
    assert_eq!(body_of(&operator.list()), expected);
    for (fault, status) in [
        (Fault::RequestLost, 503),
        (Fault::Answer(500, ""), 503),
        (Fault::Answer(200, "{"), 503),
    ] {
        operations.faults.borrow_mut().push_back(fault.clone());
        assert_eq!(operator.list().status(), status, "{fault:?}");
    }
    operations.is_absent.set(true);
    assert_eq!(operator.list().status(), 501);
    assert_eq!(operator.set("drop", &scheduling()).status(), 501);
}

#[test]
fn a_change_without_an_answer_is_not_said_to_be_unmade() {
    let shop = Shop::open();
    let operator = Operator::of(&shop);
    let faults = [Fault::ReplyLost];
    shop.world.operations.faults.borrow_mut().extend(faults);
    let response = operator.set("drop", &scheduling());
    assert_eq!(response.status(), 503);
    assert_eq!(body_of(&response)["type"], "/problems/outcome-unknown");
    assert_eq!(shop.world.operations.records().len(), 1);
}

#[test]
fn a_token_that_only_reads_sets_nothing() {
    let shop = Shop::open();
    let staff = BackOffice(&shop.world);
    let reader = staff.token("auditor", &[Permission::Journal]);
    let others = staff.token("other", &[Permission::Operations, Permission::Stock]);
    let address = SET_SALE.at(&["drop"]);
    let wish = scheduling().to_string();
    for (token, method, path, status) in [
        (&reader, "GET", READ_SALES.path(), 200),
        (&reader, "PUT", address.path(), 403),
        (&others, "GET", READ_SALES.path(), 403),
        (&others, "PUT", address.path(), 403),
    ] {
        let response = staff.send(token, method, path, wish.as_bytes());
        assert_eq!(response.status(), status, "{method} {path}");
    }
    assert_eq!(shop.world.operations.records(), []);
}
