//! How the developer's shop sends mails: into an outbox that is started beside it, unless `.dev.vars`
//! of mails has a key of Resend's, or the outbox is switched off.
//!
//! The keys of the outbox are random and new each time: only this shop knows them.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};
use std::{fs, io};

use anyhow::{Context, Result, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::secrets::{file_of, hex, random, value, write_private};
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

/// A running outbox; ended when dropped.
pub(crate) struct Outbox {
    api_key: String,
    webhook_secret: String,
    port: u16,
    process: Child,
    /// Kept open: a program whose output is closed ends with its next line.
    output: BufReader<ChildStdout>,
}

/// The mails of a run; what it has written into the `.dev.vars` of mails and of the storefront is taken
/// out when dropped.
pub(crate) struct Mails {
    mail: Mail,
    shop_port: u16,
    file: PathBuf,
    storefront_file: PathBuf,
}

impl Mails {
    /// Chooses, and starts an outbox if there is to be one.
    ///
    /// # Errors
    /// When the outbox does not compile, or its port is taken.
    pub(crate) fn choose(root: &Path, shop_port: u16, no_outbox: bool) -> Result<Self> {
        let file = root.join(file_of(Script::Mail));
        let storefront_file = root.join(file_of(Script::Storefront));
        // A run that was killed may have left its part.
        for file in [&file, &storefront_file] {
            forget(file).with_context(|| format!("write {}", file.display()))?;
        }
        let vars = fs::read_to_string(&file).unwrap_or_default();
        let has_key = value(&vars, "RESEND_API_KEY").is_some_and(|key| !key.is_empty());
        let mail = if has_key {
            let provider = value(&vars, PROVIDER).unwrap_or("resend").to_owned();
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
            file,
            storefront_file,
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
                ("mail_outbox_port", outbox.port.to_string()),
                ("resend_api_key", outbox.api_key.clone()),
                ("resend_webhook_secrets", outbox.webhook_secret.clone()),
            ],
        }
    }

    /// Gives the script of mails its settings and the storefront's secret, and tells the storefront who
    /// takes the mails. `wrangler dev` takes variables for its first script only, so they go into the
    /// `.dev.vars` of both for the run.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn tell_workers(&self, session_secret: &str) -> Result<()> {
        let mut settings = vec![("session_secret", session_secret.to_owned())];
        settings.extend(self.settings());
        let provider = match &self.mail {
            Mail::Off => "off",
            Mail::Resend { provider } => provider,
            Mail::Outbox(_) => "resend",
        };
        let of_storefront = [("mail_provider", provider.to_owned())];
        for (file, settings) in [
            (&self.file, &settings[..]),
            (&self.storefront_file, &of_storefront[..]),
        ] {
            tell(file, settings).with_context(|| format!("write {}", file.display()))?;
        }
        Ok(())
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
                outbox.port
            ),
        }
    }
}

impl Drop for Mails {
    fn drop(&mut self) {
        // If this fails, the next run removes the lines.
        let _ = forget(&self.file);
        let _ = forget(&self.storefront_file);
    }
}

/// Writes the task's part into a `.dev.vars`, behind what the developer has in it.
fn tell(file: &Path, settings: &[(&str, String)]) -> io::Result<()> {
    forget(file)?;
    let mut text = fs::read_to_string(file).unwrap_or_default();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(MARK);
    for (name, value) in settings {
        text.push_str(&format!("{} = \"{value}\"\n", name.to_ascii_uppercase()));
    }
    write_private(file, &text)
}

/// Takes the task's part out of a `.dev.vars`.
fn forget(file: &Path) -> io::Result<()> {
    let text = fs::read_to_string(file).unwrap_or_default();
    match text.split_once(MARK) {
        None => Ok(()),
        Some(("", _)) => fs::remove_file(file),
        Some((own, _)) => write_private(file, own),
    }
}

impl Outbox {
    fn start(program: &Path, shop_port: u16) -> Result<Self> {
        let api_key = format!("re_{}", hex(&random::<24>()?));
        let webhook_secret = format!("whsec_{}", STANDARD.encode(random::<32>()?));
        let port = shop_port
            .checked_add(PORT_AFTER_SHOP)
            .context("choose a lower --port, the outbox needs one above it")?;
        let events_url = format!("http://127.0.0.1:{shop_port}{EVENTS_PATH}");
        let mut process = process::command(program)
            .args(["--port", &port.to_string()])
            .args(["--events-url", &events_url])
            // Every user of the machine can read a command line.
            .env("MAIL_OUTBOX_API_KEY", &api_key)
            .env("MAIL_OUTBOX_WEBHOOK_SECRET", &webhook_secret)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("start the outbox")?;
        // It prints its address once it listens; if its output ends before, it cannot listen.
        let output = process.stdout.take().context("the output is piped")?;
        let mut outbox = Self {
            api_key,
            webhook_secret,
            port,
            process,
            output: BufReader::new(output),
        };
        let mut said = String::new();
        let read = outbox.output.read_line(&mut said);
        ensure!(
            read.is_ok() && said.ends_with('\n'),
            "the outbox cannot start on port {port}: choose another port with --port, or --no-mails"
        );
        Ok(outbox)
    }
}

impl Drop for Outbox {
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
