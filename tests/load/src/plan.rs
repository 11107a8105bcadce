//! The plan of a run: which request is sent when. A pure function of scenario and seed.

use std::time::Duration;

use bytes::Bytes;
use fastrand::Rng;
use http::{HeaderValue, Request};

use crate::scenario::{Crowd, SEED, Scenario, Step, filled};

/// Everything that will be sent, in the order of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The requests.
    pub requests: Vec<Planned>,
}

/// A request that will be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// When, from the beginning of the run.
    pub at: Duration,
    /// The number of the visit that it belongs to.
    pub visit: u32,
    /// Which step of its journey it is.
    pub step: Step,
}

/// Draws of one purpose do not change with what others draw.
fn random(seed: u64, purpose: u64) -> Rng {
    // Both are spread over all bits, or neighbouring seeds would draw alike.
    let spread = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31);
    Rng::with_seed(spread ^ purpose.wrapping_mul(0xd1b5_4a32_d192_ed03))
}

impl Plan {
    /// Makes the plan of a scenario.
    pub fn of(scenario: &Scenario) -> Self {
        let mut requests = Vec::new();
        let mut visit = 0;
        for (place, crowd) in scenario.crowds.iter().enumerate() {
            let mut random = random(scenario.seed, place as u64);
            for arrives in crowd.arrivals.moments(&mut random) {
                add_visit(scenario, crowd, visit, arrives, &mut random, &mut requests);
                visit += 1;
            }
        }
        // Stable, so that requests of one moment keep the order of the file.
        requests.sort_by_key(|planned| planned.at);
        Self { requests }
    }

    /// When the last request is sent.
    pub fn ends(&self) -> Duration {
        self.requests
            .last()
            .map(|planned| planned.at)
            .unwrap_or_default()
    }
}

fn add_visit(
    scenario: &Scenario,
    crowd: &Crowd,
    visit: u32,
    arrives: Duration,
    random: &mut Rng,
    requests: &mut Vec<Planned>,
) {
    let journey = &scenario.journeys[chosen(&crowd.journeys, random)];
    let choices: Vec<_> = scenario
        .choices
        .iter()
        .map(|(name, choices)| {
            (
                name.as_str(),
                choices[random.usize(..choices.len())].as_str(),
            )
        })
        .collect();
    let (number, seed) = (visit.to_string(), scenario.seed.to_string());
    let value = |name: &str| {
        let choice = choices.iter().find(|(known, _)| *known == name);
        match (choice, name) {
            (Some((_, choice)), _) => choice,
            (None, SEED) => seed.as_str(),
            (None, _) => number.as_str(),
        }
    };
    let header = |text: &HeaderValue| match text.to_str() {
        Ok(text) => {
            HeaderValue::try_from(filled(text, value)).expect("choices were tried in headers")
        }
        Err(_) => text.clone(),
    };
    let mut at = crowd.starts + arrives;
    for step in journey {
        at += step.after.draw(random);
        let step = Step {
            path: filled(&step.path, value),
            body: filled(&step.body, value),
            headers: step
                .headers
                .iter()
                .map(|(name, text)| (name.clone(), header(text)))
                .collect(),
            ..step.clone()
        };
        requests.push(Planned { at, visit, step });
    }
}

/// A journey, by weight.
fn chosen<'a>(journeys: &'a [(String, u32)], random: &mut Rng) -> &'a str {
    let all: u64 = journeys.iter().map(|(_, weight)| u64::from(*weight)).sum();
    let mut left = random.u64(..all.max(1));
    for (name, weight) in journeys {
        match left.checked_sub(u64::from(*weight)) {
            Some(rest) => left = rest,
            None => return name,
        }
    }
    unreachable!("the number is below the sum of the weights, which is not 0")
}

impl Planned {
    /// The request itself.
    ///
    /// # Panics
    /// When the step has no path: those of a file have one whatever is chosen.
    pub fn request(&self) -> Request<Bytes> {
        let Step {
            method,
            path,
            headers,
            body,
            ..
        } = &self.step;
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let body = Bytes::from(body.clone());
        request.body(body).expect("the scenario has paths")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::read;

    fn scenario(seed: u64) -> Scenario {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/browsing.toml");
        let scenario = read(&file).unwrap();
        Scenario { seed, ..scenario }
    }

    #[test]
    fn a_seed_has_one_plan_and_another_seed_another_one() {
        let plan = Plan::of(&scenario(1));
        assert!(plan.requests.len() > 100);
        assert!(plan.requests.is_sorted_by_key(|planned| planned.at));
        assert_eq!(plan, Plan::of(&scenario(1)));
        assert_ne!(plan, Plan::of(&scenario(2)));
    }

    #[test]
    fn a_crowd_changes_nothing_for_those_before_it() {
        let one = scenario(1);
        let mut two = one.clone();
        two.crowds.extend(one.crowds.clone());
        let (one, two) = (Plan::of(&one), Plan::of(&two));
        let visits = one
            .requests
            .iter()
            .map(|planned| planned.visit)
            .max()
            .unwrap();
        let first = two
            .requests
            .into_iter()
            .filter(|planned| planned.visit <= visits);
        assert_eq!(first.collect::<Vec<_>>(), one.requests);
    }
}
