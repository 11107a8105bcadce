//! How many orders, tickets and guesses a client may try.
//!
//! The staff set the quotas, which come with the pulse; without one the defaults hold. A refusal is
//! remembered, so that a client that goes on costs nothing more. Each answer to a request that was
//! counted says what is left, in the fields of draft-ietf-httpapi-ratelimit-headers-10.
//!
//! Not here: the question (`orders/gate`), the count (`OrderGate` of an adapter), and what one buyer or
//! client may have (`souk_order_store::limits`).

use std::cell::RefCell;
use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use souk_operations::RouteClass;
use souk_ports::Quota;

use crate::signals::Signals;

/// Refusals that an instance remembers, at most.
const REFUSALS_MAX: usize = 4_096;

/// What came of the gate for the request that is being answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Passed {
    pub(crate) quota: Quota,
    /// How many more are let in at this moment.
    pub(crate) remaining: u32,
    /// In how many seconds the whole quota is there again; of a refusal, in how many one is let in.
    pub(crate) reset_s: u32,
    pub(crate) is_refused: bool,
}

impl Passed {
    /// Says what is left.
    pub(crate) fn name(self, headers: &mut HeaderMap) {
        let Quota {
            name,
            quota,
            window_s,
        } = self.quota;
        let Passed {
            remaining, reset_s, ..
        } = self;
        let mut set = |field: &'static str, value: String| {
            let value = HeaderValue::try_from(value).expect("digits and letters");
            headers.insert(HeaderName::from_static(field), value);
        };
        set(
            "ratelimit-policy",
            format!(r#""{name}";q={quota};w={window_s}"#),
        );
        set(
            "ratelimit",
            format!(r#""{name}";r={remaining};t={reset_s}"#),
        );
        if self.is_refused {
            set("retry-after", reset_s.to_string());
        }
    }
}

/// The refusals that an instance remembers: by name of the quota and client, until when, in milliseconds
/// since 1970.
#[derive(Debug, Default)]
pub(crate) struct Refusals(RefCell<BTreeMap<(&'static str, String), i64>>);

impl Refusals {
    pub(crate) fn left_s(&self, quota: Quota, client: &str, now_ms: i64) -> Option<u32> {
        let refusals = self.0.borrow();
        let until_ms = *refusals.get(&(quota.name, client.to_owned()))?;
        let left_ms = until_ms - now_ms;
        // After a clock that was set back nothing says when it ends.
        let most_ms = i64::from(quota.window_s) * 1_000;
        let is_on = (1..=most_ms).contains(&left_ms);
        is_on.then(|| u32::try_from((left_ms + 999) / 1_000).unwrap_or(1))
    }

    pub(crate) fn remember(&self, quota: Quota, client: &str, retry_after_s: u32, now_ms: i64) {
        let refusals = &mut *self.0.borrow_mut();
        if refusals.len() >= REFUSALS_MAX {
            refusals.retain(|_, until_ms| *until_ms > now_ms);
        }
        if refusals.len() < REFUSALS_MAX {
            let until_ms = now_ms + i64::from(retry_after_s) * 1_000;
            refusals.insert((quota.name, client.to_owned()), until_ms);
        }
    }
}

/// What a client may send of a class; `None` where it is not counted.
pub(crate) fn quota_of(signals: &Signals, class: RouteClass) -> Option<Quota> {
    let held = signals.pulse.as_deref();
    let limits = held.map_or(&[][..], |held| &held.pulse.limits);
    let rate = class.rate(limits)?;
    Some(Quota {
        name: class.name(),
        quota: rate.quota,
        window_s: rate.window_s,
    })
}
