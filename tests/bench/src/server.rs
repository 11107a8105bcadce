//! A runtime as a child process: started, watched and ended by its id.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::connection::Connection;

/// A server that has not answered by then will not.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// Linux counts processor time in hundredths of a second, whatever its own clock does.
const MS_PER_TICK: u64 = 10;
/// Bytes of a log that a failure shows.
const LOG_BYTES: usize = 4096;

/// A running server; ended when dropped.
pub(crate) struct Server {
    child: Child,
    log: PathBuf,
    started: Instant,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

/// A process whose use of the machine is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(u32);

impl Process {
    #[cfg(test)]
    pub(crate) fn own() -> Self {
        Self(std::process::id())
    }

    /// Processor time of all its threads since it began; nothing where there is no `/proc`.
    pub(crate) fn cpu_time(self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0)).unwrap_or_default();
        // Behind the name, which may have spaces, `utime` and `stime` are the 12th and 13th field.
        let fields = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace();
        let ticks: u64 = fields
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<u64>().ok())
            .sum();
        Duration::from_millis(ticks * MS_PER_TICK)
    }

    /// Bytes of memory that it holds at the moment.
    ///
    /// # Errors
    /// Where there is no `/proc`.
    pub(crate) fn resident_bytes(self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0))
            .context("memory is only measured on Linux")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kib: u64 = kib.context("a process without memory")?.parse()?;
        Ok(kib * 1024)
    }
}

impl Server {
    /// Starts a command that is to listen at `address`; its log goes to `directory`.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub(crate) fn start(
        command: &mut Command,
        directory: &Path,
        address: SocketAddr,
    ) -> Result<Self> {
        let log = directory.join("server.log");
        let file = File::create(&log).with_context(|| format!("write {}", log.display()))?;
        let program = command.get_program().to_string_lossy().into_owned();
        let started = Instant::now();
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("{program} cannot be started"))?;
        Ok(Self {
            child,
            log,
            started,
            address,
        })
    }

    /// Waits until `path` is answered with 200; the time since the process was started.
    ///
    /// # Errors
    /// When the server ends or does not answer in time.
    pub(crate) async fn wait_for(&mut self, path: &str) -> Result<Duration> {
        loop {
            if let Ok((200, _)) = get(self.address, path).await {
                return Ok(self.started.elapsed());
            }
            self.check()?;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Waits until connections are accepted, without a request.
    ///
    /// # Errors
    /// When the server ends or does not listen in time.
    pub(crate) async fn wait_until_it_listens(&mut self) -> Result<()> {
        while Connection::open(self.address).await.is_err() {
            self.check()?;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    fn check(&mut self) -> Result<()> {
        let ended = self.child.try_wait()?;
        if ended.is_none() && self.started.elapsed() < START_TIMEOUT {
            return Ok(());
        }
        let log = fs::read(&self.log).unwrap_or_default();
        let end = &log[log.len().saturating_sub(LOG_BYTES)..];
        let state = ended.map_or("does not answer".to_owned(), |status| {
            format!("ended ({status})")
        });
        bail!(
            "a server {state}; the end of its log:\n{}",
            String::from_utf8_lossy(end)
        );
    }

    /// The process itself.
    pub(crate) fn process(&self) -> Process {
        Process(self.child.id())
    }

    /// Ends it, as a crash would.
    pub(crate) fn end(&mut self) {
        // What is gone already needs no end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// One request on a connection of its own: status and body.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Result<(u16, Vec<u8>)> {
    let mut connection = Connection::open(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    let answer = connection.send(request.as_bytes()).await?;
    Ok((answer.status, answer.body.to_vec()))
}

/// A loopback address with a port that is free at the moment.
///
/// # Errors
/// When there is none.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}
