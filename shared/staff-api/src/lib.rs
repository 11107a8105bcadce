//! The staff API, and what is due by the clock.
//!
//! - [`Staff`]: blobs, media, publications, offers, stock, audit; orders, payments,
//!   receipts, repairs, queues; shards; levels, switches, sales and the journal; tokens.
//! - [`tick`](fn@tick): what a scheduler calls.
//!
//! A function asks [`Staff::admit`] first, for every address and with the headers alone; without a
//! token that allows the request nothing answers, and no body is read. What is strict (versions,
//! offers, stock) is the origin's and is passed on; what is published goes to the key-value store.
//!
//! Not here: the order index and the courier that fills it (`souk-order-index`), files and their
//! import (`souk-import`), which blobs to send (the tool that publishes).

mod access;
mod admit;
mod blobs;
mod in_use;
mod insights;
mod insights_build;
mod ladder;
mod limits;
mod members;
mod metrics;
mod operations;
mod orders;
mod origin;
mod payments;
mod plan;
mod publish;
mod queues;
mod release;
mod repairs;
mod reply;
mod request;
mod routes;
mod sales;
mod searches;
mod settings;
mod shards;
mod signals;
mod staff;
mod stock;
mod switches;
mod tick;
mod tokens;
mod worklist;

pub use access::{Access, Seat};
pub use admit::Admitted;
pub use settings::Settings;
pub use staff::Staff;
pub use tick::{send_mails, tick};
