//! What a deployment decides about its orders.

use crate::Limits;

/// An hour, in milliseconds.
const HOUR_MS: i64 = 60 * 60 * 1_000;

/// What orders promise and cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Fee of the express delivery in minor units of the shop's currency.
    pub express_fee_minor: i64,
    /// How long the units of an order are held while the shopper pays by card, in milliseconds.
    pub card_hold_ms: i64,
    /// How long the units of an order are held while a bank transfer is under way, in milliseconds.
    pub transfer_hold_ms: i64,
    /// For how long nothing must have happened to an order that is over before it goes into the
    /// archive, in milliseconds.
    pub archive_after_ms: i64,
    /// How long an order that is over and was never paid is kept, in milliseconds.
    pub unpaid_kept_ms: i64,
    /// How much one order, buyer and client may have.
    pub limits: Limits,
}

impl Default for Terms {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Terms {
    /// No fee; 15 minutes for a card; 2 days for a transfer, which most banks make within one; a year
    /// until an order that is over is archived, and 30 days until one that was never paid is deleted.
    /// Without limits: a deployment adds its own ([`Limits::read`]).
    pub const DEFAULT: Terms = Terms {
        express_fee_minor: 0,
        card_hold_ms: HOUR_MS / 4,
        transfer_hold_ms: 2 * 24 * HOUR_MS,
        archive_after_ms: 365 * 24 * HOUR_MS,
        unpaid_kept_ms: 30 * 24 * HOUR_MS,
        limits: Limits::NONE,
    };

    /// Reads the settings as a deployment writes them: minor units, minutes and days. What is empty
    /// or no positive number of a sensible size is the default.
    pub fn read(
        express_fee_minor: &str,
        card_hold_minutes: &str,
        transfer_hold_days: &str,
        archive_after_days: &str,
    ) -> Self {
        let default = Self::DEFAULT;
        let within = |text: &str, max: i64| {
            let number = text.trim().parse::<i64>().ok();
            number.filter(|number| (1..=max).contains(number))
        };
        Self {
            express_fee_minor: express_fee_minor.trim().parse().unwrap_or(0),
            // A day at most: a shopper who needs more pays by transfer.
            card_hold_ms: within(card_hold_minutes, 24 * 60)
                .map_or(default.card_hold_ms, |minutes| minutes * HOUR_MS / 60),
            // A year at most.
            transfer_hold_ms: within(transfer_hold_days, 365)
                .map_or(default.transfer_hold_ms, |days| days * 24 * HOUR_MS),
            // Ten years at most.
            archive_after_ms: within(archive_after_days, 3_650)
                .map_or(default.archive_after_ms, |days| days * 24 * HOUR_MS),
            ..default
        }
    }
}

impl Terms {
    /// With the days for which orders that are over and were never paid are kept, 1 to 3,650. What is
    /// empty or no such number is the default.
    #[must_use]
    pub fn keeping_unpaid(self, days: &str) -> Self {
        let days = days.trim().parse::<i64>().ok();
        let days = days.filter(|days| (1..=3_650).contains(days));
        Self {
            unpaid_kept_ms: days.map_or(self.unpaid_kept_ms, |days| days * 24 * HOUR_MS),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_are_read_in_minutes_and_days() {
        let terms = Terms::read("1500", "20", "3", "30");
        assert_eq!(terms.express_fee_minor, 1_500);
        assert_eq!(terms.card_hold_ms, 1_200_000);
        assert_eq!(terms.transfer_hold_ms, 259_200_000);
        assert_eq!(terms.archive_after_ms, 2_592_000_000);
        for nonsense in ["", "0", "-1", "1e9", "99999999999999999999", "x"] {
            assert_eq!(
                Terms::read("", nonsense, nonsense, nonsense),
                Terms::default(),
                "{nonsense}"
            );
            assert_eq!(terms.keeping_unpaid(nonsense), terms, "{nonsense}");
        }
        assert_eq!(terms.keeping_unpaid("2").unpaid_kept_ms, 172_800_000);
    }
}
