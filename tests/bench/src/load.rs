//! What is asked of a server, and in which way: as fast as it answers, or at fixed moments.
//!
//! Closed loop: one thread, keep-alive connections, requests made on the way; every connection sends its
//! next request when the last one was answered. This finds the most that a server does.
//!
//! Not here: the open loop (`open`, which is the generator of `souk-load`).

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use tokio::task::LocalSet;

use crate::connection::Connection;
use crate::open::{self, Outcome, micros};
use crate::server::{Process, Server};

/// Connections of a closed loop.
pub(crate) const CONNECTIONS: usize = 16;

/// A server that has answered nothing for this long is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Writes the bytes of one request; the number is unique to it.
pub(crate) type WriteRequest = dyn Fn(u64, &mut Vec<u8>);

/// What is asked of one server. Numbers of requests go on over all its runs.
#[derive(Clone)]
pub(crate) struct Target {
    address: SocketAddr,
    process: Process,
    write: Rc<WriteRequest>,
    next: Rc<Cell<u64>>,
    /// The status of a right answer; none: 2xx.
    status: Option<u16>,
}

/// What one run brought.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Sample {
    /// Requests answered well, a second.
    pub(crate) per_second: f64,
    /// Processor time of the server for each of them, in microseconds. It hardly depends on what
    /// else the machine does.
    pub(crate) cpu_us: f64,
    /// Half of them were answered within this many microseconds.
    pub(crate) p50_us: u32,
    /// All but one of a hundred were.
    pub(crate) p99_us: u32,
    /// Requests with another status than is right.
    pub(crate) refused: u64,
    /// How long each of them took, shortest first.
    #[serde(skip)]
    pub(crate) latencies_us: Vec<u32>,
}

/// How requests are sent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// As fast as they are answered.
    Closed,
    /// So many a second.
    Open(f64),
}

struct Run {
    target: Target,
    ends: Instant,
    latencies_us: RefCell<Vec<u32>>,
    refused: Cell<u64>,
}

impl Target {
    /// Requests to one server.
    pub(crate) fn new(server: &Server, write: impl Fn(u64, &mut Vec<u8>) + 'static) -> Self {
        Self {
            address: server.address,
            process: server.process(),
            write: Rc::new(write),
            next: Rc::default(),
            status: None,
        }
    }

    /// The same where the right answer is a refusal.
    pub(crate) fn refused_with(self, status: u16) -> Self {
        Self {
            status: Some(status),
            ..self
        }
    }

    /// Requests of the staff to one server.
    pub(crate) fn of_staff(server: &Server, write: impl Fn(u64, &mut Vec<u8>) + 'static) -> Self {
        Self {
            address: server.staff,
            ..Self::new(server, write)
        }
    }

    /// Reads of these paths in turn.
    pub(crate) fn reads(server: &Server, paths: Vec<String>) -> Self {
        let address = server.address;
        let requests: Vec<Vec<u8>> = paths
            .iter()
            .map(|path| {
                format!(
                    "GET {path} HTTP/1.1\r\nhost: {address}\r\nuser-agent: souk-bench\r\n\
                     accept: */*\r\n\r\n"
                )
                .into_bytes()
            })
            .collect();
        Self::new(server, move |number, into| {
            let place = usize::try_from(number).unwrap_or_default() % requests.len();
            into.extend_from_slice(&requests[place]);
        })
    }

    /// Sends requests for a time.
    ///
    /// # Errors
    /// When the server does not answer, or refuses more than it does.
    pub(crate) async fn run(&self, pace: Pace, time: Duration) -> Result<Sample> {
        let cpu_before = self.process.cpu_time();
        let started = Instant::now();
        let outcome = match pace {
            Pace::Closed => self.run_closed(started + time, time).await?,
            Pace::Open(per_second) => {
                let next = || {
                    let mut bytes = Vec::with_capacity(2_048);
                    self.write_next(&mut bytes);
                    bytes
                };
                open::run(self.address, per_second, time, next, |status| {
                    self.is_right(status)
                })
                .await?
            }
        };
        let cpu = self.process.cpu_time().saturating_sub(cpu_before);
        // What was on its way at the end is waited for, and the wait counted.
        Sample::of(outcome, started.elapsed().max(time), cpu)
    }

    /// Writes the next request.
    fn write_next(&self, into: &mut Vec<u8>) {
        let number = self.next.replace(self.next.get() + 1);
        (self.write)(number, into);
    }

    /// Whether an answer is right.
    fn is_right(&self, status: u16) -> bool {
        match self.status {
            Some(right) => status == right,
            None => (200..=299).contains(&status),
        }
    }

    async fn run_closed(&self, ends: Instant, time: Duration) -> Result<Outcome> {
        let run = Rc::new(Run {
            target: self.clone(),
            ends,
            latencies_us: RefCell::default(),
            refused: Cell::default(),
        });
        let local = LocalSet::new();
        let connections: Vec<_> = (0..CONNECTIONS)
            .map(|_| local.spawn_local(connection(run.clone())))
            .collect();
        let all = local.run_until(async {
            for connection in connections {
                connection.await.context("the load generator panicked")??;
            }
            anyhow::Ok(())
        });
        tokio::time::timeout(time + PATIENCE, all)
            .await
            .context("the server has stopped answering")??;
        Ok(Outcome {
            latencies_us: run.latencies_us.take(),
            refused: run.refused.get(),
        })
    }
}

impl Sample {
    fn of(outcome: Outcome, time: Duration, cpu: Duration) -> Result<Self> {
        let mut latencies = outcome.latencies_us;
        latencies.sort_unstable();
        let answered = latencies.len();
        if answered == 0 {
            bail!(
                "no request was answered well, {} were refused",
                outcome.refused
            );
        }
        Ok(Sample {
            per_second: answered as f64 / time.as_secs_f64(),
            cpu_us: cpu.as_secs_f64() * 1e6 / answered as f64,
            p50_us: percentile(&latencies, 0.5),
            p99_us: percentile(&latencies, 0.99),
            refused: outcome.refused,
            latencies_us: latencies,
        })
    }
}

/// The latency that this share of all of them does not exceed; they are sorted.
pub(crate) fn percentile(latencies_us: &[u32], share: f64) -> u32 {
    let last = latencies_us.len().saturating_sub(1);
    let place = (last as f64 * share) as usize;
    latencies_us.get(place).copied().unwrap_or_default()
}

async fn connection(run: Rc<Run>) -> Result<()> {
    let mut connection = Connection::open(run.target.address).await?;
    let mut request = Vec::with_capacity(2048);
    loop {
        let sent = Instant::now();
        if sent >= run.ends {
            return Ok(());
        }
        request.clear();
        run.target.write_next(&mut request);
        let status = connection.send(&request).await?.status;
        if run.target.is_right(status) {
            run.latencies_us.borrow_mut().push(micros(sent.elapsed()));
        } else {
            run.refused.set(run.refused.get() + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted_latencies() {
        let outcome = Outcome {
            latencies_us: (1..=100).rev().collect(),
            refused: 0,
        };
        let sample = Sample::of(outcome, Duration::from_secs(10), Duration::from_millis(1));
        let sample = sample.unwrap();
        assert_eq!((sample.p50_us, sample.p99_us), (50, 99));
        assert!((sample.per_second - 10.0).abs() < f64::EPSILON);
        assert!((sample.cpu_us - 10.0).abs() < 1e-9);
    }
}
