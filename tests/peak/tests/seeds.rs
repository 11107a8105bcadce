//! A bounded number of runs, the same every time. More: `cargo xtask peak`.

use std::collections::BTreeMap;

use souk_peak::{Plan, run};

/// Runs of the test.
const SEEDS: u64 = 40;
/// Seeds that once broke a rule, and what was wrong.
const FOUND: [(u64, &str); 8] = [
    (2, "reports that stopped made all visitors absent"),
    (
        5,
        "after a restart those who were not heard yet were passed over",
    ),
    (
        20,
        "reports of one second after a restart counted as hearing",
    ),
    (
        23,
        "the window moved past tickets that were still to be issued",
    ),
    (
        190,
        "after a restart more reports were waited for than visitors were left",
    ),
    (
        212,
        "visitors of an edge without a pulse were passed over at the opening",
    ),
    (225, "an estimate went on while nothing was counted"),
    (395, "none was called because of what an edge might have"),
];
/// What must happen in these runs, or they would prove little.
const KINDS: [&str; 12] = [
    "arrived",
    "called",
    "drawn",
    "expired",
    "guesses",
    "killed",
    "limit exceeded",
    "missed",
    "no ticket for a moment",
    "placed",
    "reply was lost",
    "window moved",
];

/// Runs one plan, which must not break a rule; how often what happened.
fn check(plan: &Plan) -> BTreeMap<&'static str, u64> {
    let outcome = run(plan);
    if let Some(failure) = outcome.failure {
        panic!("{failure:?}\nsee `cargo xtask peak --seed {}`", plan.seed);
    }
    outcome.counts
}

#[test]
fn every_rule_holds_and_everything_happens() {
    let threads = 2;
    let mut happened: BTreeMap<&str, u64> = BTreeMap::new();
    std::thread::scope(|scope| {
        let turns: Vec<_> = (0..threads)
            .map(|turn| {
                let seeds = (1..=SEEDS).filter(move |seed| seed % threads == turn);
                scope.spawn(move || seeds.map(|seed| check(&Plan::of(seed))).collect::<Vec<_>>())
            })
            .collect();
        for turn in turns {
            let counts = turn.join().expect("every seed keeps the rules");
            for (what, count) in counts.into_iter().flatten() {
                *happened.entry(what).or_default() += count;
            }
        }
    });
    for kind in KINDS {
        let often = happened.get(kind).copied().unwrap_or_default();
        assert!(often >= 3, "{kind} happened {often} times: {happened:#?}");
    }
}

#[test]
fn a_hundred_thousand_visitors_are_served_in_their_order() {
    let counts = check(&Plan::crowd(1));
    assert!(
        counts["drawn"] > 55_000 && counts["placed"] >= 1_000,
        "{counts:?}"
    );
}

#[test]
fn seeds_that_once_broke_a_rule_do_not_any_more() {
    for (seed, _) in FOUND {
        check(&Plan::of(seed));
    }
}

#[test]
fn a_run_follows_from_its_seed() {
    for seed in [3, 4] {
        let (first, again) = (run(&Plan::of(seed)), run(&Plan::of(seed)));
        assert!(first.events > 1_000);
        assert_eq!(first, again, "seed {seed}");
    }
}
