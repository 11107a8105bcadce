//! Addresses that moved, in segments like everything else: a request for an address where nothing
//! is reads one of them, however many redirects there are.
//!
//! Not here: which redirects make sense (`souk-import`), when one is followed (`souk-storefront`).

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use percent_encoding::percent_decode_str;

use crate::{
    DecodeError, Hash, Manifest,
    blob::{decode_blob, encode_blob, list},
    slug_bucket,
};

/// Redirects that a segment holds at most on average: some 10 KB.
const SEGMENT_REDIRECTS_MAX: usize = 128;

/// An address that moved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redirect {
    /// The path as [`path_key`] writes it; unique in the catalogue.
    pub from: String,
    /// A path of the shop, perhaps with a query and a fragment, or an `https://` address; ASCII.
    pub to: String,
}

/// How a path is compared with those that moved: percent-decoded, without slashes at its end.
/// `None` for what is no path in UTF-8.
pub fn path_key(path: &str) -> Option<String> {
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let path = path.trim_end_matches('/');
    (path.is_empty() || path.starts_with('/')).then(|| path.to_owned())
}

/// One segment of redirects, borrowing from its blob.
#[derive(Debug, Encode, Decode)]
pub struct RedirectSegment<'a> {
    /// In the order of the paths that moved.
    #[cbor(b(0), with = "list")]
    records: Vec<Record<'a>>,
}

#[derive(Debug, Encode, Decode)]
struct Record<'a> {
    #[b(0)]
    from: &'a str,
    #[b(1)]
    to: &'a str,
}

impl<'a> RedirectSegment<'a> {
    /// # Errors
    /// When the blob is not a segment of redirects.
    pub fn decode(blob: &'a [u8]) -> Result<Self, DecodeError> {
        decode_blob("segment of redirects", blob)
    }

    /// Every redirect of the segment, in the order of the paths that moved.
    pub fn redirects(&self) -> impl Iterator<Item = Redirect> + '_ {
        self.records.iter().map(|record| Redirect {
            from: record.from.to_owned(),
            to: record.to.to_owned(),
        })
    }

    /// Where the path moved, which is written as [`path_key`] does.
    pub fn find(&self, from: &str) -> Option<&'a str> {
        let records = &self.records;
        let place = records.binary_search_by(|known| known.from.cmp(from));
        place.ok().map(|place| records[place].to)
    }
}

impl Manifest {
    /// The segment that would know where the path moved.
    pub fn locate_redirect(&self, from: &str) -> Option<Hash> {
        let bits = bits_of(self.redirects.len())?;
        let segment = self.redirects.get(slug_bucket(from, bits) as usize);
        segment.copied().flatten()
    }
}

/// There are a power of two segments, or none.
fn bits_of(segments: usize) -> Option<u8> {
    (segments > 0).then(|| u8::try_from(segments.trailing_zeros()).unwrap_or_default())
}

/// Puts the redirects into segments; `None` for an empty one.
pub(crate) fn put_redirects(
    redirects: &[Redirect],
    mut put: impl FnMut(Vec<u8>) -> Hash,
) -> Vec<Option<Hash>> {
    if redirects.is_empty() {
        return Vec::new();
    }
    let bits = (0..24)
        .find(|&bits| redirects.len() >> bits <= SEGMENT_REDIRECTS_MAX)
        .unwrap_or(24);
    let mut buckets: Vec<BTreeMap<&str, &str>> = vec![BTreeMap::new(); 1 << bits];
    for redirect in redirects {
        buckets[slug_bucket(&redirect.from, bits) as usize].insert(&redirect.from, &redirect.to);
    }
    let segment = |bucket: BTreeMap<_, _>| RedirectSegment {
        records: bucket
            .into_iter()
            .map(|(from, to)| Record { from, to })
            .collect(),
    };
    buckets
        .into_iter()
        .map(|bucket| (!bucket.is_empty()).then(|| put(encode_blob(&segment(bucket)))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Catalogue, build};

    #[test]
    fn every_redirect_is_found_and_no_other() {
        for size in [0, 1, 100, 5_000] {
            let redirect = |n| Redirect {
                from: format!("/old/{n}"),
                to: format!("/products/new-{n}"),
            };
            let catalogue = Catalogue {
                redirects: (0..size).map(redirect).collect(),
                currency: "USD".into(),
                ..Catalogue::default()
            };
            let snapshot = build(&catalogue, None).unwrap();
            let find = |path: &str| {
                let blob = &snapshot.blobs[&snapshot.manifest.locate_redirect(path)?];
                let segment = RedirectSegment::decode(blob).unwrap();
                segment.find(path).map(str::to_owned)
            };
            for redirect in &catalogue.redirects {
                assert_eq!(find(&redirect.from).as_ref(), Some(&redirect.to));
            }
            assert_eq!(find(&format!("/old/{size}")), None);
        }
    }

    #[test]
    fn paths_are_compared_decoded_and_without_their_last_slash() {
        assert_eq!(path_key("/pages/%E8%8C%B6/"), Some("/pages/茶".to_owned()));
        assert_eq!(path_key("/a b"), Some("/a b".to_owned()));
        assert_eq!(path_key("/"), Some(String::new()));
        assert_eq!(path_key("/%ff"), None);
        assert_eq!(path_key("https://a.example/"), None);
    }
}
