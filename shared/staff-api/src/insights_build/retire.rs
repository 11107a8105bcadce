//! Deletes the blobs of versions that no edge reads any more: those before the one that was replaced
//! last.

use std::collections::BTreeSet;

use souk_catalogue::Hash;
use souk_order_index::OrderIndex;
use souk_ports::{BackOffice, PortError};
use souk_protocol::keys;
use souk_search_tallies::SearchTallies;

use super::{BuildError, Builder, Step};
use crate::insights::blobs;

/// Reads of roots, and the claim.
const CALLS_BEFORE: usize = 4;

impl<D: BackOffice, B: OrderIndex, S: SearchTallies> Builder<'_, D, B, S> {
    /// Deletes some blobs of the oldest version, as far as the step has calls left; `false` where
    /// another step was first. A build must not be going on: its blobs are in no root yet.
    pub(super) async fn retire(&self, step: &mut Step) -> Result<bool, BuildError> {
        let calls = step.calls_left().saturating_sub(CALLS_BEFORE);
        let (Some(retiring), true) = (step.standing.retiring.first(), calls > 0) else {
            return Ok(true);
        };
        let mut gone = Vec::new();
        let mut place = None;
        if let Some(root) = Hash::parse(&retiring.root)
            && let Some(old) = blobs(self.back_office, root).await?
            && let Some(kept) = self.kept(step).await?
        {
            // The root goes last: as long as it is there, it names the others.
            let all = old.blobs().chain([root]).enumerate().skip(retiring.place);
            let mut all = all.filter(|(_, hash)| !kept.contains(hash));
            gone.extend(all.by_ref().take(calls).map(|(_, hash)| hash));
            place = all.next().map(|(place, _)| place);
        }
        if !gone.is_empty() && !self.claim(step).await? {
            return Ok(false);
        }
        for hash in &gone {
            self.back_office.delete(&keys::blob(*hash)).await?;
            step.report.blobs_deleted += 1;
        }
        match place {
            Some(place) => step.standing.retiring[0].place = place,
            None => drop(step.standing.retiring.remove(0)),
        }
        Ok(true)
    }

    /// The blobs of the published version and of the one before it; `None` where a root cannot be
    /// read.
    async fn kept(&self, step: &Step) -> Result<Option<BTreeSet<Hash>>, PortError> {
        let mut all = BTreeSet::new();
        let pointer = step.standing.pointer();
        let roots = pointer.map(|pointer| [Some(pointer.root), pointer.before]);
        for root in roots.into_iter().flatten().flatten() {
            let Some(root) = Hash::parse(&root) else {
                return Ok(None);
            };
            let Some(blobs) = blobs(self.back_office, root).await? else {
                return Ok(None);
            };
            all.insert(root);
            all.extend(blobs.blobs());
        }
        Ok(Some(all))
    }
}
