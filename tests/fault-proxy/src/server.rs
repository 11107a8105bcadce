//! The HTTP API.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::{JoinHandle, JoinSet};

use crate::api::{Proxies, Refusal, Reply};

/// More than any request of this API.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// The running API with its proxies; ended when dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts on a port of the loopback; 0 for any that is free.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn start(port: u16, seed: u64) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await;
        let listener = listener.with_context(|| format!("port {port} of the API"))?;
        let address = listener.local_addr()?;
        let proxies = Arc::new(Mutex::new(Proxies::new(seed)));
        let task = tokio::spawn(serve(listener, proxies));
        Ok(Self { address, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, proxies: Arc<Mutex<Proxies>>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(converse(stream, Arc::clone(&proxies)));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn converse(stream: TcpStream, proxies: Arc<Mutex<Proxies>>) {
    let service = service_fn(async |request| {
        let reply = answer(request, &proxies).await;
        Ok::<_, Infallible>(response(reply))
    });
    let connection = hyper::server::conn::http1::Builder::new();
    // A client that hangs up is done.
    let _ = connection
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(request: Request<Incoming>, proxies: &Mutex<Proxies>) -> Reply {
    let refused = |status, error: &str| {
        let error = error.to_owned();
        Err(Refusal { status, error })
    };
    if request.headers().contains_key(header::ORIGIN) {
        return refused(
            StatusCode::FORBIDDEN,
            "pages of browsers have no business here",
        );
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long");
    };
    let mut proxies = proxies.lock().await;
    let (method, path) = (&parts.method, parts.uri.path());
    proxies.answer(method, path, &body.to_bytes()).await
}

fn response(reply: Reply) -> Response<Full<Bytes>> {
    let (status, body) = reply.unwrap_or_else(|Refusal { status, error }| {
        (status, json!({ "error": error, "status": status.as_u16() }))
    });
    let body = match body {
        Value::Null => Bytes::new(),
        body => body.to_string().into(),
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    // An answer without a body has no type: clients would read it by that.
    if status != StatusCode::NO_CONTENT {
        let json = header::HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
    }
    response
}
