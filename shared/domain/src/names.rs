//! Names of things: SKUs, slugs, order numbers. A value that exists is well formed.

use std::fmt;

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing, or only white space.
    #[error("is empty")]
    Empty,
    /// Longer than the bound, in bytes.
    #[error("is longer than {0} bytes")]
    TooLong(usize),
    /// Holds a character that the name may not have.
    #[error("has the character {0:?}, which is not allowed")]
    Character(char),
    /// `.` or `..`: as a segment of a path they mean a place, and clients resolve them away
    /// (RFC 3986, 5.2.4).
    #[error("is a dot segment, which no address can hold")]
    DotSegment,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $bytes_max:literal, in_paths: $in_paths:literal, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Longest name, in bytes of UTF-8.
            pub const BYTES_MAX: usize = $bytes_max;

            /// Reads a name; white space around it is dropped.
            ///
            /// # Errors
            /// When it is empty, too long, or has a character that the name may not have.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                let text = text.trim();
                if text.is_empty() {
                    return Err(NameError::Empty);
                }
                if text.len() > Self::BYTES_MAX {
                    return Err(NameError::TooLong(Self::BYTES_MAX));
                }
                let allowed: fn(char) -> bool = $allowed;
                match text.chars().find(|&c| !allowed(c)) {
                    Some(c) => Err(NameError::Character(c)),
                    None if $in_paths && matches!(text, "." | "..") => Err(NameError::DotSegment),
                    None => Ok(Self(text.to_owned())),
                }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }
    };
}

name!(
    /// The stock keeping unit of a variant: what is counted, held and sold.
    /// Printable, as merchants write it; up to 255 bytes as in Shopify.
    Sku, 255, in_paths: false, |c| !c.is_control()
);
name!(
    /// The part of an address that names a product or a collection (Shopify's handle).
    Slug, 255, in_paths: true, |c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.')
);
name!(
    /// The number of an order, as the shopper reads it.
    OrderId, 64, in_paths: true, |c| c.is_ascii_alphanumeric() || c == '-'
);

impl OrderId {
    /// What the numbers of the orders of a moment begin with, in milliseconds since 1970: numbers sort
    /// by time.
    pub fn first_of(now_ms: i64) -> String {
        format!("{:011X}", now_ms.max(0))
    }
}

impl Slug {
    /// Makes a slug out of any text: letters and digits in lower case, everything else a `-`.
    /// Chinese characters stay as they are. `None` when nothing is left.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut slug = String::new();
        for c in text.chars().flat_map(char::to_lowercase) {
            let c = if c.is_alphanumeric() { c } else { '-' };
            if c == '-' && (slug.is_empty() || slug.ends_with('-')) {
                continue;
            }
            if slug.len() + c.len_utf8() > Self::BYTES_MAX {
                break;
            }
            slug.push(c);
        }
        Self::parse(slug.trim_end_matches('-')).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_made_from_titles() {
        let cases = [
            ("Tea & Coffee", Some("tea-coffee")),
            ("  Été — 2026! ", Some("été-2026")),
            ("茶具 Tea", Some("茶具-tea")),
            ("---", None),
            ("", None),
        ];
        for (text, slug) in cases {
            assert_eq!(
                Slug::from_text(text).as_ref().map(Slug::as_str),
                slug,
                "{text}"
            );
        }
    }

    #[test]
    fn bad_names_say_what_is_wrong() {
        assert_eq!(Sku::parse(" "), Err(NameError::Empty));
        assert_eq!(Sku::parse("a\u{0}b"), Err(NameError::Character('\u{0}')));
        assert_eq!(Sku::parse(&"x".repeat(256)), Err(NameError::TooLong(255)));
        assert_eq!(Slug::parse("a/b"), Err(NameError::Character('/')));
        assert_eq!(Sku::parse(" A 1 ").unwrap().as_str(), "A 1");
    }

    #[test]
    fn a_slug_is_never_a_dot_segment() {
        for text in [".", "..", " .. "] {
            assert_eq!(Slug::parse(text), Err(NameError::DotSegment), "{text}");
            assert!(Sku::parse(text).is_ok(), "a SKU is no part of a path");
        }
        assert!(Slug::parse("...").is_ok() && Slug::parse("a.b").is_ok());
    }
}
