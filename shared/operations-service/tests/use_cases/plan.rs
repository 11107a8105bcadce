//! The plan of a night: armed, carried out by ticks, stored with its records.

use souk_operations::plan::{Action, At, Begin, Instant, Plan, Step, Task, Undo, plan_hash};
use souk_operations::verify;
use souk_protocol::operations::{ChangeOperations, ChangeReply, OperationsChange};
use souk_protocol::plan::{ArmPlan, PLAN_PATH, PlanStanding, StepState};

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

fn approve(shop: &Shop<'_>) -> ChangeReply {
    let hash = plan_hash(&plan().canonical());
    shop.change(OperationsChange::ApprovePlan { hash })
}

fn arm(shop: &Shop<'_>) -> ChangeReply {
    let plan = plan().canonical();
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
    let reason = conflicts(arm(&shop));
    assert!(
        reason.contains("needs 1 approvals by different people and has 0"),
        "{reason}"
    );
    assert_eq!(approve(&shop), ChangeReply::Changed { record: 1 });
    assert_eq!(arm(&shop), ChangeReply::Changed { record: 2 });
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
    assert_eq!(shop.next_in_ms(), None);
}

#[test]
fn of_several_instances_one_fires_a_step() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    approve(&shop);
    arm(&shop);
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
    approve(&shop);
    arm(&shop);
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
