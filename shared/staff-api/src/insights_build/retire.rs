//! Deletes the blobs of a version that no edge reads any more: the one before the one that was
//! replaced.

use std::collections::BTreeSet;

use souk_catalogue::Hash;
use souk_order_index::OrderIndex;
use souk_ports::{BackOffice, PortError};
use souk_protocol::keys;
use souk_search_tallies::SearchTallies;

use super::standing::Retiring;
use super::{Builder, CALLS_MAX};
use crate::insights::blobs;

impl<D: BackOffice, B: OrderIndex, S: SearchTallies> Builder<'_, D, B, S> {
    /// Deletes some of its blobs; how many, and what is left to do.
    pub(super) async fn retire(
        &self,
        mut retiring: Retiring,
    ) -> Result<(u32, Option<Retiring>), PortError> {
        let Some(root) = Hash::parse(&retiring.root) else {
            return Ok((0, None));
        };
        let old = blobs(self.back_office, root).await?;
        let (Some(old), Some(kept)) = (old, self.all_of(&retiring.kept).await?) else {
            return Ok((0, None));
        };
        // The root goes last: as long as it is there, it names the others.
        let all = old.blobs().chain([root]);
        let gone: Vec<Hash> = all
            .filter(|hash| !kept.contains(hash))
            .skip(retiring.deleted)
            .take(CALLS_MAX)
            .collect();
        for hash in &gone {
            self.back_office.delete(&keys::blob(hash)).await?;
        }
        retiring.deleted += gone.len();
        let deleted = u32::try_from(gone.len()).unwrap_or(u32::MAX);
        let is_over = gone.len() < CALLS_MAX || gone.last() == Some(&root);
        Ok((deleted, (!is_over).then_some(retiring)))
    }

    /// The roots and all their blobs; `None` where one of them cannot be read.
    async fn all_of(&self, roots: &[String]) -> Result<Option<BTreeSet<Hash>>, PortError> {
        let mut all = BTreeSet::new();
        for root in roots {
            let Some(root) = Hash::parse(root) else {
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
