//! Learns from what was counted: lists of what is bought together, what is bought most, what has been
//! sold out for long, what many search for. Every hour by the tick, and when the staff ask for it.
//!
//! A build is a walk over the counts in the order of the hashes of products, which is that of the
//! segments, in steps of a bounded number of calls. How it stands is kept by the order index after
//! each step, so a step that dies is repeated, and which instance does the next one is the same.
//! Readers see the new version when its root is published at the end. A build whose base version or
//! counts changed publishes nothing. Steps may overlap: each keeps how the build stands only in place
//! of what it read, and before it publishes or deletes anything.
//!
//! Not here: how lists are made of counts (`souk_insights`), what is counted (`souk_order_index`,
//! `souk_search_tallies`).

mod products;
mod retire;
mod root;
mod segments;
mod standing;

use bytes::Bytes;
use souk_catalogue::{Hash, SlugHash};
use souk_insights::{Root, segment_bits};
use souk_order_index::OrderIndex;
use souk_ports::{BackOffice, PortError};
use souk_protocol::keys;
use souk_protocol::order_index::Counted;
use souk_protocol::staff::{InsightsBuild, InsightsPointer};
use souk_search_tallies::SearchTallies;
use souk_sql::StoreError;

use crate::insights::{pointer, successor};
use crate::reply::Failure;
use standing::{Building, Retiring, Standing};

pub(crate) use standing::age_ms;

/// Calls of stores that a step begins work for; it makes at most twelve more. A Worker may send 50
/// requests while it answers one, and a tick sends others beside.
const CALLS_MAX: usize = 24;
/// A step that has made more of them does not look at the published catalogue as well, which takes 25.
const CALLS_BEFORE_PRODUCTS: usize = 8;

/// What a build works with.
pub(crate) struct Builder<'a, D, B, S> {
    pub(crate) back_office: &'a D,
    pub(crate) index: &'a B,
    pub(crate) tallies: &'a S,
}

/// Why a step ended early.
#[derive(Debug)]
pub(crate) enum BuildError {
    Port(PortError),
    Store(StoreError),
}

impl From<PortError> for BuildError {
    fn from(error: PortError) -> Self {
        Self::Port(error)
    }
}

impl From<StoreError> for BuildError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::Port(error) => error.into(),
            BuildError::Store(error) => error.into(),
        }
    }
}

/// For a tick, which tells all failures alike.
impl From<BuildError> for PortError {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::Port(error) => error,
            BuildError::Store(error) => Self::Transient(error.to_string()),
        }
    }
}

/// A step that is going on.
struct Step {
    /// Whether the staff asked for it.
    is_wanted: bool,
    /// How the building stands now.
    standing: Standing,
    /// What the order index has of it.
    kept: String,
    /// Calls for segments.
    calls: usize,
    /// Whether it ended a build.
    has_ended: bool,
    report: InsightsBuild,
}

impl Step {
    fn calls_left(&self) -> usize {
        CALLS_MAX.saturating_sub(self.calls)
    }
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

impl<D: BackOffice, B: OrderIndex, S: SearchTallies> Builder<'_, D, B, S> {
    /// One step: of the build that is going on, else of a new one if it is time or `wanted`; then of
    /// the deletion of old versions. A build that is wanted begins after the request for it, and
    /// writes every blob.
    ///
    /// # Errors
    /// When a store does not answer; the same step is done again then.
    pub(crate) async fn step(&self, wanted: bool) -> Result<InsightsBuild, BuildError> {
        let now_ms = self.back_office.now_ms();
        let counted = self.index.counted(now_ms).await?;
        let mut step = Step {
            is_wanted: wanted,
            standing: Standing::read(&counted.build),
            kept: counted.build.clone(),
            calls: 0,
            has_ended: false,
            report: InsightsBuild {
                is_refilling: counted.is_refilling,
                orders: counted.orders,
                ..InsightsBuild::default()
            },
        };
        if !wanted && step.standing.is_idle() && !step.standing.is_due(now_ms) {
            // Most ticks: nothing else is read.
            step.report.done = true;
            return Ok(step.report);
        }
        let was_first = self.work(&mut step, &counted).await? && self.release(&mut step).await?;
        let is_done = match wanted {
            true => step.has_ended,
            false => step.standing.is_idle() && !step.standing.is_due(self.back_office.now_ms()),
        };
        step.report.done = was_first && (is_done || step.report.is_refilling);
        Ok(step.report)
    }

    /// What a step does; `false` where another one was first, and this one knows what is old.
    async fn work(&self, step: &mut Step, counted: &Counted) -> Result<bool, BuildError> {
        let now_ms = self.back_office.now_ms();
        if step.standing.is_claimed(now_ms) {
            return Ok(false);
        }
        // The step that claimed has died, and may not have written the pointer.
        if step.standing.claimed_at_ms.is_some() && !self.send(step).await? {
            return Ok(false);
        }
        let published = self.published(&mut step.standing).await?;
        let root = published.as_ref().and_then(|one| one.root.as_ref());
        let orders = root.map_or(0, |root| root.orders.into());
        step.report.version = published.as_ref().map_or(0, |one| one.pointer.version);
        step.report.is_refilling |= step.standing.is_refilling(counted.orders, orders, now_ms);
        let building = step.standing.building.take();
        let building = building.filter(|building| building.is_wanted || !step.is_wanted);
        if !step.report.is_refilling {
            let is_time = step.is_wanted || step.standing.is_due(now_ms);
            let building = match building {
                None if is_time => Some(self.begin(counted, step, published.as_ref()).await?),
                building => building,
            };
            if let Some(building) = building
                && !self.build(building, step, published).await?
            {
                return Ok(false);
            }
        }
        match step.standing.building {
            Some(_) => Ok(true),
            None => self.retire(step).await,
        }
    }

    /// Keeps how the building stands; `false` where another step did so since this one began.
    async fn keep(&self, step: &mut Step) -> Result<bool, StoreError> {
        let text = step.standing.text();
        let was_first = text == step.kept || self.index.keep_build(&step.kept, &text).await?;
        step.kept = text;
        Ok(was_first)
    }

    /// The same before something is published or deleted, so that of overlapping steps one does it.
    async fn claim(&self, step: &mut Step) -> Result<bool, StoreError> {
        step.standing.claimed_at_ms = Some(self.back_office.now_ms());
        self.keep(step).await
    }

    /// The same when everything is published and deleted.
    async fn release(&self, step: &mut Step) -> Result<bool, StoreError> {
        step.standing.claimed_at_ms = None;
        self.keep(step).await
    }

    /// Writes the published pointer for the edge; `false` where another step was first. Where it dies
    /// in between, a later step does it.
    async fn send(&self, step: &mut Step) -> Result<bool, BuildError> {
        if !self.claim(step).await? {
            return Ok(false);
        }
        if let Some(text) = step.standing.published.clone() {
            self.back_office.write(keys::INSIGHTS, text.into()).await?;
        }
        Ok(true)
    }

    /// What is published. Only an order index that knows of nothing takes it from the key-value store.
    async fn published(&self, standing: &mut Standing) -> Result<Option<Published>, PortError> {
        if standing.published.is_none()
            && let Some(found) = pointer(self.back_office).await?
        {
            standing.published = Some(found.to_string());
            standing.lost_at_ms = Some(self.back_office.now_ms());
        }
        let Some(pointer) = standing.pointer() else {
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
        step: &Step,
        published: Option<&Published>,
    ) -> Result<Building, BuildError> {
        let is_known = !step.is_wanted && step.standing.built_changes == Some(counted.changes);
        let has_root = published.is_some_and(|one| one.root.is_some());
        let leaves_lists = has_root && (is_known || counted.orders == 0);
        let products = match leaves_lists {
            true => 0,
            false => self.index.most_ordered(&[], 0).await?.counted,
        };
        Ok(Building {
            leaves_lists,
            is_wanted: step.is_wanted,
            base: published.map(|one| one.pointer.root.clone()),
            changes: counted.changes,
            clears: counted.clears,
            segment_bits: segment_bits(usize::try_from(products).unwrap_or(usize::MAX)),
            ..Building::default()
        })
    }

    /// Goes on with a build, and publishes it at its end; `false` where another step was first.
    async fn build(
        &self,
        mut building: Building,
        step: &mut Step,
        published: Option<Published>,
    ) -> Result<bool, BuildError> {
        let root = published.as_ref().and_then(|one| one.root.as_ref());
        if !building.leaves_lists {
            step.calls = self.build_segments(&mut building, root).await?;
        }
        step.report.parts_total = building.parts_total();
        step.report.parts = building.parts();
        step.report.blobs_written = building.written;
        if !building.is_complete() || step.calls > CALLS_BEFORE_PRODUCTS {
            step.standing.building = Some(building);
            return Ok(true);
        }
        let now_ms = self.back_office.now_ms();
        let counted = self.index.counted(now_ms).await?;
        let base = published.as_ref().map(|one| &one.pointer.root);
        if counted.is_refilling
            || counted.clears != building.clears
            || base != building.base.as_ref()
        {
            // Another one begins with the next step.
            step.report.is_refilling = counted.is_refilling;
            return Ok(true);
        }
        let root = self.root(&building, &counted, published.as_ref(), step);
        let root = root.await?;
        step.report.parts = step.report.parts_total;
        step.standing.built_at_ms = Some(now_ms);
        step.standing.built_changes = Some(building.changes);
        step.has_ended = true;
        let is_empty = root.orders == 0 && root.queries.is_empty() && root.factors.is_empty();
        if is_empty && published.is_none() {
            return Ok(true);
        }
        let is_known = published
            .as_ref()
            .is_some_and(|one| one.root.as_ref() == Some(&root));
        let blob = root.encode();
        let hash = Hash::of(&blob);
        if building.is_wanted || !is_known {
            self.write(hash, blob).await?;
            step.report.blobs_written += 1;
        }
        self.publish(step, published.map(|one| one.pointer), hash)
            .await
    }

    /// Publishes a root, whose blobs are there; `false` where another step was first.
    async fn publish(
        &self,
        step: &mut Step,
        known: Option<InsightsPointer>,
        root: Hash,
    ) -> Result<bool, BuildError> {
        let next = successor(known.clone(), root, self.back_office.now_ms());
        step.report.version = next.version;
        let is_new = known.as_ref() != Some(&next);
        if is_new && let Some(root) = known.and_then(|known| known.before) {
            step.standing.retiring.push(Retiring { root, place: 0 });
        }
        step.standing.published = Some(next.to_string());
        if is_new || pointer(self.back_office).await? != Some(next) {
            return self.send(step).await;
        }
        Ok(true)
    }

    /// Writes a blob. It is not read before: a cache may still have one that is gone.
    async fn write(&self, hash: Hash, blob: Vec<u8>) -> Result<(), PortError> {
        let key = keys::blob(hash);
        self.back_office.write(&key, Bytes::from(blob)).await
    }
}
