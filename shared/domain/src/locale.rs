//! Languages: their codes, their places among the languages of a shop, and what addresses of their
//! pages begin with.

use std::fmt;

/// The code of a language, as a shop writes it in its settings and in addresses: lower case, such
/// as `de`, `zh` or `pt-br`. Source: BCP 47, without extensions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LanguageCode {
    /// ASCII, filled up with zeros.
    bytes: [u8; LanguageCode::BYTES_MAX],
}

/// Why a text is not the code of a language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not the code of a language, such as de or pt-br")]
pub struct LanguageCodeError(pub String);

impl LanguageCode {
    /// Bytes of the longest code, such as `zh-hant-tw`.
    pub const BYTES_MAX: usize = 11;

    /// English.
    pub const EN: LanguageCode = LanguageCode {
        bytes: *b"en\0\0\0\0\0\0\0\0\0",
    };

    /// Reads a code; capitals count as small letters.
    ///
    /// # Errors
    /// When it does not consist of a language of two or three letters and further parts of two to
    /// eight letters and digits, with a hyphen before each.
    pub fn parse(text: &str) -> Result<Self, LanguageCodeError> {
        let mut parts = text.split('-');
        let language = parts.next().unwrap_or_default();
        let is_language = (2..=3).contains(&language.len())
            && language.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_part = |part: &str| {
            (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        if !is_language || !parts.all(is_part) || text.len() > Self::BYTES_MAX {
            return Err(LanguageCodeError(text.to_owned()));
        }
        let mut bytes = [0; Self::BYTES_MAX];
        for (byte, own) in bytes.iter_mut().zip(text.bytes()) {
            *byte = own.to_ascii_lowercase();
        }
        Ok(Self { bytes })
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        let end = self.bytes.iter().position(|&byte| byte == 0);
        let bytes = &self.bytes[..end.unwrap_or(Self::BYTES_MAX)];
        std::str::from_utf8(bytes).expect("a code is ASCII")
    }
}

impl fmt::Display for LanguageCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Debug for LanguageCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), out)
    }
}

/// Bytes of the longest path of a market.
pub const MARKET_PATH_BYTES_MAX: usize = 16;

/// What addresses begin with that are no market's: the first segments of the shop's own pages, of
/// what is for programs, and of what lies beside the shop under its host.
pub const TAKEN_SEGMENTS: [&str; 21] = [
    "api",
    "assets",
    "blog",
    "cart",
    "checkout",
    "collections",
    "developers",
    "healthz",
    "help",
    "mail",
    "media",
    "metrics",
    "orders",
    "pages",
    "payments",
    "problems",
    "products",
    "readyz",
    "sales",
    "search",
    "sitemaps",
];

/// A language of a shop, as a page is in it: which one it is, its place among them, and the market
/// that the page is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Locale {
    place: u8,
    code: LanguageCode,
    market: u8,
    /// Path of the market: ASCII, filled up with zeros.
    path: [u8; MARKET_PATH_BYTES_MAX],
    /// Whether addresses name the language.
    is_named: bool,
}

impl Locale {
    /// Languages that a shop has at most.
    pub const COUNT_MAX: usize = 32;

    /// The language at a place in a shop's list; the shop's own one is at place 0. Of the first
    /// market, whose addresses name every other language.
    pub const fn new(place: u8, code: LanguageCode) -> Self {
        Self {
            place,
            code,
            market: 0,
            path: [0; MARKET_PATH_BYTES_MAX],
            is_named: place != 0,
        }
    }

    /// A shop's own language.
    pub const fn own(code: LanguageCode) -> Self {
        Self::new(0, code)
    }

    /// The same language in the market at a place in the shop's list: `path` is what addresses of
    /// its pages begin with, [`MARKET_PATH_BYTES_MAX`] bytes at most, and `is_named` says whether
    /// they name the language.
    #[must_use]
    pub fn in_market(self, market: u8, path: &str, is_named: bool) -> Self {
        let mut bytes = [0; MARKET_PATH_BYTES_MAX];
        for (byte, own) in bytes.iter_mut().zip(path.bytes()) {
            *byte = own;
        }
        Self {
            market,
            path: bytes,
            is_named,
            ..self
        }
    }

    /// Its place in the shop's list of languages.
    pub fn place(self) -> usize {
        self.place.into()
    }

    /// Whether it is the shop's own language.
    pub fn is_own(self) -> bool {
        self.place == 0
    }

    /// Its code.
    pub fn code(&self) -> &str {
        self.code.as_str()
    }

    /// The place of the market in the shop's list; 0 for the first one.
    pub fn market(self) -> usize {
        self.market.into()
    }

    /// What stands before the path of a page: the path of the market and the language, such as
    /// `/np/zh`; nothing for the first language of the first market.
    pub fn path_prefix(self) -> impl fmt::Display {
        PathPrefix(self)
    }
}

struct PathPrefix(Locale);

impl fmt::Display for PathPrefix {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Locale { path, is_named, .. } = &self.0;
        let end = path.iter().position(|&byte| byte == 0);
        let path = std::str::from_utf8(&path[..end.unwrap_or(MARKET_PATH_BYTES_MAX)]);
        let language = is_named.then(|| self.0.code());
        let parts = [path.ok(), language].into_iter().flatten();
        for part in parts.filter(|part| !part.is_empty()) {
            write!(out, "/{part}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_without_case() {
        for (text, code) in [
            ("de", "de"),
            ("pt-BR", "pt-br"),
            ("zh-Hant-TW", "zh-hant-tw"),
        ] {
            assert_eq!(LanguageCode::parse(text).unwrap().as_str(), code);
        }
        assert_eq!(LanguageCode::parse("en"), Ok(LanguageCode::EN));
        for text in [
            "",
            "d",
            "deutsch",
            "de_DE",
            "de-",
            "-de",
            "d3",
            "zh-hant-tw-x",
            "../a",
        ] {
            assert!(LanguageCode::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn pages_in_the_own_language_have_no_prefix() {
        let zh = LanguageCode::parse("zh").unwrap();
        assert_eq!(Locale::own(zh).path_prefix().to_string(), "");
        assert_eq!(Locale::new(2, zh).path_prefix().to_string(), "/zh");
    }

    #[test]
    fn pages_of_a_further_market_lie_below_its_path() {
        let zh = Locale::new(2, LanguageCode::parse("zh").unwrap());
        let nepal = |is_named| zh.in_market(1, "np", is_named);
        assert_eq!(nepal(true).path_prefix().to_string(), "/np/zh");
        assert_eq!(nepal(false).path_prefix().to_string(), "/np");
        assert_eq!((nepal(true).market(), zh.market()), (1, 0));
        let longest = "x".repeat(MARKET_PATH_BYTES_MAX);
        let prefix = zh.in_market(1, &longest, false).path_prefix().to_string();
        assert_eq!(prefix, format!("/{longest}"));
    }
}
