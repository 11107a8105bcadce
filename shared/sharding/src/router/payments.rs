//! What payments ask the origin for: they read an order, change one, and work off their messages.
//!
//! A part of its own for the same reason as `shop`: its script has no code for the rest.
//!
//! Not here: what staff and the origin itself ask for (the parent module).

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::Value;
use souk_ports::{Clock, PortError};
use souk_protocol::origin::{self, Claim};
use souk_service_http::json;

use super::ask::{Members, again, at_once, read, text};
use super::routing::{Failed, Routed, Router, ShardClient};
use crate::layout::{Address, home_of};

/// Paths that [`Router::route_of_payments`] divides among shards.
pub(super) const ROUTED: [&str; 4] = [
    origin::RECORD_PATH,
    origin::CHANGES_PATH,
    origin::CLAIM_PATH,
    origin::SETTLE_PATH,
];

impl<C: ShardClient + Clock> Router<'_, C> {
    /// Sends a request of payments.
    ///
    /// # Errors
    /// As [`souk_ports::OriginClient::send`], and when payments do not ask for that.
    pub async fn send_of_payments(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, PortError> {
        let is_sent = |path: &str| ROUTED.contains(&path);
        let route = async |request| self.route_of_payments(request).await;
        self.answer_only(request, is_sent, route).await
    }

    pub(super) async fn route_of_payments(&self, request: Request<Bytes>) -> Routed {
        if self.shards().await? <= 1 {
            return self.send_to(Address::Shard(0), request).await;
        }
        let post = request.method() == Method::POST;
        match request.uri().path() {
            origin::RECORD_PATH => self.record(request).await,
            origin::CHANGES_PATH if post => self.change(request).await,
            origin::CLAIM_PATH if post => self.claim(&request).await,
            origin::SETTLE_PATH if post => self.settle(&request).await,
            _ => self.send_to(Address::Shard(0), request).await,
        }
    }

    /// Asks all shards at once, each for its share, and those that may have more once more, until
    /// there are enough messages; each time beginning with another shard. What some have given is
    /// not kept back because others do not answer.
    async fn claim(&self, request: &Request<Bytes>) -> Routed {
        let claim: Claim = read(request)?;
        if let Some(order) = &claim.order {
            let home = home_of(order);
            return self.of_shard(home, again(request)).await;
        }
        // Nothing of a message is read here: it is for the caller.
        let mut messages: Vec<Value> = Vec::new();
        let mut failed = None;
        let shards = self.shards().await?;
        let turn = self.client.now_ms().unsigned_abs() % u64::from(shards);
        let turn = u16::try_from(turn).expect("below the number of shards");
        let mut waiting: Vec<u16> = (0..shards).map(|step| (turn + step) % shards).collect();
        let mut wanted = claim.limit;
        while wanted > 0 && !waiting.is_empty() {
            let asked =
                usize::try_from(wanted).map_or(waiting.len(), |most| most.min(waiting.len()));
            let asked: Vec<u16> = waiting.drain(..asked).collect();
            // At least 1, and all together not more than wanted.
            let share = wanted / u32::try_from(asked.len()).expect("below the number of shards");
            let parts = asked.into_iter().map(async |shard| {
                let claim = Claim {
                    limit: share,
                    ..claim.clone()
                };
                let part = self.ask(Address::Shard(shard), origin::CLAIM_PATH, &claim);
                (shard, part.await)
            });
            for (shard, part) in at_once(parts).await {
                let part: Vec<Value> = match part {
                    Ok(part) => part,
                    Err(error @ Failed::TooFew(_)) => return Err(error),
                    Err(error) => {
                        failed = Some(error);
                        continue;
                    }
                };
                let count = u32::try_from(part.len()).unwrap_or(u32::MAX);
                if count >= share {
                    waiting.push(shard);
                }
                wanted = wanted.saturating_sub(count);
                messages.extend(part);
            }
        }
        match failed {
            Some(error) if messages.is_empty() => Err(error),
            Some(_) | None => Ok(json(&messages)),
        }
    }

    /// Of a `Settlement` nothing is read but its order: the shard reads all of it.
    async fn settle(&self, request: &Request<Bytes>) -> Routed {
        let settlements: Vec<Members> = read(request)?;
        let mut parts: BTreeMap<u16, Vec<Members>> = BTreeMap::new();
        for settlement in settlements {
            let home = home_of(text(&settlement, "order")?);
            parts.entry(home).or_default().push(settlement);
        }
        self.pass_parts(request, parts).await
    }
}
