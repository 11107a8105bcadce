//! What the staff API asks of the store for operations.
//!
//! Invariant: a problem says that nothing was changed only where that is known.
//!
//! Not here: what a request of the staff may say (`switches`, `sales`).

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use souk_ports::{OperationsClient, PortError};
use souk_protocol::operations::{
    CHANGE_PATH, ChangeOperations, ChangeReply, LANGUAGE, OperationsChange, SWITCHES_PATH, Standing,
};
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::staff::StaffToken;
use souk_service_http::{get, json_bytes, post};

use crate::reply::{Failure, invalid};

/// How everything stands, with effects in a language.
pub(crate) async fn ask_standing<O: OperationsClient>(
    store: &O,
    language: &str,
) -> Result<Standing, Failure> {
    let path = format!("{SWITCHES_PATH}?{LANGUAGE}={language}");
    read(ask(store, get(&path)).await?.body()).map_err(Failure::from)
}

/// The answer to a request that changes nothing.
pub(crate) async fn ask<O: OperationsClient>(
    store: &O,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, Failure> {
    let response = store.ask_operations(request).await.map_err(unanswered)?;
    match response.status() {
        status if status.is_success() => Ok(response),
        status => Err(said(status).into()),
    }
}

/// Sends a change.
pub(crate) async fn send_change<O: OperationsClient>(
    store: &O,
    change: &ChangeOperations,
) -> Result<ChangeReply, Failure> {
    let answer = store.ask_operations(post(CHANGE_PATH, json_bytes(change)));
    let answer = answer.await.map_err(|error| match error {
        PortError::Transient(_) => unknown(error),
        PortError::Unsupported(_) => unanswered(error),
    })?;
    match answer.status() {
        status if status.is_success() => read(answer.body()).map_err(unknown),
        // It did not take the message.
        status if status.is_client_error() => {
            let problem = Problem::new(ProblemKind::Unavailable)
                .detail("nothing was changed: the store for operations refused the message");
            Err(Failure::Write(said(status), Box::new(problem)))
        }
        status => Err(unknown(said(status))),
    }
}

/// Makes a change, or says why not: 409 where what is there stands against it.
pub(crate) async fn change_by<O: OperationsClient>(
    store: &O,
    caller: &StaffToken,
    reason: Option<String>,
    change: OperationsChange,
) -> Result<(), Failure> {
    let change = ChangeOperations {
        who: caller.name.clone(),
        reason: reason.unwrap_or_default(),
        change,
    };
    let unchanged = |reason: String| format!("nothing was changed: {reason}");
    match send_change(store, &change).await? {
        ChangeReply::Changed { .. } => Ok(()),
        ChangeReply::Refused { reason } => Err(invalid("", unchanged(reason)).into()),
        ChangeReply::Conflict { reason } => {
            let problem = Problem::new(ProblemKind::Conflict);
            Err(problem.detail(unchanged(reason)).into())
        }
    }
}

/// Reads a body of the store.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, PortError> {
    souk_json::read(body)
        .map_err(|error| PortError::Transient(format!("the reply of operations: {error}")))
}

fn said(status: StatusCode) -> PortError {
    PortError::Transient(format!("the store for operations said {status}"))
}

/// A deployment without the store has no switches, and none of its requests has an effect.
fn unanswered(error: PortError) -> Failure {
    match error {
        PortError::Transient(_) => Failure::Port(error),
        PortError::Unsupported(_) => {
            let detail = "nothing was changed: this deployment has no store for operations, so \
                          everything is on, and no sale has a waiting room";
            Problem::new(ProblemKind::Unsupported).detail(detail).into()
        }
    }
}

/// A change without an answer may have been made.
fn unknown(error: PortError) -> Failure {
    let detail = "it may have been changed: read how everything stands; sending the same request \
                  again does no harm, and may leave a second record in the journal";
    let problem = Problem::new(ProblemKind::OutcomeUnknown).detail(detail);
    Failure::Write(error, Box::new(problem))
}
