//! Reads the published catalogue through the tiers: instance memory → shared cache → store.
//!
//! **Architecture Invariant:** a request takes the pointer once and reads everything through the
//! manifest that it names, so no response mixes two versions.
//!
//! The pointer is that of the format that this build reads: what is published in another one, for
//! functions of before or after, is not looked at.

use std::rc::Rc;

use bytes::Bytes;
use souk_catalogue::{
    Collection, Collections, DecodeError, DirectoryPage, FORMAT, Hash, ListingChunk, ListingIndex,
    ListingOrder, Manifest, Product, ProductSegment, RedirectSegment,
};
use souk_protocol::consistency::Data;
use souk_protocol::{keys, staff::Pointer};

use crate::instance::Instance;
use souk_ports::{Edge, PortError};

/// How long an instance trusts the pointer it has: with Spin's store the whole delay of a
/// publish, on Workers to be added to that of KV (up to 60 s).
pub const POINTER_TTL_MS: i64 = Data::Catalogue.class().bound_ms();
/// How often, and how long at a time, a request waits for another one's read of the same blob.
pub(crate) const COALESCE_WAITS: u32 = 400;
pub(crate) const COALESCE_WAIT_MS: u32 = 5;

/// Why the catalogue could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// Nothing has been published yet.
    #[error("nothing is published yet")]
    Unpublished,
    /// The store does not answer.
    #[error("the catalogue store {0}")]
    Store(#[from] PortError),
    /// A blob that the manifest names is not in the store.
    #[error("the catalogue store lacks {0}")]
    Missing(String),
    /// A blob is damaged.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The version that a cursor names is gone.
    #[error("version {0} of the catalogue is gone")]
    VersionGone(u64),
}

/// The version that an instance takes for the published one.
#[derive(Debug, Clone)]
pub(crate) struct CurrentVersion {
    version: Rc<Version>,
    read_at_ms: i64,
}

impl CurrentVersion {
    pub(crate) fn number(&self) -> u64 {
        self.version.number
    }

    /// The version, while the pointer to it need not be read again.
    pub(crate) fn fresh(&self, now_ms: i64) -> Option<&Rc<Version>> {
        (now_ms - self.read_at_ms < POINTER_TTL_MS).then_some(&self.version)
    }
}

/// A version with the two blobs that nearly every request needs.
#[derive(Debug)]
pub(crate) struct Version {
    /// Number.
    pub(crate) number: u64,
    /// When it became the published one, in milliseconds since 1970.
    pub(crate) activated_at_ms: i64,
    /// The head of the version.
    pub(crate) manifest: Manifest,
    /// Every collection, `all` first.
    pub(crate) collections: Collections,
}

impl Version {
    /// The collection that holds every product.
    pub(crate) fn all(&self) -> Option<&Collection> {
        self.collections.find(Collections::ALL)
    }

    /// Every other collection.
    pub(crate) fn named_collections(&self) -> &[Collection] {
        let all = &self.collections.collections;
        let skip = all
            .iter()
            .take_while(|c| c.slug == Collections::ALL)
            .count();
        &all[skip..]
    }
}

/// Reads one version for one request.
pub(crate) struct Reader<'a, E> {
    edge: &'a E,
    instance: &'a Instance,
    /// The version that is read.
    pub(crate) version: Rc<Version>,
}

impl<'a, E: Edge> Reader<'a, E> {
    /// A reader of the published version.
    ///
    /// # Errors
    /// When nothing is published or the store does not answer.
    pub(crate) async fn open(edge: &'a E, instance: &'a Instance) -> Result<Self, ReadError> {
        let version = current_version(edge, instance).await?;
        Ok(Self {
            edge,
            instance,
            version,
        })
    }

    /// A reader of the version that a cursor names.
    ///
    /// # Errors
    /// When the version is gone or the store does not answer.
    pub(crate) async fn at(self, number: u64) -> Result<Self, ReadError> {
        if self.version.number == number {
            return Ok(self);
        }
        let key = keys::version(FORMAT, number);
        let pointer = match blob_by_key(self.edge, self.instance, &key).await {
            Ok(pointer) => read_pointer(&pointer)?,
            Err(ReadError::Missing(_)) => return Err(ReadError::VersionGone(number)),
            Err(other) => return Err(other),
        };
        let version = match load(self.edge, self.instance, &pointer).await {
            Ok(version) => Rc::new(version),
            Err(ReadError::Missing(_)) => return Err(ReadError::VersionGone(number)),
            Err(other) => return Err(other),
        };
        Ok(Self { version, ..self })
    }

    /// The product with this slug.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn product(&self, slug: &str) -> Result<Option<Product>, ReadError> {
        let Some((page, place)) = self.version.manifest.locate(slug) else {
            return Ok(None);
        };
        let page = self.blob(page).await?;
        let Some(segment) = DirectoryPage::decode(&page)?.segment(place) else {
            return Ok(None);
        };
        let segment = self.blob(segment).await?;
        Ok(ProductSegment::decode(&segment)?.find(slug)?)
    }

    /// The cards `start..start + count` of a collection in an order, and how many there are.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn cards(
        &self,
        collection: &Collection,
        order: ListingOrder,
        start: u32,
        count: u32,
    ) -> Result<(Vec<Product>, u32), ReadError> {
        let Some((index, backwards)) = collection.listing(order) else {
            return Ok((Vec::new(), 0));
        };
        let index = ListingIndex::decode(&self.blob(index).await?)?;
        let total = index.total();
        let count = count.min(total.saturating_sub(start));
        let first = if backwards {
            total.saturating_sub(start + count)
        } else {
            start
        };
        let mut cards = Vec::with_capacity(count as usize);
        for (chunk, range) in index.locate(first, count) {
            let blob = self.blob(chunk).await?;
            cards.extend(ListingChunk::decode(&blob)?.cards(range)?);
        }
        if backwards {
            cards.reverse();
        }
        Ok((cards, total))
    }

    /// Where a path moved that is written as [`souk_catalogue::path_key`] does.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn redirect(&self, path: &str) -> Result<Option<String>, ReadError> {
        let Some(segment) = self.version.manifest.locate_redirect(path) else {
            return Ok(None);
        };
        let segment = self.blob(segment).await?;
        let segment = RedirectSegment::decode(&segment)?;
        Ok(segment.find(path).map(str::to_owned))
    }

    /// The blob with this name.
    ///
    /// # Errors
    /// When the store does not answer or lacks it.
    pub(crate) async fn blob(&self, hash: Hash) -> Result<Bytes, ReadError> {
        blob_by_key(self.edge, self.instance, &keys::blob(hash)).await
    }
}

/// The version that the pointer names; it is read at most every [`POINTER_TTL_MS`]. While one
/// request reads it, the others take the version before; without one they wait, as for a blob.
async fn current_version<E: Edge>(edge: &E, instance: &Instance) -> Result<Rc<Version>, ReadError> {
    let key = keys::current(FORMAT);
    for wait in 0..=COALESCE_WAITS {
        let now = edge.now_ms();
        let known = instance.current.borrow().clone();
        if let Some(version) = known.as_ref().and_then(|known| known.fresh(now)) {
            return Ok(version.clone());
        }
        let mark = instance.in_flight.begin(&key, now);
        if mark.is_none() {
            if let Some(known) = known {
                return Ok(known.version);
            }
            if wait < COALESCE_WAITS {
                edge.pause_ms(COALESCE_WAIT_MS).await;
                continue;
            }
        }
        let version = match (
            follow_pointer(edge, instance, &key, known.as_ref()).await,
            known,
        ) {
            (Ok(version), _) => version,
            // A store that fails for a moment, or shows a pointer before the blobs behind it, does
            // not take the shop down with it.
            (Err(ReadError::Store(_) | ReadError::Missing(_)), Some(known)) => {
                return Ok(known.version);
            }
            (Err(error), _) => return Err(error),
        };
        let current = CurrentVersion {
            version: version.clone(),
            read_at_ms: now,
        };
        instance.current.replace(Some(current));
        return Ok(version);
    }
    unreachable!("the last round reads the pointer itself")
}

async fn follow_pointer<E: Edge>(
    edge: &E,
    instance: &Instance,
    key: &str,
    known: Option<&CurrentVersion>,
) -> Result<Rc<Version>, ReadError> {
    instance.metrics.pointer_reads.add_one();
    let pointer = edge.read(key).await?;
    let pointer = read_pointer(&pointer.ok_or(ReadError::Unpublished)?)?;
    match known {
        Some(known)
            if known.version.number == pointer.version
                && known.version.activated_at_ms == pointer.activated_at_ms =>
        {
            Ok(known.version.clone())
        }
        _ => Ok(Rc::new(load(edge, instance, &pointer).await?)),
    }
}

fn read_pointer(bytes: &[u8]) -> Result<Pointer, ReadError> {
    let damaged = |error: serde_json::Error| DecodeError {
        what: "pointer",
        reason: error.to_string(),
    };
    Ok(serde_json::from_slice(bytes).map_err(damaged)?)
}

async fn load<E: Edge>(
    edge: &E,
    instance: &Instance,
    pointer: &Pointer,
) -> Result<Version, ReadError> {
    let manifest = blob_by_key(edge, instance, &keys::blob(&pointer.manifest)).await?;
    let manifest = Manifest::decode(&manifest)?;
    let collections = blob_by_key(edge, instance, &keys::blob(manifest.collections)).await?;
    Ok(Version {
        number: pointer.version,
        activated_at_ms: pointer.activated_at_ms,
        manifest,
        collections: Collections::decode(&collections)?,
    })
}

/// An immutable blob, through the tiers. Requests of one instance that want the same blob at the
/// same time read it once: the others wait for it with timers of their own, because on Workers a
/// request may not wait for a promise that belongs to another one.
pub(crate) async fn blob_by_key<E: Edge>(
    edge: &E,
    instance: &Instance,
    key: &str,
) -> Result<Bytes, ReadError> {
    let metrics = &instance.metrics;
    for wait in 0..=COALESCE_WAITS {
        if let Some(blob) = instance.blobs.get(key, Bytes::clone) {
            metrics.memory_hits.add_one();
            return Ok(blob);
        }
        let mark = instance.in_flight.begin(key, edge.now_ms());
        if mark.is_none() && wait < COALESCE_WAITS {
            if wait == 0 {
                metrics.coalesced.add_one();
            }
            edge.pause_ms(COALESCE_WAIT_MS).await;
            continue;
        }
        if edge.exists()
            && let Some(blob) = edge.get(key).await
        {
            metrics.shared_hits.add_one();
            instance.blobs.put(key.to_owned(), blob.clone(), blob.len());
            return Ok(blob);
        }
        metrics.store_reads.add_one();
        let Some(blob) = edge.read(key).await? else {
            metrics.store_misses.add_one();
            return Err(ReadError::Missing(key.to_owned()));
        };
        instance.blobs.put(key.to_owned(), blob.clone(), blob.len());
        if edge.exists() {
            edge.put(key, &blob).await;
        }
        return Ok(blob);
    }
    unreachable!("the last round reads the blob itself")
}
