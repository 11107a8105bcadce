//! Who may read `/metrics`: a caller whose staff token has the permission `metrics`, or every
//! caller where the deployment says so.
//!
//! The back office knows the tokens. An instance asks it once in [`FRESH_MS`] about a token, and a few
//! times a second about tokens that it does not know as good, so strangers who guess cost the back
//! office next to nothing.
//!
//! Not here: tokens and their permissions (`souk-staff-api`), what is shown (`metrics`).

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use http::{HeaderMap, StatusCode, header};
use souk_ports::{Edge, PortError};
use souk_protocol::consistency::Data;
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::staff::{Permission, READ_OWN_TOKEN, StaffToken};
use souk_service_http::get;

/// How long an answer of the back office is used. A token that is revoked opens `/metrics` for so long
/// after the back office has refused it for the first time.
const FRESH_MS: i64 = Data::StaffTokens.class().bound_ms();
/// Tokens that are remembered; scrapers have a few.
const KNOWN_MAX: usize = 16;
/// Questions in a second about tokens that are not known as good.
const GUESSES_MAX: u32 = 4;
const SECOND_MS: i64 = 1_000;

/// What an instance knows about the tokens of scrapers.
#[derive(Debug, Default)]
pub(crate) struct MetricsAccess {
    /// By the hash of the token.
    known: RefCell<BTreeMap<[u8; blake3::OUT_LEN], Known>>,
    guesses: Cell<(i64, u32)>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    verdict: Verdict,
    asked_at_ms: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    MayRead,
    LacksPermission,
    NoToken,
}

/// Why a request may not read the metrics.
#[derive(Debug)]
pub(crate) enum Denied {
    /// The client gets this.
    Refused(Box<Problem>),
    /// Whether it may is not known, because of this.
    Unknown(String),
}

impl From<Problem> for Denied {
    fn from(problem: Problem) -> Self {
        Denied::Refused(Box::new(problem))
    }
}

impl MetricsAccess {
    /// Lets a request read the metrics, or not.
    pub(crate) async fn check<E: Edge>(&self, edge: &E, headers: &HeaderMap) -> Result<(), Denied> {
        let Some(authorization) = headers.get(header::AUTHORIZATION) else {
            return Err(refused(Verdict::NoToken).into());
        };
        let now_ms = edge.now_ms();
        let hash = *blake3::hash(authorization.as_bytes()).as_bytes();
        let known = self.known.borrow().get(&hash).copied();
        let is_fresh = |known: &Known| (0..FRESH_MS).contains(&(now_ms - known.asked_at_ms));
        let verdict = match known {
            Some(known) if is_fresh(&known) => known.verdict,
            known => {
                let is_good = known.is_some_and(|known| known.verdict == Verdict::MayRead);
                if !is_good && !self.may_ask(now_ms) {
                    let problem = Problem::new(ProblemKind::Unavailable).with_status(429);
                    let detail = "too many requests without a valid token: wait a second";
                    return Err(problem.detail(detail).into());
                }
                let mut request = get(READ_OWN_TOKEN.path());
                let headers = request.headers_mut();
                headers.insert(header::AUTHORIZATION, authorization.clone());
                let verdict = verdict(edge.ask_back_office(request).await)?;
                self.remember(hash, verdict, now_ms);
                verdict
            }
        };
        match verdict {
            Verdict::MayRead => Ok(()),
            Verdict::LacksPermission | Verdict::NoToken => Err(refused(verdict).into()),
        }
    }

    /// Whether the back office may be asked about a token that is not known as good.
    fn may_ask(&self, now_ms: i64) -> bool {
        let (begun_at_ms, guesses) = self.guesses.get();
        let (begun_at_ms, guesses) = match (0..SECOND_MS).contains(&(now_ms - begun_at_ms)) {
            true => (begun_at_ms, guesses),
            false => (now_ms, 0),
        };
        let may = guesses < GUESSES_MAX;
        self.guesses.set((begun_at_ms, guesses + u32::from(may)));
        may
    }

    fn remember(&self, hash: [u8; blake3::OUT_LEN], verdict: Verdict, now_ms: i64) {
        let mut known = self.known.borrow_mut();
        if known.len() >= KNOWN_MAX && !known.contains_key(&hash) {
            // Guesses go first; where all are good, all are asked about again.
            known.retain(|_, known| known.verdict == Verdict::MayRead);
            if known.len() >= KNOWN_MAX {
                known.clear();
            }
        }
        let asked_at_ms = now_ms;
        known.insert(
            hash,
            Known {
                verdict,
                asked_at_ms,
            },
        );
    }
}

fn verdict(answer: Result<http::Response<bytes::Bytes>, PortError>) -> Result<Verdict, Denied> {
    let unavailable = |text: String| Denied::Unknown(format!("the back office: {text}"));
    let answer = answer.map_err(|error| unavailable(error.to_string()))?;
    match answer.status() {
        StatusCode::OK => {
            let token: StaffToken =
                souk_json::read(answer.body()).map_err(|error| unavailable(error.to_string()))?;
            Ok(match token.may(Permission::Metrics) {
                true => Verdict::MayRead,
                false => Verdict::LacksPermission,
            })
        }
        // It has had enough of wrong tokens for now, and of this one too.
        StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS => Ok(Verdict::NoToken),
        status => Err(unavailable(format!("answered {status}"))),
    }
}

fn refused(verdict: Verdict) -> Problem {
    let problem = Problem::new(ProblemKind::Unauthorized);
    match verdict {
        Verdict::LacksPermission => problem
            .with_status(403)
            .detail("the token lacks the permission metrics"),
        Verdict::MayRead | Verdict::NoToken => {
            problem.detail("send a staff token with the permission metrics as a bearer token")
        }
    }
}
