//! The operators' manual names every endpoint of the staff API, and no other.

use std::collections::BTreeSet;

use souk_protocol::staff::Operation;
use souk_tidy::read;

const MANUAL: &str = "docs/operating.md";
const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];

/// Method and path of every request to the staff API that a text names, with the query left out.
fn named(text: &str) -> BTreeSet<String> {
    let code = text.split('`').skip(1).step_by(2);
    code.filter_map(|request| {
        let (method, path) = request.split_once(' ')?;
        let path = path.split(['?', ' ']).next()?;
        let is_staff = METHODS.contains(&method) && path.starts_with("/staff/");
        is_staff.then(|| format!("{method} {path}"))
    })
    .collect()
}

/// The first cells of the rows of all tables.
fn rows(text: &str) -> String {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| "));
    rows.filter_map(|row| row.split(" | ").next())
        .map(|cell| format!("{cell}\n"))
        .collect()
}

#[test]
fn every_endpoint_of_the_staff_api_has_a_row_in_the_manual() {
    let in_tables = named(&rows(&read(MANUAL)));
    for operation in Operation::ALL {
        let request = format!("{} {}", operation.method().name(), operation.path());
        assert!(in_tables.contains(&request), "{MANUAL} lacks `{request}`");
    }
}

#[test]
fn the_manual_names_no_endpoint_that_is_not_there() {
    let operations = Operation::ALL.iter();
    let requests = operations.map(|one| format!("{} {}", one.method().name(), one.path()));
    let requests: BTreeSet<_> = requests.collect();
    let text: String = read(MANUAL);
    // Blocks of code would be taken for the other half of a pair of backticks.
    let text: String = text.split("```").step_by(2).collect();
    for request in named(&text) {
        assert!(requests.contains(&request), "{MANUAL} names `{request}`");
    }
}
