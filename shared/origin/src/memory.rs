//! What an instance of the origin remembers between requests: nothing that it could not read again.

use std::cell::OnceCell;

use http::HeaderValue;

use crate::{Pressure, known_terms::KnownTerms};

/// The memory of an instance.
#[derive(Debug, Default)]
pub struct Memory {
    /// Refusals, for sold-out holds.
    pub(crate) pressure: Pressure,
    /// The terms of the published version.
    pub(crate) terms: KnownTerms,
    /// The name of the store.
    pub(crate) identity: OnceCell<HeaderValue>,
}

impl Memory {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self {
            pressure: Pressure::new(),
            terms: KnownTerms::new(),
            identity: OnceCell::new(),
        }
    }
}
