//! What the use cases at the edge need from their platform. Each port is one role; an adapter
//! implements them on one type, which is then an [`Edge`] (for shoppers), a [`BackOffice`] (for
//! staff) or a [`PaymentsPort`] (for payments).
//!
//! The ports to the engine that keeps stock and orders are in `souk_order_store`.
//!
//! A method that fails has had no effect that matters, but for those that send a request
//! ([`OriginClient::send`], [`PaymentsClient::ask_payments`], [`MailClient::ask_mail`],
//! [`OperationsClient::ask_operations`], [`NextStorefront::ask_next`], [`OutboundHttp::fetch`]): a request whose reply is lost may
//! have been carried out, which is why writes carry a key.

use bytes::Bytes;
use http::{Request, Response};

/// Why a port did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// The other side did not answer, or said that it is busy: the same request may be repeated.
    #[error("did not answer: {0}")]
    Transient(String),
    /// The platform has no such ability, or the deployment lacks the binding.
    #[error("is not set up: {0}")]
    Unsupported(String),
}

/// Reads the key-value store that a publish fills.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait CatalogueStore {
    /// The value of a key, or `None`.
    ///
    /// # Errors
    /// When the store does not answer.
    async fn read(&self, key: &str) -> Result<Option<Bytes>, PortError>;
}

/// Writes the key-value store; only the staff functions do.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait CatalogueWriter {
    /// Sets the value of a key. Others see it within the store's own delay.
    ///
    /// # Errors
    /// When the store does not answer; the value may have been set all the same.
    async fn write(&self, key: &str, value: Bytes) -> Result<(), PortError>;

    /// Removes a key, whether or not it is there.
    ///
    /// # Errors
    /// When the store does not answer.
    async fn delete(&self, key: &str) -> Result<(), PortError>;
}

/// The cache between instance memory and the store, shared by the instances of one place.
///
/// Only for immutable blobs. The default is a platform without one.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait SharedCache {
    /// Whether the platform has such a cache.
    fn exists(&self) -> bool {
        false
    }

    /// A blob that was put before, unless it was evicted. A failing cache is an empty one.
    async fn get(&self, _key: &str) -> Option<Bytes> {
        None
    }

    /// Keeps a blob. A failing cache is an empty one.
    async fn put(&self, _key: &str, _blob: &Bytes) {}
}

/// What every edge has to know within seconds, as its owners have written it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signals {
    /// The availability snapshot, as `souk_stock_signals` writes it; empty before the first projection.
    /// For display only: the order path never reads it.
    pub availability: Bytes,
    /// The sold-out holds that origins have set, as `souk_stock_signals` writes them; empty where there
    /// is none. A hold carries its own end, so an old copy does no harm.
    pub sold_out_holds: Bytes,
    /// The pulse, as `souk_operations` writes it; empty before the first one.
    pub pulse: Bytes,
    /// How old the pulse was when it was read, in milliseconds, by the clock of its owner; `None` where
    /// the reader goes by the same clock as its writer.
    pub pulse_age_ms: Option<i64>,
    /// For how long the snapshot and the holds are kept since their owner answered, in milliseconds: above
    /// 0 while a distant origin does not answer, [`Signals::NEVER`] where it has not answered yet.
    pub kept_ms: i64,
}

impl Signals {
    /// The owner of the snapshot and the holds has not answered yet, so that there are none.
    pub const NEVER: i64 = i64::MAX;
}

/// Reads the signals. Never asks the order store of the origin.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait SignalsReader {
    /// The signals as they are stored, about a second old at most. `at_once` where the caller knows
    /// of newer ones: no cache answers then.
    ///
    /// # Errors
    /// When their owner does not answer.
    async fn signals(&self, at_once: bool) -> Result<Signals, PortError>;

    /// What `read` gives, about a second old at most; of the instances of one place about one reads it
    /// in a second. `name` tells it from others. The default is a platform where instances share
    /// nothing.
    ///
    /// # Errors
    /// As `read`.
    async fn shared_for_a_second(
        &self,
        _name: &str,
        _at_once: bool,
        read: impl Future<Output = Result<Bytes, PortError>>,
    ) -> Result<Bytes, PortError> {
        read.await
    }
}

/// Speaks to the origin in the shapes of the protocol.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait OriginClient {
    /// Sends one request; the path is that of the protocol, the authority is ignored.
    ///
    /// # Errors
    /// When no answer came back. The request may still have been carried out.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError>;
}

/// Speaks to the payments function in the shapes of the protocol.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait PaymentsClient {
    /// Sends one request; the path is that of the protocol, the authority is ignored.
    ///
    /// # Errors
    /// When no answer came back. The request may still have been carried out.
    async fn ask_payments(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError>;
}

/// Speaks to the mail function in the shapes of the protocol.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait MailClient {
    /// Sends one request; the path is that of the protocol, the authority is ignored.
    ///
    /// # Errors
    /// When no answer came back. The request may still have been carried out. A deployment without
    /// mails has none to ask.
    async fn ask_mail(&self, _request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        Err(PortError::Unsupported("there are no mails".to_owned()))
    }
}

/// Speaks to the store of levels, switches and the journal in the shapes of the protocol.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait OperationsClient {
    /// Sends one request; the path is that of the protocol, the authority is ignored.
    ///
    /// # Errors
    /// When no answer came back. The request may still have been carried out. A deployment without
    /// such a store has none to ask.
    async fn ask_operations(&self, _request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        Err(PortError::Unsupported(
            "there is no store for operations".to_owned(),
        ))
    }
}

/// How many requests of one kind a client may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Of which kind.
    pub name: &'static str,
    /// So many,
    pub quota: u32,
    /// in so many seconds.
    pub window_s: u32,
}

/// Whether a request is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is, and was counted.
    Counted {
        /// How many more are let in at this moment.
        remaining: u32,
        /// In how many seconds the whole quota is there again.
        reset_s: u32,
    },
    /// It is, without having been counted: the gate does not answer.
    Open,
    /// Not now: this client has used its quota.
    TooMany {
        /// When to try again.
        retry_after_s: u32,
    },
    /// Not without the answer to a challenge.
    Challenged,
}

/// Stands in front of orders and tickets: counts what each client tries, for all instances together, and
/// has a hook for a challenge. It keeps load away and is no rule of the shop: those are decided where
/// orders are placed.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait OrderGate {
    /// Whether a client is let in. `client` stands for its address and is not the address; `challenge`
    /// is what it sent in answer to a challenge. A gate that does not answer within
    /// [`GATE_MS_MAX`] is open.
    async fn admits(&self, quota: Quota, client: &str, challenge: Option<&str>) -> Admission;
}

/// For how long a request waits for the gate, in milliseconds.
pub const GATE_MS_MAX: u32 = 200;

/// Reaches servers of others. The platform bounds which: `allowed_outbound_hosts` on Spin.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait OutboundHttp {
    /// Sends one request to its whole URL, follows no redirect, and reads the whole answer,
    /// whatever its status.
    ///
    /// # Errors
    /// When no answer came back. The request may still have been carried out: a caller that repeats
    /// a write sends the same idempotency key with it, or reads the state first.
    async fn fetch(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError>;
}

/// Gives the time and waits.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait Clock {
    /// Milliseconds since 1970.
    fn now_ms(&self) -> i64;

    /// Resolves after `ms` milliseconds.
    async fn pause_ms(&self, ms: u32);
}

/// Whether less than `span_ms` milliseconds have passed at `now_ms` since `since_ms`.
///
/// A moment that is still to come is not within: the clock was set back since then, or was wrong
/// then, and how much has passed is not known. Whatever is trusted, waited for or repeated for a
/// while asks here, so that a clock that is set back by an hour ends it and does not prolong it by
/// an hour.
pub const fn is_within(span_ms: i64, since_ms: i64, now_ms: i64) -> bool {
    let passed_ms = now_ms.saturating_sub(since_ms);
    0 <= passed_ms && passed_ms < span_ms
}

/// Randomness fit for secrets.
pub trait Randomness {
    /// 16 unpredictable bytes.
    fn random_bytes(&self) -> [u8; 16];
}

/// Asks the back office.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait BackOfficeClient {
    /// Sends a request to the staff API, with the token of the caller in `Authorization`.
    ///
    /// # Errors
    /// See [`PortError`]; a deployment without a back office has none to ask.
    async fn ask_back_office(
        &self,
        _request: Request<Bytes>,
    ) -> Result<Response<Bytes>, PortError> {
        Err(PortError::Unsupported("there is no back office".to_owned()))
    }
}

/// Brings what an instance has counted of searches to the back office, after the response.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait TallySender {
    /// Sends one batch, in the shape of the protocol. It is not sent again: what does not arrive is
    /// not counted.
    ///
    /// # Errors
    /// When the other side did not take it; it may have arrived all the same.
    async fn send_tallies(&self, batch: Bytes) -> Result<(), PortError>;
}

/// Brings what an instance has seen to the store `operations`, after the response.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait OperationsReporter {
    /// Sends one batch about a waiting room, in the shape of the protocol.
    ///
    /// # Errors
    /// When the other side did not store it, or its answer was lost: the batch is sent again as it was.
    async fn report_room(&self, batch: Bytes) -> Result<(), PortError>;

    /// Sends one batch of requests that were answered, in the shape of the protocol.
    ///
    /// # Errors
    /// When the other side did not store it: it is lost, and not sent again.
    async fn report_samples(&self, batch: Bytes) -> Result<(), PortError>;
}

/// Forwards requests of shoppers to the build of a release, from the stable build of the storefront.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait NextStorefront {
    /// Sends one request; gives the whole answer, with all its headers and whatever its status.
    ///
    /// # Errors
    /// When no answer came back: the request may still have been carried out. A deployment without such a
    /// build has none to ask, and sends nothing.
    async fn ask_next(&self, _request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        Err(PortError::Unsupported(
            "there is no second build".to_owned(),
        ))
    }
}

/// Everything that the edge needs.
pub trait Edge:
    CatalogueStore
    + SharedCache
    + SignalsReader
    + OriginClient
    + PaymentsClient
    + BackOfficeClient
    + NextStorefront
    + OrderGate
    + Clock
    + Randomness
{
}

impl<T> Edge for T where
    T: CatalogueStore
        + SharedCache
        + SignalsReader
        + OriginClient
        + PaymentsClient
        + BackOfficeClient
        + NextStorefront
        + OrderGate
        + Clock
        + Randomness
{
}

/// Everything that the staff functions need.
pub trait BackOffice:
    CatalogueStore
    + CatalogueWriter
    + OriginClient
    + PaymentsClient
    + MailClient
    + OperationsClient
    + Clock
    + Randomness
{
}

impl<T> BackOffice for T where
    T: CatalogueStore
        + CatalogueWriter
        + OriginClient
        + PaymentsClient
        + MailClient
        + OperationsClient
        + Clock
        + Randomness
{
}

/// Everything that payments need.
pub trait PaymentsPort: OutboundHttp + OriginClient + Clock + Randomness {}

impl<T: OutboundHttp + OriginClient + Clock + Randomness> PaymentsPort for T {}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn a_clock_that_steps_ends_a_span() {
        const HOUR_MS: i64 = 3_600_000;
        let since_ms = 1_790_000_000_000;
        for (passed_ms, within) in [
            (0, true),
            (1_999, true),
            (2_000, false),
            (-1, false),
            (-HOUR_MS, false),
            (HOUR_MS, false),
        ] {
            let now_ms = since_ms + passed_ms;
            assert_eq!(is_within(2_000, since_ms, now_ms), within, "{passed_ms}");
        }
        assert!(!is_within(2_000, i64::MIN, i64::MAX) && !is_within(2_000, i64::MAX, i64::MIN));
        assert!(!is_within(0, since_ms, since_ms), "no span at all");
    }
}
