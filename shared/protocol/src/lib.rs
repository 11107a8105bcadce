//! Every shape that another process can see, and no logic except the conversion into the domain.
//!
//! - [`public`]: the JSON of `/api/v1`; [`quotes`]: that of what a cart costs.
//! - [`problem`]: RFC 9457 problem details and their types.
//! - [`origin`]: the messages of the edge and the back office to the origin; [`history`] folds the
//!   events of an order.
//! - [`shards`]: messages between the shards of an origin.
//! - [`payments`]: messages to the payments function; [`mail`]: those to the mail function.
//! - [`operations`]: messages to the store of levels, switches and the journal; [`release`]: those about
//!   a release of the storefront.
//! - [`staff`]: the staff API, each [`endpoint`] declared once for its server and its clients.
//! - [`order_index`]: event messages, which the courier delivers to the order index.
//! - [`tallies`]: how often shoppers searched for what, on its way to the back office.
//! - [`keys`]: the keys of the key-value store and the paths of media.
//! - [`limits`]: bounds of what is accepted.
//! - [`once`]: headers that a request has once at most.
//! - [`options`]: options of lines.

mod by_kind;
pub mod consistency;
pub mod endpoint;
pub mod history;
pub mod keys;
pub mod limits;
pub mod mail;
pub mod once;
pub mod operations;
pub mod options;
pub mod order_index;
pub mod origin;
pub mod payments;
pub mod plan;
pub mod problem;
pub mod public;
pub mod quotes;
pub mod rates;
pub mod recommendations;
pub mod release;
pub mod room;
pub mod samples;
pub mod search;
pub mod shards;
pub mod staff;
pub mod tallies;
mod whole;
