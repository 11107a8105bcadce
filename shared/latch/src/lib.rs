//! Sold-out latches: what an edge may refuse without asking the origin, and for how long.
//!
//! The origin sets a latch on a SKU that is sold out while many keep asking for it, and until
//! [`latched_until_ms`] it accepts no order with that SKU, even if units come back. With the latch
//! goes a filter of the keys of every order that has the SKU. So as long as an edge honours a latch,
//! which is [`VALID_MS`] from the moment that the origin gave it, an order whose key is not in the
//! filter is one that the origin would refuse as sold out.
//!
//! **Architecture Invariant:** a latch carries its own end, so nothing depends on a message that
//! takes it back: an old copy is honoured for too short a time, never for too long.
//!
//! Here are the filter, the way latches are written down, and their times. Not here: who decides
//! that one is set (`souk_origin`), and who asks it (`souk_storefront`).

mod board;
mod filter;

pub use board::{Latch, join, read};
pub use filter::{KEYS_MAX, KeyFilter};

/// How long an edge honours a latch, by its own clock, from the moment that the origin gave it.
pub const VALID_MS: i64 = 5_000;
/// How far the clocks of an edge and of the origin may be apart.
pub const CLOCKS_APART_MS: i64 = 1_000;
/// How long the origin sells nothing of a SKU after it set a latch on it: also the longest that a
/// unit which came back waits.
pub const LATCH_MS: i64 = VALID_MS + CLOCKS_APART_MS;
/// A latch of this age is set again while there are still refusals.
pub const RENEWED_AFTER_MS: i64 = 2_000;

/// The furthest ahead that the end of a latch can lie: it was set at this moment, by a clock of the
/// origin that is as far ahead as clocks may be.
pub const AHEAD_MS_MAX: i64 = LATCH_MS + CLOCKS_APART_MS;

/// Whether the origin sells nothing of a SKU that is latched until then. A latch that ends later than
/// any that could have been set by now was set by a clock that was wrong or has been set back since,
/// and counts for nothing: else the SKU would stay unsold for as long as that clock was ahead.
pub const fn is_in_force(latched_until_ms: i64, now_ms: i64) -> bool {
    now_ms < latched_until_ms && !ends_too_late(latched_until_ms, now_ms)
}

/// Whether a latch that ends then cannot have been set by now.
pub const fn ends_too_late(latched_until_ms: i64, now_ms: i64) -> bool {
    latched_until_ms.saturating_sub(now_ms) > AHEAD_MS_MAX
}

/// Until when the origin sells nothing of a SKU that it latches now.
pub fn latched_until_ms(now_ms: i64) -> i64 {
    now_ms.saturating_add(LATCH_MS)
}

/// When a latch was set that lasts until then.
pub fn set_at_ms(latched_until_ms: i64) -> i64 {
    latched_until_ms.saturating_sub(LATCH_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latch_that_nobody_could_have_set_yet_is_not_in_force() {
        let now_ms = 1_000_000;
        for (until_ms, expected) in [
            (0, false),
            (now_ms, false),
            (now_ms + 1, true),
            (latched_until_ms(now_ms), true),
            (latched_until_ms(now_ms + CLOCKS_APART_MS), true),
            (latched_until_ms(now_ms + CLOCKS_APART_MS) + 1, false),
            (i64::MAX, false),
        ] {
            assert_eq!(is_in_force(until_ms, now_ms), expected, "{until_ms}");
        }
    }
}
