//! The files of the terms: carts that a merchant can follow, and what is wrong in files.

#![allow(clippy::unwrap_used, missing_docs)]

mod carts;
mod mistakes;
mod world;

#[test]
fn every_case_costs_what_it_says() {
    let count: usize = carts::FILES
        .iter()
        .map(|(name, text)| carts::check(name, text))
        .sum();
    assert_eq!(count, 32);
}
