//! What a deployment decides about Stripe.
//!
//! Invariant: the API that is asked is Stripe's own, or a sandbox on this very machine; and a
//! sandbox is never asked with a key for real money.

use souk_payments::{Deployment, ProviderSettings};
use souk_settings::{Fault, Reader};

/// Stripe's own API.
const STRIPE: &str = "https://api.stripe.com";
/// Where the staff see a payment.
const DASHBOARD: &str = "https://dashboard.stripe.com";
/// Where Stripe's own payment pages are.
const STRIPE_PAGES: &str = "https://checkout.stripe.com";
/// How keys for real money begin: secret ones and restricted ones.
const LIVE_KEYS: [&str; 2] = ["sk_live_", "rk_live_"];
/// How keys for test payments begin.
const TEST_KEYS: [&str; 2] = ["sk_test_", "rk_test_"];

/// Settings of one deployment.
#[derive(Clone)]
pub struct Settings {
    pub(crate) secret_key: String,
    pub(crate) webhook_secrets: Vec<String>,
    pub(crate) api_base: String,
    pub(crate) page_origin: String,
    takes_test_payments: bool,
}

const SANDBOX_PORT: &str =
    "the port of the payment sandbox must be a number from 1 to 65535, or empty for none";
/// A sandbox is no place for real money.
const LIVE_KEY_IN_SANDBOX: &str =
    "the key is one for real money, and a payment sandbox is set: remove one of them";
/// Strangers would pay with the published numbers of test cards.
const TEST_KEY_IN_PUBLIC: &str = "the key is one for test payments, and BASE_URL is no loopback: \
    set a key for real money, or PAYMENTS_TEST_MODE to true if test payments are meant";
/// The sandbox vouches for everything.
const SANDBOX_IN_PUBLIC: &str = "a payment sandbox is for the loopback, and BASE_URL is none";
/// Neither for tests nor for real money.
const NO_KEY: &str = "the key is none of Stripe's: they begin with sk_live_, rk_live_, sk_test_ \
    or rk_test_";
/// Without it no webhook is believed.
const NO_WEBHOOK_SECRET: &str = "is not set: without the signing secret of the webhook the shop \
    does not hear of payments";

fn fault(name: &str, reason: &str) -> Fault {
    Fault {
        name: name.to_owned(),
        reason: reason.to_owned(),
    }
}

impl ProviderSettings for Settings {
    const NAMES: &'static [&'static str] = &[
        "stripe_secret_key",
        "stripe_webhook_secrets",
        "payment_sandbox_port",
        "stripe_page_origin",
    ];

    fn read(reader: &mut Reader<'_>, deployment: Deployment) -> Option<Self> {
        let settings = Self::new(
            reader.text("stripe_secret_key"),
            reader.text("stripe_webhook_secrets"),
            reader.text("payment_sandbox_port"),
            reader.site("stripe_page_origin"),
        );
        let settings = match settings {
            Ok(settings) if settings.is_on() => settings,
            Ok(_) => return None,
            Err(Fault { name, reason }) => {
                reader.fault(&name, reason);
                return None;
            }
        };
        for (name, reason) in settings.contradictions(deployment) {
            reader.fault(name, reason);
        }
        let settings = match deployment.takes_test_payments {
            true => settings.taking_test_payments(),
            false => settings,
        };
        reader.key("stripe_secret_key", &settings.secret_key);
        for secret in &settings.webhook_secrets {
            reader.key("stripe_webhook_secrets", secret);
        }
        Some(settings)
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
    ) -> Result<Self, Fault> {
        let secret_key = secret_key.trim().to_owned();
        let sandbox = match sandbox_port.trim() {
            "" | "0" => None,
            port => Some(
                port.parse::<u16>()
                    .map_err(|_| fault("payment_sandbox_port", SANDBOX_PORT))?,
            ),
        };
        if sandbox.is_some() && begins(&secret_key, LIVE_KEYS) {
            return Err(fault("stripe_secret_key", LIVE_KEY_IN_SANDBOX));
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
            takes_test_payments: false,
        })
    }

    /// The same where it is meant that nothing is paid with real money, although strangers reach the
    /// shop.
    #[must_use]
    pub fn taking_test_payments(self) -> Self {
        Self {
            takes_test_payments: true,
            ..self
        }
    }

    /// Whether only a shop on the loopback may be paid with these settings: the key is none for real
    /// money, or a sandbox is asked, and it is not said that this is meant.
    pub(crate) fn is_for_loopback(&self) -> bool {
        !self.takes_test_payments && (!self.is_live() || self.api_base != STRIPE)
    }

    /// Whether there is a key.
    fn is_on(&self) -> bool {
        !self.secret_key.is_empty()
    }

    /// Whether the key is one for real money. What Stripe reports must say the same of itself.
    pub(crate) fn is_live(&self) -> bool {
        begins(&self.secret_key, LIVE_KEYS)
    }

    /// Where the staff see a payment. A sandbox has no such page.
    pub(crate) fn dashboard(&self, payment: &str) -> Option<String> {
        let mode = if self.is_live() { "" } else { "/test" };
        (self.api_base == STRIPE).then(|| format!("{DASHBOARD}{mode}/payments/{payment}"))
    }

    /// What does not go together with the rest of the deployment.
    fn contradictions(&self, deployment: Deployment) -> Vec<(&'static str, &'static str)> {
        let mut found = Vec::new();
        let is_test = begins(&self.secret_key, TEST_KEYS);
        if !is_test && !self.is_live() {
            found.push(("stripe_secret_key", NO_KEY));
        }
        if deployment.is_public && is_test && !deployment.takes_test_payments {
            found.push(("stripe_secret_key", TEST_KEY_IN_PUBLIC));
        }
        if deployment.is_public && self.api_base != STRIPE {
            found.push(("payment_sandbox_port", SANDBOX_IN_PUBLIC));
        }
        if self.webhook_secrets.is_empty() {
            found.push(("stripe_webhook_secrets", NO_WEBHOOK_SECRET));
        }
        found
    }
}

fn begins(key: &str, with: [&str; 2]) -> bool {
    with.iter().any(|start| key.starts_with(start))
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
    use souk_settings::Values;

    use super::*;

    const KEY: &str = "5d41402abc4b2a76b9719d911017c592";

    fn new(key: &str, port: &str) -> Result<Settings, Fault> {
        Settings::new(key, "whsec_a, whsec_b", port, "")
    }

    /// What is wrong with the settings of a deployment.
    fn read(pairs: &[(&str, &str)], is_public: bool, takes_test_payments: bool) -> Vec<String> {
        let values: Values = pairs.iter().copied().collect();
        let mut reader = Reader::new(&values);
        let deployment = Deployment {
            is_public,
            takes_test_payments,
        };
        Settings::read(&mut reader, deployment);
        let faults = reader
            .finish(())
            .err()
            .map_or_else(Vec::new, |error| error.0);
        faults.into_iter().map(|fault| fault.reason).collect()
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
            assert_eq!(new("sk_test_x", port).unwrap_err().reason, SANDBOX_PORT);
        }
    }

    #[test]
    fn real_money_never_meets_a_sandbox() {
        for key in ["sk_live_x", "rk_live_x", " sk_live_x"] {
            let error = new(key, "8797").unwrap_err();
            assert_eq!(error.reason, LIVE_KEY_IN_SANDBOX, "{key}");
        }
    }

    #[test]
    fn without_a_key_stripe_is_not_set_up() {
        for key in ["", " "] {
            assert!(read(&[("stripe_secret_key", key)], true, false).is_empty());
        }
    }

    #[test]
    fn a_deployment_that_contradicts_itself_is_refused() {
        let (live, test) = (format!("sk_live_{KEY}"), format!("sk_test_{KEY}"));
        let (example, hook) = ("sk_test_aaaaaaaaaaaaaaaaaaaaaaaa", format!("whsec_{KEY}"));
        let low = "a key has too little variety to be random";
        for (key, hook, port, is_public, tests_are_meant, faults) in [
            (live.as_str(), hook.as_str(), "", true, false, vec![]),
            (&live, &hook, "", false, false, vec![]),
            (&test, &hook, "8797", false, false, vec![]),
            (&test, &hook, "", true, false, vec![TEST_KEY_IN_PUBLIC]),
            (&test, &hook, "", true, true, vec![]),
            (&test, &hook, "8797", true, true, vec![SANDBOX_IN_PUBLIC]),
            (
                &live,
                &hook,
                "8797",
                false,
                false,
                vec![LIVE_KEY_IN_SANDBOX],
            ),
            (&live, "", "", true, false, vec![NO_WEBHOOK_SECRET]),
            (
                "pk_live_0f3a9c1d5e7b2486",
                &hook,
                "",
                true,
                false,
                vec![NO_KEY],
            ),
            (example, &hook, "", false, false, vec![low]),
        ] {
            let pairs = [
                ("stripe_secret_key", key),
                ("stripe_webhook_secrets", hook),
                ("payment_sandbox_port", port),
            ];
            let found = read(&pairs, is_public, tests_are_meant);
            assert_eq!(found, faults, "{key} {hook} {port} {is_public}");
        }
    }

    #[test]
    fn payment_pages_are_at_an_address_and_nothing_else() {
        let (key, hook) = (format!("sk_live_{KEY}"), format!("whsec_{KEY}"));
        for (page_origin, faults) in [
            ("https://pay.example.com", 0),
            ("https://pay.example.com; script-src *", 1),
            ("pay.example.com", 1),
        ] {
            let pairs = [
                ("stripe_secret_key", key.as_str()),
                ("stripe_webhook_secrets", &hook),
                ("stripe_page_origin", page_origin),
            ];
            assert_eq!(read(&pairs, true, false).len(), faults, "{page_origin}");
        }
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
