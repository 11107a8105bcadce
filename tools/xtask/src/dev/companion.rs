//! Programs that run beside the developer's shop: a payment sandbox, an outbox for mails.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, ensure};

/// What a program is called in errors, and which option leaves it out.
pub(super) struct Named {
    pub(super) name: &'static str,
    pub(super) left_out_with: &'static str,
}

/// A running program; ended when dropped.
pub(super) struct Companion {
    port: u16,
    process: Child,
    /// Kept open: a program whose output is closed ends with its next line.
    output: BufReader<ChildStdout>,
}

impl Companion {
    /// Starts a program on the shop's port and some more, and waits until it listens. It prints a
    /// line then; its output ends before that where it cannot listen.
    ///
    /// # Errors
    /// When it does not start, or its port is taken.
    pub(super) fn start(
        named: &Named,
        command: &mut Command,
        shop_port: u16,
        port_after_shop: u16,
    ) -> Result<Self> {
        let Named { name, .. } = named;
        let port = shop_port
            .checked_add(port_after_shop)
            .with_context(|| format!("choose a lower --port, {name} needs one above it"))?;
        let mut process = command
            .args(["--port", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("start {name}"))?;
        let output = process.stdout.take().context("the output is piped")?;
        let mut companion = Self {
            port,
            process,
            output: BufReader::new(output),
        };
        let mut said = String::new();
        let read = companion.output.read_line(&mut said);
        ensure!(
            read.is_ok() && said.ends_with('\n'),
            "{name} cannot start on port {port}: choose another port with --port, or {}",
            named.left_out_with
        );
        Ok(companion)
    }

    /// The port that it listens on.
    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        // It may have ended with the signal that ends this task; either way it is gone.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMED: Named = Named {
        name: "the program",
        left_out_with: "--without",
    };

    #[test]
    fn a_program_that_does_not_listen_is_an_error_that_names_the_option() {
        let started = Companion::start(&NAMED, &mut Command::new("true"), 8787, 3);
        let error = started.err().expect("it says nothing").to_string();
        assert!(
            error.contains("port 8790") && error.contains("--without"),
            "{error}"
        );
        assert!(Companion::start(&NAMED, &mut Command::new("true"), u16::MAX, 1).is_err());
    }
}
