//! The published version of the catalogue, as an instance knows it.
//!
//! The pointer is that of the format that this build reads: what is published in another one, for
//! functions of before or after, is not looked at.

use std::cell::RefCell;
use std::rc::Rc;

use souk_catalogue::{Collection, Collections, DecodeError, FORMAT, Manifest};
use souk_ports::{Edge, is_within};
use souk_protocol::consistency::Data;
use souk_protocol::{keys, staff::Pointer};

use crate::cache::{COALESCE_WAIT_MS, COALESCE_WAITS, Fetches};
use crate::catalogue::blobs::Tiers;
use crate::catalogue::error::ReadError;

/// How long an instance trusts the pointer it has: with Spin's store the whole delay of a
/// publish, on Workers to be added to that of KV (up to 60 s).
pub const POINTER_TTL_MS: i64 = Data::Catalogue.class().bound_ms();

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

/// The version that an instance takes for the published one.
#[derive(Debug, Default)]
pub(crate) struct PublishedVersion {
    known: RefCell<Option<Known>>,
    in_flight: Fetches,
}

#[derive(Debug, Clone)]
struct Known {
    version: Rc<Version>,
    read_at_ms: i64,
}

impl Known {
    /// The version, while the pointer to it need not be read again.
    fn fresh(&self, now_ms: i64) -> Option<&Rc<Version>> {
        is_within(POINTER_TTL_MS, self.read_at_ms, now_ms).then_some(&self.version)
    }
}

impl PublishedVersion {
    /// Number of the version that was seen last.
    pub(crate) fn number(&self) -> Option<u64> {
        let known = self.known.borrow();
        known.as_ref().map(|known| known.version.number)
    }

    /// The version, while the pointer to it need not be read again.
    pub(crate) fn fresh(&self, now_ms: i64) -> Option<Rc<Version>> {
        self.known.borrow().as_ref()?.fresh(now_ms).cloned()
    }

    /// The version that the pointer names; it is read at most every [`POINTER_TTL_MS`]. While one
    /// request reads it, the others take the version before; without one they wait, as for a blob.
    ///
    /// # Errors
    /// When nothing is published, or the store does not answer and no version is known.
    pub(crate) async fn current<E: Edge>(
        &self,
        tiers: &Tiers<'_, E>,
    ) -> Result<Rc<Version>, ReadError> {
        let key = keys::current(FORMAT);
        for wait in 0..=COALESCE_WAITS {
            let now = tiers.edge.now_ms();
            let known = self.known.borrow().clone();
            if let Some(version) = known.as_ref().and_then(|known| known.fresh(now)) {
                return Ok(version.clone());
            }
            let mark = self.in_flight.begin(&key, now);
            if mark.is_none() {
                if let Some(known) = known {
                    return Ok(known.version);
                }
                if wait < COALESCE_WAITS {
                    tiers.edge.pause_ms(COALESCE_WAIT_MS).await;
                    continue;
                }
            }
            let version = match (follow_pointer(tiers, &key, known.as_ref()).await, known) {
                (Ok(version), _) => version,
                // A store that fails for a moment, or shows a pointer before the blobs behind it,
                // does not take the shop down with it.
                (Err(ReadError::Store(_) | ReadError::Missing(_)), Some(known)) => {
                    return Ok(known.version);
                }
                (Err(error), _) => return Err(error),
            };
            self.known.replace(Some(Known {
                version: version.clone(),
                read_at_ms: now,
            }));
            return Ok(version);
        }
        unreachable!("the last round reads the pointer itself")
    }
}

async fn follow_pointer<E: Edge>(
    tiers: &Tiers<'_, E>,
    key: &str,
    known: Option<&Known>,
) -> Result<Rc<Version>, ReadError> {
    tiers.metrics.pointer_reads.add_one();
    let pointer = tiers.edge.read(key).await?;
    let pointer = read_pointer(&pointer.ok_or(ReadError::Unpublished)?)?;
    match known {
        Some(known)
            if known.version.number == pointer.version
                && known.version.activated_at_ms == pointer.activated_at_ms =>
        {
            Ok(known.version.clone())
        }
        _ => Ok(Rc::new(load(tiers, &pointer).await?)),
    }
}

/// The version with this number, whether it is the published one or an earlier one.
///
/// # Errors
/// [`ReadError::VersionGone`] where its blobs are no longer there.
pub(crate) async fn version<E: Edge>(
    tiers: &Tiers<'_, E>,
    number: u64,
) -> Result<Version, ReadError> {
    let key = keys::version(FORMAT, number);
    let found = async {
        let pointer = tiers.read(&key).await?;
        load(tiers, &read_pointer(&pointer)?).await
    };
    match found.await {
        Err(ReadError::Missing(_)) => Err(ReadError::VersionGone(number)),
        other => other,
    }
}

fn read_pointer(bytes: &[u8]) -> Result<Pointer, ReadError> {
    let damaged = |error: serde_json::Error| DecodeError {
        what: "pointer",
        reason: error.to_string(),
    };
    Ok(serde_json::from_slice(bytes).map_err(damaged)?)
}

async fn load<E: Edge>(tiers: &Tiers<'_, E>, pointer: &Pointer) -> Result<Version, ReadError> {
    let manifest = tiers.read(&keys::blob(&pointer.manifest)).await?;
    let manifest = Manifest::decode(&manifest)?;
    let collections = tiers.read(&keys::blob(manifest.collections)).await?;
    Ok(Version {
        number: pointer.version,
        activated_at_ms: pointer.activated_at_ms,
        manifest,
        collections: Collections::decode(&collections)?,
    })
}
