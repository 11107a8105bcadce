//! Sold-out holds: what an edge may refuse without asking the origin, and for how long.
//!
//! The origin sets a hold on a SKU that is sold out while many orders keep asking for it, and until
//! [`held_until_ms`] it accepts no order with that SKU, even if units come back. With the hold goes a
//! filter of the keys of every order that has the SKU. So as long as an edge honours a hold, which
//! is [`VALID_MS`] from the moment that the origin gave it, an order whose key is not in the filter
//! is one that the origin would refuse as sold out.
//!
//! **Architecture Invariant:** a hold carries its own end, so nothing depends on a message that
//! takes it back: an old copy is honoured for too short a time, never for too long.
//!
//! Clocks that are further apart than [`CLOCKS_APART_MS`] sell nothing twice: an edge whose clock is
//! behind may refuse an order that the origin would accept, or a retry that the origin would find.
//! An edge may also honour a hold that a wrong clock has set, once the time of that hold has come.
//!
//! Only new orders are refused. Changes of an accepted order go on: one that is paid late takes
//! units that came back, because its key is in the filter.
//!
//! Here are the filter, the encoding of holds, and their times. Not here: when one is set
//! (`souk_origin`), and which orders it refuses (`souk_storefront`); the hold of units for an order
//! that waits for its payment is another thing (`souk_domain`).

mod hold;
mod key_filter;

pub use hold::{SoldOutHold, decode, encode_with};
pub use key_filter::{KEYS_MAX, KeyFilter};

/// How long an edge honours a hold, by its own clock, from the moment that the origin gave it.
pub const VALID_MS: i64 = 5_000;
/// How far the clocks of an edge and of the origin may be apart.
pub const CLOCKS_APART_MS: i64 = 1_000;
/// How long the origin sells nothing of a SKU after it set a hold on it: also the longest that a
/// unit which came back waits.
pub const DURATION_MS: i64 = VALID_MS + CLOCKS_APART_MS;
/// A hold of this age is set again while there are still refusals.
pub const RENEWED_AFTER_MS: i64 = 2_000;

/// The furthest ahead that the end of a hold can lie: it was set at this moment, by a clock of the
/// origin that is as far ahead as clocks may be.
pub const AHEAD_MS_MAX: i64 = DURATION_MS + CLOCKS_APART_MS;

/// Whether the origin sells nothing of a SKU that is held until then. A hold that ends later than
/// any that could have been set by now was set by a clock that was wrong or has been set back since,
/// and counts for nothing: else the SKU would stay unsold for as long as that clock was ahead.
pub const fn is_in_force(held_until_ms: i64, now_ms: i64) -> bool {
    now_ms < held_until_ms && !ends_too_late(held_until_ms, now_ms)
}

/// Whether a hold that ends then cannot have been set by now.
pub const fn ends_too_late(held_until_ms: i64, now_ms: i64) -> bool {
    held_until_ms.saturating_sub(now_ms) > AHEAD_MS_MAX
}

/// Until when the origin sells nothing of a SKU that it sets a hold on now.
pub fn held_until_ms(now_ms: i64) -> i64 {
    now_ms.saturating_add(DURATION_MS)
}

/// When a hold was set that lasts until then.
pub fn set_at_ms(held_until_ms: i64) -> i64 {
    held_until_ms.saturating_sub(DURATION_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_that_could_not_have_been_set_yet_is_not_in_force() {
        let now_ms = 1_000_000;
        for (until_ms, expected) in [
            (0, false),
            (now_ms, false),
            (now_ms + 1, true),
            (held_until_ms(now_ms), true),
            (held_until_ms(now_ms + CLOCKS_APART_MS), true),
            (held_until_ms(now_ms + CLOCKS_APART_MS) + 1, false),
            (i64::MAX, false),
        ] {
            assert_eq!(is_in_force(until_ms, now_ms), expected, "{until_ms}");
        }
    }
}
