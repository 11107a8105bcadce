//! Blobs in memory.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use souk_catalogue::Hash;
use souk_search::query::ReadBlobs;

/// Blobs in memory.
pub(super) struct Memory(BTreeMap<Hash, Bytes>);

impl Memory {
    pub(super) fn new(blobs: BTreeMap<Hash, Vec<u8>>) -> Self {
        let blobs = blobs.into_iter();
        Self(blobs.map(|(hash, blob)| (hash, blob.into())).collect())
    }
}

impl ReadBlobs for Memory {
    type Error = Infallible;

    async fn read_all(&self, names: &[Hash]) -> Result<Vec<Bytes>, Infallible> {
        Ok(names.iter().map(|name| self.0[name].clone()).collect())
    }
}

/// What a future gives that waits for nothing.
pub(super) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("blobs in memory are there at once"),
    }
}
