//! The way between an edge and its origin when they are two deployments, with the faults that a
//! network has: the fault proxy, which breaks each connection in its own way.
//!
//! Every request takes a connection of its own, so connections that are accepted are the attempts
//! that the edge made. Faults are drawn from a seed.
//!
//! Not here: what must hold all the same (`tests/faults.rs`), how a fault is made (`souk-fault-proxy`).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use anyhow::{Context, Result};
use souk_fault_proxy::relay::{Decide, Passage, Relay, Verdict};
use souk_fault_proxy::{Kind, Stream, Toxic};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
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
/// Later than any edge waits (30 s), in milliseconds.
const LATE_MS: u64 = 30_500;
/// How much later the origin hears that its edge has hung up, in milliseconds: it has answered by then.
const HANGS_UP_MS: u64 = 10_000;
/// The request of an order is shorter than this.
const BUSY_BYTES: usize = 16 * 1024;
/// What a busy origin says, and how long it gives its caller to hear it.
const BUSY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const HEARD: Duration = Duration::from_secs(5);

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
    relay: Relay,
    busy: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    /// Where it leads.
    to: SocketAddr,
    /// Who answers in the place of a busy origin.
    busy: SocketAddr,
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
        let chance = Chance {
            random: fastrand::Rng::with_seed(seed),
            is_rough: false,
            late_left: 0,
            met: BTreeMap::new(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let shared = Arc::new(Shared {
            to: origin,
            busy: listener.local_addr()?,
            chance: Mutex::new(chance),
        });
        let address = SocketAddr::from(([127, 0, 0, 1], crate::server::free_port()?));
        let mut way = Self {
            relay: Relay::new(shared.clone()),
            shared,
            address,
            busy: tokio::spawn(be_busy(listener)),
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

    /// From now on connections are refused; attempts that are under way go on.
    pub async fn close(&mut self) {
        self.relay.refuse().await;
    }

    /// From now on they are accepted.
    ///
    /// # Errors
    /// When another process has the port.
    pub async fn open(&mut self) -> Result<()> {
        self.close().await;
        let listener = TcpListener::bind(self.address).await;
        let listener = listener.with_context(|| format!("listen on {}", self.address))?;
        self.relay.open(listener).await;
        Ok(())
    }
}

impl Drop for FaultyWay {
    fn drop(&mut self) {
        self.busy.abort();
    }
}

impl Shared {
    fn chance(&self) -> MutexGuard<'_, Chance> {
        self.chance.lock().expect("no holder of the lock panics")
    }
}

impl Decide for Shared {
    fn decide(&self) -> Verdict {
        let toxic = |stream, kind| Toxic::new("fault", stream, kind);
        let reset = |stream| vec![toxic(stream, Kind::ResetPeer { timeout: 0 })];
        let (to, toxics) = match self.chance().draw() {
            None => (self.to, Vec::new()),
            Some(Fault::Refused) => return Verdict::Reset,
            Some(Fault::LostRequest) => (self.to, reset(Stream::Upstream)),
            Some(Fault::LostReply) => (self.to, reset(Stream::Downstream)),
            Some(Fault::Busy) => (self.busy, Vec::new()),
            Some(Fault::Late) => {
                let late = Kind::Latency {
                    latency: LATE_MS,
                    jitter: 0,
                };
                // The way goes on when the edge has hung up.
                let stays = Kind::SlowClose { delay: HANGS_UP_MS };
                let toxics = [late, stays].map(|kind| toxic(Stream::Upstream, kind));
                (self.to, toxics.into())
            }
        };
        Verdict::Pass(Passage::with(to, toxics))
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

/// An origin that has too much to do: it reads a request, and says so.
async fn be_busy(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(tokio::time::timeout(HEARD, refuse(stream)));
    }
}

async fn refuse(mut stream: TcpStream) -> std::io::Result<()> {
    let mut request = vec![0; BUSY_BYTES];
    let _ = stream.read(&mut request).await?;
    stream.write_all(BUSY).await?;
    stream.shutdown().await?;
    // What is still to come of the request is read: closing before that would be a reset.
    while stream.read(&mut request).await? > 0 {}
    Ok(())
}
