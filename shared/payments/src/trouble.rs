//! Why something about a payment could not be brought to its end.

use souk_origin_client::OriginError;

use crate::provider::ProviderError;

/// Why something could not be brought to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// The origin did not do it.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// The provider did not do it.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The payment is at a provider that the deployment does not know.
    #[error("the payment provider {0} is not set up")]
    NoProvider(String),
}

impl Trouble {
    /// What the origin says cannot be.
    pub(crate) fn corrupt(reason: impl Into<String>) -> Self {
        OriginError::Corrupt(reason.into()).into()
    }

    /// Whether the same request may succeed later without any other change.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(
            self,
            Trouble::Origin(OriginError::Silent(_))
                | Trouble::Provider(ProviderError::Transient(_))
        )
    }
}
