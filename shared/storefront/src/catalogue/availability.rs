//! The availability badge: what could be ordered a few seconds ago. The order path never reads it.

use std::cell::RefCell;

use souk_ports::{Edge, PortError, is_within};
use souk_protocol::consistency::Data;
use souk_stock_signals::AvailabilitySnapshot;

use crate::cache::{COALESCE_WAIT_MS, COALESCE_WAITS, Fetches};
use crate::monitoring::metrics::Metrics;

/// How long an instance trusts the snapshot it has. With the projection's own delay, and on Workers
/// the 2 s that a data centre's cache keeps it, this bounds the age of a badge to a few seconds.
pub const AVAILABILITY_TTL_MS: i64 = Data::Badge.class().bound_ms();

/// The snapshot as an instance has it.
#[derive(Debug, Clone)]
pub(crate) struct Availability {
    snapshot: AvailabilitySnapshot,
    /// Tells snapshots apart: part of the key of every finished response.
    pub(crate) stamp: u64,
    /// When the store was asked last, in milliseconds since 1970.
    asked_at_ms: i64,
    /// When it answered last; `None`: it never did.
    pub(crate) read_at_ms: Option<i64>,
}

/// What a response from the cache has to agree with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FreshAvailability {
    /// As [`Availability::stamp`].
    pub(crate) stamp: u64,
    /// When it was read, in milliseconds since 1970.
    pub(crate) read_at_ms: i64,
}

impl Availability {
    fn new(snapshot: AvailabilitySnapshot, asked_at_ms: i64, read_at_ms: Option<i64>) -> Self {
        Self {
            stamp: snapshot.content_stamp(),
            snapshot,
            asked_at_ms,
            read_at_ms,
        }
    }

    /// Whether the snapshot need not be read again.
    fn is_fresh(&self, now_ms: i64) -> bool {
        is_within(AVAILABILITY_TTL_MS, self.asked_at_ms, now_ms)
    }

    /// Whether an SKU with this number could not be ordered then; see
    /// [`souk_stock_signals::sku_number`].
    pub(crate) fn is_sold_out(&self, number: u32) -> bool {
        self.snapshot.is_sold_out(number)
    }

    /// Whether anything could not be ordered then.
    pub(crate) fn has_sold_out(&self) -> bool {
        !self.snapshot.is_empty()
    }

    /// Whether the SKU could be ordered when the snapshot was written.
    pub(crate) fn is_available(&self, sku: &str) -> bool {
        self.snapshot.is_available(sku)
    }
}

/// The snapshot in the memory of an instance.
#[derive(Debug, Default)]
pub(crate) struct AvailabilityCache {
    known: RefCell<Option<Availability>>,
    in_flight: Fetches,
}

impl AvailabilityCache {
    /// The stamp of a snapshot that was read, while it need not be read again.
    pub(crate) fn fresh(&self, now_ms: i64) -> Option<FreshAvailability> {
        let known = self.known.borrow();
        let fresh = known.as_ref().filter(|known| known.is_fresh(now_ms))?;
        Some(FreshAvailability {
            stamp: fresh.stamp,
            read_at_ms: fresh.read_at_ms?,
        })
    }

    /// The snapshot, at most [`AVAILABILITY_TTL_MS`] old; an older one while another request
    /// fetches it. Before the first projection everything counts as available.
    pub(crate) async fn current<E: Edge>(&self, edge: &E, metrics: &Metrics) -> Availability {
        const KEY: &str = "availability";
        let mut now = edge.now_ms();
        let mut known = self.known.borrow().clone();
        if let Some(known) = known.as_ref().filter(|known| known.is_fresh(now)) {
            return known.clone();
        }
        let mut mark = self.in_flight.begin(KEY, now);
        // Without any snapshot there is nothing to show meanwhile, so the request waits for the
        // first.
        for _ in 0..COALESCE_WAITS {
            if known.is_some() || mark.is_some() {
                break;
            }
            edge.pause_ms(COALESCE_WAIT_MS).await;
            now = edge.now_ms();
            known = self.known.borrow().clone();
            mark = match known {
                Some(_) => None,
                None => self.in_flight.begin(KEY, now),
            };
        }
        if mark.is_none() {
            let none = || Availability::new(AvailabilitySnapshot::default(), now, None);
            return known.unwrap_or_else(none);
        }
        metrics.availability_reads.add_one();
        let (snapshot, read_at_ms) = match edge.availability().await {
            Ok(bytes) => {
                let snapshot = AvailabilitySnapshot::decode(bytes.unwrap_or_default());
                (snapshot, Some(now))
            }
            // A badge is only a hint: if the read fails, the last snapshot is shown; the order
            // decides.
            Err(PortError::Transient(_) | PortError::Unsupported(_)) => {
                let before = known.map(|known| (known.snapshot, known.read_at_ms));
                before.unwrap_or_default()
            }
        };
        let fresh = Availability::new(snapshot, now, read_at_ms);
        self.known.replace(Some(fresh.clone()));
        fresh
    }
}
