//! The languages that the shop speaks.

/// A language of the storefront. Names in the catalogue carry one text for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Locale {
    /// English: pages without a prefix.
    En,
    /// Simplified Chinese: pages under `/zh`.
    Zh,
}

impl Locale {
    /// Every language, the default one first.
    pub const ALL: [Locale; 2] = [Locale::En, Locale::Zh];

    /// The BCP 47 tag, as in `<html lang>` and `hreflang`.
    pub fn tag(self) -> &'static str {
        match self {
            Locale::En => "en",
            Locale::Zh => "zh-Hans",
        }
    }

    /// What stands before the path of a page in this language.
    pub fn path_prefix(self) -> &'static str {
        match self {
            Locale::En => "",
            Locale::Zh => "/zh",
        }
    }

    /// The other language, for the switch on every page.
    pub fn other(self) -> Locale {
        match self {
            Locale::En => Locale::Zh,
            Locale::Zh => Locale::En,
        }
    }
}
