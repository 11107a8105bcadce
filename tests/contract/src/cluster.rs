//! A PostgreSQL server for the tests of one process, thrown away with it.
//!
//! Invariants: the server listens on loopback only, with a password that nobody else knows; it
//! ends when the value is dropped or the process does, however that happens: a shell waits for
//! the end of a pipe whose other end this process holds, and then stops the server by its data
//! directory. A server refuses to run as root, so as root it runs as another user.
//!
//! Not here: the schema (`souk_origin::postgres`).

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

use anyhow::{Context, bail, ensure};

/// Tries to start: the free port that was found may be taken by somebody else meanwhile.
const STARTS_MAX: usize = 3;

/// Durability is not under test; every other setting is the server's own.
const OPTIONS: &str = "-c listen_addresses=127.0.0.1 -c unix_socket_directories='' \
    -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=200";

/// `$1` the programs, `$2` the directory, `$3` options of the server. The first `cat` ends when
/// the pipe on the standard input does. A Ctrl-C is meant for the tests, not for the clean-up; nor
/// may the shell end because nobody reads that the server is ready.
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
}

impl PostgresCluster {
    /// Starts a server. It takes about two seconds.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn start() -> anyhow::Result<Self> {
        let programs = programs()?;
        let mut failure = None;
        for _ in 0..STARTS_MAX {
            match Self::start_on_free_port(&programs) {
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

    fn start_on_free_port(programs: &Path) -> anyhow::Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("souk-postgres-")
            .tempdir()?;
        let password = format!("{:016x}{:016x}", random(), random());
        let password_file = directory.path().join("password");
        fs::write(&password_file, &password)?;
        fs::set_permissions(&password_file, Permissions::from_mode(0o600))?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", SCRIPT, "sh"])
            .args([programs, directory.path()])
            .arg(format!("{OPTIONS} -c port={port}"))
            .current_dir(directory.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0);
        // Who made the directory is who runs this process.
        if fs::metadata(directory.path())?.uid() == 0 {
            let (user, group) = unprivileged_user()?;
            chown(&password_file, Some(user), Some(group))?;
            chown(directory.path(), Some(user), Some(group))?;
            command.uid(user).gid(group);
        }
        let mut keeper = command.spawn().context("starting PostgreSQL")?;
        // From here on the shell removes the directory.
        let _ = directory.keep();
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
        })
    }
}

impl Drop for PostgresCluster {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // A failure leaves nothing to be done: the shell is gone already.
        let _ = self.keeper.wait();
    }
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
