//! Who may do what: every request is decided by its method, its path and its headers, before any of
//! its body is read.
//!
//! A token is looked for among those that the instance has read within [`TOKENS_FRESH_MS`]; one that
//! is not there is looked for in the store, a few times at once and then every quarter of a second at
//! most. So strangers cost the store a few reads a second for each instance, however many they are, a
//! token that was just made works at once, and one that was revoked is refused everywhere after
//! [`TOKENS_FRESH_MS`].
//!
//! Refused requests are counted in the store, those of all instances together, told in the log once a
//! minute, and answered with 429 when there are many; a request with a valid token is answered all the
//! same.
//!
//! Not here: the store (`souk-staff-tokens`), making and revoking tokens (`tokens`).
//!
//! [`TOKENS_FRESH_MS`]: souk_protocol::staff::TOKENS_FRESH_MS

use bytes::Bytes;
use headers::{Authorization, HeaderMapExt, authorization::Bearer};
use http::{HeaderMap, HeaderValue, Request, Response};
use souk_order_index::OrderIndex;
use souk_ports::BackOffice;
use souk_protocol::once::{ONCE, at_most_once};
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::staff::{
    BodyBound, DEPLOYMENT, Operation, Permission, Refusal, RefusalCount, StaffToken,
};
use souk_search_tallies::SearchTallies;
use souk_service_http::{Route, find, never_cached, set_retry_after};
use souk_settings::{Loopback, gate};
use souk_sql::StoreError;
use souk_staff_tokens::StaffTokens;

use crate::access::{Seat, forbidden, hash_of};
use crate::reply::{Failure, failed};
use crate::staff::Staff;

/// A request that its token allows, and whose body may be read.
#[derive(Debug)]
pub struct Admitted {
    pub(crate) operation: Operation,
    /// The value of the parameter of the path; no operation has more than one.
    pub(crate) name: String,
    pub(crate) caller: StaffToken,
}

impl Admitted {
    /// How long the body may be.
    pub fn body_bytes_max(&self) -> usize {
        self.operation.body().bytes_max()
    }
}

/// Why a request is not let in.
enum Denied {
    Refused(Refusal),
    Failed(Failure),
}

impl From<StoreError> for Denied {
    fn from(error: StoreError) -> Self {
        Denied::Failed(Failure::Store(error))
    }
}

impl<D: BackOffice, B: OrderIndex, T: StaffTokens, S: SearchTallies> Staff<'_, D, B, T, S> {
    /// Lets a request in, by everything but its body.
    ///
    /// # Errors
    /// The response for a request that is refused. Its body need not be read.
    pub async fn admit(&self, head: &Request<()>) -> Result<Admitted, Response<Bytes>> {
        // A scheduler or a monitor beside the shop need not go round by its public address.
        gate(&self.settings.address, Loopback::LetIn, head, self.log).map_err(|away| *away)?;
        let denied = match self.decide(head).await {
            Ok(admitted) => return Ok(admitted),
            Err(denied) => denied,
        };
        let path = head.uri().path();
        let (failure, retry_after_s) = match denied {
            Denied::Failed(failure) => (failure, None),
            Denied::Refused(reason) => self.refuse(reason, head).await,
        };
        let mut response = failed(path, failure, self.log);
        if let Some(seconds) = retry_after_s {
            set_retry_after(&mut response, seconds);
        }
        never_cached(&mut response);
        Err(response)
    }

    /// Has an upload wait until the instance has memory for it; other bodies are small. `declared` is
    /// the length that the request declares. The room is taken until the seat is dropped.
    ///
    /// # Errors
    /// The response for a request that waited too long.
    pub async fn room(
        &self,
        admitted: &Admitted,
        declared: Option<usize>,
    ) -> Result<Seat<'_>, Response<Bytes>> {
        let bytes = match admitted.operation.body() {
            BodyBound::Upload => {
                let max = admitted.body_bytes_max();
                declared.unwrap_or(max).min(max)
            }
            BodyBound::Empty | BodyBound::Json | BodyBound::Batch => 0,
        };
        let seat = self.access.room.enter(bytes, self.back_office).await;
        seat.ok_or_else(|| {
            let detail = "too many uploads at the same time: send the same request again";
            let problem = Problem::new(ProblemKind::Unavailable).detail(detail);
            let mut response = failed("", problem.into(), self.log);
            never_cached(&mut response);
            response
        })
    }

    async fn decide(&self, head: &Request<()>) -> Result<Admitted, Denied> {
        for name in ONCE {
            let values = head.headers().get_all(name).iter();
            at_most_once(name, values.map(HeaderValue::as_bytes))
                .map_err(|problem| Denied::Failed(problem.into()))?;
        }
        let caller = self.identify(head.headers()).await?;
        let routes = Operation::ALL.iter();
        let routes =
            routes.map(|&operation| Route::new(operation.method(), operation.path(), operation));
        let (operation, parameters) = find(routes, head.method(), head.uri().path())
            .map_err(|miss| Denied::Failed(miss.into()))?;
        let name = parameters.first().copied().unwrap_or_default().to_owned();
        let wanted = operation.permissions();
        if !wanted.is_empty() && !wanted.iter().any(|&permission| caller.may(permission)) {
            return Err(Denied::Refused(Refusal::Permission));
        }
        Ok(Admitted {
            operation,
            name,
            caller,
        })
    }

    /// Whose token the request has.
    async fn identify(&self, headers: &HeaderMap) -> Result<StaffToken, Denied> {
        let secret = &self.settings.token;
        let given = headers.typed_get::<Authorization<Bearer>>();
        let Some(given) = given.as_ref().map(Authorization::token) else {
            return Err(Denied::Refused(Refusal::Missing));
        };
        // Hashes are compared, so the time tells nothing about a token.
        let hash = hash_of(given);
        if hash == hash_of(secret) {
            return Ok(deployment());
        }
        let now_ms = self.back_office.now_ms();
        let found = self.access.known.find(self.tokens, &hash, now_ms).await?;
        let Some(token) = found else {
            return Err(Denied::Refused(Refusal::Unknown));
        };
        if token.is_expired(now_ms) {
            return Err(Denied::Refused(Refusal::Expired));
        }
        if self.access.known.is_use_due(&hash, &token, now_ms)
            && let Err(error) = self.tokens.used(&hash, now_ms).await
        {
            (self.log)(&format!("the use of the token {}: {error}", token.name));
        }
        Ok(token)
    }

    /// Counts a refused request; the failure for its client, and after how many seconds it may try
    /// again, where there were too many.
    async fn refuse(&self, reason: Refusal, head: &Request<()>) -> (Failure, Option<u32>) {
        let now_ms = self.back_office.now_ms();
        self.access.refused.add(reason, now_ms);
        if let Some(refused) = self.access.refused.take_due(now_ms) {
            self.count(&refused, head, now_ms).await;
        }
        let retry_after_s = match reason.is_guess() {
            true => self.access.refused.retry_after_s(now_ms),
            false => None,
        };
        let problem = Problem::new(ProblemKind::Unauthorized);
        let problem = match reason {
            Refusal::Permission => problem.with_status(403).detail(missing(head)),
            Refusal::Missing | Refusal::Unknown | Refusal::Expired if retry_after_s.is_some() => {
                let detail = "too many requests without a valid token: wait before the next one";
                let problem = Problem::new(ProblemKind::Unavailable);
                return (
                    problem.with_status(429).detail(detail).into(),
                    retry_after_s,
                );
            }
            Refusal::Missing => problem.detail("send a staff token as a bearer token"),
            Refusal::Unknown => problem.detail("this is no staff token, or it was revoked"),
            Refusal::Expired => problem.detail("the staff token has expired: make another one"),
        };
        (problem.into(), None)
    }

    /// Adds refused requests to those in the store, and writes a line where one is due.
    async fn count(&self, refused: &[RefusalCount], last: &Request<()>, now_ms: i64) {
        match self.tokens.refused(refused, now_ms).await {
            Ok(recounted) => {
                self.access.refused.learn(recounted.window);
                let untold = recounted.untold;
                if untold.is_empty() {
                    return;
                }
                let all: i64 = untold.iter().map(|refused| refused.count).sum();
                let reasons = untold.iter();
                let reasons =
                    reasons.map(|refused| format!("{} {}", refused.reason.name(), refused.count));
                (self.log)(&format!(
                    "the staff API refused {all} requests since it said so last ({}); the last one \
                     was {} {}",
                    reasons.collect::<Vec<_>>().join(", "),
                    last.method(),
                    last.uri().path()
                ));
            }
            Err(error) => {
                self.access.refused.put_back(refused);
                (self.log)(&format!("the count of refused requests: {error}"));
            }
        }
    }

    /// How many requests were refused, those of this instance among them that were not in the store
    /// yet.
    pub(crate) async fn refusals(&self) -> Result<Vec<RefusalCount>, StoreError> {
        let mut counts = self.tokens.refusals().await?;
        for waiting in self.access.refused.waiting() {
            for count in &mut counts {
                if count.reason == waiting.reason {
                    count.count += waiting.count;
                }
            }
        }
        Ok(counts)
    }
}

/// The caller that the deployment's secret stands for.
fn deployment() -> StaffToken {
    StaffToken {
        name: DEPLOYMENT.to_owned(),
        permissions: vec![Permission::Tokens],
        created_at_ms: 0,
        created_by: DEPLOYMENT.to_owned(),
        expires_at_ms: None,
        last_used_at_ms: None,
    }
}

/// What a request lacks that was refused for its permission.
fn missing(head: &Request<()>) -> String {
    let routes = Operation::ALL.iter();
    let routes =
        routes.map(|&operation| Route::new(operation.method(), operation.path(), operation));
    let wanted = match find(routes, head.method(), head.uri().path()) {
        Ok((operation, _)) => operation.permissions(),
        Err(_) => &[],
    };
    forbidden(wanted)
}
