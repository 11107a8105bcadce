//! What was learnt from orders: which version of it the edge reads, and which blobs that needs.
//!
//! Not here: how it is learnt and stored (`souk_insights`).

use bytes::Bytes;
use http::Request;
use souk_catalogue::Hash;
use souk_insights::Root;
use souk_ports::{BackOffice, PortError};
use souk_protocol::keys;
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::staff::{self, InsightsPointer, PublishInsights};
use souk_service_http::json_bytes;

use crate::reply::{Failure, Outcome, invalid, reply};
use crate::request::body;

/// The published version, or `null`.
pub(crate) async fn read<D: BackOffice>(back_office: &D) -> Outcome {
    Ok(reply(staff::READ_INSIGHTS, &pointer(back_office).await?))
}

/// Makes a root the published one. A root that is published already stays as it is.
pub(crate) async fn publish<D: BackOffice>(back_office: &D, request: &Request<Bytes>) -> Outcome {
    let PublishInsights { root, expected } = body(staff::PUBLISH_INSIGHTS, request)?;
    let hash =
        Hash::parse(&root).ok_or_else(|| invalid("/root", "the hash of a blob".to_owned()))?;
    let blob = back_office.read(&keys::blob(hash)).await?;
    if blob.is_none_or(|blob| Root::decode(&blob).is_err()) {
        let detail = "the store has no such root of insights: send its blob first";
        return Err(invalid("/root", detail.to_owned()).into());
    }
    let known = pointer(back_office).await?;
    if let Some(known) = known.as_ref().filter(|known| known.root == root) {
        return Ok(reply(staff::PUBLISH_INSIGHTS, known));
    }
    let version = known.as_ref().map(|known| known.version);
    if version != expected {
        let version = version.map_or("none".to_owned(), |version| version.to_string());
        let detail = format!("the published version is {version}: another one was published");
        return Err(Problem::new(ProblemKind::Conflict).detail(detail).into());
    }
    let published = InsightsPointer {
        version: version.unwrap_or_default() + 1,
        root,
        published_at_ms: back_office.now_ms(),
        before: known.map(|known| known.root),
    };
    let value = json_bytes(&published);
    back_office.write(keys::INSIGHTS, value).await?;
    Ok(reply(staff::PUBLISH_INSIGHTS, &published))
}

/// The published version; a pointer that cannot be read counts as none.
async fn pointer<D: BackOffice>(back_office: &D) -> Result<Option<InsightsPointer>, PortError> {
    let value = back_office.read(keys::INSIGHTS).await?;
    Ok(value.and_then(|value| serde_json::from_slice(&value).ok()))
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
    for root in [Some(&pointer.root), pointer.before.as_ref()]
        .into_iter()
        .flatten()
    {
        let Some(name) = Hash::parse(root) else {
            continue;
        };
        let uses = name == *hash || {
            let blob = back_office.read(&keys::blob(name)).await?;
            let root = blob.and_then(|blob| Root::decode(&blob).ok());
            root.is_some_and(|root| root.blobs().any(|blob| blob == *hash))
        };
        if uses {
            let version = pointer.version;
            let detail = format!("version {version} of the insights needs it");
            return Err(Problem::new(ProblemKind::Conflict).detail(detail).into());
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

    fn send(memory: &Memory, root: &str, expected: Option<u64>) -> Result<InsightsPointer, u16> {
        let root = root.to_owned();
        let asked = PublishInsights { root, expected };
        let request = Request::builder()
            .header("content-type", "application/json")
            .body(json_bytes(&asked));
        match block_on(publish(memory, &request.unwrap())) {
            Ok(response) => Ok(serde_json::from_slice(response.body()).unwrap()),
            Err(Failure::Problem(problem)) => Err(problem.status),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn versions_ascend_and_a_publish_beside_another_is_refused() {
        let memory = Memory::default();
        let (first, _) = store(&memory, &[("lamp", "bulb")]);
        let (second, _) = store(&memory, &[("mug", "plate")]);
        let [one, two] = [first, second].map(|hash| hash.to_string());
        assert_eq!(send(&memory, "no hash", None), Err(422));
        assert_eq!(
            send(&memory, &Hash::of(b"unsent").to_string(), None),
            Err(422)
        );
        let published = send(&memory, &one, None).unwrap();
        assert_eq!((published.version, &published.before), (1, &None));
        assert_eq!(send(&memory, &one, None), Ok(published), "a repetition");
        assert_eq!(send(&memory, &two, None), Err(409));
        let published = send(&memory, &two, Some(1)).unwrap();
        assert_eq!((published.version, published.before), (2, Some(one)));
    }

    #[test]
    fn no_blob_of_the_last_two_versions_can_be_deleted() {
        let memory = Memory::default();
        let pairs = [("lamp", "bulb"), ("mug", "plate"), ("tea", "pot")];
        let stored: Vec<_> = pairs.iter().map(|pair| store(&memory, &[*pair])).collect();
        let is_refused = |hash: &Hash| block_on(refuse_if_used(&memory, hash)).is_err();
        for (number, (root, _)) in (0_u64..).zip(&stored) {
            let expected = (number > 0).then_some(number);
            send(&memory, &root.to_string(), expected).unwrap();
        }
        for (place, (_, blobs)) in stored.iter().enumerate() {
            for blob in blobs {
                assert_eq!(is_refused(blob), place > 0, "{place}");
            }
        }
        assert!(!is_refused(&Hash::of(b"an upload that was left")));
    }
}
