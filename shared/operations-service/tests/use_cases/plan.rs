//! The plan of a night: armed, carried out by ticks, stored with its records.

use souk_operations::plan::{
    Action, At, Begin, Check, Comparison, Condition, Held, Instant, MILLION, Plan, Step, Task,
    Undo, plan_hash,
};
use souk_operations::{Aggregate, Signal, verify};
use souk_protocol::operations::{ChangeOperations, ChangeReply, OperationsChange};
use souk_protocol::plan::{ArmPlan, PLAN_PATH, PlanStanding, StepState};

use crate::signals::page;
use crate::support::{Memory, NOW_MS, Shop, by_ada, level};

/// Level 3 from 5 s after the beginning of a test, for 10 s; and a task of Ada.
fn plan() -> Plan {
    let at = |after_s| {
        At::Instant(Instant {
            at_s: NOW_MS / 1_000 + after_s,
        })
    };
    let early = Step {
        approval: 1,
        begin: Begin::At(at(5)),
        check: None,
        clear: None,
        actions: vec![Action::Level(3)],
        id: "early".to_owned(),
        max_s: Some(10),
        undo: Some(Undo::Auto),
    };
    let call = Step {
        approval: 0,
        begin: Begin::Task(Task {
            due: at(60),
            owner: "Ada".to_owned(),
            text: "call".to_owned(),
        }),
        actions: Vec::new(),
        id: "call".to_owned(),
        max_s: None,
        undo: None,
        ..early.clone()
    };
    Plan {
        steps: vec![early, call],
    }
}

fn approve(shop: &Shop<'_>, plan: &Plan) -> ChangeReply {
    let hash = plan_hash(&plan.canonical());
    shop.change(OperationsChange::ApprovePlan { hash })
}

fn arm(shop: &Shop<'_>, plan: &Plan) -> ChangeReply {
    let plan = plan.canonical();
    let hash = plan_hash(&plan);
    shop.change(OperationsChange::ArmPlan(ArmPlan { plan, hash }))
}

fn step(step: &str, state: StepState) -> OperationsChange {
    let step = step.to_owned();
    OperationsChange::PlanStep { step, state }
}

fn standing(shop: &Shop<'_>) -> PlanStanding {
    serde_json::from_slice(shop.get(PLAN_PATH).body()).expect("how the plan stands")
}

/// How the steps stand.
fn states(shop: &Shop<'_>) -> Vec<String> {
    let armed = standing(shop).armed.expect("a plan is armed");
    armed.steps.into_iter().map(|step| step.state).collect()
}

fn conflicts(reply: ChangeReply) -> String {
    match reply {
        ChangeReply::Conflict { reason } => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_plan_is_armed_once_it_is_approved_and_carried_out_by_ticks() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    let reason = conflicts(arm(&shop, &plan()));
    assert!(
        reason.contains("needs 1 approvals by different people and has 0"),
        "{reason}"
    );
    assert_eq!(approve(&shop, &plan()), ChangeReply::Changed { record: 1 });
    assert_eq!(arm(&shop, &plan()), ChangeReply::Changed { record: 2 });
    assert_eq!(states(&shop), ["waiting", "open"]);
    let armed = standing(&shop).armed.unwrap();
    assert_eq!(armed.steps[0].next_at_ms, Some(NOW_MS + 5_000));
    assert_eq!(shop.next_in_ms(), Some(1_000), "each second counts");
    shop.pass(4_000);
    shop.tick();
    assert_eq!(shop.standing("").level, 0);
    shop.pass(1_000);
    shop.tick();
    assert_eq!(states(&shop), ["in_force", "open"]);
    assert_eq!(shop.standing("").level, 3);
    assert_eq!(shop.edges.pulses.borrow().last().unwrap().level.number(), 3);
    // The same second again, and the rest of its time.
    shop.tick();
    shop.pass(9_000);
    shop.tick();
    shop.pass(1_000);
    shop.tick();
    assert_eq!(states(&shop), ["waiting", "open"]);
    assert_eq!(shop.edges.pulses.borrow().last().unwrap().level.number(), 0);
    let records = store.records();
    let said: Vec<_> = records[2..]
        .iter()
        .map(|one| one.what.rsplit(": ").next())
        .collect();
    assert_eq!(said, [Some("level 3"), Some("undone")]);
    assert_eq!(records[2].who, "plan:early");
    assert!(verify(&store.journal(), None).is_ok());
    let done = shop.change(step("call", StepState::Done));
    assert_eq!(done, ChangeReply::Changed { record: 5 });
    assert_eq!(
        shop.change(OperationsChange::DisarmPlan),
        ChangeReply::Changed { record: 6 }
    );
    assert_eq!(standing(&shop).armed, None);
}

/// Level 2 while pages are slow.
fn slow() -> Plan {
    let condition = |comparison, bound_ms: i64| Condition {
        aggregate: Aggregate::Max,
        bound_millionths: bound_ms * MILLION,
        comparison,
        over_s: 2,
        signal: Signal::PagesP99,
    };
    let held = |condition, for_s| Held {
        all: vec![condition],
        for_s,
    };
    let applied = Condition {
        aggregate: Aggregate::Min,
        bound_millionths: MILLION,
        over_s: 1,
        signal: Signal::SwitchesApplied,
        ..condition(Comparison::AtLeast, 0)
    };
    let step = Step {
        begin: Begin::When(held(condition(Comparison::Above, 400), 2)),
        check: Some(Check {
            all: vec![applied],
            within_s: 5,
        }),
        clear: Some(held(condition(Comparison::Below, 200), 1)),
        actions: vec![Action::Level(2)],
        id: "slow".to_owned(),
        max_s: Some(600),
        ..plan().steps.remove(0)
    };
    Plan { steps: vec![step] }
}

#[test]
fn what_edges_report_fires_and_clears_a_step() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    approve(&shop, &slow());
    arm(&shop, &slow());
    assert!(
        shop.edges
            .pulses
            .borrow()
            .last()
            .unwrap()
            .sampling
            .iter()
            .any(|one| one.per_million > 0)
    );
    let mut levels = Vec::new();
    for ms in [900, 900, 900, 900, 100, 100, 100, 100] {
        shop.pass(500);
        shop.sends(1, &[page(shop.stamp(), ms)]);
        shop.pass(-500);
        shop.second();
        levels.push(shop.standing("").level);
    }
    // Slow from the first second to the fifth, by a window of two; calm from the sixth on.
    assert_eq!(levels, [0, 0, 2, 2, 2, 2, 0, 0]);
    let records = store.records().into_iter();
    let of_step = records.filter(|one| one.who == "plan:slow");
    let said: Vec<_> = of_step.map(|one| one.what).collect();
    let [fired, checked, cleared] = &said[..] else {
        panic!("{said:?}");
    };
    assert!(
        fired.ends_with("step slow, episode 1: fired: level 2"),
        "{fired}"
    );
    assert!(checked.ends_with(": its check held after 1 s"), "{checked}");
    assert!(cleared.ends_with(": cleared: undone"), "{cleared}");
}

#[test]
fn of_several_instances_one_fires_a_step() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    approve(&shop, &plan());
    arm(&shop, &plan());
    shop.pass(5_000);
    store.rivals.set(2);
    shop.tick();
    shop.tick();
    let records = store.records();
    let fired = records.iter().filter(|one| one.who == "plan:early");
    assert_eq!(fired.count(), 1, "{records:?}");
    // The other instance has set level 1 by hand, which wins.
    assert_eq!(shop.standing("").level, 1);
    shop.change(level(0));
    assert_eq!(shop.standing("").level, 0);
}

#[test]
fn a_person_fires_and_ends_a_step() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    approve(&shop, &plan());
    arm(&shop, &plan());
    let fired = shop.change(step("early", StepState::Fired));
    assert_eq!(fired, ChangeReply::Changed { record: 3 });
    assert_eq!(shop.edges.pulses.borrow().last().unwrap().level.number(), 3);
    let reason = conflicts(shop.change(step("early", StepState::Fired)));
    assert_eq!(reason, "the step 'early' is in force already");
    let ended = shop.change(step("early", StepState::Ended));
    assert_eq!(ended, ChangeReply::Changed { record: 4 });
    let last = store.records().pop().unwrap();
    assert_eq!(last.who, "Ada");
    assert!(
        last.what.ends_with("ended by hand: undone: a crowd"),
        "{last:?}"
    );
    assert_eq!(shop.standing("").level, 0);
}

#[test]
fn what_is_no_plan_and_who_is_no_person_is_refused() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    let refused = |change| match shop.change(change) {
        ChangeReply::Refused { reason } => reason,
        other => panic!("{other:?}"),
    };
    let approve = |hash: &str| OperationsChange::ApprovePlan {
        hash: hash.to_owned(),
    };
    for wrong in ["", "abc", &"g".repeat(64)] {
        assert!(refused(approve(wrong)).contains("64 hexadecimal digits"));
    }
    let arm = |plan: &str| {
        OperationsChange::ArmPlan(ArmPlan {
            plan: plan.to_owned(),
            hash: "0".repeat(64),
        })
    };
    assert!(refused(arm("{}")).contains("cannot be read"));
    assert!(refused(arm(&plan().canonical())).contains("another hash"));
    let asked = ChangeOperations {
        who: "plan:early".to_owned(),
        ..by_ada(level(1))
    };
    let reply = shop.ask(&asked);
    assert!(String::from_utf8_lossy(reply.body()).contains("another name"));
    assert_eq!(store.records().len(), 0);
}
