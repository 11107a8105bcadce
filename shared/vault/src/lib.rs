//! Seals personal fields before they are stored, and opens them for those who may read them.
//!
//! A [`Vault`] holds the deployment's keys. Texts are sealed with the first of them; the others
//! open what was sealed before, so a key is changed by putting a new one in front. What is opened
//! with an old key is reported, so that the store can seal it again.
//!
//! Sealing is XChaCha20-Poly1305 as its library has it. The nonce is 24 bytes from the randomness
//! port, which is what this cipher is made for: no counter and no state. The same text is sealed to
//! another one each time, so a repeated order is recognised by its fingerprint, never by what is
//! sealed. The context (the order's number) is authenticated: what was sealed for one order opens
//! for no other.
//!
//! **Architecture Invariant:** a store, a queue and a log see personal fields only sealed.
//!
//! Not here: where keys come from (the platform's secrets), who may read (the use cases).

mod details;
mod keys;

pub use details::{OpenedDetails, open_details, seal_details};
pub use keys::{Vault, VaultError};
