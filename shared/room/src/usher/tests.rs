//! The usher alone, in small crowds. Large ones, with everything that goes wrong, are in
//! `tests/peak`.

mod phases;

use super::*;
use crate::schedule::Control;

const OPENS_MS: i64 = 1_000_000;

const SESSION: Session = Session {
    number: 1,
    gathers_at_ms: 0,
    opens_at_ms: OPENS_MS,
    closes_at_ms: 10_000_000,
};

const TERMS: Terms = Terms {
    limit: 1,
    overbook_permille: 1_000,
    turn_ms: 300_000,
    hears: true,
};

/// A sale whose draw has a hundred tickets, evenly apart.
struct Evening {
    usher: Usher,
    now_ms: i64,
    available: i64,
    /// Those who poll.
    present: Vec<u64>,
    reports_arrive: bool,
}

fn rank(number: u64) -> Rank {
    Rank::Drawn((number + 1) * (u64::MAX / 100))
}

impl Evening {
    fn new(available: i64, present: impl IntoIterator<Item = u64>) -> Self {
        let now_ms = OPENS_MS - 30_000;
        let mut evening = Self {
            usher: Usher::new(SESSION, TERMS, Stored::default(), now_ms),
            now_ms,
            available,
            present: present.into_iter().collect(),
            reports_arrive: true,
        };
        evening.step_with(100, &[]);
        evening
    }

    fn step_with(&mut self, drawn: u64, orders: &[Ordered]) {
        let second = (self.now_ms / 1_000) as u64;
        let polls = |number: &&u64| self.reports_arrive && (second + **number).is_multiple_of(10);
        let polling = self.present.iter().filter(polls);
        let reports: Vec<_> = polling
            .map(|&number| Report {
                rank: rank(number),
                polls: true,
            })
            .collect();
        self.usher.step(Facts {
            now_ms: self.now_ms,
            control: Control::Running,
            units: Units {
                available: self.available,
                held: 1,
            },
            orders,
            reports: &reports,
            drawn,
            arrived: &[],
            counted_until_ms: self.now_ms,
            unknowing_permille: 0,
            health: Health::default(),
        });
        self.now_ms += 1_000;
    }

    /// Steps until so many seconds after the opening.
    fn go_to(&mut self, seconds: i64) -> Option<Rank> {
        while self.now_ms <= OPENS_MS + seconds * 1_000 {
            self.step_with(0, &[]);
        }
        self.usher.stored().window.called()
    }

    fn order(&mut self, number: u64) {
        self.available -= 1;
        self.present.retain(|one| *one != number);
        self.step_with(
            0,
            &[Ordered {
                rank: rank(number),
                units: 1,
            }],
        );
    }
}

#[test]
fn none_is_called_before_the_opening() {
    let mut evening = Evening::new(10, 0..100);
    assert_eq!(evening.go_to(-1), None);
    assert_eq!(evening.go_to(0), Some(rank(9)));
}

#[test]
fn as_many_are_inside_as_there_are_units() {
    let mut evening = Evening::new(10, 0..100);
    assert_eq!(evening.go_to(60), Some(rank(9)));
    evening.order(3);
    assert_eq!(evening.go_to(62), Some(rank(9)));
    // The unit of the one who has bought is gone; the place of one who leaves is free after 2.5 polls.
    evening.present.retain(|one| *one != 5);
    assert_eq!(evening.go_to(80), Some(rank(9)));
    assert_eq!(evening.go_to(90), Some(rank(10)));
}

#[test]
fn who_is_not_there_is_passed_over_at_once() {
    let mut evening = Evening::new(3, [7, 20, 41, 60]);
    assert_eq!(evening.go_to(0), Some(rank(41)));
}

#[test]
fn a_turn_ends_and_units_that_come_back_are_given_to_the_next() {
    let mut evening = Evening::new(2, 0..100);
    assert_eq!(evening.go_to(290), Some(rank(1)));
    assert_eq!(evening.usher.stored().window.missed(), None);
    assert_eq!(evening.go_to(310), Some(rank(3)));
    assert_eq!(evening.usher.stored().window.missed(), Some(rank(1)));
    (0..2).for_each(|at| evening.order(2 + at));
    let resting = evening.usher.publish(SECRETS, Vec::new());
    assert_eq!(resting.state(evening.now_ms), State::Resting);
    assert_eq!(evening.go_to(330), Some(rank(3)));
    evening.available = 1;
    assert_eq!(evening.go_to(331), Some(rank(4)));
}

const SECRETS: Secrets = Secrets {
    door: crate::Door([1; 32]),
    draw: crate::DrawKey([2; 32]),
};

#[test]
fn after_a_restart_the_window_stands_until_it_is_known_who_is_there() {
    let mut evening = Evening::new(10, 0..100);
    assert_eq!(evening.go_to(10), Some(rank(9)));
    let stored = evening.usher.stored().clone();
    evening.usher = Usher::new(SESSION, TERMS, stored, evening.now_ms);
    assert_eq!(evening.go_to(290), Some(rank(9)));
    evening.order(0);
    assert_eq!(evening.go_to(295), Some(rank(9)));
}

#[test]
fn without_reports_the_window_moves_at_the_pace_of_stock() {
    let mut evening = Evening::new(10, 0..100);
    assert_eq!(evening.go_to(10), Some(rank(9)));
    evening.reports_arrive = false;
    // All ten count as inside, although they are silent.
    let called = evening.go_to(290);
    assert!(called < Some(rank(11)), "{called:?}");
    let called = evening.go_to(340);
    assert!(
        called > Some(rank(11)) && called < Some(rank(20)),
        "{called:?}"
    );
}

#[test]
fn who_is_silent_before_a_new_front_is_settled_is_not_passed_over() {
    let mut evening = Evening::new(2, 0..100);
    assert_eq!(evening.go_to(5), Some(rank(1)));
    // 10,000 more tickets: of the first hundred only few are before the front of 500 any more.
    evening.step_with(10_000, &[]);
    let front = evening.usher.publish(SECRETS, Vec::new()).front.unwrap();
    assert!(front < rank(10), "{front:?}");
    evening.available = 9;
    evening.go_to(20);
    let called = evening.usher.stored().window.called();
    assert!(called <= Some(front), "{called:?}");
}

#[test]
fn a_slow_origin_slows_the_calls() {
    let calls = |p90_ms: [u32; 2]| {
        let mut usher = Usher::new(SESSION, TERMS, Stored::default(), OPENS_MS - 30_000);
        let mut called = 0;
        for second in -30..20_i64 {
            let reports: Vec<_> = (0..5_000)
                .map(|number| Report {
                    rank: Rank::Drawn(number << 40),
                    polls: true,
                })
                .collect();
            usher.step(Facts {
                now_ms: OPENS_MS + second * 1_000,
                control: Control::Running,
                units: Units {
                    available: 5_000,
                    held: 0,
                },
                orders: &[],
                reports: &reports,
                drawn: if second == -30 { 5_000 } else { 0 },
                arrived: &[],
                counted_until_ms: OPENS_MS,
                unknowing_permille: 0,
                health: Health {
                    p90_ms: Some(p90_ms[usize::from(second >= 0)]),
                    is_failing: false,
                },
            });
            called = usher.stored().window.called().map_or(0, |rank| match rank {
                Rank::Drawn(value) => (value >> 40) + 1,
                Rank::Arrived(_) => 0,
            });
        }
        called
    };
    let (well, slow) = (calls([20, 20]), calls([20, 2_000]));
    assert!(well == 5_000 && slow < 1_500, "{well} {slow}");
}

/// The same usher in another process.
fn resumed(usher: &Usher, now_ms: i64) -> Usher {
    let stored = minicbor::to_vec(usher.stored()).unwrap();
    let stored = minicbor::decode(&stored).unwrap();
    Usher::resume(SESSION, TERMS, stored, &usher.memory(), now_ms)
}

#[test]
fn an_usher_that_goes_on_in_another_process_calls_the_same() {
    let mut one = Evening::new(10, (0..100).filter(|number| number % 3 == 0));
    let mut other = Evening::new(10, (0..100).filter(|number| number % 3 == 0));
    for seconds in (0..120).step_by(7) {
        other.usher = resumed(&other.usher, other.now_ms);
        assert_eq!(one.go_to(seconds), other.go_to(seconds), "{seconds} s");
        assert_eq!(one.usher.figures(), other.usher.figures(), "{seconds} s");
        assert_eq!(one.usher.memory(), other.usher.memory(), "{seconds} s");
    }
    assert!(one.usher.figures().called > 20);
}

#[test]
fn a_memory_that_cannot_be_read_is_an_empty_one() {
    let mut evening = Evening::new(10, 0..100);
    let called = evening.go_to(30);
    let usher = &evening.usher;
    let stored = usher.stored().clone();
    let forgetful = Usher::resume(SESSION, TERMS, stored, b"no memory", evening.now_ms);
    assert_ne!(forgetful.memory(), usher.memory());
    assert_eq!(forgetful.stored().window.called(), called);
    assert_eq!(forgetful.figures().tickets, usher.figures().tickets);
}
