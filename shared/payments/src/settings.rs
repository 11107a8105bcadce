//! The seam, for deployments: how a function finds out which providers are set up, and with what.
//!
//! A provider names its variables and secrets; the function reads them from its platform, once per
//! instance, and hands them over. What they mean is known to the provider's crate alone.

use souk_settings::{PublicAddress, Reader};

/// What a deployment decides about one provider.
pub trait ProviderSettings: Sized {
    /// Names of its variables and secrets in small letters, as Spin has them. On Workers they have
    /// the same names in capitals.
    const NAMES: &'static [&'static str];

    /// Reads them; `None` when the provider is not set up. A deployment that contradicts itself is a
    /// fault of the reader; payments serve nothing then.
    fn read(reader: &mut Reader<'_>, deployment: Deployment) -> Option<Self>;
}

/// What a provider needs to know of the whole deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deployment {
    /// Whether strangers reach the shop.
    pub is_public: bool,
    /// Whether it is meant that nothing is paid with real money, although strangers reach the shop.
    pub takes_test_payments: bool,
}

/// Names of the settings that [`Deployment::read`] needs.
pub const DEPLOYMENT_NAMES: [&str; 5] = [
    "base_url",
    "redirect_hosts",
    "payments_test_mode",
    "otlp_metrics_url",
    "otlp_authorization",
];

impl Deployment {
    /// Reads what is no provider's own, with the shop's address.
    pub fn read(reader: &mut Reader<'_>) -> (Self, PublicAddress) {
        let address = reader.public_address();
        let deployment = Self {
            is_public: address.is_public(),
            takes_test_payments: reader.switch("payments_test_mode", false),
        };
        (deployment, address)
    }
}
