//! Who orders, as far as limits need to know, and how large the store has become.

use serde::{Deserialize, Serialize};

/// Who orders. Both names are keyed hashes that the edge makes: neither the e-mail address
/// nor the client's address reaches a store.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AskedBy {
    /// Of the buyer's e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<String>,
    /// Of the client's address, where the platform tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The client is on the machine of the shop itself: its buyer is not limited unless the shop
    /// says so.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_local: bool,
}

impl AskedBy {
    /// Whether nothing is known.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

/// `GET`: → [`StoreSize`].
pub const SIZE_PATH: &str = "/trade/v1/size";

/// How large the origin's stores are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StoreSize {
    /// Bytes of all of them.
    pub bytes: i64,
    /// Bytes of the largest one.
    pub largest_bytes: i64,
}

impl StoreSize {
    /// Of one more store.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            bytes: self.bytes + other.bytes,
            largest_bytes: self.largest_bytes.max(other.largest_bytes),
        }
    }
}

fn is_false(value: &bool) -> bool {
    !value
}
