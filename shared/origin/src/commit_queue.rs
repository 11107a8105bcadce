//! The line of orders that wait for the statement under way: who goes down next, and with whom.
//!
//! The first order of an idle line goes down at once and alone. Orders that come in while a
//! statement is under way wait, up to a bound. When it is back, whoever comes or looks first takes
//! all of them down. So there is no timer, and the busier an engine is, the more orders share a
//! round trip and a commit.
//!
//! Nobody is woken: on Spin the requests of an instance are tasks of their own, and the waker of one
//! does not reach another. Who waits comes back and looks, and who leads waits for nobody.
//!
//! Invariants: as long as nobody gives a statement up for lost, one of a line is under way at most.
//! Whoever leads frees the line when it is dropped, whichever way that happens, and those that went
//! down with it then go alone. What a leader says late, when it was given up, is heard by those that
//! still wait for it and by nobody else.
//!
//! Not here: how an order waits, and for how long (`turns`); the statement (of each engine).

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// Most orders that wait, and so go down with one leader: twice as many as an instance works on at
/// the same time on Spin.
pub(crate) const WAITING_MAX: usize = 32;

/// Orders `O` that wait, and the replies `R` that nobody has looked at yet.
#[derive(Debug)]
pub(crate) struct Line<O, R> {
    state: Mutex<State<O, R>>,
}

#[derive(Debug)]
struct State<O, R> {
    /// Number of the statement that is under way.
    under_way: Option<u64>,
    /// The last number that was given, to an order that waits or to a statement.
    last: u64,
    waiting: VecDeque<(u64, O)>,
    /// Orders that somebody took down and that have not looked since.
    down: BTreeMap<u64, Down<R>>,
}

#[derive(Debug)]
enum Down<R> {
    /// In this statement.
    With(u64),
    Told(R),
    Alone,
}

/// What an order does that comes in.
#[derive(Debug)]
pub(crate) enum Entry<'l, O, R> {
    /// It goes down now, with everybody who waits.
    Lead(Lead<'l, O, R>),
    /// It waits.
    Wait(Place<'l, O, R>),
    /// Too many wait: it goes alone.
    Full,
}

/// What an order sees that waits.
#[derive(Debug)]
pub(crate) enum Look<'l, O, R> {
    /// This statement is not back.
    Wait(u64),
    /// It goes down now, with everybody else who waits.
    Lead(Lead<'l, O, R>),
    /// It went down with others.
    Told(R),
    /// Nobody says what became of it, if it went down at all: it goes alone.
    Alone,
}

/// The place of an order that waits. Whoever drops it does not wait any more.
#[derive(Debug)]
pub(crate) struct Place<'l, O, R> {
    line: &'l Line<O, R>,
    number: u64,
}

/// The right to be under way.
#[derive(Debug)]
pub(crate) struct Lead<'l, O, R> {
    line: &'l Line<O, R>,
    statement: u64,
    places: Vec<u64>,
    /// The orders of others to be taken down, longest waiting first.
    pub(crate) orders: Vec<O>,
}

impl<O, R> Default for Line<O, R> {
    fn default() -> Self {
        let state = State {
            under_way: None,
            last: 0,
            waiting: VecDeque::new(),
            down: BTreeMap::new(),
        };
        Self {
            state: Mutex::new(state),
        }
    }
}

impl<O, R> State<O, R> {
    fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn lead<'l>(&mut self, line: &'l Line<O, R>) -> Lead<'l, O, R> {
        let statement = self.number();
        self.under_way = Some(statement);
        let (places, orders): (Vec<_>, _) = self.waiting.drain(..).unzip();
        for place in &places {
            self.down.insert(*place, Down::With(statement));
        }
        Lead {
            line,
            statement,
            places,
            orders,
        }
    }

    fn is_back(&mut self, statement: u64) {
        // Who was given up for lost frees nothing any more.
        if self.under_way == Some(statement) {
            self.under_way = None;
        }
    }
}

impl<O, R> Line<O, R> {
    fn with<T>(&self, work: impl FnOnce(&mut State<O, R>) -> T) -> T {
        // No code of ours can fail while it has the lock.
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// An order comes in; `order` is asked for only if it has to wait.
    pub(crate) fn enter(&self, order: impl FnOnce() -> O) -> Entry<'_, O, R> {
        self.with(|state| {
            if state.under_way.is_none() {
                return Entry::Lead(state.lead(self));
            }
            if state.waiting.len() >= WAITING_MAX {
                return Entry::Full;
            }
            let number = state.number();
            state.waiting.push_back((number, order()));
            Entry::Wait(Place { line: self, number })
        })
    }
}

impl<'l, O, R> Place<'l, O, R> {
    /// What there is to see. Once it is more than waiting, the place is empty.
    pub(crate) fn look(&self) -> Look<'l, O, R> {
        let line = self.line;
        line.with(|state| {
            let place = |(number, _): &(u64, O)| *number == self.number;
            match (state.waiting.iter().position(place), state.under_way) {
                (Some(_), Some(statement)) => Look::Wait(statement),
                (Some(at), None) => {
                    state.waiting.remove(at);
                    Look::Lead(state.lead(line))
                }
                (None, _) => match state.down.remove(&self.number) {
                    Some(Down::With(statement)) => {
                        state.down.insert(self.number, Down::With(statement));
                        Look::Wait(statement)
                    }
                    Some(Down::Told(reply)) => Look::Told(reply),
                    Some(Down::Alone) | None => Look::Alone,
                },
            }
        })
    }

    /// Waits no more for a statement that never came back, and holds nobody else up for it.
    pub(crate) fn give_up(self, statement: u64) {
        self.line.with(|state| state.is_back(statement));
    }
}

impl<O, R> Drop for Place<'_, O, R> {
    fn drop(&mut self) {
        self.line.with(|state| {
            state.waiting.retain(|(number, _)| *number != self.number);
            state.down.remove(&self.number);
        });
    }
}

impl<O, R> Lead<'_, O, R> {
    /// Leaves a reply for each of the others, in the order of `orders`; `None`: it goes alone.
    pub(crate) fn tell(self, replies: impl Iterator<Item = Option<R>>) {
        self.line.with(|state| {
            for (place, reply) in self.places.iter().zip(replies) {
                // Whoever does not wait any more has no entry.
                if let Some(down) = state.down.get_mut(place) {
                    *down = reply.map_or(Down::Alone, Down::Told);
                }
            }
        });
    }
}

impl<O, R> Drop for Lead<'_, O, R> {
    fn drop(&mut self) {
        self.line.with(|state| {
            state.is_back(self.statement);
            for place in &self.places {
                if let Some(down @ Down::With(_)) = state.down.get_mut(place) {
                    *down = Down::Alone;
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Letters = Line<char, &'static str>;

    fn lead(line: &Letters) -> Lead<'_, char, &'static str> {
        match line.enter(|| panic!("who goes at once is not asked")) {
            Entry::Lead(lead) => lead,
            entry @ (Entry::Wait(_) | Entry::Full) => panic!("{entry:?}"),
        }
    }

    fn wait(line: &Letters, order: char) -> Place<'_, char, &'static str> {
        match line.enter(|| order) {
            Entry::Wait(place) => place,
            entry @ (Entry::Lead(_) | Entry::Full) => panic!("{entry:?}"),
        }
    }

    fn is_told(place: &Place<'_, char, &'static str>, what: &str) -> bool {
        matches!(place.look(), Look::Told(told) if told == what)
    }

    #[test]
    fn the_first_goes_at_once_and_alone_and_so_does_the_next_of_a_quiet_line() {
        let line = Letters::default();
        for _ in 0..2 {
            let first = lead(&line);
            assert!(first.orders.is_empty());
        }
    }

    #[test]
    fn who_looks_first_takes_everybody_down_and_leaves_each_a_reply() {
        let line = Letters::default();
        let first = lead(&line);
        let [a, b, c] = ['a', 'b', 'c'].map(|order| wait(&line, order));
        assert!(matches!(b.look(), Look::Wait(_)));
        drop(first);
        let Look::Lead(second) = b.look() else {
            panic!("the statement is back");
        };
        assert_eq!(second.orders, ['a', 'c']);
        let d = wait(&line, 'd');
        for place in [&a, &c, &d] {
            assert!(matches!(place.look(), Look::Wait(_)));
        }
        second.tell([Some("fine"), None].into_iter());
        assert!(is_told(&a, "fine"));
        assert!(matches!(c.look(), Look::Alone));
        assert!(matches!(d.look(), Look::Lead(third) if third.orders.is_empty()));
    }

    #[test]
    fn who_comes_when_a_statement_is_back_takes_down_those_that_have_not_looked() {
        let line = Letters::default();
        let first = lead(&line);
        let a = wait(&line, 'a');
        drop(first);
        let second = lead(&line);
        assert_eq!(second.orders, ['a']);
        second.tell([Some("fine")].into_iter());
        assert!(is_told(&a, "fine"));
    }

    #[test]
    fn who_goes_away_is_not_taken_down() {
        let line = Letters::default();
        let first = lead(&line);
        let (a, b) = (wait(&line, 'a'), wait(&line, 'b'));
        drop(a);
        drop(first);
        assert!(matches!(b.look(), Look::Lead(second) if second.orders.is_empty()));
    }

    #[test]
    fn a_leader_that_goes_away_leaves_its_followers_to_go_alone_and_frees_the_line() {
        let line = Letters::default();
        let first = lead(&line);
        let (a, b) = (wait(&line, 'a'), wait(&line, 'b'));
        drop(first);
        let Look::Lead(second) = a.look() else {
            panic!("the statement is back");
        };
        drop(second);
        assert!(matches!(b.look(), Look::Alone));
        assert!(lead(&line).orders.is_empty());
    }

    #[test]
    fn a_statement_that_is_given_up_holds_up_nobody_and_frees_nothing_later() {
        let line = Letters::default();
        let lost = lead(&line);
        let (a, b) = (wait(&line, 'a'), wait(&line, 'b'));
        let Look::Wait(statement) = a.look() else {
            panic!("it is under way");
        };
        a.give_up(statement);
        let Look::Lead(second) = b.look() else {
            panic!("it was given up");
        };
        assert!(second.orders.is_empty());
        drop(lost);
        let c = wait(&line, 'c');
        assert!(matches!(c.look(), Look::Wait(_)), "the second is under way");
        drop(second);
        assert!(matches!(c.look(), Look::Lead(_)));
    }

    #[test]
    fn what_is_said_late_is_heard_by_those_that_still_wait_only() {
        let line = Letters::default();
        let first = lead(&line);
        let (a, b, c) = (wait(&line, 'a'), wait(&line, 'b'), wait(&line, 'c'));
        drop(first);
        let Look::Lead(lost) = a.look() else {
            panic!("the statement is back");
        };
        let Look::Wait(statement) = b.look() else {
            panic!("it is under way");
        };
        b.give_up(statement);
        lost.tell([Some("b"), Some("c")].into_iter());
        assert!(is_told(&c, "c"));
        drop((a, c));
        assert!(line.with(|state| state.down.is_empty() && state.waiting.is_empty()));
    }

    #[test]
    fn so_many_wait_and_no_more() {
        let line = Letters::default();
        let first = lead(&line);
        let places: Vec<_> = (0..WAITING_MAX).map(|_| wait(&line, 'a')).collect();
        assert!(matches!(line.enter(|| 'b'), Entry::Full));
        drop((first, places));
        assert!(matches!(line.enter(|| 'b'), Entry::Lead(_)));
    }
}
