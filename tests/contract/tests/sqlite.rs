//! The contract of the order store on SQLite.

/// A file that several connections open, as in Spin.
mod file {
    souk_order_store::store_contract!(souk_contract::FileSqliteShop);
    souk_order_store::order_archive_contract!(souk_contract::FileSqliteShop);
}

/// One connection, as in a Durable Object.
mod object {
    souk_order_store::store_contract!(souk_contract::ObjectSqliteShop);
    souk_order_store::order_archive_contract!(souk_contract::ObjectSqliteShop);
}
