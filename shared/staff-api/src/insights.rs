//! What was learnt from orders: which version of it the edge reads, and which blobs that needs.
//!
//! A root is read here as the list of blobs with which it begins.
//!
//! Not here: what it says (`souk_insights`), how it is built (`insights_build`).

use bytes::Bytes;
use http::{Request, StatusCode};
use souk_catalogue::{Attached, Hash};
use souk_order_index::OrderIndex;
use souk_ports::{BackOffice, PortError};
use souk_protocol::keys;
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::staff::{self, InsightsPointer};
use souk_service_http::empty;
use souk_sql::StoreError;

use crate::in_use::refusal;
use crate::reply::{Failure, Outcome};
use crate::request::body;

/// The version that a root becomes in place of `known`; a root that is published already stays as it
/// is.
pub(crate) fn successor(
    known: Option<InsightsPointer>,
    root: Hash,
    now_ms: i64,
) -> InsightsPointer {
    let root = root.to_string();
    match known {
        Some(known) if known.root == root => known,
        known => InsightsPointer {
            version: known.as_ref().map_or(0, |known| known.version) + 1,
            root,
            published_at_ms: now_ms,
            before: known.map(|known| known.root),
        },
    }
}

/// Takes a part of the counts of orders that the shop did not take itself.
pub(crate) async fn import<B: OrderIndex>(index: &B, request: &Request<Bytes>) -> Outcome {
    let counts = body(staff::IMPORT_INSIGHTS, request)?;
    match index.import(&counts).await {
        Ok(()) => Ok(empty(StatusCode::NO_CONTENT)),
        Err(StoreError::Rejected(reason)) => Err(Problem::new(ProblemKind::InvalidRequest)
            .detail(reason)
            .into()),
        Err(error @ (StoreError::Transient(_) | StoreError::Corrupt(_))) => Err(error.into()),
    }
}

/// The published version; a pointer that cannot be read counts as none.
pub(crate) async fn pointer<D: BackOffice>(
    back_office: &D,
) -> Result<Option<InsightsPointer>, PortError> {
    let value = back_office.read(keys::INSIGHTS).await?;
    Ok(value.and_then(|value| InsightsPointer::parse(&value)))
}

/// The blobs of a root; `None` where it is lost or damaged.
pub(crate) async fn blobs<D: BackOffice>(
    back_office: &D,
    root: Hash,
) -> Result<Option<Attached>, PortError> {
    let blob = back_office.read(&keys::blob(root)).await?;
    Ok(blob.and_then(|blob| Attached::decode(&blob).ok()))
}

/// Refuses to delete a blob that the published version needs, or the one before it.
///
/// # Errors
/// `conflict`; the store's.
pub(crate) async fn refuse_if_used<D: BackOffice>(
    back_office: &D,
    hash: &Hash,
) -> Result<(), Failure> {
    let Some(pointer) = pointer(back_office).await? else {
        return Ok(());
    };
    for root in [Some(pointer.root), pointer.before].into_iter().flatten() {
        let Some(root) = Hash::parse(&root) else {
            continue;
        };
        let blobs = blobs(back_office, root).await?;
        if root == *hash || blobs.is_some_and(|blobs| blobs.blobs().any(|blob| blob == *hash)) {
            return Err(refusal("the insights need it".to_owned()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use souk_insights::{History, pack};

    use super::*;
    use crate::in_use::tests::Memory;

    /// Stores the blobs of orders for pairs of products; their root.
    fn store(memory: &Memory, pairs: &[(&str, &str)]) -> (Hash, Vec<Hash>) {
        let mut history = History::default();
        for order in 0..3 {
            for (place, (one, other)) in pairs.iter().enumerate() {
                let order = format!("{place}-{order}");
                history.add(&order, one, 20_000);
                history.add(&order, other, 20_000);
            }
        }
        let packed = pack(&history);
        let mut store = memory.store.borrow_mut();
        for (hash, blob) in &packed.blobs {
            store.insert(keys::blob(hash), blob.clone().into());
        }
        (packed.root_hash, packed.blobs.into_keys().collect())
    }

    /// Publishes a root, as the end of a build does.
    fn send(memory: &Memory, root: Hash) -> InsightsPointer {
        let known = block_on(pointer(memory)).unwrap();
        let published = successor(known, root, 1);
        let mut store = memory.store.borrow_mut();
        store.insert(keys::INSIGHTS.to_owned(), published.to_string().into());
        published
    }

    #[test]
    fn versions_ascend_and_a_repetition_is_none() {
        let memory = Memory::default();
        let (one, _) = store(&memory, &[("lamp", "bulb")]);
        let (two, _) = store(&memory, &[("mug", "plate")]);
        let published = send(&memory, one);
        assert_eq!((published.version, &published.before), (1, &None));
        assert_eq!(send(&memory, one), published, "a repetition");
        let published = send(&memory, two);
        assert_eq!(
            (published.version, published.before),
            (2, Some(one.to_string()))
        );
    }

    #[test]
    fn no_blob_of_the_last_two_versions_can_be_deleted() {
        let memory = Memory::default();
        let pairs = [("lamp", "bulb"), ("mug", "plate"), ("tea", "pot")];
        let stored: Vec<_> = pairs.iter().map(|pair| store(&memory, &[*pair])).collect();
        let is_refused = |hash: &Hash| block_on(refuse_if_used(&memory, hash)).is_err();
        for (root, _) in &stored {
            send(&memory, *root);
        }
        for (place, (_, blobs)) in stored.iter().enumerate() {
            for blob in blobs {
                assert_eq!(is_refused(blob), place > 0, "{place}");
            }
        }
        assert!(!is_refused(&Hash::of(b"an upload that was left")));
    }
}
