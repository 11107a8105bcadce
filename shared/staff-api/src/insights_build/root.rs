//! The root of a build: what is bought most, what is sold out for long, what many search for, and the
//! names of the other blobs.

use souk_catalogue::{Hash, SlugHash};
use souk_insights::{
    POPULAR_MAX, QUERIES_MAX, Query, RANKED_MAX, Root, factors, levels, order_weights,
};
use souk_order_index::OrderIndex;
use souk_ports::BackOffice;
use souk_protocol::order_index::Counted;
use souk_search_tallies::{SearchTallies, day_of};

use super::standing::Building;
use super::{BuildError, Builder, Published, Step, slug_hash};

impl<D: BackOffice, B: OrderIndex, S: SearchTallies> Builder<'_, D, B, S> {
    /// The root of what was built; writes the blob of the types.
    ///
    /// # Errors
    /// When a store does not answer.
    pub(super) async fn root(
        &self,
        building: &Building,
        counted: &Counted,
        published: Option<&Published>,
        step: &mut Step,
    ) -> Result<Root, BuildError> {
        let today = day_of(self.back_office.now_ms());
        let limit = |limit: usize| i64::try_from(limit).expect("a small number");
        let queries = self.tallies.popular(limit(QUERIES_MAX), today);
        let queries = queries.await?.into_iter();
        let queries = queries.map(|popular| Query {
            locale: popular.locale,
            text: popular.query,
        });
        let queries = queries.collect();
        let sought = self.sought(today, !building.leaves_lists).await?;
        let found = self.found(&sought).await?;
        let known = published.and_then(|one| one.root.as_ref());
        if let (true, Some(root)) = (building.leaves_lists, known) {
            return Ok(Root {
                queries,
                factors: factors(root.levels(), &found.long_sold_out),
                ..root.clone()
            });
        }
        let types = found.types.as_deref().map(Hash::of);
        let is_known = known.is_some_and(|root| root.types() == types);
        if let (Some(types), Some(blob)) = (types, found.types)
            && (building.is_wanted || !is_known)
        {
            self.write(types, blob).await?;
            step.report.blobs_written += 1;
        }
        let weights: Vec<i64> = order_weights().map(u64::cast_signed).collect();
        let most = self.index.most_ordered(&weights, limit(RANKED_MAX));
        let most = most.await?.products.into_iter();
        let ordered: Vec<(SlugHash, u64)> = most
            .filter_map(|(product, weight)| {
                Some((slug_hash(&product)?, u64::try_from(weight).ok()?))
            })
            .collect();
        let popular = ordered.iter().take(POPULAR_MAX);
        let segments = building.segments.iter().map(|name| Hash::parse(name));
        Ok(Root {
            segments: Hash::pack(segments.chain([types])),
            segment_bits: building.segment_bits,
            popular: popular.flat_map(|(slug, _)| slug.0.to_be_bytes()).collect(),
            products: building.products,
            orders: u32::try_from(counted.orders).unwrap_or(u32::MAX),
            last_day: u32::try_from(counted.last_day).unwrap_or(0),
            queries,
            factors: factors(levels(&ordered), &found.long_sold_out),
            ..Root::default()
        })
    }
}
