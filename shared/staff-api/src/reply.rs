//! What the staff API answers: replies in the shape of their endpoint, and problems.

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use serde::Serialize;
use serde_json::Value;
use souk_ports::PortError;
use souk_protocol::endpoint::Endpoint;
use souk_protocol::origin::OrderRecord;
use souk_protocol::problem::{FieldError, Problem, ProblemKind};
use souk_protocol::shards::CLOSED_RETRY_AFTER_S;
use souk_service_http::{Miss, json, problem};
use souk_sql::StoreError;

/// Why a staff request is not answered with its reply.
#[derive(Debug)]
pub(crate) enum Failure {
    Problem(Box<Problem>),
    /// No route takes it.
    Miss(Miss),
    Port(PortError),
    /// The back office's own store: the order index, the staff tokens.
    Store(StoreError),
    /// A write has no outcome; the client gets a problem that says whether it was done, as far as that
    /// is known.
    Write(PortError, Box<Problem>),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Store(error)
    }
}

impl From<Miss> for Failure {
    fn from(miss: Miss) -> Self {
        Failure::Miss(miss)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Failure::Problem(Box::new(problem))
    }
}

impl From<PortError> for Failure {
    fn from(error: PortError) -> Self {
        Failure::Port(error)
    }
}

pub(crate) type Outcome = Result<Response<Bytes>, Failure>;

/// The reply of an endpoint.
pub(crate) fn reply<Q, R: Serialize>(_of: Endpoint<Q, R>, reply: &R) -> Response<Bytes> {
    json(reply)
}

/// An order with its history, whose details are passed on as they are: nothing here reads them.
pub(crate) type Record = OrderRecord<Value>;

/// The reply of an endpoint that gives an order with its history.
pub(crate) fn reply_record<Q>(_of: Endpoint<Q, OrderRecord>, record: &Record) -> Response<Bytes> {
    json(record)
}

/// Says that the request was carried out before.
pub(crate) fn replayed(mut response: Response<Bytes>) -> Response<Bytes> {
    let yes = HeaderValue::from_static("true");
    response.headers_mut().insert("idempotent-replayed", yes);
    response
}

/// The response for a failure. `log` gets a line for it, if it is one of ours.
pub(crate) fn failed(path: &str, failure: Failure, log: &dyn Fn(&str)) -> Response<Bytes> {
    let again = || Problem::new(ProblemKind::Unavailable).detail("send the same request again");
    let about = match failure {
        Failure::Problem(problem) => *problem,
        Failure::Miss(miss) => return miss.response(),
        Failure::Port(error) => {
            log(&format!("{path}: {error}"));
            again()
        }
        Failure::Write(error, problem) => {
            log(&format!("{path}: {error}"));
            *problem
        }
        Failure::Store(error) => {
            log(&format!("{path}: the back office's store: {error}"));
            match error {
                StoreError::Transient(_) => again(),
                StoreError::Rejected(_) | StoreError::Corrupt(_) => {
                    Problem::new(ProblemKind::Internal)
                }
            }
        }
    };
    let is_closed = about.kind == Problem::new(ProblemKind::OrderingClosed).kind;
    let mut response = problem(about.status, &about);
    if is_closed {
        let seconds = HeaderValue::from(CLOSED_RETRY_AFTER_S);
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

/// The shop grows, and takes no orders and changes meanwhile.
pub(crate) fn closed() -> Failure {
    let detail = "nothing was done: the shop grows; send the same request again when \
        `souk shards` says that it has grown";
    Problem::new(ProblemKind::OrderingClosed)
        .detail(detail)
        .into()
}

/// A value of the request that is out of bounds.
pub(crate) fn invalid(pointer: &str, detail: String) -> Problem {
    let mut problem = Problem::new(ProblemKind::InvalidRequest);
    problem.errors = vec![FieldError {
        pointer: pointer.to_owned(),
        detail,
    }];
    problem
}

/// The key was used before, for something else.
pub(crate) fn key_reused(what: &str) -> Failure {
    let detail = format!("the key was used before for {what}: take a new one");
    Problem::new(ProblemKind::IdempotencyKeyReused)
        .detail(detail)
        .into()
}
