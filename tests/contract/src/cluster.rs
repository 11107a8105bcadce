//! A PostgreSQL server for the tests of one process, thrown away with it.
//!
//! Invariants: the server listens on loopback only, with a password that only this process knows;
//! it ends when the value is dropped or the process does, however that happens: a shell waits for
//! the end of a pipe whose other end this process holds, and then stops the server by its data
//! directory. A server refuses to run as root, so as root it runs as another user.
//!
//! Not here: the schema (`souk_order_store_postgres`).

use std::fs::{self, Permissions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, bail, ensure};

/// Attempts to start: another process may take the free port that was found.
const STARTS_MAX: usize = 3;

/// Every other setting is the server's own.
const OPTIONS: &str =
    "-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200";
/// Where durability is not under test.
const FLEETING: &str = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off";
/// Where processes are killed and the machine stays up: what was given to the system is safe.
const DURABLE: &str = "-c fsync=off";
/// Checks whether killed processes are gone, and attempts to start again: ten milliseconds apart.
const LOOKS_MAX: u32 = 1_000;

/// `$1` the programs, `$2` the directory, `$3` options of the server. The first `cat` ends when
/// the pipe on the standard input does. A Ctrl-C is meant for the tests, not for the clean-up; nor
/// may the shell end because the tests do not read that the server is ready.
const SCRIPT: &str = r#"trap '' INT TERM HUP PIPE
"$1/initdb" --pgdata "$2/data" --username souk --pwfile "$2/password" --encoding UTF8 --no-locale \
    --auth-host password --auth-local reject --no-sync >"$2/log" 2>&1 &&
"$1/pg_ctl" start --silent --wait --pgdata "$2/data" --log "$2/log" --options "$3" >>"$2/log" 2>&1 &&
{ echo ready; cat >/dev/null; } || cat "$2/log" >&2
"$1/pg_ctl" stop --silent --wait --mode immediate --pgdata "$2/data" >/dev/null 2>&1
rm -rf "$2""#;

/// A running server.
#[derive(Debug)]
pub struct PostgresCluster {
    keeper: Child,
    port: u16,
    password: String,
    databases: AtomicU32,
    programs: PathBuf,
    directory: PathBuf,
    options: String,
    user: Option<(u32, u32)>,
}

impl PostgresCluster {
    /// Starts a server. It takes about two seconds.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn start() -> anyhow::Result<Self> {
        Self::start_with(FLEETING)
    }

    /// Starts a server whose processes may be killed without losing what it acknowledged.
    ///
    /// # Errors
    /// As [`PostgresCluster::start`].
    pub fn start_durable() -> anyhow::Result<Self> {
        Self::start_with(DURABLE)
    }

    fn start_with(durability: &str) -> anyhow::Result<Self> {
        let programs = programs()?;
        let mut failure = None;
        for _ in 0..STARTS_MAX {
            match Self::start_on_free_port(&programs, durability) {
                Ok(cluster) => return Ok(cluster),
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.expect("at least one try failed"))
    }

    /// The server that all tests of this process share.
    ///
    /// # Panics
    /// When it does not start: there is nothing to test then.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<PostgresCluster> = OnceLock::new();
        SHARED.get_or_init(|| Self::start().unwrap_or_else(|error| panic!("{error:#}")))
    }

    /// Address of the database that is there from the start; its user may do everything.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// Address of a database.
    pub fn url_of(&self, database: &str) -> String {
        let (password, port) = (&self.password, self.port);
        format!("postgres://souk:{password}@127.0.0.1:{port}/{database}?sslmode=disable")
    }

    /// A name for a database that no other caller of this method gets.
    pub fn new_name(&self) -> String {
        format!("shop_{}", self.databases.fetch_add(1, Ordering::Relaxed))
    }

    fn start_on_free_port(programs: &Path, durability: &str) -> anyhow::Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("souk-postgres-")
            .tempdir()?;
        let password = format!("{:016x}{:016x}", random(), random());
        let password_file = directory.path().join("password");
        fs::write(&password_file, &password)?;
        fs::set_permissions(&password_file, Permissions::from_mode(0o600))?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let options = format!("{OPTIONS} {durability} -c port={port}");
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", SCRIPT, "sh"])
            .args([programs, directory.path()])
            .arg(&options)
            .current_dir(directory.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0);
        // The user who made the directory runs this process.
        let is_root = fs::metadata(directory.path())?.uid() == 0;
        let user = is_root.then(unprivileged_user).transpose()?;
        if let Some((user, group)) = user {
            chown(&password_file, Some(user), Some(group))?;
            chown(directory.path(), Some(user), Some(group))?;
            command.uid(user).gid(group);
        }
        let mut keeper = command.spawn().context("starting PostgreSQL")?;
        // From here on the shell removes the directory.
        let directory = directory.keep();
        let mut line = String::new();
        let output = keeper.stdout.take().context("the shell has an output")?;
        BufReader::new(output).read_line(&mut line)?;
        if line.trim() != "ready" {
            keeper.wait()?;
            bail!("PostgreSQL did not start; what it said is above");
        }
        Ok(Self {
            keeper,
            port,
            password,
            databases: AtomicU32::new(0),
            programs: programs.to_path_buf(),
            directory,
            options,
            user,
        })
    }

    /// `kill -9` of every process of the server, and waits until they are gone.
    ///
    /// # Errors
    /// When they cannot be found or do not end.
    pub fn kill_hard(&self) -> anyhow::Result<()> {
        let file = fs::read_to_string(self.directory.join("data/postmaster.pid"))?;
        let first: u32 = file.lines().next().unwrap_or_default().trim().parse()?;
        // The first one at the beginning: it would start others in place of those that end.
        let mut all = vec![first];
        all.extend(children(first));
        let names = all.iter().map(u32::to_string);
        // Some may be gone already, which is all that is wanted.
        Command::new("kill")
            .arg("-9")
            .args(names)
            .stderr(Stdio::null())
            .status()?;
        for _ in 0..LOOKS_MAX {
            if !all.iter().any(|&process| runs(process)) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        bail!("processes of PostgreSQL outlive a kill")
    }

    /// Starts the server again after [`PostgresCluster::kill_hard`], on the same port.
    ///
    /// # Errors
    /// When it does not recover.
    pub fn start_again(&self) -> anyhow::Result<()> {
        // Its process is gone, or has ended and is not yet reaped, and the server takes such a
        // process for one that runs.
        fs::remove_file(self.directory.join("data/postmaster.pid"))?;
        let mut command = Command::new(self.programs.join("pg_ctl"));
        command
            .args(["start", "--silent", "--wait", "--pgdata"])
            .arg(self.directory.join("data"))
            .arg("--log")
            .arg(self.directory.join("log"))
            .args(["--options", &self.options])
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        if !command.status()?.success() {
            let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
            let lines: Vec<_> = log.lines().rev().take(20).collect();
            bail!(
                "PostgreSQL did not come back, the last lines first:\n{}",
                lines.join("\n")
            );
        }
        Ok(())
    }
}

/// Processes that a process has started and that still run.
fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|&process| stat(process).is_some_and(|(_, of)| of == parent))
        .collect()
}

/// Whether a process runs; one that has ended and is not yet reaped does not.
fn runs(process: u32) -> bool {
    stat(process).is_some_and(|(state, _)| state != 'Z')
}

/// State and parent of a process, from what stands behind its name.
fn stat(process: u32) -> Option<(char, u32)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

impl Drop for PostgresCluster {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // A failure leaves nothing to be done: the shell is gone already.
        let _ = self.keeper.wait();
    }
}

/// A program of the installation that clusters are started from, such as `pgbench`.
///
/// # Errors
/// When PostgreSQL is not installed.
pub fn postgres_program(name: &str) -> anyhow::Result<PathBuf> {
    Ok(programs()?.join(name))
}

/// The newest of Debian's, or the one on `PATH`.
fn programs() -> anyhow::Result<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let newest = debian
        .filter_map(|entry| {
            let major: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((major, entry.path().join("bin")))
        })
        .filter(|(_, programs)| has_server(programs))
        .max();
    if let Some((_, programs)) = newest {
        return Ok(programs);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .find(|programs| has_server(programs))
        .context("PostgreSQL is not installed: run `cargo xtask setup --for test`")
}

fn has_server(programs: &Path) -> bool {
    ["initdb", "pg_ctl"]
        .iter()
        .all(|name| programs.join(name).is_file())
}

/// User and group numbers of `postgres`, or of `nobody`.
fn unprivileged_user() -> anyhow::Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").context("the list of users")?;
    let numbers = |name: &str| {
        let line = users
            .lines()
            .find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    let found = numbers("postgres").or_else(|| numbers("nobody"));
    let (user, group) =
        found.context("PostgreSQL does not run as root, and there is no other user")?;
    ensure!(user != 0, "PostgreSQL does not run as root");
    Ok((user, group))
}

/// The keys of the standard library's hash maps come from the system's random source.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
