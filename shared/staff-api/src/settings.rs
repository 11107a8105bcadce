//! What a deployment decides about the staff API.

use souk_order_index::courier::deliveries_per_second;

/// A shorter secret counts as none: it could be guessed.
pub const TOKEN_BYTES_MIN: usize = 16;

/// What a deployment decides about the staff API.
#[derive(Clone)]
pub struct Settings {
    /// The secret that makes the first tokens and nothing else, and from which tokens are derived; an
    /// empty or short one closes the staff API.
    pub token: String,
    /// Most messages for the order index in a second; see [`souk_order_index::courier::Pace`].
    pub deliveries_per_second: u32,
}

impl Settings {
    /// Reads the settings from a platform's texts; what is no number is the default.
    pub fn read(token: String, per_second: &str) -> Self {
        Self {
            token,
            deliveries_per_second: deliveries_per_second(per_second),
        }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Settings")
            .field("deliveries_per_second", &self.deliveries_per_second)
            .finish_non_exhaustive()
    }
}
