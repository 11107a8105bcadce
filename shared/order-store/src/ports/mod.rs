//! The ports to the engine, one for each role.
//!
//! A use case names the roles that it needs; [`Store`] is all of them. An engine that is one store
//! among several implements [`ShardStore`] as well.

mod backup;
mod books;
mod messages;
mod orders;
mod publications;
mod sessions;
mod shards;
mod stock;

pub use backup::{BackupStore, RowsToRestore, StoredRows};
pub use books::BooksAudit;
pub use messages::MessageQueue;
pub use orders::{
    Committed, Found, FundsAccount, FundsEntry, KeptTakes, LoweredTakes, NewOrder, OrderChange,
    OrderStore, SealedOrder, StockMove,
};
pub use publications::{PublicationStep, PublicationStore, TermsChange, next_terms};
pub use sessions::SessionStore;
pub use shards::{Arrival, Departure, DepartureKind, Given, KeysToKeep, ShardStore};
pub use stock::{SoldOutHoldRequest, SoldOutHoldSet, StockStore};

/// Every role at once.
pub trait Store:
    OrderStore + StockStore + MessageQueue + PublicationStore + BooksAudit + SessionStore + BackupStore
{
}

impl<S> Store for S where
    S: OrderStore
        + StockStore
        + MessageQueue
        + PublicationStore
        + BooksAudit
        + SessionStore
        + BackupStore
{
}
