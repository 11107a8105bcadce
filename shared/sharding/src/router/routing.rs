//! The router: what it reaches the shards by, what it knows of them, and how a request fails.
//!
//! Not here: where a request goes (the parent module).

use std::cell::Cell;

use bytes::Bytes;
use http::{Request, Response};
use souk_ports::{Clock, PortError};
use souk_protocol::shards::Layout;

use crate::layout::Address;

/// Reaches the stores of the origin.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait ShardClient {
    /// Sends one request to one store; the path is that of the protocol.
    ///
    /// # Errors
    /// When no answer came back. The request may still have been carried out.
    async fn ask(&self, to: Address, request: Request<Bytes>)
    -> Result<Response<Bytes>, PortError>;
}

/// What an instance knows of the layout: the latest that a shard has spoken of.
#[derive(Debug, Default)]
pub struct Known(pub(super) Cell<Option<Layout>>);

/// The origin of several shards, as one.
#[derive(Debug, Clone, Copy)]
pub struct Router<'a, C> {
    pub(super) client: &'a C,
    pub(super) known: &'a Known,
    /// In the settings.
    pub(super) deployed: u16,
}

impl<'a, C: ShardClient + Clock> Router<'a, C> {
    /// Routes over as many shards as the shop has, which may differ from the deployed number.
    pub fn new(client: &'a C, known: &'a Known, deployed: u16) -> Self {
        Self {
            client,
            known,
            deployed,
        }
    }
}

/// Why there is nothing to put together.
pub(super) enum Failed {
    Answered(Box<Response<Bytes>>),
    Port(PortError),
    /// The shop has this many shards, which is more than the request was routed for.
    TooFew(Layout),
}

impl From<PortError> for Failed {
    fn from(error: PortError) -> Self {
        Failed::Port(error)
    }
}

/// An answer, or why there is none.
pub(super) type Routed = Result<Response<Bytes>, Failed>;
