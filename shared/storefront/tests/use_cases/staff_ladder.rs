//! The ladder in the staff API, by the real rules.

use serde_json::{Value, json};
use souk_protocol::staff::{Permission, READ_LADDER, READ_SWITCHES, SET_LADDER};

use crate::support::back_office::BackOffice;
use crate::support::{Shop, json as body_of, text};

#[test]
fn the_ladder_is_read_and_set_and_moves_switches_at_once() {
    let shop = Shop::open();
    let staff = BackOffice(&shop.world);
    let token = staff.token("night-shift", &[Permission::Switches]);
    let send = |method, path, body: &Value| {
        let body = body.to_string();
        staff.send(&token, method, path, body.as_bytes())
    };
    let shown = staff.send(&token, "GET", READ_LADDER.path(), b"");
    let first = json!({"level": 1, "switch": "search_counts", "state": "off"});
    assert_eq!(body_of(&shown)[0], first);
    send("PUT", "/staff/v1/switches", &json!({"level": 1}));
    let rungs = json!([{"level": 1, "switch": "search", "state": "static"}]);
    let wish = json!({"rungs": rungs, "reason": "measured"});
    let set = send("PUT", SET_LADDER.path(), &wish);
    assert_eq!(set.status(), 200, "{}", text(&set));
    assert_eq!(body_of(&set), rungs);
    let standing = body_of(&staff.send(&token, "GET", READ_SWITCHES.path(), b""));
    let switches = standing["switches"].as_array().expect("switches");
    let state = |name: &str| {
        let found = switches.iter().find(|one| one["switch"] == name);
        found.expect("a switch")["state"].clone()
    };
    assert_eq!(
        (state("search"), state("insights")),
        (json!("static"), json!("on"))
    );
    let record = shop.world.operations.records().pop().expect("a record");
    assert_eq!(record.who, "night-shift");
    assert_eq!(record.what, "ladder 1 search static: measured");
}

#[test]
fn a_body_that_is_no_ladder_and_a_token_that_only_reads_set_nothing() {
    let shop = Shop::open();
    let staff = BackOffice(&shop.world);
    let token = staff.token("night-shift", &[Permission::Switches]);
    for wrong in [
        json!({}),
        json!({"rungs": 1}),
        json!({"rungs": [], "more": 1}),
    ] {
        let body = wrong.to_string();
        let refused = staff.send(&token, "PUT", SET_LADDER.path(), body.as_bytes());
        assert!(
            refused.status().is_client_error(),
            "{wrong}: {}",
            text(&refused)
        );
    }
    let reader = staff.token("reader", &[Permission::Journal]);
    let body = br#"{"rungs":[]}"#;
    assert_eq!(
        staff.send(&reader, "PUT", SET_LADDER.path(), body).status(),
        403
    );
    assert_eq!(
        staff.send(&reader, "GET", READ_LADDER.path(), b"").status(),
        200
    );
    assert_eq!(shop.world.operations.records().len(), 0);
}
