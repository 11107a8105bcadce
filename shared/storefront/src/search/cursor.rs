//! Cursors of searches: a place in the results of one query in one version of the catalogue; where the
//! order is that of relevance or of popularity, in one version of the insights too.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use souk_search::query::Start;

/// A place in the results of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The version that the first page was read from.
    pub(crate) version: u64,
    /// Where the page begins.
    pub(crate) start: Start,
    /// Stands for the query: its text, language, order and filters.
    pub(crate) fingerprint: u64,
    /// The version of the insights that the order comes from; `None` where it comes from none.
    pub(crate) insights: Option<u64>,
}

impl Cursor {
    pub(crate) fn encode(&self) -> String {
        let Self {
            version,
            start: Start { place, is_sold_out },
            fingerprint,
            insights,
        } = self;
        let sold_out = u8::from(*is_sold_out);
        let mut text = format!("s1.{version}.{place}.{sold_out}.{fingerprint:x}");
        if let Some(insights) = insights {
            text += &format!(".{insights}");
        }
        URL_SAFE_NO_PAD.encode(text)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let parts: Vec<_> = text.split('.').collect();
        let [
            "s1",
            version,
            place,
            sold_out @ ("0" | "1"),
            fingerprint,
            rest @ ..,
        ] = parts.as_slice()
        else {
            return None;
        };
        let insights = match rest {
            [] => None,
            [insights] => Some(insights.parse().ok()?),
            _ => return None,
        };
        Some(Self {
            version: version.parse().ok()?,
            start: Start {
                place: place.parse::<u32>().ok()?.try_into().ok()?,
                is_sold_out: *sold_out == "1",
            },
            fingerprint: u64::from_str_radix(fingerprint, 16).ok()?,
            insights,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_back_and_nonsense_is_not() {
        let cursor = Cursor {
            version: u64::MAX,
            start: Start {
                place: 48,
                is_sold_out: true,
            },
            fingerprint: u64::MAX,
            insights: None,
        };
        let popular = Cursor {
            insights: Some(u64::MAX),
            ..cursor
        };
        for cursor in [cursor, popular] {
            assert_eq!(Cursor::parse(&cursor.encode()), Some(cursor));
        }
        let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
        for bad in [
            "",
            "%%",
            &encoded("2.1.title.0.5.ff"),
            &encoded("s1.1.-5.0.ff"),
            &encoded("s1.1.5.2.ff"),
            &encoded("s1.1.5.ff"),
            &encoded("s1.1.5.0.ff.x"),
            &encoded("s1.1.5.0.ff.1.1"),
        ] {
            assert_eq!(Cursor::parse(bad), None, "{bad}");
        }
    }
}
