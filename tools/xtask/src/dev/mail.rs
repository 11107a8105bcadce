//! How the developer's shop sends mails: into an outbox that is started beside it, unless `.dev.vars`
//! of mails has a key of Resend's, or the outbox is switched off.
//!
//! The keys of the outbox are random and new each time: only this shop knows them.

use std::path::Path;

use anyhow::Result;
use base64::{Engine, engine::general_purpose::STANDARD};

use super::companion::{Companion, Named};
use super::run_vars::RunVars;
use super::secrets::{file_of, hex, random, value};
use crate::build::Script;
use crate::{process, programs};

/// The first line of this task's part of a `.dev.vars`.
const MARK: &str = "# The mails of `cargo xtask dev`, from here to the end.\n";
/// The setting that names who takes the mails.
const PROVIDER: &str = "MAIL_PROVIDER";
/// The path that the provider of mails reports to.
const EVENTS_PATH: &str = "/mail/v1/events";
/// The outbox listens on the shop's port and this many more.
const PORT_AFTER_SHOP: u16 = 11;
const NAMED: Named = Named {
    name: "the outbox",
    left_out_with: "--no-mails",
};
/// The sender of local mails.
const FROM: &str = "Local shop <orders@shop.example>";

/// How mails leave.
pub(crate) enum Mail {
    /// Not at all.
    Off,
    /// By Resend, with the key of the script's `.dev.vars`, which may name another provider.
    Resend { provider: String },
    /// Into the outbox.
    Outbox(Outbox),
}

/// A running outbox.
pub(crate) struct Outbox {
    api_key: String,
    webhook_secret: String,
    program: Companion,
}

/// The mails of a run.
pub(crate) struct Mails {
    mail: Mail,
    shop_port: u16,
    vars: RunVars,
    of_storefront: RunVars,
}

impl Mails {
    /// Chooses, and starts an outbox if there is to be one.
    ///
    /// # Errors
    /// When the outbox does not compile, or its port is taken.
    pub(crate) fn choose(root: &Path, shop_port: u16, no_outbox: bool) -> Result<Self> {
        let vars = RunVars::open(root, Script::Mail, MARK)?;
        let of_storefront = RunVars::open(root, Script::Storefront, MARK)?;
        let own = vars.own();
        let has_key = value(&own, "RESEND_API_KEY").is_some_and(|key| !key.is_empty());
        let mail = if has_key {
            let provider = value(&own, PROVIDER).unwrap_or("resend").to_owned();
            Mail::Resend { provider }
        } else if no_outbox {
            Mail::Off
        } else {
            let program = programs::mail_outbox(root)?;
            Mail::Outbox(Outbox::start(&program, shop_port)?)
        };
        Ok(Self {
            mail,
            shop_port,
            vars,
            of_storefront,
        })
    }

    /// The settings of mails for this run, by their names on Spin.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        let shop_port = ("mail_shop_port", self.shop_port.to_string());
        match &self.mail {
            Mail::Off => Vec::new(),
            Mail::Resend { .. } => vec![shop_port],
            Mail::Outbox(outbox) => vec![
                shop_port,
                ("mail_provider", "resend".to_owned()),
                ("mail_from", FROM.to_owned()),
                ("mail_outbox_port", outbox.program.port().to_string()),
                ("resend_api_key", outbox.api_key.clone()),
                ("resend_webhook_secrets", outbox.webhook_secret.clone()),
            ],
        }
    }

    /// Gives the script of mails its settings and the storefront's secret, and tells the storefront who
    /// takes the mails, in the `.dev.vars` of both.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(crate) fn tell_workers(&self, session_secret: &str) -> Result<()> {
        let mut settings = vec![("session_secret", session_secret.to_owned())];
        settings.extend(self.settings());
        let provider = match &self.mail {
            Mail::Off => "off",
            Mail::Resend { provider } => provider,
            Mail::Outbox(_) => "resend",
        };
        self.vars.write(&settings)?;
        let provider = ("mail_provider", provider.to_owned());
        self.of_storefront.write(&[provider])
    }

    /// What the developer should know.
    pub(crate) fn welcome(&self) -> String {
        match &self.mail {
            Mail::Off => "It sends no mails.".to_owned(),
            Mail::Resend { .. } => format!(
                "Mails are sent by Resend, with the key of {}; its webhook is {EVENTS_PATH}.",
                file_of(Script::Mail)
            ),
            Mail::Outbox(outbox) => format!(
                "Its mails stay in an outbox: http://127.0.0.1:{}/",
                outbox.program.port()
            ),
        }
    }
}

impl Outbox {
    fn start(program: &Path, shop_port: u16) -> Result<Self> {
        let api_key = format!("re_{}", hex(&random::<24>()?));
        let webhook_secret = format!("whsec_{}", STANDARD.encode(random::<32>()?));
        let events_url = format!("http://127.0.0.1:{shop_port}{EVENTS_PATH}");
        let mut command = process::command(program);
        command
            .args(["--events-url", &events_url])
            // Every user of the machine can read a command line.
            .env("MAIL_OUTBOX_API_KEY", &api_key)
            .env("MAIL_OUTBOX_WEBHOOK_SECRET", &webhook_secret);
        Ok(Self {
            program: Companion::start(&NAMED, &mut command, shop_port, PORT_AFTER_SHOP)?,
            api_key,
            webhook_secret,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_key_of_resends_own_needs_no_outbox() {
        let root = std::env::temp_dir().join(format!("souk-dev-mail-{}", std::process::id()));
        let file = root.join(file_of(Script::Mail));
        fs::create_dir_all(file.parent().expect("a folder")).unwrap();
        let off = Mails::choose(&root, 1, true).unwrap();
        assert!(matches!(off.mail, Mail::Off) && off.settings().is_empty());
        let vars = "RESEND_API_KEY = \"re_x\"\n";
        fs::write(&file, vars).unwrap();
        let mails = Mails::choose(&root, 8787, false).unwrap();
        assert_eq!(mails.settings(), [("mail_shop_port", "8787".to_owned())]);
        mails.tell_workers("a secret").unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with(vars), "{text}");
        assert_eq!(value(&text, "SESSION_SECRET"), Some("a secret"));
        let of_storefront = root.join(file_of(Script::Storefront));
        let told = fs::read_to_string(&of_storefront).unwrap();
        assert_eq!(value(&told, PROVIDER), Some("resend"));
        mails.tell_workers("a secret").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), text, "once");
        drop(mails);
        assert_eq!(fs::read_to_string(&file).unwrap(), vars);
        assert!(!of_storefront.exists(), "it held nothing else");
        fs::remove_dir_all(&root).unwrap();
    }
}
