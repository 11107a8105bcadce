//! A proxy with a name, whose upstream and toxics can be changed while it runs.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use anyhow::{Context, Result};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::relay::{Decide, Passage, Relay, Verdict};
use crate::toxic::Toxic;

/// A proxy; ended when dropped.
#[derive(Debug)]
pub struct Proxy {
    name: String,
    listen: SocketAddr,
    shared: Arc<Shared>,
    relay: Relay,
}

/// How a proxy stands, as the API shows it.
#[derive(Debug, Serialize)]
pub(crate) struct Shown<'a> {
    name: &'a str,
    listen: String,
    upstream: String,
    enabled: bool,
    toxics: Vec<Toxic>,
}

#[derive(Debug)]
struct Shared {
    upstream: Mutex<SocketAddr>,
    toxics: watch::Sender<Arc<[Toxic]>>,
    random: Mutex<fastrand::Rng>,
}

impl Decide for Shared {
    fn decide(&self) -> Verdict {
        Verdict::Pass(Passage {
            to: *lock(&self.upstream),
            toxics: self.toxics.subscribe(),
            draw: lock(&self.random).u64(..),
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no holder of the lock panics")
}

impl Proxy {
    /// A proxy without toxics, which takes connections at once. Port 0 is any that is free.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn start(
        name: &str,
        listen: SocketAddr,
        upstream: SocketAddr,
        seed: u64,
    ) -> Result<Self> {
        let (toxics, _) = watch::channel(Arc::default());
        let shared = Arc::new(Shared {
            upstream: Mutex::new(upstream),
            toxics,
            random: Mutex::new(fastrand::Rng::with_seed(seed)),
        });
        let mut proxy = Self {
            name: name.to_owned(),
            listen,
            relay: Relay::new(shared.clone()),
            shared,
        };
        proxy.enable().await?;
        Ok(proxy)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listen
    }

    /// Whether it takes connections.
    pub fn is_enabled(&self) -> bool {
        self.relay.is_open()
    }

    /// From now on it takes connections.
    ///
    /// # Errors
    /// When another process has the port.
    pub async fn enable(&mut self) -> Result<()> {
        if self.is_enabled() {
            return Ok(());
        }
        let listener = TcpListener::bind(self.listen).await;
        let listener = listener.with_context(|| format!("listen on {}", self.listen))?;
        self.listen = listener.local_addr()?;
        self.relay.open(listener).await;
        Ok(())
    }

    /// From now on connections are refused, and those that there are break.
    pub async fn disable(&mut self) {
        self.relay.end().await;
    }

    /// Listens somewhere else. Connections break.
    ///
    /// # Errors
    /// When the port is taken; the proxy is disabled then.
    pub(crate) async fn listen_on(&mut self, listen: SocketAddr) -> Result<()> {
        if listen == self.listen {
            return Ok(());
        }
        let was_enabled = self.is_enabled();
        self.disable().await;
        self.listen = listen;
        match was_enabled {
            true => self.enable().await,
            false => Ok(()),
        }
    }

    /// Where new connections lead.
    pub(crate) fn lead_to(&self, upstream: SocketAddr) {
        *lock(&self.shared.upstream) = upstream;
    }

    /// Its toxics.
    pub fn toxics(&self) -> Vec<Toxic> {
        self.shared.toxics.borrow().to_vec()
    }

    /// Other toxics, for connections that there are as well.
    pub fn set_toxics(&self, toxics: Vec<Toxic>) {
        self.shared.toxics.send_replace(toxics.into());
    }

    /// As the API shows it.
    pub(crate) fn shown(&self) -> Shown<'_> {
        Shown {
            name: &self.name,
            listen: self.listen.to_string(),
            upstream: lock(&self.shared.upstream).to_string(),
            enabled: self.is_enabled(),
            toxics: self.toxics(),
        }
    }
}
