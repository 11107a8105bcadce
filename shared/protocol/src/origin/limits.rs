//! Who orders, as far as limits need to know, and what the origin says about its stores.

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

/// `GET`: → [`StoreReport`].
pub const STORE_PATH: &str = "/trade/v1/store";

/// How large the origin's stores are, and whether personal fields are sealed in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StoreReport {
    /// Bytes of all of them.
    pub bytes: i64,
    /// Bytes of the largest one.
    pub largest_bytes: i64,
    /// Personal fields of new orders are stored as they are, because there are no data keys.
    pub is_open: bool,
}

impl StoreReport {
    /// Of one more store.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            bytes: self.bytes + other.bytes,
            largest_bytes: self.largest_bytes.max(other.largest_bytes),
            is_open: self.is_open || other.is_open,
        }
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_open_store_among_several_is_told() {
        let store = |bytes, is_open| StoreReport {
            bytes,
            largest_bytes: bytes,
            is_open,
        };
        let stores = [store(7, false), store(900, true), store(30, false)];
        let together = stores
            .into_iter()
            .fold(StoreReport::default(), StoreReport::and);
        assert_eq!(
            together,
            StoreReport {
                bytes: 937,
                largest_bytes: 900,
                is_open: true,
            }
        );
    }
}
