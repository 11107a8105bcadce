//! The plan of a night in the staff API, by the real rules.

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};
use souk_operations::plan::{Action, At, Begin, Instant, Plan, Step, plan_hash};
use souk_protocol::staff::{Permission, READ_PLAN, SET_PLAN, SET_STEP};

use crate::support::back_office::BackOffice;
use crate::support::{Shop, json as body_of, text};

/// The staff of a shop, with a token that sets switches.
struct Operator<'a> {
    staff: BackOffice<'a>,
    token: String,
}

impl<'a> Operator<'a> {
    fn of(shop: &'a Shop, name: &str) -> Self {
        let staff = BackOffice(&shop.world);
        let token = staff.token(name, &[Permission::Switches]);
        Self { staff, token }
    }

    fn put(&self, path: &str, wish: &Value) -> Response<Bytes> {
        let body = wish.to_string();
        self.staff.send(&self.token, "PUT", path, body.as_bytes())
    }

    fn set(&self, wish: &Value) -> Response<Bytes> {
        self.put(SET_PLAN.path(), wish)
    }

    fn step(&self, wish: &Value) -> Response<Bytes> {
        self.put(SET_STEP.at(&["early"]).path(), wish)
    }
}

/// One step, which two people have to approve.
fn plan() -> String {
    let step = Step {
        approval: 2,
        begin: Begin::At(At::Instant(Instant { at_s: 1 << 39 })),
        check: None,
        clear: None,
        actions: vec![Action::Level(1)],
        id: "early".to_owned(),
        max_s: None,
        undo: None,
    };
    Plan { steps: vec![step] }.canonical()
}

#[test]
fn a_plan_is_approved_by_names_of_tokens_and_armed() {
    let shop = Shop::open();
    let (ada, bea) = (Operator::of(&shop, "ada"), Operator::of(&shop, "bea"));
    let (plan, hash) = (plan(), plan_hash(&plan()));
    let approve = json!({"approve": hash, "reason": "read it"});
    let arm = json!({"arm": {"plan": plan, "hash": hash}});
    let response = ada.set(&approve);
    assert_eq!(response.status(), 200, "{}", text(&response));
    assert_eq!(body_of(&response)["approvals"][0]["names"], json!(["ada"]));
    let response = ada.set(&arm);
    assert_eq!(response.status(), 409, "{}", text(&response));
    let detail = body_of(&response)["detail"].to_string();
    assert!(detail.contains("nothing was changed: the plan"), "{detail}");
    bea.set(&approve);
    let response = ada.set(&arm);
    assert_eq!(response.status(), 200, "{}", text(&response));
    assert_eq!(body_of(&response)["armed"]["hash"], json!(hash));
    for (state, status) in [
        ("ended", 409),
        ("fired", 200),
        ("fired", 409),
        ("ended", 200),
    ] {
        let response = bea.step(&json!({"state": state}));
        assert_eq!(response.status(), status, "{state}: {}", text(&response));
    }
    assert_eq!(ada.set(&json!({"disarm": true})).status(), 200);
    assert_eq!(ada.set(&json!({"disarm": true})).status(), 409);
    let records = shop.world.operations.records();
    let who: Vec<_> = records.iter().map(|record| record.who.as_str()).collect();
    assert_eq!(who, ["ada", "bea", "ada", "bea", "bea", "ada"]);
    assert!(records[0].what.ends_with(": read it"), "{:?}", records[0]);
}

#[test]
fn a_wrong_wish_changes_nothing() {
    let shop = Shop::open();
    let ada = Operator::of(&shop, "ada");
    let hash = plan_hash(&plan());
    for (wish, status) in [
        (json!({}), 422),
        (json!({"disarm": false}), 422),
        (json!({"disarm": true, "approve": hash}), 422),
        (json!({"approve": 1}), 400),
        (json!({"more": 1}), 400),
        (json!({"arm": {"plan": "{}", "hash": hash}}), 422),
        (json!({"arm": {"plan": plan(), "hash": plan_hash("")}}), 422),
    ] {
        let response = ada.set(&wish);
        assert_eq!(response.status(), status, "{wish}: {}", text(&response));
    }
    assert_eq!(ada.step(&json!({"state": "burning"})).status(), 400);
    assert_eq!(ada.step(&json!({"state": "fired"})).status(), 409);
    assert_eq!(shop.world.operations.records(), []);
}

#[test]
fn a_token_that_only_reads_sets_nothing() {
    let shop = Shop::open();
    let staff = BackOffice(&shop.world);
    let reader = staff.token("auditor", &[Permission::Journal]);
    let others = staff.token("other", &[Permission::Operations, Permission::Stock]);
    let wish = json!({"approve": plan_hash("")}).to_string();
    for (token, method, status) in [
        (&reader, "GET", 200),
        (&reader, "PUT", 403),
        (&others, "GET", 403),
        (&others, "PUT", 403),
    ] {
        let response = staff.send(token, method, READ_PLAN.path(), wish.as_bytes());
        assert_eq!(response.status(), status, "{method}");
    }
    assert_eq!(shop.world.operations.records(), []);
}
