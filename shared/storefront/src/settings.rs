//! What a deployment decides about the storefront.

use souk_protocol::limits::FEE_MINOR_MAX;
use souk_service_http::Collector;
use souk_settings::{PublicAddress, Reader, SettingsError, Values};

/// Settings of one deployment.
#[derive(Clone)]
pub struct Settings {
    /// The name on every page.
    pub shop_name: String,
    /// Where the shop is.
    pub address: PublicAddress,
    /// Signs carts and forms.
    pub session_secret: String,
    /// Fee of the express delivery in minor units of the shop's currency.
    pub express_fee_minor: i64,
    /// Whether `/metrics` is shown to every caller: `true` where only the shop's own network reaches it.
    /// Otherwise it takes a staff token with the permission `metrics`.
    pub metrics_are_public: bool,
    /// Where figures of all instances are added up; `None`: nowhere.
    pub collector: Option<Collector>,
}

impl Settings {
    /// Names of the variables and secrets that [`Settings::read`] needs.
    pub const NAMES: [&'static str; 8] = [
        "shop_name",
        "base_url",
        "redirect_hosts",
        "session_secret",
        "express_fee_minor",
        "metrics_are_public",
        "otlp_metrics_url",
        "otlp_authorization",
    ];

    /// Reads the settings; adapters do so once per instance.
    ///
    /// # Errors
    /// With everything that is wrong; the storefront serves nothing then.
    pub fn read(values: &Values) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(values);
        let settings = Self {
            shop_name: reader.text("shop_name").to_owned(),
            address: reader.public_address(),
            session_secret: reader.secret("session_secret"),
            express_fee_minor: reader.number("express_fee_minor", 0, 0..=FEE_MINOR_MAX),
            metrics_are_public: reader.switch("metrics_are_public", false),
            collector: reader.collector(),
        };
        reader.finish(settings)
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Settings")
            .field("shop_name", &self.shop_name)
            .field("address", &self.address)
            .field("express_fee_minor", &self.express_fee_minor)
            .field("metrics_are_public", &self.metrics_are_public)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "5d41402abc4b2a76b9719d911017c592";

    fn read(changed: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let right = [
            ("shop_name", "Souk"),
            ("base_url", "https://shop.example"),
            ("session_secret", SECRET),
            ("express_fee_minor", "1500"),
        ];
        Settings::read(&right.iter().chain(changed).copied().collect())
    }

    #[test]
    fn right_settings_are_taken_as_they_are() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.address.base_url(), Some("https://shop.example"));
        assert_eq!(settings.session_secret, SECRET);
        assert_eq!(settings.express_fee_minor, 1_500);
    }

    #[test]
    fn wrong_settings_do_not_pass() {
        for (name, value) in [
            ("base_url", "http://shop.example"),
            ("base_url", "javascript:alert(1)"),
            ("session_secret", ""),
            ("session_secret", "change-me-to-32-random-characters"),
            ("session_secret", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            ("express_fee_minor", "-500"),
            ("express_fee_minor", "free"),
            ("redirect_hosts", "https://www.shop.example"),
            ("otlp_metrics_url", "http://otlp.example/v1/metrics"),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert_eq!(error.0[0].name, name, "{name}={value}");
        }
    }
}
