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

mod capacity;
mod expiring;
mod facts;
mod figures;
mod hearing;
mod memory;
mod pace;
mod present;
mod stored;

use crate::published::{Left, Published, SHARE_ALL, Secrets};
use crate::rank::Rank;
use crate::schedule::{Session, State, Stock};
use crate::ticket::PULSE_AGE_MS_MAX;
use crate::view::{FRONT_POLL_S, POLL_S_MAX, RETURN_S};
use capacity::capacity;
use hearing::POLL_MS;
use memory::{Front, Memory};
use present::Patience;

pub use facts::{Facts, Ordered, Report, Terms, Units};
pub use figures::Figures;
pub use pace::Health;
pub use stored::Stored;

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

/// The usher of a session.
#[derive(Debug)]
pub struct Usher {
    session: Session,
    terms: Terms,
    stored: Stored,
    memory: Memory,
}

impl Usher {
    /// An usher that starts at `now_ms` from what is stored, and knows nothing of who is there.
    pub fn new(session: Session, terms: Terms, stored: Stored, now_ms: i64) -> Self {
        let memory = Memory::new(&stored, terms.turn_ms, now_ms);
        Self {
            session,
            terms,
            stored,
            memory,
        }
    }

    /// An usher that goes on where another process has stopped: with what is stored, and with what
    /// [`Usher::memory`] was. A memory that cannot be read is an empty one.
    pub fn resume(
        session: Session,
        terms: Terms,
        stored: Stored,
        memory: &[u8],
        now_ms: i64,
    ) -> Self {
        match minicbor::decode(memory) {
            Ok(memory) => Self {
                session,
                terms,
                stored,
                memory,
            },
            Err(_) => Self::new(session, terms, stored, now_ms),
        }
    }

    /// What it has heard, for [`Usher::resume`]. To lose it costs the visitors some seconds, and no
    /// promise.
    pub fn memory(&self) -> Vec<u8> {
        minicbor::to_vec(&self.memory).expect("a Vec takes all bytes")
    }

    /// When it made its last step, in milliseconds since 1970; when it started, before the first one.
    pub fn stepped_at_ms(&self) -> i64 {
        self.memory.last_step_ms
    }

    /// How its session stands after the step before.
    pub fn figures(&self) -> Figures {
        let (window, queue) = (self.stored.window, &self.stored.queue);
        let up_to = |rank: Option<Rank>| rank.map_or(0, |rank| queue.up_to(rank));
        Figures {
            drawn: queue.drawn(),
            tickets: queue.up_to(Rank::LAST),
            // The first is an estimate from the draw, the other one those that are known.
            called: up_to(window.called()).max(self.memory.present.up_to(window.called())),
            missed: up_to(window.missed()),
            present_permille: self.memory.present_permille,
            called_per_minute: self.called_per_minute(),
            orders: self.stored.orders,
            units: self.memory.units,
        }
    }

    fn called_per_minute(&self) -> u32 {
        u32::try_from(self.memory.called_milli * 60 / 1_000).unwrap_or(u32::MAX)
    }

    /// What has to be stored before the step before is published.
    pub fn stored(&self) -> &Stored {
        &self.stored
    }

    /// What edges may know after the step before. `left` is of each item, `secrets` the session's.
    pub fn publish(&self, secrets: Secrets, left: Vec<Left>) -> Published {
        Published {
            session: self.session,
            control: self.memory.control,
            stock: Stock::of(self.memory.units.available, self.memory.units.held),
            left,
            window: self.stored.window,
            front: self.stored.front,
            share: self.stored.share,
            queue: self.stored.queue.clone(),
            present_permille: self.memory.present_permille,
            called_per_minute: self.called_per_minute(),
            secrets: secrets.at(self.memory.last_step_ms, &self.session),
            commitment: secrets.draw.commitment(),
        }
    }

    /// One step, about a second after the one before.
    pub fn step(&mut self, facts: Facts<'_>) {
        let now_ms = facts.now_ms.max(self.memory.last_step_ms);
        let elapsed_ms = now_ms - self.memory.last_step_ms;
        self.memory.last_step_ms = now_ms;
        (self.memory.control, self.memory.units) = (facts.control, facts.units);
        self.hear(facts, now_ms, elapsed_ms);
        let per_second = self.memory.pace.step(facts.health);
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
        self.memory.called_milli = (self.memory.called_milli * 29 + called * 1_000) / 30;
        let missed = self.stored.called_a_turn_ago(self.terms.turn_ms);
        self.stored.window.advance(None, missed);
        self.memory
            .present
            .forget_up_to(self.stored.window.missed());
        self.stored.forms = self.forms();
        self.move_front(now_ms);
    }

    fn hear(&mut self, facts: Facts<'_>, now_ms: i64, elapsed_ms: i64) {
        self.memory.counted_until_ms = self.memory.counted_until_ms.max(facts.counted_until_ms);
        // An edge that knows again has its visitors' polls to come, and before the opening they are rare.
        let polls_ms = match now_ms < self.session.opens_at_ms {
            true => SETTLING_MS,
            false => HEARING_MS,
        };
        let until_ms = now_ms + polls_ms;
        let permille = facts.unknowing_permille.into();
        self.memory.unknowing.add(until_ms, permille);
        self.memory.unknowing.pass(now_ms);
        self.memory.unseen.pass(now_ms);
        self.memory.forgotten.pass(now_ms);
        self.stored.queue.add_drawn(facts.drawn);
        for &(from_ms, tickets) in facts.arrived {
            self.stored.queue.add_arrivals(from_ms, tickets);
        }
        if self.is_silent(now_ms) {
            self.memory.hearing.begin_anew();
        }
        if !facts.reports.is_empty() {
            self.memory.last_report_ms = now_ms;
        }
        let expected = self.expected(now_ms, elapsed_ms);
        self.memory
            .hearing
            .pass(elapsed_ms, facts.reports.len(), expected);
        let heard_ms = self.memory.hearing.now_ms();
        for report in facts.reports {
            self.memory.present.see(report.rank, report.polls, heard_ms);
        }
        for order in facts.orders {
            self.memory.present.order(order.rank, heard_ms);
            self.stored.orders += 1;
            self.stored.units += u64::from(order.units);
        }
    }

    /// How many reports are due in a step, in thousandths. Around the opening polls are not due every
    /// [`POLL_MS`]: who has looked in the last ten seconds before it returns spread over
    /// [`RETURN_S`] after it, as does who looked earlier, up to 20 s after that look. That is less than
    /// [`SILENCE_MS`], so the clock runs on through that time without judging any of them absent, and
    /// the first front, which was heard before, is called right at the opening.
    fn expected(&self, now_ms: i64, elapsed_ms: i64) -> Option<i64> {
        let opens_at_ms = self.session.opens_at_ms;
        let returned_ms = opens_at_ms + (RETURN_S + 1) * 1_000;
        let are_due = !(opens_at_ms - POLL_MS..returned_ms).contains(&now_ms);
        are_due.then(|| self.reporting() * elapsed_ms * 1_000 / POLL_MS)
    }

    /// How many tickets are there whose polls are reported.
    fn reporting(&self) -> i64 {
        let (window, share) = (self.stored.window, self.stored.share);
        let Some(front) = self.stored.front.max(window.called()) else {
            return 0;
        };
        let is_sampled = |rank: &Rank| {
            Some(*rank) <= window.called() || share >= SHARE_ALL || u32::from(rank.sample()) < share
        };
        let there = self
            .memory
            .present
            .polling(front, SILENCE_MS, self.memory.hearing.now_ms());
        there.filter(is_sampled).count() as i64
    }

    /// Whether no report has arrived for two polls, or none is sent.
    fn is_silent(&self, now_ms: i64) -> bool {
        !self.terms.hears || now_ms - self.memory.last_report_ms > HEARING_MS
    }

    /// Whether what was heard says who is there.
    fn is_hearing(&self, now_ms: i64) -> bool {
        !self.is_silent(now_ms) && self.memory.hearing.running_ms() > HEARING_MS
    }

    /// Calls at most so many tickets that are there. How many it called.
    fn call(&mut self, now_ms: i64, most: u64) -> u64 {
        let inside = self.inside(now_ms);
        let capacity = capacity(
            self.memory.units.available,
            &self.terms,
            self.stored.orders,
            self.stored.units,
        );
        let mut wanted = capacity.saturating_sub(inside).min(most);
        if inside == 0 && most > 0 {
            wanted = wanted.max(1);
        }
        if wanted == 0 {
            return 0;
        }
        if self.is_hearing(now_ms) {
            return self.call_present(now_ms, wanted, inside == 0);
        }
        self.call_unheard(now_ms, capacity, inside, most)
    }

    /// Those who may be buying: who was heard of, or while that cannot be known every ticket that was
    /// called.
    fn inside(&self, now_ms: i64) -> u64 {
        let window = self.stored.window;
        let Some(called) = window.called() else {
            return 0;
        };
        let seen = self.memory.present.within(
            window.missed(),
            called,
            self.patience(),
            self.memory.hearing.now_ms(),
        );
        let heard = seen.count() as u64 + self.memory.unseen.sum() + self.memory.forgotten.sum();
        let tickets = self.stored.queue.between(window.missed(), called);
        let ordered = self.memory.present.ordered(window.missed(), called);
        match self.is_hearing(now_ms) {
            true => heard + self.unknown(heard, tickets.saturating_sub(ordered)),
            false => heard.max(tickets.saturating_sub(ordered)),
        }
    }

    /// Of so many tickets, of which some were heard, those that are with edges without a young pulse:
    /// they count as if they were there.
    fn unknown(&self, heard: u64, tickets: u64) -> u64 {
        let permille = self.memory.unknowing.max().min(999);
        let tickets = tickets.max(heard * 1_000 / (1_000 - permille));
        tickets * permille / 1_000
    }

    /// Those inside whose pages do not poll.
    fn forms(&self) -> u64 {
        let window = self.stored.window;
        let heard_ms = self.memory.hearing.now_ms();
        let known = window.called().map_or(0, |called| {
            let turn_ms = self.terms.turn_ms;
            self.memory
                .present
                .forms(window.missed(), called, turn_ms, heard_ms)
        });
        known + self.memory.forgotten.sum()
    }

    fn patience(&self) -> Patience {
        Patience {
            poll_ms: SILENCE_MS,
            turn_ms: self.terms.turn_ms,
        }
    }

    fn call_present(&mut self, now_ms: i64, wanted: u64, is_empty: bool) -> u64 {
        let Some((settled, share)) = self.settled(now_ms) else {
            return 0;
        };
        let called = self.stored.window.called();
        let there = self.memory.present.within(
            called,
            settled,
            self.patience(),
            self.memory.hearing.now_ms(),
        );
        let sampled = there.filter(|rank| share >= SHARE_ALL || u32::from(rank.sample()) < share);
        let sampled: Vec<Rank> = sampled.collect();
        self.measure_presence(sampled.len() as u64, settled, share);
        if sampled.is_empty() {
            let is_deserted = now_ms - self.memory.last_candidate_ms >= HEARING_MS;
            if is_deserted {
                self.stored.window.advance(Some(settled), None);
                self.memory.last_candidate_ms = now_ms;
            }
            return 0;
        }
        self.memory.last_candidate_ms = now_ms;
        let fitting = self.last_of(&sampled, wanted, share);
        // While none is inside the next one is called, whatever is not known of those before.
        let next = || (is_empty || wanted == 1).then_some((1, sampled[0]));
        let Some((count, last)) = fitting.or_else(next) else {
            return 0;
        };
        self.stored.window.advance(Some(last), None);
        let all = count * u64::from(SHARE_ALL) / u64::from(share.max(1));
        let until_ms = now_ms + POLL_MS + 1_000;
        self.memory.unseen.add(until_ms, all - count);
        all
    }

    /// The last of the tickets up to which as many are there as are wanted, and which of them it is.
    /// Each stands for those of its share.
    fn last_of(&self, sampled: &[Rank], wanted: u64, share: u32) -> Option<(u64, Rank)> {
        let called = self.stored.window.called();
        let there = |count: u64, rank: Rank| {
            let heard = count * u64::from(SHARE_ALL) / u64::from(share.max(1));
            let tickets = self.stored.queue.between(called, rank);
            heard + self.unknown(heard, tickets)
        };
        let counted = (1..).zip(sampled.iter().copied());
        let fitting = counted.take_while(|&(count, rank)| there(count, rank) <= wanted);
        fitting.last()
    }

    /// As if every ticket were there, at the pace of stock; as soon as reports arrive only when that
    /// reaches the end of the queue, because it is about to learn who is there.
    fn call_unheard(&mut self, now_ms: i64, capacity: u64, inside: u64, most: u64) -> u64 {
        let capacity = self.counted_of(capacity);
        // An estimate of so many may be wrong by about the square root.
        let capacity = capacity.saturating_sub(2 * capacity.isqrt());
        let wanted = capacity.saturating_sub(inside).min(most);
        let wanted = wanted.max(u64::from(inside == 0 && most > 0));
        let window = self.stored.window;
        let queue = &self.stored.queue;
        if !self.is_silent(now_ms) && queue.between(window.called(), Rank::LAST) > wanted {
            return 0;
        }
        let before = window.called().map_or(0, |rank| queue.up_to(rank));
        let closed = self.closed(now_ms.min(self.memory.counted_until_ms));
        let last = queue.rank_of(before + wanted).unwrap_or(closed).min(closed);
        let tickets = queue.between(window.called(), last);
        self.stored.window.advance(Some(last), None);
        tickets
    }

    /// As much of a number as of the time before the opening was counted: the draw has more tickets
    /// than that.
    fn counted_of(&self, number: u64) -> u64 {
        let Session {
            gathers_at_ms,
            opens_at_ms,
            ..
        } = self.session;
        let span_ms = (opens_at_ms - gathers_at_ms).max(1);
        let counted_ms = self
            .memory
            .counted_until_ms
            .clamp(gathers_at_ms, gathers_at_ms + span_ms);
        let counted_ms = u128::try_from(counted_ms - gathers_at_ms).unwrap_or_default();
        (u128::from(number) * counted_ms / span_ms as u128) as u64
    }

    /// Behind every ticket up to this rank there can only be later ones: no edge issues an earlier one
    /// any more, whatever its clock shows.
    fn closed(&self, now_ms: i64) -> Rank {
        let arrival_ms = now_ms - PULSE_AGE_MS_MAX;
        match arrival_ms < self.session.opens_at_ms {
            true => Rank::Drawn(u64::MAX),
            false => Rank::first_at(arrival_ms),
        }
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
            self.memory.present_permille = permille as u32;
        }
    }

    /// Up to where, and for which share of them, silence means absence.
    fn settled(&mut self, now_ms: i64) -> Option<(Rank, u32)> {
        while self
            .memory
            .fronts
            .get(1)
            .is_some_and(|front| front.settles_at_ms <= now_ms)
        {
            self.memory.fronts.pop_front();
        }
        let front = self
            .memory
            .fronts
            .iter()
            .map(|front| front.rank)
            .min()
            .flatten()?;
        let rank = front.min(self.closed(now_ms));
        let share = self.memory.fronts.iter().map(|front| front.share).min()?;
        if self.stored.settled < Some(rank) {
            self.memory.last_candidate_ms = now_ms;
        }
        (self.stored.settled, self.stored.settled_share) = (Some(rank), share);
        Some((rank, share))
    }

    /// The front reaches as far as units could, three times over, if as many of it are there as of the
    /// last one.
    fn move_front(&mut self, now_ms: i64) {
        let left_ms = self.session.opens_at_ms - now_ms;
        let has_keys = left_ms <= crate::code::SECRETS_LEAD_MS;
        let is_fixed = left_ms > 0 && left_ms < FIRST_FRONT_MS && self.stored.front.is_some();
        if !has_keys || is_fixed {
            return;
        }
        let called = self.stored.window.called();
        let queue = &self.stored.queue;
        let units =
            self.memory.units.available.max(0) as u64 * u64::from(self.terms.overbook_permille);
        let present = (units / 1_000 * FRONT_PER_UNIT).max(FRONT_MIN);
        let size = present * 1_000 / u64::from(self.memory.present_permille);
        let before = called.map_or(0, |rank| queue.up_to(rank));
        let rank = queue.rank_of(before + size).unwrap_or(Rank::LAST);
        let tickets = queue.between(called, rank) * u64::from(self.memory.present_permille) / 1_000;
        let wanted = REPORTS_PER_S * u64::from(FRONT_POLL_S) * u64::from(SHARE_ALL);
        let wanted = wanted / tickets.max(1);
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
        self.memory.fronts.push_back(Front {
            settles_at_ms,
            rank: Some(rank),
            share,
        });
    }
}

#[cfg(test)]
mod tests;
