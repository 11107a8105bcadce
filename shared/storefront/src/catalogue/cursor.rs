//! Cursors: a place in one listing of one version. Any client can decode them, and they grant
//! nothing; a cursor that does not fit its request is refused.
//!
//! A cursor names the place in the listing without filters, so that a page begins where the one
//! before ended without counting again. It is bound to its collection, its filters and its order.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use souk_catalogue::ListingOrder;

/// A place in a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The version that the first page was read from.
    pub(crate) version: u64,
    /// The order of the listing.
    pub(crate) order: ListingOrder,
    /// Items before the first one, over all pages.
    pub(crate) offset: u32,
    /// Place of the first item in the listing without filters, from 0.
    pub(crate) place: u32,
    /// Stands for the collection and the filters: [`crate::catalogue::filters::Filters::fingerprint`].
    pub(crate) fingerprint: u64,
}

impl Cursor {
    pub(crate) fn encode(&self) -> String {
        let Self {
            version,
            order,
            offset,
            place,
            fingerprint,
        } = self;
        let order = order.name();
        URL_SAFE_NO_PAD.encode(format!(
            "2.{version}.{order}.{offset}.{place}.{fingerprint:x}"
        ))
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let parts: Vec<_> = text.split('.').collect();
        let ["2", version, order, offset, place, fingerprint] = parts.as_slice() else {
            return None;
        };
        Some(Self {
            version: version.parse().ok()?,
            order: ListingOrder::parse(order)?,
            offset: offset.parse().ok()?,
            place: place.parse().ok()?,
            fingerprint: u64::from_str_radix(fingerprint, 16).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_back_and_nonsense_is_not() {
        for order in ListingOrder::ALL {
            let cursor = Cursor {
                version: u64::MAX,
                order,
                offset: 48,
                place: u32::MAX,
                fingerprint: u64::MAX,
            };
            assert_eq!(Cursor::parse(&cursor.encode()), Some(cursor));
        }
        let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
        for bad in [
            "",
            "%%",
            &encoded("1.1.title.0.5.ff"),
            &encoded("2.1.title"),
            &encoded("2.1.title.0"),
            &encoded("2.-1.title.0.5.ff"),
            &encoded("2.1.x.0.5.ff"),
            &encoded("2.1.title.0.5"),
            &encoded("2.1.title.0.5.xyz"),
            &encoded("2.1.title.0.-5.ff"),
            &encoded("2.1.title.0.5.ff.1"),
        ] {
            assert_eq!(Cursor::parse(bad), None, "{bad}");
        }
    }
}
