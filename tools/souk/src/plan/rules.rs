//! `souk plan rules`: rules for Prometheus that fire and clear in the same seconds as the steps.
//!
//! An alert holds on by its own `ALERTS` until `clear` holds, so its expression has the state that a
//! step has; both branches have one set of labels, else each would have a `for` of its own. A window of
//! `N` seconds is half a second shorter here: so it has `N` samples, whether the ends of ranges belong
//! to them or not. Checked by `cargo xtask plan-reference`.
//!
//! Prometheus knows no `max`, and neither what people do by hand.

use std::fmt::Write as _;

use souk_operations::plan::{Begin, Condition, Held, Plan, Step};
use souk_shop_folder::plan::decimal;

/// The metric of all signals, by their names.
const METRIC: &str = "souk_signal";

/// The rules of the steps that begin by signals, as YAML.
pub(super) fn rules(plan: &Plan) -> String {
    let steps = plan.steps.iter();
    let alerts: String = steps.filter_map(alert).collect();
    let rules = match alerts.is_empty() {
        true => " []\n".to_owned(),
        false => format!("\n{alerts}"),
    };
    format!("groups:\n  - name: souk-plan\n    interval: 1s\n    rules:{rules}")
}

fn alert(step: &Step) -> Option<String> {
    let Begin::When(when) = &step.begin else {
        return None;
    };
    let id = &step.id;
    let firing = format!("ALERTS{{alertname=\"{id}\",alertstate=\"firing\"}}");
    let stays = match &step.clear {
        Some(clear) => format!("({firing} unless on() ({}))", all(clear)),
        None => firing,
    };
    let expression = format!("vector(1) and on() (({}) or on() {stays})", all(when));
    let mut text = format!("      - alert: {id}\n        expr: '{expression}'\n");
    let spans = [
        ("for", when.for_s),
        (
            "keep_firing_for",
            step.clear.as_ref().map_or(0, |clear| clear.for_s),
        ),
    ];
    for (name, span_s) in spans.into_iter().filter(|(_, span_s)| *span_s > 0) {
        let _ = writeln!(text, "        {name}: {span_s}s");
    }
    Some(text)
}

fn all(held: &Held) -> String {
    let conditions: Vec<_> = held.all.iter().map(condition).collect();
    conditions.join(" and on() ")
}

fn condition(condition: &Condition) -> String {
    let Condition {
        aggregate,
        comparison,
        over_s,
        signal,
        ..
    } = condition;
    let range_ms = i64::from(*over_s) * 1_000 - 500;
    format!(
        "{}_over_time({METRIC}{{signal=\"{}\"}}[{range_ms}ms]) {} {}",
        aggregate.name(),
        signal.name(),
        comparison.name(),
        decimal(condition.bound_millionths)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_an_alert_that_holds_on_until_it_is_clear() {
        let text = r#"
[[step]]
id = "slow"
when = { all = ["avg origin.p99 over 10s > 400ms", "min switches.applied over 1s < 99.5%"], for = "10s" }
clear = { all = ["avg origin.p99 over 10s < 200ms"], for = "60s" }
do = ["level 2"]

[[step]]
id = "call"
task = "Call the carrier"
owner = "bea"
due = 2026-11-11T00:00:00Z
"#;
        let plan = souk_shop_folder::plan::read(text, &[], &mut Vec::new()).unwrap();
        let expected = r#"groups:
  - name: souk-plan
    interval: 1s
    rules:
      - alert: slow
        expr: 'vector(1) and on() ((avg_over_time(souk_signal{signal="origin.p99"}[9500ms]) > 400 and on() min_over_time(souk_signal{signal="switches.applied"}[500ms]) < 0.995) or on() (ALERTS{alertname="slow",alertstate="firing"} unless on() (avg_over_time(souk_signal{signal="origin.p99"}[9500ms]) < 200)))'
        for: 10s
        keep_firing_for: 60s
"#;
        assert_eq!(rules(&plan), expected);
    }
}
