//! What each switch costs in orders and saves in processor time, and which level it is moved at.
//!
//! With c₁ and c₀ orders of a visit with everything on and with the switch moved, over n₁ and n₀
//! visits: the loss is c₁ − c₀, its 95 % interval ± 1.96 √(c₁(1−c₁)/n₁ + c₀(1−c₀)/n₀); the relief is 1
//! less the mean processor time of a visit with the switch moved over that with everything on. A switch
//! goes the earlier the fewer orders are lost for what it saves: by max(loss, 0) / relief, then by name.
//!
//! Invariant: less than [`VISITS_MIN`] visits in an arm are no measurement; then what is assumed counts.
//!
//! Not here: who gets which arm. Arms have to be drawn: nights on which a switch was moved because of
//! load have other visitors.

use std::collections::BTreeMap;

use serde::Serialize;
use souk_operations::{Level, Rung, Setting, Switch};

use super::events::{Arm, Trial};
use super::file::{Assumed, Assumptions};

/// Visits of an arm, at least.
pub(super) const VISITS_MIN: u64 = 1_000;

/// Of the normal distribution, for 95 % between both.
const QUANTILE: f64 = 1.96;

/// Levels that are filled.
const LEVELS: usize = 3;

/// What is known of a switch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Known {
    pub(super) switch: &'static str,
    /// How it stands where it is not on.
    pub(super) state: &'static str,
    pub(super) basis: Basis,
    pub(super) on: Counted,
    pub(super) off: Counted,
    /// Orders of a visit that are lost.
    pub(super) loss: f64,
    /// The 95 % interval of the loss; `None` where it is assumed.
    pub(super) interval: Option<[f64; 2]>,
    /// The part of the processor time of a visit that is saved.
    pub(super) relief: f64,
    /// max(loss, 0) / relief; `None` where nothing is saved.
    pub(super) loss_per_relief: Option<f64>,
    /// At which it is moved; `None` where nothing is saved.
    pub(super) level: Option<u8>,
}

/// Where loss and relief come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Basis {
    Measured,
    Assumed,
}

/// What was counted of an arm.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Counted {
    pub(super) visits: u64,
    pub(super) orders: u64,
    pub(super) conversion: f64,
    /// Of a visit, on average.
    pub(super) cpu_us: f64,
}

impl Counted {
    fn of(arm: &Arm) -> Self {
        Self {
            visits: arm.visits,
            orders: arm.orders,
            conversion: arm.conversion(),
            cpu_us: arm.mean_us(),
        }
    }

    fn variance(&self) -> f64 {
        self.conversion * (1.0 - self.conversion) / self.visits as f64
    }
}

/// Every switch of which something was measured or is assumed, in the order in which they are moved.
pub(super) fn known(trials: &BTreeMap<Switch, Trial>, assumed: &Assumptions) -> Vec<Known> {
    let switches = Switch::ALL.iter();
    let known = switches.filter_map(|&switch| {
        let trial = trials.get(&switch).copied().unwrap_or_default();
        of_switch(switch, &trial, assumed.get(&switch))
    });
    let mut known: Vec<_> = known.collect();
    let ratio = |one: &Known| one.loss_per_relief.unwrap_or(f64::INFINITY);
    known.sort_by(|a, b| {
        let by_ratio = ratio(a).total_cmp(&ratio(b));
        by_ratio.then_with(|| a.switch.cmp(b.switch))
    });
    let saving = known.iter().filter(|one| one.loss_per_relief.is_some());
    let count = saving.count();
    for (place, one) in known.iter_mut().take(count).enumerate() {
        // A third of them at each level.
        let level = 1 + place * LEVELS / count;
        one.level = u8::try_from(level).ok();
    }
    known
}

/// The rungs that follow.
pub(super) fn rungs(known: &[Known]) -> Vec<Rung> {
    let rungs = known.iter().filter_map(|one| {
        Some(Rung {
            level: Level::new(one.level?)?,
            switch: Switch::parse(one.switch)?,
            setting: Setting::parse(one.state)?,
        })
    });
    rungs.collect()
}

/// `None` where too little was measured and nothing is assumed.
fn of_switch(switch: Switch, trial: &Trial, assumed: Option<&Assumed>) -> Option<Known> {
    let (on, off) = (Counted::of(&trial.on), Counted::of(&trial.off));
    let is_measured = on.visits.min(off.visits) >= VISITS_MIN;
    let mildest = switch.settings().first().copied();
    let setting = assumed.map(|one| one.setting).or(mildest)?;
    let (basis, loss, interval, relief) = match (is_measured, assumed) {
        (true, _) => {
            let loss = on.conversion - off.conversion;
            let half = QUANTILE * (on.variance() + off.variance()).sqrt();
            let relief = match on.cpu_us > 0.0 {
                true => 1.0 - off.cpu_us / on.cpu_us,
                false => 0.0,
            };
            (
                Basis::Measured,
                loss,
                Some([loss - half, loss + half]),
                relief,
            )
        }
        (false, Some(assumed)) => (Basis::Assumed, assumed.loss, None, assumed.relief),
        (false, None) => return None,
    };
    Some(Known {
        switch: switch.name(),
        state: setting.name(),
        basis,
        on,
        off,
        loss,
        interval,
        relief,
        loss_per_relief: (relief > 0.0).then(|| loss.max(0.0) / relief),
        level: None,
    })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use souk_operations::Ladder;

    use super::super::events::trials;
    use super::super::file::LadderFile;
    use super::*;

    /// Events of an arm; the orders belong to the first visits.
    fn arm(switch: &str, off: bool, visits: u64, orders: u64, cpu_us: f64) -> String {
        let mut text = String::new();
        for visit in 0..visits {
            // A mean of `cpu_us` that no single visit has.
            let cpu_us = cpu_us + if visit % 2 == 0 { 10.0 } else { -10.0 };
            let event = format!(r#"{{"switch":"{switch}","off":{off},"kind":"#);
            writeln!(text, r#"{event}"visit","cpu_us":{cpu_us}}}"#).unwrap();
            if visit < orders {
                writeln!(text, r#"{event}"order","cpu_us":9999}}"#).unwrap();
            }
        }
        text
    }

    fn measured(events: &str, assumed: &Assumptions) -> Vec<Known> {
        known(&trials(events.as_bytes()).unwrap(), assumed)
    }

    fn near(found: f64, expected: f64) {
        assert!(
            (found - expected).abs() < 1e-9,
            "{found} and not {expected}"
        );
    }

    /// The expected values were computed with Python, from the formulas alone.
    #[test]
    fn loss_interval_and_relief_are_those_of_the_formulas() {
        let events = arm("filters", false, 40_000, 1_200, 900.0)
            + &arm("filters", true, 2_000, 50, 600.0)
            + &arm("suggestions", false, 40_000, 1_200, 900.0)
            + &arm("suggestions", true, 1_000, 31, 450.0)
            + &arm("badges", false, 3_000, 90, 500.0)
            + &arm("badges", true, 1_500, 40, 510.0);
        let known = measured(&events, &Assumptions::new());
        let names: Vec<_> = known.iter().map(|one| (one.switch, one.level)).collect();
        let order = [
            ("suggestions", Some(1)),
            ("filters", Some(2)),
            ("badges", None),
        ];
        assert_eq!(names, order);
        let check = |one: &Known, loss: f64, interval: [f64; 2], relief: f64| {
            assert_eq!(one.basis, Basis::Measured);
            near(one.loss, loss);
            let found = one.interval.unwrap();
            near(found[0], interval[0]);
            near(found[1], interval[1]);
            near(one.relief, relief);
        };
        check(
            &known[0],
            -0.001,
            [-0.01187164138481398, 0.009871641384813978],
            0.5,
        );
        check(
            &known[1],
            0.005,
            [-0.002043739347818035, 0.012043739347818029],
            1.0 / 3.0,
        );
        check(
            &known[2],
            0.0033333333333333305,
            [-0.006851823913766399, 0.01351849058043306],
            -0.02,
        );
        assert_eq!(known[0].loss_per_relief, Some(0.0));
        near(known[1].loss_per_relief.unwrap(), 0.015);
        assert_eq!(known[2].loss_per_relief, None);
    }

    #[test]
    fn an_arm_with_fewer_than_a_thousand_visits_is_assumed() {
        let assumed = LadderFile::default().assumptions();
        let events = |visits| {
            arm("search", false, 1_000, 30, 900.0) + &arm("search", true, visits, 30, 600.0)
        };
        let search = |visits| {
            let known = measured(&events(visits), &assumed);
            let mut known = known.into_iter();
            known.find(|one| one.switch == "search").unwrap()
        };
        let short = search(VISITS_MIN - 1);
        assert_eq!((short.basis, short.interval), (Basis::Assumed, None));
        assert_eq!((short.loss, short.relief), (0.004, 0.25));
        assert_eq!(short.off.visits, VISITS_MIN - 1);
        let enough = search(VISITS_MIN);
        assert_eq!((enough.basis, enough.loss), (Basis::Measured, 0.0));
        near(enough.relief, 1.0 / 3.0);
        // Where nothing is assumed, nothing is known of a switch that was hardly tried.
        let few = arm("content", false, 5, 0, 100.0);
        let known = measured(&few, &assumed);
        assert!(known.iter().all(|one| one.switch != "content"));
    }

    #[test]
    fn without_events_the_order_is_that_of_the_assumptions_and_is_a_ladder() {
        let known = known(&BTreeMap::new(), &LadderFile::default().assumptions());
        let levels: Vec<_> = known
            .iter()
            .map(|one| (one.switch, one.level.unwrap()))
            .collect();
        let order = [
            ("insights", 1),
            ("search_counts", 1),
            ("suggestions", 1),
            ("recommendations", 2),
            ("filters", 2),
            ("badges", 3),
            ("search", 3),
        ];
        assert_eq!(levels, order);
        assert_eq!(
            Ladder::new(rungs(&known)).unwrap().rungs().len(),
            order.len()
        );
    }
}
