//! The entrance of an origin for edges of other deployments: behind a prefix and a token, for what an
//! edge asks and nothing else.
//!
//! Whatever comes without the prefix comes from the deployment itself: the platform routes nothing else
//! from outside to the origin. Without a token in the settings the entrance is closed. A closed one, a
//! wrong token and an address that edges do not ask look the same from outside: 404.
//!
//! An edge divides its requests among several origins only if they share a store. So each answer names
//! the store, a request that means another one is refused before anything is done, and so is one of an
//! edge with several origins where this one has a store that no other one can share.
//!
//! Not here: which origin an edge asks (`souk-origin-pool`).

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use souk_order_store::{Store, StoreError};
use souk_protocol::origin::{
    self, ENTRANCE, IDENTITY_PATH, MEMBERS_HEADER, OTHER_STORE, SIGNALS_PATH, STORE_HEADER,
};
use souk_service_http::empty;
use souk_settings::{Reader, Secrets};
use subtle::ConstantTimeEq;

use crate::Memory;
use crate::handle::failure;

/// What an edge asks: addresses, and whether it writes there.
const OF_EDGES: [(&str, bool); 8] = [
    (origin::ORDERS_PATH, true),
    (origin::RECORD_PATH, false),
    (origin::CHANGES_PATH, true),
    (origin::BACKLOG_PATH, false),
    (origin::PUBLICATIONS_PATH, false),
    (origin::STORE_PATH, false),
    (IDENTITY_PATH, false),
    (SIGNALS_PATH, false),
];

/// Who may ask an origin from outside.
#[derive(Debug, Clone, Default)]
pub struct Entrance {
    /// `None`: no one.
    tokens: Option<Secrets>,
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// The deployment itself.
    Inside,
    /// An edge of another deployment.
    Edge,
}

impl Entrance {
    /// The name of the secret that [`Entrance::read`] needs.
    pub const NAME: &'static str = "origin_token";

    /// Reads the setting: tokens, the newest first, or nothing.
    pub fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            tokens: reader.optional_secrets(Self::NAME),
        }
    }

    /// Lets a request in by its head; that of an edge gets the address that it has inside. Nothing of its
    /// body needs to be read before.
    ///
    /// # Errors
    /// The answer, which says nothing.
    pub fn admit<B>(&self, request: &mut Request<B>) -> Result<Caller, Response<Bytes>> {
        let whole = request.uri().path_and_query();
        let Some(inside) = whole.and_then(|whole| whole.as_str().strip_prefix(ENTRANCE)) else {
            return Ok(Caller::Inside);
        };
        let not_found = || empty(StatusCode::NOT_FOUND);
        let uri: Uri = inside.parse().map_err(|_| not_found())?;
        let writes = request.method() == Method::POST;
        let is_known =
            (writes || request.method() == Method::GET) && OF_EDGES.contains(&(uri.path(), writes));
        if !self.has_token(request) || !is_known {
            return Err(not_found());
        }
        *request.uri_mut() = uri;
        Ok(Caller::Edge)
    }

    /// It takes the same time for every token of a length.
    fn has_token<B>(&self, request: &Request<B>) -> bool {
        let given = request.headers().get(header::AUTHORIZATION);
        let given = given.and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        let (Some(given), Some(tokens)) = (given, &self.tokens) else {
            return false;
        };
        tokens
            .all()
            .any(|token| token.as_bytes().ct_eq(given).into())
    }
}

/// Answers a request of an edge by `answer`, if the edge means this store. `is_shared` where other
/// origins may have the same store, as one on a database server.
pub async fn answer_edge<S: Store>(
    request: &Request<Bytes>,
    store: &S,
    memory: &Memory,
    is_shared: bool,
    log: impl Fn(&str),
    answer: impl Future<Output = Response<Bytes>>,
) -> Response<Bytes> {
    let own = match identity(store, memory).await {
        Ok(own) => own,
        // Without the name of the store, so that the edge asks another origin.
        Err(error) => return failure(request, &error, &log),
    };
    let of = |name| request.headers().get(name);
    let is_several = of(MEMBERS_HEADER).is_some_and(|members| members != "1");
    let is_other = of(STORE_HEADER).is_some_and(|meant| *meant != own);
    let mut response = match is_other || (is_several && !is_shared) {
        true => {
            if is_several && !is_shared {
                log(
                    "this origin is one of several in an edge's ORIGIN_POOL, and its store is SQLite, which \
                     it has alone: set POSTGRES_URL, or make the pool one of this origin",
                );
            }
            let status = StatusCode::from_u16(OTHER_STORE);
            empty(status.expect("a status of HTTP"))
        }
        false => answer.await,
    };
    response.headers_mut().insert(STORE_HEADER, own);
    response
}

/// The name of the store, which an instance reads once.
async fn identity<S: Store>(store: &S, memory: &Memory) -> Result<HeaderValue, StoreError> {
    if let Some(known) = memory.identity.get() {
        return Ok(known.clone());
    }
    let identity = HeaderValue::try_from(store.identity().await?);
    let identity = identity.map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(memory.identity.get_or_init(|| identity).clone())
}

#[cfg(test)]
mod tests {
    use souk_settings::Values;

    use super::*;

    const NEW: &str = "5d41402abc4b2a76b9719d911017c592";
    const OLD: &str = "e4d909c290d0fb1ca068ffaddf22cbd0";

    fn entrance(tokens: &str) -> Entrance {
        let values: Values = [(Entrance::NAME, tokens)].into_iter().collect();
        let mut reader = Reader::new(&values);
        let entrance = Entrance::read(&mut reader);
        reader.finish(entrance).expect("right settings")
    }

    /// Where a request comes from and the address that it has then, or the status of its refusal.
    fn admit(entrance: &Entrance, method: Method, uri: &str, token: &str) -> (Caller, String) {
        let mut request = Request::builder().method(method).uri(uri);
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut request = request.body(()).expect("a request");
        match entrance.admit(&mut request) {
            Ok(caller) => (caller, request.uri().to_string()),
            Err(refusal) => (Caller::Edge, refusal.status().as_u16().to_string()),
        }
    }

    #[test]
    fn edges_with_a_token_ask_what_edges_ask_and_nothing_else() {
        let entrance = entrance(&format!("{NEW}, {OLD}"));
        for (method, uri, token, wanted) in [
            (
                Method::POST,
                "/origin/trade/v1/orders",
                NEW,
                "/trade/v1/orders",
            ),
            (
                Method::POST,
                "/origin/trade/v1/orders",
                OLD,
                "/trade/v1/orders",
            ),
            (
                Method::GET,
                "https://a.example/origin/trade/v1/orders/record?id=1",
                NEW,
                "/trade/v1/orders/record?id=1",
            ),
            (
                Method::GET,
                "/origin/trade/v1/publications",
                NEW,
                "/trade/v1/publications",
            ),
            (
                Method::GET,
                "/origin/trade/v1/identity",
                NEW,
                "/trade/v1/identity",
            ),
            (Method::POST, "/origin/trade/v1/publications", NEW, "404"),
            (Method::PUT, "/origin/trade/v1/orders", NEW, "404"),
            (Method::POST, "/origin/trade/v1/receipts", NEW, "404"),
            (Method::POST, "/origin/trade/v1/restore", NEW, "404"),
            (Method::GET, "/origin/trade/v1/audit", NEW, "404"),
            (Method::GET, "/origin/origin/trade/v1/identity", NEW, "404"),
            (Method::GET, "/origin", NEW, "404"),
            (Method::GET, "/origin/trade/v1/identity", "", "404"),
            (Method::GET, "/origin/trade/v1/identity", &NEW[1..], "404"),
            (
                Method::GET,
                "/origin/trade/v1/identity",
                "5d41402abc4b2a76b9719d911017c593",
                "404",
            ),
        ] {
            let found = admit(&entrance, method, uri, token);
            assert_eq!(found, (Caller::Edge, wanted.to_owned()), "{uri} {token}");
        }
    }

    #[test]
    fn what_has_no_prefix_comes_from_inside() {
        for tokens in ["", NEW] {
            let found = admit(&entrance(tokens), Method::GET, "/trade/v1/audit", "");
            assert_eq!(found, (Caller::Inside, "/trade/v1/audit".to_owned()));
        }
    }

    #[test]
    fn without_a_token_in_the_settings_the_entrance_is_closed() {
        for token in ["", NEW] {
            let found = admit(
                &entrance(""),
                Method::GET,
                "/origin/trade/v1/identity",
                token,
            );
            assert_eq!(found, (Caller::Edge, "404".to_owned()));
        }
    }
}
