//! How the developer's shop takes cards: through a payment sandbox that is started beside it,
//! unless `.dev.vars` of payments has a key of Stripe's, or the sandbox is switched off.
//!
//! The keys of the sandbox are random and new each time: only this shop knows them.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};
use std::{fs, io};

use anyhow::{Context, Result, ensure};

use super::secrets::{file_of, hex, random, value, write_private};
use crate::build::Script;
use crate::{process, programs};

/// The first line of the sandbox's part of a `.dev.vars`.
const MARK: &str = "# The payment sandbox of `cargo xtask dev`, from here to the end.\n";
/// The path of the shop's webhook.
const WEBHOOK_PATH: &str = "/payments/stripe/webhook";

/// The sandbox listens on the shop's port and this many more.
const PORT_AFTER_SHOP: u16 = 10;

/// How cards are taken.
pub(crate) enum Payments {
    /// Not at all.
    Off,
    /// At Stripe, with the keys of payments' `.dev.vars`.
    Stripe(Keys),
    /// In the sandbox.
    Sandbox(Sandbox),
}

/// The shop's settings for its provider.
pub(crate) struct Keys {
    secret_key: String,
    webhook_secrets: String,
}

/// A running sandbox; ended when dropped.
pub(crate) struct Sandbox {
    keys: Keys,
    port: u16,
    /// The `.dev.vars` of payments.
    file: PathBuf,
    process: Child,
    /// Kept open: a program whose output is closed ends with its next line.
    output: BufReader<ChildStdout>,
}

impl Payments {
    /// Chooses, and starts a sandbox if there is to be one.
    ///
    /// # Errors
    /// When the sandbox does not compile, or its port is taken.
    pub(crate) fn choose(root: &Path, shop_port: u16, no_sandbox: bool) -> Result<Self> {
        let file = root.join(file_of(Script::Payments));
        // A run that was killed may have left its part.
        forget(&file).with_context(|| format!("write {}", file.display()))?;
        let vars = fs::read_to_string(&file).unwrap_or_default();
        let of_vars = |name: &str| value(&vars, name).unwrap_or_default().to_owned();
        let keys = Keys {
            secret_key: of_vars("STRIPE_SECRET_KEY"),
            webhook_secrets: of_vars("STRIPE_WEBHOOK_SECRETS"),
        };
        if !keys.secret_key.is_empty() {
            return Ok(Self::Stripe(keys));
        }
        if no_sandbox {
            return Ok(Self::Off);
        }
        let program = programs::payment_sandbox(root)?;
        Sandbox::start(&program, shop_port, file).map(Self::Sandbox)
    }

    /// Gives the script of payments the sandbox's settings. `wrangler dev` takes variables for its
    /// first script only, so they go into the `.dev.vars` of payments until the sandbox ends.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn tell_workers(&self) -> Result<()> {
        match self {
            Self::Sandbox(Sandbox {
                keys, port, file, ..
            }) => tell(file, keys, *port).with_context(|| format!("write {}", file.display())),
            Self::Off | Self::Stripe(_) => Ok(()),
        }
    }

    /// The same for Spin.
    pub(crate) fn launch(&self) -> Option<souk_launch::Payments<'_>> {
        let (keys, sandbox_port) = match self {
            Self::Off => return None,
            Self::Stripe(keys) => (keys, None),
            Self::Sandbox(sandbox) => (&sandbox.keys, Some(sandbox.port)),
        };
        Some(souk_launch::Payments {
            secret_key: &keys.secret_key,
            webhook_secrets: &keys.webhook_secrets,
            sandbox_port,
        })
    }

    /// What the developer should know.
    pub(crate) fn welcome(&self) -> String {
        match self {
            Self::Off => "It takes no cards.".to_owned(),
            Self::Stripe(_) => format!(
                "Cards are paid at Stripe, with the key of {}; let `stripe listen` forward \
                 its events to {WEBHOOK_PATH}.",
                file_of(Script::Payments)
            ),
            Self::Sandbox(sandbox) => format!(
                "Cards are paid in a sandbox: 4242 4242 4242 4242 pays, 4000 0000 0000 0002 is \
                 declined,\n4000 0025 0000 3155 asks for authentication. Its payments: \
                 http://127.0.0.1:{}/",
                sandbox.port
            ),
        }
    }
}

/// Writes the sandbox's part into a `.dev.vars`, behind what the developer has in it.
fn tell(file: &Path, keys: &Keys, port: u16) -> io::Result<()> {
    forget(file)?;
    let mut text = fs::read_to_string(file).unwrap_or_default();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(MARK);
    for (name, value) in [
        ("STRIPE_SECRET_KEY", &keys.secret_key),
        ("STRIPE_WEBHOOK_SECRETS", &keys.webhook_secrets),
        ("PAYMENT_SANDBOX_PORT", &port.to_string()),
    ] {
        text.push_str(&format!("{name} = \"{value}\"\n"));
    }
    write_private(file, &text)
}

/// Takes the sandbox's part out of a `.dev.vars`.
fn forget(file: &Path) -> io::Result<()> {
    let text = fs::read_to_string(file).unwrap_or_default();
    match text.split_once(MARK) {
        None => Ok(()),
        Some(("", _)) => fs::remove_file(file),
        Some((own, _)) => write_private(file, own),
    }
}

impl Sandbox {
    fn start(program: &Path, shop_port: u16, file: PathBuf) -> Result<Self> {
        let keys = Keys {
            secret_key: format!("sk_test_{}", hex(&random::<24>()?)),
            webhook_secrets: format!("whsec_{}", hex(&random::<24>()?)),
        };
        let port = shop_port
            .checked_add(PORT_AFTER_SHOP)
            .context("choose a lower --port, the payment sandbox needs one above it")?;
        let webhook_url = format!("http://127.0.0.1:{shop_port}{WEBHOOK_PATH}");
        let mut process = process::command(program)
            .args(["--port", &port.to_string()])
            .args(["--webhook-url", &webhook_url])
            // Every user of the machine can read a command line.
            .env("PAYMENT_SANDBOX_SECRET_KEY", &keys.secret_key)
            .env("PAYMENT_SANDBOX_WEBHOOK_SECRET", &keys.webhook_secrets)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("start the payment sandbox")?;
        // It prints its address once it listens; if its output ends before, it cannot listen.
        let output = process.stdout.take().context("the output is piped")?;
        let mut sandbox = Self {
            keys,
            port,
            file,
            process,
            output: BufReader::new(output),
        };
        let mut said = String::new();
        let read = sandbox.output.read_line(&mut said);
        ensure!(
            read.is_ok() && said.ends_with('\n'),
            "the payment sandbox cannot start on port {port}: choose another port with --port, or \
             --no-payments"
        );
        Ok(sandbox)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended with the signal that ends this task; either way it is gone.
        let _ = self.process.kill();
        let _ = self.process.wait();
        // If this fails, the next run removes the lines.
        let _ = forget(&self.file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_stripes_own_needs_no_sandbox() {
        let root = std::env::temp_dir().join(format!("souk-dev-payments-{}", std::process::id()));
        let file = root.join(file_of(Script::Payments));
        fs::create_dir_all(file.parent().expect("a folder")).unwrap();
        assert!(matches!(
            Payments::choose(&root, 1, true).unwrap(),
            Payments::Off
        ));
        let vars = "STRIPE_SECRET_KEY = \"sk_test_x\"\nSTRIPE_WEBHOOK_SECRETS = \"whsec_x\"\n";
        fs::write(&file, vars).unwrap();
        let payments = Payments::choose(&root, 1, false).unwrap();
        let launch = payments.launch().expect("cards are taken");
        assert_eq!(
            (launch.secret_key, launch.sandbox_port),
            ("sk_test_x", None)
        );
        payments.tell_workers().unwrap();
        assert_eq!(
            fs::read_to_string(&file).unwrap(),
            vars,
            "wrangler reads the file itself"
        );
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn the_sandbox_is_in_a_file_once_and_leaves_the_developers_part() {
        let root = std::env::temp_dir().join(format!("souk-dev-sandbox-{}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        let file = root.join(".dev.vars");
        let developers = "# STRIPE_SECRET_KEY = later\n";
        fs::write(&file, developers).unwrap();
        let keys = Keys {
            secret_key: "sk_test_x".to_owned(),
            webhook_secrets: "whsec_x".to_owned(),
        };
        tell(&file, &keys, 1).unwrap();
        tell(&file, &keys, 2).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with(developers) && text.matches(MARK).count() == 1);
        assert_eq!(value(&text, "PAYMENT_SANDBOX_PORT"), Some("2"));
        forget(&file).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), developers);
        fs::remove_dir_all(&root).unwrap();
    }
}
