//! Rules for alerts name figures that exist. What they fire on is evaluated by `cargo xtask alerts`.

use std::collections::BTreeSet;

use souk_tidy::{files, read};

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
    for rules in ["docs/alerts.yml", "tests/alerts/alerts.test.yml"] {
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
