//! Keys of the key-value store. One store holds everything that the edge reads.
//!
//! Keys are ASCII, at most 255 bytes (Spin's bound; Workers KV allows 512).

use std::fmt::Display;

/// The pointer to the published version of one format of blobs: a [`crate::staff::Pointer`] as
/// JSON. The only keys of the catalogue whose values change, beside [`INSIGHTS`]. A function reads that of the format it
/// was built for, so the next format is published before the functions that read it are deployed.
pub fn current(format: u32) -> String {
    format!("catalogue/{format}/current")
}

/// Whether a key is one of [`current`], or [`INSIGHTS`]: its value changes.
pub fn is_current(key: &str) -> bool {
    key == INSIGHTS || (key.starts_with("catalogue/") && key.ends_with("/current"))
}

/// Which SKUs cannot be ordered at the moment: an availability snapshot as `souk_stock_signals`
/// writes it. Written by the origin where the platform's store shows a write within seconds.
pub const AVAILABILITY: &str = "availability";

/// Which SKUs the origin has under a sold-out hold: sold-out holds as `souk_stock_signals` writes
/// them. Written by the origin where the platform's store shows a write at once.
pub const SOLD_OUT_HOLDS: &str = "sold_out_holds";

/// Levels, switches and sales as every edge has to know them: a pulse as `souk_operations` writes it.
/// Written by the store `operations` where the platform's store shows a write at once.
pub const PULSE: &str = "pulse";

/// The pointer to what was learnt from orders: a [`crate::staff::InsightsPointer`] as text. Its blobs
/// stand beside those of the catalogue.
pub const INSIGHTS: &str = "insights/current";

/// The pointer of a version that was published at some time; never changes.
pub fn version(format: u32, number: u64) -> String {
    format!("catalogue/{format}/version/{number}")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_of_two_formats_stand_beside_each_other() {
        assert_eq!(current(3), "catalogue/3/current");
        assert_ne!(version(3, 7), version(4, 7));
        assert!(is_current(&current(4)) && is_current(INSIGHTS));
        assert!(!is_current(&version(4, 7)) && !is_current(&blob("current")));
    }
}
