//! What a deployment decides about payments. Adapters read it from the platform's variables and
//! secrets once per instance.
//!
//! Invariant: the API that is asked is Stripe's own, or a sandbox on this very machine; and a
//! sandbox is never asked with a key for real money.

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

/// Why settings are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The port is none.
    #[error("the port of the payment sandbox must be a number from 1 to 65535, or empty for none")]
    SandboxPort,
    /// A sandbox is no place for real money.
    #[error(
        "the Stripe key is one for real money, and a payment sandbox is set: remove one of them"
    )]
    LiveKeyInSandbox,
}

impl Settings {
    /// Reads the settings.
    ///
    /// - `secret_key`: Stripe's secret key; empty: the shop takes no cards.
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
            port => Some(
                port.parse::<u16>()
                    .map_err(|_| SettingsError::SandboxPort)?,
            ),
        };
        if sandbox.is_some() && LIVE_KEYS.iter().any(|live| secret_key.starts_with(live)) {
            return Err(SettingsError::LiveKeyInSandbox);
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

    /// Whether the shop takes cards.
    pub fn is_on(&self) -> bool {
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
    fn without_a_sandbox_stripe_itself_is_asked() {
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
            assert_eq!(
                new("sk_test_x", port).unwrap_err(),
                SettingsError::SandboxPort
            );
        }
    }

    #[test]
    fn real_money_never_meets_a_sandbox() {
        for key in ["sk_live_x", "rk_live_x", " sk_live_x"] {
            let error = new(key, "8797").unwrap_err();
            assert_eq!(error, SettingsError::LiveKeyInSandbox, "{key}");
        }
    }

    #[test]
    fn without_a_key_no_cards_are_taken_and_no_secret_is_printed() {
        assert!(!new("", "").unwrap().is_on());
        let settings = new("sk_live_secret", "").unwrap();
        assert!(settings.is_on());
        let shown = format!("{settings:?}");
        assert!(
            !shown.contains("secret\"") && !shown.contains("whsec"),
            "{shown}"
        );
    }
}
