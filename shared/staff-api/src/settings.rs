//! What a deployment decides about the staff API; the check of its token.

use headers::{Authorization, HeaderMapExt, authorization::Bearer};
use http::HeaderMap;
use souk_catalogue::Hash;
use souk_order_index::courier::deliveries_per_second;
use souk_protocol::problem::{Problem, ProblemKind};

/// A shorter staff token counts as none: it could be guessed.
pub const TOKEN_BYTES_MIN: usize = 16;

/// What a deployment decides about the staff API.
#[derive(Clone)]
pub struct Settings {
    /// The staff token; an empty or short one closes the staff API.
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

pub(crate) fn authorise(headers: &HeaderMap, token: &str) -> Result<(), Problem> {
    if token.len() < TOKEN_BYTES_MIN {
        let detail = format!(
            "the staff API is closed: set the secret STAFF_TOKEN to at least {TOKEN_BYTES_MIN} bytes"
        );
        return Err(Problem::new(ProblemKind::Unauthorized).detail(detail));
    }
    let given = headers.typed_get::<Authorization<Bearer>>();
    let given = given.as_ref().map_or("", Authorization::token);
    // Hashes of equal length are compared, so the time tells nothing about the token.
    let (given, right) = (Hash::of(given.as_bytes()), Hash::of(token.as_bytes()));
    if given == right {
        return Ok(());
    }
    Err(Problem::new(ProblemKind::Unauthorized).detail("send the staff token as a bearer token"))
}
