//! What the staff say about releases of the storefront.

use serde::{Deserialize, Serialize};

use crate::release::NextRelease;

/// Begins, changes or ends a release: one of the four.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetRelease {
    /// A second build for a share of the shoppers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextRelease>,
    /// Another share of the one that is out, of 10,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<u16>,
    /// `true`: it ends, and its build is the stable one now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promote: Option<bool>,
    /// `true`: it ends, and shoppers get the stable build again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<bool>,
    /// Why, for the journal; at most [`REASON_CHARS_MAX`] characters.
    ///
    /// [`REASON_CHARS_MAX`]: crate::operations::REASON_CHARS_MAX
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
