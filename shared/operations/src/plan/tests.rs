//! Plans that are read, and steps over made-up signals.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::compiled::{
    Action, At, Begin, Check, Plan, PlanError, SaleEvent, SaleMoment, Step, SwitchTo, Task, Undo,
};
use super::{Armed, Comparison, Condition, Event, Happened, Held, Phase, plan_hash};
use crate::signals::{Aggregate, Second, Signal, Window};
use crate::switch::{Setting, Switch};

pub(crate) fn condition(comparison: Comparison, bound_ms: i64, over_s: u32) -> Condition {
    Condition {
        aggregate: Aggregate::Avg,
        bound_millionths: bound_ms * super::MILLION,
        comparison,
        over_s,
        signal: Signal::OriginP99,
    }
}

/// Level 2 while the origin is slow.
pub(crate) fn slow(for_s: u32, clear_for_s: u32) -> Step {
    Step {
        approval: 1,
        begin: Begin::When(Held {
            all: vec![condition(Comparison::Above, 400, 1)],
            for_s,
        }),
        check: None,
        clear: Some(Held {
            all: vec![condition(Comparison::Below, 200, 1)],
            for_s: clear_for_s,
        }),
        actions: vec![Action::Level(2)],
        id: "slow".to_owned(),
        max_s: None,
        undo: Some(Undo::Auto),
    }
}

pub(crate) fn plan(steps: Vec<Step>) -> Plan {
    Plan { steps }
}

/// A window with one value of the origin in each second from 1 on; `None` in a second without.
pub(crate) fn window(values: &[Option<i32>]) -> Window {
    let seconds = (1..).zip(values).map(|(at_s, value)| Second {
        at_s,
        values: value
            .iter()
            .map(|&value| (Signal::OriginP99, f64::from(value)))
            .collect(),
    });
    seconds.collect()
}

/// Everything that happens up to a second.
fn run(armed: &mut Armed, plan: &Plan, window: &Window, now_s: i64) -> Vec<(i64, Happened)> {
    let mut all = Vec::new();
    while let Some(events) = armed.next(plan, window, &[], now_s) {
        all.extend(events.iter().map(|&Event { at_s, what, .. }| (at_s, what)));
    }
    all
}

fn happens(step: Step, values: &[Option<i32>]) -> Vec<(i64, Happened)> {
    let plan = plan(vec![step]);
    let now_s = i64::try_from(values.len()).unwrap();
    run(&mut Armed::new(&plan, 0, 0), &plan, &window(values), now_s)
}

#[test]
fn a_step_fires_and_clears_when_conditions_held_in_every_second() {
    use Happened::{Cleared, Fired};
    let [high, mid, low] = [500, 300, 100].map(Some);
    let values = [
        high, mid, high, high, high, mid, low, low, high, low, low, low, low,
    ];
    // From 3 to 5, and from 10 to 13, with 9 in between.
    assert_eq!(happens(slow(2, 3), &values), [(5, Fired), (13, Cleared)]);
    // At once.
    let values = [high, low, high, None, low];
    let all = [(1, Fired), (2, Cleared), (3, Fired), (5, Cleared)];
    assert_eq!(happens(slow(0, 0), &values), all);
    // A second without a value holds nothing.
    assert_eq!(happens(slow(2, 0), &[high, high, None, high, high]), []);
}

#[test]
fn a_step_that_has_lasted_ends_and_rests_until_its_conditions_do_not_hold() {
    use Happened::{Expired, Fired};
    let [high, mid] = [500, 300].map(Some);
    let step = Step {
        max_s: Some(3),
        ..slow(1, 60)
    };
    let values = [high, high, high, high, high, high, high, mid, high, high];
    let all = [(2, Fired), (5, Expired), (10, Fired)];
    assert_eq!(happens(step, &values), all);
}

#[test]
fn a_check_is_looked_at_after_the_second_of_the_firing() {
    use Happened::{Checked, Cleared, Fired, Unchecked};
    let [high, mid, low] = [500, 300, 100].map(Some);
    let step = |within_s| Step {
        check: Some(Check {
            all: vec![condition(Comparison::Below, 350, 1)],
            within_s,
        }),
        ..slow(0, 1)
    };
    let values = [high, high, mid, mid];
    assert_eq!(happens(step(2), &values), [(1, Fired), (3, Checked(2))]);
    assert_eq!(happens(step(1), &values), [(1, Fired), (2, Unchecked)]);
    // Its end closes it.
    let other = Check {
        all: vec![condition(Comparison::Above, 900, 1)],
        within_s: 9,
    };
    let step = Step {
        check: Some(other),
        ..slow(0, 1)
    };
    assert_eq!(
        happens(step, &[high, low, low, mid]),
        [(1, Fired), (3, Cleared)]
    );
}

#[test]
fn the_clock_fires_also_in_a_second_that_was_slept_through() {
    let at = |at_s| At::Instant(super::Instant { at_s });
    let step = Step {
        begin: Begin::At(at(10_000)),
        clear: None,
        ..slow(0, 0)
    };
    let task = Step {
        begin: Begin::Task(Task {
            due: at(20_000),
            owner: "bea".to_owned(),
            text: "call".to_owned(),
        }),
        clear: None,
        actions: Vec::new(),
        id: "call".to_owned(),
        undo: None,
        ..slow(0, 0)
    };
    let plan = plan(vec![step, task]);
    let mut armed = Armed::new(&plan, 9_998, 0);
    let none = Window::default();
    assert_eq!(run(&mut armed, &plan, &none, 9_999), []);
    // Further away than any window.
    let late = run(&mut armed, &plan, &none, 30_000);
    let [(fired_s, Happened::Fired), (late_s, Happened::Late)] = late[..] else {
        panic!("{late:?}");
    };
    assert!(fired_s > 10_000 && late_s >= fired_s, "{late:?}");
    let phases: Vec<_> = plan.steps.iter().zip(armed.steps()).collect();
    let phases: Vec<_> = phases
        .into_iter()
        .map(|(step, one)| one.phase(step))
        .collect();
    assert_eq!(phases, [Phase::InForce, Phase::Late]);
    // Before it was armed.
    let mut armed = Armed::new(&plan, 30_000, 0);
    assert_eq!(run(&mut armed, &plan, &none, 40_000), []);
}

#[test]
fn a_condition_excludes_another_one_only_with_a_bound_beyond() {
    use Comparison::{Above, AtLeast, AtMost, Below};
    let when = condition(Above, 400, 10);
    for (comparison, bound_ms, over_s, excludes) in [
        (Below, 399, 10, true),
        (AtMost, 399, 10, true),
        (Below, 400, 10, false),
        (Below, 200, 9, false),
        (Above, 500, 10, false),
        (AtLeast, 200, 10, false),
    ] {
        let clear = condition(comparison, bound_ms, over_s);
        assert_eq!(clear.excludes(&when), excludes, "{clear:?}");
    }
    let low = condition(AtMost, 100, 10);
    assert!(condition(Above, 101, 10).excludes(&low));
    assert!(!condition(AtLeast, 100, 10).excludes(&low));
    let other = Condition {
        signal: Signal::PagesP99,
        ..condition(Below, 100, 10)
    };
    assert!(!other.excludes(&when));
    let other = Condition {
        aggregate: Aggregate::Max,
        ..condition(Below, 100, 10)
    };
    assert!(!other.excludes(&when));
}

/// Made with Python's `json.dumps(…, sort_keys=True, separators=(",", ":"))`, which agrees with RFC
/// 8785 for integers and texts.
#[test]
fn a_plan_is_canonical_json() {
    let step = Step {
        check: Some(Check {
            all: vec![condition(Comparison::AtMost, 1, 1)],
            within_s: 5,
        }),
        max_s: Some(1_800),
        ..slow(10, 60)
    };
    let canonical = plan(vec![step]).canonical();
    let expected = concat!(
        r#"{"steps":[{"approval":1,"begin":{"when":{"all":[{"aggregate":"avg","#,
        r#""bound_millionths":400000000,"comparison":">","over_s":1,"signal":"origin.p99"}],"#,
        r#""for_s":10}},"check":{"all":[{"aggregate":"avg","bound_millionths":1000000,"#,
        r#""comparison":"<=","over_s":1,"signal":"origin.p99"}],"within_s":5},"#,
        r#""clear":{"all":[{"aggregate":"avg","bound_millionths":200000000,"#,
        r#""comparison":"<","over_s":1,"signal":"origin.p99"}],"for_s":60},"#,
        r#""do":[{"level":2}],"id":"slow","max_s":1800,"undo":"auto"}]}"#,
    );
    assert_eq!(canonical, expected);
    assert_eq!(Plan::decode(&canonical).unwrap().canonical(), canonical);
    assert_eq!(
        plan_hash("{}"),
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    );
}

#[test]
fn keys_are_in_the_order_of_rfc_8785_everywhere() {
    let step = Step {
        begin: Begin::At(At::Sale(SaleMoment {
            event: SaleEvent::Opens,
            offset_s: -600,
            sale: "drop".to_owned(),
        })),
        clear: None,
        actions: vec![
            Action::Limit(super::Limit {
                class: crate::pulse::RouteClass::Order,
                quota: 10,
                window_s: 60,
            }),
            Action::Sale(super::SaleWish {
                action: super::SaleAction::Pause,
                sale: "drop".to_owned(),
            }),
            Action::Switch(SwitchTo {
                setting: Setting::Closed,
                switch: Switch::Search,
            }),
        ],
        undo: Some(Undo::List(vec![Action::Level(1)])),
        ..slow(0, 0)
    };
    let task = Step {
        begin: Begin::Task(Task {
            due: At::Instant(super::Instant { at_s: 1 }),
            owner: "Bea".to_owned(),
            text: "call".to_owned(),
        }),
        clear: None,
        actions: Vec::new(),
        id: "call".to_owned(),
        undo: None,
        ..slow(0, 0)
    };
    let plan = plan(vec![step, task]);
    let canonical = plan.canonical();
    // A map of this reader is sorted.
    let sorted: BTreeMap<String, serde_json::Value> = serde_json::from_str(&canonical).unwrap();
    assert_eq!(serde_json::to_string(&sorted).unwrap(), canonical);
    assert_eq!(Plan::decode(&canonical), Ok(plan));
}

#[test]
fn what_is_no_plan_is_refused() {
    let canonical = plan(vec![slow(1, 1)]).canonical();
    for wrong in [
        canonical.replace("\"all\":", "\"all\": "),
        canonical.replace("\"for_s\":1", "\"for_s\":01"),
        canonical.replace("\"id\"", "\"more\":1,\"id\""),
        canonical.replace("origin.p99", "origin.p98"),
        "{\"steps\":[]}".to_owned(),
        String::new(),
        " ".repeat(super::compiled::PLAN_BYTES_MAX + 1),
    ] {
        assert!(Plan::decode(&wrong).is_err(), "{wrong}");
    }
    let spaced = canonical.replace(":1,", ": 1,");
    assert_eq!(Plan::decode(&spaced), Err(PlanError::NotCanonical));
    let closed = Action::Switch(SwitchTo {
        setting: Setting::Closed,
        switch: Switch::Checkout,
    });
    let all = vec![condition(Comparison::Above, 1, 601)];
    let long = Begin::When(Held { all, for_s: 0 });
    for step in [
        Step {
            id: "Slow".to_owned(),
            ..slow(1, 1)
        },
        Step {
            actions: Vec::new(),
            ..slow(1, 1)
        },
        Step {
            actions: vec![Action::Level(6)],
            ..slow(1, 1)
        },
        Step {
            actions: vec![closed],
            ..slow(1, 1)
        },
        Step {
            max_s: Some(0),
            ..slow(1, 1)
        },
        Step {
            max_s: Some(86_401),
            ..slow(1, 1)
        },
        Step {
            begin: long,
            ..slow(1, 1)
        },
        Step {
            approval: 6,
            ..slow(1, 1)
        },
        slow(86_401, 1),
    ] {
        let refused = Plan::decode(&plan(vec![step.clone()]).canonical());
        assert!(matches!(refused, Err(PlanError::Step(..))), "{step:?}");
    }
    let twice = plan(vec![slow(1, 1), slow(2, 2)]).canonical();
    assert!(matches!(Plan::decode(&twice), Err(PlanError::Step(..))));
}

fn values() -> impl Strategy<Value = Vec<Option<i32>>> {
    let value = prop_oneof![
        4 => Just(Some(500)),
        4 => Just(Some(100)),
        1 => Just(Some(300)),
        1 => Just(None),
    ];
    prop::collection::vec(value, 0..80)
}

/// What happens, from the definition: by looking back at every second of the span.
fn by_definition(for_s: i64, clear_for_s: i64, values: &[Option<i32>]) -> Vec<(i64, Happened)> {
    let value = |at_s: i64| {
        let place = usize::try_from(at_s - 1).ok()?;
        values.get(place).copied().flatten()
    };
    let held = |at_s: i64, span_s: i64, from_s: i64, is_so: &dyn Fn(i32) -> bool| {
        let first_s = at_s - span_s;
        first_s >= from_s && (first_s..=at_s).all(|at_s| value(at_s).is_some_and(is_so))
    };
    let (mut all, mut fired, mut since_s) = (Vec::new(), false, 1);
    for at_s in 1..=i64::try_from(values.len()).unwrap() {
        let (span_s, is_so, what): (_, &dyn Fn(i32) -> bool, _) = match fired {
            false => (for_s, &|value| value > 400, Happened::Fired),
            true => (clear_for_s, &|value| value < 200, Happened::Cleared),
        };
        if held(at_s, span_s, since_s, is_so) {
            all.push((at_s, what));
            (fired, since_s) = (!fired, at_s + 1);
        }
    }
    all
}

proptest! {
    #[test]
    fn steps_fire_and_clear_as_defined(
        values in values(), for_s in 0_u32..6, clear_for_s in 0_u32..6,
    ) {
        let expected = by_definition(for_s.into(), clear_for_s.into(), &values);
        prop_assert_eq!(happens(slow(for_s, clear_for_s), &values), expected);
    }

    /// A longer wait never makes a step fire earlier, and whatever begins later begins within the other.
    #[test]
    fn a_longer_wait_fires_no_earlier(values in values(), for_s in 0_u32..6, more_s in 1_u32..6) {
        let first = |for_s| happens(slow(for_s, 1), &values).first().map(|(at_s, _)| *at_s);
        let (short_s, long_s) = (first(for_s), first(for_s + more_s));
        prop_assert!(long_s.is_none_or(|long_s| short_s.is_some_and(|short_s| short_s < long_s)));
    }

    /// Whether a second is looked at when it passes or later makes no difference.
    #[test]
    fn it_does_not_matter_when_a_second_is_looked_at(
        values in values(), naps in prop::collection::vec(1_i64..20, 1..40),
    ) {
        let plan = plan(vec![slow(2, 3)]);
        let window = window(&values);
        let last_s = i64::try_from(values.len()).unwrap();
        let mut armed = Armed::new(&plan, 0, 0);
        let expected = run(&mut armed.clone(), &plan, &window, last_s);
        let (mut all, mut now_s) = (Vec::new(), 0);
        for nap_s in naps.into_iter().chain([last_s]) {
            now_s = last_s.min(now_s + nap_s);
            // What is stored is what goes on.
            let stored = minicbor::to_vec(&armed).unwrap();
            armed = minicbor::decode(&stored).unwrap();
            all.extend(run(&mut armed, &plan, &window, now_s));
        }
        prop_assert_eq!(all, expected);
    }
}
