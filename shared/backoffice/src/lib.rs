//! The staff API: blobs, media, publications, offers, stock, audit.
//!
//! [`handle`] checks the bearer token first, for every address; without it nothing answers. What
//! is strict (versions, offers, stock) is the origin's and is passed on; what is published goes to
//! the key-value store.
//!
//! Not here: files and their import (`souk-import`), which blobs to send (the tool that publishes).

mod publish;
mod staff;

pub use staff::{TOKEN_BYTES_MIN, handle};
