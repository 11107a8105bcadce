//! The keys of a sale: from one secret, which never leaves the store.

use minicbor::{Decode, Encode};
use souk_room::{Door, DrawKey, Secrets};

/// The purposes that keys are derived for.
const DOOR: &str = "souk 2026 door of a sale";
const DRAW: &str = "souk 2026 draw of a sale";

/// 32 unpredictable bytes.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct SaleSecret(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

/// It shows nothing of itself in a log.
impl std::fmt::Debug for SaleSecret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the secret of a sale")
    }
}

impl SaleSecret {
    /// The keys of a session, by its number: BLAKE3 derives each from the secret and the number in 4
    /// bytes, big-endian. To know one of them says nothing of another one.
    pub fn keys(&self, session: u32) -> Secrets {
        let mut material = [0; 36];
        material[..32].copy_from_slice(&self.0);
        material[32..].copy_from_slice(&session.to_be_bytes());
        Secrets {
            door: Door(blake3::derive_key(DOOR, &material)),
            draw: DrawKey(blake3::derive_key(DRAW, &material)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_session_has_keys_of_its_own() {
        let secret = SaleSecret([7; 32]);
        let (one, two) = (secret.keys(1), secret.keys(2));
        assert_eq!(one, secret.keys(1));
        let keys = [one.door.0, one.draw.0, two.door.0, two.draw.0];
        for at in 0..keys.len() {
            assert!(!keys[..at].contains(&keys[at]), "{at}");
        }
        assert_ne!(SaleSecret([8; 32]).keys(1), one);
    }
}
