//! Keys of the key-value store. One store holds everything that the edge reads.
//!
//! Keys are ASCII, at most 255 bytes (Spin's bound; Workers KV allows 512).

use std::fmt::Display;

/// The pointer to the published version: a [`crate::staff::Pointer`] as JSON.
/// The only key of the catalogue whose value changes.
pub const CURRENT: &str = "catalogue/current";

/// Which SKUs cannot be ordered at the moment: an availability snapshot as `souk_stock_signals`
/// writes it. Written by the origin where the platform's store shows a write within seconds.
pub const AVAILABILITY: &str = "availability";

/// Which SKUs the origin has latched: sold-out holds as `souk_stock_signals` writes them.
/// Written by the origin where the platform's store shows a write at once.
pub const LATCHES: &str = "latches";

/// The pointer of a version that was published at some time; never changes.
pub fn version(number: u64) -> String {
    format!("catalogue/version/{number}")
}

/// A catalogue blob, by the hash of its content.
pub fn blob(hash: impl Display) -> String {
    format!("blob/{hash}")
}

/// A media file; `name` is the hash of its content with the extension of its type.
pub fn media(name: &str) -> String {
    format!("media/{name}")
}

/// The address path of a media file.
pub fn media_path(name: &str) -> String {
    format!("/media/{name}")
}
