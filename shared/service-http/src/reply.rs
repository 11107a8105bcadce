//! Responses: JSON, problems (RFC 9457), and those without a body.

use std::time::Duration;

use bytes::Bytes;
use headers::{HeaderMapExt, RetryAfter};
use http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use souk_protocol::problem::{MEDIA_TYPE, Problem};

use crate::message::{JSON, json_bytes};

/// A response with a body of a type.
pub fn of_type(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let kind = HeaderValue::from_static(content_type);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// 200 with JSON.
pub fn json<T: Serialize + ?Sized>(value: &T) -> Response<Bytes> {
    json_with(StatusCode::OK, value)
}

/// JSON with another status.
pub fn json_with<T: Serialize + ?Sized>(status: StatusCode, value: &T) -> Response<Bytes> {
    of_type(status, JSON, json_bytes(value))
}

/// 200 with bytes in an encoding of our own.
pub fn binary(body: impl Into<Bytes>) -> Response<Bytes> {
    of_type(StatusCode::OK, "application/octet-stream", body)
}

/// A status, and nothing to say about it.
pub fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

/// A problem, or something that has one in it: `status` is that of the problem. Headers that a
/// status promises are set with it: how to authenticate, when to retry.
pub fn problem<T: Serialize>(status: u16, problem: &T) -> Response<Bytes> {
    let status = StatusCode::from_u16(status).expect("a status of ProblemKind");
    let mut response = of_type(status, MEDIA_TYPE, json_bytes(problem));
    match status {
        StatusCode::UNAUTHORIZED => {
            let bearer = HeaderValue::from_static("Bearer");
            let headers = response.headers_mut();
            headers.insert(header::WWW_AUTHENTICATE, bearer);
        }
        StatusCode::SERVICE_UNAVAILABLE => set_retry_after(&mut response, 1),
        _ => {}
    }
    response
}

impl crate::Miss {
    /// The answer to a request that no route takes.
    pub fn response(&self) -> Response<Bytes> {
        let about = self.problem();
        let mut response = problem(about.status, &about);
        if let Self::Method { allow } = self {
            let allow = HeaderValue::from_str(allow).expect("names of methods are ASCII");
            response.headers_mut().insert(header::ALLOW, allow);
        }
        response
    }
}

impl crate::BodyError {
    /// The answer of an adapter that did not get the whole body. Nothing was done.
    pub fn response(self, bytes_max: usize) -> Response<Bytes> {
        let about: Problem = self.problem(bytes_max);
        let mut response = problem(about.status, &about);
        never_cached(&mut response);
        response
    }
}

/// Says when to retry, in seconds.
pub fn set_retry_after(response: &mut Response<Bytes>, seconds: u32) {
    let delay = RetryAfter::delay(Duration::from_secs(seconds.into()));
    response.headers_mut().typed_insert(delay);
}

/// Marks an answer that is for its client alone, and that is what its type says.
pub fn never_cached(response: &mut Response<Bytes>) {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
}

#[cfg(test)]
mod tests {
    use souk_protocol::problem::ProblemKind;

    use super::*;
    use crate::{BodyError, Miss};

    #[test]
    fn a_problem_says_what_its_status_promises() {
        let of = |kind: ProblemKind| {
            let about = Problem::new(kind);
            problem(about.status, &about)
        };
        let cases = [
            (ProblemKind::Unauthorized, "www-authenticate", "Bearer"),
            (ProblemKind::Unavailable, "retry-after", "1"),
            (ProblemKind::NotFound, "content-type", MEDIA_TYPE),
        ];
        for (kind, name, value) in cases {
            assert_eq!(of(kind).headers()[name], value, "{kind:?}");
        }
        assert!(
            !of(ProblemKind::NotFound)
                .headers()
                .contains_key("retry-after")
        );
    }

    #[test]
    fn a_method_that_is_not_allowed_names_those_that_are() {
        let allow = "GET, HEAD".to_owned();
        let response = Miss::Method { allow }.response();
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()[header::ALLOW], "GET, HEAD");
    }

    #[test]
    fn a_body_that_broke_off_is_not_called_too_large() {
        for (error, status, kind) in [
            (BodyError::TooLarge, 413, "body-too-large"),
            (BodyError::BrokenOff, 400, "invalid-request"),
        ] {
            let response = error.response(64);
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
            let about: Problem = serde_json::from_slice(response.body()).unwrap();
            assert!(
                about.kind.ends_with(kind) && about.detail.is_some(),
                "{about:?}"
            );
        }
    }
}
