//! Every shape that another process can see, and no logic but the way into the domain.
//!
//! - [`public`]: the JSON of `/api/v1`.
//! - [`problem`]: RFC 9457 problem details and their types.
//! - [`trade`]: what the edge and the staff functions say to the origin, and what it answers.
//! - [`life`]: what happens to an order afterwards; [`history`] folds it.
//! - [`repair`]: making the books agree again.
//! - [`shards`]: messages between the shards of an origin.
//! - [`payments`]: what is said to the payments function.
//! - [`staff`]: the staff API through which a catalogue is published.
//! - [`back_office`]: orders, queues and reports in the staff API, and what the back office's order
//!   index ingests.
//! - [`keys`]: the keys of the key-value store and the paths of media.
//! - [`limits`]: bounds of what is accepted.
//! - [`once`]: headers that a request has once at most.

pub mod back_office;
pub mod consistency;
pub mod history;
pub mod keys;
pub mod life;
pub mod limits;
pub mod once;
pub mod payments;
pub mod problem;
pub mod public;
pub mod repair;
pub mod shards;
pub mod staff;
pub mod trade;
mod whole;
