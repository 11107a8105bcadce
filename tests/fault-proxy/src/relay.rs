//! Takes connections, decides what happens to each, and carries their bytes.
//!
//! Not here: what goes through a direction (`stream`), proxies with names (`proxy`).

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::stream::{Direction, End, Toxics};
use crate::toxic::{Stream, Toxic};

/// What happens to a connection.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// It is reset before anything was read.
    Reset,
    /// It goes on.
    Pass(Passage),
}

/// Where a connection goes on, and with which faults.
#[derive(Debug, Clone)]
pub struct Passage {
    /// Where it leads.
    pub to: SocketAddr,
    /// Its faults, which may change meanwhile.
    pub(crate) toxics: Toxics,
    /// What it drew, for toxics that hit a share of connections.
    pub(crate) draw: u64,
}

impl Passage {
    /// A connection with these faults, each of which hits it.
    pub fn with(to: SocketAddr, toxics: Vec<Toxic>) -> Self {
        let (_, toxics) = watch::channel(toxics.into());
        Self {
            to,
            toxics,
            draw: 0,
        }
    }
}

/// Decides what happens to the next connection.
pub trait Decide: fmt::Debug + Send + Sync + 'static {
    /// Called once for each connection, in the order in which they are accepted.
    fn decide(&self) -> Verdict;
}

/// Takes connections and carries their bytes; all of them break when it is dropped.
#[derive(Debug)]
pub struct Relay {
    decide: Arc<dyn Decide>,
    accepting: Option<JoinHandle<()>>,
    connections: Arc<Mutex<JoinSet<()>>>,
}

impl Relay {
    /// One that takes no connections yet.
    pub fn new(decide: Arc<dyn Decide>) -> Self {
        Self {
            decide,
            accepting: None,
            connections: Arc::default(),
        }
    }

    /// Whether it takes connections.
    pub fn is_open(&self) -> bool {
        self.accepting.is_some()
    }

    /// From now on it takes those that come to this listener, and no others.
    pub async fn open(&mut self, listener: TcpListener) {
        self.refuse().await;
        let (decide, connections) = (Arc::clone(&self.decide), Arc::clone(&self.connections));
        self.accepting = Some(tokio::spawn(async move {
            loop {
                // A connection that is gone before it was accepted is none.
                let Ok((client, _)) = listener.accept().await else {
                    continue;
                };
                let conversation = converse(client, decide.decide());
                let mut connections = connections.lock().expect("no holder of the lock panics");
                connections.spawn(conversation);
                while connections.try_join_next().is_some() {}
            }
        }));
    }

    /// From now on connections are refused; those that there are go on.
    pub async fn refuse(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
            // Its listener is gone when it is over; that it was ended is no news.
            let _ = accepting.await;
        }
    }

    /// The same, and those that there are break.
    pub async fn end(&mut self) {
        self.refuse().await;
        let mut connections = {
            let connections = self.connections.lock();
            std::mem::take(&mut *connections.expect("no holder of the lock panics"))
        };
        connections.shutdown().await;
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if let Some(accepting) = &self.accepting {
            accepting.abort();
        }
    }
}

async fn converse(client: TcpStream, verdict: Verdict) {
    let Verdict::Pass(passage) = verdict else {
        reset(&client);
        return;
    };
    // An upstream that is away is a connection that ends at once, as with Toxiproxy.
    let Ok(upstream) = TcpStream::connect(passage.to).await else {
        return;
    };
    for side in [&client, &upstream] {
        // A delay is what a toxic says, and no other.
        let _ = side.set_nodelay(true);
    }
    let (from_client, mut to_client) = client.into_split();
    let (from_upstream, mut to_upstream) = upstream.into_split();
    let direction = |stream| Direction {
        stream,
        toxics: passage.toxics.clone(),
        draw: passage.draw,
    };
    let end = {
        let up = direction(Stream::Upstream).carry(from_client, &mut to_upstream);
        let down = direction(Stream::Downstream).carry(from_upstream, &mut to_client);
        tokio::pin!(up, down);
        tokio::select! {
            end = &mut up => match end {
                End::Finished => down.await,
                End::Closed | End::Reset => end,
            },
            end = &mut down => match end {
                End::Finished => up.await,
                End::Closed | End::Reset => end,
            },
        }
    };
    if end == End::Reset {
        for side in [to_client, to_upstream] {
            reset(side.as_ref());
            // Without a polite end before it.
            side.forget();
        }
    }
}

/// What is dropped after this is reset, and not closed politely.
fn reset(side: &TcpStream) {
    side.set_zero_linger().expect("an option of every socket");
}
