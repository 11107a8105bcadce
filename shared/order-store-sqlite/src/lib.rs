//! The order store on SQLite, over a driver for each place where SQLite lives.
//!
//! Why a submit is atomic: an order is written by one `INSERT` (into the view `placement`, whose
//! trigger moves the stock, appends the movements and the outbox record), and SQLite carries out a
//! statement as a whole or not at all. Why it may decide on what it read before, outside of any
//! transaction: that statement checks again, at its own moment, everything that the decision rests
//! on, and fails otherwise. Then the submit starts again inside
//! [`write`](souk_sql::SqliteDriver::write), where nothing can change between reading and writing,
//! and its outcome is the answer. The `CHECK`s of the schema refuse a negative account even
//! if a decision were wrong.
//!
//! So a store that has read the offers of an order for an earlier one decides on what it remembers,
//! and begins with that statement. Only an acceptance comes of it: whatever speaks against it, the
//! submit begins once more with reading.
//!
//! Where several instances write to one file, the orders of an instance are written in batches
//! (`batch`).
//!
//! Not here: what is decided (`souk_order_store::decide`), connections and JavaScript
//! (`functions/`).

mod archive;
mod audit;
mod backup;
mod batch;
mod changes;
mod columns;
mod growth;
mod layout;
mod orders;
mod publications;
mod queues;
mod receipts;
mod repairs;
mod schema;
mod sessions;
mod shards;
mod sku_keys;
mod sold_out_hold;
mod stock;
mod store;
mod thin_out;
mod transfers;

pub use schema::MIGRATIONS;
pub use store::{SqliteOrderStore, SubmitQueue};
