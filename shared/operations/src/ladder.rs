//! The ladder: which switch stands how at which level, from L0 (everything on) to L5 (only what is
//! needed to buy).
//!
//! The rungs of L1 to L3 are what was measured to cost the fewest orders for what they save; a shop
//! without measurements has [`Ladder::default`]. L4 and L5 are fixed, as is that from L2 on lists of
//! the staff are not counted and reports are closed.
//!
//! Invariant: what a level has switched is switched at every higher one, at least as far; going back
//! down puts everything back. What is protected is on no rung.
//!
//! Not here: when a level is changed (the plan, or the staff).

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use crate::switch::{Setting, Switch};

/// A level, 0 to 5.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct Level(#[n(0)] u8);

impl Level {
    /// The highest.
    pub const MAX: u8 = 5;

    /// The level with a number; `None` above [`Level::MAX`].
    pub fn new(number: u8) -> Option<Self> {
        (number <= Self::MAX).then_some(Self(number))
    }

    /// 0 to 5.
    pub fn number(self) -> u8 {
        self.0
    }

    /// Whether visitors pass through the room before the checkout.
    pub fn has_room_before_checkout(self) -> bool {
        self.0 >= 4
    }
}

/// A switch that is moved from a level on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Rung {
    /// 1 to 3.
    #[n(0)]
    pub level: Level,
    /// Which.
    #[n(1)]
    pub switch: Switch,
    /// Where to.
    #[n(2)]
    pub setting: Setting,
}

/// The rungs of L1 to L3.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Ladder(#[n(0)] Vec<Rung>);

/// Why rungs are no ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LadderError {
    /// Only L1 to L3 can be chosen.
    #[error("only levels 1 to 3 can be filled")]
    FixedLevel,
    /// The switch is protected, or cannot stand so.
    #[error("'{}' cannot be '{}'", .switch.name(), .setting.name())]
    Impossible {
        /// Which.
        switch: Switch,
        /// Where to.
        setting: Setting,
    },
    /// The same switch twice at one level, or milder at a higher one.
    #[error("'{}' goes back while the level rises", .0.name())]
    GoesBack(Switch),
}

/// What is fixed.
const FIXED: [(u8, Switch, Setting); 14] = [
    (2, Switch::StaffCounts, Setting::Off),
    (2, Switch::Reports, Setting::Closed),
    (4, Switch::Accounts, Setting::ReadOnly),
    (5, Switch::Recommendations, Setting::Off),
    (5, Switch::Suggestions, Setting::Off),
    (5, Switch::Filters, Setting::Off),
    (5, Switch::Badges, Setting::Off),
    (5, Switch::Promotions, Setting::Reduced),
    (5, Switch::SearchCounts, Setting::Off),
    (5, Switch::Insights, Setting::Off),
    (5, Switch::Search, Setting::Closed),
    (5, Switch::Listings, Setting::Closed),
    (5, Switch::Content, Setting::Closed),
    (5, Switch::Accounts, Setting::Closed),
];

/// Assumed as long as nothing was measured: first what no shopper sees, then what few orders begin
/// with.
const ASSUMED: [(u8, Switch, Setting); 8] = [
    (1, Switch::SearchCounts, Setting::Off),
    (1, Switch::Insights, Setting::Off),
    (1, Switch::Recommendations, Setting::Reduced),
    (2, Switch::Recommendations, Setting::Off),
    (2, Switch::Suggestions, Setting::Off),
    (2, Switch::Filters, Setting::Reduced),
    (3, Switch::Badges, Setting::Reduced),
    (3, Switch::Search, Setting::Static),
];

impl Default for Ladder {
    fn default() -> Self {
        let rungs = ASSUMED.map(|(level, switch, setting)| Rung {
            level: Level(level),
            switch,
            setting,
        });
        Self(rungs.into())
    }
}

impl Ladder {
    /// A ladder with these rungs, which may come in any order.
    ///
    /// # Errors
    /// When one cannot stand so, or goes back while the level rises.
    pub fn new(mut rungs: Vec<Rung>) -> Result<Self, LadderError> {
        rungs.sort_by_key(|rung| (rung.level, rung.switch));
        let mut reached: BTreeMap<Switch, Setting> = BTreeMap::new();
        for &Rung {
            level,
            switch,
            setting,
        } in &rungs
        {
            if !(1..=3).contains(&level.number()) {
                return Err(LadderError::FixedLevel);
            }
            if setting == Setting::On || !switch.may_be(setting) {
                return Err(LadderError::Impossible { switch, setting });
            }
            let before = reached.insert(switch, setting);
            if before.is_some_and(|before| before >= setting) {
                return Err(LadderError::GoesBack(switch));
            }
        }
        Ok(Self(rungs))
    }

    /// Its rungs, by level.
    pub fn rungs(&self) -> &[Rung] {
        &self.0
    }

    /// What is not on at a level, in the order of the registry.
    pub fn at(&self, level: Level) -> BTreeMap<Switch, Setting> {
        let chosen = self.0.iter();
        let chosen = chosen.map(|rung| (rung.level.number(), rung.switch, rung.setting));
        let mut settings: BTreeMap<Switch, Setting> = BTreeMap::new();
        for (from, switch, setting) in chosen.chain(FIXED) {
            if from <= level.number() {
                let reached = settings.entry(switch).or_insert(setting);
                *reached = setting.max(*reached);
            }
        }
        settings
    }
}

/// A switch that the staff have set. It wins over the level, and it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Manual {
    /// Which.
    #[n(0)]
    pub switch: Switch,
    /// Where to.
    #[n(1)]
    pub setting: Setting,
    /// Until when, in milliseconds since 1970.
    #[n(2)]
    pub until_ms: i64,
}

/// How a switch stands at a moment, in milliseconds since 1970: as the staff have set it until that
/// ends, else by the level.
pub fn state_of(
    switch: Switch,
    by_level: &BTreeMap<Switch, Setting>,
    manual: &[Manual],
    now_ms: i64,
) -> Setting {
    let set = manual
        .iter()
        .find(|one| one.switch == switch && now_ms < one.until_ms);
    let by_level = || by_level.get(&switch).copied().unwrap_or(Setting::On);
    set.map_or_else(by_level, |one| one.setting)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(number: u8) -> Level {
        Level::new(number).unwrap()
    }

    fn rung(number: u8, switch: Switch, setting: Setting) -> Rung {
        Rung {
            level: level(number),
            switch,
            setting,
        }
    }

    #[test]
    fn a_level_has_all_of_those_below_it_and_at_the_end_only_buying_is_left() {
        let ladder = Ladder::default();
        let mut before = ladder.at(level(0));
        assert!(before.is_empty());
        for number in 1..=Level::MAX {
            let now = ladder.at(level(number));
            for (switch, setting) in &before {
                assert!(now[switch] >= *setting, "{number} {switch:?}");
            }
            assert!(now != before, "{number} switches nothing");
            before = now;
        }
        for switch in Switch::ALL {
            let last = switch.settings().last();
            assert_eq!(before.get(switch), last, "{switch:?}");
        }
        assert_eq!(Level::new(6), None);
    }

    #[test]
    fn staff_counts_and_accounts_go_at_their_levels_whatever_was_measured() {
        let ladder = Ladder::new(Vec::new()).unwrap();
        assert!(ladder.at(level(1)).is_empty());
        let second = ladder.at(level(2));
        assert_eq!(second[&Switch::StaffCounts], Setting::Off);
        assert_eq!(second[&Switch::Reports], Setting::Closed);
        assert_eq!(second.len(), 2);
        assert_eq!(ladder.at(level(4))[&Switch::Accounts], Setting::ReadOnly);
        assert!(!level(3).has_room_before_checkout() && level(4).has_room_before_checkout());
    }

    #[test]
    fn rungs_that_make_no_sense_are_refused() {
        use {Setting::*, Switch::*};
        let refused = |rungs: &[Rung]| Ladder::new(rungs.to_vec()).unwrap_err();
        for number in [0, 4, 5] {
            let rungs = [rung(number, Suggestions, Off)];
            assert_eq!(refused(&rungs), LadderError::FixedLevel);
        }
        for (switch, setting) in [(Checkout, Closed), (Suggestions, Reduced), (Filters, On)] {
            let impossible = LadderError::Impossible { switch, setting };
            assert_eq!(refused(&[rung(1, switch, setting)]), impossible);
        }
        let back = [rung(2, Filters, Reduced), rung(1, Filters, Off)];
        assert_eq!(refused(&back), LadderError::GoesBack(Filters));
        let twice = [rung(2, Filters, Reduced), rung(2, Filters, Reduced)];
        assert_eq!(refused(&twice), LadderError::GoesBack(Filters));
        let rises = [rung(2, Filters, Off), rung(1, Filters, Reduced)];
        let ladder = Ladder::new(rises.to_vec()).unwrap();
        assert_eq!(ladder.at(level(1))[&Filters], Reduced);
        assert_eq!(ladder.at(level(3))[&Filters], Off);
    }

    #[test]
    fn what_the_staff_set_wins_and_ends() {
        let by_level = Ladder::default().at(level(5));
        let manual = [Manual {
            switch: Switch::Search,
            setting: Setting::On,
            until_ms: 100,
        }];
        let state = |switch, now_ms| state_of(switch, &by_level, &manual, now_ms);
        assert_eq!(state(Switch::Search, 99), Setting::On);
        assert_eq!(state(Switch::Search, 100), Setting::Closed);
        assert_eq!(state(Switch::Filters, 99), Setting::Off);
        assert_eq!(state(Switch::Product, 99), Setting::On);
    }
}
