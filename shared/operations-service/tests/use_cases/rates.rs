//! Requests that are counted exactly.

use http::StatusCode;
use souk_operations::{Rate, RouteClass};
use souk_protocol::operations::{ChangeReply, OperationsChange, RequestLimit};
use souk_protocol::rates::{RATE_PATH, RateReply, TakeRate};
use souk_service_http::post;
use souk_sql::json;

use crate::support::{Memory, Shop};

fn asked(name: &str) -> TakeRate {
    TakeRate {
        name: name.to_owned(),
        quota: 2,
        window_s: 60,
    }
}

impl Shop<'_> {
    fn take(&self, asked: &TakeRate) -> RateReply {
        let response = self.send(&post(RATE_PATH, json(asked)));
        assert_eq!(response.status(), StatusCode::OK);
        serde_json::from_slice(response.body()).expect("a reply")
    }
}

#[test]
fn each_client_has_its_quota() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    let allowed = |remaining, reset_s| RateReply::Allowed { remaining, reset_s };
    assert_eq!(shop.take(&asked("order:one")), allowed(1, 30));
    assert_eq!(shop.take(&asked("order:one")), allowed(0, 60));
    let refused = RateReply::Refused { retry_after_s: 30 };
    assert_eq!(shop.take(&asked("order:one")), refused);
    assert_eq!(shop.take(&asked("order:other")), allowed(1, 30));
    shop.pass(30_000);
    assert_eq!(shop.take(&asked("order:one")), allowed(0, 60));
}

#[test]
fn what_cannot_be_counted_is_refused() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    let long = "x".repeat(65);
    for asked in [
        asked(""),
        asked(&long),
        TakeRate {
            window_s: 0,
            ..asked("order:one")
        },
        TakeRate {
            window_s: 86_401,
            ..asked("order:one")
        },
    ] {
        let status = shop.send(&post(RATE_PATH, json(&asked))).status();
        assert_eq!(status, StatusCode::BAD_REQUEST, "{asked:?}");
    }
}

fn limits(limits: &[(&str, u32, u32)]) -> OperationsChange {
    let limits = limits.iter().map(|&(class, quota, window_s)| RequestLimit {
        class: class.to_owned(),
        quota,
        window_s,
    });
    OperationsChange::Limits {
        limits: limits.collect(),
    }
}

#[test]
fn the_staff_set_limits_and_take_them_back() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.change(limits(&[("order", 10, 60), ("ticket", 5, 30)]));
    let pulse = shop.edges.pulses.borrow().last().cloned().expect("a pulse");
    let set: Vec<_> = pulse
        .limits
        .iter()
        .map(|limit| (limit.class, limit.rate()))
        .collect();
    let rate = |quota, window_s| Rate { quota, window_s };
    assert_eq!(
        set,
        [
            (RouteClass::Order, rate(10, 60)),
            (RouteClass::Room, rate(5, 30))
        ]
    );
    let record = store.records().pop().expect("a record");
    assert_eq!(
        record.what,
        "limits order 10 in 60 s, ticket 5 in 30 s: a crowd"
    );
    let rates = || {
        let limits = shop.standing("").limits.into_iter();
        let rates = limits.map(|limit| (limit.class, limit.quota, limit.window_s));
        rates.collect::<Vec<_>>()
    };
    let secret = ("secret".to_owned(), 10, 60);
    let set = [("order".to_owned(), 10, 60), ("ticket".to_owned(), 5, 30)];
    assert_eq!(rates(), [&set[..], std::slice::from_ref(&secret)].concat());
    shop.change(limits(&[]));
    let default = [("order".to_owned(), 30, 60), ("ticket".to_owned(), 30, 60)];
    assert_eq!(rates(), [&default[..], &[secret]].concat());
    let record = store.records().pop().expect("a record");
    assert_eq!(record.what, "default limits: a crowd");
}

#[test]
fn limits_that_cannot_be_are_refused_with_the_reason() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    for (asked, words) in [
        (limits(&[("read", 10, 60)]), "order, ticket, secret"),
        (limits(&[("order", 10, 60), ("order", 5, 60)]), "two limits"),
        (limits(&[("order", 0, 60)]), "1 to 100000 requests"),
        (limits(&[("order", 1, 0)]), "seconds"),
        (limits(&[("order", 1, 86_401)]), "seconds"),
    ] {
        let reply = shop.change(asked);
        let ChangeReply::Refused { reason } = reply else {
            panic!("{reply:?} and not '{words}'");
        };
        assert!(reason.contains(words), "{reason}");
    }
}
