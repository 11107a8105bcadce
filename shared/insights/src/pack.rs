//! From orders to blobs.

use std::collections::BTreeMap;

use souk_catalogue::{Hash, SlugHash, slug_bucket};

use crate::blobs::{PRODUCTS_PER_SEGMENT, Root, SEGMENT_BITS_MAX, Segment};
use crate::factors::{factors, levels};
use crate::history::History;
use crate::popular::{POPULAR_MAX, most_ordered};
use crate::together::{Together, bought_together};

/// A version of the insights, ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// The head.
    pub root: Root,
    /// The name of its blob.
    pub root_hash: Hash,
    /// Every blob by its name, that of the root among them.
    pub blobs: BTreeMap<Hash, Vec<u8>>,
}

/// Makes the blobs of orders whose items are slugs of products.
pub fn pack(history: &History) -> Packed {
    let lists = bought_together(history);
    let segment_bits = segment_bits(lists.len());
    let mut segments: Vec<Vec<(SlugHash, Vec<Together>)>> = vec![Vec::new(); 1 << segment_bits];
    for (slug, list) in &lists {
        let list = list.iter().map(|companion| Together {
            slug: SlugHash::of(&companion.item),
            score: companion.score,
        });
        let segment = &mut segments[slug_bucket(slug, segment_bits) as usize];
        segment.push((SlugHash::of(slug), list.collect()));
    }
    let mut blobs = BTreeMap::new();
    let mut put = |blob: Vec<u8>| {
        let hash = Hash::of(&blob);
        blobs.insert(hash, blob);
        hash
    };
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let mut names = Vec::with_capacity(segments.len() + 1);
    for mut products in segments {
        products.sort_unstable_by_key(|(slug, _)| *slug);
        names.push((!products.is_empty()).then(|| put(Segment::encode(&products))));
    }
    // Which types are bought together is not known here: orders have no types.
    names.push(None);
    let ordered = most_ordered(history).into_iter();
    let ordered: Vec<_> = ordered
        .map(|(slug, orders)| (SlugHash::of(slug), orders))
        .collect();
    let popular = ordered.iter().take(POPULAR_MAX);
    let root = Root {
        segment_bits,
        segments: Hash::pack(names),
        popular: popular.flat_map(|(slug, _)| slug.0.to_be_bytes()).collect(),
        factors: factors(levels(&ordered), &[]),
        products: count(lists.len()),
        orders: count(history.orders()),
        last_day: history.last_day(),
        ..Root::default()
    };
    let root_hash = put(root.encode());
    Packed {
        root,
        root_hash,
        blobs,
    }
}

/// How many bits tell the segments of so many products apart.
pub fn segment_bits(products: usize) -> u8 {
    let segments = products.div_ceil(PRODUCTS_PER_SEGMENT).max(1);
    let bits = u8::try_from(segments.next_power_of_two().trailing_zeros());
    bits.map_or(SEGMENT_BITS_MAX, |bits| bits.min(SEGMENT_BITS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::popular::popular;
    use crate::{LONG_SOLD_OUT_MAX, QUERIES_MAX, Query, RANKED_MAX};

    /// Pairs of products that are bought together three times and more.
    fn shop(products: u32) -> History {
        let mut history = History::default();
        for product in 0..products {
            for order in 0..3 + product % 5 {
                let day = 20_000 - order;
                let order = format!("{product}-{order}");
                for near in 0..4 {
                    history.add(&order, &format!("product-{}", product + near), day);
                }
            }
        }
        history
    }

    #[test]
    fn every_list_is_found_from_the_root() {
        let history = shop(1_000);
        let packed = pack(&history);
        let root = Root::decode(&packed.blobs[&packed.root_hash]).unwrap();
        assert_eq!((root.segment_bits, root.products), (4, 1_003));
        assert_eq!(root.blobs().count() + 1, packed.blobs.len());
        for (slug, list) in bought_together(&history) {
            let segment = &packed.blobs[&root.segment(&slug).unwrap()];
            assert!(segment.len() < 16 * 1024, "{} bytes", segment.len());
            let read = Segment::decode(segment).unwrap().list(&slug).unwrap();
            let expected = list.iter().map(|one| (SlugHash::of(&one.item), one.score));
            assert!(read.iter().map(|one| (one.slug, one.score)).eq(expected));
        }
        let popular = popular(&history);
        assert_eq!(root.popular()[0], SlugHash::of(&popular[0]));
        assert_eq!((root.orders, root.last_day), (5_000, 20_000));
    }

    #[test]
    fn an_order_more_changes_few_blobs() {
        let mut history = shop(1_000);
        let before = pack(&history);
        assert_eq!(pack(&history), before);
        for order in 0..3 {
            history.add(&format!("new {order}"), "new-1", 20_000);
            history.add(&format!("new {order}"), "new-2", 20_000);
        }
        let after = pack(&history);
        let new = after
            .blobs
            .keys()
            .filter(|hash| !before.blobs.contains_key(*hash));
        assert!(new.count() <= 3, "the root and two segments");
    }

    #[test]
    fn a_shop_without_orders_has_a_root() {
        let packed = pack(&History::default());
        assert_eq!(packed.blobs.len(), 1);
        let root = Root::decode(&packed.blobs[&packed.root_hash]).unwrap();
        assert_eq!((root.segment("lamp"), root.types()), (None, None));
    }

    #[test]
    fn a_root_names_no_more_segments_than_it_may() {
        for (products, bits) in [
            (0, 0),
            (64, 0),
            (65, 1),
            (1_000, 4),
            (1 << 17, 11),
            (1 << 30, 11),
        ] {
            assert_eq!(segment_bits(products), bits, "{products}");
        }
        let query = Query {
            locale: "zh-Hant".to_owned(),
            text: "x".repeat(64),
        };
        let most = Root {
            segment_bits: SEGMENT_BITS_MAX,
            segments: vec![7; 16 * ((1 << SEGMENT_BITS_MAX) + 1)],
            popular: vec![7; 8 * POPULAR_MAX],
            factors: vec![7; 5 * (RANKED_MAX + LONG_SOLD_OUT_MAX)],
            queries: vec![query; QUERIES_MAX],
            ..Root::default()
        };
        assert!(most.encode().len() <= 64 * 1024, "{}", most.encode().len());
        assert!(Root::decode(&most.encode()).is_ok());
    }
}
