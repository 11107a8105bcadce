//! Responses: cache policies, validators, security headers, problems.
//!
//! **Architecture Invariant:** a response that sets a cookie is never publicly cacheable;
//! [`finish`] enforces it for every response, whichever module made it.

use bytes::Bytes;
use headers::{ETag, HeaderMapExt, IfNoneMatch};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use souk_protocol::problem::{FieldError, Problem, ProblemKind};
use souk_service_http::{self as service_http, json_with, of_type};

use crate::http::freshness::PAGE_CACHED;

/// Which caches may store a response, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CachePolicy {
    /// JSON of the catalogue: public, for seconds.
    Catalogue,
    /// A page that carries nothing personal: public, for seconds.
    Page,
    /// Named by its content: public, for ever.
    Immutable,
    /// Anything with an identity, and every answer to a write: no cache stores it.
    Private,
}

impl CachePolicy {
    fn header(self) -> &'static str {
        match self {
            CachePolicy::Catalogue | CachePolicy::Page => PAGE_CACHED,
            CachePolicy::Immutable => "public, max-age=31536000, immutable",
            CachePolicy::Private => "no-store",
        }
    }

    /// A response that this says how long to keep, with a validator where a cache may ask again.
    pub(crate) fn put_on(self, mut response: Response<Bytes>) -> Response<Bytes> {
        let policy = HeaderValue::from_static(self.header());
        response.headers_mut().insert(header::CACHE_CONTROL, policy);
        if self != CachePolicy::Private && response.status() == StatusCode::OK {
            let etag = etag(response.body());
            response.headers_mut().insert(header::ETAG, etag);
        }
        response
    }
}

pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// What a page may load: only what the shop itself serves, and pictures over HTTPS.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' https:; connect-src 'self'; manifest-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// The policy of a page whose forms may lead on to these origins.
pub(crate) fn page_policy(form_origins: &[String]) -> String {
    CONTENT_SECURITY_POLICY.replace(
        "form-action 'self'",
        &format!("form-action 'self' {}", form_origins.join(" ")),
    )
}

/// A response with a body of a type.
pub(crate) fn body(
    status: StatusCode,
    content_type: &'static str,
    policy: CachePolicy,
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    policy.put_on(of_type(status, content_type, body))
}

fn etag(body: &[u8]) -> HeaderValue {
    let hash = blake3::hash(body).to_hex();
    HeaderValue::from_str(&format!("\"{}\"", &hash[..24])).expect("hexadecimal in quotes")
}

/// A page.
pub(crate) fn html(status: StatusCode, policy: CachePolicy, text: String) -> Response<Bytes> {
    body(status, "text/html; charset=utf-8", policy, text)
}

/// JSON of the API.
pub(crate) fn json<T: serde::Serialize>(
    status: StatusCode,
    policy: CachePolicy,
    value: &T,
) -> Response<Bytes> {
    policy.put_on(json_with(status, value))
}

/// A problem. No cache stores it.
pub(crate) fn problem(problem: &Problem) -> Response<Bytes> {
    CachePolicy::Private.put_on(service_http::problem(problem.status, problem))
}

/// An `invalid-request` that names one place.
pub(crate) fn invalid(pointer: &str, detail: impl Into<String>) -> Problem {
    let mut problem = Problem::new(ProblemKind::InvalidRequest).with_status(400);
    problem.errors.push(FieldError {
        pointer: pointer.to_owned(),
        detail: detail.into(),
    });
    problem
}

/// Names the address of what a response is about.
pub(crate) fn set_location(response: &mut Response<Bytes>, location: &str) {
    let location = HeaderValue::from_str(location).expect("our own addresses are ASCII");
    response.headers_mut().insert(header::LOCATION, location);
}

/// Go there with a GET.
pub(crate) fn see_other(location: &str) -> Response<Bytes> {
    let mut response = body(
        StatusCode::SEE_OTHER,
        "text/plain; charset=utf-8",
        CachePolicy::Private,
        "",
    );
    set_location(&mut response, location);
    response
}

/// 301: the address moved, in this version of the catalogue. No cache stores the redirect, because
/// the next version, or a rollback, may not have it.
pub(crate) fn moved(location: &str) -> Option<Response<Bytes>> {
    let location = HeaderValue::from_str(location).ok()?;
    let mut response = body(
        StatusCode::MOVED_PERMANENTLY,
        "text/plain; charset=utf-8",
        CachePolicy::Private,
        "",
    );
    response.headers_mut().insert(header::LOCATION, location);
    Some(response)
}

/// Keeps a response out of every cache, whatever it was made for.
pub(crate) fn keep_private(response: &mut Response<Bytes>) {
    let private = HeaderValue::from_static(CachePolicy::Private.header());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, private);
    headers.remove(header::ETAG);
}

/// The last step of every response: validators, security headers, `HEAD`.
pub(crate) fn finish(
    method: &Method,
    request: &HeaderMap,
    https: bool,
    mut response: Response<Bytes>,
) -> Response<Bytes> {
    if response.headers().contains_key(header::SET_COOKIE) {
        keep_private(&mut response);
    }
    if matches_etag(request, response.headers()) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().remove(header::CONTENT_TYPE);
        *response.body_mut() = Bytes::new();
    }
    if method == Method::HEAD {
        // A 304 may only tell the length that the 200 would have had (RFC 9110, 8.6).
        if response.status() != StatusCode::NOT_MODIFIED {
            let length = HeaderValue::from(response.body().len());
            response
                .headers_mut()
                .insert(header::CONTENT_LENGTH, length);
        }
        *response.body_mut() = Bytes::new();
    }
    secure(response.headers_mut(), https);
    response
}

/// Whether the client has this response already. A proxy that compresses may have made the
/// validator weak, so the comparison is the weak one (RFC 9110, 13.1.2).
fn matches_etag(request: &HeaderMap, response: &HeaderMap) -> bool {
    let known = request.typed_get::<IfNoneMatch>();
    let etag = || response.typed_get::<ETag>();
    known.is_some_and(|known| etag().is_some_and(|etag| !known.precondition_passes(&etag)))
}

/// Sets what every response has, where it is not set yet.
pub(crate) fn secure(headers: &mut HeaderMap, https: bool) {
    let html = headers
        .get(header::CONTENT_TYPE)
        .is_none_or(|value| value.as_bytes().starts_with(b"text/html"));
    let mut set = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    if html {
        set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
        set(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        );
        set(
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=()",
        );
    }
    if https {
        set(
            header::STRICT_TRANSPORT_SECURITY,
            "max-age=31536000; includeSubDomains",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Response<Bytes> {
        html(StatusCode::OK, CachePolicy::Page, "<p>hello".to_owned())
    }

    #[test]
    fn a_response_with_a_cookie_is_never_public() {
        let mut response = page();
        response
            .headers_mut()
            .insert(header::SET_COOKIE, HeaderValue::from_static("a=b"));
        let response = finish(&Method::GET, &HeaderMap::new(), true, response);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        assert!(!response.headers().contains_key(header::ETAG));
    }

    #[test]
    fn a_known_etag_gives_304_without_a_body() {
        let etag = page().headers()[header::ETAG].clone();
        let weak = format!("\"x\", W/{}", etag.to_str().unwrap());
        for known in [etag.to_str().unwrap(), &weak, "*"] {
            let mut request = HeaderMap::new();
            request.insert(header::IF_NONE_MATCH, HeaderValue::from_str(known).unwrap());
            let response = finish(&Method::GET, &request, false, page());
            assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{known}");
            assert!(response.body().is_empty());
            assert_eq!(response.headers()[header::ETAG], etag);
        }
        let mut request = HeaderMap::new();
        request.insert(header::IF_NONE_MATCH, HeaderValue::from_static("\"other\""));
        let response = finish(&Method::GET, &request, false, page());
        assert_eq!(response.status(), StatusCode::OK);
    }

    #[test]
    fn every_page_has_the_security_headers() {
        let response = finish(&Method::GET, &HeaderMap::new(), true, page());
        for name in [
            "content-security-policy",
            "strict-transport-security",
            "referrer-policy",
        ] {
            assert!(response.headers().contains_key(name), "{name}");
        }
        let plain = finish(&Method::HEAD, &HeaderMap::new(), false, page());
        assert!(!plain.headers().contains_key("strict-transport-security"));
        assert_eq!(plain.headers()[header::CONTENT_LENGTH], "8");
        assert!(plain.body().is_empty());
    }
}
