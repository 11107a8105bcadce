//! Types of products that are bought together: beside phones cases and chargers, because the orders of
//! phones have these.
//!
//! A type is here what a product is in the fold of [`closest`](crate::closest): its orders are those of
//! all pairs that a product of it is in.

use minicbor::{Decode, Encode};
use souk_catalogue::{DecodeError, SlugHash, decode_blob, encode_blob};

use crate::pairs::Pairs;
use crate::together::{Met, closest};

/// Types that are named at most: 92 bytes each are 46 KiB.
pub const TYPES_MAX: usize = 512;
/// Types that a type is bought together with, at most.
pub const TYPE_COMPANIONS_MAX: usize = 6;
/// Bytes of the longest name of a type that is learnt.
pub const TYPE_BYTES_MAX: usize = 64;

/// The types with what they are bought together with, borrowing from its blob.
#[derive(Debug, Default, Encode, Decode)]
pub struct TypesTogether<'a> {
    #[cbor(b(0))]
    types: Vec<TypeTogether<'a>>,
}

#[derive(Debug, Default, Encode, Decode)]
struct TypeTogether<'a> {
    /// In the shop's own language.
    #[cbor(b(0))]
    name: &'a str,
    /// Places of other types, the closest first.
    #[n(1)]
    companions: Vec<u16>,
}

impl<'a> TypesTogether<'a> {
    /// Learns it from pairs of products: how many orders have both, each pair once. A product is the
    /// place of its type among `names`, which are different.
    pub fn learn(names: &[&'a str], pairs: impl IntoIterator<Item = (usize, usize, u32)>) -> Self {
        let mut orders = vec![0_u64; names.len()];
        let mut met = Vec::new();
        for (one, other, count) in pairs {
            let is_named = |at: usize| (1..=TYPE_BYTES_MAX).contains(&names[at].len());
            if one != other && is_named(one) && is_named(other) {
                for (one, other) in [(one, other), (other, one)] {
                    orders[one] += u64::from(count);
                    met.push(((one * names.len() + other) as u64, count.into()));
                }
            }
        }
        // Those of most orders first, and then by the hashes of their names.
        let hash = |at: usize| SlugHash::of(names[at]);
        let kept = (0..names.len()).filter(|at| orders[*at] > 0);
        let kept = kept.map(|at| (u64::MAX - orders[at], hash(at).0));
        let kept = Pairs::new(kept.collect());
        let kept = &kept.as_slice()[..kept.as_slice().len().min(TYPES_MAX)];
        let place = |hash: SlugHash| kept.iter().position(|(_, own)| *own == hash.0);
        let met = Pairs::new(met);
        let key = |at: usize| (at * names.len()) as u64;
        let before = |at: usize| met.as_slice().partition_point(|(own, _)| *own < key(at));
        let mut types = Vec::with_capacity(kept.len());
        types.resize_with(kept.len(), TypeTogether::default);
        for at in (0..names.len()).filter(|at| orders[*at] > 0) {
            let Some(own) = place(hash(at)) else {
                continue;
            };
            let own_met = &met.as_slice()[before(at)..before(at + 1)];
            let others = own_met.chunk_by(|a, b| a.0 == b.0);
            let others = others.filter_map(|same| {
                let other = usize::try_from(same[0].0).ok()? - at * names.len();
                place(hash(other))?;
                let both: u64 = same.iter().map(|(_, count)| count).sum();
                Some(Met {
                    slug: hash(other),
                    both: u32::try_from(both).unwrap_or(u32::MAX),
                    orders: orders[other],
                })
            });
            let closest = closest(orders[at], others).into_iter();
            let places = closest.filter_map(|one| u16::try_from(place(one.slug)?).ok());
            types[own] = TypeTogether {
                name: names[at],
                companions: places.take(TYPE_COMPANIONS_MAX).collect(),
            };
        }
        Self { types }
    }

    /// The blob; `None` where nothing was learnt.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let is_learnt = self.types.iter().any(|one| !one.companions.is_empty());
        is_learnt.then(|| encode_blob(self))
    }

    /// # Errors
    /// When the blob is not such a list.
    pub fn decode(blob: &'a [u8]) -> Result<Self, DecodeError> {
        decode_blob("types bought together", blob)
    }

    /// The types that a type is bought together with, the closest first.
    pub fn of(&self, name: &str) -> impl Iterator<Item = &'a str> {
        let of = self.types.iter().find(|one| one.name == name);
        let places = of.into_iter().flat_map(|one| &one.companions);
        places.filter_map(|&place| Some(self.types.get(usize::from(place))?.name))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 4] = ["Phones", "Cases", "Chargers", ""];

    fn read(blob: &[u8], name: &str) -> Vec<String> {
        let types = TypesTogether::decode(blob).unwrap();
        types.of(name).map(str::to_owned).collect()
    }

    #[test]
    fn types_of_products_that_many_orders_have_are_bought_together() {
        // Two kinds of phones with cases, one with a charger; cases of two orders with chargers.
        let pairs = [
            (0, 1, 5),
            (1, 0, 4),
            (0, 2, 6),
            (1, 2, 2),
            (0, 0, 99),
            (3, 0, 99),
        ];
        let blob = TypesTogether::learn(&NAMES, pairs).encode().unwrap();
        assert_eq!(read(&blob, "Phones"), ["Cases", "Chargers"]);
        assert_eq!(read(&blob, "Cases"), ["Phones"]);
        assert_eq!(read(&blob, "Chargers"), ["Phones"]);
        assert_eq!(read(&blob, "Lamps"), [""; 0]);
        assert_eq!(read(&blob, ""), [""; 0], "a product without a type");
    }

    #[test]
    fn what_fewer_than_three_orders_have_is_not_learnt() {
        assert_eq!(TypesTogether::learn(&NAMES, [(0, 1, 2)]).encode(), None);
        assert_eq!(TypesTogether::learn(&NAMES, []).encode(), None);
        assert_eq!(TypesTogether::learn(&[], []).encode(), None);
    }

    #[test]
    fn a_shop_of_many_types_has_a_small_blob() {
        let names: Vec<String> = (0..700).map(|n| format!("{n:64}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let pairs = (0..700).flat_map(|one| (1..9).map(move |by| (one, (one + by) % 700, 9)));
        let blob = TypesTogether::learn(&names, pairs).encode().unwrap();
        assert!(blob.len() <= 64 * 1024, "{} bytes", blob.len());
        assert_eq!(read(&blob, names[300]).len(), TYPE_COMPANIONS_MAX);
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_are_nothing_panics(
            bytes in prop::collection::vec(any::<u8>(), 0..100),
            places in prop::collection::vec(any::<u16>(), 0..9),
        ) {
            let _ = TypesTogether::decode(&bytes).map(|types| types.of("a").count());
            let damaged = TypeTogether { name: "a", companions: places };
            let damaged = encode_blob(&TypesTogether { types: vec![damaged] });
            prop_assert!(read(&damaged, "a").iter().all(|name| name == "a"));
        }
    }
}
