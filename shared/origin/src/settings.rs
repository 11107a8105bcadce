//! What a deployment decides about its origin.

use souk_order_store::{LimitsError, Terms};
use souk_vault::{Vault, VaultError};

/// What the log says where personal fields are stored as they are.
pub const UNSEALED: &str = "no data keys: names and addresses of orders are stored unsealed. \
    Set the secret data_keys (DATA_KEYS on Workers) to NAME:KEY, KEY by `openssl rand -base64 32`";

/// Settings of the origin.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What orders promise and cost.
    pub terms: Terms,
    /// Seals personal fields before they are stored.
    pub vault: Vault,
}

/// A setting without which the origin does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The data keys cannot be read: no order may be stored open because of a slip.
    #[error(transparent)]
    Keys(#[from] VaultError),
    /// A limit is none: it must not be lifted by a slip.
    #[error(transparent)]
    Limits(#[from] LimitsError),
}
