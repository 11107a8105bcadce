//! Which of the requests that an instance answers are reported, and with what.

use souk_protocol::samples::Sample;

use crate::instance::Instance;
use crate::monitoring::samples::{Answered, milliseconds};

/// An instance that has had no news for so long, in milliseconds, reports nothing: what wanted it may be
/// over.
const PULSE_MS_MAX: i64 = 60_000;

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
        let share = signals.shares.of_class(class);
        if !self.samples.takes(class, share) {
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
        };
        self.samples.keep(sample, now_ms);
    }
}
