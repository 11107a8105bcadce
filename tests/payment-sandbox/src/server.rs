//! The sandbox over HTTP, and the deliveries of its events.
//!
//! An event that the shop does not take (no answer, or one that is not 2xx) is delivered again
//! with growing pauses, as Stripe does, only sooner.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::events::Event;
use crate::{Config, Sandbox};

/// How often the sandbox looks for events to deliver.
const LOOK: Duration = Duration::from_millis(50);
/// Attempts for one event, and the pause before the second; each one is twice the last.
const DELIVERIES_MAX: u32 = 8;
const PAUSE: Duration = Duration::from_millis(500);
/// A shop that has not answered by then has not taken the event.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(30);

/// A running sandbox; ended when dropped.
#[derive(Debug)]
pub struct Server {
    sandbox: Arc<Sandbox>,
    address: SocketAddr,
    shop: Arc<Mutex<Option<String>>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Server {
    /// Starts on a port of the loopback address; 0 for any that is free.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn start(port: u16, secret_key: &str, webhook_secret: &str) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await;
        let listener = listener.with_context(|| format!("port {port} of the payment sandbox"))?;
        let address = listener.local_addr()?;
        let sandbox = Arc::new(Sandbox::new(Config {
            secret_key: secret_key.to_owned(),
            webhook_secret: webhook_secret.to_owned(),
            own_address: format!("http://{address}"),
        }));
        let shop = Arc::new(Mutex::new(None));
        let tasks = vec![
            tokio::spawn(serve(listener, Arc::clone(&sandbox))),
            tokio::spawn(deliver(Arc::clone(&sandbox), Arc::clone(&shop))),
        ];
        Ok(Self {
            sandbox,
            address,
            shop,
            tasks,
        })
    }

    /// Delivers events to this address from now on; they wait until there is one.
    pub fn deliver_to(&self, url: &str) {
        *self.shop.lock().expect("no holder of the lock panics") = Some(url.to_owned());
    }

    /// The provider behind it.
    pub fn sandbox(&self) -> &Arc<Sandbox> {
        &self.sandbox
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Milliseconds since 1970.
pub fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.expect("the clock is set to a time after 1970");
    i64::try_from(now.as_millis()).expect("a time of this age")
}

async fn serve(listener: TcpListener, sandbox: Arc<Sandbox>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        tokio::spawn(converse(stream, Arc::clone(&sandbox)));
    }
}

async fn converse(stream: TcpStream, sandbox: Arc<Sandbox>) {
    let service = service_fn(|request| respond(request, &sandbox));
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
    sandbox: &Sandbox,
) -> Result<Response<Full<Bytes>>, Broken> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
    let reply = sandbox.answer(&Request::from_parts(parts, body), now_ms());
    if !reply.after.is_zero() {
        tokio::time::sleep(reply.after).await;
    }
    reply
        .response
        .map(|response| response.map(Full::new))
        .ok_or(Broken)
}

async fn deliver(sandbox: Arc<Sandbox>, shop: Arc<Mutex<Option<String>>>) {
    loop {
        tokio::time::sleep(LOOK).await;
        let url = shop.lock().expect("no holder of the lock panics").clone();
        let Some(url) = url else { continue };
        for event in sandbox.take_events(now_ms()) {
            tokio::spawn(deliver_one(Arc::clone(&sandbox), url.clone(), event));
            // In the order that was asked for, as far as arrivals go; answers may cross.
            tokio::task::yield_now().await;
        }
    }
}

async fn deliver_one(sandbox: Arc<Sandbox>, url: String, event: Event) {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let mut pause = PAUSE;
    for _ in 0..DELIVERIES_MAX {
        let body = Bytes::from(event.body.clone());
        let signature = sandbox.signature(&body, now_ms());
        let request = Request::post(&url)
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header("stripe-signature", signature)
            .body(Full::new(body));
        let Ok(request) = request else { return };
        let sent = tokio::time::timeout(DELIVERY_TIMEOUT, client.request(request)).await;
        if matches!(&sent, Ok(Ok(response)) if response.status().is_success()) {
            return;
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
}
