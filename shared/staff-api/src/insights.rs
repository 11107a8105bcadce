//! What was learnt from orders: which version of it the edge reads, and which blobs that needs.
//!
//! A root is read here as the list of blobs with which it begins.
//!
//! Not here: what it says and how it is learnt (`souk_insights`).

use bytes::Bytes;
use http::StatusCode;
use souk_catalogue::{Attached, Hash};
use souk_ports::{BackOffice, PortError};
use souk_protocol::keys;
use souk_protocol::staff::InsightsPointer;
use souk_service_http::{Miss, empty};

use crate::in_use::refusal;
use crate::reply::{Failure, Outcome};

/// Makes a root the published one. One that is published already stays as it is.
pub(crate) async fn publish<D: BackOffice>(back_office: &D, name: &str) -> Outcome {
    let root = Hash::parse(name).ok_or(Miss::Path)?;
    if blobs(back_office, root).await?.is_none() {
        return Err(refusal(
            "the store has no such root: send its blob first".to_owned(),
        ));
    }
    let known = pointer(back_office).await?;
    if known.as_ref().is_none_or(|known| known.root != name) {
        let published = InsightsPointer {
            version: known.as_ref().map_or(0, |known| known.version) + 1,
            root: name.to_owned(),
            published_at_ms: back_office.now_ms(),
            before: known.map(|known| known.root),
        };
        let value = Bytes::from(published.to_string());
        back_office.write(keys::INSIGHTS, value).await?;
    }
    Ok(empty(StatusCode::NO_CONTENT))
}

/// The published version; a pointer that cannot be read counts as none.
async fn pointer<D: BackOffice>(back_office: &D) -> Result<Option<InsightsPointer>, PortError> {
    let value = back_office.read(keys::INSIGHTS).await?;
    Ok(value.and_then(|value| InsightsPointer::parse(&value)))
}

/// The blobs of a root; `None` where it is lost or damaged.
async fn blobs<D: BackOffice>(back_office: &D, root: Hash) -> Result<Option<Attached>, PortError> {
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

    fn send(memory: &Memory, root: &str) -> Result<InsightsPointer, u16> {
        match block_on(publish(memory, root)) {
            Ok(_) => Ok(block_on(pointer(memory)).unwrap().unwrap()),
            Err(Failure::Problem(problem)) => Err(problem.status),
            Err(Failure::Miss(_)) => Err(404),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn versions_ascend_and_a_root_that_was_not_sent_is_refused() {
        let memory = Memory::default();
        let (first, _) = store(&memory, &[("lamp", "bulb")]);
        let (second, _) = store(&memory, &[("mug", "plate")]);
        let [one, two] = [first, second].map(|hash| hash.to_string());
        assert_eq!(send(&memory, "no hash"), Err(404));
        assert_eq!(send(&memory, &Hash::of(b"unsent").to_string()), Err(409));
        let published = send(&memory, &one).unwrap();
        assert_eq!((published.version, &published.before), (1, &None));
        assert_eq!(send(&memory, &one), Ok(published), "a repetition");
        let published = send(&memory, &two).unwrap();
        assert_eq!((published.version, published.before), (2, Some(one)));
    }

    #[test]
    fn no_blob_of_the_last_two_versions_can_be_deleted() {
        let memory = Memory::default();
        let pairs = [("lamp", "bulb"), ("mug", "plate"), ("tea", "pot")];
        let stored: Vec<_> = pairs.iter().map(|pair| store(&memory, &[*pair])).collect();
        let is_refused = |hash: &Hash| block_on(refuse_if_used(&memory, hash)).is_err();
        for (root, _) in &stored {
            send(&memory, &root.to_string()).unwrap();
        }
        for (place, (_, blobs)) in stored.iter().enumerate() {
            for blob in blobs {
                assert_eq!(is_refused(blob), place > 0, "{place}");
            }
        }
        assert!(!is_refused(&Hash::of(b"an upload that was left")));
    }
}
