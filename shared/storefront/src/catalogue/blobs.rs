//! Immutable blobs through the tiers: instance memory → shared cache → store.
//!
//! A blob is named by its content, so it stays in memory until its room is needed.
//!
//! Not here: which blobs a request reads (`reader`), what they hold (`souk_catalogue`).

use bytes::Bytes;
use souk_ports::Edge;

use crate::cache::{ByteBudget, COALESCE_WAIT_MS, COALESCE_WAITS, Fetches};
use crate::catalogue::error::ReadError;
use crate::monitoring::metrics::Metrics;

/// Bytes of blobs that an instance keeps. A Workers isolate has 128 MB for everything.
pub const BLOB_BYTES_MAX: usize = 32 * 1024 * 1024;

/// The blobs in the memory of an instance.
#[derive(Debug)]
pub(crate) struct BlobCache {
    blobs: ByteBudget<String, Bytes>,
    in_flight: Fetches,
}

impl Default for BlobCache {
    fn default() -> Self {
        Self {
            blobs: ByteBudget::new(BLOB_BYTES_MAX),
            in_flight: Fetches::default(),
        }
    }
}

impl BlobCache {
    /// Bytes kept at the moment.
    pub(crate) fn bytes_kept(&self) -> usize {
        self.blobs.used()
    }

    fn keep(&self, key: &str, blob: &Bytes) {
        self.blobs.put(key.to_owned(), blob.clone(), blob.len());
    }
}

/// The tiers, for one request.
pub(crate) struct Tiers<'a, E> {
    pub(crate) edge: &'a E,
    pub(crate) memory: &'a BlobCache,
    pub(crate) metrics: &'a Metrics,
}

impl<E: Edge> Tiers<'_, E> {
    /// The blob under a key. Requests of one instance that want the same blob at the same time read
    /// it once: the others wait for it with timers of their own, because on Workers a request may
    /// not wait for a promise that belongs to another one.
    ///
    /// # Errors
    /// When the store does not answer or lacks it.
    pub(crate) async fn read(&self, key: &str) -> Result<Bytes, ReadError> {
        let Self {
            edge,
            memory,
            metrics,
        } = self;
        for wait in 0..=COALESCE_WAITS {
            if let Some(blob) = memory.blobs.get(key, Bytes::clone) {
                metrics.memory_hits.add_one();
                return Ok(blob);
            }
            let mark = memory.in_flight.begin(key, edge.now_ms());
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
                memory.keep(key, &blob);
                return Ok(blob);
            }
            metrics.store_reads.add_one();
            let Some(blob) = edge.read(key).await? else {
                metrics.store_misses.add_one();
                return Err(ReadError::Missing(key.to_owned()));
            };
            memory.keep(key, &blob);
            if edge.exists() {
                edge.put(key, &blob).await;
            }
            return Ok(blob);
        }
        unreachable!("the last round reads the blob itself")
    }
}
