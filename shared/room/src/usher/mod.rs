//! The usher: who is called next, one step a second.
//!
//! It calls as many as there are units for: what those inside may still take is at most what is left,
//! so no visitor is called for what is not there. It knows only the *front* of the queue, whose
//! tickets are reported when they poll; a ticket that is silent is passed over, but only once it has
//! had its chance to be heard. Without reports it goes on at the pace of stock, as if every ticket
//! were there.
//!
//! The caller stores [`Usher::stored`] after a step and publishes [`Usher::publish`] only when that
//! has succeeded; when it has not, the usher is thrown away and made anew from what is stored.
//!
//! Invariant: a step is a function of what is stored, what was heard since the start, and the facts
//! that are given in. It has no clock.
//!
//! Not here: how reports travel, and the decision over an order.

mod pace;
mod present;
mod stored;

use std::collections::VecDeque;

use crate::published::{Left, Published, SHARE_ALL, Secrets};
use crate::rank::Rank;
use crate::schedule::{Control, Session, State, Stock};
use crate::view::{FRONT_POLL_S, POLL_S_MAX};
use pace::Pace;
use present::{Patience, Present};

pub use pace::Health;
pub use stored::Stored;

/// Between two polls of a ticket of the front, in milliseconds.
const POLL_MS: i64 = FRONT_POLL_S as i64 * 1_000;
/// How long a ticket that polls may be silent: 2.5 polls.
const SILENCE_MS: i64 = POLL_MS * 5 / 2;
/// How long it takes until what was heard says who is there: two polls.
const HEARING_MS: i64 = POLL_MS * 2;
/// After how long every ticket behind a new front has polled: the longest poll, and 5 seconds until
/// all edges know the front.
const SETTLING_MS: i64 = (POLL_S_MAX as i64 + 5) * 1_000;
/// Until when before the opening a front may change so that all tickets still look at it in time.
const FIRST_FRONT_MS: i64 = 26_000;
/// Reports in a second that are wanted of those who wait.
const REPORTS_PER_S: u64 = 500;
/// Tickets of the front for each unit, and at least.
const FRONT_PER_UNIT: u64 = 3;
const FRONT_MIN: u64 = 500;
/// How many orders the limit counts as, before there are orders.
const ORDERS_ASSUMED: u64 = 10;

/// What a sale allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Units that one buyer may have of all items together, at least 1.
    pub limit: u32,
    /// How much those inside may take of a thousand units that are left, at least 1,000.
    pub overbook_permille: u32,
    /// How long a turn is, in milliseconds.
    pub turn_ms: i64,
}

/// Units of all items of the sale together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Units {
    /// That can be ordered.
    pub available: i64,
    /// Of orders that wait for their payment.
    pub held: i64,
}

/// A ticket was seen by an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Its place.
    pub rank: Rank,
    /// Whether its page comes back by itself. One with a form and no script does not: its visitor
    /// counts as inside for a whole turn.
    pub polls: bool,
}

/// A ticket has an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ordered {
    /// Its place.
    pub rank: Rank,
    /// Units of the sale in it.
    pub units: u32,
}

/// What happened since the step before.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Now, in milliseconds since 1970.
    pub now_ms: i64,
    /// What the staff want.
    pub control: Control,
    /// What is left, read together with `orders`.
    pub units: Units,
    /// New orders.
    pub orders: &'a [Ordered],
    /// Tickets that were seen.
    pub reports: &'a [Report],
    /// Tickets for the draw that were issued.
    pub drawn: u64,
    /// Tickets by arrival: the second in milliseconds since 1970, and how many.
    pub arrived: &'a [(i64, u64)],
    /// How the origin is.
    pub health: Health,
}

/// A front, and from when every ticket behind it has had its chance to be heard.
#[derive(Debug, Clone, Copy)]
struct Front {
    settles_at_ms: i64,
    rank: Option<Rank>,
    share: u32,
}

/// The usher of a session.
#[derive(Debug)]
pub struct Usher {
    session: Session,
    terms: Terms,
    stored: Stored,
    present: Present,
    pace: Pace,
    /// The fronts that are not settled yet, behind the last one that is.
    fronts: VecDeque<Front>,
    /// Tickets that were called unseen, since only a share reports: until when they count, how many.
    unseen: VecDeque<(i64, u64)>,
    last_step_ms: i64,
    /// When a report arrived last, or the usher started.
    last_report_ms: i64,
    /// Since when reports arrive without a longer silence.
    hears_since_ms: Option<i64>,
    /// When a ticket that could be called was last seen, or the settled front moved.
    last_candidate_ms: i64,
    control: Control,
    units: Units,
    present_permille: u32,
    /// Calls of a second, smoothed over half a minute, in thousandths.
    called_milli: u64,
}

impl Usher {
    /// An usher that starts at `now_ms` from what is stored.
    pub fn new(session: Session, terms: Terms, stored: Stored, now_ms: i64) -> Self {
        let settled = Front {
            settles_at_ms: i64::MIN,
            rank: stored.settled,
            share: stored.settled_share,
        };
        let latest = stored.front.map(|rank| Front {
            settles_at_ms: stored.settles_at_ms,
            rank: Some(rank),
            share: stored.share,
        });
        Self {
            session,
            terms,
            stored,
            present: Present::default(),
            pace: Pace::new(),
            fronts: [Some(settled), latest].into_iter().flatten().collect(),
            unseen: VecDeque::new(),
            last_step_ms: now_ms,
            last_report_ms: now_ms,
            hears_since_ms: None,
            last_candidate_ms: now_ms,
            control: Control::Running,
            units: Units::default(),
            present_permille: 1_000,
            called_milli: 0,
        }
    }

    /// What has to be stored before the step before is published.
    pub fn stored(&self) -> &Stored {
        &self.stored
    }

    /// What edges may know after the step before. `left` is of each item, `secrets` the session's.
    pub fn publish(&self, secrets: Secrets, left: Vec<Left>) -> Published {
        Published {
            session: self.session,
            control: self.control,
            stock: Stock::of(self.units.available, self.units.held),
            left,
            window: self.stored.window,
            front: self.stored.front,
            share: self.stored.share,
            queue: self.stored.queue.clone(),
            present_permille: self.present_permille,
            called_per_minute: u32::try_from(self.called_milli * 60 / 1_000).unwrap_or(u32::MAX),
            secrets: secrets.at(self.last_step_ms, &self.session),
        }
    }

    /// One step, about a second after the one before.
    pub fn step(&mut self, facts: Facts<'_>) {
        let now_ms = facts.now_ms.max(self.last_step_ms);
        let elapsed_ms = now_ms - self.last_step_ms;
        self.last_step_ms = now_ms;
        (self.control, self.units) = (facts.control, facts.units);
        self.hear(facts, now_ms);
        let per_second = self.pace.step(facts.health);
        let stock = Stock::of(facts.units.available, facts.units.held);
        let is_open = self.session.state(now_ms, facts.control, stock) == State::Open;
        let mut called = 0;
        if is_open {
            self.stored.open_ms += elapsed_ms;
            called = self.call(
                now_ms,
                u64::from(per_second) * elapsed_ms.max(0) as u64 / 1_000,
            );
        }
        self.called_milli = (self.called_milli * 29 + called * 1_000) / 30;
        let missed = self.stored.called_a_turn_ago(self.terms.turn_ms);
        self.stored.window.advance(None, missed);
        self.present.forget_up_to(self.stored.window.missed());
        self.move_front(now_ms);
    }

    fn hear(&mut self, facts: Facts<'_>, now_ms: i64) {
        self.stored.queue.add_drawn(facts.drawn);
        for &(from_ms, tickets) in facts.arrived {
            self.stored.queue.add_arrivals(from_ms, tickets);
        }
        if !facts.reports.is_empty() {
            if self.hears_since_ms.is_none() || self.is_silent(now_ms) {
                self.hears_since_ms = Some(now_ms);
            }
            self.last_report_ms = now_ms;
        }
        for report in facts.reports {
            self.present.see(report.rank, report.polls, now_ms);
        }
        for order in facts.orders {
            self.present.order(order.rank, now_ms);
            self.stored.orders += 1;
            self.stored.units += u64::from(order.units);
        }
    }

    /// Whether no report has arrived for two polls.
    fn is_silent(&self, now_ms: i64) -> bool {
        now_ms - self.last_report_ms > HEARING_MS
    }

    /// Whether what was heard says who is there.
    fn is_hearing(&self, now_ms: i64) -> bool {
        let since = self.hears_since_ms;
        !self.is_silent(now_ms) && since.is_some_and(|since| now_ms - since >= HEARING_MS)
    }

    /// Calls at most so many tickets that are there. How many it called.
    fn call(&mut self, now_ms: i64, most: u64) -> u64 {
        let inside = self.inside(now_ms);
        let capacity = capacity(self.units.available, &self.terms, &self.stored);
        let mut wanted = capacity.saturating_sub(inside).min(most);
        if inside == 0 && most > 0 {
            wanted = wanted.max(1);
        }
        if wanted == 0 {
            return 0;
        }
        match self.is_silent(now_ms) {
            true => self.call_unheard(now_ms, wanted),
            false => self.call_present(now_ms, wanted),
        }
    }

    /// Those who may be buying: who was heard of, or while that cannot be known every ticket that was
    /// called.
    fn inside(&mut self, now_ms: i64) -> u64 {
        while self
            .unseen
            .front()
            .is_some_and(|(until_ms, _)| *until_ms < now_ms)
        {
            self.unseen.pop_front();
        }
        let window = self.stored.window;
        let Some(called) = window.called() else {
            return 0;
        };
        let seen = self
            .present
            .within(window.missed(), called, self.patience(), now_ms);
        let unseen: u64 = self.unseen.iter().map(|(_, tickets)| tickets).sum();
        let heard = seen.count() as u64 + unseen;
        if self.is_hearing(now_ms) {
            return heard;
        }
        let tickets = self.stored.queue.between(window.missed(), called);
        heard.max(tickets.saturating_sub(self.present.ordered(window.missed(), called)))
    }

    fn patience(&self) -> Patience {
        Patience {
            poll_ms: SILENCE_MS,
            turn_ms: self.terms.turn_ms,
        }
    }

    fn call_present(&mut self, now_ms: i64, wanted: u64) -> u64 {
        let Some((settled, share)) = self.settled(now_ms) else {
            return 0;
        };
        let called = self.stored.window.called();
        let there = self
            .present
            .within(called, settled, self.patience(), now_ms);
        let sampled = there.filter(|rank| share >= SHARE_ALL || u32::from(rank.sample()) < share);
        let sampled: Vec<Rank> = sampled.collect();
        self.measure_presence(sampled.len() as u64, settled, share);
        if sampled.is_empty() {
            let is_deserted = now_ms - self.last_candidate_ms >= HEARING_MS;
            // Behind `LAST` there is no other ticket that would wait for this.
            if is_deserted && self.is_hearing(now_ms) && settled < Rank::LAST {
                self.stored.window.advance(Some(settled), None);
                self.last_candidate_ms = now_ms;
            }
            return 0;
        }
        self.last_candidate_ms = now_ms;
        let count = wanted * u64::from(share) / u64::from(SHARE_ALL);
        let count = count.max(u64::from(wanted == 1)).min(sampled.len() as u64);
        let Some(last) = count.checked_sub(1) else {
            return 0;
        };
        self.stored
            .window
            .advance(Some(sampled[last as usize]), None);
        let all = count * u64::from(SHARE_ALL) / u64::from(share.max(1));
        let until_ms = now_ms + POLL_MS + 1_000;
        self.unseen.push_back((until_ms, all - count));
        all
    }

    /// As if every ticket were there.
    fn call_unheard(&mut self, now_ms: i64, wanted: u64) -> u64 {
        let window = self.stored.window;
        let before = window
            .called()
            .map_or(0, |rank| self.stored.queue.up_to(rank));
        let last = self.stored.queue.rank_of(before + wanted);
        let last = last.unwrap_or(Rank::first_at(now_ms));
        self.stored.window.advance(Some(last), None);
        self.stored.queue.between(window.called(), last)
    }

    /// How many of a thousand tickets are there, as far as the settled front says it.
    fn measure_presence(&mut self, sampled: u64, settled: Rank, share: u32) {
        let tickets = self
            .stored
            .queue
            .between(self.stored.window.called(), settled);
        let heard = tickets * u64::from(share) / u64::from(SHARE_ALL);
        if heard >= 20 {
            let permille = (sampled * 1_000 / heard).clamp(10, 1_000);
            self.present_permille = permille as u32;
        }
    }

    /// Up to where, and for which share of them, silence means absence.
    fn settled(&mut self, now_ms: i64) -> Option<(Rank, u32)> {
        while self
            .fronts
            .get(1)
            .is_some_and(|front| front.settles_at_ms <= now_ms)
        {
            self.fronts.pop_front();
        }
        let rank = self.fronts.iter().map(|front| front.rank).min().flatten()?;
        let share = self.fronts.iter().map(|front| front.share).min()?;
        if self.stored.settled < Some(rank) {
            self.last_candidate_ms = now_ms;
        }
        (self.stored.settled, self.stored.settled_share) = (Some(rank), share);
        Some((rank, share))
    }

    /// The front reaches as far as units could, three times over.
    fn move_front(&mut self, now_ms: i64) {
        let left_ms = self.session.opens_at_ms - now_ms;
        let has_keys = left_ms <= crate::code::SECRETS_LEAD_MS;
        let is_fixed = left_ms > 0 && left_ms < FIRST_FRONT_MS && self.stored.front.is_some();
        if !has_keys || is_fixed {
            return;
        }
        let called = self.stored.window.called();
        let queue = &self.stored.queue;
        let units = self.units.available.max(0) as u64 * u64::from(self.terms.overbook_permille);
        let size = (units / 1_000 * FRONT_PER_UNIT).max(FRONT_MIN);
        let before = called.map_or(0, |rank| queue.up_to(rank));
        let rank = queue.rank_of(before + size).unwrap_or(Rank::LAST);
        let tickets = queue.between(called, rank).max(1);
        let wanted = REPORTS_PER_S * u64::from(FRONT_POLL_S) * u64::from(SHARE_ALL) / tickets;
        let share = u32::try_from(wanted).unwrap_or(SHARE_ALL).min(SHARE_ALL);
        let settles_at_ms = match left_ms >= FIRST_FRONT_MS {
            true => self.session.opens_at_ms,
            false => now_ms + SETTLING_MS,
        };
        if (self.stored.front, self.stored.share) == (Some(rank), share) {
            return;
        }
        (self.stored.front, self.stored.share) = (Some(rank), share);
        self.stored.settles_at_ms = settles_at_ms;
        self.fronts.push_back(Front {
            settles_at_ms,
            rank: Some(rank),
            share,
        });
    }
}

/// How many may be inside: as many as can all take what they may without exceeding what is left. One
/// takes what orders have had on average, and all together a margin of the limit times the square
/// root of their number more, but none more than the limit.
fn capacity(available: i64, terms: &Terms, stored: &Stored) -> u64 {
    let available = u64::try_from(available).unwrap_or_default();
    let bound = available * u64::from(terms.overbook_permille);
    let limit = u64::from(terms.limit.max(1));
    let orders = stored.orders + ORDERS_ASSUMED;
    let mean = (stored.units + limit * ORDERS_ASSUMED) * 1_000 / orders;
    let may_take = |inside: u64| {
        let expected = inside * mean + limit * inside.isqrt() * 1_000;
        expected.min(inside * limit * 1_000)
    };
    let (mut low, mut high) = (0, bound / 1_000 + 1);
    while high - low > 1 {
        let middle = low.midpoint(high);
        match may_take(middle) <= bound {
            true => low = middle,
            false => high = middle,
        }
    }
    low
}

#[cfg(test)]
mod tests;
