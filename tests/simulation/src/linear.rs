//! Whether what many clients saw of one SKU can be put into one order.
//!
//! A history is linearizable if every operation can be given one moment between its call and its
//! answer so that, in the order of these moments, each answer is the one that a single counter
//! would have given. An operation without an answer may have happened at any moment after its call,
//! or never.
//!
//! The search is that of Wing and Gong, with Lowe's memory of what was tried: a set of operations
//! that happened, and the units that are left then, are looked at once.
//!
//! Source: J. Wing, C. Gong, "Testing and Verifying Concurrent Objects", 1993; G. Lowe, "Testing
//! for linearizability", 2017.

use std::collections::HashSet;

/// What a client asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Units, all of them or none: an order, or units that are written off.
    Take(i64),
    /// Units come back or come in.
    Give(i64),
    /// How many there are.
    Look,
}

/// The answer to an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is done.
    Done,
    /// There are too few: this many.
    TooFew(i64),
    /// There are too few, and not none: a shopper is not told how many.
    Fewer,
    /// There are this many.
    Seen(i64),
}

/// One operation, with its answer if there was one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// What was asked.
    pub call: Call,
    /// When, in any unit.
    pub called: u64,
    /// What was answered and when; `None`: the outcome is unknown.
    pub answer: Option<(Answer, u64)>,
}

/// Why a history is not linearizable: the best that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotLinearizable {
    /// Operations in an order that explains as many answers as possible.
    pub explained: Vec<Operation>,
    /// Units that are left then.
    pub units: i64,
    /// Operations of which one would have to be next, and none can be.
    pub stuck_at: Vec<Operation>,
}

/// Units after an operation, if its answer could have been given then.
fn after(units: i64, operation: &Operation) -> Option<i64> {
    let answer = operation.answer.map(|(answer, _)| answer);
    match (operation.call, answer) {
        (Call::Take(count), Some(Answer::Done)) => (units >= count).then_some(units - count),
        (Call::Take(count), Some(Answer::TooFew(seen))) => {
            (units == seen && units < count).then_some(units)
        }
        (Call::Take(count), Some(Answer::Fewer)) => (0 < units && units < count).then_some(units),
        (Call::Take(count), None) => Some(if units >= count { units - count } else { units }),
        (Call::Give(count), Some(Answer::Done) | None) => Some(units + count),
        (Call::Look, Some(Answer::Seen(seen))) => (units == seen).then_some(units),
        (Call::Look, None) => Some(units),
        (Call::Take(_), Some(Answer::Seen(_)))
        | (Call::Give(_), Some(Answer::TooFew(_) | Answer::Fewer | Answer::Seen(_)))
        | (Call::Look, Some(Answer::Done | Answer::TooFew(_) | Answer::Fewer)) => None,
    }
}

/// Which operations have happened.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Happened(Vec<u64>);

impl Happened {
    fn has(&self, at: usize) -> bool {
        self.0[at / 64] & (1 << (at % 64)) != 0
    }

    /// Everything before this place has happened.
    fn all_before(&self) -> usize {
        let whole = self.0.iter().take_while(|&&word| word == u64::MAX).count();
        let rest = self
            .0
            .get(whole)
            .map_or(0, |word| word.trailing_ones() as usize);
        whole * 64 + rest
    }

    fn flip(&mut self, at: usize) {
        self.0[at / 64] ^= 1 << (at % 64);
    }
}

/// Operations that may be next: nothing that has not happened was answered before their call.
fn next(history: &[Operation], happened: &Happened) -> Vec<usize> {
    let mut first_answer = u64::MAX;
    let mut next = Vec::new();
    // In the order of their calls: an operation that is called after an open answer is out, and so
    // are all later ones.
    for (at, operation) in history.iter().enumerate().skip(happened.all_before()) {
        if operation.called > first_answer {
            break;
        }
        if !happened.has(at) {
            first_answer = first_answer.min(operation.answer.map_or(u64::MAX, |(_, end)| end));
            next.push(at);
        }
    }
    next.retain(|&at| history[at].called <= first_answer);
    next
}

/// Looks for an order that explains every answer, beginning with so many units.
///
/// # Errors
/// When there is none.
pub fn check(units: i64, history: &[Operation]) -> Result<(), NotLinearizable> {
    let mut history = history.to_vec();
    // With equal calls the one that was answered first: most histories are explained at once then.
    history.sort_by_key(|one| (one.called, one.answer.map_or(u64::MAX, |(_, end)| end)));
    let mut answered = history.iter().filter(|one| one.answer.is_some()).count();
    let mut happened = Happened(vec![0; history.len() / 64 + 1]);
    let mut known: HashSet<(Happened, i64)> = HashSet::new();
    let mut units = units;
    // For each step: what was done, the units before, and what else could be done instead.
    let mut path: Vec<(usize, i64)> = Vec::new();
    let mut open: Vec<Vec<usize>> = vec![choices(&history, &happened)];
    let mut best = (Vec::new(), units, Vec::new());
    while answered > 0 {
        let chosen = open.last_mut().and_then(Vec::pop);
        let Some(at) = chosen else {
            open.pop();
            let Some((undone, before)) = path.pop() else {
                let (explained, units, stuck_at) = best;
                return Err(NotLinearizable {
                    explained,
                    units,
                    stuck_at,
                });
            };
            happened.flip(undone);
            answered += usize::from(history[undone].answer.is_some());
            units = before;
            continue;
        };
        let Some(left) = after(units, &history[at]) else {
            continue;
        };
        happened.flip(at);
        if !known.insert((happened.clone(), left)) {
            happened.flip(at);
            continue;
        }
        path.push((at, units));
        units = left;
        answered -= usize::from(history[at].answer.is_some());
        open.push(choices(&history, &happened));
        if path.len() > best.0.len() {
            let explained = path.iter().map(|&(at, _)| history[at]).collect();
            let stuck = next(&history, &happened).into_iter().map(|at| history[at]);
            best = (explained, units, stuck.collect());
        }
    }
    Ok(())
}

/// The choices of a step, the best one last: answers in their order, unknown ones only if need be.
fn choices(history: &[Operation], happened: &Happened) -> Vec<usize> {
    let mut choices = next(history, happened);
    choices
        .sort_by_key(|&at| std::cmp::Reverse(history[at].answer.map_or(u64::MAX, |(_, end)| end)));
    choices
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;

    fn done(call: Call, called: u64, answer: Answer, end: u64) -> Operation {
        Operation {
            call,
            called,
            answer: Some((answer, end)),
        }
    }

    fn unknown(call: Call, called: u64) -> Operation {
        Operation {
            call,
            called,
            answer: None,
        }
    }

    use Answer::{Done, Fewer, Seen, TooFew};
    use Call::{Give, Look, Take};

    #[test]
    fn what_one_counter_could_have_answered_is_linearizable() {
        let histories: [&[Operation]; 8] = [
            &[],
            &[done(Take(2), 0, Fewer, 1), done(Take(1), 2, Done, 3)],
            &[done(Take(1), 0, Done, 1), done(Take(1), 2, TooFew(0), 3)],
            // Two at the same time for one unit, in either order of their calls.
            &[done(Take(1), 0, TooFew(0), 5), done(Take(1), 1, Done, 4)],
            &[
                done(Look, 0, Seen(0), 9),
                done(Take(1), 5, Done, 6),
                done(Look, 7, Seen(0), 8),
            ],
            // The first order got no answer, and took the unit: the second was refused.
            &[unknown(Take(1), 0), done(Take(1), 5, TooFew(0), 6)],
            // Or the first order had no effect.
            &[unknown(Take(1), 0), done(Take(1), 5, Done, 6)],
            // It may have taken effect much later.
            &[
                unknown(Give(1), 0),
                done(Look, 1, Seen(1), 2),
                done(Look, 3, Seen(2), 4),
            ],
        ];
        for history in histories {
            assert_eq!(check(1, history), Ok(()), "{history:?}");
        }
    }

    #[test]
    fn what_no_counter_could_have_answered_is_not() {
        let histories: [&[Operation]; 10] = [
            // Oversold.
            &[done(Take(1), 0, Done, 9), done(Take(1), 1, Done, 8)],
            // Undersold: no order has the unit, and yet it is gone.
            &[done(Take(1), 0, TooFew(0), 1)],
            // The answer has a number of units that there never was.
            &[done(Take(3), 0, TooFew(2), 1)],
            // None is not fewer, and neither is enough.
            &[done(Take(1), 0, Done, 1), done(Take(2), 2, Fewer, 3)],
            &[done(Take(1), 0, Fewer, 1)],
            // A stale read: the order was acknowledged before it began.
            &[done(Take(1), 0, Done, 1), done(Look, 2, Seen(1), 3)],
            // A refusal that was not right at any moment of its own.
            &[
                done(Take(1), 0, Done, 1),
                done(Give(1), 2, Done, 3),
                done(Take(1), 4, TooFew(0), 5),
            ],
            // Units that came in were lost.
            &[done(Give(2), 0, Done, 1), done(Look, 2, Seen(1), 3)],
            // One unknown order has taken two units.
            &[
                unknown(Take(1), 0),
                done(Give(1), 0, Done, 1),
                done(Look, 2, Seen(0), 3),
            ],
            // An order came into being and went away again.
            &[
                unknown(Take(1), 0),
                done(Look, 1, Seen(0), 2),
                done(Look, 3, Seen(1), 4),
            ],
        ];
        for history in histories {
            assert!(check(1, history).is_err(), "{history:?}");
        }
    }

    #[test]
    fn a_refused_history_says_how_far_it_was_right() {
        let wrong = done(Take(1), 4, TooFew(0), 5);
        let history = [done(Take(1), 0, Done, 1), done(Give(1), 2, Done, 3), wrong];
        let refused = check(1, &history).unwrap_err();
        assert_eq!(refused.explained, history[..2]);
        assert_eq!((refused.units, refused.stuck_at), (1, vec![wrong]));
    }

    /// A history as a real counter gives it: operations overlap, some answers are lost.
    fn recorded(random: &Random, units: i64, count: u64) -> Vec<Operation> {
        let mut moments: Vec<u64> = (0..count).map(|_| random.below(count * 10)).collect();
        moments.sort_unstable();
        let mut left = units;
        let operation = |moment: u64| {
            let call = match random.below(10) {
                0 => Call::Look,
                1..3 => Call::Give(random.between(1, 3)),
                _ => Call::Take(random.between(1, 3)),
            };
            let answer = match call {
                Call::Take(count) if left < count => Answer::TooFew(left),
                Call::Take(count) => {
                    left -= count;
                    Answer::Done
                }
                Call::Give(count) => {
                    left += count;
                    Answer::Done
                }
                Call::Look => Answer::Seen(left),
            };
            let end = moment + random.below(60);
            Operation {
                call,
                called: moment.saturating_sub(random.below(60)),
                answer: (!random.chance(30)).then_some((answer, end)),
            }
        };
        moments.into_iter().map(operation).collect()
    }

    #[test]
    fn every_history_of_a_real_counter_passes() {
        let random = Random::new(11);
        for _ in 0..20 {
            assert_eq!(check(10, &recorded(&random, 10, 120)), Ok(()));
        }
    }

    #[test]
    fn one_wrong_answer_at_the_end_of_a_history_is_found() {
        let random = Random::new(12);
        for _ in 0..20 {
            let mut history = recorded(&random, 10, 24);
            let ends = history.iter().filter_map(|one| one.answer);
            let end = ends.map(|(_, end)| end).max().expect("answers");
            history.push(done(Look, end + 1, Seen(1_000), end + 2));
            assert!(check(10, &history).is_err(), "{history:?}");
        }
    }
}
