//! What the staff say to set how many requests a client may send.

use serde::{Deserialize, Serialize};

use crate::operations::RequestLimit;

/// Sets how many requests a client may send.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetLimits {
    /// Each class once; those that are not named have their defaults.
    pub limits: Vec<RequestLimit>,
    /// Why, for the journal; at most [`REASON_CHARS_MAX`] characters.
    ///
    /// [`REASON_CHARS_MAX`]: crate::operations::REASON_CHARS_MAX
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
