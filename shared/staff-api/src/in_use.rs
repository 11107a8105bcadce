//! Which blobs of the catalogue are in use: those of every version that the origin knows, the
//! published one and those that were published before it.
//!
//! A blob in use cannot be deleted. A version is given up first (`drop` in a step of publishing), by
//! the origin's own clock, and what only it needs may go then.
//!
//! The names of a version's blobs never change, so an instance remembers them; which versions there
//! are is read from the origin each time.
//!
//! Not here: versions of another format, which this build cannot read: their manifests are kept, and
//! the tool that wrote them does the rest. Media files: a picture is shown by products of any
//! version, and which ones is for the tool that collects garbage.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use souk_catalogue::{
    Attached, Collections, DirectoryPage, FORMAT, Hash, ListingIndex, Manifest, SkuDirectory,
};
use souk_ports::{BackOffice, PortError};
use souk_protocol::keys;
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::staff::{Publication, Publications};

use crate::publish::publications;
use crate::reply::Failure;

/// Versions whose blobs an instance remembers.
const VERSIONS_MAX: usize = 8;

thread_local! {
    /// The blobs of a version, by the hash of its manifest.
    static KNOWN: RefCell<BTreeMap<String, BTreeSet<Hash>>> = const { RefCell::new(BTreeMap::new()) };
}

/// Refuses to delete a blob that a version needs.
///
/// # Errors
/// `conflict` with the version; the store's and the origin's.
pub(crate) async fn refuse_if_used<D: BackOffice>(
    back_office: &D,
    hash: &Hash,
) -> Result<(), Failure> {
    let versions: Publications = publications(back_office).await?;
    let name = hash.to_string();
    // A version that was never published may be sent at this moment: its last step finds out.
    for version in &versions.versions {
        let is_used = version.manifest == name
            || (version.format == FORMAT
                && version.activated_at_ms.is_some()
                && uses(back_office, version, &versions, hash).await?);
        if is_used {
            let detail = format!(
                "version {} of the catalogue needs it: `souk catalogue gc` drops old versions first",
                version.version
            );
            return Err(refusal(detail));
        }
    }
    Ok(())
}

/// Why something is not done now.
pub(crate) fn refusal(detail: String) -> Failure {
    Problem::new(ProblemKind::Conflict).detail(detail).into()
}

async fn uses<D: BackOffice>(
    back_office: &D,
    version: &Publication,
    versions: &Publications,
    hash: &Hash,
) -> Result<bool, Failure> {
    let manifest = &version.manifest;
    let known = KNOWN.with_borrow(|known| known.get(manifest).map(|blobs| blobs.contains(hash)));
    if let Some(is_used) = known {
        return Ok(is_used);
    }
    let Some(blobs) = blobs_of(back_office, manifest).await? else {
        let is_published = versions.published(FORMAT) == Some(version);
        return match is_published {
            true => Err(refusal(format!(
                "the published version {} is not whole, so what it needs is not known: \
                 `souk verify --repair` first",
                version.version
            ))),
            false => Ok(false),
        };
    };
    let is_used = blobs.contains(hash);
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= VERSIONS_MAX {
            known.clear();
        }
        known.insert(manifest.clone(), blobs);
    });
    Ok(is_used)
}

/// The names of every blob of a version; `None` where one that names others is lost or damaged.
async fn blobs_of<D: BackOffice>(
    back_office: &D,
    manifest: &str,
) -> Result<Option<BTreeSet<Hash>>, PortError> {
    let read = async |hash: Hash| back_office.read(&keys::blob(hash)).await;
    let Some(head) = Hash::parse(manifest) else {
        return Ok(None);
    };
    let Some(manifest) = read(head).await? else {
        return Ok(None);
    };
    let Ok(manifest) = Manifest::decode(&manifest) else {
        return Ok(None);
    };
    let mut blobs = BTreeSet::new();
    blobs.extend([head, manifest.collections]);
    blobs.extend(manifest.redirects.iter().flatten());
    blobs.extend(manifest.addresses);
    for &page in &manifest.directory {
        blobs.insert(page);
        let Some(page) = read(page).await? else {
            return Ok(None);
        };
        let Ok(page) = DirectoryPage::decode(&page) else {
            return Ok(None);
        };
        blobs.extend(page.segments());
    }
    if let Some(skus) = manifest.skus {
        blobs.insert(skus);
        let Some(skus) = read(skus).await? else {
            return Ok(None);
        };
        let Ok(skus) = SkuDirectory::decode(&skus) else {
            return Ok(None);
        };
        blobs.extend(skus.segments());
    }
    let Some(Ok(collections)) = read(manifest.collections)
        .await?
        .map(|blob| Collections::decode(&blob))
    else {
        return Ok(None);
    };
    for attached in [manifest.attached, manifest.search_blobs, manifest.overview]
        .into_iter()
        .flatten()
    {
        blobs.insert(attached);
        match read(attached).await?.map(|blob| Attached::decode(&blob)) {
            Some(Ok(attached)) => blobs.extend(attached.blobs()),
            Some(Err(_)) | None => return Ok(None),
        }
    }
    for collection in collections.collections {
        blobs.extend(collection.facets);
        for index in collection.listings {
            blobs.insert(index);
            match read(index).await?.map(|blob| ListingIndex::decode(&blob)) {
                Some(Ok(index)) => {
                    blobs.extend(index.chunks.into_iter().map(|(chunk, _)| chunk));
                    blobs.extend(index.blocks.into_iter().map(|block| block.hash));
                }
                Some(Err(_)) | None => return Ok(None),
            }
        }
    }
    Ok(Some(blobs))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    use bytes::Bytes;
    use futures::executor::block_on;
    use http::{Request, Response};
    use souk_catalogue::{Catalogue, Product, Text, Variant, build};
    use souk_ports::{
        CatalogueStore, CatalogueWriter, Clock, MailClient, OperationsClient, OriginClient,
        PaymentsClient, Randomness,
    };
    use souk_service_http::json;

    use super::*;

    /// A back office with a store in memory, whose origin knows these versions.
    #[derive(Default)]
    pub(crate) struct Memory {
        pub(crate) store: RefCell<BTreeMap<String, Bytes>>,
        known: RefCell<Publications>,
        asked: Cell<u32>,
    }

    impl CatalogueStore for Memory {
        async fn read(&self, key: &str) -> Result<Option<Bytes>, PortError> {
            Ok(self.store.borrow().get(key).cloned())
        }
    }

    impl CatalogueWriter for Memory {
        async fn write(&self, key: &str, value: Bytes) -> Result<(), PortError> {
            self.store.borrow_mut().insert(key.to_owned(), value);
            Ok(())
        }

        async fn delete(&self, key: &str) -> Result<(), PortError> {
            self.store.borrow_mut().remove(key);
            Ok(())
        }
    }

    impl OriginClient for Memory {
        async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
            self.asked.set(self.asked.get() + 1);
            Ok(json(&*self.known.borrow()))
        }
    }

    impl MailClient for Memory {}

    impl OperationsClient for Memory {}

    impl PaymentsClient for Memory {
        async fn ask_payments(&self, _: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
            Err(PortError::Unsupported("payments".to_owned()))
        }
    }

    impl Clock for Memory {
        fn now_ms(&self) -> i64 {
            1
        }

        async fn pause_ms(&self, _: u32) {}
    }

    impl Randomness for Memory {
        fn random_bytes(&self) -> [u8; 16] {
            [1; 16]
        }
    }

    /// Publishes a catalogue with one product, as version `number`; the hashes of its blobs.
    fn publish(memory: &Memory, number: u64, title: &str) -> Vec<Hash> {
        let mug = Product {
            slug: "mug".to_owned(),
            title: Text::new(title),
            variants: vec![Variant {
                sku: "MUG".to_owned(),
                price_minor: 1_299,
                ..Variant::default()
            }],
            ..Product::default()
        };
        let catalogue = Catalogue {
            currency: "USD".to_owned(),
            products: vec![mug],
            ..Catalogue::default()
        };
        let snapshot = build(&catalogue, None).unwrap();
        let mut store = memory.store.borrow_mut();
        for (hash, blob) in &snapshot.blobs {
            store.insert(keys::blob(hash), blob.clone().into());
        }
        let mut known = memory.known.borrow_mut();
        if let Some(before) = known.versions.last_mut() {
            before.retired_at_ms = Some(1);
        }
        known.current.insert(FORMAT, number);
        known.versions.push(Publication {
            version: number,
            manifest: snapshot.manifest_hash.to_string(),
            format: FORMAT,
            products: 1,
            variants: 1,
            begun_at_ms: 0,
            activated_at_ms: Some(1),
            retired_at_ms: None,
        });
        snapshot.blobs.keys().copied().collect()
    }

    fn is_refused(memory: &Memory, hash: &Hash) -> bool {
        match block_on(refuse_if_used(memory, hash)) {
            Ok(()) => false,
            Err(Failure::Problem(problem)) if problem.status == 409 => true,
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn no_blob_of_a_known_version_can_be_deleted() {
        let memory = Memory::default();
        let first = publish(&memory, 1, "Mug");
        let second = publish(&memory, 2, "Large mug");
        for hash in first.iter().chain(&second) {
            assert!(is_refused(&memory, hash), "{hash}");
        }
        assert!(!is_refused(&memory, &Hash::of(b"an upload that was left")));
        // Dropped by the origin: what only it needs may go, what is shared may not.
        memory.known.borrow_mut().versions.remove(0);
        for hash in &first {
            assert_eq!(is_refused(&memory, hash), second.contains(hash), "{hash}");
        }
        for hash in &second {
            assert!(is_refused(&memory, hash), "{hash}");
        }
    }

    #[test]
    fn nothing_is_deleted_while_the_published_version_cannot_be_read() {
        let memory = Memory::default();
        let blobs = publish(&memory, 1, "A mug of another test");
        let manifest = Hash::parse(&memory.known.borrow().versions[0].manifest).unwrap();
        let manifest = memory
            .store
            .borrow_mut()
            .remove(&keys::blob(manifest))
            .unwrap();
        let left = Hash::of(b"an upload that was left");
        assert!(is_refused(&memory, &left));
        let key = keys::blob(Hash::of(&manifest));
        memory.store.borrow_mut().insert(key, manifest);
        assert!(!is_refused(&memory, &left));
        assert!(blobs.iter().all(|hash| is_refused(&memory, hash)));
    }
}
