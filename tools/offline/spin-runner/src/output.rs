//! Where the standard output and error of components go: a log file each, and the terminal with the
//! component's name in front of every line.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use anyhow::Context as _;
use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

/// A guest that asks how much it may write is given this many bytes.
const WRITE_BYTES_MAX: usize = 64 * 1024;

/// One output of one component, shared by all its instances.
#[derive(Clone, Debug)]
pub struct Output(Arc<Mutex<Sink>>);

#[derive(Debug)]
struct Sink {
    log_file: Option<File>,
    /// What is put in front of a line on the terminal; `None` when the terminal is to stay quiet.
    prefix: Option<String>,
    /// The start of a line whose end has not been written yet.
    unfinished_line: Vec<u8>,
}

impl Output {
    /// An output of `component` called `stream` (`stdout` or `stderr`).
    ///
    /// # Errors
    /// When the log file cannot be opened.
    pub fn new(
        component: &str,
        stream: &str,
        log_directory: Option<&Path>,
        quiet: bool,
    ) -> anyhow::Result<Self> {
        let open = |directory: &Path| {
            let path = directory.join(format!("{component}_{stream}.txt"));
            File::options()
                .create(true)
                .append(true)
                .open(&path)
                .with_context(|| format!("cannot open the log file {}", path.display()))
        };
        let log_file = log_directory.map(open).transpose()?;
        let prefix = (!quiet).then(|| format!("[{component}] "));
        Ok(Self(Arc::new(Mutex::new(Sink {
            log_file,
            prefix,
            unfinished_line: Vec::new(),
        }))))
    }

    fn sink(&self) -> MutexGuard<'_, Sink> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(file) = &mut self.log_file {
            file.write_all(bytes)?;
        }
        let lines = self.finished_lines(bytes);
        if lines.is_empty() {
            Ok(())
        } else {
            io::stderr().lock().write_all(&lines)
        }
    }

    /// The lines that these bytes finish, each with its prefix.
    fn finished_lines(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut lines = Vec::new();
        let Some(prefix) = &self.prefix else {
            return lines;
        };
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.unfinished_line.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                lines.extend_from_slice(prefix.as_bytes());
                lines.append(&mut self.unfinished_line);
            }
        }
        lines
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}

impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.sink()
            .write(&bytes)
            .map_err(|error| StreamError::LastOperationFailed(error.into()))
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_BYTES_MAX)
    }
}

impl AsyncWrite for Output {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(self.sink().write(bytes).map(|()| bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_stands_in_front_of_every_whole_line() {
        let output = Output::new("web", "stdout", None, false).unwrap();
        let mut sink = output.sink();
        assert_eq!(sink.finished_lines(b"a"), b"");
        assert_eq!(sink.finished_lines(b"b\nc\nd"), b"[web] ab\n[web] c\n");
        assert_eq!(sink.finished_lines(b"\n"), b"[web] d\n");
    }

    #[test]
    fn a_quiet_output_still_goes_to_the_log_file() {
        let directory = tempfile::tempdir().unwrap();
        let output = Output::new("web", "stderr", Some(directory.path()), true).unwrap();
        output.sink().write(b"line\npart").unwrap();
        assert_eq!(output.sink().finished_lines(b"\n"), b"");
        let log = std::fs::read(directory.path().join("web_stderr.txt")).unwrap();
        assert_eq!(log, b"line\npart");
    }
}
