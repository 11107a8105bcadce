//! The scheduler of a local shop on Spin: `souk tick` every second, as a cron trigger would.
//!
//! On Workers the origin has an alarm of its own.

use std::process::{Child, Command};

use anyhow::{Context, Result};

const EVERY_SECONDS: &str = "1";

/// Ticks until dropped. Failures are printed by the program itself.
pub(crate) struct Ticker(Child);

impl Ticker {
    /// Begins to tick; `souk` is the program with its shop and token.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub(crate) fn start(mut souk: Command) -> Result<Self> {
        souk.args(["tick", "--every", EVERY_SECONDS]);
        souk.spawn().map(Self).context("start `souk tick`")
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        // It may have ended with the signal that ends this task; either way it is gone.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
