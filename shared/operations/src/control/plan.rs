//! The plan of a night within operations: approved, armed, carried out second by second, and by hand.
//!
//! Invariant: what happens to a step, what that sets and the record about it are one change. The state
//! says up to which second the plan was carried out, so nothing happens twice, whatever is repeated.
//!
//! Not here: when something happens to a step ([`crate::plan::armed`]).

use souk_room::Control;

use super::{CLOCK, Operations, PLAN, Refused, StepWish};
use crate::journal::Record;
use crate::ladder::Level;
use crate::plan::compiled::SaleWish;
use crate::plan::{
    Action, Approvals, Armed, Begin, Event, Happened, Phase, Plan, Planned, Progress, Put,
    SaleAction, Step, Undo, plan_hash,
};
use crate::signals::Window;

/// Said of what a step sets while a person has set the same.
const BY_HAND: &str = "stays as it is set by hand";

impl Operations {
    /// The plan that is armed.
    pub fn armed(&self) -> Option<&Armed> {
        self.armed.as_ref()
    }

    /// Who has approved which plan.
    pub fn approvals(&self) -> &Approvals {
        &self.approvals
    }

    /// What the steps of the plan have set.
    pub fn planned(&self) -> &[Planned] {
        &self.planned
    }

    /// Carries the armed plan out up to `now_ms`, in milliseconds since 1970: the records of what
    /// happened. Seconds that were carried out before are not looked at again.
    pub fn advance(&mut self, window: &Window, now_ms: i64) -> Vec<Record> {
        let mut records = Vec::new();
        let Some(mut armed) = self.armed.take() else {
            return records;
        };
        let Some(plan) = armed.plan() else {
            let what = format!("plan {}: this program cannot read it", short(armed.hash()));
            let mut next = self.clone();
            next.forget_plan();
            let change = self.recorded(next, CLOCK, what, now_ms);
            *self = change.next;
            return vec![change.record];
        };
        let now_s = now_ms.div_euclid(1_000);
        while let Some(events) = armed.next(&plan, window, &self.sales, now_s) {
            for event in events {
                let step = &plan.steps[event.step];
                let mut next = self.clone();
                let what = next.happen(step, event, now_ms);
                let what = told(&armed, step, &armed.steps[event.step], &what);
                let who = format!("{PLAN}{}", step.id);
                let change = self.recorded(next, &who, what, now_ms);
                *self = change.next;
                records.push(change.record);
            }
        }
        self.armed = Some(armed);
        records
    }

    /// Sets what an event sets, and says it.
    fn happen(&mut self, step: &Step, event: Event, now_ms: i64) -> String {
        match event.what {
            Happened::Fired => {
                let set = self.put(&step.id, &step.actions);
                match now_ms.div_euclid(1_000) - event.at_s {
                    0 => format!("fired: {set}"),
                    late_s => format!("fired, {late_s} s late: {set}"),
                }
            }
            Happened::Checked(after_s) => format!("its check held after {after_s} s"),
            Happened::Unchecked => {
                let within_s = step.check.as_ref().map_or(0, |check| check.within_s);
                format!("its check did not hold within {within_s} s")
            }
            Happened::Cleared => format!("cleared: {}", self.undo(step)),
            Happened::Expired => {
                let max_s = step.max_s.unwrap_or_default();
                format!("ended after {max_s} s: {}", self.undo(step))
            }
            Happened::Late => match &step.begin {
                Begin::Task(task) => format!("is late: '{}' by {}", task.text, task.owner),
                Begin::At(_) | Begin::When(_) => "is late".to_owned(),
            },
        }
    }

    pub(super) fn approve(&mut self, hash: &str, who: &str) -> String {
        self.approvals.add(hash, who);
        format!("approve plan {hash}")
    }

    pub(super) fn arm(
        &mut self,
        canonical: &str,
        hash: String,
        now_ms: i64,
    ) -> Result<String, Refused> {
        let plan = Plan::decode(canonical)?;
        let found = plan_hash(canonical);
        if found != hash {
            return Err(Refused::OtherPlan(found));
        }
        if let Some(armed) = &self.armed {
            return Err(Refused::Armed(armed.hash.clone()));
        }
        let (names, needs) = (self.approvals.of(&hash), plan.approval());
        if u32::try_from(names.len()).unwrap_or(u32::MAX) < needs {
            let has = names.len();
            return Err(Refused::NotApproved { hash, has, needs });
        }
        let what = match names {
            [] => format!("arm plan {hash}"),
            names => format!("arm plan {hash}, approved by {}", names.join(", ")),
        };
        let now_s = now_ms.div_euclid(1_000);
        self.armed = Some(Armed::new(&plan, now_s, now_ms));
        Ok(what)
    }

    pub(super) fn disarm(&mut self) -> Result<String, Refused> {
        let armed = self.armed.take().ok_or(Refused::NotArmed)?;
        let what = format!("disarm plan {}", armed.hash);
        self.forget_plan();
        Ok(what)
    }

    pub(super) fn step_by_hand(
        &mut self,
        id: &str,
        wish: StepWish,
        who: &str,
        now_ms: i64,
    ) -> Result<String, Refused> {
        let mut armed = self.armed.take().ok_or(Refused::NotArmed)?;
        let steps = armed.plan().map(|plan| plan.steps).unwrap_or_default();
        let place = steps.iter().position(|step| step.id == id);
        let place = place.ok_or_else(|| Refused::UnknownStep(id.to_owned()))?;
        let (step, progress) = (&steps[place], &mut armed.steps[place]);
        let stands = |how| Err(Refused::Step(id.to_owned(), how));
        let what = match (wish, progress.phase(step)) {
            (StepWish::Fire, Phase::Waiting | Phase::Resting) => {
                progress.fire(step, now_ms.div_euclid(1_000));
                progress.is_by_hand = true;
                format!("fired by hand: {}", self.put(&step.id, &step.actions))
            }
            (StepWish::End, Phase::InForce) => {
                progress.end(true);
                format!("ended by hand: {}", self.undo(step))
            }
            (StepWish::Done, Phase::Open | Phase::Late) => {
                if let Begin::Task(task) = &step.begin
                    && task.owner != who
                {
                    return Err(Refused::NotOwner(id.to_owned(), task.owner.clone()));
                }
                progress.done_by = Some(who.to_owned());
                "done".to_owned()
            }
            (StepWish::Fire, Phase::InForce) => return stands("is in force already"),
            (StepWish::End, Phase::Waiting | Phase::Resting) => return stands("is not in force"),
            (StepWish::Done, Phase::Done) => return stands("is done already"),
            (StepWish::Done, Phase::Waiting | Phase::Resting | Phase::InForce) => {
                return stands("is no task");
            }
            (StepWish::Fire | StepWish::End, Phase::Open | Phase::Late | Phase::Done) => {
                return stands("is a task: its owner does it");
            }
        };
        let what = told(&armed, step, &armed.steps[place], &what);
        self.armed = Some(armed);
        Ok(what)
    }

    /// Puts what a step sets in the place of what it has set before, and says it.
    fn put(&mut self, id: &str, actions: &[Action]) -> String {
        self.planned.retain(|one| one.step != id);
        let said = actions.iter().map(|action| match self.act(id, action) {
            None => action.to_string(),
            Some(note) => format!("{action} ({note})"),
        });
        let said: Vec<_> = said.collect();
        self.pause_sales();
        said.join(", ")
    }

    /// Does what a step does; a note where that has no effect.
    fn act(&mut self, id: &str, action: &Action) -> Option<String> {
        let (put, is_by_hand) = match action {
            Action::Level(number) => {
                let level = Level::new(*number).unwrap_or_default();
                (Put::Level(level), self.level > Level::default())
            }
            Action::Switch(to) => {
                let mut manual = self.manual.iter();
                let is_by_hand = manual.any(|one| one.switch == to.switch);
                (Put::Switch(to.switch, to.setting), is_by_hand)
            }
            Action::Limit(limit) => {
                let mut limits = self.limits.iter();
                let is_by_hand = limits.any(|one| one.class == limit.class);
                (Put::Limit(limit.rate_limit()), is_by_hand)
            }
            Action::Sale(SaleWish { action, sale }) => {
                let Some(known) = self.sales.iter().find(|one| one.id == *sale) else {
                    return Some(Refused::UnknownSale(sale.clone()).to_string());
                };
                let is_by_hand = known.control != Control::Running;
                match action {
                    SaleAction::Pause => (Put::Pause(sale.clone()), is_by_hand),
                    SaleAction::Resume => {
                        let is_pause = |put: &Put| matches!(put, Put::Pause(of) if of == sale);
                        self.planned.retain(|one| !is_pause(&one.put));
                        return is_by_hand.then(|| BY_HAND.to_owned());
                    }
                    SaleAction::Close => {
                        let closed = self.control(sale.clone(), Control::Closed);
                        return closed.err().map(|refused| refused.to_string());
                    }
                }
            }
        };
        let step = id.to_owned();
        self.planned.push(Planned { step, put });
        is_by_hand.then(|| BY_HAND.to_owned())
    }

    /// Does what the end of a step does, and says it.
    fn undo(&mut self, step: &Step) -> String {
        match &step.undo {
            None => "nothing is undone".to_owned(),
            Some(Undo::Auto) => {
                self.put(&step.id, &[]);
                "undone".to_owned()
            }
            Some(Undo::List(actions)) => self.put(&step.id, actions),
        }
    }

    fn forget_plan(&mut self) {
        self.planned.clear();
        self.pause_sales();
    }

    /// Lets sales know whether a step has paused them.
    pub(super) fn pause_sales(&mut self) {
        for sale in &mut self.sales {
            let is_pause = |put: &Put| matches!(put, Put::Pause(of) if *of == sale.id);
            sale.is_paused_by_plan = self.planned.iter().any(|one| is_pause(&one.put));
        }
    }
}

/// What stands in the journal of a step, with the plan and the episode.
fn told(armed: &Armed, step: &Step, progress: &Progress, what: &str) -> String {
    let (plan, id) = (short(armed.hash()), &step.id);
    match step.begin {
        Begin::Task(_) => format!("plan {plan}, task {id}: {what}"),
        Begin::At(_) | Begin::When(_) => {
            let episode = progress.episode();
            format!("plan {plan}, step {id}, episode {episode}: {what}")
        }
    }
}

/// The beginning of a hash, by which people tell plans apart.
fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
