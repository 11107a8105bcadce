//! What an instance remembers about access: the tokens that it has read, requests that were refused,
//! and the memory that uploads have.
//!
//! Not here: the check of a request (`admit`), the store (`souk-staff-tokens`).

mod known;
mod refused;
mod room;

use souk_protocol::staff::Permission;

use known::Known;
use refused::Refused;
use room::Room;

pub use room::Seat;

/// What an instance remembers about access. Each has one for all of its requests.
#[derive(Debug, Default)]
pub struct Access {
    pub(crate) known: Known,
    pub(crate) refused: Refused,
    pub(crate) room: Room,
}

impl Access {
    /// Forgets the tokens that the instance has read, because they have changed.
    pub(crate) fn forget_tokens(&self) {
        self.known.forget();
    }
}

/// The hash under which a token is kept.
pub(crate) fn hash_of(token: &str) -> String {
    blake3::hash(token.as_bytes()).to_hex().to_string()
}

/// The sentence about a permission that is missing: one of these.
pub(crate) fn forbidden(wanted: &[Permission]) -> String {
    let names: Vec<_> = wanted.iter().map(|permission| permission.name()).collect();
    format!(
        "the token lacks the permission {}: make one that has it, with souk staff token create \
         (the deployment's secret makes tokens and does nothing else)",
        names.join(" or ")
    )
}
