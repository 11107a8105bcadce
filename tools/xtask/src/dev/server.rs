//! The process that serves the shop, and everything it starts.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use souk_launch::SpinShop;
use souk_machine::Progress;

use super::errors::Errors;
use super::health;
use super::mail::Mails;
use super::payments::Payments;
use super::secrets::Secrets;
use super::settings::{self, Setting};
use crate::setup::Toolchain;
use crate::{build, interrupt, paths, process};

/// How long a server may take to answer. `wrangler dev` runs its build command first.
const START_TIMEOUT: Duration = Duration::from_secs(300);
/// How long a server may take to end before it is killed.
const END_TIMEOUT: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(50);

/// A running server; ended when dropped.
pub(crate) struct Server {
    child: Child,
    log: PathBuf,
    errors: Errors,
}

impl Server {
    /// `npm run dev`: one `wrangler dev` with all scripts.
    pub(crate) fn workers(
        toolchain: &Toolchain,
        port: u16,
        state: &Path,
        payments: &Payments,
    ) -> Result<Self> {
        payments.tell_workers()?;
        let mut command = process::command("npm");
        command
            .args([
                "run",
                "--silent",
                "dev",
                "--",
                "--ip",
                "127.0.0.1",
                "--port",
                &port.to_string(),
                "--persist-to",
            ])
            .arg(state)
            .args(["--show-interactive-dev-session=false", "--log-level=info"])
            .current_dir(toolchain.root())
            .env("WRANGLER_SEND_METRICS", "false")
            .env("CI", "true");
        // `wrangler dev` calls the build command of wrangler.toml.
        toolchain.hand_on(&mut command);
        Self::start("wrangler dev", port, &mut command)
    }

    /// `spin up` where it is on PATH, else the local runner.
    #[expect(
        clippy::too_many_arguments,
        reason = "one for each thing the developer chooses"
    )]
    pub(crate) fn spin(
        toolchain: &Toolchain,
        port: u16,
        state: &Path,
        secrets: &Secrets,
        postgres: Option<&str>,
        payments: &Payments,
        mails: &Mails,
        settings: &[Setting],
    ) -> Result<Self> {
        let program = match paths::find_on_path("spin") {
            Some(spin) => spin,
            None => {
                println!("no `spin` on PATH: the local runner of this repository takes its place");
                build::runner(toolchain)?
            }
        };
        let shop = SpinShop {
            listen: ([127, 0, 0, 1], port).into(),
            state,
            session_secret: &secrets.session_secret,
            staff_token: &secrets.staff_token,
            code_secret: &secrets.code_secret,
            data_keys: &secrets.data_keys,
            postgres_url: postgres,
            payments: payments.launch(),
        };
        let mut command = process::command(program);
        shop.arguments(&mut command, Path::new("spin.toml"))?;
        for (name, value) in mails.settings() {
            souk_launch::set_variable(&mut command, name, &value);
        }
        settings::set(settings, &mut command);
        command.current_dir(toolchain.root());
        Self::start("spin up", port, &mut command)
    }

    fn start(name: &str, port: u16, command: &mut Command) -> Result<Self> {
        if TcpListener::bind(("127.0.0.1", port)).is_err() {
            bail!("port {port} is taken: choose another one with --port");
        }
        let directory = paths::log_dir()?;
        fs::create_dir_all(&directory)?;
        // Shops that run at once have a log each.
        let log = directory.join(format!("{}-{port}.log", name.replace(' ', "-")));
        let file = File::create(&log).with_context(|| format!("write {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            // A process group of its own, so that all its children end with it.
            .process_group(0)
            .spawn()
            .with_context(|| format!("{name} cannot be started"))?;
        let errors = Errors::follow(&log).with_context(|| format!("read {}", log.display()))?;
        Ok(Self { child, log, errors })
    }

    /// Waits for `/healthz`.
    ///
    /// # Errors
    /// When the server ends, does not answer in time, or a signal comes.
    pub(crate) fn wait_until_healthy(&mut self, port: u16) -> Result<()> {
        let started = Instant::now();
        let mut progress = Progress::start("Starting the shop");
        loop {
            if health::is_healthy(port) {
                progress.finish("done");
                return Ok(());
            }
            if interrupt::came() {
                bail!("interrupted");
            }
            if let Some(status) = self.child.try_wait()? {
                progress.finish("failed");
                bail!(
                    "the server ended ({status}); the end of its log:\n{}",
                    self.log_end()
                );
            }
            if started.elapsed() > START_TIMEOUT {
                progress.finish("failed");
                bail!(
                    "the server does not answer; the end of its log:\n{}",
                    self.log_end()
                );
            }
            progress.tick("waiting for it to answer");
            thread::sleep(POLL);
        }
    }

    /// Says which functions do not serve, and where it stands why.
    pub(crate) fn report_closed(&self, port: u16) {
        let closed = health::closed(port);
        for door in &closed {
            eprintln!("warning: {door}");
        }
        if closed.is_empty() {
            return;
        }
        // What they have just logged is read by then.
        thread::sleep(4 * POLL);
        let log = self.log.display();
        match self.errors.any() {
            true => eprintln!("why: see the errors above; the whole log is {log}"),
            false => eprintln!("why: its log may say so: {log}"),
        }
    }

    /// Serves until a signal comes.
    ///
    /// # Errors
    /// When the server ends by itself.
    pub(crate) fn wait(&mut self) -> Result<()> {
        while !interrupt::came() {
            if let Some(status) = self.child.try_wait()? {
                bail!(
                    "the server ended ({status}); the end of its log:\n{}",
                    self.log_end()
                );
            }
            thread::sleep(POLL);
        }
        println!("\nclosing the shop");
        Ok(())
    }

    fn log_end(&self) -> String {
        process::log_end(&self.log)
    }

    #[expect(
        unsafe_code,
        reason = "the standard library cannot signal a process group"
    )]
    fn signal(&self, signal: libc::c_int) {
        let group = libc::pid_t::try_from(self.child.id()).expect("a process id fits its type");
        // SAFETY: kill has no memory effects; the group is that of a child that we still own.
        unsafe { libc::kill(-group, signal) };
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // What the end itself provokes is no error of the shop.
        self.errors.finish();
        self.signal(libc::SIGTERM);
        let asked = Instant::now();
        while asked.elapsed() < END_TIMEOUT {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                break;
            }
            thread::sleep(POLL);
        }
        // Also processes that outlived their parent.
        self.signal(libc::SIGKILL);
        // The child is gone either way; reaping it cannot fail in a way that matters here.
        let _ = self.child.wait();
    }
}
