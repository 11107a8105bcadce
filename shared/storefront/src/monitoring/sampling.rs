//! Which of the requests that an instance answers are reported, and with what.

use souk_operations::release::BUCKETS;
use souk_operations::shares::WHOLE;
use souk_operations::{Lane, PulseRelease};
use souk_protocol::samples::Sample;

use crate::instance::Instance;
use crate::monitoring::samples::{Answered, milliseconds};

/// An instance that has had no news for so long, in milliseconds, reports nothing: what wanted it may be
/// over.
const PULSE_MS_MAX: i64 = 60_000;

/// A small lane is seen by as many samples as the large one, as far as it has them.
fn share_of_forwarded(share: u32, release: PulseRelease) -> u32 {
    let grown = u64::from(share) * u64::from(BUCKETS) / u64::from(release.share.max(1));
    u32::try_from(grown).map_or(WHOLE, |grown| grown.min(WHOLE))
}

impl Instance {
    /// Reports a request that was answered, if it is one of those that are. `random`: 16 unpredictable
    /// bytes; without it only an instance reports that has its number.
    pub(crate) fn sample(
        &self,
        answered: Answered,
        now_ms: i64,
        random: Option<&dyn Fn() -> [u8; 16]>,
    ) {
        let Some(signals) = self
            .signals
            .last()
            .filter(|signals| signals.shares.is_some())
        else {
            return;
        };
        if self.samples.edge.get() == 0 {
            match random {
                Some(random) => self.samples.begin(random()),
                None => return,
            }
        }
        let pulse_age_ms = signals.pulse_age_ms(now_ms);
        if pulse_age_ms.is_none_or(|age_ms| age_ms > PULSE_MS_MAX) {
            return;
        }
        let class = answered.class;
        let is_forwarded = answered.lane == Some(Lane::Forwarded);
        let share = signals.shares.of_class(class);
        let share = match signals.release.filter(|_| is_forwarded) {
            Some(release) => share_of_forwarded(share, release),
            None => share,
        };
        if !self.samples.takes(class, is_forwarded, share) {
            return;
        }
        let held = signals.pulse.as_deref();
        let sample = Sample {
            class: class.number(),
            per_million: share,
            status: u8::try_from(answered.status.as_u16() / 100).unwrap_or_default(),
            ms: milliseconds(answered.took_ms),
            origin_ms: answered.origin.map(|origin| milliseconds(origin.ms)),
            origin_failed: answered.origin.is_some_and(|origin| origin.has_failed),
            places: answered.places,
            stamp: held.map_or(0, |held| held.pulse.stamp),
            pulse_age_ms: pulse_age_ms.map(milliseconds),
            ago_ms: 0,
            lane: answered.lane.map_or(0, Lane::number),
        };
        self.samples.keep(sample, now_ms);
    }
}
