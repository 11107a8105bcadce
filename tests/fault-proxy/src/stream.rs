//! One direction of a connection: bytes in, faults, bytes out.
//!
//! A reader notes when bytes came, and a writer lets them through as the toxics of the moment say, so
//! that a delay does not make the connection narrower. When the toxics change, the writer stops to wait
//! for what the old ones wanted.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use crate::toxic::{Kind, Stream, Toxic};

/// Bytes that are read at once.
const READ_BYTES: usize = 32 * 1024;
/// Parts that wait for their moment; more are left to the sender's own flow control.
const WAITING: usize = 1_024;

/// The toxics of a proxy, as they are now.
pub(crate) type Toxics = watch::Receiver<Arc<[Toxic]>>;

/// How a direction came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The sender has said everything: the other direction goes on.
    Finished,
    /// The connection is closed.
    Closed,
    /// It is reset.
    Reset,
}

/// Bytes and when they came.
#[derive(Debug)]
struct Part {
    bytes: Bytes,
    came: Instant,
}

/// What belongs to one direction of one connection.
#[derive(Debug)]
pub(crate) struct Direction {
    pub(crate) stream: Stream,
    pub(crate) toxics: Toxics,
    /// What the connection drew, for toxics that hit a share of them.
    pub(crate) draw: u64,
}

impl Direction {
    /// Carries everything from one side to the other.
    pub(crate) async fn carry(mut self, from: OwnedReadHalf, to: &mut OwnedWriteHalf) -> End {
        let (sender, parts) = mpsc::channel(WAITING);
        let write = self.write(parts, to);
        // When the writer has an end, the reader reads for no one any more.
        tokio::select! {
            end = write => end,
            () = read(from, sender) => unreachable!("a reader stays until its writer is done"),
        }
    }

    async fn write(&mut self, mut parts: mpsc::Receiver<Part>, to: &mut OwnedWriteHalf) -> End {
        let mut state = State::new(self.draw, self.stream);
        loop {
            let active = self.active();
            let closes_at = state.closes_at(&active);
            if state.was_silent && closes_at.is_none() {
                // What was swallowed meanwhile is missing: the toxic ends with the connection.
                return End::Closed;
            }
            let part = tokio::select! {
                part = parts.recv() => part,
                () = until(closes_at.flatten()) => return End::Closed,
                () = changed(&mut self.toxics) => continue,
            };
            if closes_at.is_some() {
                match part {
                    Some(_) => continue,
                    // The sender is gone; the connection stays until its time, all the same.
                    None => return self.stay_silent(&mut state).await,
                }
            }
            let end = match part {
                Some(part) => self.let_through(part, &mut state, to).await,
                None => Some(self.finish(to).await),
            };
            if let Some(end) = end {
                return end;
            }
        }
    }

    /// Waits for the end of a connection through which nothing goes.
    async fn stay_silent(&mut self, state: &mut State) -> End {
        while let Some(closes_at) = state.closes_at(&self.active()) {
            tokio::select! {
                () = until(closes_at) => return End::Closed,
                () = changed(&mut self.toxics) => {}
            }
        }
        End::Closed
    }

    /// The toxics that hit this direction of this connection now.
    fn active(&mut self) -> Vec<Kind> {
        let toxics = self.toxics.borrow_and_update();
        let active = toxics
            .iter()
            .filter(|toxic| toxic.stream == self.stream && toxic.hits(self.draw));
        active.map(|toxic| toxic.kind.clone()).collect()
    }

    /// Lets a part through; an end where a toxic makes one.
    async fn let_through(
        &mut self,
        part: Part,
        state: &mut State,
        to: &mut OwnedWriteHalf,
    ) -> Option<End> {
        let mut due = part.came;
        let mut left = None;
        let mut rate = 0;
        let mut slices = None;
        for kind in self.active() {
            match kind {
                Kind::Latency { latency, jitter } => due += state.delay(latency, jitter),
                Kind::ResetPeer { timeout } => {
                    // In the time of a reset nothing else counts.
                    tokio::time::sleep(Duration::from_millis(timeout)).await;
                    return Some(End::Reset);
                }
                Kind::LimitData { bytes } => left = Some(bytes.saturating_sub(state.passed)),
                Kind::Bandwidth { rate: limit } => rate = limit,
                Kind::Slicer {
                    average_size,
                    size_variation,
                    delay,
                } => slices = Some((average_size, size_variation, Duration::from_micros(delay))),
                Kind::SlowClose { .. } | Kind::Timeout { .. } => {}
            }
        }
        self.pause_until(due).await;
        let mut bytes = part.bytes;
        let limit = left.and_then(|left| usize::try_from(left).ok());
        let ends = limit.is_some_and(|limit| limit <= bytes.len());
        bytes.truncate(limit.unwrap_or(usize::MAX));
        while !bytes.is_empty() {
            let (size, pause) = match slices {
                Some((average, variation, pause)) => (state.slice(average, variation), pause),
                // As much as takes a tenth of a second at most.
                None if rate > 0 => (
                    usize::try_from(rate * 100).unwrap_or(usize::MAX),
                    Duration::ZERO,
                ),
                None => (bytes.len(), Duration::ZERO),
            };
            let slice = bytes.split_to(size.min(bytes.len()));
            self.pause_until(Instant::now() + Kind::takes(rate, slice.len()))
                .await;
            if to.write_all(&slice).await.is_err() {
                return Some(End::Closed);
            }
            state.passed += slice.len() as u64;
            if !bytes.is_empty() {
                self.pause_until(Instant::now() + pause).await;
            }
        }
        ends.then_some(End::Closed)
    }

    /// Tells the other side that everything is said.
    async fn finish(&mut self, to: &mut OwnedWriteHalf) -> End {
        let slow = self.active().into_iter().find_map(|kind| match kind {
            Kind::SlowClose { delay } => Some(Duration::from_millis(delay)),
            _ => None,
        });
        self.pause_until(Instant::now() + slow.unwrap_or_default())
            .await;
        match to.shutdown().await {
            Ok(()) => End::Finished,
            Err(_) => End::Closed,
        }
    }

    /// Waits, unless the toxics change.
    async fn pause_until(&mut self, moment: Instant) {
        if moment <= Instant::now() {
            return;
        }
        tokio::select! {
            () = sleep_until(moment) => {}
            () = changed(&mut self.toxics) => {}
        }
    }
}

/// What a direction has to remember.
#[derive(Debug)]
struct State {
    began: Instant,
    /// Bytes that were let through.
    passed: u64,
    /// Whether a toxic lets nothing through.
    was_silent: bool,
    random: fastrand::Rng,
}

impl State {
    fn new(draw: u64, stream: Stream) -> Self {
        Self {
            began: Instant::now(),
            passed: 0,
            was_silent: false,
            random: fastrand::Rng::with_seed(draw ^ stream as u64),
        }
    }

    /// Whether nothing goes through, and until when: the time counts from the beginning of the
    /// connection, or from when the toxic came.
    fn closes_at(&mut self, active: &[Kind]) -> Option<Option<Instant>> {
        let silent = active.iter().find_map(|kind| match kind {
            Kind::Timeout { timeout } => Some(*timeout),
            _ => None,
        });
        let timeout = silent?;
        if !self.was_silent {
            (self.was_silent, self.began) = (true, Instant::now());
        }
        let closes_at = self.began + Duration::from_millis(timeout);
        Some((timeout > 0).then_some(closes_at))
    }

    fn delay(&mut self, latency: u64, jitter: u64) -> Duration {
        let least = latency.saturating_sub(jitter);
        Duration::from_millis(self.random.u64(least..=latency.saturating_add(jitter)))
    }

    fn slice(&mut self, average: usize, variation: usize) -> usize {
        let least = average.saturating_sub(variation).max(1);
        self.random
            .usize(least..=average.saturating_add(variation).max(least))
    }
}

/// Reads until there is nothing more, and stays.
async fn read(mut from: OwnedReadHalf, parts: mpsc::Sender<Part>) {
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(READ_BYTES);
        match from.read_buf(&mut buffer).await {
            // A connection that breaks says no more, as one that is closed.
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
        let part = Part {
            bytes: buffer.split().freeze(),
            came: Instant::now(),
        };
        if parts.send(part).await.is_err() {
            break;
        }
    }
    drop(parts);
    pending().await
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => pending().await,
    }
}

/// Until the toxics change; a proxy that is gone changes no more.
async fn changed(toxics: &mut Toxics) {
    if toxics.changed().await.is_err() {
        pending().await
    }
}
