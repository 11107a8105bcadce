//! The way between an edge and its origin when they are two deployments, with the faults that a
//! network has.
//!
//! Every request takes a connection of its own, so connections that are accepted are the attempts
//! that the edge made. Faults are drawn from a seed.
//!
//! Not here: what must hold all the same (`tests/faults.rs`).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Of a thousand attempts so many meet a fault, each of [`DRAWN`] as often as the others.
pub const FAULTS_PERMILLE: u32 = 300;
/// What an attempt may meet by chance.
const DRAWN: [Fault; 4] = [
    Fault::Refused,
    Fault::LostRequest,
    Fault::LostReply,
    Fault::Busy,
];
/// Later than any edge waits (30 s).
const LATE: Duration = Duration::from_millis(30_500);

/// What happens to an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The connection is reset before anything was read.
    Refused,
    /// It is reset when the request has come, and nothing goes on.
    LostRequest,
    /// It is reset when the origin has answered.
    LostReply,
    /// 503, and nothing goes on.
    Busy,
    /// The request goes on when the edge does not wait for it any more.
    Late,
}

/// A way that can be broken; ended when dropped.
#[derive(Debug)]
pub struct FaultyWay {
    shared: Arc<Shared>,
    address: SocketAddr,
    open: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    /// Where it leads.
    to: String,
    http: reqwest::Client,
    chance: Mutex<Chance>,
}

#[derive(Debug)]
struct Chance {
    random: fastrand::Rng,
    is_rough: bool,
    late_left: usize,
    met: BTreeMap<Option<Fault>, u64>,
}

impl FaultyWay {
    /// A way to an origin, without faults yet.
    ///
    /// # Errors
    /// When there is no port for it.
    pub async fn to(origin: SocketAddr, seed: u64) -> Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let chance = Chance {
            random: fastrand::Rng::with_seed(seed),
            is_rough: false,
            late_left: 0,
            met: BTreeMap::new(),
        };
        let shared = Arc::new(Shared {
            to: format!("http://{origin}"),
            http,
            chance: Mutex::new(chance),
        });
        let address = SocketAddr::from(([127, 0, 0, 1], crate::server::free_port()?));
        let mut way = Self {
            shared,
            address,
            open: None,
        };
        way.open().await?;
        Ok(way)
    }

    /// Where it begins.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Faults begin, some of them late ones, and what was met is counted from now on.
    pub fn begin_faults(&self, late: usize) {
        let mut chance = self.shared.chance();
        (chance.is_rough, chance.late_left) = (true, late);
        chance.met.clear();
    }

    /// They end. Gives how often each was met, and how many attempts went well.
    pub fn end_faults(&self) -> BTreeMap<Option<Fault>, u64> {
        let mut chance = self.shared.chance();
        chance.is_rough = false;
        std::mem::take(&mut chance.met)
    }

    /// From now on connections are refused.
    pub async fn close(&mut self) {
        if let Some(open) = self.open.take() {
            open.abort();
            // Its listener is gone when it is over; that it was ended is no news.
            let _ = open.await;
        }
    }

    /// From now on they are accepted.
    ///
    /// # Errors
    /// When another process has the port.
    pub async fn open(&mut self) -> Result<()> {
        self.close().await;
        let listener = TcpListener::bind(self.address).await;
        let listener = listener.with_context(|| format!("listen on {}", self.address))?;
        self.open = Some(tokio::spawn(accept(listener, Arc::clone(&self.shared))));
        Ok(())
    }
}

impl Drop for FaultyWay {
    fn drop(&mut self) {
        if let Some(open) = &self.open {
            open.abort();
        }
    }
}

impl Shared {
    fn chance(&self) -> MutexGuard<'_, Chance> {
        self.chance.lock().expect("no holder of the lock panics")
    }

    async fn forward(&self, request: Request<Bytes>) -> Result<Response<Full<Bytes>>> {
        let (mut parts, body) = request.into_parts();
        of_connection(&mut parts.headers);
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let sent = self
            .http
            .request(parts.method, format!("{}{path}", self.to))
            .headers(parts.headers)
            .body(body)
            .send();
        let answer = sent.await?;
        let mut response = Response::new(Full::default());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        of_connection(response.headers_mut());
        *response.body_mut() = Full::new(answer.bytes().await?);
        Ok(response)
    }
}

/// Takes off what belongs to one connection and not to the message.
fn of_connection(headers: &mut HeaderMap) {
    for name in [
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::HOST,
        header::TRANSFER_ENCODING,
    ] {
        headers.remove(name);
    }
}

impl Chance {
    fn draw(&mut self) -> Option<Fault> {
        let drawn = match self.random.u32(..1_000) {
            _ if !self.is_rough => None,
            ..FAULTS_PERMILLE if self.late_left > 0 => {
                self.late_left -= 1;
                Some(Fault::Late)
            }
            ..FAULTS_PERMILLE => self.random.choice(DRAWN),
            FAULTS_PERMILLE.. => None,
        };
        *self.met.entry(drawn).or_default() += 1;
        drawn
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let fault = shared.chance().draw();
        tokio::spawn(converse(stream, fault, Arc::clone(&shared)));
    }
}

async fn converse(stream: TcpStream, fault: Option<Fault>, shared: Arc<Shared>) {
    if fault.is_some() {
        // What is dropped is reset, and not closed politely.
        stream.set_zero_linger().expect("an option of every socket");
    }
    if fault == Some(Fault::Refused) {
        return;
    }
    let service = service_fn(|request| pass(request, fault, Arc::clone(&shared)));
    let mut connection = hyper::server::conn::http1::Builder::new();
    // That it breaks is what was asked for.
    let _ = connection
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// The error that breaks the connection.
#[derive(Debug, thiserror::Error)]
#[error("broken on purpose")]
struct Broken;

async fn pass(
    request: Request<Incoming>,
    fault: Option<Fault>,
    shared: Arc<Shared>,
) -> Result<Response<Full<Bytes>>, Broken> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
    let request = Request::from_parts(parts, body);
    match fault {
        None => shared.forward(request).await.map_err(|_| Broken),
        Some(Fault::Refused | Fault::LostRequest) => Err(Broken),
        Some(Fault::LostReply) => {
            // Carried out or not: the edge gets no answer.
            let _ = shared.forward(request).await;
            Err(Broken)
        }
        Some(Fault::Busy) => {
            let mut busy = Response::new(Full::default());
            *busy.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            Ok(busy)
        }
        Some(Fault::Late) => {
            // The way goes on when the edge has hung up.
            let late = async move {
                tokio::time::sleep(LATE).await;
                let _ = shared.forward(request).await;
            };
            tokio::spawn(late);
            std::future::pending().await
        }
    }
}
