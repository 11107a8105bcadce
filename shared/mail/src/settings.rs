//! What a deployment decides about mails.
//!
//! Invariant: a shop that others than its developer reach sends its mails to a provider over HTTPS,
//! never to the outbox of local work or any other host of the loopback.

use souk_service_http::Collector;
use souk_settings::{PublicAddress, Reader, Secrets, SettingsError, Values, is_loopback_url};

use crate::signature::Secret;

/// Resend's own API.
const RESEND: &str = "https://api.resend.com";
/// How its keys begin.
const RESEND_KEY: &str = "re_";
/// Longest sender, in bytes.
const FROM_BYTES_MAX: usize = 320;

/// Settings of one deployment.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the shop is.
    pub address: PublicAddress,
    /// Where figures of all instances are added up.
    pub collector: Option<Collector>,
    /// Who takes the mails.
    pub provider: Provider,
    /// What signs the provider's events.
    pub(crate) event_secrets: Vec<Secret>,
    /// Scheme and host of the links in mails.
    pub(crate) link_base: String,
    /// What the tokens of orders are made with.
    pub(crate) session_secrets: Secrets,
}

/// Who takes the mails.
#[derive(Debug, Clone)]
pub enum Provider {
    /// Resend, or the outbox of local work, which speaks its API.
    Resend(ResendSettings),
    /// A system of the merchant's own.
    Webhook(WebhookSettings),
    /// Nothing is sent.
    Off,
}

impl Provider {
    /// As the setting `mail_provider` has it.
    pub fn name(&self) -> &'static str {
        match self {
            Provider::Resend(_) => "resend",
            Provider::Webhook(_) => "webhook",
            Provider::Off => "off",
        }
    }

    /// Whether mails are sent at all.
    pub fn is_on(&self) -> bool {
        !matches!(self, Provider::Off)
    }
}

/// What Resend needs.
#[derive(Clone)]
pub struct ResendSettings {
    pub(crate) api_key: String,
    pub(crate) base: String,
    pub(crate) from: String,
}

impl std::fmt::Debug for ResendSettings {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = out.debug_struct("ResendSettings");
        out.field("base", &self.base).field("from", &self.from);
        out.finish_non_exhaustive()
    }
}

/// What the webhook needs.
#[derive(Debug, Clone)]
pub struct WebhookSettings {
    pub(crate) url: String,
    pub(crate) secret: Secret,
}

impl Settings {
    /// Names of the settings in small letters, as Spin has them. On Workers they have the same names
    /// in capitals.
    pub const NAMES: [&str; 13] = [
        "base_url",
        "redirect_hosts",
        "session_secret",
        "mail_provider",
        "mail_from",
        "resend_api_key",
        "resend_webhook_secrets",
        "mail_webhook_url",
        "mail_webhook_secret",
        "mail_outbox_port",
        "mail_shop_port",
        "otlp_metrics_url",
        "otlp_authorization",
    ];

    /// Reads them.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub fn read(values: &Values) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(values);
        let address = reader.public_address();
        let session_secrets = reader.secrets("session_secret");
        let outbox = port(&mut reader, "mail_outbox_port");
        let (provider, event_secrets) = match reader.text("mail_provider") {
            "" | "off" => (Provider::Off, Vec::new()),
            "resend" => resend(&mut reader, outbox),
            "webhook" => webhook(&mut reader, &address),
            other => {
                let reason = format!("'{other}' is none of resend, webhook and off");
                reader.fault("mail_provider", reason);
                (Provider::Off, Vec::new())
            }
        };
        if outbox.is_some() && address.is_public() {
            let reason = "mails of a shop that others reach would stay in the outbox of local work: \
                remove it, or BASE_URL";
            reader.fault("mail_outbox_port", reason);
        }
        let link_base = link_base(&mut reader, &address, provider.is_on());
        let settings = Self {
            collector: reader.collector(),
            provider,
            event_secrets,
            link_base,
            session_secrets,
            address,
        };
        reader.finish(settings)
    }
}

/// A port on this very machine; `None` for none.
fn port(reader: &mut Reader<'_>, name: &str) -> Option<u16> {
    let number = reader.number(name, 0, 0..=65_535);
    u16::try_from(number).ok().filter(|&port| port > 0)
}

/// Scheme and host of the links in mails.
fn link_base(reader: &mut Reader<'_>, address: &PublicAddress, is_on: bool) -> String {
    let shop = port(reader, "mail_shop_port");
    match (address.base_url(), shop) {
        (Some(_), Some(_)) => {
            let reason =
                "the shop has a BASE_URL, which links in mails lead to: remove one of them";
            reader.fault("mail_shop_port", reason);
            String::new()
        }
        (Some(base_url), None) => base_url.to_owned(),
        (None, Some(port)) => format!("http://127.0.0.1:{port}"),
        (None, None) if is_on => {
            let reason = "links in mails lead nowhere: set BASE_URL, or for local work the port of \
                the shop";
            reader.fault("mail_shop_port", reason);
            String::new()
        }
        (None, None) => String::new(),
    }
}

fn resend(reader: &mut Reader<'_>, outbox: Option<u16>) -> (Provider, Vec<Secret>) {
    let api_key = reader.text("resend_api_key");
    if api_key.starts_with(RESEND_KEY) {
        reader.key("resend_api_key", api_key);
    } else {
        reader.fault("resend_api_key", "a key of Resend begins with re_");
    }
    let from = reader.text("mail_from");
    if !is_sender(from) {
        let reason = "wanted is the sender of mails, such as: Shop <orders@shop.example>";
        reader.fault("mail_from", reason);
    }
    let secrets = secrets(reader, "resend_webhook_secrets");
    if secrets.is_empty() {
        let reason = "bounces are learned from events of Resend: wanted is the signing secret of its webhook";
        reader.fault("resend_webhook_secrets", reason);
    }
    let base = match outbox {
        Some(port) => format!("http://127.0.0.1:{port}"),
        None => RESEND.to_owned(),
    };
    let settings = ResendSettings {
        api_key: api_key.to_owned(),
        base,
        from: from.to_owned(),
    };
    (Provider::Resend(settings), secrets)
}

fn webhook(reader: &mut Reader<'_>, address: &PublicAddress) -> (Provider, Vec<Secret>) {
    let url = reader.text("mail_webhook_url");
    let is_uri = url
        .parse::<http::Uri>()
        .is_ok_and(|uri| uri.host().is_some());
    let is_local = is_loopback_url(url);
    if !is_uri || !(url.starts_with("https://") || (is_local && url.starts_with("http://"))) {
        let reason = format!("'{url}' is no address that begins with https://");
        reader.fault("mail_webhook_url", reason);
    } else if is_local && address.is_public() {
        let reason = "mails of a shop that others reach would not leave this machine";
        reader.fault("mail_webhook_url", reason);
    }
    let secrets = secrets(reader, "mail_webhook_secret");
    let Some(secret) = secrets.first().cloned() else {
        let reason = "the webhook has to be signed: wanted is whsec_…";
        reader.fault("mail_webhook_secret", reason);
        return (Provider::Off, Vec::new());
    };
    let url = url.to_owned();
    (Provider::Webhook(WebhookSettings { url, secret }), secrets)
}

/// The secrets of a list with commas.
fn secrets(reader: &mut Reader<'_>, name: &str) -> Vec<Secret> {
    let texts = reader.text(name).split([',', ' ', '\n']);
    let mut secrets = Vec::new();
    for text in texts.filter(|text| !text.is_empty()) {
        match Secret::parse(text) {
            Ok(secret) => {
                reader.key(name, text);
                secrets.push(secret);
            }
            Err(error) => reader.fault(name, error),
        }
    }
    secrets
}

/// Whether a text is `ADDRESS` or `NAME <ADDRESS>`.
fn is_sender(text: &str) -> bool {
    let address = match text.split_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').unwrap_or_default(),
        None => text,
    };
    let is_plain = |c: char| !c.is_whitespace() && !"<>,;\"".contains(c);
    let parts = address.split_once('@');
    text.len() <= FROM_BYTES_MAX
        && !text.chars().any(char::is_control)
        && address.chars().all(is_plain)
        && parts.is_some_and(|(local, host)| !local.is_empty() && host.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "5d41402abc4b2a76b9719d911017c592";
    const SIGNING: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const KEY: &str = "re_GkPz3vXq_7yTn4wBd9sJhL2mRc8";
    const FROM: &str = "Shop <orders@shop.example>";

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
        let mut all = vec![("session_secret", SECRET)];
        all.extend(pairs);
        let values: Values = all.into_iter().collect();
        Settings::read(&values).map_err(|error| {
            let names = error.0.into_iter().map(|fault| fault.name);
            names.collect()
        })
    }

    fn faults(pairs: &[(&str, &str)]) -> Vec<String> {
        read(pairs).err().unwrap_or_default()
    }

    const RESEND_SET_UP: [(&str, &str); 4] = [
        ("mail_provider", "resend"),
        ("resend_api_key", KEY),
        ("resend_webhook_secrets", SIGNING),
        ("mail_from", FROM),
    ];

    #[test]
    fn no_provider_is_a_choice_that_needs_nothing() {
        for provider in ["", "off"] {
            let settings = read(&[("mail_provider", provider)]).unwrap();
            assert_eq!(settings.provider.name(), "off");
        }
        assert_eq!(faults(&[("mail_provider", "smtp")]), ["mail_provider"]);
    }

    #[test]
    fn resend_is_asked_itself_or_an_outbox_of_this_machine() {
        let base = |more: &[(&str, &str)]| {
            let settings = read(&[&RESEND_SET_UP[..], more].concat()).unwrap();
            match settings.provider {
                Provider::Resend(resend) => (resend.base, settings.link_base),
                Provider::Webhook(_) | Provider::Off => panic!("Resend is set"),
            }
        };
        let shop = ("base_url", "https://shop.example");
        assert_eq!(
            base(&[shop]),
            (
                "https://api.resend.com".to_owned(),
                "https://shop.example".to_owned()
            )
        );
        assert_eq!(
            base(&[("mail_outbox_port", "8798"), ("mail_shop_port", "8787")]),
            (
                "http://127.0.0.1:8798".to_owned(),
                "http://127.0.0.1:8787".to_owned()
            )
        );
    }

    #[test]
    fn a_shop_that_others_reach_has_no_outbox() {
        let shop = ("base_url", "https://shop.example");
        let with_outbox = [&RESEND_SET_UP[..], &[shop, ("mail_outbox_port", "8798")]].concat();
        assert_eq!(faults(&with_outbox), ["mail_outbox_port"]);
        for url in ["http://127.0.0.1:9/x", "https://localhost/x"] {
            let pairs = [
                shop,
                ("mail_provider", "webhook"),
                ("mail_webhook_url", url),
                ("mail_webhook_secret", SIGNING),
            ];
            assert_eq!(faults(&pairs), ["mail_webhook_url"], "{url}");
        }
    }

    #[test]
    fn what_a_provider_needs_is_asked_for() {
        let shop = ("base_url", "https://shop.example");
        assert_eq!(
            faults(&[shop, ("mail_provider", "resend")]),
            ["resend_api_key", "mail_from", "resend_webhook_secrets"]
        );
        assert_eq!(
            faults(&[shop, ("mail_provider", "webhook")]),
            ["mail_webhook_url", "mail_webhook_secret"]
        );
        assert_eq!(faults(&RESEND_SET_UP), ["mail_shop_port"]);
        let both = [&RESEND_SET_UP[..], &[shop, ("mail_shop_port", "8787")]].concat();
        assert_eq!(faults(&both), ["mail_shop_port"]);
    }

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        for (text, fits) in [
            (FROM, true),
            ("orders@shop.example", true),
            ("", false),
            ("orders", false),
            ("orders@shop", false),
            ("Shop <orders@shop.example", false),
            ("a@b.c, d@e.f", false),
            ("Shop\n<orders@shop.example>", false),
        ] {
            assert_eq!(is_sender(text), fits, "{text}");
        }
    }

    #[test]
    fn no_secret_is_printed() {
        let pairs = [&RESEND_SET_UP[..], &[("mail_shop_port", "8787")]].concat();
        let shown = format!("{:?}", read(&pairs).unwrap());
        for hidden in [KEY, SECRET, "MfKQ9r8"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}
