//! An armed plan: which of its steps are in force, and what happens to them in each second.
//!
//! A second is looked at once, in order, also when the program was away: the state says which one was
//! the last. So what happens depends on signals and clock alone, and not on when a second is looked at.
//!
//! Not here: what a step sets when it fires (`crate::control`).

use minicbor::{Decode, Encode};

use super::compiled::{At, Begin, Plan, Step};
use super::condition::all_hold;
use crate::sale::Sale;
use crate::signals::{WINDOW_S, Window};

/// A plan that is carried out.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Armed {
    /// As canonical JSON.
    #[n(0)]
    pub(crate) canonical: String,
    /// The hash that was approved.
    #[n(1)]
    pub(crate) hash: String,
    /// When, in milliseconds since 1970.
    #[n(2)]
    pub(crate) armed_at_ms: i64,
    /// The last second that was looked at, in seconds since 1970.
    #[n(3)]
    pub(crate) seen_s: i64,
    /// Of each step, in the order of the plan.
    #[n(4)]
    pub(crate) steps: Vec<Progress>,
}

/// How a step stands. All seconds are since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Progress {
    /// How often it has fired.
    #[n(0)]
    pub(crate) episode: u64,
    /// The second in which it fired, while it is in force.
    #[n(1)]
    pub(crate) fired_s: Option<i64>,
    /// Since when the conditions hold that are waited for.
    #[n(2)]
    pub(crate) held_since_s: Option<i64>,
    /// It has ended while its conditions may hold, and waits until they do not before it fires again.
    #[n(3)]
    pub(crate) rests: bool,
    /// The last second for its check, while that is open.
    #[n(4)]
    pub(crate) check_until_s: Option<i64>,
    /// A task is late, and the journal says so.
    #[n(5)]
    pub(crate) is_late: bool,
    /// Who has done a task.
    #[n(6)]
    pub(crate) done_by: Option<String>,
    /// A person has fired it, and ends it: conditions do not.
    #[n(7)]
    pub(crate) is_by_hand: bool,
}

/// How a step stands, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It has not fired, or has ended.
    Waiting,
    /// It has ended, and its conditions have to stop holding before it fires again.
    Resting,
    /// What it sets is set.
    InForce,
    /// A task that is to be done.
    Open,
    /// A task that is not done by its time.
    Late,
    /// A task that is done.
    Done,
}

impl Phase {
    /// As the API has it.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Waiting => "waiting",
            Phase::Resting => "resting",
            Phase::InForce => "in_force",
            Phase::Open => "open",
            Phase::Late => "late",
            Phase::Done => "done",
        }
    }
}

/// Something that happens to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// When, in seconds since 1970.
    pub at_s: i64,
    /// The place of the step in the plan.
    pub step: usize,
    /// What.
    pub what: Happened,
}

/// What happens to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// It comes into force.
    Fired,
    /// Its check held so many seconds after it fired.
    Checked(i64),
    /// Its check did not hold in time.
    Unchecked,
    /// It ends, because its conditions are clear.
    Cleared,
    /// It ends, because it was in force for as long as it may.
    Expired,
    /// A task is not done by its time.
    Late,
}

impl Armed {
    /// A plan whose steps have not fired, from after a second on, in seconds since 1970.
    pub fn new(plan: &Plan, after_s: i64, armed_at_ms: i64) -> Self {
        let canonical = plan.canonical();
        Self {
            hash: super::plan_hash(&canonical),
            canonical,
            armed_at_ms,
            seen_s: after_s,
            steps: vec![Progress::default(); plan.steps.len()],
        }
    }

    /// The hash that was approved.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// When it was armed, in milliseconds since 1970.
    pub fn armed_at_ms(&self) -> i64 {
        self.armed_at_ms
    }

    /// The last second that was looked at, in seconds since 1970.
    pub fn seen_s(&self) -> i64 {
        self.seen_s
    }

    /// Its steps, in the order of the plan.
    pub fn steps(&self) -> &[Progress] {
        &self.steps
    }

    /// The plan; `None` where this program cannot read it.
    pub fn plan(&self) -> Option<Plan> {
        let plan = Plan::decode(&self.canonical).ok()?;
        (plan.steps.len() == self.steps.len()).then_some(plan)
    }

    /// The second after which signals are needed to look at the next one, in seconds since 1970.
    pub fn looks_back_after_s(&self) -> i64 {
        let over_s = self.plan().map_or(0, |plan| plan.over_s());
        self.seen_s + 1 - i64::from(over_s)
    }

    /// Looks at the next second up to `now_s` that something happens in; `None` where nothing does.
    ///
    /// Of a longer time than a window has, the last seconds count for conditions, and all for the clock.
    pub fn next(
        &mut self,
        plan: &Plan,
        window: &Window,
        sales: &[Sale],
        now_s: i64,
    ) -> Option<Vec<Event>> {
        while self.seen_s < now_s {
            let (before_s, next_s) = (self.seen_s, self.seen_s + 1);
            let at_s = next_s.max(now_s - WINDOW_S + 1);
            if at_s > next_s {
                let steps = self.steps.iter_mut();
                steps.for_each(|progress| progress.held_since_s = None);
            }
            self.seen_s = at_s;
            let second = Second {
                window,
                sales,
                before_s,
                at_s,
            };
            let steps = plan.steps.iter().zip(&mut self.steps).enumerate();
            let happened = steps.flat_map(|(place, (step, progress))| {
                let happened = second.look(step, progress).into_iter().flatten();
                happened.map(move |what| Event {
                    at_s,
                    step: place,
                    what,
                })
            });
            let events: Vec<_> = happened.collect();
            if !events.is_empty() {
                return Some(events);
            }
        }
        None
    }
}

/// A second that is looked at.
struct Second<'w> {
    window: &'w Window,
    sales: &'w [Sale],
    /// The last one before it that was looked at.
    before_s: i64,
    at_s: i64,
}

impl Second<'_> {
    /// What happens to a step: its check, and then whether it begins or ends.
    fn look(&self, step: &Step, progress: &mut Progress) -> [Option<Happened>; 2] {
        let Some(fired_s) = progress.fired_s else {
            return [self.begins(step, progress), None];
        };
        let checked = self.checked(step, progress, fired_s);
        [checked, self.ends(step, progress, fired_s)]
    }

    fn begins(&self, step: &Step, progress: &mut Progress) -> Option<Happened> {
        match &step.begin {
            Begin::When(held) => {
                let is_due = held.look(self.window, self.at_s, &mut progress.held_since_s);
                progress.rests &= progress.held_since_s.is_some();
                if !is_due || progress.rests {
                    return None;
                }
            }
            Begin::At(at) => {
                if !self.is_moment(at) {
                    return None;
                }
            }
            Begin::Task(task) => {
                let is_open = progress.done_by.is_none() && !progress.is_late;
                progress.is_late |= is_open && self.is_moment(&task.due);
                return (is_open && progress.is_late).then_some(Happened::Late);
            }
        }
        progress.fire(step, self.at_s);
        Some(Happened::Fired)
    }

    fn checked(&self, step: &Step, progress: &mut Progress, fired_s: i64) -> Option<Happened> {
        let (until_s, check) = (progress.check_until_s?, step.check.as_ref()?);
        let happened = if all_hold(&check.all, self.window, self.at_s) {
            Happened::Checked(self.at_s - fired_s)
        } else if self.at_s >= until_s {
            Happened::Unchecked
        } else {
            return None;
        };
        progress.check_until_s = None;
        Some(happened)
    }

    fn ends(&self, step: &Step, progress: &mut Progress, fired_s: i64) -> Option<Happened> {
        let since_s = &mut progress.held_since_s;
        let clear = step.clear.as_ref().filter(|_| !progress.is_by_hand);
        if clear.is_some_and(|held| held.look(self.window, self.at_s, since_s)) {
            progress.end(false);
            return Some(Happened::Cleared);
        }
        let lasted_s = self.at_s - fired_s;
        if step.max_s.is_some_and(|max_s| lasted_s >= i64::from(max_s)) {
            progress.end(true);
            return Some(Happened::Expired);
        }
        None
    }

    /// Whether an instant is in this second, or in one before it that was not looked at.
    fn is_moment(&self, at: &At) -> bool {
        let moments = at.moments_ms(self.sales).into_iter();
        let mut seconds = moments.map(|moment_ms| moment_ms.div_euclid(1_000));
        seconds.any(|moment_s| self.before_s < moment_s && moment_s <= self.at_s)
    }
}

impl Progress {
    /// How often it has fired.
    pub fn episode(&self) -> u64 {
        self.episode
    }

    /// The second in which it fired, in seconds since 1970, while it is in force.
    pub fn fired_s(&self) -> Option<i64> {
        self.fired_s
    }

    /// Who has done a task.
    pub fn done_by(&self) -> Option<&str> {
        self.done_by.as_deref()
    }

    /// How a step stands.
    pub fn phase(&self, step: &Step) -> Phase {
        match &step.begin {
            Begin::Task(_) if self.done_by.is_some() => Phase::Done,
            Begin::Task(_) if self.is_late => Phase::Late,
            Begin::Task(_) => Phase::Open,
            Begin::At(_) | Begin::When(_) if self.fired_s.is_some() => Phase::InForce,
            Begin::When(_) if self.rests => Phase::Resting,
            Begin::At(_) | Begin::When(_) => Phase::Waiting,
        }
    }

    /// Comes into force in a second.
    pub(crate) fn fire(&mut self, step: &Step, at_s: i64) {
        self.episode += 1;
        self.fired_s = Some(at_s);
        (self.held_since_s, self.rests, self.is_by_hand) = (None, false, false);
        let check = step.check.as_ref();
        self.check_until_s = check.map(|check| at_s + i64::from(check.within_s));
    }

    /// Is not in force any more. One that `rests` does not fire again as long as its conditions hold on.
    pub(crate) fn end(&mut self, rests: bool) {
        (self.fired_s, self.held_since_s, self.check_until_s) = (None, None, None);
        self.rests = rests;
    }
}
