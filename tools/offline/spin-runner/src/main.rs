//! The command line of the local Spin runner; flags have the names that they have in `spin up`, and
//! those that Spin lacks say so.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test that fails may panic")
)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::{Args, Parser, Subcommand};
use spin_runner::application::{self, Application, Options};
use spin_runner::instances::Reuse;
use spin_runner::manifest::Manifest;
use spin_runner::serve::serve;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Serves the components of a spin.toml where Spin itself is not installed.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts the application.
    Up(Box<Up>),
    /// Compiles the components into the cache, so that the next start is quick. Spin has no such command.
    Compile(Compile),
}

#[derive(Args)]
struct Compile {
    /// The manifest, or the directory of its spin.toml.
    #[arg(short = 'f', long = "from", default_value = "spin.toml")]
    from: PathBuf,
    /// Where compiled components are kept [default: the user's cache directory].
    #[arg(long)]
    cache_dir: Option<PathBuf>,
    /// Compiles for a start that reserves no memory for instances.
    #[arg(long)]
    disable_pooling: bool,
}

#[derive(Args)]
struct Up {
    /// The manifest, or the directory of its spin.toml.
    #[arg(
        short = 'f',
        long = "from",
        alias = "from-file",
        default_value = "spin.toml"
    )]
    from: PathBuf,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// Where stores, databases and logs are kept [default: .spin beside the manifest].
    #[arg(long)]
    state_dir: Option<PathBuf>,
    /// A variable as NAME=VALUE, or NAME=@FILE for the content of a file.
    #[arg(long = "variable", value_parser = parse_pair)]
    variables: Vec<(String, String)>,
    /// An environment variable for every component, as NAME=VALUE.
    #[arg(short = 'e', long = "env", value_parser = parse_pair)]
    environment: Vec<(String, String)>,
    /// Keeps the output of components off the terminal.
    #[arg(short, long)]
    quiet: bool,
    /// Where the output of components is logged; empty is nowhere [default: logs in the state dir].
    #[arg(short = 'L', long)]
    log_dir: Option<PathBuf>,
    /// Where compiled components are kept [default: the user's cache directory].
    #[arg(long, conflicts_with = "disable_cache")]
    cache_dir: Option<PathBuf>,
    /// Compiles the components again, without the cache.
    #[arg(long)]
    disable_cache: bool,
    /// Does not reserve memory for instances at the start.
    #[arg(long)]
    disable_pooling: bool,
    /// Requests that one instance answers before it is replaced.
    #[arg(long, default_value_t = 128, value_parser = parse_count)]
    max_instance_reuse_count: usize,
    /// Requests that one instance answers at once.
    #[arg(long, default_value_t = 16, value_parser = parse_count)]
    max_instance_concurrent_reuse_count: usize,
    /// How long an instance without requests is kept, such as 1s or 500ms.
    #[arg(long, default_value = "1s", value_parser = parse_duration)]
    idle_instance_timeout: Duration,
    /// How long a component may take to begin its response, such as 30s.
    #[arg(long, value_parser = parse_duration)]
    request_timeout: Option<Duration>,
    /// Requests of other components to this one go to an address, as COMPONENT=ADDRESS. Spin has no
    /// such flag: it is for tests of what happens between components.
    #[arg(long = "detour", value_parser = parse_detour)]
    detours: Vec<(String, SocketAddr)>,
}

fn main() -> ExitCode {
    let Cli { command } = Cli::parse();
    println!("spin-runner: a local runner for development and tests. This is not Spin.");
    let outcome = match command {
        Command::Up(up) => run(*up),
        Command::Compile(compile) => compile.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", one_line(&error));
            ExitCode::FAILURE
        }
    }
}

/// The whole chain of reasons, without the line breaks that some libraries put into theirs.
fn one_line(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn run(up: Up) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(up.serve());
    // A component that never yields must not keep the process alive.
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

impl Compile {
    fn run(self) -> Result<()> {
        let manifest = Manifest::read(&self.from)?;
        let cache = self.cache_dir.or_else(user_cache_directory);
        let cache = cache.context("there is no home directory: name a folder with --cache-dir")?;
        application::compile(&manifest, &cache, !self.disable_pooling)
    }
}

impl Up {
    async fn serve(self) -> Result<()> {
        let manifest = Manifest::read(&self.from)?;
        let options = self.options(&manifest)?;
        let mut application = Application::load(&manifest, &options)?;
        let listener = TcpListener::bind(self.listen)
            .await
            .with_context(|| format!("cannot listen on {}", self.listen))?;
        let address = listener.local_addr()?;
        application.start(address);
        let ended = end_signal()?;
        println!("\nServing http://{address}\nAvailable Routes:");
        for (component, route) in application.routes() {
            match route.strip_suffix("/...") {
                Some(prefix) => println!("  {component}: http://{address}{prefix} (wildcard)"),
                None => println!("  {component}: http://{address}{route}"),
            }
        }
        serve(application, listener, ended).await;
        Ok(())
    }

    fn options(&self, manifest: &Manifest) -> Result<Options> {
        let state_directory = self
            .state_dir
            .clone()
            .unwrap_or_else(|| manifest.directory.join(".spin"));
        let log_directory = match &self.log_dir {
            Some(directory) if directory.as_os_str().is_empty() => None,
            Some(directory) => Some(directory.clone()),
            None => Some(state_directory.join("logs")),
        };
        let cache_directory = (!self.disable_cache).then(|| {
            let given = self.cache_dir.clone().or_else(user_cache_directory);
            given.unwrap_or_else(|| state_directory.join("compiled"))
        });
        Ok(Options {
            state_directory,
            log_directory,
            cache_directory,
            variables: read_variables(&self.variables)?,
            environment: self.environment.clone(),
            quiet: self.quiet,
            pooling: !self.disable_pooling,
            reuse: Reuse {
                requests_max: self.max_instance_reuse_count,
                concurrent_requests_max: self.max_instance_concurrent_reuse_count,
                idle_timeout: self.idle_instance_timeout,
                request_timeout: self.request_timeout,
            },
            detours: self.detours.iter().cloned().collect(),
        })
    }
}

/// Resolves at Ctrl-C or SIGTERM; a second one ends the process at once.
fn end_signal() -> Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            std::process::exit(130);
        });
    })
}

fn user_cache_directory() -> Option<PathBuf> {
    let from_variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = from_variable("XDG_CACHE_HOME").map(PathBuf::from);
    let base = base.or_else(|| Some(PathBuf::from(from_variable("HOME")?).join(".cache")))?;
    Some(base.join("spin-runner"))
}

/// Replaces `@FILE` values by the content of the file.
fn read_variables(given: &[(String, String)]) -> Result<BTreeMap<String, String>> {
    let mut variables = BTreeMap::new();
    for (name, value) in given {
        let value = match value.strip_prefix('@') {
            Some(path) => std::fs::read_to_string(path).with_context(|| {
                format!("cannot read the value of variable `{name}` from {path}")
            })?,
            None => value.clone(),
        };
        variables.insert(name.clone(), value);
    }
    Ok(variables)
}

fn parse_pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn parse_detour(text: &str) -> Result<(String, SocketAddr), String> {
    let (name, address) = parse_pair(text)?;
    let address: SocketAddr = address.parse().map_err(|_| "expected NAME=ADDRESS:PORT")?;
    match address.ip().is_loopback() {
        true => Ok((name, address)),
        false => Err("a detour stays on this machine".to_owned()),
    }
}

fn parse_count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err("expected a number above 0; ranges are not supported by this runner".to_owned()),
    }
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    let parse = |number: &str, unit: fn(u64) -> Duration| {
        number
            .parse()
            .map(unit)
            .map_err(|_| "expected a number with `s` or `ms`".to_owned())
    };
    if let Some(number) = text.strip_suffix("ms") {
        parse(number, Duration::from_millis)
    } else {
        parse(text.strip_suffix('s').unwrap_or(text), Duration::from_secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_are_those_of_spin_up() {
        let Cli { command } = Cli::try_parse_from([
            "spin-runner",
            "up",
            "--from",
            "shop",
            "--listen",
            "127.0.0.1:0",
            "--state-dir",
            "state",
            "--variable",
            "a=b=c",
            "--variable",
            "d=",
            "--quiet",
            "-e",
            "MODE=dev",
            "--idle-instance-timeout",
            "500ms",
            "--request-timeout",
            "30",
        ])
        .unwrap();
        let Command::Up(up) = command else {
            panic!("another command");
        };
        assert_eq!(
            up.variables,
            [("a".into(), "b=c".into()), ("d".into(), String::new())]
        );
        assert_eq!(up.environment, [("MODE".into(), "dev".into())]);
        assert_eq!(up.idle_instance_timeout, Duration::from_millis(500));
        assert_eq!(up.request_timeout, Some(Duration::from_secs(30)));
        assert_eq!(up.max_instance_reuse_count, 128);
        assert_eq!(up.max_instance_concurrent_reuse_count, 16);
        assert!(up.quiet);
    }

    #[test]
    fn values_that_are_not_understood_are_refused() {
        for (flag, value) in [
            ("--variable", "novalue"),
            ("--max-instance-reuse-count", "0"),
            ("--max-instance-reuse-count", "1..8"),
            ("--request-timeout", "1h"),
            ("--runtime-config-file", "x.toml"),
            ("--detour", "origin=192.0.2.1:80"),
            ("--detour", "origin"),
        ] {
            assert!(
                Cli::try_parse_from(["spin-runner", "up", flag, value]).is_err(),
                "{flag}"
            );
        }
    }

    #[test]
    fn an_error_is_one_line() {
        let error = anyhow::anyhow!("a\n    b").context("reading");
        assert_eq!(one_line(&error), "reading: a b");
    }
}
