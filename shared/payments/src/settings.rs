//! The seam, for deployments: how a function finds out which providers are set up, and with what.
//!
//! A provider names its variables and secrets; the function reads them from its platform, once per
//! instance, and hands them over. What they mean is known to the provider's crate alone.

use std::collections::BTreeMap;

/// Values of variables and secrets, by their names.
#[derive(Clone, Default)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// The value, without blanks around it; empty when it is not set.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.trim())
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Variables {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        Self(
            pairs
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

/// What a deployment decides about one provider.
pub trait ProviderSettings: Sized {
    /// Names of its variables and secrets in small letters, as Spin has them. On Workers they have
    /// the same names in capitals.
    const VARIABLES: &'static [&'static str];

    /// Reads them; `None` when the provider is not set up.
    ///
    /// # Errors
    /// When the deployment contradicts itself; payments serve nothing then.
    fn read(variables: &Variables) -> Result<Option<Self>, SettingsError>;
}

/// Why settings are refused, in words for the person who deploys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{provider}: {reason}")]
pub struct SettingsError {
    /// The provider's name.
    pub provider: &'static str,
    /// What is wrong.
    pub reason: String,
}
