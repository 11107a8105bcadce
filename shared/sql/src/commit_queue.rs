//! A commit queue: items that come in while a commit is in flight are committed together in the next
//! one.
//!
//! The first item of an idle queue is committed at once and alone. Items that come in meanwhile wait,
//! up to a bound. When the commit is over, the first item that comes in or looks leads the next batch,
//! with all that wait. So there is no timer, and the busier an engine is, the more items share a round
//! trip and a commit.
//!
//! A follower is not woken: on Spin the requests of an instance are tasks of their own, and the waker
//! of one does not reach another. It pauses by the host's clock and looks again.
//!
//! Invariants: as long as no follower gives a batch up for lost, one batch of a queue is in flight at
//! most. A leader frees the queue when it is dropped, finished or not, and the followers that it has
//! not finished run alone then; so does a follower whose batch is not over after [`LOST_AFTER_US`],
//! or the time that its engine says.
//! That is a repetition, so an item must be safe to commit twice. Results of a leader that was given
//! up reach the followers that still wait for its batch, and no other.
//!
//! Not here: what is committed and how (each engine has its own).

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// Most items that wait, and so are committed with one leader: twice as many as an instance works on
/// at the same time on Spin.
pub const WAITING_MAX: usize = 32;

/// The first pause of a follower, and its longest one.
const PAUSE_US_MIN: u32 = 500;
const PAUSE_US_MAX: u32 = 4_000;
/// A batch that is not over after so long is given up by its followers.
const LOST_AFTER_US: u32 = 1_000_000;

/// Waits, without the waker of another task.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait Pause {
    /// Resolves after `us` microseconds, or a little later.
    async fn pause_us(&self, us: u32);
}

/// The pause of a store whose orders all go alone: there is none.
#[derive(Debug, Clone, Copy)]
pub enum NoPause {}

impl Pause for NoPause {
    async fn pause_us(&self, _us: u32) {
        match *self {}
    }
}

/// Items `T` that wait, and results `R` that their followers have not looked at yet.
#[derive(Debug)]
pub struct CommitQueue<T, R> {
    state: Mutex<State<T, R>>,
}

#[derive(Debug)]
struct State<T, R> {
    /// Number of the batch that is in flight.
    in_flight: Option<u64>,
    /// The last number that was given, to an item or to a batch.
    last_number: u64,
    waiting: VecDeque<(u64, T)>,
    /// Items that are in a batch and whose followers have not looked since.
    slots: BTreeMap<u64, Slot<R>>,
}

/// What is known of an item in a batch.
#[derive(Debug)]
enum Slot<R> {
    /// Its batch is not over.
    InFlight(u64),
    Done(R),
    RunAlone,
}

/// What an item does that comes in.
#[derive(Debug)]
pub enum Entry<'q, T, R> {
    /// It leads a batch.
    Lead(Leader<'q, T, R>),
    /// It waits.
    Follow(Follower<'q, T, R>),
    /// Too many wait: it runs alone.
    Full,
}

/// What a follower sees.
#[derive(Debug)]
pub enum Look<'q, T, R> {
    /// The batch with this number is in flight.
    Wait(u64),
    /// It leads the next batch.
    Lead(Leader<'q, T, R>),
    /// Its item is done.
    Done(R),
    /// What became of its item is not known: it runs alone.
    RunAlone,
}

/// How the wait of an item ends.
#[derive(Debug)]
pub enum Turn<'q, T, R> {
    /// It leads a batch.
    Lead(Leader<'q, T, R>),
    /// It was in the batch of another leader.
    Done(R),
    /// It runs alone.
    RunAlone,
}

/// An item that waits. Dropped, it waits no more.
#[derive(Debug)]
pub struct Follower<'q, T, R> {
    queue: &'q CommitQueue<T, R>,
    number: u64,
}

/// The right to be in flight, and the batch of the items of others.
#[derive(Debug)]
pub struct Leader<'q, T, R> {
    queue: &'q CommitQueue<T, R>,
    batch: Batch<T>,
}

/// Items that are committed together, the leader's own not among them.
#[derive(Debug)]
struct Batch<T> {
    number: u64,
    followers: Vec<u64>,
    /// Longest waiting first.
    items: Vec<T>,
}

impl<T, R> Default for CommitQueue<T, R> {
    fn default() -> Self {
        let state = State {
            in_flight: None,
            last_number: 0,
            waiting: VecDeque::new(),
            slots: BTreeMap::new(),
        };
        Self {
            state: Mutex::new(state),
        }
    }
}

impl<T, R> State<T, R> {
    fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    fn lead<'q>(&mut self, queue: &'q CommitQueue<T, R>) -> Leader<'q, T, R> {
        let number = self.number();
        self.in_flight = Some(number);
        let (followers, items): (Vec<_>, _) = self.waiting.drain(..).unzip();
        for follower in &followers {
            self.slots.insert(*follower, Slot::InFlight(number));
        }
        let batch = Batch {
            number,
            followers,
            items,
        };
        Leader { queue, batch }
    }

    fn end(&mut self, batch: u64) {
        // A batch that was given up for lost frees nothing any more.
        if self.in_flight == Some(batch) {
            self.in_flight = None;
        }
    }
}

impl<T, R> CommitQueue<T, R> {
    fn with<V>(&self, work: impl FnOnce(&mut State<T, R>) -> V) -> V {
        // No code of ours can fail while it has the lock.
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// An item comes in; `item` is called only if it has to wait.
    pub fn enter(&self, item: impl FnOnce() -> T) -> Entry<'_, T, R> {
        self.with(|state| {
            if state.in_flight.is_none() {
                return Entry::Lead(state.lead(self));
            }
            if state.waiting.len() >= WAITING_MAX {
                return Entry::Full;
            }
            let number = state.number();
            state.waiting.push_back((number, item()));
            Entry::Follow(Follower {
                queue: self,
                number,
            })
        })
    }

    /// An item comes in and waits for its turn, or for what became of it; not for ever.
    pub async fn turn(&self, item: impl FnOnce() -> T, pause: &impl Pause) -> Turn<'_, T, R> {
        self.turn_within(item, pause, LOST_AFTER_US).await
    }

    /// The same for an engine whose batches may be in flight for longer, as where a batch waits for a
    /// lock that its followers would not get sooner.
    pub async fn turn_within(
        &self,
        item: impl FnOnce() -> T,
        pause: &impl Pause,
        lost_after_us: u32,
    ) -> Turn<'_, T, R> {
        match self.enter(item) {
            Entry::Lead(leader) => Turn::Lead(leader),
            Entry::Follow(follower) => follower.wait(pause, lost_after_us).await,
            Entry::Full => Turn::RunAlone,
        }
    }
}

impl<'q, T, R> Follower<'q, T, R> {
    /// What there is to see. Once it is more than waiting, there is nothing left to see.
    pub fn look(&self) -> Look<'q, T, R> {
        let queue = self.queue;
        queue.with(|state| {
            let own = |(number, _): &(u64, T)| *number == self.number;
            match (state.waiting.iter().position(own), state.in_flight) {
                (Some(_), Some(batch)) => Look::Wait(batch),
                (Some(at), None) => {
                    state.waiting.remove(at);
                    Look::Lead(state.lead(queue))
                }
                (None, _) => match state.slots.remove(&self.number) {
                    Some(Slot::InFlight(batch)) => {
                        state.slots.insert(self.number, Slot::InFlight(batch));
                        Look::Wait(batch)
                    }
                    Some(Slot::Done(result)) => Look::Done(result),
                    Some(Slot::RunAlone) | None => Look::RunAlone,
                },
            }
        })
    }

    /// Waits no more for a batch that is never over, and lets the queue go on without it.
    pub fn give_up(self, batch: u64) {
        self.queue.with(|state| state.end(batch));
    }

    async fn wait(self, pause: &impl Pause, lost_after_us: u32) -> Turn<'q, T, R> {
        let mut pause_us = PAUSE_US_MIN;
        let (mut waited_for, mut waited_us) = (0, 0);
        loop {
            match self.look() {
                Look::Lead(leader) => return Turn::Lead(leader),
                Look::Done(result) => return Turn::Done(result),
                Look::RunAlone => return Turn::RunAlone,
                Look::Wait(batch) if batch != waited_for => {
                    (waited_for, waited_us) = (batch, 0);
                }
                Look::Wait(batch) if waited_us >= lost_after_us => {
                    self.give_up(batch);
                    return Turn::RunAlone;
                }
                Look::Wait(_) => {}
            }
            pause.pause_us(pause_us).await;
            waited_us += pause_us;
            pause_us = (pause_us * 3 / 2).min(PAUSE_US_MAX);
        }
    }
}

impl<T, R> Drop for Follower<'_, T, R> {
    fn drop(&mut self) {
        self.queue.with(|state| {
            state.waiting.retain(|(number, _)| *number != self.number);
            state.slots.remove(&self.number);
        });
    }
}

impl<T, R> Leader<'_, T, R> {
    /// Whether there are no items of others.
    pub fn is_alone(&self) -> bool {
        self.batch.followers.is_empty()
    }

    /// The items of others, longest waiting first.
    pub fn take_items(&mut self) -> Vec<T> {
        std::mem::take(&mut self.batch.items)
    }

    /// Leaves a result for each of the others, in the order of their items; `None`: it runs alone.
    pub fn finish(self, results: impl Iterator<Item = Option<R>>) {
        self.queue.with(|state| {
            for (follower, result) in self.batch.followers.iter().zip(results) {
                // A follower that does not wait any more has no slot.
                if let Some(slot) = state.slots.get_mut(follower) {
                    *slot = result.map_or(Slot::RunAlone, Slot::Done);
                }
            }
        });
    }
}

impl<T, R> Drop for Leader<'_, T, R> {
    fn drop(&mut self) {
        self.queue.with(|state| {
            state.end(self.batch.number);
            for follower in &self.batch.followers {
                if let Some(slot @ Slot::InFlight(_)) = state.slots.get_mut(follower) {
                    *slot = Slot::RunAlone;
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Letters = CommitQueue<char, &'static str>;

    fn lead(queue: &Letters) -> Leader<'_, char, &'static str> {
        match queue.enter(|| panic!("a leader's item is not asked for")) {
            Entry::Lead(leader) => leader,
            entry @ (Entry::Follow(_) | Entry::Full) => panic!("{entry:?}"),
        }
    }

    fn follow(queue: &Letters, item: char) -> Follower<'_, char, &'static str> {
        match queue.enter(|| item) {
            Entry::Follow(follower) => follower,
            entry @ (Entry::Lead(_) | Entry::Full) => panic!("{entry:?}"),
        }
    }

    fn is_done(follower: &Follower<'_, char, &'static str>, expected: &str) -> bool {
        matches!(follower.look(), Look::Done(result) if result == expected)
    }

    #[test]
    fn the_first_item_is_committed_alone_and_so_is_the_next_of_an_idle_queue() {
        let queue = Letters::default();
        for _ in 0..2 {
            assert!(lead(&queue).is_alone());
        }
    }

    #[test]
    fn the_follower_that_looks_first_leads_all_others_and_leaves_each_a_result() {
        let queue = Letters::default();
        let first = lead(&queue);
        let [a, b, c] = ['a', 'b', 'c'].map(|item| follow(&queue, item));
        assert!(matches!(b.look(), Look::Wait(_)));
        drop(first);
        let Look::Lead(mut second) = b.look() else {
            panic!("the batch is over");
        };
        assert_eq!(second.take_items(), ['a', 'c']);
        let d = follow(&queue, 'd');
        for follower in [&a, &c, &d] {
            assert!(matches!(follower.look(), Look::Wait(_)));
        }
        second.finish([Some("fine"), None].into_iter());
        assert!(is_done(&a, "fine"));
        assert!(matches!(c.look(), Look::RunAlone));
        assert!(matches!(d.look(), Look::Lead(third) if third.is_alone()));
    }

    #[test]
    fn an_item_that_comes_in_when_a_batch_is_over_leads_those_that_have_not_looked() {
        let queue = Letters::default();
        let first = lead(&queue);
        let a = follow(&queue, 'a');
        drop(first);
        let mut second = lead(&queue);
        assert_eq!(second.take_items(), ['a']);
        second.finish([Some("fine")].into_iter());
        assert!(is_done(&a, "fine"));
    }

    #[test]
    fn a_follower_that_is_dropped_is_in_no_batch() {
        let queue = Letters::default();
        let first = lead(&queue);
        let (a, b) = (follow(&queue, 'a'), follow(&queue, 'b'));
        drop(a);
        drop(first);
        assert!(matches!(b.look(), Look::Lead(second) if second.is_alone()));
    }

    #[test]
    fn a_leader_that_is_dropped_leaves_its_followers_to_run_alone_and_frees_the_queue() {
        let queue = Letters::default();
        let first = lead(&queue);
        let (a, b) = (follow(&queue, 'a'), follow(&queue, 'b'));
        drop(first);
        let Look::Lead(second) = a.look() else {
            panic!("the batch is over");
        };
        drop(second);
        assert!(matches!(b.look(), Look::RunAlone));
        assert!(lead(&queue).is_alone());
    }

    #[test]
    fn a_batch_that_is_given_up_holds_up_no_other_and_frees_nothing_later() {
        let queue = Letters::default();
        let lost = lead(&queue);
        let (a, b) = (follow(&queue, 'a'), follow(&queue, 'b'));
        let Look::Wait(batch) = a.look() else {
            panic!("it is in flight");
        };
        a.give_up(batch);
        let Look::Lead(second) = b.look() else {
            panic!("it was given up");
        };
        assert!(second.is_alone());
        drop(lost);
        let c = follow(&queue, 'c');
        assert!(matches!(c.look(), Look::Wait(_)), "the second is in flight");
        drop(second);
        assert!(matches!(c.look(), Look::Lead(_)));
    }

    #[test]
    fn late_results_reach_those_that_still_wait_only() {
        let queue = Letters::default();
        let first = lead(&queue);
        let (a, b, c) = (
            follow(&queue, 'a'),
            follow(&queue, 'b'),
            follow(&queue, 'c'),
        );
        drop(first);
        let Look::Lead(lost) = a.look() else {
            panic!("the batch is over");
        };
        let Look::Wait(batch) = b.look() else {
            panic!("it is in flight");
        };
        b.give_up(batch);
        lost.finish([Some("b"), Some("c")].into_iter());
        assert!(is_done(&c, "c"));
        drop((a, c));
        assert!(queue.with(|state| state.slots.is_empty() && state.waiting.is_empty()));
    }

    #[test]
    fn no_more_items_wait_than_the_bound_says() {
        let queue = Letters::default();
        let first = lead(&queue);
        let followers: Vec<_> = (0..WAITING_MAX).map(|_| follow(&queue, 'a')).collect();
        assert!(matches!(queue.enter(|| 'b'), Entry::Full));
        drop((first, followers));
        assert!(matches!(queue.enter(|| 'b'), Entry::Lead(_)));
    }
}
