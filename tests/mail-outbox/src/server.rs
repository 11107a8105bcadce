//! The outbox over HTTP, and the deliveries of its events.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use souk_mail::Secret;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::outbox::{BODY_BYTES_MAX, Event, Outbox};

/// Attempts for one event, and the pause before the second; each one is twice the last.
const DELIVERIES_MAX: u32 = 6;
const PAUSE: Duration = Duration::from_millis(500);

/// A running outbox; ended when dropped.
#[derive(Debug)]
pub struct Server {
    outbox: Arc<Outbox>,
    address: SocketAddr,
    shop: Arc<Mutex<Option<String>>>,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts on a port of the loopback address; 0 for any that is free.
    ///
    /// # Errors
    /// When the port is taken, or the secret is none.
    pub async fn start(port: u16, api_key: &str, webhook_secret: &str) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await;
        let listener = listener.with_context(|| format!("port {port} of the outbox"))?;
        let address = listener.local_addr()?;
        let secret = Secret::parse(webhook_secret)?;
        let outbox = Arc::new(Outbox::new(api_key, secret));
        let shop = Arc::new(Mutex::new(None));
        let task = tokio::spawn(serve(listener, Arc::clone(&outbox), Arc::clone(&shop)));
        Ok(Self {
            outbox,
            address,
            shop,
            task,
        })
    }

    /// Delivers events to this address from now on.
    pub fn deliver_to(&self, url: &str) {
        *self.shop.lock().expect("no holder of the lock panics") = Some(url.to_owned());
    }

    /// The provider behind it.
    pub fn outbox(&self) -> &Arc<Outbox> {
        &self.outbox
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.expect("the clock is set to a time after 1970");
    i64::try_from(now.as_millis()).expect("a time of this age")
}

type Shop = Arc<Mutex<Option<String>>>;

async fn serve(listener: TcpListener, outbox: Arc<Outbox>, shop: Shop) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        tokio::spawn(converse(stream, Arc::clone(&outbox), Arc::clone(&shop)));
    }
}

async fn converse(stream: TcpStream, outbox: Arc<Outbox>, shop: Shop) {
    let service = service_fn(|request| respond(request, &outbox, &shop));
    let connection = hyper::server::conn::http1::Builder::new();
    // A connection that breaks is the other side's business, or a fault that was asked for.
    let _ = connection
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// The error that breaks the connection.
#[derive(Debug)]
struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the connection breaks")
    }
}

impl std::error::Error for Broken {}

async fn respond(
    request: Request<Incoming>,
    outbox: &Arc<Outbox>,
    shop: &Shop,
) -> Result<Response<Full<Bytes>>, Broken> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return Ok(response);
    };
    let request = Request::from_parts(parts, body.to_bytes());
    let answer = outbox.answer(&request, now_ms());
    let url = shop.lock().expect("no holder of the lock panics").clone();
    if let (Some(event), Some(url)) = (answer.event, url) {
        tokio::spawn(deliver(Arc::clone(outbox), url, event));
    }
    answer
        .response
        .map(|response| response.map(Full::new))
        .ok_or(Broken)
}

async fn deliver(outbox: Arc<Outbox>, url: String, event: Event) {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let mut pause = PAUSE;
    for _ in 0..DELIVERIES_MAX {
        let mut request = Request::post(&url).header(header::CONTENT_TYPE, "application/json");
        for (name, value) in outbox.signature(&event, now_ms() / 1_000) {
            request = request.header(name, value);
        }
        let body = Full::new(Bytes::from(event.body.clone()));
        let Ok(request) = request.body(body) else {
            return;
        };
        if matches!(client.request(request).await, Ok(response) if response.status().is_success()) {
            return;
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
}
