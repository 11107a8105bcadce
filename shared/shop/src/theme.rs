//! Looks.

use minicbor::{Decode, Encode};
use souk_catalogue::{DecodeError, Hash, decode_blob, encode_blob};

/// What the pages need to know of the looks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Theme {
    /// The blob of the [`ThemeBlob`]; absent for the program's own looks.
    #[n(0)]
    pub stylesheet: Option<Hash>,
    /// Colour of the browser's frame on light pages, `#rrggbb`.
    #[n(1)]
    pub light: String,
    /// The same on dark pages; empty where the shop has no dark looks.
    #[n(2)]
    pub dark: String,
}

/// Custom properties that stand before the program's own stylesheet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct ThemeBlob {
    /// CSS: rules for `:root` that set custom properties, and nothing else.
    #[n(0)]
    pub css: String,
}

impl ThemeBlob {
    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        encode_blob(self)
    }

    /// # Errors
    /// When the blob is not a theme.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        decode_blob("theme", blob)
    }
}
