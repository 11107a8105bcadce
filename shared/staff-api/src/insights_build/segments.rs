//! The segments of a build: from pages of pairs to blobs of lists.

use std::collections::BTreeSet;

use souk_catalogue::{Hash, SlugHash};
use souk_insights::{Met, PAIR_ORDERS_MIN, Root, Segment, Together, closest};
use souk_order_index::OrderIndex;
use souk_ports::{BackOffice, PortError};
use souk_protocol::order_index::{PAIRS_PAGE_MAX, PairCount};
use souk_search_tallies::SearchTallies;

use super::standing::Building;
use super::{BuildError, Builder, CALLS_MAX, slug_hash};

/// A pair as the order index counts it.
struct Pair {
    product: SlugHash,
    companion: Met,
}

impl Pair {
    fn of(count: &PairCount) -> Option<Self> {
        let companion = Met {
            slug: slug_hash(&count.companion)?,
            both: u32::try_from(count.orders).ok()?,
            orders: u64::try_from(count.companion_orders).ok()?,
        };
        let product = slug_hash(&count.product)?;
        Some(Self { product, companion })
    }
}

/// A product whose pairs are read.
#[derive(Default)]
struct Reading {
    product: Option<SlugHash>,
    /// Orders that have it.
    orders: u64,
    met: Vec<Met>,
}

impl Reading {
    fn add(&mut self, pair: &Pair) {
        self.product = Some(pair.product);
        match pair.companion.slug == pair.product {
            true => self.orders = pair.companion.both.into(),
            false => self.met.push(pair.companion),
        }
    }

    /// Adds the list of the product, if it has one, to those of its segment.
    fn end(self, lists: &mut Vec<(SlugHash, Vec<Together>)>) {
        let list = closest(self.orders, self.met);
        if let Some(product) = self.product.filter(|_| !list.is_empty()) {
            lists.push((product, list));
        }
    }
}

/// Before the first pair of a segment.
fn before(segment: usize, segment_bits: u8) -> (String, String) {
    let first = match segment_bits {
        0 => 0,
        bits => (segment as u64) << (u64::BITS - u32::from(bits)),
    };
    (format!("{first:016x}"), String::new())
}

impl<D: BackOffice, B: OrderIndex, S: SearchTallies> Builder<'_, D, B, S> {
    /// Builds the next segments: one at least, and until the step has made its calls; how many.
    pub(super) async fn build_segments(
        &self,
        building: &mut Building,
        published: Option<&Root>,
    ) -> Result<usize, BuildError> {
        let mut known = BTreeSet::new();
        if let Some(root) = published.filter(|_| !building.is_wanted) {
            known.extend(root.blobs());
        }
        let bits = building.segment_bits;
        let mut calls = 0;
        let mut after = before(building.segments.len(), bits);
        let (mut reading, mut lists) = (Reading::default(), Vec::new());
        while !building.is_complete() {
            let page = self.index.pairs(&after, PAIR_ORDERS_MIN.into());
            let page = page.await?;
            calls += 1;
            for pair in page.iter().filter_map(Pair::of) {
                if reading.product != Some(pair.product) {
                    std::mem::take(&mut reading).end(&mut lists);
                    let place = Root::segment_place(pair.product, bits);
                    while building.segments.len() < place {
                        let lists = std::mem::take(&mut lists);
                        calls += self.end_segment(building, lists, &known).await?;
                        if calls >= CALLS_MAX {
                            return Ok(calls);
                        }
                    }
                }
                reading.add(&pair);
            }
            match page.last() {
                Some(last) if page.len() >= PAIRS_PAGE_MAX => {
                    after = (last.product.clone(), last.companion.clone());
                }
                Some(_) | None => {
                    std::mem::take(&mut reading).end(&mut lists);
                    while !building.is_complete() {
                        let lists = std::mem::take(&mut lists);
                        self.end_segment(building, lists, &known).await?;
                    }
                }
            }
        }
        Ok(calls)
    }

    /// Writes a segment, unless the published version has it; how many calls that took.
    async fn end_segment(
        &self,
        building: &mut Building,
        lists: Vec<(SlugHash, Vec<Together>)>,
        known: &BTreeSet<Hash>,
    ) -> Result<usize, PortError> {
        if lists.is_empty() {
            building.segments.push(String::new());
            return Ok(0);
        }
        let blob = Segment::encode(&lists);
        let hash = Hash::of(&blob);
        let mut calls = 0;
        if !known.contains(&hash) {
            self.write(hash, blob).await?;
            building.written += 1;
            calls = 1;
        }
        building.products += u32::try_from(lists.len()).unwrap_or(u32::MAX);
        building.segments.push(hash.to_string());
        Ok(calls)
    }
}
