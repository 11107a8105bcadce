//! Seals personal fields before they are stored, and opens them for those who may read them.
//!
//! A [`Vault`] holds the deployment's keys. Texts are sealed with the first of them; the others
//! open what was sealed before, so a key is changed by putting a new one in front. What is opened
//! with an old key is reported, so that whoever stores it can seal it anew.
//!
//! Sealing is XChaCha20-Poly1305. The nonce is a keyed hash of context and text (as in a synthetic
//! IV): it is equal only where both are, so nothing depends on a source of randomness, and a
//! repeated request is sealed to the same text. The context (the order's number) is authenticated:
//! what was sealed for one order opens for no other.
//!
//! **Architecture Invariant:** a store, a queue and a log see personal fields only sealed.
//!
//! Not here: where keys come from (the platform's secrets), who may read (the use cases).

mod details;
mod keys;

pub use details::{OpenedDetails, open_details, seal_details};
pub use keys::{Vault, VaultError};
