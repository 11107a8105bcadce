//! Who comes to a sale, and what they will do: a pure function of scenario and seed. Moments are those
//! of the opening, and a time before or after it.

use std::time::Duration;

use fastrand::Rng;

use crate::scenario::SaleScenario;

/// How often a bot guesses, and orders early.
const TRIES: usize = 10;
/// The bots' own numbers begin here, so that they are no visitors.
const FIRST_BOT: u32 = 10_000_000;

/// Who comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crowd {
    /// Those who want to buy.
    pub visitors: Vec<Visitor>,
    /// Those who want to buy by other means.
    pub bots: Vec<Bot>,
}

/// A moment, by the opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// So long before it.
    Before(Duration),
    /// So long after it.
    After(Duration),
}

/// A visitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// Its number, which is part of its e-mail address.
    pub number: u32,
    /// When it asks for a ticket.
    pub comes: Moment,
    /// How long it stays, if it leaves without having bought.
    pub stays: Option<Duration>,
    /// How long after its call it orders.
    pub buys_after: Duration,
}

/// A bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bot {
    /// Its number.
    pub number: u32,
    /// When it tries, and the address that it guesses, in the order of time.
    pub tries: Vec<(Moment, String)>,
}

impl Moment {
    /// The moment in a run in which the sale opens at `opens`.
    pub fn of(self, opens: Duration) -> Duration {
        match self {
            Moment::Before(time) => opens.saturating_sub(time),
            Moment::After(time) => opens + time,
        }
    }
}

/// Makes the plan.
pub fn crowd(scenario: &SaleScenario, seed: u64) -> Crowd {
    let mut random = Rng::with_seed(seed);
    let early = (f64::from(scenario.visitors) * scenario.early).round() as u32;
    let leavers = (f64::from(scenario.visitors) * scenario.leave).round() as usize;
    let mut leaves = vec![true; leavers];
    leaves.resize(scenario.visitors as usize, false);
    random.shuffle(&mut leaves);
    let visitors = leaves.into_iter().zip(0..).map(|(leaves, number)| Visitor {
        number,
        comes: match number < early {
            true => Moment::Before(scenario.comes_before.draw(&mut random)),
            false => Moment::After(scenario.comes_after.draw(&mut random)),
        },
        stays: leaves.then(|| scenario.stays.draw(&mut random)),
        buys_after: scenario.buys_after.draw(&mut random),
    });
    let visitors = visitors.collect();
    let bots = (FIRST_BOT..FIRST_BOT + scenario.bots).map(|number| Bot {
        number,
        tries: tries(scenario, &mut random),
    });
    Crowd {
        bots: bots.collect(),
        visitors,
    }
}

/// Half of the tries are before the opening: what is right afterwards must be nothing then.
fn tries(scenario: &SaleScenario, random: &mut Rng) -> Vec<(Moment, String)> {
    let mut tries: Vec<_> = (0..TRIES)
        .map(|place| {
            let moment = match place < TRIES / 2 {
                true => Moment::Before(scenario.comes_before.draw(random)),
                false => Moment::After(scenario.comes_after.draw(random)),
            };
            // As long as a purchase address, in base64url.
            let code: String = (0..22).map(|_| random.alphanumeric()).collect();
            (moment, code)
        })
        .collect();
    let far = Duration::from_secs(7 * 24 * 60 * 60);
    tries.sort_by_key(|(moment, _)| moment.of(far));
    tries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Span;

    fn scenario() -> SaleScenario {
        let span = |text| Span::parse(text).unwrap();
        SaleScenario {
            id: "drop".to_owned(),
            visitors: 200,
            early: 0.6,
            leave: 0.3,
            bots: 2,
            comes_before: span("1s..20s"),
            comes_after: span("0s..10s"),
            stays: span("5s..30s"),
            buys_after: span("1s..4s"),
        }
    }

    #[test]
    fn a_seed_has_one_crowd_and_another_seed_another_one() {
        assert_eq!(crowd(&scenario(), 3), crowd(&scenario(), 3));
        assert_ne!(crowd(&scenario(), 3), crowd(&scenario(), 4));
    }

    #[test]
    fn shares_are_exact_and_independent_of_each_other() {
        let Crowd { visitors, bots } = crowd(&scenario(), 3);
        let is_early = |one: &Visitor| matches!(one.comes, Moment::Before(_));
        let early: Vec<_> = visitors.iter().filter(|one| is_early(one)).collect();
        let leavers = visitors.iter().filter(|one| one.stays.is_some()).count();
        assert_eq!((early.len(), leavers), (120, 60));
        let early_leavers = early.iter().filter(|one| one.stays.is_some()).count();
        assert!((20..=52).contains(&early_leavers), "{early_leavers}");
        let opens = Duration::from_secs(100);
        for bot in &bots {
            assert!(bot.tries.is_sorted_by_key(|(moment, _)| moment.of(opens)));
            let before = bot
                .tries
                .iter()
                .filter(|(moment, _)| moment.of(opens) < opens);
            assert_eq!(before.count(), TRIES / 2);
        }
    }
}
