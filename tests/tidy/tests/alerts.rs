//! Rules for alerts name figures that exist, and each has a history on which it fires and one on which
//! it does not. `cargo xtask alerts` evaluates them.

use std::collections::BTreeSet;

use souk_tidy::{files, read};

const RULES: &str = "docs/alerts.yml";
const HISTORIES: &str = "tests/alerts/alerts.test.yml";

/// What stands behind the name of a family where it is a latency.
const PARTS: [&str; 3] = ["_bucket", "_count", "_sum"];

/// Names that begin with `souk_` and are no label or function.
fn names(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let words = text.split(|c: char| !is_part(c));
    let words = words.filter(|word| word.starts_with("souk_"));
    words.map(str::to_owned).collect()
}

#[test]
fn every_figure_of_a_rule_is_one_that_a_function_has() {
    let code: String = files(".rs")
        .into_iter()
        .filter(|path| path.starts_with("shared"))
        .map(read)
        .collect();
    for rules in [RULES, HISTORIES] {
        let named = names(&read(rules));
        assert!(!named.is_empty(), "{rules}");
        for name in named {
            let family = PARTS.iter().find_map(|part| name.strip_suffix(part));
            let known = |name: &str| code.contains(&format!("\"{name}\""));
            assert!(
                known(&name) || family.is_some_and(known),
                "{rules} names {name}, which no function has"
            );
        }
    }
}

#[test]
fn every_rule_has_a_history_on_which_it_fires_and_one_on_which_it_does_not() {
    let rules = read(RULES);
    let alerts = rules.lines().filter_map(|line| {
        let (_, alert) = line.split_once("- alert: ")?;
        Some(alert)
    });
    let alerts: BTreeSet<_> = alerts.collect();
    assert!(alerts.len() > 15, "{alerts:?}");
    let histories = read(HISTORIES);
    let (mut silent, mut firing) = (BTreeSet::new(), BTreeSet::new());
    for case in histories.split("alertname: ").skip(1) {
        let end = case.find([',', '\n']).unwrap_or(case.len());
        let (alert, rest) = case.split_at(end);
        let of_it = match rest.contains("exp_alerts: []") {
            true => &mut silent,
            false => &mut firing,
        };
        of_it.insert(alert);
    }
    assert_eq!(silent, alerts, "rules that are seen silent");
    assert_eq!(firing, alerts, "rules that are seen firing");
}

/// An operator who gets an alert looks up its figure there.
#[test]
fn every_figure_of_a_rule_is_in_the_manual() {
    let manual = names(&read("docs/operating.md"));
    for name in names(&read(RULES)) {
        let family = PARTS.iter().find_map(|part| name.strip_suffix(part));
        let name = family.unwrap_or(&name);
        assert!(manual.contains(name), "docs/operating.md lacks {name}");
    }
}
