//! Which member of a pool a request goes to, and which members are left out for a while. Pure: the
//! caller passes the time and the random start in, and sends the requests.
//!
//! Members take turns by smooth weighted round robin, the algorithm of nginx: each choice adds every
//! member's weight to its credit, takes the member with the most credit, and takes the weight of all
//! from that one. So any run of choices as long as the sum of the weights has each member exactly as
//! often as its weight, and a heavy member's turns lie apart.
//!
//! A member that fails is ejected: it gets nothing for half a second, for twice as long after each
//! further failure in a row. Then one cheap request at a time, a probe, finds out whether it is back.
//! A member that is slow is ejected only while half of the members stay: slowness may come from a store
//! that all share, and then the others would get more than they can bear. If all are ejected, all are
//! tried.
//!
//! Not here: what a failure is and what a probe is (`pool`).

use souk_ports::is_within;

/// For how long a member is ejected the first time, in milliseconds; doubled for each failure in a row.
/// A call's own repetitions come earlier than that, so they go to other members.
pub const EJECTED_MS: i64 = 500;
/// For how long it is ejected at most, in milliseconds.
pub const EJECTED_MS_MAX: i64 = 30_000;
/// A probe that is not over by then counts as failed, in milliseconds.
pub const PROBE_MS_MAX: u32 = 2_000;

/// How a member is chosen among those that are not ejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// Each in its turn, as often as its weight says.
    #[default]
    RoundRobin,
    /// The one that has the fewest requests in flight for its weight; of several the one whose turn
    /// it is.
    LeastInFlight,
}

/// How a request to a member ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// The member answered.
    Answered,
    /// It said that it, or the store behind it, has too much to do.
    Busy,
    /// No answer came in time.
    Slow,
    /// It cannot be reached, or is no origin of this shop.
    Failed,
}

/// A member that gets nothing at the moment.
#[derive(Debug, Clone, Copy)]
struct Ejected {
    since_ms: i64,
    lasts_ms: i64,
    probe_since_ms: Option<i64>,
}

#[derive(Debug)]
struct Member {
    weight: i64,
    credit: i64,
    in_flight: u32,
    /// Since it answered last.
    failures: u32,
    ejected: Option<Ejected>,
}

/// The members of a pool, in the order of the settings, as one instance knows them.
#[derive(Debug)]
pub struct Balancer {
    members: Vec<Member>,
    policy: Policy,
}

impl Balancer {
    /// Members with these weights, which are at least 1, at a random place of their turns: instances
    /// that live for a few requests would otherwise all begin with the heaviest one.
    pub fn new(weights: &[u32], policy: Policy, random: u64) -> Self {
        let members = weights.iter().map(|&weight| Member {
            weight: weight.max(1).into(),
            credit: 0,
            in_flight: 0,
            failures: 0,
            ejected: None,
        });
        let mut balancer = Self {
            members: members.collect(),
            policy,
        };
        let all: u64 = weights.iter().map(|&weight| u64::from(weight.max(1))).sum();
        (0..random % all.max(1)).for_each(|_| {
            balancer.choose();
        });
        balancer
    }

    /// The member that the next request goes to.
    ///
    /// # Panics
    /// When there are no members: settings have one at least.
    pub fn choose(&mut self) -> usize {
        let all_are_ejected = self.members.iter().all(|member| member.ejected.is_some());
        let may = |member: &Member| all_are_ejected || member.ejected.is_none();
        let least = match self.policy {
            Policy::RoundRobin => None,
            Policy::LeastInFlight => {
                let candidates = self.members.iter().filter(|member| may(member));
                candidates.map(Member::load).reduce(lesser)
            }
        };
        let (mut chosen, mut sum) = (None, 0);
        for (place, member) in self.members.iter_mut().enumerate() {
            let is_least = least.is_none_or(|least| !is_more(member.load(), least));
            if !may(member) || !is_least {
                continue;
            }
            member.credit += member.weight;
            sum += member.weight;
            if chosen.is_none_or(|(_, most)| member.credit > most) {
                chosen = Some((place, member.credit));
            }
        }
        let (chosen, _) = chosen.expect("a pool has members");
        self.members[chosen].credit -= sum;
        chosen
    }

    /// An ejected member that is to be probed now, if there is one. It counts as being probed from
    /// now on.
    pub fn due(&mut self, now_ms: i64) -> Option<usize> {
        let is_due = |member: &Member| {
            member.ejected.is_some_and(|ejected| {
                let probed = ejected
                    .probe_since_ms
                    .is_some_and(|since_ms| is_within(PROBE_MS_MAX.into(), since_ms, now_ms));
                !probed && !is_within(ejected.lasts_ms, ejected.since_ms, now_ms)
            })
        };
        let place = self.members.iter().position(is_due)?;
        if let Some(ejected) = &mut self.members[place].ejected {
            ejected.probe_since_ms = Some(now_ms);
        }
        Some(place)
    }

    /// A request goes to a member.
    pub fn began(&mut self, place: usize) {
        self.members[place].in_flight += 1;
    }

    /// A request to a member is over, in whatever way.
    pub fn left(&mut self, place: usize) {
        let in_flight = &mut self.members[place].in_flight;
        *in_flight = in_flight.saturating_sub(1);
    }

    /// Records how a request ended. Says whether the member is ejected by that.
    pub fn ended(&mut self, place: usize, attempt: Attempt, now_ms: i64) -> bool {
        let ejected = self.members.iter().filter(|one| one.ejected.is_some());
        let half_stays = (ejected.count() + 1) * 2 <= self.members.len();
        let member = &mut self.members[place];
        match attempt {
            Attempt::Answered => {
                member.failures = 0;
                member.ejected = None;
                false
            }
            Attempt::Busy => false,
            // Others of its requests were under way when it was ejected.
            Attempt::Slow | Attempt::Failed if member.ejected.is_some() => false,
            Attempt::Slow if !half_stays => false,
            Attempt::Slow | Attempt::Failed => {
                member.eject(now_ms);
                true
            }
        }
    }

    /// Records how a probe ended. A member that is back gets requests again; only an answer to one of
    /// these ends its row of failures.
    pub fn probed(&mut self, place: usize, is_back: bool, now_ms: i64) {
        let member = &mut self.members[place];
        match is_back {
            true => member.ejected = None,
            false => member.eject(now_ms),
        }
    }

    /// Whether a member is ejected.
    pub fn is_ejected(&self, place: usize) -> bool {
        self.members[place].ejected.is_some()
    }

    /// Requests to a member that are not over.
    pub fn in_flight(&self, place: usize) -> u32 {
        self.members[place].in_flight
    }
}

impl Member {
    /// Requests that it would have in flight with one more, and its weight.
    fn load(&self) -> (i64, i64) {
        (i64::from(self.in_flight) + 1, self.weight)
    }

    fn eject(&mut self, now_ms: i64) {
        let doubled = EJECTED_MS << self.failures.min(6);
        self.failures = self.failures.saturating_add(1);
        self.ejected = Some(Ejected {
            since_ms: now_ms,
            lasts_ms: doubled.min(EJECTED_MS_MAX),
            probe_since_ms: None,
        });
    }
}

/// Whether one fraction is more than another.
fn is_more(one: (i64, i64), other: (i64, i64)) -> bool {
    one.0 * other.1 > other.0 * one.1
}

fn lesser(one: (i64, i64), other: (i64, i64)) -> (i64, i64) {
    if is_more(one, other) { other } else { one }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn chosen(balancer: &mut Balancer, times: usize) -> Vec<usize> {
        (0..times).map(|_| balancer.choose()).collect()
    }

    fn counts(chosen: &[usize], members: usize) -> Vec<usize> {
        let count = |place| chosen.iter().filter(|&&one| one == place).count();
        (0..members).map(count).collect()
    }

    #[test]
    fn the_turns_of_a_heavy_member_lie_apart() {
        let mut balancer = Balancer::new(&[5, 1, 1], Policy::RoundRobin, 0);
        // The example of nginx: a a b a c a a.
        assert_eq!(chosen(&mut balancer, 7), [0, 0, 1, 0, 2, 0, 0]);
    }

    proptest! {
        #[test]
        fn any_run_as_long_as_all_weights_has_each_member_as_often_as_its_weight(
            weights in vec(1_u32..=20, 1..=8),
            random: u64,
            skipped in 0_usize..500,
        ) {
            let mut balancer = Balancer::new(&weights, Policy::RoundRobin, random);
            chosen(&mut balancer, skipped);
            let all: u32 = weights.iter().sum();
            let run = chosen(&mut balancer, all as usize);
            let wanted: Vec<_> = weights.iter().map(|&weight| weight as usize).collect();
            prop_assert_eq!(counts(&run, weights.len()), wanted);
        }

        #[test]
        fn any_window_is_within_two_hundredths_of_the_weights(
            weights in vec(1_u32..=20, 1..=8),
            random: u64,
            skipped in 0_usize..500,
            window in 500_usize..3_000,
        ) {
            let mut balancer = Balancer::new(&weights, Policy::RoundRobin, random);
            chosen(&mut balancer, skipped);
            let counts = counts(&chosen(&mut balancer, window), weights.len());
            let all: u32 = weights.iter().sum();
            for (count, weight) in counts.iter().zip(&weights) {
                let share = *count as f64 / window as f64;
                let wanted = f64::from(*weight) / f64::from(all);
                prop_assert!((share - wanted).abs() <= 0.02, "{share} for {wanted}");
            }
        }

        #[test]
        fn members_that_are_ejected_get_nothing_and_the_others_by_their_weights(
            weights in vec(1_u32..=20, 2..=8),
            random: u64,
            failing in vec(any::<bool>(), 8),
        ) {
            let mut balancer = Balancer::new(&weights, Policy::RoundRobin, random);
            let fails = |place: usize| place > 0 && failing[place];
            for place in (0..weights.len()).filter(|&place| fails(place)) {
                prop_assert!(balancer.ended(place, Attempt::Failed, 0));
            }
            let weight = |place: usize| if fails(place) { 0 } else { weights[place] as usize };
            let wanted: Vec<_> = (0..weights.len()).map(weight).collect();
            let rest = wanted.iter().sum::<usize>();
            chosen(&mut balancer, rest);
            let run = chosen(&mut balancer, rest * 100);
            let counted = counts(&run, weights.len());
            for (count, weight) in counted.iter().zip(&wanted) {
                let expected = weight * 100;
                prop_assert!(count.abs_diff(expected) * 50 <= rest * 100, "{counted:?}: {wanted:?}");
                prop_assert_eq!(*count == 0, *weight == 0);
            }
        }

        #[test]
        fn the_fewest_in_flight_never_differ_by_more_than_one_for_equal_weights(
            members in 1_usize..=8,
            random: u64,
            steps in vec(any::<bool>(), 1..300),
        ) {
            let weights = vec![3; members];
            let mut balancer = Balancer::new(&weights, Policy::LeastInFlight, random);
            let mut under_way = std::collections::VecDeque::new();
            for begins in steps {
                if begins {
                    let loads: Vec<_> = (0..members).map(|place| balancer.in_flight(place)).collect();
                    let place = balancer.choose();
                    prop_assert_eq!(Some(&loads[place]), loads.iter().min());
                    balancer.began(place);
                    under_way.push_back(place);
                } else if let Some(place) = under_way.pop_front() {
                    balancer.left(place);
                }
            }
        }
    }

    #[test]
    fn short_lived_instances_begin_at_every_place() {
        let firsts = |random| Balancer::new(&[3, 1], Policy::RoundRobin, random).choose();
        let firsts: Vec<_> = (0..400).map(firsts).collect();
        assert_eq!(counts(&firsts, 2), [300, 100]);
    }

    #[test]
    fn the_fewest_in_flight_are_counted_by_weight() {
        let mut balancer = Balancer::new(&[4, 1], Policy::LeastInFlight, 0);
        let mut taken = [0, 0];
        for _ in 0..50 {
            let place = balancer.choose();
            balancer.began(place);
            taken[place] += 1;
        }
        assert_eq!(taken, [40, 10]);
        // The heavy one hangs: all that is new goes to the other one until it is as full.
        for _ in 0..10 {
            balancer.left(1);
        }
        for _ in 0..9 {
            let place = balancer.choose();
            assert_eq!(place, 1);
            balancer.began(place);
        }
    }

    #[test]
    fn a_member_that_fails_is_out_for_twice_as_long_each_time_until_it_answers() {
        let mut balancer = Balancer::new(&[1, 1], Policy::RoundRobin, 0);
        let mut now_ms = 1_000;
        let mut lasts_ms = EJECTED_MS;
        assert!(balancer.ended(0, Attempt::Failed, now_ms));
        assert!(
            !balancer.ended(0, Attempt::Failed, now_ms),
            "one more that was under way"
        );
        for _ in 0..10 {
            assert!(balancer.is_ejected(0));
            assert_eq!(balancer.due(now_ms + lasts_ms - 1), None);
            now_ms += lasts_ms;
            assert_eq!(balancer.due(now_ms), Some(0));
            assert_eq!(balancer.due(now_ms), None, "one probe at a time");
            balancer.probed(0, false, now_ms);
            lasts_ms = (lasts_ms * 2).min(EJECTED_MS_MAX);
        }
        assert_eq!(lasts_ms, EJECTED_MS_MAX);
        now_ms += lasts_ms;
        assert_eq!(balancer.due(now_ms), Some(0));
        balancer.probed(0, true, now_ms);
        assert!(!balancer.is_ejected(0));
        // It answers probes and fails requests: it is no better than before.
        assert!(balancer.ended(0, Attempt::Failed, now_ms));
        assert_eq!(balancer.due(now_ms + EJECTED_MS_MAX - 1), None);
        balancer.ended(0, Attempt::Answered, now_ms);
        assert!(balancer.ended(0, Attempt::Failed, now_ms));
        assert_eq!(balancer.due(now_ms + EJECTED_MS), Some(0));
    }

    #[test]
    fn a_probe_that_never_ends_is_made_again() {
        let mut balancer = Balancer::new(&[1, 1], Policy::RoundRobin, 0);
        balancer.ended(1, Attempt::Failed, 0);
        assert_eq!(balancer.due(EJECTED_MS), Some(1));
        let later = EJECTED_MS + i64::from(PROBE_MS_MAX);
        assert_eq!(balancer.due(later - 1), None);
        assert_eq!(balancer.due(later), Some(1));
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_no_member_out() {
        const HOUR_MS: i64 = 3_600_000;
        let mut balancer = Balancer::new(&[1, 1], Policy::RoundRobin, 0);
        balancer.ended(0, Attempt::Failed, HOUR_MS);
        assert_eq!(balancer.due(0), Some(0));
    }

    #[test]
    fn if_all_are_ejected_all_are_tried() {
        let mut balancer = Balancer::new(&[1, 2, 3], Policy::RoundRobin, 0);
        for place in 0..3 {
            assert!(balancer.ended(place, Attempt::Failed, 0));
        }
        assert_eq!(counts(&chosen(&mut balancer, 600), 3), [100, 200, 300]);
        assert!(!balancer.ended(1, Attempt::Answered, 0));
        assert_eq!(chosen(&mut balancer, 5), [1; 5]);
    }

    #[test]
    fn of_slow_members_at_most_half_are_ejected_and_busy_ones_never() {
        let mut balancer = Balancer::new(&[1; 4], Policy::RoundRobin, 0);
        let slow: Vec<_> = (0..4)
            .map(|place| balancer.ended(place, Attempt::Slow, 0))
            .collect();
        assert_eq!(slow, [true, true, false, false]);
        assert!(!balancer.ended(3, Attempt::Busy, 0) && !balancer.is_ejected(3));
        assert!(balancer.ended(3, Attempt::Failed, 0), "it is not there");
        let mut alone = Balancer::new(&[1], Policy::RoundRobin, 0);
        assert!(!alone.ended(0, Attempt::Slow, 0));
    }
}
