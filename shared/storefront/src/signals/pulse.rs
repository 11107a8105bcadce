//! The pulse in the memory of an instance, and the moment by which the instance goes with it.
//!
//! Invariant: a pulse is as old as it was when it was first read, and the time since: to read it again
//! makes it no younger. Of the instance's own clock only differences count.
//!
//! Not here: which pulse is the newer one (`souk_operations`), what the moment decides (`sales`).

use std::cell::Cell;

use souk_operations::{Pulse, PulseSale};
use souk_room::PulseTime;

/// By how much a clock may be behind what it showed before: on Workers that of a request stands still
/// while the request computes, and so shows less than that of another request.
const BEHIND_MS_MAX: i64 = 1_000;

/// A pulse that was read.
#[derive(Debug)]
pub(crate) struct HeldPulse {
    pub(crate) pulse: Pulse,
    /// How old it was then, in milliseconds.
    age_ms: i64,
    /// What the instance's own clock showed then, in milliseconds since 1970.
    read_at_ms: i64,
    /// What that clock has shown at most since.
    last_ms: Cell<i64>,
    /// Whether it was set back since.
    is_set_back: Cell<bool>,
}

impl HeldPulse {
    /// A pulse that is read now. `age_ms`: how old it is by the clock of its owner; `None` where this
    /// clock is the same one.
    pub(super) fn new(pulse: Pulse, age_ms: Option<i64>, now_ms: i64) -> Self {
        let age_ms = age_ms.unwrap_or(now_ms - pulse.made_at_ms);
        Self {
            pulse,
            age_ms: age_ms.max(0),
            read_at_ms: now_ms,
            last_ms: Cell::new(now_ms),
            is_set_back: Cell::new(false),
        }
    }

    /// What the instance knows of the time, where its own clock shows `now_ms`.
    pub(crate) fn time(&self, now_ms: i64) -> PulseTime {
        let last_ms = self.last_ms.get();
        if now_ms < last_ms - BEHIND_MS_MAX {
            self.is_set_back.set(true);
        }
        self.last_ms.set(last_ms.max(now_ms));
        let age_ms = match self.is_set_back.get() {
            // Nothing says how old it is.
            true => -1,
            false => self.age_ms + (now_ms - self.read_at_ms).max(0),
        };
        PulseTime {
            made_at_ms: self.pulse.made_at_ms,
            age_ms,
        }
    }

    /// When the clock changes what responses show next, in milliseconds since 1970 of the instance's own
    /// clock: settings end by that one, sessions go by the time of the pulse.
    pub(super) fn next_change_ms(&self, now_ms: i64) -> Option<i64> {
        let moment_ms = self.time(now_ms).moment_ms();
        let of_sessions = self.pulse.next_change_ms(moment_ms);
        let of_sessions = of_sessions.map(|ms| ms - moment_ms + now_ms);
        let of_settings = self.pulse.next_change_ms(now_ms);
        of_sessions.into_iter().chain(of_settings).min()
    }

    /// What pages of sales show of the rooms at a moment, in bytes that differ where it does; not what
    /// changes each second.
    pub(super) fn shown_of_rooms(&self, now_ms: i64) -> Vec<u8> {
        let moment_ms = self.time(now_ms).moment_ms();
        let mut shown = Vec::new();
        for PulseSale { id, room, before } in &self.pulse.sales {
            let session = &room.session;
            shown.extend_from_slice(id.as_bytes());
            let times = [
                session.number.into(),
                session.gathers_at_ms,
                session.opens_at_ms,
                session.closes_at_ms,
            ];
            shown.extend_from_slice(times.map(i64::to_le_bytes).as_flattened());
            let is_revealed = room.revealed(moment_ms).is_some();
            let before = before.map_or(0, |before| before.opens_at_ms);
            shown.extend(before.to_le_bytes());
            shown.extend([room.control as u8, room.stock as u8, is_revealed.into()]);
            shown.extend(room.left.iter().map(|&left| left as u8));
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use souk_operations::Level;

    use super::*;

    fn held(age_ms: Option<i64>, now_ms: i64) -> HeldPulse {
        let pulse = Pulse {
            stamp: 1,
            made_at_ms: 100_000,
            level: Level::default(),
            by_level: Default::default(),
            manual: Vec::new(),
            limits: Vec::new(),
            sampling: Vec::new(),
            sales: Vec::new(),
            release: None,
        };
        HeldPulse::new(pulse, age_ms, now_ms)
    }

    #[test]
    fn a_pulse_ages_by_differences_of_a_clock_that_may_be_wrong() {
        let ahead = held(Some(1_500), 9_000_000);
        assert_eq!(ahead.time(9_000_000).age_ms, 1_500);
        assert_eq!(ahead.time(9_002_000).moment_ms(), 103_500);
        let same = held(None, 101_000);
        assert_eq!(same.time(101_500).age_ms, 1_500);
        assert_eq!(held(None, 90_000).time(90_000).age_ms, 0);
    }

    #[test]
    fn nothing_says_how_old_a_pulse_is_once_the_clock_was_set_back() {
        let held = held(Some(0), 100_000);
        assert_eq!(held.time(105_000).age_ms, 5_000);
        // Another request's clock has stood still for a while.
        assert_eq!(held.time(104_500).age_ms, 4_500);
        assert_eq!(held.time(103_000).age_ms, -1);
        assert_eq!(held.time(109_000).age_ms, -1);
    }
}
