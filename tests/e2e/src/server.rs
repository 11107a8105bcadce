//! A server process with everything that it starts.
//!
//! Runtimes are families of processes (`wrangler` starts Node, which starts `workerd`), so each
//! one gets a process group of its own and is ended as a group. A guard process holds the other
//! end of a pipe to the test process: when that one ends in any way, the guard ends the group and
//! removes its directory. So nothing outlives the tests, not even after `kill -9` of them.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context, Result, bail};

/// `$1` is the process group, `$2` the directory.
const GUARD: &str = r#"read -r _; kill -s KILL -- "-$1"; rm -rf -- "$2""#;

/// Lines of a server's log that a failure shows.
const LOG_LINES: usize = 30;

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Server {
    leader: Child,
    guard: Child,
    log: PathBuf,
}

impl Server {
    /// Starts a command whose log goes to `directory`, which the guard removes in the end.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start(command: &mut Command, directory: &Path) -> Result<Self> {
        let log = directory.join("server.log");
        let file = File::options().create(true).append(true).open(&log);
        let file = file.with_context(|| format!("write {}", log.display()))?;
        let program = command.get_program().to_string_lossy().into_owned();
        let mut leader = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .process_group(0)
            .spawn()
            .with_context(|| format!("{program} cannot be started"))?;
        let guard = Command::new("sh")
            .args(["-c", GUARD, "guard", &leader.id().to_string()])
            .arg(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        match guard {
            Ok(guard) => Ok(Self { leader, guard, log }),
            Err(error) => {
                leader.kill()?;
                Err(error).context("the guard of a server cannot be started")
            }
        }
    }

    /// Fails when the server has ended by itself.
    ///
    /// # Errors
    /// With the end of its log.
    pub fn check(&mut self) -> Result<()> {
        if let Some(status) = self.leader.try_wait()? {
            bail!(
                "the server ended ({status}); the end of its log:\n{}",
                self.log_end()
            );
        }
        Ok(())
    }

    /// The end of what the server wrote.
    pub fn log_end(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }

    #[expect(
        unsafe_code,
        reason = "the standard library cannot signal a process group"
    )]
    fn kill_group(&self) {
        let group = libc::pid_t::try_from(self.leader.id()).expect("a process id fits its type");
        // SAFETY: kill has no memory effects; the leader is not reaped yet, so the id is its own.
        unsafe { libc::kill(-group, libc::SIGKILL) };
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The guard first: the group's number may belong to another group once it is gone.
        // Neither can fail in a way that matters: what is gone already needs no end.
        let _ = self.guard.kill();
        let _ = self.guard.wait();
        self.kill_group();
        let _ = self.leader.wait();
    }
}

/// A port on the loopback address that is free and was given to no other caller in this process.
/// It lies below the ports that outgoing connections take: a test opens thousands of them.
///
/// # Errors
/// When there is none.
pub fn free_port() -> Result<u16> {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 10_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Test binaries that run at the same time begin at places of their own.
    let start = std::process::id().wrapping_mul(97) % u32::from(COUNT);
    let start = u16::try_from(start).expect("below COUNT");
    for _ in 0..COUNT {
        let port = FIRST + (start + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT) % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port from {FIRST} on is free on the loopback address")
}
