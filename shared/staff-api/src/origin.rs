//! How the staff API asks the origin, and what its refusals mean to staff.

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use souk_ports::{BackOffice, PortError};
use souk_protocol::problem::{Problem, ProblemKind};
use souk_service_http::{JSON, json_bytes, post};

use crate::reply::{Failure, Outcome, closed};

/// Sends the request to the origin as it is, for another path.
pub(crate) async fn forward<D: BackOffice>(
    back_office: &D,
    request: Request<Bytes>,
    path: &str,
) -> Outcome {
    let (parts, body) = request.into_parts();
    let mut onward = Request::new(body);
    *onward.method_mut() = parts.method;
    *onward.uri_mut() = path.parse().expect("a path of the protocol is a URI");
    let kind = HeaderValue::from_static(JSON);
    onward.headers_mut().insert(header::CONTENT_TYPE, kind);
    passed_on(back_office.send(onward).await?)
}

/// The origin's response as that of the staff API: a refusal becomes a problem.
pub(crate) fn passed_on(response: Response<Bytes>) -> Outcome {
    match response.status() {
        status if status.is_success() => Ok(response),
        StatusCode::LOCKED => Err(closed()),
        StatusCode::UNPROCESSABLE_ENTITY => Err(Problem::new(ProblemKind::InvalidRequest)
            .detail("the origin refused the message; see its log")
            .into()),
        status => Err(PortError::Transient(format!("the origin said {status}")).into()),
    }
}

/// Lets the origin write something; its reply.
pub(crate) async fn write<D: BackOffice, R: DeserializeOwned>(
    back_office: &D,
    path: &str,
    message: &impl Serialize,
) -> Result<R, Failure> {
    let response = back_office.send(post(path, json_bytes(message)));
    let response = response.await.map_err(unknown)?;
    match response.status() {
        status if status.is_success() => read(response.body()),
        StatusCode::LOCKED => Err(closed()),
        status => {
            let text = format!("the origin said {status} to {path}");
            Err(unknown(PortError::Transient(text)))
        }
    }
}

/// A write without an answer may have been carried out.
fn unknown(error: PortError) -> Failure {
    match error {
        PortError::Transient(_) => {
            let detail = "send the same request with the same key: it is carried out once";
            Failure::Write(
                error,
                Box::new(Problem::new(ProblemKind::OutcomeUnknown).detail(detail)),
            )
        }
        PortError::Unsupported(_) => Failure::Port(error),
    }
}

/// A reply of the origin.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    souk_json::read(body)
        .map_err(|error| PortError::Transient(format!("the origin's reply: {error}")).into())
}
