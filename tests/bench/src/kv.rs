//! What plain `workerd` needs beside it: the service behind a KV binding, and the one behind the
//! Cache API. Both keep everything in memory and run on a thread of their own.
//!
//! KV: `GET`, `PUT` and `DELETE` of `/KEY?urlencoded=true&…`, 404 for a missing key.
//! Cache: a `PUT` carries a whole HTTP response as its body; a `GET` is answered from it with
//! `cf-cache-status: HIT`, or 504 for a miss.

use std::cell::RefCell;
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;
use std::thread;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::LocalSet;

/// Where the two services listen; they live as long as the process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stores {
    pub(crate) kv: SocketAddr,
    pub(crate) cache: SocketAddr,
}

type Values = Rc<RefCell<HashMap<String, Bytes>>>;

#[derive(Clone, Copy)]
enum Kind {
    Kv,
    Cache,
}

impl Stores {
    /// Starts empty stores.
    ///
    /// # Errors
    /// When no port is free.
    pub(crate) fn start() -> Result<Self> {
        let listen = || -> Result<std::net::TcpListener> {
            let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
            listener.set_nonblocking(true)?;
            Ok(listener)
        };
        let (kv, cache) = (listen()?, listen()?);
        let stores = Self {
            kv: kv.local_addr()?,
            cache: cache.local_addr()?,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        thread::spawn(move || {
            let local = LocalSet::new();
            local.spawn_local(serve(kv, Kind::Kv));
            local.spawn_local(serve(cache, Kind::Cache));
            runtime.block_on(local);
        });
        Ok(stores)
    }
}

async fn serve(listener: std::net::TcpListener, kind: Kind) -> Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let values = Values::default();
    loop {
        let (stream, _) = listener.accept().await.context("accept a connection")?;
        stream.set_nodelay(true)?;
        let values = values.clone();
        tokio::task::spawn_local(async move {
            let service = service_fn(|request| {
                let values = values.clone();
                async move { Ok::<_, Infallible>(answer(kind, &values, request).await) }
            });
            let mut http = http1::Builder::new();
            // The runtime sends the key of a cached response as the whole address.
            let connection = http
                .max_buf_size(1 << 20)
                .serve_connection(TokioIo::new(stream), service);
            // The runtime closes its connections as it likes.
            let _ = connection.await;
        });
    }
}

async fn answer(kind: Kind, values: &Values, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let host = parts
        .headers
        .get("host")
        .map(|host| host.to_str().unwrap_or_default());
    let key = match kind {
        Kind::Kv => parts.uri.path().to_owned(),
        Kind::Cache => format!("{} {}", host.unwrap_or_default(), parts.uri.path()),
    };
    match parts.method {
        Method::PUT => {
            let Ok(body) = body.collect().await else {
                return empty(StatusCode::BAD_REQUEST);
            };
            let body = body.to_bytes();
            let value = match kind {
                Kind::Kv => Some(body),
                Kind::Cache => body_of_response(&body),
            };
            if let Some(value) = value {
                values.borrow_mut().insert(key, value);
            }
            empty(StatusCode::NO_CONTENT)
        }
        Method::DELETE => {
            values.borrow_mut().remove(&key);
            empty(StatusCode::OK)
        }
        _ => {
            let found = values.borrow().get(&key).cloned();
            match (found, kind) {
                (Some(value), Kind::Kv) => Response::new(Full::new(value)),
                (Some(value), Kind::Cache) => {
                    let mut response = Response::new(Full::new(value));
                    let hit = http::HeaderValue::from_static("HIT");
                    response.headers_mut().insert("cf-cache-status", hit);
                    response
                }
                (None, Kind::Kv) => empty(StatusCode::NOT_FOUND),
                (None, Kind::Cache) => empty(StatusCode::GATEWAY_TIMEOUT),
            }
        }
    }
}

/// The body behind the head of a stored response; `None` where it may change, or has a coding,
/// which no response of the shop has.
fn body_of_response(stored: &Bytes) -> Option<Bytes> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    let head = response.parse(stored).ok()?;
    let coded = response.headers.iter().any(|header| {
        header.name.eq_ignore_ascii_case("transfer-encoding")
            || header.name.eq_ignore_ascii_case("content-encoding")
    });
    // What lasts for seconds would last for a whole benchmark here.
    let lasting = response.headers.iter().any(|header| {
        header.name.eq_ignore_ascii_case("cache-control")
            && header.value.windows(9).any(|part| part == b"immutable")
    });
    match head {
        httparse::Status::Complete(head) if lasting && !coded => Some(stored.slice(head..)),
        httparse::Status::Complete(_) | httparse::Status::Partial => None,
    }
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_response_is_kept_without_its_head() {
        let stored = |control: &str| {
            let head = format!("HTTP/1.1 200 OK\r\nCache-Control: {control}\r\n");
            Bytes::from(format!("{head}Content-Length: 2\r\n\r\nhi"))
        };
        let lasting = stored("public, max-age=31536000, immutable");
        assert_eq!(body_of_response(&lasting).unwrap(), "hi");
        assert_eq!(body_of_response(&stored("max-age=2")), None);
        assert_eq!(body_of_response(&Bytes::from_static(b"nonsense")), None);
    }
}
