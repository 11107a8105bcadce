//! The contract of the store of levels, switches and the journal.

/// A file that several connections open, as on Spin.
mod file {
    souk_operations_store::operations_store_contract!(souk_contract::FileOperations);
}

/// One connection, as in a Durable Object.
mod object {
    souk_operations_store::operations_store_contract!(souk_contract::ObjectOperations);
}
