//! What the staff say to set the level or a switch.
//!
//! Not here: how everything stands ([`crate::operations::Standing`]), which switches there are and how
//! they may stand (`souk_operations`).

use serde::{Deserialize, Serialize};

/// The state of a switch that goes by the level again.
pub const BY_LEVEL: &str = "by_level";

/// Sets the level, or a switch: `level`, or `switch` and `state`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetSwitches {
    /// 0 (everything on) to 5 (only what is needed to buy).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    /// The name of a switch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switch: Option<String>,
    /// How it is to stand: `on` or another of its settings, or [`BY_LEVEL`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// When it ends, as RFC 3339, at most a day ahead. A switch needs it, unless it goes by the level
    /// again; a level without it stays until it is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Why, for the journal; at most [`REASON_CHARS_MAX`] characters.
    ///
    /// [`REASON_CHARS_MAX`]: crate::operations::REASON_CHARS_MAX
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
