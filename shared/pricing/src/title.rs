//! Names that shoppers read.

use minicbor::{Decode, Encode};

/// A text in the shop's own language, with translations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Title {
    /// In the shop's own language.
    #[n(0)]
    pub own: String,
    /// The code of a further language and the text in it.
    #[n(1)]
    pub others: Vec<(String, String)>,
}

impl Title {
    /// The text in a language; that of the shop's own where there is no translation.
    pub fn get(&self, language: &str) -> &str {
        let mut others = self.others.iter();
        let found = others.find(|(code, _)| code == language);
        found.map_or(&self.own, |(_, text)| text)
    }
}
