//! Runs the contracts of the order store, of the order index, of the staff tokens, of the search
//! tallies and of operations on the engines that they live on.
//!
//! Here are the native drivers of SQLite and PostgreSQL, a PostgreSQL server of the tests' own
//! ([`PostgresCluster`], also for other test crates). The statements are `souk_order_store::contract`;
//! `tests/` has a file for each engine, and one that counts and explains what the stores send.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

mod cluster;
mod operations_store;
mod order_index;
mod postgres;
pub mod prices;
mod search_tallies;
mod sqlite;
mod staff_tokens;

pub use cluster::{PostgresCluster, postgres_program};
pub use operations_store::{FileOperations, ObjectOperations};
pub use order_index::{FileOrderIndex, ObjectOrderIndex};
pub use postgres::{GroupedPostgresShop, PostgresShop, TokioPause, TokioPostgres, block_on};
pub use search_tallies::{FileSearchTallies, NearTallies, ObjectSearchTallies, RemoteTallies};
pub use sqlite::{FileSqlite, FileSqliteShop, ObjectSqlite, ObjectSqliteShop, Session};
pub use staff_tokens::{FileStaffTokens, Near, ObjectStaffTokens, RemoteTokens};
