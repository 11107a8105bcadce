//! What a deployment decides about its origin.

use souk_order_store::Terms;
use souk_vault::Vault;

/// What the log says where personal fields are stored as they are.
pub const UNSEALED: &str = "open_storage (OPEN_STORAGE) is true and there are no data keys: names and \
    addresses of orders are stored unsealed. To end that, set the secret data_keys (DATA_KEYS) to \
    NAME:KEY, KEY by `openssl rand -base64 32`, and run `souk keys rewrap`";

/// Settings of the origin.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What orders promise and cost.
    pub terms: Terms,
    /// Seals personal fields before they are stored.
    pub vault: Vault,
}
