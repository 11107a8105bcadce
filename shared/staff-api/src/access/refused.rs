//! Refused requests of an instance, until they are in the store; and when there are too many.

use std::cell::Cell;

use souk_protocol::staff::{Refusal, RefusalCount};
use souk_staff_tokens::{REFUSAL_WINDOW_MS, RefusalWindow};

/// Refusals go to the store after so many milliseconds. An instance that ends takes those with it that
/// came since.
const WRITE_MS: i64 = 1_000;
/// So many go to the store earlier, as long as the instance answers with 401: it has to know early how
/// many the other instances refused. Beyond that guesses cost the store a write a second each instance.
const WAITING_MAX: i64 = 8;
/// Requests without a valid token that are answered with 401 in a window; further ones get 429. All
/// instances together, as far as each knows of the others.
const IN_WINDOW_MAX: i64 = 60;

/// Refused requests of an instance.
#[derive(Debug, Default)]
pub(crate) struct Refused {
    /// By the order of [`Refusal::ALL`].
    waiting: Cell<[i64; Refusal::ALL.len()]>,
    written_at_ms: Cell<Option<i64>>,
    /// How many came since then.
    since_write: Cell<i64>,
    window: Cell<RefusalWindow>,
}

impl Refused {
    /// Counts one.
    pub(crate) fn add(&self, reason: Refusal, now_ms: i64) {
        self.add_waiting(reason, 1);
        self.since_write.set(self.since_write.get() + 1);
        if !reason.is_guess() {
            return;
        }
        let mut window = self.window.get();
        if !window.contains(now_ms) {
            window = RefusalWindow {
                begun_at_ms: now_ms,
                refused: 0,
            };
        }
        window.refused = window.refused.saturating_add(1);
        self.window.set(window);
    }

    /// Takes over what all instances together have refused, where that is more.
    pub(crate) fn learn(&self, all: RefusalWindow) {
        if all.refused > self.window.get().refused {
            self.window.set(all);
        }
    }

    /// Where there were too many without a valid token: after how many seconds a client may try again.
    pub(crate) fn retry_after_s(&self, now_ms: i64) -> Option<u32> {
        let window = self.window.get();
        let is_over = !window.contains(now_ms) || window.refused <= IN_WINDOW_MAX;
        let left_ms = window.begun_at_ms + REFUSAL_WINDOW_MS - now_ms;
        let left_s = u32::try_from((left_ms + 999) / 1_000).unwrap_or(1).max(1);
        (!is_over).then_some(left_s)
    }

    /// Those that are not in the store, where they are due there; they count as written then.
    pub(crate) fn take_due(&self, now_ms: i64) -> Option<Vec<RefusalCount>> {
        let written = self.written_at_ms.get();
        let is_recent = written.is_some_and(|at_ms| (0..WRITE_MS).contains(&(now_ms - at_ms)));
        let are_many = self.since_write.get() >= WAITING_MAX;
        if is_recent && (!are_many || self.retry_after_s(now_ms).is_some()) {
            return None;
        }
        self.written_at_ms.set(Some(now_ms));
        self.since_write.set(0);
        let waiting = self.waiting();
        self.waiting.take();
        Some(waiting)
    }

    /// Those that are not in the store.
    pub(crate) fn waiting(&self) -> Vec<RefusalCount> {
        let counts = Refusal::ALL.into_iter().zip(self.waiting.get());
        let counts = counts.map(|(reason, count)| RefusalCount { reason, count });
        counts.filter(|refused| refused.count > 0).collect()
    }

    /// Those that the store did not take.
    pub(crate) fn put_back(&self, refused: &[RefusalCount]) {
        for refused in refused {
            self.add_waiting(refused.reason, refused.count);
        }
    }

    fn add_waiting(&self, reason: Refusal, count: i64) {
        let mut waiting = self.waiting.get();
        for (known, sum) in Refusal::ALL.into_iter().zip(&mut waiting) {
            if known == reason {
                *sum += count;
            }
        }
        self.waiting.set(waiting);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(count: i64) -> Vec<RefusalCount> {
        vec![RefusalCount {
            reason: Refusal::Unknown,
            count,
        }]
    }

    #[test]
    fn refusals_go_to_the_store_at_once_and_then_once_a_second() {
        let refused = Refused::default();
        refused.add(Refusal::Unknown, 5_000);
        assert_eq!(refused.take_due(5_000), Some(unknown(1)));
        refused.add(Refusal::Unknown, 5_001);
        refused.add(Refusal::Unknown, 5_999);
        assert_eq!(refused.take_due(5_999), None);
        assert_eq!(refused.waiting(), unknown(2));
        assert_eq!(refused.take_due(6_000), Some(unknown(2)));
        assert_eq!(refused.waiting(), []);
        refused.put_back(&unknown(2));
        assert_eq!(refused.waiting(), unknown(2));
    }

    #[test]
    fn many_refusals_go_to_the_store_within_the_second_until_there_are_too_many() {
        let refused = Refused::default();
        let mut writes = 0;
        for _ in 0..10 * IN_WINDOW_MAX {
            refused.add(Refusal::Unknown, 5_000);
            writes += i64::from(refused.take_due(5_000).is_some());
        }
        assert_eq!(writes, 1 + 60 / 8);
        // A store that does not take them is not tried with each one more.
        let refused = Refused::default();
        let mut writes = 0;
        for _ in 0..=WAITING_MAX {
            refused.add(Refusal::Permission, 5_000);
            if let Some(lost) = refused.take_due(5_000) {
                refused.put_back(&lost);
                writes += 1;
            }
        }
        assert_eq!(writes, 2);
    }

    #[test]
    fn many_instances_learn_of_each_other_within_the_second() {
        let instances: [Refused; 10] = Default::default();
        let (mut all, mut let_in) = (0, 0);
        for instance in instances.iter().cycle().take(400) {
            instance.add(Refusal::Unknown, 5_000);
            if let Some(waiting) = instance.take_due(5_000) {
                all += waiting.iter().map(|refused| refused.count).sum::<i64>();
                instance.learn(RefusalWindow {
                    begun_at_ms: 5_000,
                    refused: all,
                });
            }
            let_in += i64::from(instance.retry_after_s(5_000).is_none());
        }
        // Each of the ten knows of all but the last eight of each other one.
        assert!(let_in <= 60 + 10 * 8, "{let_in}");
    }

    #[test]
    fn too_many_in_a_window_have_to_wait_for_its_end() {
        let refused = Refused::default();
        let add = |reason, now_ms| {
            refused.add(reason, now_ms);
            refused.retry_after_s(now_ms)
        };
        for _ in 0..IN_WINDOW_MAX {
            assert_eq!(add(Refusal::Missing, 50_000), None);
        }
        assert_eq!(add(Refusal::Unknown, 50_000), Some(10));
        assert_eq!(add(Refusal::Unknown, 59_999), Some(1));
        assert_eq!(add(Refusal::Unknown, 60_000), None);
        // A clock that went back begins another window.
        assert_eq!(add(Refusal::Unknown, 1), None);
    }

    #[test]
    fn what_other_instances_refused_counts_too() {
        let refused = Refused::default();
        refused.add(Refusal::Unknown, 50_000);
        refused.learn(RefusalWindow {
            begun_at_ms: 48_000,
            refused: IN_WINDOW_MAX + 1,
        });
        assert_eq!(refused.retry_after_s(50_000), Some(8));
        // What the instance knows already is more.
        refused.learn(RefusalWindow::default());
        assert_eq!(refused.retry_after_s(57_999), Some(1));
        assert_eq!(refused.retry_after_s(58_000), None);
    }
}
