//! The contract of the store of search tallies.

/// A file that several connections open, as on Spin.
mod file {
    souk_search_tallies::search_tallies_contract!(souk_contract::FileSearchTallies);
}

/// One connection, as in a Durable Object.
mod object {
    souk_search_tallies::search_tallies_contract!(souk_contract::ObjectSearchTallies);
}

/// The same, asked from another process.
mod remote {
    souk_search_tallies::search_tallies_contract!(souk_contract::RemoteTallies);
}
