//! What the staff API works with.
//!
//! Not here: what it does with a request (`admit`, `routes`, `tokens`).

use crate::access::Access;
use crate::settings::Settings;

/// What the staff API works with. A function makes one for each request.
pub struct Staff<'a, D, B, T, S> {
    /// The platform.
    pub back_office: &'a D,
    /// The order index.
    pub index: &'a B,
    /// The staff tokens.
    pub tokens: &'a T,
    /// How often shoppers searched for what.
    pub tallies: &'a S,
    /// What the instance remembers about access.
    pub access: &'a Access,
    /// What the deployment decides.
    pub settings: &'a Settings,
    /// Gets a line for each failure.
    pub log: &'a dyn Fn(&str),
}
