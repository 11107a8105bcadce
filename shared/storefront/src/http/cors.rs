//! The API in browsers: which pages of other origins may call it (Fetch Standard, "CORS protocol").
//!
//! Origins are named by the shop, one by one. No credentials are shared: the API knows no cookies,
//! and an order opens with its token.
//!
//! Invariant: an answer that depends on the origin says so (`Vary`), also to a client that names
//! none, because caches on the way keep it.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use souk_ports::Edge;

use crate::http::reply::CachePolicy;
use crate::http::route::is_api;
use crate::http::shop::Shop;

/// Headers of a request that a page may set.
const REQUEST_HEADERS: &str = "Authorization, Content-Type, Idempotency-Key, If-None-Match, \
    Last-Event-ID, Prefer, Souk-Challenge, Souk-Ticket, Traceparent";
/// Headers of a response that a page may read, beside those that every page may.
const RESPONSE_HEADERS: &str = "ETag, Idempotent-Replayed, Location, Preference-Applied, \
    Retry-After, Souk-Availability-Age, Souk-Catalogue-Age, Souk-Catalogue-Published, \
    Souk-Catalogue-Version, Souk-Insights-Version, Souk-Level";
/// Seconds for which a browser remembers the answer: ten minutes, after which a new setting counts.
const PREFLIGHT_AGE_S: &str = "600";

impl<E: Edge> Shop<'_, E> {
    /// Learns which origins are named before a page of another origin is answered.
    pub(crate) async fn learn_origins(&self) {
        let request = &self.incoming.request;
        let is_of_page = request.headers().contains_key(header::ORIGIN);
        if is_of_page && is_api(request.uri().path()) {
            // Without a catalogue the API answers nothing that a page could read.
            let _ = self.reader().await;
        }
    }

    /// The origin of the page that calls, if it is named.
    fn allowed_origin(&self) -> Option<HeaderValue> {
        let origin = self.incoming.request.headers().get(header::ORIGIN)?;
        let shop = self.known_shop();
        let mut allowed = shop.api_origins.iter();
        let is_named = allowed.any(|allowed| allowed.as_bytes() == origin.as_bytes());
        is_named.then(|| origin.clone())
    }

    /// The answer to a browser that asks whether a page may send a request; `allow` names the
    /// methods of the address. `None` for everything else.
    pub(crate) fn preflight(&self, allow: &str) -> Option<Response<Bytes>> {
        let request = &self.incoming.request;
        let asks = request.method() == Method::OPTIONS
            && request
                .headers()
                .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if !asks || !is_api(request.uri().path()) {
            return None;
        }
        self.allowed_origin()?;
        let methods = HeaderValue::from_str(allow).ok()?;
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        let fixed = [
            (header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS),
            (header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE_S),
        ];
        headers.extend(fixed.map(|(name, text)| (name, HeaderValue::from_static(text))));
        Some(CachePolicy::Private.put_on(response))
    }

    /// Lets the page that calls read an answer of the API.
    pub(crate) fn share(&self, headers: &mut HeaderMap) {
        if !self.is_shared() || !is_api(self.incoming.request.uri().path()) {
            return;
        }
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = self.allowed_origin() {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            let readable = HeaderValue::from_static(RESPONSE_HEADERS);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, readable);
        }
    }
}
