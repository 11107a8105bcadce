//! How the developer's shop takes cards: through a payment sandbox that is started beside it,
//! unless `.dev.vars` of payments has a key of Stripe's, or the sandbox is switched off.
//!
//! The keys of the sandbox are random and new each time: only this shop knows them.

use std::path::Path;

use anyhow::Result;

use super::companion::{Companion, Named};
use super::run_vars::RunVars;
use super::secrets::{file_of, hex, random, value};
use crate::build::Script;
use crate::{process, programs};

/// The first line of the sandbox's part of a `.dev.vars`.
const MARK: &str = "# The payment sandbox of `cargo xtask dev`, from here to the end.\n";
/// The path of the shop's webhook.
const WEBHOOK_PATH: &str = "/payments/stripe/webhook";

/// The sandbox listens on the shop's port and this many more.
const PORT_AFTER_SHOP: u16 = 10;
const NAMED: Named = Named {
    name: "the payment sandbox",
    left_out_with: "--no-payments",
};

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

/// A running sandbox.
pub(crate) struct Sandbox {
    keys: Keys,
    /// Those of the script of payments.
    vars: RunVars,
    program: Companion,
}

impl Payments {
    /// Chooses, and starts a sandbox if there is to be one.
    ///
    /// # Errors
    /// When the sandbox does not compile, or its port is taken.
    pub(crate) fn choose(root: &Path, shop_port: u16, no_sandbox: bool) -> Result<Self> {
        let vars = RunVars::open(root, Script::Payments, MARK)?;
        let own = vars.own();
        let of_vars = |name: &str| value(&own, name).unwrap_or_default().to_owned();
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
        Sandbox::start(&program, shop_port, vars).map(Self::Sandbox)
    }

    /// Gives the script of payments the sandbox's settings, in its `.dev.vars`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn tell_workers(&self) -> Result<()> {
        match self {
            Self::Sandbox(sandbox) => sandbox.vars.write(&[
                ("stripe_secret_key", sandbox.keys.secret_key.clone()),
                (
                    "stripe_webhook_secrets",
                    sandbox.keys.webhook_secrets.clone(),
                ),
                ("payment_sandbox_port", sandbox.program.port().to_string()),
            ]),
            Self::Off | Self::Stripe(_) => Ok(()),
        }
    }

    /// The same for Spin.
    pub(crate) fn launch(&self) -> Option<souk_launch::Payments<'_>> {
        let (keys, sandbox_port) = match self {
            Self::Off => return None,
            Self::Stripe(keys) => (keys, None),
            Self::Sandbox(sandbox) => (&sandbox.keys, Some(sandbox.program.port())),
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
                sandbox.program.port()
            ),
        }
    }
}

impl Sandbox {
    fn start(program: &Path, shop_port: u16, vars: RunVars) -> Result<Self> {
        let keys = Keys {
            secret_key: format!("sk_test_{}", hex(&random::<24>()?)),
            webhook_secrets: format!("whsec_{}", hex(&random::<24>()?)),
        };
        let webhook_url = format!("http://127.0.0.1:{shop_port}{WEBHOOK_PATH}");
        let mut command = process::command(program);
        command
            .args(["--webhook-url", &webhook_url])
            // Every user of the machine can read a command line.
            .env("PAYMENT_SANDBOX_SECRET_KEY", &keys.secret_key)
            .env("PAYMENT_SANDBOX_WEBHOOK_SECRET", &keys.webhook_secrets);
        Ok(Self {
            program: Companion::start(&NAMED, &mut command, shop_port, PORT_AFTER_SHOP)?,
            keys,
            vars,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

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
}
