//! How many orders, tickets and guesses a client may try: counted exactly for all instances together, by
//! the gate of the platform.
//!
//! The staff set the quotas, which come with the pulse; without one the defaults below hold. A refusal is
//! remembered, so that a client that goes on costs nothing more. Each answer to a request that was
//! counted says what is left, in the fields of draft-ietf-httpapi-ratelimit-headers-10.
//!
//! Not here: who counts (`OrderGate` of an adapter), and what one buyer or client may have
//! (`souk_order_store::limits`).

use std::cell::RefCell;
use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use souk_operations::{Counted, RouteClass};
use souk_ports::{Admission, Edge, Quota};
use souk_protocol::problem::{Problem, ProblemKind};

use crate::http::shop::{Failure, Shop};
use crate::orders::{CHALLENGE, Client};
use crate::signals::Signals;

/// Requests in a window of a minute, where the staff have set nothing.
const ORDERS: u32 = 30;
const TICKETS: u32 = 30;
const GUESSES: u32 = 10;
const WINDOW_S: u32 = 60;

/// Refusals that an instance remembers, at most.
const REFUSALS_MAX: usize = 4_096;

/// What came of the gate for the request that is being answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Passed {
    quota: Quota,
    remaining: u32,
    /// Of a refusal: when one is allowed again.
    reset_s: u32,
    refused: bool,
}

/// The refusals that an instance remembers: by name of the quota and client, until when, in milliseconds
/// since 1970.
#[derive(Debug, Default)]
pub(crate) struct Refusals(RefCell<BTreeMap<(&'static str, String), i64>>);

impl Refusals {
    fn left_s(&self, quota: Quota, client: &str, now_ms: i64) -> Option<u32> {
        let refusals = self.0.borrow();
        let until_ms = *refusals.get(&(quota.name, client.to_owned()))?;
        let left_ms = until_ms - now_ms;
        // After a clock that was set back nothing says when it ends.
        let most_ms = i64::from(quota.window_s) * 1_000;
        let is_on = (1..=most_ms).contains(&left_ms);
        is_on.then(|| u32::try_from((left_ms + 999) / 1_000).unwrap_or(1))
    }

    fn remember(&self, quota: Quota, client: &str, retry_after_s: u32, now_ms: i64) {
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

/// What a client may send of a class: as the staff have set it, else the default. Of classes without a
/// default nothing is counted unless the staff say so.
fn quota_of(signals: &Signals, class: RouteClass) -> Option<Quota> {
    let (name, default) = match class {
        RouteClass::Order => ("order", Some(ORDERS)),
        RouteClass::Room => ("ticket", Some(TICKETS)),
        RouteClass::Secret => ("secret", Some(GUESSES)),
        RouteClass::Read | RouteClass::Search | RouteClass::Cart => return None,
    };
    let set = signals.pulse.iter().flat_map(|pulse| &pulse.limits);
    let mut set = set.filter(|limit| limit.counted == Counted::Client);
    match set.find(|limit| limit.class == class) {
        Some(limit) => Some(Quota {
            name,
            quota: limit.quota,
            window_s: limit.window_s,
        }),
        None => default.map(|quota| Quota {
            name,
            quota,
            window_s: WINDOW_S,
        }),
    }
}

impl<E: Edge> Shop<'_, E> {
    /// Every client but a local one passes the gate first.
    ///
    /// # Errors
    /// When it has used its quota, or has to answer a challenge.
    pub(crate) async fn expect_admission(
        &self,
        class: RouteClass,
        client: &Client,
    ) -> Result<(), Failure> {
        let Some(client) = client.gate_name(self.settings.session_secrets.newest()) else {
            return Ok(());
        };
        let Some(quota) = quota_of(&*self.signals().await, class) else {
            return Ok(());
        };
        let refusals = &self.instance.refusals;
        let now_ms = self.edge.now_ms();
        let admission = match refusals.left_s(quota, &client, now_ms) {
            Some(retry_after_s) => Admission::TooMany { retry_after_s },
            None => {
                let header = self.incoming.request.headers().get(CHALLENGE);
                let challenge = header.and_then(|value| value.to_str().ok());
                let admission = self.edge.admits(quota, &client, challenge).await;
                if let Admission::TooMany { retry_after_s } = admission {
                    refusals.remember(quota, &client, retry_after_s, now_ms);
                }
                admission
            }
        };
        let (remaining, reset_s, refused) = match admission {
            Admission::Counted { remaining, reset_s } => (remaining, reset_s, false),
            Admission::TooMany { retry_after_s } => (0, retry_after_s, true),
            Admission::Open => {
                self.instance.metrics.gate_open.add_one();
                return Ok(());
            }
            Admission::Challenged => {
                self.instance.metrics.gate_refusals.add_one();
                return Err(Problem::new(ProblemKind::ChallengeRequired).into());
            }
        };
        self.passed.set(Some(Passed {
            quota,
            remaining,
            reset_s,
            refused,
        }));
        if !refused {
            return Ok(());
        }
        self.instance.metrics.gate_refusals.add_one();
        let detail = format!("try again in {reset_s} s");
        Err(Problem::new(ProblemKind::QuotaExceeded)
            .detail(detail)
            .into())
    }

    /// Says what is left of the quota that the request was counted in.
    pub(crate) fn name_quota(&self, headers: &mut HeaderMap) {
        let Some(passed) = self.passed.get() else {
            return;
        };
        let Quota {
            name,
            quota,
            window_s,
        } = passed.quota;
        let (remaining, reset_s) = (passed.remaining, passed.reset_s);
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
        if passed.refused {
            set("retry-after", reset_s.to_string());
        }
    }
}
