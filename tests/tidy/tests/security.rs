//! What docs/security.md claims can be looked up: every requirement and every finding has its row, and
//! the files and tests that a row names are there.

use std::collections::BTreeMap;

use souk_tidy::{read, root};

const MANUAL: &str = "docs/security.md";

/// Requirements of levels 1 and 2 of OWASP ASVS 4.0.3, by section. Numbers that are left out were
/// deleted from the standard or are of level 3. Sections with an empty list are looked at as a whole.
const REQUIRED: [(&str, &[u8]); 67] = [
    ("1.1", &[1, 2, 3, 4, 5, 6, 7]),
    ("1.2", &[1, 2, 3, 4]),
    ("1.4", &[1, 4, 5]),
    ("1.5", &[1, 2, 3, 4]),
    ("1.6", &[1, 2, 3, 4]),
    ("1.7", &[1, 2]),
    ("1.8", &[1, 2]),
    ("1.9", &[1, 2]),
    ("1.10", &[1]),
    ("1.11", &[1, 2]),
    ("1.12", &[2]),
    ("1.14", &[1, 2, 3, 4, 5, 6]),
    ("2.1", &[]),
    ("2.2", &[1, 2, 3]),
    ("2.3", &[1, 2, 3]),
    ("2.4", &[]),
    ("2.5", &[1, 2, 3, 4, 5, 6, 7]),
    ("2.6", &[]),
    ("2.7", &[]),
    ("2.8", &[]),
    ("2.9", &[1, 2, 3]),
    ("2.10", &[1, 2, 3, 4]),
    ("3.1", &[1]),
    ("3.2", &[1, 2, 3, 4]),
    ("3.3", &[1, 2, 3, 4]),
    ("3.4", &[1, 2, 3, 4, 5]),
    ("3.5", &[1, 2, 3]),
    ("3.7", &[1]),
    ("4.1", &[1, 2, 3, 5]),
    ("4.2", &[1, 2]),
    ("4.3", &[1, 2, 3]),
    ("5.1", &[1, 2, 3, 4, 5]),
    ("5.2", &[1, 2, 3, 4, 5, 6, 7, 8]),
    ("5.3", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    ("5.4", &[1, 2, 3]),
    ("5.5", &[1, 2, 3, 4]),
    ("6.1", &[1, 2, 3]),
    ("6.2", &[1, 2, 3, 4, 5, 6]),
    ("6.3", &[1, 2]),
    ("6.4", &[1, 2]),
    ("7.1", &[1, 2, 3, 4]),
    ("7.2", &[1, 2]),
    ("7.3", &[1, 3, 4]),
    ("7.4", &[1, 2, 3]),
    ("8.1", &[1, 2, 3, 4]),
    ("8.2", &[1, 2, 3]),
    ("8.3", &[1, 2, 3, 4, 5, 6, 7, 8]),
    ("9.1", &[1, 2, 3]),
    ("9.2", &[1, 2, 3, 4]),
    ("10.2", &[1, 2]),
    ("10.3", &[1, 2, 3]),
    ("11.1", &[1, 2, 3, 4, 5, 6, 7, 8]),
    ("12.1", &[1, 2, 3]),
    ("12.2", &[1]),
    ("12.3", &[1, 2, 3, 4, 5, 6]),
    ("12.4", &[1, 2]),
    ("12.5", &[1, 2]),
    ("12.6", &[1]),
    ("13.1", &[1, 3, 4, 5]),
    ("13.2", &[1, 2, 3, 5, 6]),
    ("13.3", &[]),
    ("13.4", &[]),
    ("14.1", &[1, 2, 3, 4]),
    ("14.2", &[1, 2, 3, 4, 5, 6]),
    ("14.3", &[2, 3]),
    ("14.4", &[1, 2, 3, 4, 5, 6, 7]),
    ("14.5", &[1, 2, 3, 4]),
];
/// Of level 3, and looked at all the same.
const FURTHER: [&str; 2] = ["8.1.5", "8.1.6"];
/// The security review found so many things.
const FINDINGS: u8 = 21;

/// A row of a table.
struct Row {
    cells: Vec<String>,
}

/// The rows of the tables of a chapter that begin with a word of this kind.
fn rows(chapter: &str, is_first: impl Fn(char) -> bool) -> Vec<Row> {
    let manual = read(MANUAL);
    let (_, text) = manual.split_once(chapter).expect("the chapter is there");
    let text = text.split("\n## ").next().unwrap_or(text);
    let rows = text.lines().filter_map(|line| {
        let row = line.strip_prefix("| ")?.strip_suffix('|')?;
        row.starts_with(&is_first).then(|| Row {
            cells: row.split('|').map(|cell| cell.trim().to_owned()).collect(),
        })
    });
    rows.collect()
}

fn requirements() -> Vec<Row> {
    rows("\n## OWASP ASVS", |first| first.is_ascii_digit())
}

fn findings() -> Vec<Row> {
    rows("\n## Findings", |first| first == 'S')
}

/// Texts between backticks, in order.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// Checks the tests of a cell, which stand behind their files; how many there are.
fn check_tests(cell: &str) -> usize {
    let (mut code, mut count) = (String::new(), 0);
    for text in quoted(cell) {
        match text.ends_with(".rs") {
            true => code = read(text),
            false => {
                let is_there =
                    code.contains(&format!("fn {text}(")) || code.contains(&format!("fn {text}<"));
                assert!(is_there, "no test {text} in its file: {cell}");
                count += 1;
            }
        }
    }
    count
}

/// Checks the files of a cell.
fn check_files(cell: &str) {
    let endings = [".rs", ".toml", ".md", ".yml", ".mjs"];
    for text in quoted(cell) {
        let is_file = text.contains('/') && endings.iter().any(|ending| text.ends_with(ending));
        let is_folder = ["shared/", "tools/"]
            .iter()
            .any(|start| text.starts_with(start));
        if is_file || is_folder {
            assert!(root().join(text).exists(), "no file {text}: {cell}");
        }
    }
}

/// The requirements of a cell such as `1.1.2, 1.1.4–1.1.6 trust boundaries`.
fn numbers(cell: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in cell.split(", ") {
        let number = part.split(' ').next().unwrap_or(part);
        if !number.starts_with(|first: char| first.is_ascii_digit()) {
            continue;
        }
        let Some((first, last)) = number.split_once('–') else {
            found.push(number.to_owned());
            continue;
        };
        let of = |number: &str| {
            let (section, place) = number.rsplit_once('.').expect("a number in a section");
            (section.to_owned(), place.parse::<u8>().expect("a number"))
        };
        let ((section, first), (other, last)) = (of(first), of(last));
        assert!(section == other && first < last, "{cell}");
        found.extend((first..=last).map(|place| format!("{section}.{place}")));
    }
    found
}

#[test]
fn every_requirement_has_one_row() {
    let mut rows = BTreeMap::new();
    for row in requirements() {
        for number in numbers(&row.cells[0]) {
            *rows.entry(number).or_insert(0) += 1;
        }
    }
    let mut required = BTreeMap::new();
    for (section, places) in REQUIRED {
        if places.is_empty() {
            required.insert(section.to_owned(), 1);
        }
        let numbers = places.iter().map(|place| (format!("{section}.{place}"), 1));
        required.extend(numbers);
    }
    required.extend(FURTHER.map(|number| (number.to_owned(), 1)));
    assert_eq!(rows, required);
}

#[test]
fn every_requirement_is_met_with_a_test_or_says_why_not() {
    let mut tests = 0;
    for Row { cells } in requirements() {
        let [what, met, tested] = &cells[..] else {
            panic!("a row has three cells: {cells:?}");
        };
        assert!(!met.is_empty(), "{what}");
        check_files(met);
        let count = check_tests(tested);
        let is_open = ["**not met**", "**not applicable**"]
            .iter()
            .any(|word| met.starts_with(word));
        assert!(
            count > 0 || is_open || tested == "review",
            "{what}: which test shows it?"
        );
        tests += count;
    }
    assert!(tests > 80, "{tests} tests are named");
}

#[test]
fn every_finding_has_a_row_with_what_attacks_it_or_is_open() {
    let findings = findings();
    let names: Vec<_> = findings
        .iter()
        .map(|row| {
            row.cells[0]
                .split(' ')
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    let all: Vec<_> = (1..=FINDINGS)
        .map(|number| format!("S{number:02}"))
        .collect();
    assert_eq!(names, all);
    for Row { cells } in findings {
        let [finding, closed, attacked, open] = &cells[..] else {
            panic!("a row has four cells: {cells:?}");
        };
        check_files(closed);
        let tests = check_tests(attacked);
        let is_open = open.starts_with("**open**");
        assert_eq!(closed.is_empty(), is_open, "{finding}");
        assert!(tests > 0 || is_open, "{finding}: which test attacks it?");
    }
}

#[test]
fn ranges_of_requirements_are_counted_out() {
    let cell = "1.1.2, 2.10.4–2.10.6 things, 3.1 others, and 4.1.1";
    let found = numbers(cell);
    assert_eq!(found, ["1.1.2", "2.10.4", "2.10.5", "2.10.6", "3.1"]);
}
