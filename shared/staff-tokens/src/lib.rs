//! The staff tokens of the back office: the port to the store that keeps them, and its engine.
//!
//! They are in the back office's own store, beside the order index, on every platform: the object
//! of the back office on Workers, its SQLite on Spin. So a scrape, a tick or a publish is authorised
//! without the origin, also while that is down. Every read and write is strict; how long an instance
//! may use what it has read is its own matter (`souk-staff-api`).
//!
//! **Architecture Invariant:** the store has hashes of tokens and never a token.
//!
//! Why a revoked token never works again: its row stays, and so does its hash, which is unique.
//!
//! Not here: who may do what (`souk_protocol::staff`), the check of a request (`souk-staff-api`).

#[cfg(feature = "contract")]
pub mod contract;
mod remote;
pub mod sqlite;

use serde::{Deserialize, Serialize};
use souk_protocol::staff::{CreateToken, Refusal, RefusalCount, StaffToken};
use souk_sql::StoreError;

pub use remote::{RemoteStaffTokens, serve};

/// The log gets a line about refused requests this often at most, from all instances together.
pub const LOG_PAUSE_MS: i64 = 60_000;

/// Requests without a valid token are counted in windows of this length, in milliseconds.
pub const REFUSAL_WINDOW_MS: i64 = 10_000;

/// How many requests without a valid token there were, lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RefusalWindow {
    /// When the window began; it is [`REFUSAL_WINDOW_MS`] long.
    pub begun_at_ms: i64,
    /// How many since then.
    pub refused: i64,
}

impl RefusalWindow {
    /// Whether a moment is in it. A clock that went back is in none.
    pub fn contains(self, now_ms: i64) -> bool {
        (0..REFUSAL_WINDOW_MS).contains(&(now_ms - self.begun_at_ms))
    }
}

/// What the store says when refused requests were added.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Recounted {
    /// How many were refused since the last line of the log, by reason, where a line is due; it
    /// counts as written. Otherwise none.
    pub untold: Vec<RefusalCount>,
    /// Those of all instances together, but for valid tokens that lack a permission.
    pub window: RefusalWindow,
}

/// A token to be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewToken {
    /// The hash of the token.
    pub hash: String,
    /// Its name, what it allows, when it ends.
    pub asked: CreateToken,
    /// The name of the token that makes it.
    pub by: String,
}

/// What became of a [`NewToken`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Creation {
    /// It is kept.
    Done {
        /// As it is kept.
        token: StaffToken,
    },
    /// It was kept before, with the same name, permissions and end.
    Already {
        /// As it is kept.
        token: StaffToken,
    },
    /// Another token, which has not ended, has the name.
    NameTaken,
    /// The hash is that of a token which is another one, or was revoked.
    HashUsed,
    /// There are [`souk_protocol::staff::TOKENS_MAX`] tokens that have not ended.
    TooMany,
}

/// A token that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptToken {
    /// The hash of the token.
    pub hash: String,
    /// What is known of it.
    pub about: StaffToken,
}

/// The store of staff tokens. Every method is one transaction, and may be repeated when its outcome
/// is unknown; only counts of refusals then count twice.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait StaffTokens {
    /// Keeps a token. One of its name that has ended is revoked with it; so is the one that ended
    /// first, where the list of those that are not revoked is full.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn create(&self, token: &NewToken, now_ms: i64) -> Result<Creation, StoreError>;

    /// Revokes the token of a name; whether there was one.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn revoke(&self, name: &str, by: &str, now_ms: i64) -> Result<bool, StoreError>;

    /// Every token that is not revoked, by name; at most [`souk_protocol::staff::TOKENS_MAX`].
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn tokens(&self) -> Result<Vec<KeptToken>, StoreError>;

    /// Remembers that the token with this hash was used. A use that is reported late moves nothing
    /// back.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn used(&self, hash: &str, now_ms: i64) -> Result<(), StoreError>;

    /// Adds refused requests.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn refused(&self, refused: &[RefusalCount], now_ms: i64)
    -> Result<Recounted, StoreError>;

    /// How many requests were refused since the shop began, for every [`Refusal`].
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn refusals(&self) -> Result<Vec<RefusalCount>, StoreError>;
}

/// Counts of every reason, none of them counted.
pub(crate) fn none_refused() -> impl Iterator<Item = RefusalCount> {
    let reasons = Refusal::ALL.into_iter();
    reasons.map(|reason| RefusalCount { reason, count: 0 })
}
