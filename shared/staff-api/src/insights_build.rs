//! Learns from what was counted: lists of what is bought together, what is bought most, what many
//! search for. Every hour by the tick, and when the staff ask for it.
//!
//! A build is a walk over the counts in the order of the hashes of products, which is that of the
//! segments, in steps of a bounded number of calls. How it stands is kept by the order index after
//! each step, so a step that dies is repeated, and which instance does the next one is the same.
//! Readers see the new version when its root is published at the end. A build whose ground was taken
//! away, by another version or by counts that are filled anew, publishes nothing.
//!
//! Not here: how lists are made of counts (`souk_insights`), what is counted (`souk_order_index`,
//! `souk_search_tallies`).

mod retire;
mod segments;
mod standing;

use bytes::Bytes;
use souk_catalogue::{Hash, SlugHash};
use souk_insights::{POPULAR_MAX, QUERIES_MAX, Query, Root, order_weights, segment_bits};
use souk_order_index::OrderIndex;
use souk_ports::{BackOffice, PortError};
use souk_protocol::keys;
use souk_protocol::order_index::Counted;
use souk_protocol::staff::{InsightsBuild, InsightsPointer};
use souk_search_tallies::{SearchTallies, day_of};
use souk_sql::StoreError;

use crate::insights::{pointer, publish};
use standing::{Building, Retiring, Standing};

pub(crate) use standing::age_ms;

/// Calls of stores that a step begins work for; it ends with at most ten more. A Worker may send 50
/// requests while it answers one, and a tick sends others beside.
const CALLS_MAX: usize = 24;

/// What a build works with.
pub(crate) struct Builder<'a, D, B, S> {
    pub(crate) back_office: &'a D,
    pub(crate) index: &'a B,
    pub(crate) tallies: &'a S,
}

/// The version at which a build began.
struct Published {
    pointer: InsightsPointer,
    /// `None` where its blob is lost or damaged.
    root: Option<Root>,
}

/// The hash that a text of the order index stands for.
fn slug_hash(text: &str) -> Option<SlugHash> {
    u64::from_str_radix(text, 16).ok().map(SlugHash)
}

fn away(error: StoreError) -> PortError {
    PortError::Transient(error.to_string())
}

impl<D: BackOffice, B: OrderIndex, S: SearchTallies> Builder<'_, D, B, S> {
    /// One step: of the build that is going on, else of a new one if it is time or `wanted`. A build
    /// that is wanted looks whether every blob is there.
    ///
    /// # Errors
    /// When a store does not answer; the same step is done again then.
    pub(crate) async fn step(&self, wanted: bool) -> Result<InsightsBuild, PortError> {
        let now_ms = self.back_office.now_ms();
        let counted = self.index.counted(now_ms).await.map_err(away)?;
        let mut standing = Standing::read(&counted.build);
        let mut report = InsightsBuild {
            is_refilling: counted.is_refilling,
            orders: counted.orders,
            ..InsightsBuild::default()
        };
        if !wanted && standing.is_idle() && !standing.is_due(now_ms) {
            // Most ticks: nothing else is read.
            report.done = true;
            return Ok(report);
        }
        let published = self.published().await?;
        report.version = published.as_ref().map_or(0, |one| one.pointer.version);
        let mut is_lost = false;
        if counted.is_refilling {
            standing.building = None;
        } else if let Some(retiring) = standing.retiring.take() {
            let (deleted, left) = self.retire(retiring).await?;
            report.blobs_deleted = deleted;
            standing.retiring = left;
        } else {
            if standing.building.is_none() && (wanted || standing.is_due(now_ms)) {
                let begun = self.begin(&counted, &standing, published.as_ref(), wanted);
                standing.building = Some(begun.await?);
            }
            if let Some(building) = standing.building.take() {
                let built = self.build(building, &mut standing, published, &mut report);
                is_lost = !built.await?;
            }
        }
        report.done = standing.is_idle() && (!is_lost || report.is_refilling);
        let kept = standing.text();
        if kept != counted.build {
            self.index.keep_build(&kept).await.map_err(away)?;
        }
        Ok(report)
    }

    async fn published(&self) -> Result<Option<Published>, PortError> {
        let Some(pointer) = pointer(self.back_office).await? else {
            return Ok(None);
        };
        let root = match Hash::parse(&pointer.root) {
            Some(hash) => self.back_office.read(&keys::blob(hash)).await?,
            None => None,
        };
        let root = root.and_then(|blob| Root::decode(&blob).ok());
        Ok(Some(Published { pointer, root }))
    }

    /// A build. Where no count has changed, and where nothing is counted, it leaves the lists as they
    /// are: an order index that was lost must not empty them.
    async fn begin(
        &self,
        counted: &Counted,
        standing: &Standing,
        published: Option<&Published>,
        wanted: bool,
    ) -> Result<Building, PortError> {
        let is_known = !wanted && standing.built_changes == Some(counted.changes);
        let has_root = published.is_some_and(|one| one.root.is_some());
        let leaves_lists = has_root && (is_known || counted.orders == 0);
        let products = match leaves_lists {
            true => 0,
            false => self.index.most_ordered(&[], 0).await.map_err(away)?.counted,
        };
        Ok(Building {
            leaves_lists,
            is_wanted: wanted,
            base: published.map(|one| one.pointer.root.clone()),
            changes: counted.changes,
            clears: counted.clears,
            segment_bits: segment_bits(usize::try_from(products).unwrap_or(usize::MAX)),
            ..Building::default()
        })
    }

    /// Goes on with a build; whether it still has its ground.
    async fn build(
        &self,
        mut building: Building,
        standing: &mut Standing,
        published: Option<Published>,
        report: &mut InsightsBuild,
    ) -> Result<bool, PortError> {
        let root = published.as_ref().and_then(|one| one.root.as_ref());
        if !building.leaves_lists {
            self.build_segments(&mut building, root).await?;
        }
        report.parts_total = building.parts_total();
        report.parts = building.parts();
        if !building.is_complete() {
            report.blobs_written = building.written;
            standing.building = Some(building);
            return Ok(true);
        }
        let now_ms = self.back_office.now_ms();
        let counted = self.index.counted(now_ms).await.map_err(away)?;
        let base = published.as_ref().map(|one| &one.pointer.root);
        if counted.is_refilling
            || counted.clears != building.clears
            || base != building.base.as_ref()
        {
            // What it was built on is gone: another one begins with the next step.
            report.is_refilling = counted.is_refilling;
            return Ok(false);
        }
        let root = self.root(&building, &counted, published.as_ref()).await?;
        let is_empty = root.orders == 0 && root.queries.is_empty();
        if !is_empty || published.is_some() {
            let (blob, known) = (root.encode(), published.map(|one| one.pointer));
            let hash = Hash::of(&blob);
            building.written += u32::from(self.write_missing(hash, blob).await?);
            report.version = publish(self.back_office, hash, known.as_ref()).await?;
            let replaced = known.filter(|known| known.version != report.version);
            standing.retiring = replaced.and_then(|known| Retiring::after(known, hash));
        }
        report.blobs_written = building.written;
        standing.built_at_ms = Some(now_ms);
        standing.built_changes = Some(building.changes);
        Ok(true)
    }

    /// The root of what was built.
    async fn root(
        &self,
        building: &Building,
        counted: &Counted,
        published: Option<&Published>,
    ) -> Result<Root, PortError> {
        let today = day_of(self.back_office.now_ms());
        let limit = |limit: usize| i64::try_from(limit).expect("a small number");
        let queries = self.tallies.popular(limit(QUERIES_MAX), today);
        let queries = queries.await.map_err(away)?.into_iter();
        let queries = queries.map(|popular| Query {
            locale: popular.locale,
            text: popular.query,
        });
        let queries = queries.collect();
        if building.leaves_lists
            && let Some(root) = published.and_then(|one| one.root.clone())
        {
            return Ok(Root { queries, ..root });
        }
        let weights: Vec<i64> = order_weights().map(u64::cast_signed).collect();
        let most = self.index.most_ordered(&weights, limit(POPULAR_MAX));
        let most = most.await.map_err(away)?;
        let popular = most.products.iter();
        let popular = popular.filter_map(|product| slug_hash(product));
        Ok(Root {
            segments: Hash::pack(building.segments.iter().map(|name| Hash::parse(name))),
            segment_bits: building.segment_bits,
            popular: popular.flat_map(|slug| slug.0.to_be_bytes()).collect(),
            products: building.products,
            orders: u32::try_from(counted.orders).unwrap_or(u32::MAX),
            last_day: u32::try_from(counted.last_day).unwrap_or(0),
            queries,
            ..Root::default()
        })
    }

    /// Writes a blob where it is not there; whether it was written.
    async fn write_missing(&self, hash: Hash, blob: Vec<u8>) -> Result<bool, PortError> {
        let key = keys::blob(hash);
        if self.back_office.read(&key).await?.is_some() {
            return Ok(false);
        }
        self.back_office.write(&key, Bytes::from(blob)).await?;
        Ok(true)
    }
}
