//! What the ushers of waiting rooms ask: how a session of a sale stands.
//!
//! Units of a sale and orders with its tickets are at one shard, so its answer is whole.

use bytes::Bytes;
use http::{Request, Response};
use souk_ports::{Clock, PortError};
use souk_protocol::origin;

use super::routing::{Routed, Router, ShardClient};
use crate::layout::{Address, USES_SHARD};

impl<C: ShardClient + Clock> Router<'_, C> {
    /// Sends a request of an usher.
    ///
    /// # Errors
    /// As [`souk_ports::OriginClient::send`], and when ushers do not ask for that.
    pub async fn send_of_usher(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, PortError> {
        let is_sent = |path: &str| path == origin::SESSION_PATH;
        let route = async |request| self.route_of_usher(request).await;
        self.answer_only(request, is_sent, route).await
    }

    pub(super) async fn route_of_usher(&self, request: Request<Bytes>) -> Routed {
        self.send_to(Address::Shard(USES_SHARD), request).await
    }
}
