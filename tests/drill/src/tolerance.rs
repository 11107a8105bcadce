//! Which outputs of a probe are good.

use regex::Regex;
use serde_json::Value;

use crate::variables::{Variables, plain};

/// Whether an output is within a tolerance that was checked.
pub(crate) fn is_within(tolerance: &Value, output: &Value, variables: &Variables) -> bool {
    let tolerance = match tolerance {
        Value::String(_) => variables.put_into(tolerance),
        other => other.clone(),
    };
    // A number is about the status, where there is one.
    let status = output.get("status");
    match &tolerance {
        Value::Number(_) => status.unwrap_or(output) == &tolerance,
        Value::Array(good) => match (status, good.as_slice()) {
            (Some(status), _) => good.contains(status),
            (None, [low, high]) => {
                let [low, high, found] = [low, high, output].map(Value::as_f64);
                found.is_some_and(|found| {
                    low.is_some_and(|low| low <= found) && high.is_some_and(|high| found <= high)
                })
            }
            (None, _) => good.contains(output),
        },
        Value::Object(table) => is_within_table(table, output, variables),
        Value::Bool(_) | Value::String(_) | Value::Null => output == &tolerance,
    }
}

fn is_within_table(
    tolerance: &serde_json::Map<String, Value>,
    output: &Value,
    variables: &Variables,
) -> bool {
    let target = tolerance.get("target").and_then(Value::as_str);
    let found = target
        .and_then(|target| output.get(target))
        .unwrap_or(output);
    let text = plain(found);
    if let Some(pattern) = tolerance.get("pattern").and_then(Value::as_str) {
        let pattern = Regex::new(&variables.text(pattern));
        return pattern.is_ok_and(|pattern| pattern.is_match(&text));
    }
    let bounds = tolerance.get("range").and_then(Value::as_array);
    let bounds = bounds.map_or(&[][..], Vec::as_slice);
    match (bounds, text.trim().parse::<f64>()) {
        ([low, high], Ok(found)) => {
            let [low, high] = [low, high].map(Value::as_f64);
            low.is_some_and(|low| low <= found) && high.is_some_and(|high| found <= high)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn outputs_are_judged_by_value_list_pattern_and_range() {
        let answer = json!({"status": 200, "body": "ok 7", "headers": {}});
        let printed = json!({"status": 0, "stdout": "12.5\n", "stderr": ""});
        for (tolerance, output, is_good) in [
            (json!(200), &answer, true),
            (json!(503), &answer, false),
            (json!([200, 503]), &answer, true),
            (json!([201, 503]), &answer, false),
            (
                json!({"type": "regex", "target": "body", "pattern": "^ok \\d$"}),
                &answer,
                true,
            ),
            (
                json!({"type": "regex", "target": "body", "pattern": "^\\d"}),
                &answer,
                false,
            ),
            (
                json!({"type": "range", "target": "stdout", "range": [12, 13]}),
                &printed,
                true,
            ),
            (
                json!({"type": "range", "target": "stdout", "range": [0, 12]}),
                &printed,
                false,
            ),
            (
                json!({"type": "range", "target": "stderr", "range": [0, 12]}),
                &printed,
                false,
            ),
            (json!(true), &json!(true), true),
            (json!("a"), &json!("b"), false),
            (json!([1, 3]), &json!(2), true),
            (json!(["a", "b", "c"]), &json!("b"), true),
        ] {
            let found = is_within(&tolerance, output, &Variables::default());
            assert_eq!(found, is_good, "{tolerance} of {output}");
        }
    }
}
