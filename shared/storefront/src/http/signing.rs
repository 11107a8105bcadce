//! Signatures of what the browser stores for the edge: carts and form tokens.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use souk_settings::Secrets;
use subtle::ConstantTimeEq;

/// Signs with a key derived from the deployment's secret. BLAKE3's keyed mode is a MAC; the
/// purpose goes into the key, so a signature for one purpose is worth nothing for another. The first
/// key signs; what was signed with an older one still opens.
pub(crate) struct Signer(Vec<[u8; 32]>);

impl Signer {
    pub(crate) fn new(secrets: &Secrets, purpose: &'static str) -> Self {
        let keys = secrets.all();
        Self(
            keys.map(|secret| blake3::derive_key(purpose, secret.as_bytes()))
                .collect(),
        )
    }

    /// The payload with its signature, in characters that fit a cookie.
    pub(crate) fn sign(&self, payload: &[u8]) -> String {
        let mac = blake3::keyed_hash(&self.0[0], payload);
        let mac = URL_SAFE_NO_PAD.encode(&mac.as_bytes()[..16]);
        format!("{}.{mac}", URL_SAFE_NO_PAD.encode(payload))
    }

    /// The payload, if the signature is ours. The comparison takes the same time for every input.
    pub(crate) fn open(&self, signed: &str) -> Option<Vec<u8>> {
        let (payload, mac) = signed.split_once('.')?;
        let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        let is_ours = self.0.iter().any(|key| {
            let right = blake3::keyed_hash(key, &payload);
            right.as_bytes()[..16].ct_eq(&mac).into()
        });
        is_ours.then_some(payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_signature_opens() {
        let signer = |secrets: &str, purpose| Signer::new(&Secrets::split(secrets), purpose);
        let (other, another) = (signer("secret", "other"), signer("Secret", "test"));
        let renewed = signer("new,secret", "test");
        let signer = signer("secret", "test");
        let signed = signer.sign(b"cart");
        assert_eq!(signer.open(&signed).as_deref(), Some(b"cart".as_slice()));
        assert_eq!(renewed.open(&signed).as_deref(), Some(b"cart".as_slice()));
        assert_eq!(signer.open(&renewed.sign(b"cart")), None);
        assert_eq!(other.open(&signed), None);
        assert_eq!(another.open(&signed), None);
        for (place, _) in signed.char_indices() {
            let mut forged = signed.clone();
            forged.replace_range(place..=place, "_");
            assert!(
                forged == signed || signer.open(&forged).is_none(),
                "{forged}"
            );
        }
        assert_eq!(signer.open(""), None);
    }
}
