//! Reads settings one by one, and collects what is wrong with them.

use std::fmt::Display;
use std::ops::RangeInclusive;

use souk_service_http::Collector;

use crate::address::PublicAddress;
use crate::database;
use crate::secret::{Secrets, lacks_variety, weakness};
use crate::{Fault, SettingsError, Values};

/// For how long a price that was shown is good, unless a deployment says otherwise.
const FREEZE_MINUTES: i64 = 15;
/// The longest for which it is: an hour.
const FREEZE_MINUTES_MAX: i64 = 60;

/// Reads the settings of a function. A setting that is wrong has a value all the same, so that the
/// ones after it are read too; [`Reader::finish`] gives nothing then.
#[derive(Debug)]
pub struct Reader<'a> {
    values: &'a Values,
    faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    /// A reader that has found nothing wrong yet.
    pub fn new(values: &'a Values) -> Self {
        Self {
            values,
            faults: Vec::new(),
        }
    }

    /// A text, without blanks around it; empty when it is not set.
    pub fn text(&self, name: &str) -> &'a str {
        self.values.get(name)
    }

    /// A whole number within bounds; the default when it is not set.
    pub fn number(&mut self, name: &str, default: i64, bounds: RangeInclusive<i64>) -> i64 {
        let text = self.text(name);
        if text.is_empty() {
            return default;
        }
        match text.parse() {
            Ok(number) if bounds.contains(&number) => number,
            _ => {
                let (min, max) = (bounds.start(), bounds.end());
                let reason = format!("'{text}' is no whole number from {min} to {max}");
                self.fault(name, reason);
                default
            }
        }
    }

    /// A switch: `true` or `false`; the default when it is not set.
    pub fn switch(&mut self, name: &str, default: bool) -> bool {
        match self.text(name) {
            "" => default,
            "true" => true,
            "false" => false,
            other => {
                self.fault(name, format!("'{other}' is neither true nor false"));
                default
            }
        }
    }

    /// A secret that the function cannot do without.
    pub fn secret(&mut self, name: &str) -> String {
        let secret = self.text(name);
        if let Some(weakness) = weakness(secret) {
            self.fault(name, weakness.reason());
        }
        secret.to_owned()
    }

    /// A secret that the function cannot do without, and older ones with commas between them.
    pub fn secrets(&mut self, name: &str) -> Secrets {
        let secrets = Secrets::split(self.text(name));
        if let Some(weakness) = secrets.all().find_map(weakness) {
            self.fault(name, weakness.reason());
        }
        secrets
    }

    /// Secrets as [`Reader::secrets`] reads them; `None` where none is set.
    pub fn optional_secrets(&mut self, name: &str) -> Option<Secrets> {
        match self.text(name) {
            "" => None,
            _ => Some(self.secrets(name)),
        }
    }

    /// A key that another program has made and that has a form of its own: it is checked for
    /// variety only.
    pub fn key(&mut self, name: &str, key: &str) {
        if lacks_variety(key.as_bytes()) {
            let reason = "a key has too little variety to be random".to_owned();
            self.fault(name, reason);
        }
    }

    /// For how long a price that a buyer was shown is good, in milliseconds: `freeze_minutes`.
    pub fn freeze_ms(&mut self) -> i64 {
        let minutes = 0..=FREEZE_MINUTES_MAX;
        self.number("freeze_minutes", FREEZE_MINUTES, minutes) * 60 * 1_000
    }

    /// Where the shop is: `base_url` and `redirect_hosts`.
    pub fn public_address(&mut self) -> PublicAddress {
        let (base_url, redirect_hosts) = (self.text("base_url"), self.text("redirect_hosts"));
        let address = PublicAddress::read(base_url, redirect_hosts);
        address.unwrap_or_else(|(name, reason)| {
            self.fault(name, reason);
            PublicAddress::default()
        })
    }

    /// Scheme and host of another site, such as `https://pay.example.com`; empty when it is not set.
    pub fn site(&mut self, name: &str) -> &'a str {
        let text = self.text(name);
        if let Err((_, reason)) = PublicAddress::read(text, "") {
            self.fault(name, reason);
        }
        text
    }

    /// The address of a PostgreSQL server; empty when it is not set.
    pub fn database(&mut self, name: &str) -> String {
        let url = self.text(name);
        if let Some(reason) = Some(url)
            .filter(|url| !url.is_empty())
            .and_then(database::fault)
        {
            self.fault(name, reason);
        }
        url.to_owned()
    }

    /// Where figures of all instances are added up: `otlp_metrics_url` and `otlp_authorization`;
    /// `None` when the first is not set.
    pub fn collector(&mut self) -> Option<Collector> {
        let url = self.text("otlp_metrics_url");
        let origin = url.find("://").map(|scheme| {
            let path = url[scheme + 3..].find('/');
            path.map_or(url, |path| &url[..scheme + 3 + path])
        });
        let is_address = |origin: &str| PublicAddress::read(origin, "").is_ok();
        match (url, origin) {
            ("", _) => None,
            (url, Some(origin)) if is_address(origin) && url.parse::<http::Uri>().is_ok() => {
                Some(Collector {
                    url: url.to_owned(),
                    authorization: self.text("otlp_authorization").to_owned(),
                })
            }
            (url, _) => {
                let reason = format!("'{url}' is no address that begins with https://");
                self.fault("otlp_metrics_url", reason);
                None
            }
        }
    }

    /// What another rule found wrong.
    pub fn fault(&mut self, name: &str, reason: impl Display) {
        self.faults.push(Fault {
            name: name.to_owned(),
            reason: reason.to_string(),
        });
    }

    /// The settings, if nothing is wrong with them.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub fn finish<T>(self, settings: T) -> Result<T, SettingsError> {
        match self.faults.is_empty() {
            true => Ok(settings),
            false => Err(SettingsError(self.faults)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> Values {
        pairs.iter().copied().collect()
    }

    #[test]
    fn a_number_is_within_its_bounds_or_nothing_is_served() {
        for (text, number) in [("", 7), ("0", 0), (" 9 ", 9), ("10", 10)] {
            let values = values(&[("a", text)]);
            let mut reader = Reader::new(&values);
            let read = reader.number("a", 7, 0..=10);
            assert_eq!(reader.finish(read), Ok(number), "'{text}'");
        }
        for text in ["-1", "11", "1.5", "1e3", "x", "99999999999999999999", "0x5"] {
            let values = values(&[("a", text)]);
            let mut reader = Reader::new(&values);
            let read = reader.number("a", 7, 0..=10);
            let error = reader.finish(read).unwrap_err().to_string();
            assert!(error.contains("A: ") && error.contains(text), "{error}");
        }
    }

    #[test]
    fn a_switch_is_written_out() {
        for (text, on) in [("", true), ("true", true), ("false", false)] {
            let values = values(&[("a", text)]);
            let mut reader = Reader::new(&values);
            let read = reader.switch("a", true);
            assert_eq!(reader.finish(read), Ok(on), "'{text}'");
        }
        for text in ["1", "yes", "True"] {
            let values = values(&[("a", text)]);
            let mut reader = Reader::new(&values);
            let read = reader.switch("a", true);
            assert!(reader.finish(read).is_err(), "'{text}'");
        }
    }

    #[test]
    fn a_site_is_a_scheme_and_a_host() {
        for (text, is_site) in [
            ("", true),
            ("https://pay.example.com", true),
            ("http://pay.example.com", false),
            ("https://pay.example.com; script-src *", false),
            ("javascript:alert(1)", false),
        ] {
            let values = values(&[("a", text)]);
            let mut reader = Reader::new(&values);
            let read = reader.site("a");
            assert_eq!(read, text);
            assert_eq!(reader.finish(()).is_ok(), is_site, "'{text}'");
        }
    }

    #[test]
    fn each_secret_of_a_list_has_to_be_a_strong_one() {
        const NEW: &str = "5d41402abc4b2a76b9719d911017c592";
        const OLD: &str = "e4d909c290d0fb1ca068ffaddf22cbd0";
        let read = |text: &str| {
            let values = values(&[("secret", text)]);
            let mut reader = Reader::new(&values);
            let secrets = reader.secrets("secret");
            reader.finish(secrets)
        };
        let both = read(&format!("{NEW}, {OLD}")).unwrap();
        assert_eq!(both.newest(), NEW);
        assert_eq!(both.all().collect::<Vec<_>>(), [NEW, OLD]);
        for text in ["", ",", &format!("{NEW},"), &format!("{NEW},short")] {
            assert!(read(text).is_err(), "'{text}'");
        }
    }

    #[test]
    fn every_fault_is_found_in_one_go_and_no_secret_is_shown() {
        let values = values(&[
            ("number", "-500"),
            ("secret", "hunter2"),
            ("base_url", "javascript:alert(1)"),
        ]);
        let mut reader = Reader::new(&values);
        reader.number("number", 0, 0..=10);
        reader.secret("secret");
        reader.public_address();
        let error = reader.finish(()).unwrap_err();
        let names: Vec<_> = error.0.iter().map(|fault| fault.name.as_str()).collect();
        assert_eq!(names, ["number", "secret", "base_url"]);
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn a_database_on_another_machine_needs_tls() {
        let url = |url: &str| {
            let values = values(&[("postgres_url", url)]);
            let mut reader = Reader::new(&values);
            let read = reader.database("postgres_url");
            reader.finish(read)
        };
        for fine in [
            "",
            "postgres://u:p@127.0.0.1/souk",
            "postgres://u:p@db.example/souk?sslmode=require",
        ] {
            assert_eq!(url(fine).as_deref(), Ok(fine));
        }
        let error = url("postgres://u:hunter2@db.example/souk").unwrap_err();
        assert!(error.to_string().starts_with("the settings are wrong"));
        assert!(!error.to_string().contains("hunter2"), "{error}");
        let both = SettingsError::both(Err::<(), _>(error.clone()), Err::<(), _>(error));
        assert_eq!(both.unwrap_err().0.len(), 2);
    }
}
