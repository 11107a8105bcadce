//! How the developer's shop takes cards: from a payment sandbox in this very process, unless the
//! `.dev.vars` of payments has a key of Stripe's, or the developer wants none.
//!
//! The keys of the sandbox are random and new each time: nothing but this shop knows them.

use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context, Result};
use souk_payment_sandbox::server::Server;
use souk_protocol::payments::STRIPE_WEBHOOK_PATH;
use tokio::runtime::{Builder, Runtime};

use super::secrets::{file_of, hex, random, value};
use crate::build::Script;

/// What begins the sandbox's part of a `.dev.vars`.
const MARK: &str = "# The payment sandbox of `cargo xtask dev`, from here to the end.\n";
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

/// What the shop knows of its provider.
pub(crate) struct Keys {
    secret_key: String,
    webhook_secrets: String,
}

/// A running sandbox; ended when dropped.
pub(crate) struct Sandbox {
    keys: Keys,
    server: Server,
    /// The `.dev.vars` of payments.
    file: PathBuf,
    /// Runs the server.
    _runtime: Runtime,
}

impl Payments {
    /// Chooses, and starts a sandbox if there is to be one.
    ///
    /// # Errors
    /// When the sandbox's port is taken.
    pub(crate) fn choose(root: &Path, shop_port: u16, no_sandbox: bool) -> Result<Self> {
        let file = root.join(file_of(Script::Payments));
        // A run that was killed may have left it.
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
        Sandbox::start(shop_port, file).map(Self::Sandbox)
    }

    /// Tells the script of payments about the sandbox. `wrangler dev` takes variables for its first
    /// script only, so they go into the `.dev.vars` of this one until the sandbox ends.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn tell_workers(&self) -> Result<()> {
        let Self::Sandbox(Sandbox {
            keys, server, file, ..
        }) = self
        else {
            return Ok(());
        };
        forget(file).with_context(|| format!("write {}", file.display()))?;
        let mut text = fs::read_to_string(file).unwrap_or_default();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(MARK);
        for (name, value) in [
            ("STRIPE_SECRET_KEY", &keys.secret_key),
            ("STRIPE_WEBHOOK_SECRETS", &keys.webhook_secrets),
            ("PAYMENT_SANDBOX_PORT", &server.port().to_string()),
        ] {
            text.push_str(&format!("{name} = \"{value}\"\n"));
        }
        fs::write(file, text).with_context(|| format!("write {}", file.display()))
    }

    /// The same for Spin.
    pub(crate) fn launch(&self) -> Option<souk_launch::Payments<'_>> {
        let (keys, sandbox_port) = match self {
            Self::Off => return None,
            Self::Stripe(keys) => (keys, None),
            Self::Sandbox(sandbox) => (&sandbox.keys, Some(sandbox.server.port())),
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
                 its events to {STRIPE_WEBHOOK_PATH}.",
                file_of(Script::Payments)
            ),
            Self::Sandbox(sandbox) => format!(
                "Cards are paid in a sandbox: 4242 4242 4242 4242 pays, 4000 0000 0000 0002 is \
                 declined,\n4000 0025 0000 3155 asks for authentication. Its payments: \
                 http://127.0.0.1:{}/",
                sandbox.server.port()
            ),
        }
    }
}

/// Takes the sandbox's part out of a `.dev.vars`.
fn forget(file: &Path) -> io::Result<()> {
    let text = fs::read_to_string(file).unwrap_or_default();
    match text.split_once(MARK) {
        None => Ok(()),
        Some(("", _)) => fs::remove_file(file),
        Some((own, _)) => fs::write(file, own),
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // What stays behind is taken out by the next run.
        let _ = forget(&self.file);
    }
}

impl Sandbox {
    fn start(shop_port: u16, file: PathBuf) -> Result<Self> {
        let keys = Keys {
            secret_key: format!("sk_test_{}", hex(&random::<24>()?)),
            webhook_secrets: format!("whsec_{}", hex(&random::<24>()?)),
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .context("start the payment sandbox")?;
        let port = shop_port.checked_add(PORT_AFTER_SHOP).unwrap_or(0);
        let server = Server::start(port, &keys.secret_key, &keys.webhook_secrets);
        let server = runtime.block_on(server).context(
            "the payment sandbox cannot start: choose another port with --port, or --no-payments",
        )?;
        server.deliver_to(&format!(
            "http://127.0.0.1:{shop_port}{STRIPE_WEBHOOK_PATH}"
        ));
        Ok(Self {
            keys,
            server,
            file,
            _runtime: runtime,
        })
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
    fn the_sandbox_is_in_the_file_of_payments_only_while_it_runs() {
        let root = std::env::temp_dir().join(format!("souk-dev-sandbox-{}", std::process::id()));
        let file = root.join(file_of(Script::Payments));
        fs::create_dir_all(file.parent().expect("a folder")).unwrap();
        let developers = "# STRIPE_SECRET_KEY = later\n";
        fs::write(&file, developers).unwrap();
        for _ in 0..2 {
            // A port of the system's choice.
            let payments = Payments::choose(&root, u16::MAX, false).unwrap();
            payments.tell_workers().unwrap();
            payments.tell_workers().unwrap();
            let text = fs::read_to_string(&file).unwrap();
            assert!(text.starts_with(developers) && text.matches(MARK).count() == 1);
            assert!(value(&text, "PAYMENT_SANDBOX_PORT").is_some());
            drop(payments);
            assert_eq!(fs::read_to_string(&file).unwrap(), developers);
        }
        fs::remove_dir_all(&root).unwrap();
    }
}
