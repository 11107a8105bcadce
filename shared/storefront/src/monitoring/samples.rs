//! Requests that an instance reports to the store for operations, while the pulse wants some.
//!
//! Of each class every so many-th one is taken, from a random beginning, so that instances that answer
//! few requests are seen as often as their share says. A sample is not sent again: one that is lost is
//! missing, and nothing else.
//!
//! Invariants: what is collected is bounded ([`SAMPLES_MAX`]); what has no room is counted. While nothing
//! is wanted, a request costs one look at a number.
//!
//! Not here: the shares and what follows from samples (`souk_operations`), the task that sends
//! (`sales::reporting`), which requests are reported (`sampling`).

use std::cell::{Cell, RefCell};

use bytes::Bytes;
use http::StatusCode;
use souk_operations::shares::WHOLE;
use souk_operations::{Lane, RouteClass};
use souk_ports::is_within;
use souk_protocol::samples::{SAMPLES_MAX, Sample, SampleBatch};

/// Between two batches, in milliseconds.
const PAUSE_MS: i64 = 500;
/// Bits of the number of an instance.
const EDGE_BITS: u32 = 53;
const CLASSES: usize = RouteClass::ALL.len();

/// A request that was answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered {
    pub(crate) class: RouteClass,
    pub(crate) status: StatusCode,
    pub(crate) took_ms: i64,
    pub(crate) origin: Option<OriginTime>,
    /// Whether it was to place an order.
    pub(crate) places: bool,
    /// The lane that it was in.
    pub(crate) lane: Option<Lane>,
}

/// The longest call of the origin that a request waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OriginTime {
    pub(crate) ms: i64,
    pub(crate) has_failed: bool,
}

impl OriginTime {
    /// Of two calls of one request.
    pub(crate) fn and(self, other: Option<Self>) -> Self {
        Self {
            ms: other.map_or(self.ms, |other| self.ms.max(other.ms)),
            has_failed: self.has_failed || other.is_some_and(|other| other.has_failed),
        }
    }
}

/// What an instance has to report of requests.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    /// Number of the instance; 0 before it is drawn.
    pub(super) edge: Cell<u64>,
    /// How much of a sample each class has gathered, in millionths; then the same of what was forwarded.
    gathered: Cell<[u32; 2 * CLASSES]>,
    /// With the moment of each, in milliseconds since 1970 by the clock of the instance.
    collected: RefCell<Vec<(Sample, i64)>>,
    lost: Cell<u64>,
    sent_at_ms: Cell<Option<i64>>,
}

impl Samples {
    /// Names the instance by unpredictable bytes, and begins at a random place.
    pub(super) fn begin(&self, random: [u8; 16]) {
        let ([first, second], []) = random.as_chunks() else {
            unreachable!("sixteen bytes are twice eight")
        };
        let edge = u64::from_be_bytes(*first) >> (u64::BITS - EDGE_BITS);
        self.edge.set(edge.max(1));
        let mut place = u64::from_be_bytes(*second);
        let gathered = [(); 2 * CLASSES].map(|()| {
            let of_class = place % u64::from(WHOLE);
            // A step of Knuth's generator: the classes begin at different places.
            place = place
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1)
                >> 1;
            u32::try_from(of_class).unwrap_or_default()
        });
        self.gathered.set(gathered);
    }

    /// Whether a request of this class is taken at this share; what was forwarded is counted apart.
    pub(super) fn takes(&self, class: RouteClass, is_forwarded: bool, share: u32) -> bool {
        let mut gathered = self.gathered.get();
        let place = usize::from(class.number()) + CLASSES * usize::from(is_forwarded);
        let of_class = &mut gathered[place];
        *of_class += share;
        let is_taken = *of_class >= WHOLE;
        if is_taken {
            *of_class -= WHOLE;
        }
        self.gathered.set(gathered);
        is_taken
    }

    pub(super) fn keep(&self, sample: Sample, now_ms: i64) {
        let mut collected = self.collected.borrow_mut();
        match collected.len() < SAMPLES_MAX {
            true => collected.push((sample, now_ms)),
            false => self.lost.set(self.lost.get() + 1),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.collected.borrow().is_empty()
    }

    /// The batch that is to be sent now, if one is.
    pub(crate) fn due(&self, now_ms: i64) -> Option<Bytes> {
        let sent_at_ms = self.sent_at_ms.get();
        let is_recent = sent_at_ms.is_some_and(|ms| is_within(PAUSE_MS, ms, now_ms));
        if is_recent || self.is_empty() {
            return None;
        }
        self.sent_at_ms.set(Some(now_ms));
        let collected = self.collected.take().into_iter();
        let samples = collected.map(|(sample, at_ms)| Sample {
            ago_ms: milliseconds(now_ms - at_ms),
            ..sample
        });
        let batch = SampleBatch {
            edge: self.edge.get(),
            lost: self.lost.take(),
            samples: samples.collect(),
        };
        let batch = serde_json::to_vec(&batch).expect("plain structs become JSON");
        Some(batch.into())
    }
}

/// Not below 0: a clock may be set back.
pub(super) fn milliseconds(ms: i64) -> u32 {
    u32::try_from(ms.max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_are_taken_as_the_share_says_from_a_random_beginning() {
        let taken_of = |begin: u8, share: u32, requests: usize| {
            let samples = Samples::default();
            samples.begin([begin; 16]);
            let taken = (0..requests).filter(|_| samples.takes(RouteClass::Read, false, share));
            taken.count()
        };
        for begin in [0, 1, 77, 255] {
            let taken = taken_of(begin, WHOLE / 10, 1_000);
            assert!((99..=101).contains(&taken), "{taken}");
            assert_eq!(taken_of(begin, WHOLE, 50), 50);
            assert_eq!(taken_of(begin, 0, 50), 0);
        }
        // Instances that answer ten requests each: some report one, and on average one in ten.
        let few: usize = (0..=255)
            .map(|begin| taken_of(begin, WHOLE / 100, 10))
            .sum();
        assert!((10..=45).contains(&few), "{few}");
    }

    #[test]
    fn what_has_no_room_is_counted() {
        let samples = Samples::default();
        samples.begin([7; 16]);
        let sample = Sample {
            class: 0,
            per_million: WHOLE,
            status: 2,
            ms: u32::MAX,
            origin_ms: Some(u32::MAX),
            origin_failed: true,
            places: true,
            stamp: 1_790_000_000_000,
            pulse_age_ms: Some(u32::MAX),
            ago_ms: 0,
            lane: 3,
        };
        (0..SAMPLES_MAX + 3).for_each(|_| samples.keep(sample, 1_000));
        let body = samples.due(i64::from(u32::MAX)).expect("a batch");
        assert!(body.len() <= souk_protocol::samples::SAMPLES_BYTES_MAX);
        let batch: SampleBatch = serde_json::from_slice(&body).expect("a batch");
        assert_eq!((batch.samples.len(), batch.lost), (SAMPLES_MAX, 3));
        assert!(batch.edge > 0 && batch.edge < 1 << EDGE_BITS);
        assert!(samples.is_empty() && samples.lost.get() == 0);
        samples.keep(sample, 5);
        assert!(samples.due(i64::from(u32::MAX) + PAUSE_MS - 1).is_none());
        assert!(samples.due(i64::from(u32::MAX) + PAUSE_MS).is_some());
    }
}
