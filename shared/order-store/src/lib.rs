//! Keeping stock and orders: the ports to the engine, and what every engine shares.
//!
//! There is a port for each role ([`OrderStore`], [`StockStore`], [`MessageQueue`],
//! [`PublicationStore`], [`BooksAudit`], [`SessionStore`], [`BackupStore`]), and [`Store`] is all of them; an engine that
//! is one store among several implements [`ShardStore`] as well. Two crates implement them:
//! `souk-order-store-sqlite`, over a driver for a Durable Object and one for Spin, and
//! `souk-order-store-postgres`. Both pass the suite in `contract`.
//!
//! The decisions are here, so that no engine makes them: which order can be placed ([`decide`],
//! [`facts`]) and what a change does to an order ([`change`], [`tick`]).
//!
//! **Architecture Invariant:** one method of a port is one transaction, and placing an order is one
//! method: key, stock, order, movements and outbox record together or nothing at all.
//!
//! Not here: the protocol over HTTP, sealing and sold-out holds (`souk-origin`), what buyers may
//! send (`souk-storefront` checks it), SDKs (`functions/`).

pub mod allowances;
#[cfg(feature = "contract")]
pub mod contract;
pub mod decide;
pub mod facts;
mod life;
mod limits;
mod ports;
pub mod pricing;
pub mod receipt;
pub mod rows;
mod sales;
mod sealed;
mod terms;
mod tick;
mod tickets;

pub use allowances::Wanted;
pub use life::{Changed, Readdressed, change, change_with, fingerprint, movement_name, standing};
pub use limits::{LIMIT_UNITS_MAX, Limits};
pub use ports::{
    Arrival, BackupStore, BooksAudit, Committed, Departure, DepartureKind, Found, FundsAccount,
    FundsEntry, Given, KeptTakes, KeysToKeep, LoweredTakes, MessageQueue, NewOrder, OrderChange,
    OrderStore, PublicationStep, PublicationStore, RowsToRestore, SealedOrder, SessionStore,
    ShardStore, SoldOutHoldRequest, SoldOutHoldSet, StockMove, StockStore, Store, StoredRows,
    TermsChange, next_terms,
};
pub use pricing::Price;
pub use sales::SaleUse;
pub use sealed::{ChangeReply, OrderRecord, StoredOrder, SubmitOrder, SubmitReply};
pub use souk_sql::StoreError;
pub use terms::{Methods, Terms};
pub use tick::{Ticked, tick};
pub use tickets::ListedTicket;
