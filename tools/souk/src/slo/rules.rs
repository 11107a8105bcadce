//! The alerts of targets for Prometheus, on figures of all instances together.
//!
//! A goal has a rule for each pair of windows, with the factors of [`super::burn`].

use std::fmt::Write as _;

use souk_shop_folder::slo::Target;

use super::burn::{Goal, PAIRS, Pair};

const REQUESTS: &str = "souk_request_duration_seconds_count";
const WITHIN: &str = "souk_request_duration_seconds_bucket";
const FAILURES: &str = "souk_failures_total";
const FAILURES_OF_CLASS: &str = "souk_failures_by_class_total";

/// The file with the rules.
pub(super) fn rules(targets: &[Target]) -> String {
    let mut text = String::from(
        "# Printed by `souk slo rules` from slo.toml: how fast a target uses up what it may miss\n\
         # (The Site Reliability Workbook, chapter 5). On figures of all instances together\n\
         # (\"Figures of all instances\" in operating.md).\n\
         groups:\n  - name: souk-slo\n    rules:\n",
    );
    for goal in Goal::of_all(targets) {
        for pair in &PAIRS {
            write_rule(&mut text, &goal, pair);
        }
    }
    text
}

fn write_rule(text: &mut String, goal: &Goal, pair: &Pair) {
    let name = match goal.under_ms {
        None => "SoukTargetAvailability",
        Some(_) => "SoukTargetTime",
    };
    let allowed = (1.0 - goal.wanted) * pair.factor;
    let missed = |window_s| missed(goal, window_s);
    let (long, short) = (missed(pair.long_s), missed(pair.short_s));
    let (class, what) = (&goal.class, goal.what());
    let severity = match pair.short_s < 600 {
        true => "page",
        false => "ticket",
    };
    // Ten digits are as many as a share of six digits times a factor has.
    let allowed = format!("{allowed:.10}");
    let allowed = allowed.trim_end_matches('0');
    let text_of_rule = format!(
        "      - alert: {name}\n\
         \x20       expr: >-\n\
         \x20         {long} > {allowed}\n\
         \x20         and {short} > {allowed}\n\
         \x20       labels:\n\
         \x20         class: {class}\n\
         \x20         severity: {severity}\n\
         \x20       annotations:\n\
         \x20         summary: \"Requests ({class}) miss their target, {what}, {} times as fast as they may: {}.\"\n",
        pair.factor, pair.name,
    );
    text.write_str(&text_of_rule)
        .expect("a String takes all text");
}

/// The share of the requests of a window that missed a goal.
fn missed(goal: &Goal, window_s: i64) -> String {
    let window = match window_s % 3_600 {
        0 => format!("{}h", window_s / 3_600),
        _ => format!("{}m", window_s / 60),
    };
    let class = match goal.class.as_str() {
        "all" => String::new(),
        class => format!("class=\"{class}\""),
    };
    let sum = |metric: &str, labels: &[&str]| {
        let labels = labels.iter().filter(|label| !label.is_empty());
        let labels: Vec<_> = labels.copied().collect();
        let labels = match labels.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", labels.join(",")),
        };
        format!("sum(rate({metric}{labels}[{window}]))")
    };
    let all = sum(REQUESTS, &[&class]);
    match goal.under_ms {
        None if class.is_empty() => format!("{} / {all}", sum(FAILURES, &[])),
        None => format!("{} / {all}", sum(FAILURES_OF_CLASS, &[&class])),
        Some(ms) => {
            let bound = f64::from(ms) / 1_000.0;
            let within = sum(WITHIN, &[&class, &format!("le=\"{bound}\"")]);
            format!("1 - {within} / {all}")
        }
    }
}

#[cfg(test)]
mod tests {
    use souk_shop_folder::slo::{DEFAULT, read};

    use super::*;

    #[test]
    fn each_goal_has_a_rule_for_each_pair_of_windows() {
        let targets = read(DEFAULT, &mut Vec::new());
        let rules = rules(&targets);
        assert_eq!(rules.matches("- alert: SoukTargetAvailability").count(), 8);
        assert_eq!(rules.matches("- alert: SoukTargetTime").count(), 8);
        let line = "          1 - sum(rate(souk_request_duration_seconds_bucket{class=\"read\",le=\"0.5\"}[1h])) \
                    / sum(rate(souk_request_duration_seconds_count{class=\"read\"}[1h])) > 0.144\n";
        assert!(rules.contains(line), "{rules}");
        let line = "          and sum(rate(souk_failures_total[5m])) \
                    / sum(rate(souk_request_duration_seconds_count[5m])) > 0.0144\n";
        assert!(rules.contains(line), "{rules}");
    }
}
