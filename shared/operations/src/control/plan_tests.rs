//! A plan that is approved, armed and carried out, and what people set beside it.

use super::tests::{Evening, level, set};
use super::*;
use crate::journal::verify;
use crate::plan::tests::{plan, slow, window};
use crate::plan::{
    Action, At, Begin, Instant, Limit, Plan, SaleAction, SaleWish, Step, SwitchTo, Task, Undo,
    plan_hash,
};
use crate::pulse::RouteClass;
use crate::signals::Window;

/// A step that a person fires, with these actions.
fn by_hand(id: &str, actions: Vec<Action>) -> Step {
    Step {
        begin: Begin::At(At::Instant(Instant { at_s: 1 << 39 })),
        clear: None,
        actions,
        id: id.to_owned(),
        ..slow(0, 0)
    }
}

fn switch(switch: Switch, setting: Setting) -> Action {
    Action::Switch(SwitchTo { setting, switch })
}

fn arm(plan: &Plan) -> Command {
    let canonical = plan.canonical();
    let hash = plan_hash(&canonical);
    Command::Arm { canonical, hash }
}

fn step(id: &str, wish: StepWish) -> Command {
    let step = id.to_owned();
    Command::Step { step, wish }
}

impl Evening {
    /// With a plan that is approved and armed at 0.
    pub(super) fn with(steps: Vec<Step>) -> Self {
        let plan = plan(steps);
        let mut evening = Self::default();
        let hash = plan_hash(&plan.canonical());
        evening.change(Command::Approve { hash }, 0);
        evening.change(arm(&plan), 0);
        evening
    }

    /// Carries the plan out, stores it, and gives who did what.
    fn advance(&mut self, window: &Window, now_ms: i64) -> Vec<(String, String)> {
        let mut next = self.state.clone();
        let records = next.advance(window, now_ms);
        self.keep(next, &records);
        let said = records.into_iter().map(|record| {
            let what = record
                .what
                .split_once(": ")
                .map(|(_, what)| what.to_owned());
            (record.who, what.unwrap_or_default())
        });
        said.collect()
    }

    fn fire(&mut self, id: &str) -> Record {
        self.change(step(id, StepWish::Fire), 1_000)
    }

    fn end(&mut self, id: &str) -> Record {
        self.change(step(id, StepWish::End), 2_000)
    }
}

#[test]
fn a_plan_is_armed_only_as_it_was_approved_and_by_enough_people() {
    let two = Step {
        approval: 2,
        ..slow(1, 1)
    };
    let plan = plan(vec![two]);
    let (mut evening, canonical) = (Evening::default(), plan.canonical());
    let hash = plan_hash(&canonical);
    let refused = |evening: &Evening| evening.refused(arm(&plan), 0);
    let missing = |has| Refused::NotApproved {
        hash: hash.clone(),
        has,
        needs: 2,
    };
    assert_eq!(refused(&evening), missing(0));
    let approve = || Command::Approve { hash: hash.clone() };
    evening.change(approve(), 0);
    evening.change(approve(), 0);
    assert_eq!(refused(&evening), missing(1), "one person counts once");
    let other = Command::Approve {
        hash: plan_hash("{}"),
    };
    let change = evening.state.change(other, "Bea", "", 0);
    evening.store(change.unwrap());
    assert_eq!(refused(&evening), missing(1), "that is another plan");
    let change = evening.state.change(approve(), "Bea", "", 0);
    evening.store(change.unwrap());
    let wrong = Command::Arm {
        canonical,
        hash: plan_hash("{}"),
    };
    assert_eq!(evening.refused(wrong, 0), Refused::OtherPlan(hash.clone()));
    let record = evening.change(arm(&plan), 0);
    assert_eq!(
        record.what,
        format!("arm plan {hash}, approved by Ada, Bea")
    );
    assert!(evening.state.is_active());
    assert_eq!(refused(&evening), Refused::Armed(hash));
    evening.change(Command::Disarm, 0);
    assert_eq!(evening.refused(Command::Disarm, 0), Refused::NotArmed);
    assert!(!evening.state.is_active());
}

#[test]
fn a_firing_sets_and_a_clearing_takes_back_with_a_record_each() {
    let mut evening = Evening::with(vec![slow(1, 1)]);
    let window = window(&[500, 500, 500, 100, 100].map(Some));
    assert_eq!(evening.advance(&window, 1_999), []);
    let who = "plan:slow".to_owned();
    let fired = (who.clone(), "fired: level 2".to_owned());
    assert_eq!(evening.advance(&window, 2_000), [fired]);
    assert_eq!(evening.state.level().number(), 2);
    let pulse = evening.state.clone().next_pulse(Vec::new(), 2_000);
    assert_eq!(pulse.level.number(), 2);
    assert_eq!(evening.advance(&window, 4_999), []);
    assert_eq!(
        evening.advance(&window, 6_000),
        [(who, "cleared: undone".to_owned())]
    );
    assert_eq!(evening.state.level().number(), 0);
    let last = evening.journal.lines().last().unwrap();
    let last: Record = serde_json::from_str(last).unwrap();
    assert!(last.what.contains(", step slow, episode 1: "), "{last:?}");
    assert!(last.effect.contains("recommendations on"), "{last:?}");
    let head = evening.state.journal().head();
    assert!(verify(&evening.journal, Some(head)).is_ok());
}

#[test]
fn what_a_step_sets_is_taken_back_and_nothing_else() {
    let two = Limit {
        class: RouteClass::Order,
        quota: 2,
        window_s: 60,
    };
    let pause = Action::Sale(SaleWish {
        action: SaleAction::Pause,
        sale: "drop".to_owned(),
    });
    let all = vec![
        Action::Level(3),
        switch(Switch::Content, Setting::Closed),
        Action::Limit(two),
        pause.clone(),
    ];
    let other = vec![
        Action::Level(4),
        switch(Switch::Listings, Setting::Static),
        pause,
    ];
    let mut evening = Evening::with(vec![by_hand("all", all), by_hand("other", other)]);
    evening.change(Command::Schedule(super::tests::sale("drop", &[9])), 0);
    evening.change(set(Switch::Filters, Setting::Off, 90_000), 0);
    let before = evening.state.clone();
    let shown = |state: &Operations| {
        let control = state.sales()[0].control_now();
        (
            state.level().number(),
            state.by_level(),
            state.limits(),
            control,
        )
    };
    evening.fire("all");
    let of_all = shown(&evening.state);
    assert_eq!((of_all.0, of_all.3), (3, Control::Paused));
    assert_eq!(of_all.2, [two.rate_limit()]);
    assert_eq!(of_all.1[&Switch::Content], Setting::Closed);
    // The order of ends is not that of beginnings.
    evening.fire("other");
    assert_eq!(evening.state.level().number(), 4);
    evening.end("other");
    assert_eq!(shown(&evening.state), of_all);
    evening.fire("other");
    evening.end("all");
    assert_eq!(evening.state.level().number(), 4);
    assert_eq!(evening.state.sales()[0].control_now(), Control::Paused);
    evening.end("other");
    assert_eq!(shown(&evening.state), shown(&before));
    assert_eq!(evening.state.manual(), before.manual());
}

#[test]
fn what_people_set_wins() {
    let actions = vec![Action::Level(3), switch(Switch::Search, Setting::Closed)];
    let mut evening = Evening::with(vec![by_hand("all", actions)]);
    evening.change(level(1), 0);
    evening.change(set(Switch::Search, Setting::On, 5_000), 0);
    let record = evening.fire("all");
    let note =
        "level 3 (stays as it is set by hand), switch search closed (stays as it is set by hand)";
    assert!(record.what.ends_with(note), "{record:?}");
    assert_eq!(record.effect, "none");
    assert_eq!(evening.state.level().number(), 1);
    assert_eq!(evening.state_of(Switch::Search, 1_000), Setting::On);
    // Where that ends, the step counts.
    let change = evening.state.end_due(5_000).unwrap();
    evening.store(change);
    assert_eq!(evening.state_of(Switch::Search, 5_000), Setting::Closed);
    // What a person puts back stays so.
    evening.change(level(0), 6_000);
    evening.change(Command::Unset(Switch::Search), 6_000);
    assert_eq!(evening.state.level().number(), 0);
    assert_eq!(evening.state_of(Switch::Search, 6_000), Setting::On);
    evening.end("all");
    assert_eq!(evening.state.level().number(), 0);
}

#[test]
fn limits_of_people_win_and_those_of_a_step_stay_the_steps() {
    let limit = |class, quota| Limit {
        class,
        quota,
        window_s: 60,
    };
    let (order, room) = (limit(RouteClass::Order, 2), limit(RouteClass::Room, 3));
    let actions = vec![Action::Limit(order), Action::Limit(room)];
    let mut evening = Evening::with(vec![by_hand("few", actions)]);
    let by_person = limit(RouteClass::Room, 9).rate_limit();
    evening.fire("few");
    // Sets one class, and says the other one as it stands.
    evening.change(Command::Limits(vec![order.rate_limit(), by_person]), 0);
    let rate = |state: &Operations, class: RouteClass| class.rate(&state.limits()).unwrap().quota;
    assert_eq!(rate(&evening.state, RouteClass::Order), 2);
    assert_eq!(rate(&evening.state, RouteClass::Room), 9);
    evening.end("few");
    assert_eq!(rate(&evening.state, RouteClass::Order), 30);
    assert_eq!(rate(&evening.state, RouteClass::Room), 9);
    evening.fire("few");
    evening.change(Command::Limits(Vec::new()), 0);
    assert_eq!(rate(&evening.state, RouteClass::Order), 30);
}

#[test]
fn a_list_takes_the_place_of_what_a_step_did_until_the_plan_is_disarmed() {
    let step = Step {
        undo: Some(Undo::List(vec![Action::Level(1)])),
        ..by_hand("calm", vec![Action::Level(3)])
    };
    let mut evening = Evening::with(vec![step]);
    evening.fire("calm");
    let record = evening.end("calm");
    assert!(
        record.what.ends_with("ended by hand: level 1"),
        "{record:?}"
    );
    assert_eq!(evening.state.level().number(), 1);
    evening.change(Command::Disarm, 3_000);
    assert_eq!(evening.state.level().number(), 0);
}

#[test]
fn a_sale_is_resumed_and_closed_by_steps() {
    let wish = |action| {
        vec![Action::Sale(SaleWish {
            action,
            sale: "drop".to_owned(),
        })]
    };
    let steps = vec![
        by_hand("pause", wish(SaleAction::Pause)),
        by_hand("resume", wish(SaleAction::Resume)),
        by_hand("close", wish(SaleAction::Close)),
    ];
    let mut evening = Evening::with(steps);
    let record = evening.fire("pause");
    assert!(
        record.what.ends_with("(there is no sale 'drop')"),
        "{record:?}"
    );
    evening.end("pause");
    evening.change(Command::Schedule(super::tests::sale("drop", &[9])), 0);
    evening.fire("pause");
    evening.fire("resume");
    let control = |evening: &Evening| evening.state.sales()[0].control_now();
    assert_eq!(control(&evening), Control::Running);
    evening.end("pause");
    evening.fire("pause");
    let running = Command::Control {
        sale: "drop".to_owned(),
        control: Control::Running,
    };
    evening.change(running, 3_000);
    assert_eq!(control(&evening), Control::Running);
    evening.fire("close");
    assert_eq!(control(&evening), Control::Closed);
}

#[test]
fn a_person_fires_and_ends_steps_and_the_owner_does_a_task() {
    let task = Step {
        begin: Begin::Task(Task {
            due: At::Instant(Instant { at_s: 5 }),
            owner: "Bea".to_owned(),
            text: "call".to_owned(),
        }),
        clear: None,
        actions: Vec::new(),
        id: "call".to_owned(),
        undo: None,
        ..slow(0, 0)
    };
    let mut evening = Evening::with(vec![slow(1, 1), task]);
    let stands = |evening: &Evening, id, wish| evening.refused(step(id, wish), 0);
    let stands_so = |id: &str, how| Refused::Step(id.to_owned(), how);
    assert_eq!(
        stands(&evening, "slow", StepWish::End),
        stands_so("slow", "is not in force")
    );
    assert_eq!(
        stands(&evening, "slow", StepWish::Done),
        stands_so("slow", "is no task")
    );
    assert_eq!(
        stands(&evening, "none", StepWish::Fire),
        Refused::UnknownStep("none".to_owned())
    );
    let record = evening.fire("slow");
    assert_eq!(record.who, "Ada");
    assert!(record.what.ends_with("episode 1: fired by hand: level 2"));
    assert_eq!(
        stands(&evening, "slow", StepWish::Fire),
        stands_so("slow", "is in force already")
    );
    // What a person fires is not cleared by signals.
    let calm = window(&[Some(100); 9]);
    let late = ("plan:call".to_owned(), "is late: 'call' by Bea".to_owned());
    assert_eq!(evening.advance(&calm, 9_000), [late]);
    assert_eq!(evening.state.level().number(), 2);
    evening.end("slow");
    assert_eq!(evening.state.level().number(), 0);
    let owner = Refused::NotOwner("call".to_owned(), "Bea".to_owned());
    assert_eq!(stands(&evening, "call", StepWish::Done), owner);
    let done = evening
        .state
        .change(step("call", StepWish::Done), "Bea", "", 9_000);
    let record = evening.store(done.unwrap());
    assert!(record.what.ends_with("task call: done"), "{record:?}");
}

#[test]
fn a_plan_that_cannot_be_read_is_disarmed_with_a_record() {
    let mut evening = Evening::with(vec![slow(0, 0)]);
    evening.fire("slow");
    if let Some(armed) = &mut evening.state.armed {
        armed.canonical.push(' ');
    }
    let said = evening.advance(&Window::default(), 5_000);
    let expected = (CLOCK.to_owned(), "this program cannot read it".to_owned());
    assert_eq!(said, [expected]);
    assert_eq!(evening.state.level().number(), 0);
    assert!(evening.state.armed().is_none());
}

proptest::proptest! {
    /// Whatever is stored or lost on the way, the journal ends with the same records.
    #[test]
    fn a_crash_between_any_two_steps_repeats_nothing(
        values in proptest::collection::vec(proptest::option::of(0_i32..3), 1..60),
        crashes in proptest::collection::vec(proptest::bool::ANY, 60),
    ) {
        let values: Vec<_> = values
            .iter()
            .map(|value| value.map(|value| [100, 300, 500][value as usize]))
            .collect();
        let window = window(&values);
        let last_s = i64::try_from(values.len()).unwrap();
        let steps = || vec![slow(1, 2), Step { id: "later".to_owned(), ..slow(3, 1) }];
        let (mut whole, mut broken) = (Evening::with(steps()), Evening::with(steps()));
        whole.advance(&window, last_s * 1_000);
        for (at_s, crash) in (1..last_s).zip(crashes) {
            if crash {
                // It was carried out, and nothing of it was stored.
                broken.state.clone().advance(&window, at_s * 1_000);
            } else {
                broken.advance(&window, at_s * 1_000);
            }
        }
        broken.advance(&window, last_s * 1_000);
        let told = |evening: &Evening| {
            let lines = evening.journal.lines();
            let records = lines.map(|line| serde_json::from_str::<Record>(line).unwrap());
            let told = records.map(|one| (one.who, one.what.replace(" late", "")));
            let told = told.map(|(who, what)| (who, without_delay(&what)));
            told.collect::<Vec<_>>()
        };
        proptest::prop_assert_eq!(told(&whole), told(&broken));
        proptest::prop_assert_eq!(whole.state.level(), broken.state.level());
    }
}

/// A firing that is noticed later says by how much.
fn without_delay(what: &str) -> String {
    let Some((before, after)) = what.split_once("fired, ") else {
        return what.to_owned();
    };
    let set = after.split_once(": ").map_or(after, |(_, set)| set);
    format!("{before}fired: {set}")
}
