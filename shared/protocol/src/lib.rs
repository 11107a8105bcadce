//! Every shape that another process can see, and no logic but the way into the domain.
//!
//! - [`public`]: the JSON of `/api/v1`.
//! - [`problem`]: RFC 9457 problem details and their types.
//! - [`origin`]: what the edge and the back office say to the origin; [`history`] folds what happens
//!   to an order.
//! - [`shards`]: messages between the shards of an origin.
//! - [`payments`]: what is said to the payments function.
//! - [`staff`]: the staff API, each [`endpoint`] declared once for its server and its clients.
//! - [`order_index`]: what the courier brings to the back office's order index.
//! - [`keys`]: the keys of the key-value store and the paths of media.
//! - [`limits`]: bounds of what is accepted.
//! - [`once`]: headers that a request has once at most.

pub mod consistency;
pub mod endpoint;
pub mod history;
pub mod keys;
pub mod limits;
pub mod once;
pub mod order_index;
pub mod origin;
pub mod payments;
pub mod problem;
pub mod public;
pub mod shards;
pub mod staff;
mod whole;
