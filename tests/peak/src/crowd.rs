//! Makes the crowd and the faults of a plan.

use fastrand::Rng;
use souk_room::Session;

use crate::plan::Plan;
use crate::visitor::{Phase, Visitor};
use crate::world::{Agenda, Event, Fault};

/// How long visitors stay after the opening, on average.
const STAY_MS: f64 = 900_000.0;
/// After the opening they come in this time, on average.
const COME_MS: f64 = 60_000.0;
/// Of the visitors so many of a thousand stay to the end.
const STAYING: u32 = 150;

/// Whether something happens that happens so often in a thousand times.
pub(crate) fn chance(random: &mut Rng, permille: u32) -> bool {
    random.u32(0..1_000) < permille
}

/// A time that is exponentially distributed.
pub(crate) fn exponential(random: &mut Rng, mean_ms: f64) -> i64 {
    (-(1.0 - random.f64()).ln() * mean_ms) as i64
}

/// Every visitor, and when each comes.
pub(crate) fn visitors(
    plan: &Plan,
    session: Session,
    random: &mut Rng,
    agenda: &mut Agenda,
) -> Vec<Visitor> {
    let mut visitors = Vec::with_capacity(plan.visitors + plan.bots * plan.bot_tickets);
    for buyer in 0..plan.visitors {
        let (comes_at_ms, leaves_at_ms) = stay(plan, session, random);
        agenda.add(comes_at_ms, Event::Act(visitors.len()));
        let sleeps = chance(random, plan.sleeping).then(|| {
            let from_ms = session.opens_at_ms + random.i64(-20_000..200_000);
            (from_ms, random.i64(20_000..120_000))
        });
        visitors.push(Visitor {
            buyer: buyer as u32,
            is_bot: false,
            edge: random.usize(0..plan.edges),
            leaves_at_ms,
            sleeps,
            has_scripts: !chance(random, plan.scriptless),
            decides_to_buy: !chance(random, plan.undecided),
            pays: !chance(random, plan.unpaid),
            units: random.u32(1..=plan.limit),
            phase: Phase::Coming,
            ticket: None,
            code: None,
            was_away: sleeps.is_some(),
        });
    }
    for bot in 0..plan.bots {
        for _ in 0..plan.bot_tickets {
            let comes_at_ms = session.gathers_at_ms + random.i64(0..plan.gathers_ms + 10_000);
            agenda.add(comes_at_ms, Event::Act(visitors.len()));
            let guesses_at_ms = session.opens_at_ms + random.i64(-60_000..60_000);
            agenda.add(guesses_at_ms, Event::Guess(visitors.len()));
            visitors.push(Visitor {
                buyer: (plan.visitors + bot) as u32,
                is_bot: true,
                edge: random.usize(0..plan.edges),
                leaves_at_ms: session.closes_at_ms,
                sleeps: None,
                has_scripts: true,
                decides_to_buy: true,
                pays: !chance(random, plan.unpaid),
                units: plan.limit,
                phase: Phase::Coming,
                ticket: None,
                code: None,
                was_away: false,
            });
        }
    }
    visitors
}

/// When a visitor comes and leaves.
fn stay(plan: &Plan, session: Session, random: &mut Rng) -> (i64, i64) {
    let opens_at_ms = session.opens_at_ms;
    let is_early = chance(random, plan.early);
    let comes_at_ms = match is_early {
        true => session.gathers_at_ms + random.i64(0..plan.gathers_ms),
        false => opens_at_ms + exponential(random, COME_MS),
    };
    let leaves_at_ms = match () {
        () if is_early && chance(random, plan.leaving) => random.i64(comes_at_ms..opens_at_ms + 1),
        () if chance(random, STAYING) => session.closes_at_ms,
        () => opens_at_ms.max(comes_at_ms) + exponential(random, STAY_MS),
    };
    (comes_at_ms, leaves_at_ms)
}

/// The faults of a plan, most of them around the opening.
pub(crate) fn faults(plan: &Plan, session: Session, random: &mut Rng, agenda: &mut Agenda) {
    let kinds = [
        (plan.kills, Fault::Kill),
        (plan.cuts, Fault::Cut),
        (plan.restarts, Fault::Restart),
        (plan.clock_jumps, Fault::Jump),
        (plan.silences, Fault::Silence),
        (plan.pauses, Fault::Pause),
        (plan.slow, Fault::Slow),
    ];
    for (count, fault) in kinds {
        for _ in 0..count {
            let at_ms = match chance(random, 500) {
                true => session.opens_at_ms + random.i64(-60_000..60_000),
                false => session.opens_at_ms + random.i64(0..600_000),
            };
            agenda.add(at_ms, Event::Fault(fault));
        }
    }
}
