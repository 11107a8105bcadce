//! The blobs: a root, and segments of products, of which a reader of one product reads one.

use minicbor::{Decode, Encode};
use souk_catalogue::{DecodeError, Hash, SlugHash, decode_blob, encode_blob, slug_bucket};

use crate::factors::Factors;
use crate::popular::POPULAR_MAX;
use crate::together::{LIST_MAX, Together};

/// Products of a segment, about: 130 bytes each are 8 KiB.
pub const PRODUCTS_PER_SEGMENT: usize = 64;
/// A root names `2^11` segments at most: 16 bytes each are 32 KiB. The segments of a million products
/// have 64 KiB then.
pub const SEGMENT_BITS_MAX: u8 = 11;

/// The head of a version of the insights.
///
/// It begins as an [`souk_catalogue::Attached`] does, so that whatever needs no more than the names of
/// its blobs reads it as one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Root {
    /// Names of the segments, one behind the other in their order, and behind them that of the
    /// [`crate::TypesTogether`]; zeros where no product of a segment has a list, and where no types are
    /// bought together.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub segments: Vec<u8>,
    /// There are none.
    #[n(1)]
    pub media: Vec<String>,
    /// There are none.
    #[n(2)]
    pub sources: Option<Hash>,
    /// There are `2^segment_bits` segments.
    #[n(3)]
    pub segment_bits: u8,
    /// Hashes of the slugs of the most popular products, the most popular first; the high byte first.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub popular: Vec<u8>,
    /// Products that have a list.
    #[n(5)]
    pub products: u32,
    /// Orders that it was learnt from.
    #[n(6)]
    pub orders: u32,
    /// The day of the last one, in days since 1970.
    #[n(7)]
    pub last_day: u32,
    /// What many shoppers search for and find, the most frequent first.
    #[n(8)]
    pub queries: Vec<Query>,
    /// What a search multiplies scores by, as [`crate::factors`] makes it.
    #[cbor(n(9), with = "minicbor::bytes")]
    pub factors: Vec<u8>,
}

/// What shoppers search for often.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Query {
    /// The language of the page, such as `zh`.
    #[n(0)]
    pub locale: String,
    /// Its words, folded as the search folds them.
    #[n(1)]
    pub text: String,
}

/// A root names at most so many queries: 64 bytes each are 13 KiB.
pub const QUERIES_MAX: usize = 200;

/// Bytes of the name of a segment.
const NAME_BYTES: usize = 16;

impl Root {
    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        encode_blob(self)
    }

    /// # Errors
    /// When the blob is not a root, or says things that cannot be.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        let what = "root of the insights";
        let root: Self = decode_blob(what, blob)?;
        let fail = |reason: &str| {
            let reason = reason.to_owned();
            Err(DecodeError { what, reason })
        };
        if root.segment_bits > SEGMENT_BITS_MAX
            || root.segments.len() != NAME_BYTES * ((1 << root.segment_bits) + 1)
        {
            return fail("it has too few or too many segments");
        }
        if root.popular.len() > SLUG_BYTES * POPULAR_MAX {
            return fail("it has too many popular products");
        }
        if root.queries.len() > QUERIES_MAX {
            return fail("it has too many queries");
        }
        Factors::of(&root.factors)?;
        Ok(root)
    }

    /// The place of the segment that has the list of a product among `2^segment_bits`.
    pub fn segment_place(product: SlugHash, segment_bits: u8) -> usize {
        match segment_bits {
            0 => 0,
            bits => (product.0 >> (u64::BITS - u32::from(bits))) as usize,
        }
    }

    /// The segment that would have the list of a product.
    pub fn segment(&self, slug: &str) -> Option<Hash> {
        self.named(slug_bucket(slug, self.segment_bits) as usize)
    }

    /// The blob with the types that are bought together.
    pub fn types(&self) -> Option<Hash> {
        self.named(1 << self.segment_bits)
    }

    fn named(&self, place: usize) -> Option<Hash> {
        let name = self.segments.get(NAME_BYTES * place..)?;
        Hash::unpack(name).next().flatten()
    }

    /// The names of all blobs that it leads to, without its own.
    pub fn blobs(&self) -> impl Iterator<Item = Hash> {
        Hash::unpack(&self.segments).flatten()
    }

    /// What the score of a product is multiplied by in a search, of 256, by the first half of the hash of
    /// its slug; 256 where nothing was learnt of it.
    pub fn factor(&self, tie: u32) -> u64 {
        Factors::of(&self.factors).map_or(256, |factors| factors.of_product(tie))
    }

    /// The products that are bought often, with their levels.
    pub fn levels(&self) -> Vec<(u32, u8)> {
        let factors = Factors::of(&self.factors);
        factors.map_or(Vec::new(), |factors| factors.levels().collect())
    }

    /// The most popular products, the most popular first.
    pub fn popular(&self) -> Vec<SlugHash> {
        let (slugs, _) = self.popular.as_chunks();
        let slugs = slugs.iter();
        slugs
            .map(|slug| SlugHash(u64::from_be_bytes(*slug)))
            .collect()
    }
}

/// The lists of some products, borrowing from its blob: a reader wants one of them.
#[derive(Debug, Encode, Decode)]
pub struct Segment<'a> {
    /// For each product in the order of the hashes of their slugs: that hash, how many companions
    /// follow, and for each of them its hash and its score; all numbers with their high byte first.
    #[cbor(b(0), with = "minicbor::bytes")]
    lists: &'a [u8],
}

const SLUG_BYTES: usize = size_of::<u64>();
const COMPANION_BYTES: usize = SLUG_BYTES + size_of::<u16>();

impl<'a> Segment<'a> {
    /// The blob of some lists of at most [`LIST_MAX`] companions, in the order of the hashes.
    pub fn encode(products: &[(SlugHash, Vec<Together>)]) -> Vec<u8> {
        let mut lists = Vec::new();
        for (slug, list) in products {
            lists.extend(slug.0.to_be_bytes());
            lists.push(u8::try_from(list.len()).expect("a list is short"));
            for one in list {
                lists.extend(one.slug.0.to_be_bytes());
                lists.extend(one.score.to_be_bytes());
            }
        }
        encode_blob(&Segment { lists: &lists })
    }

    /// # Errors
    /// When the blob is not a segment.
    pub fn decode(blob: &'a [u8]) -> Result<Self, DecodeError> {
        decode_blob("segment of the insights", blob)
    }

    /// What is bought together with a product, the closest first; empty where it has no list.
    ///
    /// # Errors
    /// When the segment is damaged before the product's place.
    pub fn list(&self, slug: &str) -> Result<Vec<Together>, DecodeError> {
        let wanted = SlugHash::of(slug).0;
        let mut rest = self.lists;
        while !rest.is_empty() {
            let (own, behind) = number(rest)?;
            let (&length, behind) = behind.split_first().ok_or_else(damaged)?;
            let length = usize::from(length);
            if length > LIST_MAX {
                return Err(damaged());
            }
            let list = behind.split_at_checked(length * COMPANION_BYTES);
            let (list, behind) = list.ok_or_else(damaged)?;
            if own == wanted {
                return list.chunks_exact(COMPANION_BYTES).map(companion).collect();
            }
            rest = behind;
        }
        Ok(Vec::new())
    }
}

fn number(bytes: &[u8]) -> Result<(u64, &[u8]), DecodeError> {
    let (number, rest) = bytes.split_first_chunk().ok_or_else(damaged)?;
    Ok((u64::from_be_bytes(*number), rest))
}

fn companion(bytes: &[u8]) -> Result<Together, DecodeError> {
    let (slug, score) = number(bytes)?;
    let score = score.try_into().map_err(|_| damaged())?;
    Ok(Together {
        slug: SlugHash(slug),
        score: u16::from_be_bytes(score),
    })
}

fn damaged() -> DecodeError {
    DecodeError {
        what: "segment of the insights",
        reason: "a list is damaged".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lists(slugs: &[&str]) -> Vec<(SlugHash, Vec<Together>)> {
        let mut lists: Vec<_> = slugs
            .iter()
            .enumerate()
            .map(|(place, slug)| {
                let list = (0..place % (LIST_MAX + 1)).map(|number| Together {
                    slug: SlugHash::of(&format!("companion-{number}")),
                    score: u16::try_from(1_000 - number).unwrap(),
                });
                (SlugHash::of(slug), list.collect())
            })
            .collect();
        lists.sort_by_key(|(slug, _)| *slug);
        lists
    }

    #[test]
    fn lists_are_read_back() {
        let slugs = ["lamp", "bulb", "mug", "plate", "teapot"];
        let lists = lists(&slugs);
        let blob = Segment::encode(&lists);
        let segment = Segment::decode(&blob).unwrap();
        for slug in slugs {
            let mut known = lists.iter().filter(|(own, _)| *own == SlugHash::of(slug));
            let list = known.next().map(|(_, list)| list.clone());
            assert_eq!(segment.list(slug).ok(), list);
        }
        assert_eq!(segment.list("unknown").unwrap(), []);
    }

    #[test]
    fn a_root_that_cannot_be_is_refused() {
        let root = |segment_bits: u8, segments: usize, popular: usize| Root {
            segment_bits,
            segments: vec![0; NAME_BYTES * (segments + 1)],
            popular: vec![7; SLUG_BYTES * popular],
            ..Root::default()
        };
        let good = root(3, 8, POPULAR_MAX);
        assert_eq!(Root::decode(&good.encode()), Ok(good));
        for bad in [
            root(3, 7, 0),
            root(3, 9, 0),
            root(12, 4_096, 0),
            root(200, 1, 0),
            root(0, 1, POPULAR_MAX + 1),
        ] {
            assert!(Root::decode(&bad.encode()).is_err(), "{bad:?}");
        }
        let cut = Root {
            factors: vec![0; 6],
            ..root(3, 8, 0)
        };
        assert!(Root::decode(&cut.encode()).is_err());
    }

    #[test]
    fn a_root_names_its_blobs_as_a_list_of_attached_ones_does() {
        let types = Some(Hash::of(b"types"));
        let names = [
            Some(Hash::of(b"a")),
            None,
            Some(Hash::of(b"b")),
            None,
            types,
        ];
        let root = Root {
            segments: Hash::pack(names),
            segment_bits: 2,
            popular: vec![1; SLUG_BYTES],
            ..Root::default()
        };
        let attached = souk_catalogue::Attached::decode(&root.encode()).unwrap();
        assert!(attached.blobs().eq(names.into_iter().flatten()));
        assert!(root.blobs().eq(attached.blobs()));
        assert_eq!(root.types(), types);
    }

    #[test]
    fn a_list_that_is_cut_off_or_too_long_is_refused() {
        let blob = Segment::encode(&lists(&["a", "lamp"]));
        let own = Segment::decode(&blob).unwrap().lists.to_vec();
        for length in [1, 8, 10, own.len() - 1] {
            let cut = encode_blob(&Segment {
                lists: &own[..length],
            });
            let segment = Segment::decode(&cut).unwrap();
            assert!(segment.list("unknown").is_err(), "{length}");
        }
        let mut long = own;
        long[SLUG_BYTES] = u8::try_from(LIST_MAX + 1).unwrap();
        long.resize(1_000, 0);
        let long = encode_blob(&Segment { lists: &long });
        assert!(Segment::decode(&long).unwrap().list("unknown").is_err());
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_are_nothing_panics(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let _ = Root::decode(&bytes);
            let _ = Segment::decode(&bytes).and_then(|segment| segment.list("lamp"));
            let framed = encode_blob(&Segment { lists: &bytes });
            let _ = Segment::decode(&framed).and_then(|segment| segment.list("lamp"));
        }
    }
}
