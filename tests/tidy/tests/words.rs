//! The field's words instead of our own: terms that were retired do not come back.
//!
//! House rule: a reader who knows web shops and Rust needs no glossary. A sentence names the process
//! that acts: the caller, the edge, the courier.

use souk_tidy::{documents, files, read};

/// A retired term, in lower case and with single spaces, and what to say instead.
const RETIRED: [(&str, &str); 20] = [
    (concat!("lat", "ch"), "sold-out hold"),
    (concat!("availability ", "board"), "availability snapshot"),
    (concat!("order ", "book"), "order index"),
    (concat!("book of ", "orders"), "order index"),
    (concat!("de", "sk"), "back office"),
    (concat!("cash", "ier"), "payments"),
    (concat!("re", "call"), "response cache"),
    (concat!("re", "called"), "answered from the cache"),
    (concat!("bu", "ry"), "dead-letter"),
    (concat!("bur", "ied"), "dead-lettered"),
    (concat!("rev", "ive"), "requeue"),
    (concat!("rev", "ived"), "requeued"),
    (concat!("take ", "in"), "ingest"),
    (concat!("taken ", "in"), "ingested"),
    (concat!("put ", "away"), "archive"),
    (concat!("who ", "asks"), "the caller"),
    (
        concat!("who", "ever"),
        "the caller, or the process that acts",
    ),
    (concat!("no", "body"), "no caller, no process, no order"),
    (concat!("some", "body"), "a caller, a process, a person"),
    (concat!("de", "ed"), "operation"),
];

/// Files that have to say one: the demo shop's products, a user of Unix, the names of before in the
/// list of changes, and this list.
const OTHERS: [&str; 4] = [
    "tools/xtask/demo/",
    "tests/contract/src/cluster.rs",
    "CHANGELOG.md",
    "tests/tidy/tests/words.rs",
];

#[test]
fn retired_words_stay_retired() {
    let code = [".rs", ".sql", ".toml", ".js", ".mjs", ".md", ".yml"].map(files);
    let paths: Vec<_> = code.into_iter().flatten().chain(documents()).collect();
    assert!(paths.iter().any(|path| path.ends_with("README.md")));
    let mut found = Vec::new();
    for path in paths {
        let name = path.display().to_string();
        if OTHERS.iter().any(|other| name.contains(other)) {
            continue;
        }
        for (number, line) in read(&path).lines().enumerate() {
            let words = words(line);
            for (retired, instead) in RETIRED {
                if words.contains(&format!(" {retired} ")) {
                    let at = number + 1;
                    found.push(format!("{name}:{at}: say {instead}, not {retired}"));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The words of a line in lower case, identifiers taken apart, with a space around each.
fn words(line: &str) -> String {
    let mut words = String::from(" ");
    let mut before = ' ';
    for letter in line.chars() {
        let begins = letter.is_uppercase() && before.is_lowercase();
        if (begins || !letter.is_alphanumeric()) && !words.ends_with(' ') {
            words.push(' ');
        }
        if letter.is_alphanumeric() {
            words.extend(letter.to_lowercase());
        }
        before = letter;
    }
    if !words.ends_with(' ') {
        words.push(' ');
    }
    words
}

#[test]
fn identifiers_are_taken_apart() {
    assert_eq!(words("fn take_in(OrderBook)"), " fn take in order book ");
}
