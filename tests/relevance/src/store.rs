//! Blobs in memory, which counts what is read.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use souk_catalogue::Hash;
use souk_search::query::ReadBlobs;

/// Blobs in memory.
pub(crate) struct Memory {
    blobs: BTreeMap<Hash, Bytes>,
    rounds: Cell<usize>,
    reads: Cell<usize>,
}

impl Memory {
    pub(crate) fn new(blobs: BTreeMap<Hash, Vec<u8>>) -> Self {
        Self {
            blobs: blobs
                .into_iter()
                .map(|(hash, blob)| (hash, blob.into()))
                .collect(),
            rounds: Cell::new(0),
            reads: Cell::new(0),
        }
    }

    /// Counts from zero.
    pub(crate) fn reset(&self) {
        self.rounds.set(0);
        self.reads.set(0);
    }

    /// Rounds and blobs since.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.rounds.get(), self.reads.get())
    }
}

impl ReadBlobs for Memory {
    type Error = Infallible;

    async fn read_all(&self, names: &[Hash]) -> Result<Vec<Bytes>, Infallible> {
        self.rounds.set(self.rounds.get() + 1);
        self.reads.set(self.reads.get() + names.len());
        Ok(names.iter().map(|name| self.blobs[name].clone()).collect())
    }
}

/// What a future gives that waits for nothing.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("blobs in memory are there at once"),
    }
}
