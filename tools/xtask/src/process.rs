//! Runs a child tool: its output goes to a log file, its progress to the terminal, and the end of
//! the log to the developer when it fails.
//!
//! Invariant: no child inherits the variables that `cargo run` set for the `xtask` package;
//! see [`command`].

use std::{
    env,
    ffi::OsStr,
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use souk_machine::Progress;

use crate::paths;

/// The first pause before a running child is checked; each pause is twice the last one.
const POLL_FIRST: Duration = Duration::from_millis(4);

/// Longest pause between two checks of a running child, and so between updates of the display.
const POLL_MAX: Duration = Duration::from_millis(128);

/// How much of a log's end is read to show its last lines.
/// A linker's command line alone can be megabytes long.
const TAIL_BYTES_MAX: u64 = 256 * 1024;

/// Lines shown of a failed tool: enough for a compiler's message with its context.
const TAIL_LINES_MAX: usize = 40;

/// A longer line of a failed tool is cut.
const TAIL_LINE_CHARS_MAX: usize = 240;

/// A command that starts in the developer's environment, not in that of this package.
///
/// `cargo run` sets variables such as `CARGO_PKG_NAME` and, through rustup, `RUSTUP_TOOLCHAIN`.
/// The toolchain is kept (a developer's `cargo +name xtask` means it); the package's are removed,
/// because build scripts and macros of other packages would see them.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        let of_this_package = name.to_str().is_some_and(|name| {
            ["CARGO_PKG_", "CARGO_MANIFEST_"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
        });
        if of_this_package {
            command.env_remove(name);
        }
    }
    command
}

/// Runs `command` to its end under the title `title`, logging to `LOG_NAME.log`.
///
/// # Errors
/// When the tool cannot be started or ends unsuccessfully; the message carries the log's end.
pub(crate) fn run_logged(title: &str, log_name: &str, command: &mut Command) -> Result<()> {
    let directory = paths::log_dir()?;
    fs::create_dir_all(&directory)
        .with_context(|| format!("make the directory {} writable", directory.display()))?;
    let log_path = directory.join(format!("{log_name}.log"));
    let log = File::create(&log_path)
        .with_context(|| format!("make the log file {} writable", log_path.display()))?;
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(log.try_clone().context("duplicate the log file's handle")?)
        .stderr(log)
        .spawn()
        .with_context(|| format!("{program} cannot be started: install it, or put it on PATH"))?;
    let mut progress = Progress::start(title);
    let mut pause = POLL_FIRST;
    let status = loop {
        if let Some(status) = child.try_wait().context("wait for the tool")? {
            break status;
        }
        progress.tick(&last_line(&log_path));
        thread::sleep(pause);
        pause = (pause * 2).min(POLL_MAX);
    };
    if status.success() {
        progress.finish("done");
        return Ok(());
    }
    progress.finish("failed");
    let shown = tail(&read_end(&log_path).unwrap_or_default());
    bail!(
        "{title} failed ({status}); the end of {}:\n{shown}",
        log_path.display()
    );
}

/// The result of work that went on beside other work; a panic goes on here.
///
/// # Errors
/// Those of the work.
pub(crate) fn joined(work: thread::ScopedJoinHandle<'_, Result<()>>) -> Result<()> {
    work.join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// The standard output of a short, silent query such as `rustc --print sysroot`; `None` when the
/// program is missing or fails.
pub(crate) fn query(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The last lines of a log, for a message.
pub(crate) fn log_end(log: &Path) -> String {
    tail(&read_end(log).unwrap_or_default())
}

fn last_line(log: &Path) -> String {
    let text = read_end(log).unwrap_or_default();
    text.lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn read_end(log: &Path) -> Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES_MAX)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The last lines of `text`, long ones cut.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let first = lines.len().saturating_sub(TAIL_LINES_MAX);
    let cut: Vec<String> = lines[first..].iter().map(|line| cut_line(line)).collect();
    cut.join("\n")
}

fn cut_line(line: &str) -> String {
    let total = line.chars().count();
    if total <= TAIL_LINE_CHARS_MAX {
        return format!("  {line}");
    }
    let start: String = line.chars().take(TAIL_LINE_CHARS_MAX).collect();
    format!(
        "  {start}… ({} more characters)",
        total - TAIL_LINE_CHARS_MAX
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tail_keeps_the_last_lines_in_order() {
        let text: String = (0..100).map(|n| format!("line {n}\n\n")).collect();
        let shown = tail(&text);
        assert_eq!(shown.lines().count(), TAIL_LINES_MAX);
        assert!(shown.starts_with("  line 60\n"));
        assert!(shown.ends_with("  line 99"));
    }

    #[test]
    fn a_megabyte_long_line_is_cut_between_characters() {
        let shown = tail(&"é".repeat(1 << 20));
        assert!(shown.chars().count() < TAIL_LINE_CHARS_MAX + 60);
        assert!(shown.contains("more characters"));
    }

    #[test]
    fn a_failing_query_is_none() {
        assert_eq!(
            query(&mut Command::new("a-program-that-does-not-exist")),
            None
        );
    }
}
