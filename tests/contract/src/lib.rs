//! Runs the contracts of the order store and of the order index on the engines that they live on.
//!
//! Here are the native drivers of SQLite and PostgreSQL, a PostgreSQL server of the tests' own
//! ([`PostgresCluster`], also for other test crates). The statements are `souk_origin::contract`;
//! `tests/` has a file for each engine, and one that counts and explains what the stores send.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

mod cluster;
mod order_index;
mod postgres;
mod sqlite;

pub use cluster::{PostgresCluster, postgres_program};
pub use order_index::{FileOrderIndex, ObjectOrderIndex};
pub use postgres::{GroupedPostgresShop, PostgresShop, TokioPause, TokioPostgres, block_on};
pub use sqlite::{FileSqlite, FileSqliteShop, ObjectSqlite, ObjectSqliteShop, Session};
