//! Crowds that keep the phase in which they poll, as browsers do.

use std::ops::Range;

use super::*;

const PATIENT: Terms = Terms {
    turn_ms: 3_600_000,
    ..TERMS
};
/// From the first poll after the call to the order, in seconds.
const FORM_S: i64 = 20;
/// A silent ticket is passed over after so many seconds, counted from the call that it sees: a poll, the
/// silence, and a poll of the one who is called instead.
const ROUND_S: i64 = 10 + 25 + 10;

struct Visitor {
    rank: Rank,
    /// In which second after the opening it returns.
    returns_s: i64,
    /// Whether it leaves when it is called.
    leaves: bool,
    orders_at_s: Option<i64>,
    is_gone: bool,
}

impl Visitor {
    /// As `view` has it: the first look is 25 to 15 s before the opening, the others follow after 10 s each
    /// while there is time before the opening.
    fn polls(&self, second: i64) -> bool {
        let first_s = self.returns_s * 10 / 8 - 25;
        let from_s = match second {
            ..0 => first_s,
            _ => self.returns_s,
        };
        !self.is_gone && second >= from_s && (second - from_s) % 10 == 0
    }
}

/// A crowd before a sale.
struct Crowd {
    usher: Usher,
    second: i64,
    available: i64,
    visitors: Vec<Visitor>,
    /// Until when no report arrives.
    lost_until_s: i64,
}

impl Crowd {
    /// So many visitors return in these seconds after the opening; 15 % leave when called.
    fn new(available: i64, visitors: u64, seconds: Range<u64>) -> Self {
        let within_s = seconds.end - seconds.start;
        let visitor = |number: u64| Visitor {
            rank: Rank::Drawn((number + 1) * (u64::MAX / (visitors + 1))),
            returns_s: (seconds.start + number % within_s) as i64,
            leaves: [1, 8, 14].contains(&(number % 20)),
            orders_at_s: None,
            is_gone: false,
        };
        Self {
            usher: Usher::new(SESSION, PATIENT, Stored::default(), OPENS_MS - 30_000),
            second: -30,
            available,
            visitors: (0..visitors).map(visitor).collect(),
            lost_until_s: -30,
        }
    }

    fn step(&mut self) {
        let called = self.usher.stored().window.called();
        let (mut reports, mut orders) = (Vec::new(), Vec::new());
        for one in &mut self.visitors {
            if one.polls(self.second) {
                let rank = one.rank;
                reports.push(Report { rank, polls: true });
                let sees_call = Some(one.rank) <= called;
                one.is_gone = sees_call && one.leaves;
                if sees_call {
                    one.orders_at_s.get_or_insert(self.second + FORM_S);
                }
            }
            if !one.is_gone && one.orders_at_s == Some(self.second) {
                let rank = one.rank;
                orders.push(Ordered { rank, units: 1 });
                one.is_gone = true;
            }
        }
        if self.second < self.lost_until_s {
            reports.clear();
        }
        self.available -= orders.len() as i64;
        let now_ms = OPENS_MS + self.second * 1_000;
        self.usher.step(Facts {
            now_ms,
            control: Control::Running,
            units: Units {
                available: self.available,
                held: 0,
            },
            orders: &orders,
            reports: &reports,
            drawn: match self.second {
                -30 => self.visitors.len() as u64,
                _ => 0,
            },
            arrived: &[],
            counted_until_ms: now_ms,
            unknowing_permille: 0,
            health: Health::default(),
        });
        self.second += 1;
    }

    /// Those who were called, are there and have no order.
    fn inside(&self) -> usize {
        let called = self.usher.stored().window.called();
        let inside = self
            .visitors
            .iter()
            .filter(|one| !one.is_gone && Some(one.rank) <= called);
        inside.count()
    }

    /// Steps until so many seconds after the opening. None who is there is taken for absent, so none is
    /// called for whom there is no unit.
    fn go_to(&mut self, second: i64) {
        while self.second <= second && self.available > 0 {
            self.step();
            let inside = self.inside() as i64;
            assert!(
                inside <= self.available,
                "{inside} of {} at {} s",
                self.available,
                self.second
            );
        }
    }
}

#[test]
fn visitors_in_phase_are_called_until_all_is_sold() {
    for (units, visitors, seconds, rounds) in
        [(3, 6, 4..5, 2), (200, 600, 0..8, 4), (200, 600, 4..5, 4)]
    {
        let mut crowd = Crowd::new(units, visitors, seconds.clone());
        crowd.go_to(rounds * ROUND_S + FORM_S);
        assert_eq!(crowd.available, 0, "{visitors} in {seconds:?}");
    }
}

/// Where the first look is at least two polls before the opening.
#[test]
fn the_first_calls_of_a_crowd_in_phase_come_at_the_opening() {
    for seconds in [0..1, 4..5, 0..8] {
        let mut crowd = Crowd::new(50, 600, seconds.clone());
        crowd.go_to(0);
        assert_eq!(crowd.inside(), 50, "{seconds:?}");
    }
}

#[test]
fn an_outage_takes_none_of_a_crowd_in_phase_for_absent() {
    for (from_s, for_s) in [(12, 9), (12, 30), (31, 14), (38, 120)] {
        let mut crowd = Crowd::new(200, 600, 0..8);
        crowd.go_to(from_s);
        crowd.lost_until_s = crowd.second + for_s;
        crowd.go_to(from_s + for_s + 5 * ROUND_S);
        assert_eq!(crowd.available, 0, "{for_s} s from {from_s} s");
    }
}
