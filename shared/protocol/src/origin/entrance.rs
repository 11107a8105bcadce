//! How an edge asks an origin that is another deployment, over HTTPS: the same requests behind a prefix,
//! with a token, and with the name of the store that both mean.
//!
//! The token of the deployment is in `Authorization: Bearer`. Every answer to a request that had it
//! names the store of the origin in [`STORE_HEADER`]; a request that names another store there is
//! refused with [`OTHER_STORE`], before anything is done. So an edge never mixes two stores.

/// Stands in front of the path of a request that comes from another deployment.
pub const ENTRANCE: &str = "/origin";

/// `GET`: → 204. It reads nothing, so it is also asked to know whether an origin is there.
pub const IDENTITY_PATH: &str = "/trade/v1/identity";

/// `GET`: → the availability snapshot and the sold-out holds, as `souk_stock_signals` writes both.
pub const SIGNALS_PATH: &str = "/trade/v1/signals";

/// Of an answer: the store of this origin. Of a request: the store that the edge means.
pub const STORE_HEADER: &str = "souk-origin-store";

/// Of a request: how many origins the edge divides its requests among. More than one have to share a
/// store.
pub const MEMBERS_HEADER: &str = "souk-origin-members";

/// The status of an answer to a request that means another store: Misdirected Request (RFC 9110,
/// 15.5.20).
pub const OTHER_STORE: u16 = 421;
