//! What every source file has, and what none has.

use souk_tidy::{files, read};

const LINES_MAX: usize = 800;
/// The test's output names files above it, as candidates for a division.
const LINES_LOOK_AGAIN: usize = 500;

#[test]
fn files_are_short_enough_to_be_read() {
    for path in files(".rs") {
        let lines = read(&path).lines().count();
        if lines > LINES_LOOK_AGAIN {
            println!("look again: {} has {lines} lines", path.display());
        }
        assert!(
            lines <= LINES_MAX,
            "{} has {lines} lines; divide it",
            path.display()
        );
    }
}

#[test]
fn every_module_says_what_it_owns() {
    for path in files(".rs") {
        let text = read(&path);
        assert!(
            text.starts_with("//!"),
            "{} does not begin with //!",
            path.display()
        );
    }
}

#[test]
fn nothing_is_left_to_do_and_no_test_is_skipped() {
    // Put together here, so that this file does not hold them.
    let forbidden = [
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("#[ig", "nore"),
        concat!("FIX", "ME"),
        concat!("TO", "DO"),
    ];
    for path in files(".rs") {
        let text = read(&path);
        for (number, line) in text.lines().enumerate() {
            for word in forbidden {
                assert!(
                    !line.contains(word),
                    "{}:{}: {word}",
                    path.display(),
                    number + 1
                );
            }
        }
    }
}

#[test]
fn unsafe_code_stays_outside() {
    for path in files(".rs") {
        let allows = read(&path).contains(concat!("allow(unsafe", "_code"));
        assert!(!allows, "{} allows unsafe code", path.display());
    }
}
