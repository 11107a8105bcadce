//! Staff tokens: who may do what in the staff API, from the first token to the last refused try.

use futures::executor::block_on;
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use souk_protocol::endpoint::is_parameter;
use souk_protocol::staff::{
    CREATE_TOKEN, CreatedToken, LIST_TOKENS, METRICS, Operation, Permission, READ_OWN_TOKEN,
    REVOKE_TOKEN, TOKEN_PREFIX, TOKENS_FRESH_MS,
};
use souk_staff_api::Access;

use crate::support::back_office::{BackOffice, SECRET};
use crate::support::shop::order_of;
use crate::support::{Shop, json as body_of, text};

const KEY: &str = "another key of thirty-two chars.";

fn is_refused(response: &Response<bytes::Bytes>) -> bool {
    [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&response.status())
}

fn create(staff: &BackOffice<'_>, token: &str, asked: &Value) -> Response<bytes::Bytes> {
    let body = asked.to_string();
    staff.send_with_key(token, "POST", CREATE_TOKEN.path(), KEY, body.as_bytes())
}

/// A request with a token to an instance that remembers this.
fn read_with(staff: &BackOffice<'_>, access: &Access, token: &str, path: &str) -> StatusCode {
    let request = Request::builder()
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .body(bytes::Bytes::new())
        .expect("a request");
    block_on(staff.handle_with(access, request)).status()
}

#[test]
fn every_operation_is_open_to_its_permissions_and_to_no_other() {
    let shop = Shop::open();
    let staff = BackOffice(&shop.world);
    let tokens = Permission::ALL.map(|one| (staff.token(one.name(), &[one]), one));
    for &operation in Operation::ALL {
        let path = operation
            .path()
            .split('/')
            .map(|segment| match is_parameter(segment) {
                true => "x",
                false => segment,
            });
        let path = path.collect::<Vec<_>>().join("/");
        let method = operation.method().name();
        let wanted = operation.permissions();
        for (token, permission) in &tokens {
            let refused = is_refused(&staff.send(token, method, &path, b""));
            let may = wanted.is_empty() || wanted.contains(permission);
            assert_eq!(refused, !may, "{operation:?} with {permission:?}");
        }
        let by_secret = staff.send(SECRET, method, &path, b"");
        let may = wanted.is_empty() || wanted == [Permission::Tokens];
        assert_eq!(
            is_refused(&by_secret),
            !may,
            "{operation:?} with the secret"
        );
        assert_eq!(
            staff.send("", method, &path, b"").status(),
            401,
            "{operation:?}"
        );
        // The window of refused requests is not what is looked at here.
        shop.world.pass_ms(10_000);
    }
}

#[test]
fn without_a_token_not_even_an_address_is_told() {
    let shop = Shop::open();
    let staff = BackOffice(&shop.world);
    let token = staff.token("a", &[Permission::Tick]);
    for (method, path, with) in [
        ("GET", "/staff/v1/nothing", 404),
        ("PUT", "/staff/v1/tick", 405),
        ("GET", "/staff", 404),
    ] {
        assert_eq!(staff.send("", method, path, b"").status(), 401, "{path}");
        assert_eq!(
            staff.send(&token, method, path, b"").status(),
            with,
            "{path}"
        );
    }
}

#[test]
fn a_body_is_as_long_as_its_operation_needs() {
    let shop = Shop::open();
    let staff = BackOffice(&shop.world);
    let token = staff.token("a", &Permission::ALL);
    for &operation in Operation::ALL {
        if matches!(operation.method().name(), "GET") {
            continue;
        }
        let path = operation
            .path()
            .replace("{order}", "x")
            .replace("{hash}", "x");
        let path = path.replace("{name}", "x");
        let long = vec![b' '; operation.body().bytes_max() + 1];
        let method = operation.method().name();
        let answer = staff.send(&token, method, &path, &long);
        assert_eq!(answer.status(), 413, "{operation:?}");
        let answer = staff.send("wrong", method, &path, &long);
        assert_eq!(answer.status(), 401, "{operation:?}");
        shop.world.pass_ms(10_000);
    }
}

#[test]
fn the_same_request_gives_the_same_token_and_it_is_shown_to_its_maker_only() {
    let shop = Shop::open();
    let staff = BackOffice(&shop.world);
    let asked = json!({"name": "cron", "permissions": ["tick", "metrics", "tick"]});
    let made = create(&staff, SECRET, &asked);
    assert_eq!(made.status(), 200, "{}", text(&made));
    let again = create(&staff, SECRET, &asked);
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(made.body(), again.body());
    let made: CreatedToken = serde_json::from_slice(made.body()).expect("a token");
    assert!(made.token.starts_with(TOKEN_PREFIX));
    assert_eq!(
        made.about.permissions,
        [Permission::Metrics, Permission::Tick]
    );
    assert_eq!(made.about.created_by, "deployment");
    let own = staff.send(&made.token, "GET", READ_OWN_TOKEN.path(), b"");
    assert_eq!(body_of(&own)["name"], "cron");
    let list = staff.send(SECRET, "GET", LIST_TOKENS.path(), b"");
    assert_eq!(body_of(&list).as_array().map(Vec::len), Some(1));
    assert!(!text(&list).contains(TOKEN_PREFIX));
    // The store has no token, and no line of the log.
    let hashes = "SELECT group_concat(hash || name || permissions || created_by) FROM staff_token";
    let kept = shop.world.back_office.database.text(hashes);
    assert!(!kept.contains(&made.token[TOKEN_PREFIX.len()..]), "{kept}");
    assert_eq!(shop.world.log.borrow().len(), 0);
}

#[test]
fn a_token_that_cannot_be_made_is_refused_with_the_reason() {
    let shop = Shop::open();
    let staff = BackOffice(&shop.world);
    let past = shop.world.now_ms.get();
    for (asked, pointer) in [
        (json!({"name": "a b", "permissions": ["tick"]}), "/name"),
        (
            json!({"name": "deployment", "permissions": ["tick"]}),
            "/name",
        ),
        (json!({"name": "a", "permissions": []}), "/permissions"),
        (
            json!({"name": "a", "permissions": ["tick"], "expires_at_ms": past}),
            "/expires_at_ms",
        ),
    ] {
        let refused = create(&staff, SECRET, &asked);
        assert_eq!(refused.status(), 422, "{asked}");
        assert_eq!(body_of(&refused)["errors"][0]["pointer"], pointer);
    }
    let asked = json!({"name": "a", "permissions": ["everything"]});
    assert_eq!(create(&staff, SECRET, &asked).status(), 400);
    let asked = json!({"name": "a", "permissions": ["tick"]}).to_string();
    let path = CREATE_TOKEN.path();
    let short = staff.send_with_key(SECRET, "POST", path, "short", asked.as_bytes());
    assert_eq!(short.status(), 400);
    assert_eq!(
        staff.send(SECRET, "POST", path, asked.as_bytes()).status(),
        200
    );
    let taken = staff.send_with_key(SECRET, "POST", path, KEY, asked.as_bytes());
    assert_eq!(taken.status(), 409);
}

#[test]
fn a_token_gives_no_permission_that_it_lacks() {
    let shop = Shop::open();
    let staff = BackOffice(&shop.world);
    let maker = staff.token("maker", &[Permission::Tokens, Permission::Tick]);
    let asked = json!({"name": "rich", "permissions": ["tick", "money"]});
    assert_eq!(create(&staff, &maker, &asked).status(), 403);
    let asked = json!({"name": "poor", "permissions": ["tick"]});
    let made = create(&staff, &maker, &asked);
    assert_eq!(body_of(&made)["about"]["created_by"], "maker");
}

#[test]
fn a_token_makes_none_that_outlives_it() {
    let shop = Shop::open();
    let staff = BackOffice(&shop.world);
    let end = shop.world.now_ms.get() + 1_000;
    let maker = json!({"name": "maker", "permissions": ["tokens"], "expires_at_ms": end});
    let maker = body_of(&create(&staff, SECRET, &maker));
    let maker = maker["token"].as_str().expect("a token");
    let asked = |end: Option<i64>| {
        let asked = json!({"name": "next", "permissions": ["tokens"]});
        match end {
            Some(end) => {
                let mut asked = asked;
                asked["expires_at_ms"] = end.into();
                asked
            }
            None => asked,
        }
    };
    for longer in [None, Some(end + 1)] {
        let refused = create(&staff, maker, &asked(longer));
        assert_eq!(refused.status(), 422, "{longer:?}");
        assert_eq!(body_of(&refused)["errors"][0]["pointer"], "/expires_at_ms");
    }
    assert_eq!(create(&staff, maker, &asked(Some(end))).status(), 200);
    // Both have ended: the name is free again.
    shop.world.pass_ms(1_000);
    let next = staff.send_with_key(
        SECRET,
        "POST",
        CREATE_TOKEN.path(),
        "another key of enough characters",
        asked(None).to_string().as_bytes(),
    );
    assert_eq!(next.status(), 200, "{}", text(&next));
}

#[test]
fn a_token_ends_by_itself() {
    let shop = Shop::open();
    let staff = BackOffice(&shop.world);
    let end = shop.world.now_ms.get() + 1_000;
    let asked = json!({"name": "short", "permissions": ["metrics"], "expires_at_ms": end});
    let made = body_of(&create(&staff, SECRET, &asked));
    let token = made["token"].as_str().expect("a token");
    assert_eq!(staff.send(token, "GET", METRICS.path(), b"").status(), 200);
    shop.world.pass_ms(999);
    assert_eq!(staff.send(token, "GET", METRICS.path(), b"").status(), 200);
    shop.world.pass_ms(1);
    let refused = staff.send(token, "GET", METRICS.path(), b"");
    assert_eq!(refused.status(), 401);
    assert!(text(&refused).contains("expired"), "{}", text(&refused));
}

#[test]
fn a_revoked_token_is_refused_at_once_here_and_soon_by_every_instance() {
    let shop = Shop::open();
    let staff = BackOffice(&shop.world);
    let token = staff.token("cron", &[Permission::Metrics]);
    let other = Access::default();
    let elsewhere = || read_with(&staff, &other, &token, METRICS.path());
    assert_eq!(elsewhere(), 200);
    // This instance knows the token, too.
    assert_eq!(staff.send(&token, "GET", METRICS.path(), b"").status(), 200);
    let address = REVOKE_TOKEN.at(&["cron"]);
    assert_eq!(
        staff.send(SECRET, "DELETE", address.path(), b"").status(),
        204
    );
    assert_eq!(
        staff.send(SECRET, "DELETE", address.path(), b"").status(),
        404
    );
    assert_eq!(staff.send(&token, "GET", METRICS.path(), b"").status(), 401);
    shop.world.pass_ms(TOKENS_FRESH_MS - 1);
    assert_eq!(elsewhere(), 200, "within the stated bound");
    shop.world.pass_ms(1);
    assert_eq!(elsewhere(), 401);
    // The same request does not bring it back.
    let asked = json!({"name": "cron", "permissions": ["metrics"]}).to_string();
    let again = staff.send(SECRET, "POST", CREATE_TOKEN.path(), asked.as_bytes());
    assert_eq!(again.status(), 422);
    assert_eq!(body_of(&again)["type"], "/problems/idempotency-key-reused");
}

#[test]
fn a_new_token_works_at_once_at_an_instance_that_knows_others() {
    let shop = Shop::open();
    let staff = BackOffice(&shop.world);
    let first = staff.token("first", &[Permission::Metrics]);
    let other = Access::default();
    assert_eq!(read_with(&staff, &other, &first, METRICS.path()), 200);
    shop.world.pass_ms(250);
    let second = staff.token("second", &[Permission::Metrics]);
    assert_eq!(read_with(&staff, &other, &second, METRICS.path()), 200);
}

#[test]
fn refused_tries_are_slowed_down_counted_and_logged_once() {
    let shop = Shop::open();
    let staff = BackOffice(&shop.world);
    let token = staff.token("monitoring", &[Permission::Metrics]);
    let mut answers = [0, 0];
    for guess in 0..400 {
        shop.world.pass_ms(4);
        let refused = staff.send(&format!("guess-{guess}"), "GET", "/staff/v1/orders", b"");
        let is_slowed = refused.status() == 429;
        assert!(is_slowed || refused.status() == 401, "{refused:?}");
        assert_eq!(refused.headers().contains_key("retry-after"), is_slowed);
        answers[usize::from(is_slowed)] += 1;
    }
    assert_eq!(answers, [60, 340]);
    // A valid token is not slowed down.
    let metrics = staff.send(&token, "GET", METRICS.path(), b"");
    assert_eq!(metrics.status(), 200);
    let metrics = text(&metrics);
    let line = "souk_staff_refused_total{reason=\"unknown\"} 400";
    assert!(metrics.lines().any(|other| other == line), "{metrics}");
    let log = shop.world.log.borrow().clone();
    assert_eq!(log.len(), 1, "{log:?}");
    assert!(!log[0].contains("guess"), "{log:?}");
    // The next line, a minute later, tells of all of them.
    shop.world.pass_ms(60_000);
    staff.send("", "GET", "/staff/v1/orders", b"");
    let log = shop.world.log.borrow().clone();
    assert_eq!(log.len(), 2, "{log:?}");
    assert!(log[1].contains("refused 400 requests"), "{log:?}");
}

#[test]
fn the_last_use_of_a_token_is_known_to_the_minute() {
    let shop = Shop::open();
    let staff = BackOffice(&shop.world);
    let token = staff.token("monitoring", &[Permission::Metrics]);
    let last = || {
        let list = body_of(&staff.send(SECRET, "GET", LIST_TOKENS.path(), b""));
        list[0]["last_used_at_ms"].as_i64()
    };
    assert_eq!(last(), None);
    let first = shop.world.now_ms.get();
    staff.send(&token, "GET", METRICS.path(), b"");
    assert_eq!(last(), Some(first));
    shop.world.pass_ms(59_999);
    staff.send(&token, "GET", METRICS.path(), b"");
    assert_eq!(last(), Some(first));
    shop.world.pass_ms(1);
    staff.send(&token, "GET", METRICS.path(), b"");
    assert_eq!(last(), Some(first + 60_000));
}

#[test]
fn money_and_personal_fields_need_permissions_of_their_own() {
    let shop = Shop::open();
    let staff = BackOffice(&shop.world);
    let mut order = order_of("MUG-RED-S", 1);
    order["payment"]["method"] = "transfer".into();
    let placed = body_of(&shop.order("k", &order));
    let id = placed["id"].as_str().expect("a number").to_owned();
    let packer = staff.token("packer", &[Permission::Orders]);
    let accountant = staff.token("accountant", &[Permission::Money]);
    let sender = staff.token("sender", &[Permission::Orders, Permission::Personal]);
    let path = format!("/staff/v1/orders/{id}");
    let customer = |token: &str| {
        let record = body_of(&staff.send(token, "GET", &path, b""));
        record["order"]["details"]["customer"].clone()
    };
    assert_eq!(customer(&packer), Value::Null);
    assert!(customer(&sender)["email"].is_string());
    let change = |token: &str, key: &str, action: &Value| {
        let path = format!("{path}/changes");
        staff.send_with_key(token, "POST", &path, key, action.to_string().as_bytes())
    };
    let amount = placed["total"]["amount"].as_i64().expect("a total");
    let pay = json!({"action": "receive_payment", "amount": amount, "reference": "bank"});
    let pack = json!({"action": "allocate"});
    assert_eq!(change(&packer, "p", &pay).status(), 403);
    assert_eq!(change(&accountant, "a", &pack).status(), 403);
    let paid = change(&accountant, "p", &pay);
    assert_eq!(paid.status(), 200, "{}", text(&paid));
    assert!(!text(&paid).contains("email"), "{}", text(&paid));
    let packed = body_of(&change(&packer, "a", &pack));
    let events = packed["events"].as_array().expect("a history");
    let by = events.iter().map(|event| (&event["by"], &event["by_name"]));
    let by: Vec<_> = by.collect();
    assert_eq!(by[0], (&json!("staff"), &json!("accountant")));
    assert_eq!(by[by.len() - 1], (&json!("staff"), &json!("packer")));
    // Money that goes back with returned goods is money, too.
    let back = json!({"action": "return", "units": [], "refund": 1, "reason": "broken"});
    assert_eq!(change(&packer, "r", &back).status(), 403);
    // So are goods that go before they are paid.
    let unpaid =
        json!({"action": "ship", "carrier": "SF", "tracking": "1", "unpaid_reason": "VIP"});
    assert_eq!(change(&packer, "u", &unpaid).status(), 403);
    // The shopper is not told who of the staff it was.
    let token = placed["token"].as_str().expect("a token");
    let seen = text(&shop.api(&format!("/api/v1/orders/{id}?token={token}")));
    assert!(
        !seen.contains("packer") && !seen.contains("accountant"),
        "{seen}"
    );
}
