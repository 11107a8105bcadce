//! What the steps of a plan have set, beside what people have set and what the ladder says.
//!
//! Invariant: what a person sets counts, whatever a step has set; where a person has set nothing, the
//! strictest of what steps have set counts: the highest level, the setting that is furthest off, the
//! limit with the fewest requests in a second. So the order in which steps fire does not matter, and
//! a step that ends takes away what it has set and nothing else.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use crate::ladder::Level;
use crate::pulse::{RateLimit, RouteClass};
use crate::switch::{Setting, Switch};

/// What a step has set.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Planned {
    /// The id of the step.
    #[n(0)]
    pub step: String,
    /// What.
    #[n(1)]
    pub put: Put,
}

/// Something that a step can set and take back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Put {
    /// The level.
    #[n(0)]
    Level(#[n(0)] Level),
    /// A switch.
    #[n(1)]
    Switch(#[n(0)] Switch, #[n(1)] Setting),
    /// A sale is paused.
    #[n(2)]
    Pause(#[n(0)] String),
    /// A limit.
    #[n(3)]
    Limit(#[n(0)] RateLimit),
}

/// The highest level.
pub(crate) fn level_of(planned: &[Planned]) -> Level {
    let levels = planned.iter().filter_map(|one| match one.put {
        Put::Level(level) => Some(level),
        Put::Switch(..) | Put::Pause(_) | Put::Limit(_) => None,
    });
    levels.max().unwrap_or_default()
}

/// Puts what steps have set of switches in the place of what the level says.
pub(crate) fn put_switches(planned: &[Planned], by_level: &mut BTreeMap<Switch, Setting>) {
    let mut furthest: BTreeMap<Switch, Setting> = BTreeMap::new();
    for one in planned {
        if let Put::Switch(switch, setting) = one.put {
            let reached = furthest.entry(switch).or_insert(setting);
            *reached = setting.max(*reached);
        }
    }
    by_level.extend(furthest);
    by_level.retain(|_, setting| *setting != Setting::On);
}

/// The strictest limit of a class.
pub(crate) fn limit_of(planned: &[Planned], class: RouteClass) -> Option<RateLimit> {
    let limits = planned.iter().filter_map(|one| match one.put {
        Put::Limit(limit) => Some(limit),
        Put::Level(_) | Put::Switch(..) | Put::Pause(_) => None,
    });
    let of_class = limits.filter(|limit| limit.class == class);
    // As fractions: one quota times the window of the other one.
    of_class.min_by(|one, other| {
        let in_one = u64::from(one.quota) * u64::from(other.window_s);
        in_one.cmp(&(u64::from(other.quota) * u64::from(one.window_s)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pulse::Counted;

    fn planned(puts: Vec<Put>) -> Vec<Planned> {
        let planned = puts.into_iter().enumerate();
        let planned = planned.map(|(number, put)| Planned {
            step: format!("step-{number}"),
            put,
        });
        planned.collect()
    }

    #[test]
    fn the_strictest_counts_in_whatever_order_steps_fire() {
        let level = |number| Put::Level(Level::new(number).unwrap());
        let limit = |quota, window_s| RateLimit {
            class: RouteClass::Order,
            counted: Counted::Client,
            quota,
            window_s,
        };
        let mut puts = vec![
            level(2),
            Put::Switch(Switch::Search, Setting::Closed),
            Put::Limit(limit(10, 60)),
            level(4),
            Put::Switch(Switch::Search, Setting::Static),
            Put::Switch(Switch::Filters, Setting::On),
            Put::Limit(limit(2, 10)),
        ];
        for _ in 0..2 {
            let planned = planned(puts.clone());
            assert_eq!(level_of(&planned).number(), 4);
            assert_eq!(limit_of(&planned, RouteClass::Order), Some(limit(10, 60)));
            assert_eq!(limit_of(&planned, RouteClass::Room), None);
            let mut by_level = BTreeMap::from([(Switch::Filters, Setting::Reduced)]);
            put_switches(&planned, &mut by_level);
            assert_eq!(
                by_level,
                BTreeMap::from([(Switch::Search, Setting::Closed)])
            );
            puts.reverse();
        }
        assert_eq!(level_of(&[]), Level::default());
    }
}
