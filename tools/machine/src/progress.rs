//! Shows the developer which step runs, and for how long.
//!
//! A spinner on a terminal; plain lines elsewhere (CI, a pipe, another tool's output).
//! Nothing at all is written by a step that ends within [`QUIET_FOR`].

use std::{
    io::{self, IsTerminal},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

/// A step shorter than this writes nothing.
const QUIET_FOR: Duration = Duration::from_secs(2);

/// Without a terminal, how often a long step says that it is still alive.
const PLAIN_EVERY: Duration = Duration::from_secs(30);

/// Longest detail shown behind a step's title, in characters.
const DETAIL_CHARS_MAX: usize = 60;

/// The display of one step, from [`Progress::start`] to [`Progress::finish`].
pub struct Progress {
    title: String,
    started: Instant,
    spinner: Option<ProgressBar>,
    plain_next: Duration,
}

impl Progress {
    /// Begins a step called `title`, such as "Compiling the Workers function".
    pub fn start(title: &str) -> Self {
        let on_terminal = io::stdout().is_terminal()
            && io::stderr().is_terminal()
            && std::env::var_os("CI").is_none();
        Self {
            title: title.to_owned(),
            started: Instant::now(),
            spinner: on_terminal.then(ProgressBar::new_spinner),
            plain_next: QUIET_FOR,
        }
    }

    /// To be called a few times a second; `detail` is the latest line of the running tool.
    pub fn tick(&mut self, detail: &str) {
        let elapsed = self.started.elapsed();
        if elapsed < QUIET_FOR {
            return;
        }
        let Some(spinner) = &self.spinner else {
            if elapsed >= self.plain_next {
                eprintln!("{}: running for {}", self.title, seconds(elapsed));
                self.plain_next = elapsed + PLAIN_EVERY;
            }
            return;
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            spinner.set_style(style);
        }
        let detail: String = detail
            .chars()
            .filter(|character| !character.is_control())
            .take(DETAIL_CHARS_MAX)
            .collect();
        spinner.set_message(format!("{} ({}) {detail}", self.title, seconds(elapsed)));
        spinner.tick();
    }

    /// Ends the step; a line remains when it took long enough to have been shown.
    pub fn finish(self, outcome: &str) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
        let elapsed = self.started.elapsed();
        if elapsed >= QUIET_FOR {
            eprintln!("{}: {outcome} after {}", self.title, seconds(elapsed));
        }
    }
}

/// `9 s`, `1 min 05 s`: whole seconds, as people read them.
fn seconds(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    match seconds / 60 {
        0 => format!("{seconds} s"),
        minutes => format!("{minutes} min {:02} s", seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elapsed_time_is_shown_in_minutes_from_the_first_minute_on() {
        assert_eq!(seconds(Duration::from_millis(9_900)), "9 s");
        assert_eq!(seconds(Duration::from_secs(65)), "1 min 05 s");
    }
}
