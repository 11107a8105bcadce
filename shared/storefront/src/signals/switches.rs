//! How the switches stand, in one number: a response depends on it.

use souk_operations::{Level, Pulse, Setting, Switch};

/// Bits of a switch.
const BITS: u32 = 3;

const _: () = assert!(Switch::ALL.len() as u32 * BITS <= u64::BITS);
const _: () = assert!(Setting::ALL.len() <= 1 << BITS);

/// How every switch stands, and the level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Switches {
    /// [`BITS`] for each switch, the first lowest; 0 where everything is on.
    settings: u64,
    level: Level,
}

impl Switches {
    /// As a pulse says at a moment, in milliseconds since 1970.
    pub(crate) fn at(pulse: &Pulse, now_ms: i64) -> Self {
        let stand = Switch::ALL.iter().map(|&switch| {
            let setting = pulse.state_of(switch, now_ms);
            (setting as u64) << place(switch)
        });
        Self {
            settings: stand.fold(0, |all, one| all | one),
            level: pulse.level,
        }
    }

    /// How one stands.
    pub(crate) fn of(self, switch: Switch) -> Setting {
        let bits = (self.settings >> place(switch)) & ((1 << BITS) - 1);
        Setting::ALL[bits as usize]
    }

    /// Whether one is on.
    pub(crate) fn is_on(self, switch: Switch) -> bool {
        self.of(switch) == Setting::On
    }

    /// 0 to 5.
    pub(crate) fn level(self) -> u8 {
        self.level.number()
    }

    /// Whether orders of all products are accepted in turn.
    pub(crate) fn has_room_before_checkout(self) -> bool {
        self.level.has_room_before_checkout()
    }

    /// Tells apart what pages show with these switches, something else that has a stamp, and the rooms
    /// of sales as these bytes say.
    pub(super) fn stamp_with(self, other: u64, rooms: &[u8]) -> u64 {
        if self.settings == 0 && rooms.is_empty() {
            return other;
        }
        let both = [other.to_le_bytes(), self.settings.to_le_bytes()];
        let hash = blake3::hash(&[both.as_flattened(), rooms].concat());
        hash.as_bytes()
            .first_chunk()
            .copied()
            .map_or(other, u64::from_le_bytes)
    }
}

/// What lists have of filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FiltersShown {
    /// With how many products each one finds.
    Counted,
    /// Without that.
    Uncounted,
    /// None, and what a request says of filters is not looked at.
    None,
}

impl Switches {
    /// What results of a search have.
    pub(crate) fn filters_of_searches(self) -> FiltersShown {
        match self.of(Switch::Filters) {
            Setting::On => FiltersShown::Counted,
            Setting::Reduced => FiltersShown::Uncounted,
            _ => FiltersShown::None,
        }
    }

    /// What lists of products have.
    pub(crate) fn filters_of_listings(self) -> FiltersShown {
        match self.of(Switch::Listings) {
            Setting::Static => FiltersShown::None,
            _ => self.filters_of_searches(),
        }
    }

    /// Whether only searches that were answered before are answered.
    pub(crate) fn keeps_to_known_searches(self) -> bool {
        self.of(Switch::Search) == Setting::Static
    }

    /// Whether lists of products have orders to choose from.
    pub(crate) fn sorts_listings(self) -> bool {
        self.of(Switch::Listings) != Setting::Static
    }
}

/// Where its bits are.
fn place(switch: Switch) -> u32 {
    switch as u32 * BITS
}

#[cfg(test)]
mod tests {
    use souk_operations::Manual;

    use super::*;

    #[test]
    fn each_switch_stands_for_itself() {
        for &switch in Switch::ALL {
            for &setting in switch.settings() {
                let mut pulse = pulse();
                let until_ms = 10;
                pulse.manual = vec![Manual {
                    switch,
                    setting,
                    until_ms,
                }];
                let before = Switches::at(&pulse, 9);
                assert_eq!(before.of(switch), setting);
                let mut others = Switch::ALL.iter().filter(|&&one| one != switch);
                assert!(others.all(|&one| before.is_on(one)), "{switch:?}");
                assert_ne!(before.stamp_with(7, &[]), 7);
                let after = Switches::at(&pulse, 10);
                let stamps = (after.stamp_with(7, &[]), after.stamp_with(7, b"room"));
                assert_eq!((after, stamps.0), (Switches::default(), 7));
                assert_ne!(stamps.1, 7);
            }
        }
    }

    fn pulse() -> Pulse {
        Pulse {
            stamp: 1,
            made_at_ms: 0,
            level: Level::default(),
            by_level: Default::default(),
            manual: Vec::new(),
            limits: Vec::new(),
            sampling: Vec::new(),
            sales: Vec::new(),
            release: None,
        }
    }
}
