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
    /// Where it answers staff: the same, but for a runtime without routes.
    pub(crate) staff: SocketAddr,
}

/// A process whose use of the machine is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(u32);

impl Process {
    /// This one.
    pub(crate) fn own() -> Self {
        Self(std::process::id())
    }

    /// Whose child a process is.
    ///
    /// # Errors
    /// Where there is no `/proc`.
    pub(crate) fn parent_of(process: u32) -> Result<Self> {
        let parent = Self(process).stat(1);
        let parent = parent.context("processes are only measured on Linux")?;
        Ok(Self(u32::try_from(parent)?))
    }

    /// Processor time of all its threads since it began; nothing where there is no `/proc`.
    pub(crate) fn cpu_time(self) -> Duration {
        self.ticks([11, 12])
    }

    /// Processor time of its children that have ended.
    pub(crate) fn children_cpu_time(self) -> Duration {
        self.ticks([13, 14])
    }

    /// Processor time of it and its children, ended or not.
    pub(crate) fn tree_cpu_time(self) -> Duration {
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        let processes = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let children = processes.map(Self);
        let children = children.filter(|child| child.stat(1) == Some(u64::from(self.0)));
        let running: Duration = children.map(Self::cpu_time).sum();
        self.cpu_time() + self.children_cpu_time() + running
    }

    fn ticks(self, fields: [usize; 2]) -> Duration {
        let ticks: u64 = fields.iter().filter_map(|&field| self.stat(field)).sum();
        Duration::from_millis(ticks * MS_PER_TICK)
    }

    /// A field behind the name, which may have spaces: 1 is the parent, 11 and 12 are `utime` and
    /// `stime`, 13 and 14 the same of its ended children.
    fn stat(self, field: usize) -> Option<u64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0)).ok()?;
        let fields = stat.rsplit(')').next()?;
        fields.split_whitespace().nth(field)?.parse().ok()
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
            // A developer's setting that makes errors expensive, and that no production has.
            .env_remove("RUST_BACKTRACE")
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
            staff: address,
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
