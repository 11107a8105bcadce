//! Bugs in the batches of orders on SQLite.

use super::{Mutant, Place, mutant};

const BATCH: &str = "shared/order-store-sqlite/src/batch.rs";

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        Place::Sqlite,
        "a batch: an order is refused for units that others have not taken yet",
        BATCH,
        "Ok(Err(_)) if rests_on_others => later.push(at),",
        "Ok(Err(_)) if at == usize::MAX => later.push(at),",
    ),
    mutant(
        Place::Sqlite,
        "a batch: units of the orders before are not counted",
        BATCH,
        "facts.take(order, takes);",
        "",
    ),
    mutant(
        Place::Sqlite,
        "a batch: the same key is placed twice",
        BATCH,
        "keys.insert(new.submit.key.clone());",
        "",
    ),
    mutant(
        Place::Sqlite,
        "a batch: one that comes too late is answered nothing",
        BATCH,
        "if ended.is_ok() && !batch.left.is_empty() {",
        "if ended.is_err() && !batch.left.is_empty() {",
    ),
    mutant(
        Place::Sqlite,
        "a batch: orders count whose transaction did not end",
        BATCH,
        "if ended.is_ok() {",
        "if ended.is_ok() || !orders.is_empty() {",
    ),
    mutant(
        Place::Sqlite,
        "a batch: each order of it tries a busy file again",
        BATCH,
        ".or_else(|| busy.clone().map(Err))",
        ".or_else(|| busy.clone().filter(|_| false).map(Err))",
    ),
    mutant(
        Place::Sqlite,
        "a batch: every order gets the last unit of another",
        BATCH,
        "exhausted: *exhausted,",
        "exhausted: rows.iter().any(|row| row.integer(1) == Ok(1)) || *exhausted,",
    ),
];
