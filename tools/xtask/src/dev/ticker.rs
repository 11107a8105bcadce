//! The scheduler of a local shop on Spin: calls for a tick every second, as a cron trigger would.
//!
//! On Workers the origin has an alarm of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use souk_protocol::desk::{TICK_PATH, TickDone};

use crate::catalogue::StaffClient;

const EVERY: Duration = Duration::from_secs(1);
/// How often it looks whether it is to end.
const POLL: Duration = Duration::from_millis(50);

/// Ticks until dropped.
pub(crate) struct Ticker {
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    /// Begins to tick.
    pub(crate) fn start(client: StaffClient) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let thread = {
            let ends = Arc::clone(&ends);
            thread::spawn(move || run(&client, &ends))
        };
        Self {
            ends,
            thread: Some(thread),
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        // It ends with its last call; what it did there does not matter any more.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn run(client: &StaffClient, ends: &AtomicBool) {
    let mut was_well = true;
    let mut last = Instant::now();
    while !ends.load(Ordering::Relaxed) {
        if last.elapsed() < EVERY {
            thread::sleep(POLL);
            continue;
        }
        last = Instant::now();
        let trouble = match client.post::<TickDone>(TICK_PATH, &()) {
            Ok(done) => done.failures.join("; "),
            Err(error) => format!("{error:#}"),
        };
        // Once, and not every second; nothing while the shop is being closed.
        if !trouble.is_empty() && was_well && !ends.load(Ordering::Relaxed) {
            eprintln!("tick: {trouble}");
        }
        was_well = trouble.is_empty();
    }
}
