//! Releases in the staff API, by the real rules.

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};
use souk_protocol::staff::{Permission, READ_RELEASE, SET_RELEASE};

use crate::support::back_office::BackOffice;
use crate::support::{Shop, json as body_of, text};

fn put(shop: &Shop, permission: Permission, wish: &Value) -> Response<Bytes> {
    let staff = BackOffice(&shop.world);
    let name = match permission {
        Permission::Switches => "anna",
        _ => "bea",
    };
    let token = staff.token(name, &[permission]);
    let body = wish.to_string();
    staff.send(&token, "PUT", SET_RELEASE.path(), body.as_bytes())
}

#[test]
fn a_release_begins_is_shared_and_ends_by_the_name_of_a_token() {
    let shop = Shop::open();
    let next = json!({"next": {"name": "r1", "share": 100, "window_s": 600}, "reason": "faster"});
    let steps = [
        (json!({"rollback": true}), 409, "souk release next NAME"),
        (next.clone(), 200, ""),
        (next, 409, "promote it or roll it back first"),
        (json!({"share": 10_001}), 422, "from 0 to 100 %"),
        (json!({"share": 5_000}), 200, ""),
        (json!({"promote": true}), 200, "r1"),
        (json!({"promote": true}), 409, "nothing was changed"),
    ];
    for (wish, status, says) in steps {
        let response = put(&shop, Permission::Switches, &wish);
        assert_eq!(response.status(), status, "{wish}: {}", text(&response));
        assert!(
            text(&response).contains(says),
            "{wish}: {}",
            text(&response)
        );
    }
    let records = shop.world.operations.records();
    let said: Vec<_> = records
        .iter()
        .map(|one| (one.who.as_str(), one.what.as_str()))
        .collect();
    let expected = [
        ("anna", "release r1 to 1 %, watched for 600 s: faster"),
        ("anna", "release r1 to 50 %"),
        ("anna", "promote release r1"),
    ];
    assert_eq!(said, expected);
    let staff = BackOffice(&shop.world);
    let token = staff.token("reader", &[Permission::Journal]);
    let read = staff.send(&token, "GET", READ_RELEASE.path(), b"");
    let past = &body_of(&read)["past"];
    assert_eq!(
        (&past["name"], &past["is_promoted"]),
        (&json!("r1"), &json!(true))
    );
}

#[test]
fn what_is_no_wish_and_a_token_without_the_permission_change_nothing() {
    let shop = Shop::open();
    let share = json!({"share": 5_000});
    assert_eq!(put(&shop, Permission::Journal, &share).status(), 403);
    for wish in [
        json!({}),
        json!({"promote": false}),
        json!({"promote": true, "rollback": true}),
        json!({"share": 1, "rollback": true}),
        json!({"next": {"name": "a b", "share": 1, "window_s": 600}}),
        json!({"next": {"name": "r1", "share": 1, "window_s": 59}}),
    ] {
        let response = put(&shop, Permission::Switches, &wish);
        assert_eq!(response.status(), 422, "{wish}: {}", text(&response));
    }
    assert!(shop.world.operations.records().is_empty());
}
