//! What the figures were measured on.

use std::fs;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::tools::Tools;

/// Facts about the machine at the start of a run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// Seconds since 1970.
    pub(crate) at_s: u64,
    pub(crate) cores: usize,
    /// Processes that wanted a core in the last minute, on average; empty where it is not known.
    pub(crate) load_average: String,
    /// What the runtimes call themselves.
    pub(crate) versions: Vec<String>,
}

impl Machine {
    /// This one, now.
    pub(crate) fn look(tools: &Tools) -> Self {
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let since_1970 = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            at_s: since_1970.as_secs(),
            cores: thread::available_parallelism().map_or(1, usize::from),
            load_average: load.split(' ').next().unwrap_or_default().to_owned(),
            versions: tools.versions(),
        }
    }

    /// One line for people.
    pub(crate) fn describe(&self) -> String {
        format!(
            "{} cores shared with the load generator, load average {} at the start; {}",
            self.cores,
            self.load_average,
            self.versions.join("; ")
        )
    }
}
