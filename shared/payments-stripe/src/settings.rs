//! What a deployment decides about Stripe.
//!
//! Invariant: the API that is asked is Stripe's own, or a sandbox on this very machine; and a
//! sandbox is never asked with a key for real money.

use souk_payments::{ProviderSettings, SettingsError, Variables};

/// Stripe's own API.
const STRIPE: &str = "https://api.stripe.com";
/// Where Stripe's own payment pages are.
const STRIPE_PAGES: &str = "https://checkout.stripe.com";
/// How keys for real money begin: secret ones and restricted ones.
const LIVE_KEYS: [&str; 2] = ["sk_live_", "rk_live_"];

/// Settings of one deployment.
#[derive(Clone)]
pub struct Settings {
    pub(crate) secret_key: String,
    pub(crate) webhook_secrets: Vec<String>,
    pub(crate) api_base: String,
    pub(crate) page_origin: String,
}

const SANDBOX_PORT: &str =
    "the port of the payment sandbox must be a number from 1 to 65535, or empty for none";
/// A sandbox is no place for real money.
const LIVE_KEY_IN_SANDBOX: &str =
    "the key is one for real money, and a payment sandbox is set: remove one of them";

fn refused(reason: &str) -> SettingsError {
    SettingsError {
        provider: crate::NAME,
        reason: reason.to_owned(),
    }
}

impl ProviderSettings for Settings {
    const VARIABLES: &'static [&'static str] = &[
        "stripe_secret_key",
        "stripe_webhook_secrets",
        "payment_sandbox_port",
        "stripe_page_origin",
    ];

    fn read(variables: &Variables) -> Result<Option<Self>, SettingsError> {
        let settings = Self::new(
            variables.get("stripe_secret_key"),
            variables.get("stripe_webhook_secrets"),
            variables.get("payment_sandbox_port"),
            variables.get("stripe_page_origin"),
        )?;
        Ok(Some(settings).filter(Self::is_on))
    }
}

impl Settings {
    /// Reads the settings.
    ///
    /// - `secret_key`: Stripe's secret key; empty: Stripe is not set up.
    /// - `webhook_secrets`: signing secrets of webhooks, separated by commas or spaces. Several, so
    ///   that one can be replaced without losing an event.
    /// - `sandbox_port`: the port of a payment sandbox on this machine; empty or `0`: Stripe itself.
    /// - `page_origin`: scheme and host of payment pages, where the shop has a domain of its own
    ///   for them at Stripe; empty: Stripe's.
    ///
    /// # Errors
    /// When the deployment contradicts itself; nothing is served then.
    pub fn new(
        secret_key: &str,
        webhook_secrets: &str,
        sandbox_port: &str,
        page_origin: &str,
    ) -> Result<Self, SettingsError> {
        let secret_key = secret_key.trim().to_owned();
        let sandbox = match sandbox_port.trim() {
            "" | "0" => None,
            port => Some(port.parse::<u16>().map_err(|_| refused(SANDBOX_PORT))?),
        };
        if sandbox.is_some() && LIVE_KEYS.iter().any(|live| secret_key.starts_with(live)) {
            return Err(refused(LIVE_KEY_IN_SANDBOX));
        }
        let sandbox = sandbox.map(|port| format!("http://127.0.0.1:{port}"));
        let page_origin = match page_origin.trim().trim_end_matches('/') {
            "" => sandbox.as_deref().unwrap_or(STRIPE_PAGES).to_owned(),
            own => own.to_owned(),
        };
        Ok(Self {
            secret_key,
            webhook_secrets: webhook_secrets
                .split([',', ' ', '\n'])
                .filter(|secret| !secret.is_empty())
                .map(str::to_owned)
                .collect(),
            api_base: sandbox.unwrap_or_else(|| STRIPE.to_owned()),
            page_origin,
        })
    }

    /// Whether there is a key.
    fn is_on(&self) -> bool {
        !self.secret_key.is_empty()
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Settings")
            .field("is_on", &self.is_on())
            .field("webhook_secrets", &self.webhook_secrets.len())
            .field("api_base", &self.api_base)
            .field("page_origin", &self.page_origin)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(key: &str, port: &str) -> Result<Settings, SettingsError> {
        Settings::new(key, "whsec_a, whsec_b", port, "")
    }

    #[test]
    fn without_a_sandbox_requests_go_to_stripe() {
        for port in ["", "0", " "] {
            let settings = new("sk_live_x", port).unwrap();
            assert_eq!(settings.api_base, "https://api.stripe.com");
            assert_eq!(settings.page_origin, "https://checkout.stripe.com");
            assert_eq!(settings.webhook_secrets, ["whsec_a", "whsec_b"]);
        }
    }

    #[test]
    fn a_sandbox_can_only_be_on_this_machine() {
        let settings = new("sk_test_x", "8797").unwrap();
        assert_eq!(settings.api_base, "http://127.0.0.1:8797");
        assert_eq!(settings.page_origin, "http://127.0.0.1:8797");
        for port in ["80@evil.example", "evil.example", "-1", "65536", "1/.."] {
            assert_eq!(new("sk_test_x", port).unwrap_err(), refused(SANDBOX_PORT));
        }
    }

    #[test]
    fn real_money_never_meets_a_sandbox() {
        for key in ["sk_live_x", "rk_live_x", " sk_live_x"] {
            let error = new(key, "8797").unwrap_err();
            assert_eq!(error, refused(LIVE_KEY_IN_SANDBOX), "{key}");
        }
    }

    #[test]
    fn without_a_key_stripe_is_not_set_up() {
        let read = |key: &str| {
            let [name, ..] = Settings::VARIABLES else {
                panic!("there are variables");
            };
            let variables: Variables = [(*name, key)].into_iter().collect();
            Settings::read(&variables).unwrap()
        };
        assert!(read("").is_none());
        assert!(read(" ").is_none());
        assert!(read("sk_test_x").is_some());
    }

    #[test]
    fn a_deployment_that_contradicts_itself_is_refused() {
        let pairs = [
            ("stripe_secret_key", "sk_live_x"),
            ("payment_sandbox_port", "8797"),
        ];
        let error = Settings::read(&pairs.into_iter().collect()).unwrap_err();
        assert_eq!(error, refused(LIVE_KEY_IN_SANDBOX));
    }

    #[test]
    fn no_secret_is_printed() {
        let settings = new("sk_live_secret", "").unwrap();
        assert!(settings.is_on());
        let shown = format!("{settings:?}");
        assert!(
            !shown.contains("secret\"") && !shown.contains("whsec"),
            "{shown}"
        );
    }
}
