//! What docs/security.md says is tested is tested: the files and the tests that it names are there.

use souk_tidy::read;

/// Texts between backticks, in order.
fn quoted(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_test_that_the_manual_names_is_there() {
    let manual = read("docs/security.md");
    let (_, table) = manual.split_once("## OWASP ASVS").expect("the table");
    let rows = table
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains(".rs`"));
    let mut named = 0;
    for row in rows {
        let tests = row.trim_end_matches('|').rsplit('|').next().unwrap_or(row);
        let mut code = String::new();
        for text in quoted(tests) {
            match text.ends_with(".rs") {
                true => code = read(text),
                false => {
                    let is_there = code.contains(&format!("fn {text}"));
                    assert!(is_there, "no test {text} in its file: {row}");
                    named += 1;
                }
            }
        }
    }
    assert!(named > 40, "{named} tests are named");
}
