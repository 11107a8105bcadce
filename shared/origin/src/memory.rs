//! What an instance of the origin remembers between requests: nothing that it could not read again.

use crate::{Pressure, known_terms::KnownTerms};

/// The memory of an instance.
#[derive(Debug, Default)]
pub struct Memory {
    /// Refusals, for sold-out holds.
    pub(crate) pressure: Pressure,
    /// The terms of the published version.
    pub(crate) terms: KnownTerms,
}

impl Memory {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self {
            pressure: Pressure::new(),
            terms: KnownTerms::new(),
        }
    }
}
