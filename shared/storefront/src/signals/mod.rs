//! What every instance has to know within seconds: what is sold out, what the origin refuses, and the
//! pulse, which says what is switched off.
//!
//! The three come in one read. An instance trusts it for [`SIGNALS_TTL_MS`]; without news it keeps
//! what it has, and a new instance without any shows no badges and has everything on.
//!
//! Not here: how the signals travel (the adapters), what a switch leaves out (each use case).

mod availability;
#[cfg(feature = "openapi")]
pub(crate) mod contract;
mod pulse;
mod shares;
mod status;
mod switches;

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use souk_operations::{Pulse, PulseRelease};
use souk_ports::{self as ports, Edge, is_within};
use souk_room::PulseTime;
use souk_service_http::before;
use souk_stock_signals::AvailabilitySnapshot;
use souk_stock_signals::sold_out_hold::{SoldOutHold, decode};

pub(crate) use self::availability::Badge;
pub(crate) use self::pulse::HeldPulse;
pub(crate) use self::shares::Shares;
pub(crate) use self::switches::{FiltersShown, Switches};
use crate::cache::{COALESCE_WAIT_MS, Fetches};
use crate::monitoring::metrics::Metrics;

/// How long an instance trusts the signals that it has. On Workers a data centre's cache keeps them
/// for a second more.
pub const SIGNALS_TTL_MS: i64 = 1_000;
/// A read that takes longer is abandoned.
const READ_MS_MAX: u32 = 1_000;

/// The signals as an instance has them.
#[derive(Debug)]
pub(crate) struct Signals {
    snapshot: AvailabilitySnapshot,
    /// As [`AvailabilitySnapshot::content_stamp`].
    snapshot_stamp: u64,
    /// Those of all origins.
    pub(crate) sold_out_holds: Rc<[SoldOutHold]>,
    /// The newest pulse that was read.
    pub(crate) pulse: Option<Rc<HeldPulse>>,
    /// How the switches stand by it.
    pub(crate) switches: Switches,
    /// Which share of the requests is reported by it.
    pub(crate) shares: Shares,
    /// The release that is out by it.
    pub(crate) release: Option<PulseRelease>,
    /// Tells signals apart by what pages show of them: part of the key of every finished response.
    pub(crate) stamp: u64,
    /// When the store was asked last, in milliseconds since 1970.
    asked_at_ms: i64,
    /// When the clock changes how a switch stands, in milliseconds since 1970.
    next_change_ms: Option<i64>,
    /// When the store answered last; `None`: it never did.
    pub(crate) read_at_ms: Option<i64>,
}

/// What a response from the cache has to agree with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FreshSignals {
    /// As [`Signals::stamp`].
    pub(crate) stamp: u64,
    /// When they were read, in milliseconds since 1970.
    pub(crate) read_at_ms: i64,
    /// The level of the shop.
    pub(crate) level: u8,
    /// Whether requests are reported.
    pub(crate) is_sampling: bool,
    /// The release that is out.
    pub(crate) release: Option<PulseRelease>,
}

impl Signals {
    /// Nothing is known.
    fn none(now_ms: i64) -> Self {
        let snapshot = AvailabilitySnapshot::default();
        Self {
            snapshot_stamp: snapshot.content_stamp(),
            snapshot,
            sold_out_holds: Rc::default(),
            pulse: None,
            switches: Switches::default(),
            shares: Shares::default(),
            release: None,
            stamp: 0,
            asked_at_ms: now_ms,
            next_change_ms: None,
            read_at_ms: None,
        }
        .at(now_ms)
    }

    /// What the store answered, as far as it is newer than what is `known`.
    fn read(read: ports::Signals, known: Option<&Self>, now_ms: i64) -> Self {
        let snapshot = AvailabilitySnapshot::decode(read.availability);
        Self {
            snapshot_stamp: snapshot.content_stamp(),
            snapshot,
            sold_out_holds: decode(read.sold_out_holds).into(),
            pulse: newest(
                &read.pulse,
                read.pulse_age_ms,
                known.and_then(|known| known.pulse.clone()),
                now_ms,
            ),
            read_at_ms: (read.kept_ms != ports::Signals::NEVER).then(|| now_ms - read.kept_ms),
            ..Self::none(now_ms)
        }
        .at(now_ms)
    }

    /// The same as it stands at a moment.
    fn at(self, now_ms: i64) -> Self {
        let held = self.pulse.as_deref();
        let switches =
            held.map_or_else(Switches::default, |held| Switches::at(&held.pulse, now_ms));
        let shares = held.map_or_else(Shares::default, |held| Shares::of(&held.pulse));
        let rooms = held.map_or_else(Vec::new, |held| held.shown_of_rooms(now_ms));
        Self {
            switches,
            shares,
            release: held.and_then(|held| held.pulse.release),
            stamp: switches.stamp_with(self.snapshot_stamp, &rooms),
            next_change_ms: held.and_then(|held| held.next_change_ms(now_ms)),
            asked_at_ms: now_ms,
            ..self
        }
    }

    /// The same while the store does not answer: what was read stays, and the clock goes on.
    fn again(&self, now_ms: i64) -> Self {
        Self {
            snapshot: self.snapshot.clone(),
            sold_out_holds: self.sold_out_holds.clone(),
            pulse: self.pulse.clone(),
            ..*self
        }
        .at(now_ms)
    }

    fn is_younger(&self, age_ms: i64, now_ms: i64) -> bool {
        let is_due = |change_ms: i64| change_ms <= now_ms;
        is_within(age_ms, self.asked_at_ms, now_ms) && !self.next_change_ms.is_some_and(is_due)
    }

    /// What the instance knows of the time by its pulse, where its own clock shows `now_ms`; `None`
    /// without a pulse.
    pub(crate) fn pulse_time(&self, now_ms: i64) -> Option<PulseTime> {
        self.pulse.as_deref().map(|held| held.time(now_ms))
    }

    /// Milliseconds since the pulse was made, as far as that is known.
    pub(crate) fn pulse_age_ms(&self, now_ms: i64) -> Option<i64> {
        let time = self.pulse_time(now_ms)?;
        Some(time.age_ms.max(0))
    }
}

/// The newer of a pulse that was read and the one that is known. What is no pulse is none.
fn newest(
    read: &Bytes,
    age_ms: Option<i64>,
    known: Option<Rc<HeldPulse>>,
    now_ms: i64,
) -> Option<Rc<HeldPulse>> {
    let stamp = Pulse::stamp_of(read);
    if stamp <= known.as_ref().map(|known| known.pulse.stamp) {
        return known;
    }
    match Pulse::decode(read) {
        Ok(pulse) => Some(Rc::new(HeldPulse::new(pulse, age_ms, now_ms))),
        Err(_) => known,
    }
}

/// The signals in the memory of an instance.
#[derive(Debug, Default)]
pub(crate) struct SignalsCache {
    known: RefCell<Option<Rc<Signals>>>,
    in_flight: Fetches,
}

impl SignalsCache {
    /// What a kept response has to agree with, while nothing need be read.
    pub(crate) fn fresh(&self, now_ms: i64) -> Option<FreshSignals> {
        let known = self.known.borrow();
        let fresh = known
            .as_ref()
            .filter(|known| known.is_younger(SIGNALS_TTL_MS, now_ms))?;
        Some(FreshSignals {
            stamp: fresh.stamp,
            read_at_ms: fresh.read_at_ms?,
            level: fresh.switches.level(),
            is_sampling: fresh.shares.is_some(),
            release: fresh.release,
        })
    }

    /// What was read last, however old.
    pub(crate) fn last(&self) -> Option<Rc<Signals>> {
        self.known.borrow().clone()
    }

    /// The signals as they were at most `age_ms` ago; older ones while another request reads them.
    /// `at_once`: no cache between the instance and their owner answers.
    pub(crate) async fn current<E: Edge>(
        &self,
        edge: &E,
        metrics: &Metrics,
        age_ms: i64,
        at_once: bool,
    ) -> Rc<Signals> {
        const KEY: &str = "signals";
        let began_ms = edge.now_ms();
        loop {
            let now_ms = edge.now_ms();
            let known = self.last();
            if let Some(known) = known.as_ref()
                && known.is_younger(age_ms, now_ms)
            {
                return known.clone();
            }
            if let Some(_mark) = self.in_flight.begin(KEY, now_ms) {
                metrics.signals_reads.add_one();
                let read = before(edge.signals(at_once), edge.pause_ms(READ_MS_MAX)).await;
                let now_ms = edge.now_ms();
                let known = self.last();
                let signals = match (read, known.as_deref()) {
                    (Some(Ok(read)), known) => Signals::read(read, known, now_ms),
                    (Some(Err(_)) | None, Some(known)) => known.again(now_ms),
                    (Some(Err(_)) | None, None) => Signals::none(now_ms),
                };
                let signals = Rc::new(signals);
                self.known.replace(Some(signals.clone()));
                return signals;
            }
            if let Some(known) = known {
                return known;
            }
            // Without any signals the request waits for the one that reads them.
            if !is_within(READ_MS_MAX.into(), began_ms, now_ms) {
                return Rc::new(Signals::none(now_ms));
            }
            edge.pause_ms(COALESCE_WAIT_MS).await;
        }
    }
}
