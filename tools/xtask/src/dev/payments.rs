//! How the developer's shop takes cards: from a payment sandbox that is started beside it, unless
//! `.dev.vars` has a key of Stripe's, or it is left out.
//!
//! The keys of the sandbox are random and new each time: nothing but this shop knows them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};

use anyhow::{Context, Result, ensure};

use super::secrets::{hex, random, value};
use crate::{process, programs};

/// Where the shop takes the provider's events.
const WEBHOOK_PATH: &str = "/payments/stripe/webhook";

/// The sandbox listens on the shop's port and this many more.
const PORT_AFTER_SHOP: u16 = 10;

/// How cards are taken.
pub(crate) enum Payments {
    /// Not at all.
    Off,
    /// At Stripe, with the keys of `.dev.vars`.
    Stripe(Keys),
    /// In the sandbox.
    Sandbox(Sandbox),
}

/// What the shop knows of its provider.
pub(crate) struct Keys {
    secret_key: String,
    webhook_secrets: String,
}

/// A running sandbox; ended when dropped.
pub(crate) struct Sandbox {
    keys: Keys,
    port: u16,
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
        let vars = fs::read_to_string(root.join(".dev.vars")).unwrap_or_default();
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
        Sandbox::start(&program, shop_port).map(Self::Sandbox)
    }

    /// The arguments of `wrangler dev`, which reads `.dev.vars` itself.
    pub(crate) fn variables(&self) -> Vec<String> {
        let Self::Sandbox(Sandbox { keys, port, .. }) = self else {
            return Vec::new();
        };
        let variables = [
            ("STRIPE_SECRET_KEY", keys.secret_key.clone()),
            ("STRIPE_WEBHOOK_SECRETS", keys.webhook_secrets.clone()),
            ("PAYMENT_SANDBOX_PORT", port.to_string()),
        ];
        let variables = variables.into_iter();
        variables
            .flat_map(|(name, value)| ["--var".to_owned(), format!("{name}:{value}")])
            .collect()
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
                "Cards are paid at Stripe, with the key of .dev.vars; let `stripe listen` forward \
                 its events to {WEBHOOK_PATH}."
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

impl Sandbox {
    fn start(program: &Path, shop_port: u16) -> Result<Self> {
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
            .args(["--secret-key", &keys.secret_key])
            .args(["--webhook-secret", &keys.webhook_secrets])
            .args(["--webhook-url", &webhook_url])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("start the payment sandbox")?;
        // It says its address once it listens; an end of its output means that it cannot.
        let output = process.stdout.take().context("the output is piped")?;
        let mut sandbox = Self {
            keys,
            port,
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_stripes_own_needs_no_sandbox() {
        let root = std::env::temp_dir().join(format!("souk-dev-payments-{}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        assert!(matches!(
            Payments::choose(&root, 1, true).unwrap(),
            Payments::Off
        ));
        let vars = "STRIPE_SECRET_KEY = \"sk_test_x\"\nSTRIPE_WEBHOOK_SECRETS = \"whsec_x\"\n";
        fs::write(root.join(".dev.vars"), vars).unwrap();
        let payments = Payments::choose(&root, 1, false).unwrap();
        let launch = payments.launch().expect("cards are taken");
        assert_eq!(
            (launch.secret_key, launch.sandbox_port),
            ("sk_test_x", None)
        );
        assert!(
            payments.variables().is_empty(),
            "wrangler reads the file itself"
        );
        fs::remove_dir_all(&root).unwrap();
    }
}
