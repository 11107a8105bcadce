//! Requests that are counted exactly, for all instances together: each client has one owner, which
//! counts it.
//!
//! Over service chaining, or a call of an object. Nothing here is reachable by shoppers. A client is a
//! keyed hash of its address: the owner learns no address.

use serde::{Deserialize, Serialize};

/// `POST` [`TakeRate`] → [`RateReply`].
pub const RATE_PATH: &str = "/operations/v1/rate";

/// Asks whether one more request of a client is allowed, and counts it if it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeRate {
    /// What is counted, and of whom; at most [`RATE_NAME_BYTES_MAX`].
    pub name: String,
    /// So many requests,
    pub quota: u32,
    /// in so many seconds.
    pub window_s: u32,
}

/// Bytes of [`TakeRate::name`], at most.
pub const RATE_NAME_BYTES_MAX: usize = 64;

/// Whether it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateReply {
    /// It is.
    Allowed {
        /// How many more are allowed at this moment.
        remaining: u32,
        /// In how many seconds the whole quota is there again.
        reset_s: u32,
    },
    /// It is not.
    Refused {
        /// In how many seconds one is allowed.
        retry_after_s: u32,
    },
}
