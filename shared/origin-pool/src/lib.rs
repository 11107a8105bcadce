//! Several origins over one store, as the edge asks them: a pool over HTTPS, in the place of the origin
//! of the edge's own deployment.
//!
//! - [`Balancer`]: turns by weight or by load, ejection and probes; pure.
//! - [`Pool`]: sends a request to a member, and judges what comes back.
//! - [`PooledEdge`]: an edge whose origin is a pool, if the deployment has one.
//!
//! A pool is one origin because its members share one store, in which every write is decided; so any
//! member may answer any request, and a request with the same key may be sent again to another one. Each
//! answer names the store, and a member of another one gets nothing.
//!
//! Not here: repetitions, and not asking an origin that is down (`souk_storefront`), the entrance on the
//! other side (`souk_origin`).

mod balancer;
mod edge;
mod pool;
mod settings;

pub use balancer::{Attempt, Balancer, EJECTED_MS, EJECTED_MS_MAX, PROBE_MS_MAX, Policy};
pub use edge::PooledEdge;
pub use pool::{Network, Pool};
pub use settings::{MEMBERS_MAX, PoolSettings, WEIGHT_MAX};
