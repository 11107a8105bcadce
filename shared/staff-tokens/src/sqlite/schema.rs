//! The tables. A migration that was ever released is not changed; a new one is appended.
//!
//! Every name begins with `staff_`, because the tokens share a database with the order index, and on
//! Spin perhaps with the origin.

/// Where it is written which migrations a database has.
pub(super) const LEDGER: &str = "staff_migration";

/// What a database must have, in the order in which it came to be.
pub(super) const MIGRATIONS: &[&[&str]] = &[&[
    // A revoked token keeps its row: its hash is never that of a token again, and its name stands in
    // the history of orders. `permissions` is JSON.
    "CREATE TABLE staff_token (
        hash TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        permissions TEXT NOT NULL,
        created_at_ms INTEGER NOT NULL,
        created_by TEXT NOT NULL,
        expires_at_ms INTEGER,
        last_used_at_ms INTEGER,
        revoked_at_ms INTEGER,
        revoked_by TEXT,
        CHECK ((revoked_at_ms IS NULL) = (revoked_by IS NULL))
    ) STRICT",
    "CREATE UNIQUE INDEX staff_token_name ON staff_token (name) WHERE revoked_at_ms IS NULL",
    // Requests that were refused: all of them, and those that no line of the log has told yet.
    "CREATE TABLE staff_refusal (
        reason TEXT PRIMARY KEY,
        count INTEGER NOT NULL,
        untold INTEGER NOT NULL
    ) STRICT",
    "CREATE TABLE staff_refusal_log (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        told_at_ms INTEGER NOT NULL
    ) STRICT",
    // Requests without a valid token in the last seconds, of all instances together.
    "CREATE TABLE staff_refusal_window (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        begun_at_ms INTEGER NOT NULL,
        refused INTEGER NOT NULL
    ) STRICT",
]];
