//! Places that are given up are used: a unit that is not sold is always in the hands of a visitor, as long as
//! others wait.
//!
//! A unit is in the hands of the visitor who bought it; of a visitor who was called and stays, also before the
//! poll in which it learns of that; and of a visitor who leaves, until it has missed 2.5 polls, since the
//! room cannot know better. From then on another one has to be called.

use std::time::Duration;

use super::verdict::{Facts, PULSE, Verdict};
use super::visits::{Visit, Visits};

/// What the rule says.
pub const PLACE_IS_USED: &str = "a place that is given up is used within 2.5 polls";
/// How many of its polls a visitor misses before it counts as gone.
const POLLS_MISSED: f64 = 2.5;
/// A step of the room, and the next one where it was late.
const STEPS: Duration = Duration::from_secs(3);
/// The room looks at visitors who came after the opening once each of them had a chance to poll.
const SETTLES: Duration = Duration::from_secs(75);
const SECOND: Duration = Duration::from_secs(1);

/// The rule of this module. It holds of sales that sell one unit to each buyer: of others the room calls
/// fewer at first.
pub(super) fn are_used_again(visits: &Visits<'_>, facts: &Facts, verdict: &mut Verdict) {
    let Some(units) = facts.units.filter(|_| facts.limit == 1) else {
        return;
    };
    verdict.abandoned_s = longest_abandoned(visits, units as usize).map(|time| time.as_secs_f64());
    let last_called = visits.each().filter(|visit| visit.called().is_some());
    let Some(last_called) = last_called.filter_map(Visit::rank).max() else {
        return;
    };
    let end = visits
        .each()
        .filter_map(Visit::last_seen)
        .max()
        .unwrap_or_default();
    let mut idle_since = None;
    let mut moment = facts.opens + SECOND;
    while moment < end {
        let holders = visits
            .each()
            .filter(|visit| holds(visit, moment, last_called));
        let is_idle = holders.count() < units as usize && others_wait(visits, moment, facts);
        let since = *idle_since.get_or_insert(moment);
        if !is_idle {
            idle_since = None;
        } else if moment - since > STEPS {
            let found =
                format!("a unit is in the hands of none from {since:?} on, and others wait");
            verdict.breaks(PLACE_IS_USED, found);
            return;
        }
        moment += SECOND;
    }
}

/// Whether a unit is sold to a visitor by then, or in its hands. `last_called` is the last place that was
/// called in all.
fn holds(visit: &Visit<'_>, moment: Duration, last_called: &str) -> bool {
    if let Some(bought) = visit.bought() {
        let learns_after = visit.poll_after() + PULSE;
        let may_know = visit
            .called()
            .unwrap_or(bought)
            .saturating_sub(learns_after);
        return moment >= may_know;
    }
    let Some(last_seen) = visit.last_seen().filter(|_| visit.left.is_some()) else {
        return false;
    };
    // Before the opening a ticket shows no place, so who leaves then may have had a good one.
    let may_be_called = visit.rank().is_none_or(|rank| rank <= last_called);
    let gone = last_seen + visit.poll_after().mul_f64(POLLS_MISSED) + PULSE;
    may_be_called && moment <= gone
}

/// Whether a visitor who stays still waits when the next pulse is everywhere, and has been there for long
/// enough to be called.
fn others_wait(visits: &Visits<'_>, moment: Duration, facts: &Facts) -> bool {
    visits
        .each()
        .filter(|visit| visit.left.is_none())
        .any(|visit| {
            let is_there = visit.is_there_from(facts.opens)
                || visit.is_there_from(moment.saturating_sub(SETTLES));
            is_there && visit.waits_at(moment + PULSE).is_some()
        })
}

/// The longest time from the last sign of a called visitor who left until another one learnt of a turn
/// instead. The first calls are those of the units, each later one comes for a place that was given up.
fn longest_abandoned(visits: &Visits<'_>, units: usize) -> Option<Duration> {
    let mut calls: Vec<_> = visits.each().filter_map(Visit::called).collect();
    calls.sort_unstable();
    let mut abandoned: Vec<_> = visits.each().filter_map(Visit::abandoned).collect();
    abandoned.sort_unstable();
    let mut next = units.min(calls.len());
    let mut longest = None;
    for last_seen in abandoned {
        next += calls[next..].partition_point(|call| *call <= last_seen);
        let Some(call) = calls.get(next) else {
            break;
        };
        longest = longest.max(Some(*call - last_seen));
        next += 1;
    }
    longest
}
