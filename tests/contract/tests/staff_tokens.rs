//! The contract of the store of staff tokens.

/// A file that several connections open, as on Spin.
mod file {
    souk_staff_tokens::staff_tokens_contract!(souk_contract::FileStaffTokens);
}

/// One connection, as in a Durable Object.
mod object {
    souk_staff_tokens::staff_tokens_contract!(souk_contract::ObjectStaffTokens);
}

/// The same, asked from another process.
mod remote {
    souk_staff_tokens::staff_tokens_contract!(souk_contract::RemoteTokens);
}
