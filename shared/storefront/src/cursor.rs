//! Cursors: a place in one listing of one version. They are readable to whoever decodes them and
//! grant nothing; a cursor that does not fit its request is refused.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use souk_catalogue::ListingOrder;

/// A place in a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The version that the first page was read from.
    pub(crate) version: u64,
    /// The order of the listing.
    pub(crate) order: ListingOrder,
    /// Place of the first item, from 0.
    pub(crate) offset: u32,
}

impl Cursor {
    pub(crate) fn encode(&self) -> String {
        let text = format!("1.{}.{}.{}", self.version, self.order.name(), self.offset);
        URL_SAFE_NO_PAD.encode(text)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = text.split('.');
        let (format, version) = (parts.next()?, parts.next()?);
        let (order, offset) = (parts.next()?, parts.next()?);
        (format == "1" && parts.next().is_none()).then_some(())?;
        Some(Self {
            version: version.parse().ok()?,
            order: ListingOrder::parse(order)?,
            offset: offset.parse().ok()?,
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
        ] {
            assert_eq!(Cursor::parse(bad), None, "{bad}");
        }
    }
}
