//! What the scripts on Cloudflare Workers have in common: requests in and out of JavaScript, the
//! ports of the edge on KV, the Cache API, service bindings and Durable Objects, settings, and the
//! SQLite of an object.
//!
//! A script reaches what its `wrangler.toml` binds and nothing else: what is implemented here and
//! not bound there answers that it is not set up, and what a script does not use is not in it.
//!
//! Not here: the classes of objects (`workers-origin`, `workers-backoffice`), entry points (one
//! crate for each script).

mod clock;
mod edge;
mod errors;
pub mod http;
pub mod objects;
pub mod settings;
pub mod signals;
mod sqlite;

pub use clock::now_ms;
pub use edge::{
    AllRequests, MAIL_HOST, OriginRequests, PAYMENTS_HOST, PaymentsRequests, ShopRequests,
    UsherRequests, WorkersEdge, WorkersRandomness,
};
pub use errors::{transient, unsupported};
pub use sqlite::{DurableSession, DurableSqlite, at_once};

/// What every script does when an isolate starts: a panic is logged with its place, and JavaScript
/// gets the names of headers that the script reads.
pub fn start(read: &[http::Wanted]) {
    console_error_panic_hook::set_once();
    http::intern_names(read);
}
