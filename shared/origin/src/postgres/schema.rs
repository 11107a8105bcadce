//! The schema `souk` of the database: numbered migrations, run as one statement.
//!
//! Invariants: a migration that was ever released is not changed, a new one is appended; each is
//! applied once, and all that are missing in one transaction. Everything lives in the schema
//! `souk` and is named with it, so no setting of `search_path` changes what a name means.
//!
//! Least privileges: the functions run with the rights of the role that made them. That role
//! needs `CREATE` on the database once. A second role for the running shop needs no table at all:
//! `GRANT USAGE ON SCHEMA souk TO shop; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA souk TO shop;`
//! after every set-up by the first one. PostgreSQL 12 or newer.

/// The number of the last migration.
pub const VERSION: i64 = 17;

/// Reads the version without failing where there is none: null or text. The truth is the table
/// `souk.migration`; the comment is a copy of it that every role can read.
pub const FIND_VERSION: &str = "SELECT pg_catalog.obj_description(
    pg_catalog.to_regnamespace('souk')::pg_catalog.oid, 'pg_namespace')";

macro_rules! setup {
    ($($number:literal: $file:literal),+ $(,)?) => {
        concat!(
            // The number of the lock is arbitrary; all set-ups of one database take the same.
            // What is there is asked of the catalogue's tables: `to_regnamespace` would answer out
            // of a cache from before the wait for the lock.
            "DO $setup$
DECLARE
    version bigint;
BEGIN
    PERFORM pg_catalog.pg_advisory_xact_lock(7237113350914781014);
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'souk') THEN
        CREATE SCHEMA souk;
    END IF;
    IF NOT EXISTS (
        SELECT FROM pg_catalog.pg_tables WHERE schemaname = 'souk' AND tablename = 'migration'
    ) THEN
        CREATE TABLE souk.migration (
            number bigint PRIMARY KEY,
            applied_at timestamptz NOT NULL DEFAULT pg_catalog.now()
        );
    END IF;
    version := (SELECT coalesce(max(number), 0) FROM souk.migration);
",
            $(
                "IF version < ", $number, " THEN\n",
                include_str!(concat!("migrations/", $file)),
                "\nINSERT INTO souk.migration (number) VALUES (", $number, ");\nEND IF;\n",
            )+
            "
    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA souk FROM PUBLIC;
    EXECUTE pg_catalog.format('COMMENT ON SCHEMA souk IS %L',
        (SELECT max(number) FROM souk.migration));
END $setup$"
        )
    };
}

/// Brings the database to [`VERSION`]: one statement without parameters, which may be run again
/// and by several callers at once.
pub const SETUP: &str = setup!(
    1: "0001_tables.sql",
    2: "0002_submit.sql",
    3: "0003_stock.sql",
    4: "0004_publications.sql",
    5: "0005_submit_one.sql",
    6: "0006_life.sql",
    7: "0007_buckets.sql",
    8: "0008_place.sql",
    9: "0009_change.sql",
    10: "0010_queues.sql",
    11: "0011_offers.sql",
    12: "0012_audit.sql",
    13: "0013_archive.sql",
    14: "0014_latch.sql",
    15: "0015_submit_many.sql",
    16: "0016_repair.sql",
    17: "0017_unlatch.sql",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_last_migration() {
        let last = format!("VALUES ({VERSION});\nEND IF;\n\n    REVOKE");
        assert!(SETUP.contains(&last));
    }

    #[test]
    fn no_name_depends_on_the_search_path() {
        for keyword in ["FROM ", "INTO ", "UPDATE ", "JOIN "] {
            for (at, _) in SETUP.match_indices(keyword) {
                let name = &SETUP[at + keyword.len()..];
                let name = name.split(|c: char| c.is_whitespace()).next();
                let relations = [
                    "stock",
                    "movement",
                    "movement_kind",
                    "bucket",
                    "orders",
                    "order_state",
                    "order_event",
                    "order_change",
                    "funds_entry",
                    "message",
                    "delivered",
                    "receipt",
                    "stock_repair",
                    "order_archive",
                    "archive_walk",
                    "outbox",
                    "publication",
                ];
                assert!(
                    !name.is_some_and(|name| relations.contains(&name)),
                    "{keyword}{name:?} has no schema"
                );
            }
        }
    }
}
