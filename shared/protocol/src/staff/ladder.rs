//! What the staff say to set what levels 1 to 3 switch.

use serde::{Deserialize, Serialize};

use crate::operations::LadderRung;

/// Sets what levels 1 to 3 switch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetLadder {
    /// All of it, in any order; without any these levels switch only what is fixed.
    pub rungs: Vec<LadderRung>,
    /// Why, for the journal; at most [`REASON_CHARS_MAX`] characters.
    ///
    /// [`REASON_CHARS_MAX`]: crate::operations::REASON_CHARS_MAX
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
