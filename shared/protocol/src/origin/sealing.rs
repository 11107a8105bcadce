//! The walk over everything that is sealed: which keys it needs, and sealing it with the newest one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// `POST`: [`WalkSealed`] → [`WalkedSealed`].
pub const SEALED_PATH: &str = "/trade/v1/sealed";

/// Most orders of one step.
pub const WALK_ORDERS_MAX: u32 = 100;

/// Asks for one step of the walk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WalkSealed {
    /// Where the step before ended: [`WalkedSealed::after`]; empty at the beginning.
    #[serde(default)]
    pub after: String,
    /// 1 to [`WALK_ORDERS_MAX`].
    pub limit: u32,
    /// Whether to seal with the newest key what is not.
    #[serde(default)]
    pub rewrap: bool,
}

/// One step of the walk, as things are after it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalkedSealed {
    /// Names of the data keys that the origin has, the one that seals first; never the keys.
    pub keys: Vec<String>,
    /// Orders of this step.
    pub orders: u32,
    /// Orders that need a key, by its name: their personal fields or their fingerprints.
    pub needs: BTreeMap<String, u32>,
    /// Orders with something that lies open.
    pub open: u32,
    /// Orders that this step has sealed anew.
    pub rewrapped: u32,
    /// Numbers of orders that no key of the origin opens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unopened: Vec<String>,
    /// Where the next step begins; absent after the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}
