//! Cursors: a place in one listing of one version. Any client can decode them, and they grant
//! nothing; a cursor that does not fit its request is refused.
//!
//! The cursor of a filtered listing names the place in the unfiltered one, so that a page begins
//! where the one before ended without counting again, and is bound to its filters.

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
    /// Of a filtered listing.
    pub(crate) filtered: Option<FilteredPlace>,
}

/// Where a page of a filtered listing begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FilteredPlace {
    /// Place of the first item in the unfiltered listing, from 0.
    pub(crate) place: u32,
    /// Stands for the collection and the filters: [`crate::catalogue::filters::Filters::fingerprint`].
    pub(crate) fingerprint: u64,
}

impl Cursor {
    pub(crate) fn encode(&self) -> String {
        let mut text = format!("1.{}.{}.{}", self.version, self.order.name(), self.offset);
        if let Some(FilteredPlace { place, fingerprint }) = self.filtered {
            text.push_str(&format!(".{place}.{fingerprint:x}"));
        }
        URL_SAFE_NO_PAD.encode(text)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let parts: Vec<_> = text.split('.').collect();
        let (place, filtered) = match parts.as_slice() {
            ["1", version, order, offset] => ([*version, *order, *offset], None),
            ["1", version, order, offset, place, fingerprint] => {
                let filtered = FilteredPlace {
                    place: place.parse().ok()?,
                    fingerprint: u64::from_str_radix(fingerprint, 16).ok()?,
                };
                ([*version, *order, *offset], Some(filtered))
            }
            _ => return None,
        };
        let [version, order, offset] = place;
        Some(Self {
            version: version.parse().ok()?,
            order: ListingOrder::parse(order)?,
            offset: offset.parse().ok()?,
            filtered,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_back_and_nonsense_is_not() {
        let places = [
            None,
            Some(FilteredPlace {
                place: u32::MAX,
                fingerprint: u64::MAX,
            }),
        ];
        for (order, filtered) in ListingOrder::ALL
            .into_iter()
            .zip(places.into_iter().cycle())
        {
            let cursor = Cursor {
                version: u64::MAX,
                order,
                offset: 48,
                filtered,
            };
            assert_eq!(Cursor::parse(&cursor.encode()), Some(cursor));
        }
        let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
        for bad in [
            "",
            "%%",
            &encoded("2.1.title.0"),
            &encoded("1.1.title"),
            &encoded("1.-1.x.0"),
            &encoded("1.1.title.0.5"),
            &encoded("1.1.title.0.5.xyz"),
            &encoded("1.1.title.0.-5.ff"),
            &encoded("1.1.title.0.5.ff.1"),
        ] {
            assert_eq!(Cursor::parse(bad), None, "{bad}");
        }
    }
}
