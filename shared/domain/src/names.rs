//! Names of things: SKUs, slugs, order numbers. A value that exists is well formed.
//!
//! Names are compared in composed form (Unicode's NFC): a keyboard and a Mac's file system write the
//! same letter in different bytes. Slugs are also compared without case. Both forms are made when a
//! name is read, so that equal names have equal text.

use std::{borrow::Cow, fmt};

use unicode_normalization::char::is_combining_mark;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

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
    (
        $(#[$doc:meta])*
        $name:ident, $bytes_max:literal, in_paths: $in_paths:literal, $form:path, $allowed:expr
    ) => {
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
                let text = $form(text.trim());
                if text.is_empty() {
                    return Err(NameError::Empty);
                }
                if text.len() > Self::BYTES_MAX {
                    return Err(NameError::TooLong(Self::BYTES_MAX));
                }
                let allowed: fn(char) -> bool = $allowed;
                match text.chars().find(|&c| !allowed(c)) {
                    Some(c) => Err(NameError::Character(c)),
                    None if $in_paths && matches!(&*text, "." | "..") => Err(NameError::DotSegment),
                    None => Ok(Self(text.into_owned())),
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
    Sku, 255, in_paths: false, composed, |c| !c.is_control()
);
name!(
    /// The part of an address that names a product or a collection (Shopify's handle): letters with
    /// their marks, digits, `-`, `_`, `.` and symbols such as `™`, in lower case.
    Slug, 255, in_paths: true, canonical_name, is_in_slugs
);
name!(
    /// The number of an order, as the shopper reads it.
    OrderId, 64, in_paths: true, Cow::from, |c| c.is_ascii_alphanumeric() || c == '-'
);

impl OrderId {
    /// What the numbers of the orders of a moment begin with, in milliseconds since 1970: numbers sort
    /// by time.
    pub fn first_of(now_ms: i64) -> String {
        format!("{:011X}", now_ms.max(0))
    }
}

/// The text with its letters composed (NFC).
fn composed(text: &str) -> Cow<'_, str> {
    crate::nfc::compose(text)
}

/// How names in addresses are compared: in lower case, composed (NFC). For a part of an address as
/// it was sent, percent-decoded.
pub fn canonical_name(text: &str) -> Cow<'_, str> {
    match text.chars().any(char::is_uppercase) {
        true => Cow::Owned(composed(&text.to_lowercase()).into_owned()),
        false => composed(text),
    }
}

/// What an address may hold. Beyond ASCII that is everything but blanks, control characters, general
/// punctuation (U+2000 to U+206F, which has invisible characters and those that turn the direction of
/// writing; the two joiners of Persian and of emoji stay), characters for private use and tags.
pub(crate) fn is_in_slugs(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    }
    let joiner = matches!(c, '\u{200c}' | '\u{200d}');
    let strange = matches!(
        c,
        '\u{2000}'..='\u{206f}' | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..
    );
    joiner || !(c.is_whitespace() || c.is_control() || strange)
}

/// What Shopify leaves out of a handle without a trace.
const LEFT_OUT: [char; 9] = ['\'', '"', '(', ')', '[', ']', '’', '‘', '\u{ad}'];

impl Slug {
    /// Makes a slug out of any text: letters with their marks and digits in lower case, everything
    /// else a `-`. Chinese characters stay as they are. `None` when nothing is left.
    pub fn from_text(text: &str) -> Option<Self> {
        let is_part = |c: char| c.is_alphanumeric() || is_combining_mark(c);
        Self::joined(
            canonical_name(text).chars().filter(|&c| c != '\u{ad}'),
            is_part,
        )
    }

    /// A handle as a shop's export writes it. Symbols such as `™` and emoji stay, as Shopify lets
    /// them; what it would rewrite is rewritten as it does: quotation marks and brackets are left
    /// out, blanks and punctuation become one `-`. `None` when nothing is left.
    pub fn from_handle(handle: &str) -> Option<Self> {
        let handle = canonical_name(handle.trim());
        if let Ok(slug) = Self::parse(&handle)
            && !slug.0.chars().any(|c| !c.is_ascii() && is_punctuation(c))
        {
            return Some(slug);
        }
        let kept = handle.chars().filter(|c| !LEFT_OUT.contains(c));
        Self::joined(kept, |c| {
            is_in_slugs(c) && (c.is_ascii() || !is_punctuation(c))
        })
    }

    /// The parts of a text, joined by single `-`; a mark or a joiner only follows what it belongs to.
    fn joined(chars: impl Iterator<Item = char>, is_part: impl Fn(char) -> bool) -> Option<Self> {
        let mut slug = String::new();
        for c in chars {
            let follows = is_combining_mark(c) || matches!(c, '\u{200c}' | '\u{200d}');
            let c = if is_part(c) || follows { c } else { '-' };
            if (c == '-' || follows) && (slug.is_empty() || slug.ends_with('-')) {
                continue;
            }
            if slug.len() + c.len_utf8() > Self::BYTES_MAX {
                break;
            }
            slug.push(c);
        }
        Self::parse(slug.trim_end_matches(['-', '\u{200c}', '\u{200d}'])).ok()
    }
}

fn is_punctuation(c: char) -> bool {
    matches!(
        c.general_category_group(),
        GeneralCategoryGroup::Punctuation
            | GeneralCategoryGroup::Separator
            | GeneralCategoryGroup::Other
    ) && !matches!(c, '\u{200c}' | '\u{200d}')
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
            ("น้ำชา เย็น", Some("น้ำชา-เย็น")),
            ("हिन्दी", Some("हिन्दी")),
            ("می\u{200c}خواهم", Some("می\u{200c}خواهم")),
            ("cafe\u{301} lamp", Some("café-lamp")),
            ("\u{301}a", Some("a")),
            ("Warm™ lamp", Some("warm-lamp")),
            ("soft\u{ad}hyphen", Some("softhyphen")),
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
    fn handles_are_read_as_exports_write_them() {
        let cases = [
            ("blue-mug", Some("blue-mug")),
            ("a_b.c", Some("a_b.c")),
            ("double--dash-", Some("double--dash-")),
            ("warm™-lamp", Some("warm™-lamp")),
            ("🏮-lantern", Some("🏮-lantern")),
            ("👩\u{200d}🚀", Some("👩\u{200d}🚀")),
            ("น้ำชา", Some("น้ำชา")),
            ("cafe\u{301}-lamp", Some("café-lamp")),
            ("Blue-Mug", Some("blue-mug")),
            ("Blue Mug", Some("blue-mug")),
            ("men's-tee", Some("mens-tee")),
            ("men’s-tee", Some("mens-tee")),
            ("salt-&-pepper", Some("salt-pepper")),
            ("lamps/table", Some("lamps-table")),
            ("tea (loose) 50%", Some("tea-loose-50")),
            ("茶、杯", Some("茶-杯")),
            ("a\u{202e}b", Some("a-b")),
            ("..", None),
            ("&", None),
            ("", None),
        ];
        for (handle, slug) in cases {
            let read = Slug::from_handle(handle);
            assert_eq!(read.as_ref().map(Slug::as_str), slug, "{handle}");
        }
        let long = "x".repeat(300);
        assert_eq!(
            Slug::from_handle(&long).map(|slug| slug.as_str().len()),
            Some(255)
        );
    }

    #[test]
    fn names_are_compared_composed_and_slugs_without_case() {
        assert_eq!(Sku::parse("CAFE\u{301}").unwrap().as_str(), "CAFÉ");
        assert_eq!(Slug::parse("CAFE\u{301}").unwrap().as_str(), "café");
        assert_eq!(canonical_name("Blue-Mug"), "blue-mug");
        assert!(matches!(canonical_name("blue-mug"), Cow::Borrowed(_)));
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
