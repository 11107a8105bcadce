//! Shows what goes wrong inside the running shop: the server's output goes to a log file, and the
//! errors in it to the terminal as well, once each.
//!
//! `wrangler dev` marks what any of its scripts and Durable Objects reports or throws with `[ERROR]`;
//! Spin puts a component's name in front of what it writes, which is failures only.
//!
//! Not here: which requests are answered by whom (`health`).

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const POLL: Duration = Duration::from_millis(100);
/// Most lines of one error, such as those of a stack.
const LINES_MAX: usize = 6;
/// A longer line is cut.
const LINE_CHARS_MAX: usize = 600;
/// Most different errors of a run that are shown.
const ERRORS_MAX: usize = 100;

/// In front of what a component of the shop writes on Spin.
const COMPONENTS: [&str; 6] = [
    "[storefront] ",
    "[origin] ",
    "[backoffice] ",
    "[payments] ",
    "[mail] ",
    "[operations] ",
];

/// Follows the log of a server until dropped.
pub(super) struct Errors {
    is_over: Arc<AtomicBool>,
    shown: Arc<Mutex<BTreeSet<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Errors {
    /// Begins to follow a log, from its start.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub(super) fn follow(log: &Path) -> io::Result<Self> {
        let mut file = File::open(log)?;
        let is_over = Arc::new(AtomicBool::new(false));
        let shown = Arc::<Mutex<BTreeSet<String>>>::default();
        let (ends, showing) = (is_over.clone(), shown.clone());
        let thread = thread::spawn(move || {
            let mut lines = Lines::default();
            loop {
                // Looked at first, so that what was written before the end is read.
                let is_last = ends.load(Ordering::Acquire);
                let mut bytes = Vec::new();
                // A log that cannot be read for a moment is read later.
                let _ = file.read_to_end(&mut bytes);
                for error in lines.errors(&bytes, is_last) {
                    let mut shown = showing.lock().unwrap_or_else(PoisonError::into_inner);
                    if shown.len() < ERRORS_MAX && shown.insert(error.clone()) {
                        eprintln!("error inside the shop: {error}");
                    }
                }
                if is_last {
                    return;
                }
                thread::sleep(POLL);
            }
        });
        Ok(Self {
            is_over,
            shown,
            thread: Some(thread),
        })
    }

    /// Shows what the log has up to now, and ends.
    pub(super) fn finish(&mut self) {
        self.is_over.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // If it has panicked, nothing more is shown.
            let _ = thread.join();
        }
    }

    /// Whether there was any.
    pub(super) fn any(&self) -> bool {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        !shown.is_empty()
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        self.finish();
    }
}

/// The lines of a log, as they come.
#[derive(Debug, Default)]
struct Lines {
    unfinished: Vec<u8>,
    /// The error whose lines are coming.
    error: Vec<String>,
}

impl Lines {
    /// The errors that these bytes end. An error ends with a line that is not indented, or with the
    /// bytes, if it is not a stack that comes in parts.
    fn errors(&mut self, bytes: &[u8], is_last: bool) -> Vec<String> {
        self.unfinished.extend_from_slice(bytes);
        let end = match is_last {
            true => self.unfinished.len(),
            false => self
                .unfinished
                .iter()
                .rposition(|&byte| byte == b'\n')
                .map_or(0, |at| at + 1),
        };
        let finished: Vec<u8> = self.unfinished.drain(..end).collect();
        let text = without_colours(&String::from_utf8_lossy(&finished));
        let mut errors = Vec::new();
        for line in text.lines() {
            let line: String = line.trim_end().chars().take(LINE_CHARS_MAX).collect();
            match message(&line) {
                Some(message) => {
                    errors.extend(self.take());
                    self.error.push(message.to_owned());
                }
                None if line.is_empty() => {}
                None if line.starts_with(' ') && !self.error.is_empty() => {
                    if self.error.len() < LINES_MAX {
                        self.error.push(line);
                    }
                }
                None => errors.extend(self.take()),
            }
        }
        // Nothing more has come: a pause ends an error too.
        if is_last || bytes.is_empty() {
            errors.extend(self.take());
        }
        errors
    }

    fn take(&mut self) -> Option<String> {
        let lines = std::mem::take(&mut self.error);
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}

/// What a line reports as an error; `None` for every other one.
fn message(line: &str) -> Option<&str> {
    for mark in ["[ERROR]", "[wrangler:error]"] {
        if let Some((_, message)) = line.split_once(mark) {
            return Some(message.trim());
        }
    }
    COMPONENTS
        .iter()
        .any(|component| line.starts_with(component))
        .then_some(line)
}

fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut parts = text.split('\u{1b}');
    plain.extend(parts.next());
    for part in parts {
        // A sequence begins with `[` and ends with a letter.
        let rest = part.strip_prefix('[').and_then(|sequence| {
            let end = sequence.find(|c: char| c.is_ascii_alphabetic())?;
            Some(&sequence[end + 1..])
        });
        plain.push_str(rest.unwrap_or(part));
    }
    plain
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    /// As `wrangler dev` 4.164 has written it for an object that reports and then throws.
    const OF_WRANGLER: &str = "[wrangler:warn] Unable to fetch the `Request.cf` object!\n\
        Error: getaddrinfo ENOTFOUND workers.cloudflare.com\n    at onlookupall (node:dns:122:26)\n\
        [wrangler:info] Ready on http://127.0.0.1:8971\n\
        \u{1b}[31m\u{2718} \u{1b}[41;31m[\u{1b}[41;97mERROR\u{1b}[41;31m]\u{1b}[0m \
        \u{1b}[1mobject error: the settings are wrong\u{1b}[0m\n\n\n\
        [wrangler:info] GET / 200 OK (12ms)\n\
        \u{1b}[31m\u{2718} \u{1b}[41;31m[\u{1b}[41;97mERROR\u{1b}[41;31m]\u{1b}[0m \
        \u{1b}[1mUncaught Error: object threw this Error\u{1b}[0m\n\n      \
        at ask (file:///b.js:4:50)\n\n\n[wrangler:info] GET /throw 503 Service Unavailable (31ms)\n";

    #[test]
    fn what_an_object_reports_or_throws_is_an_error() {
        let expected = [
            "object error: the settings are wrong",
            "Uncaught Error: object threw this Error\n      at ask (file:///b.js:4:50)",
        ];
        assert_eq!(
            Lines::default().errors(OF_WRANGLER.as_bytes(), true),
            expected
        );
        // However the bytes come.
        let mut lines = Lines::default();
        let mut errors = Vec::new();
        for byte in OF_WRANGLER.as_bytes() {
            errors.extend(lines.errors(&[*byte], false));
        }
        assert_eq!(errors, expected);
    }

    #[test]
    fn what_a_component_writes_is_an_error() {
        let log = "Serving http://127.0.0.1:3000\nAvailable Routes:\n  storefront: http://x\n\
                   [origin] the settings are wrong\n[payments] POST /x: away";
        let expected = [
            "[origin] the settings are wrong",
            "[payments] POST /x: away",
        ];
        assert_eq!(Lines::default().errors(log.as_bytes(), true), expected);
    }

    #[test]
    fn a_log_is_followed_to_its_end_and_an_error_is_shown_once() {
        let log = std::env::temp_dir().join(format!("souk-dev-errors-{}", std::process::id()));
        fs::write(&log, "").unwrap();
        let mut errors = Errors::follow(&log).unwrap();
        assert!(!errors.any());
        let mut file = File::options().append(true).open(&log).unwrap();
        file.write_all(b"[origin] away\n[origin] away\n[origin] gone")
            .unwrap();
        errors.finish();
        let shown = errors.shown.lock().unwrap().clone();
        assert_eq!(shown.len(), 2, "{shown:?}");
        assert!(errors.any());
        fs::remove_file(&log).unwrap();
    }
}
