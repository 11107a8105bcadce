//! A language of the shop: what the pages say in it, and how it writes numbers and dates.

use minicbor::{Decode, Encode};
use souk_catalogue::{DecodeError, Hash, decode_blob, encode_blob};

use crate::Formats;

/// A language that the shop speaks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Language {
    /// Its code in `shop.toml`, in names of files and in addresses: lower case, such as `de`, `zh`
    /// or `pt-br`.
    #[n(0)]
    pub code: String,
    /// BCP 47 tag, as in `<html lang>` and `hreflang`: `zh-Hans`.
    #[n(1)]
    pub tag: String,
    /// What it calls itself.
    #[n(2)]
    pub name: String,
    /// Language and territory as Open Graph has them: `de_DE`.
    #[n(3)]
    pub open_graph: String,
    /// Which way it is written.
    #[n(4)]
    pub direction: Direction,
    /// The blob of its [`LanguagePack`].
    #[n(5)]
    pub pack: Option<Hash>,
}

/// Which way a language is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Direction {
    /// From the left to the right.
    #[default]
    #[n(0)]
    Ltr,
    /// From the right to the left.
    #[n(1)]
    Rtl,
}

/// What the pages need to speak a language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct LanguagePack {
    /// The texts of the shop's own pages by their keys, in ascending order of these. A text with a
    /// number has a key for each plural form: `products.one`, `products.other`. Numbers and names
    /// stand in braces: `{count}`.
    #[n(0)]
    pub words: Vec<(String, String)>,
    /// How it writes numbers, amounts and dates.
    #[n(1)]
    pub formats: Formats,
    /// The blob of its [`CountryNames`].
    #[n(2)]
    pub countries: Option<Hash>,
}

impl LanguagePack {
    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        encode_blob(self)
    }

    /// # Errors
    /// When the blob is not a language pack.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        decode_blob("language pack", blob)
    }
}

/// Names of countries in a language, in the order in which it sorts them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct CountryNames {
    /// ISO 3166-1 code and name.
    #[n(0)]
    pub names: Vec<(String, String)>,
}

impl CountryNames {
    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        encode_blob(self)
    }

    /// # Errors
    /// When the blob is not a list of countries.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        decode_blob("list of countries", blob)
    }

    /// The name of a country.
    pub fn find(&self, code: &str) -> Option<&str> {
        let mut names = self.names.iter();
        names
            .find(|(known, _)| known == code)
            .map(|(_, name)| name.as_str())
    }
}
