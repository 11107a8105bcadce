//! Growing, one bounded step at a time: the same request again until the shop has grown.
//!
//! Not here: what a shard does for it (`souk_origin_sharding`).

use bytes::Bytes;
use http::Request;
use souk_ports::Clock;
use souk_protocol::shards::{
    BEGIN_GROWTH_PATH, END_GROWTH_PATH, GROWTH_ROUND_PATH, Grow, GrowReply, GrowthRound, Layout,
};
use souk_service_http::json;

use super::ask::{AT_ONCE, read};
use super::routing::{Failed, Routed, Router, ShardClient};
use crate::ask_each::ask_each;
use crate::layout::Address;

impl<C: ShardClient + Clock> Router<'_, C> {
    /// Sends every shard the number that there are to be, has each of them hand over some of its
    /// SKUs, and ends growing when all have answered that they have nothing left.
    pub(super) async fn grow(&self, request: &Request<Bytes>) -> Routed {
        let grow: Grow = read(request)?;
        let first = Address::Shard(0);
        let begun: GrowReply = self.ask(first, BEGIN_GROWTH_PATH, &grow).await?;
        let layout = match begun {
            GrowReply::Refused { .. } => return Ok(json(&begun)),
            GrowReply::Grown { layout } => {
                // One of them may not have got the final layout.
                self.tell(layout).await?;
                return Ok(json(&begun));
            }
            GrowReply::Growing { layout, .. } => layout,
        };
        let rounds = self.tell(layout).await?;
        let done = rounds.iter().filter(|round| !round.more).count();
        let done = u16::try_from(done).expect("not more than there are shards");
        let sum = |sum: GrowthRound, one: &GrowthRound| GrowthRound {
            skus: sum.skus + one.skus,
            keys: sum.keys + one.keys,
            more: sum.more || one.more,
        };
        let round = rounds.iter().fold(GrowthRound::default(), sum);
        if round.more {
            return Ok(json(&GrowReply::Growing {
                layout,
                round,
                done,
            }));
        }
        let ended: Layout = self.ask(first, END_GROWTH_PATH, &layout).await?;
        self.tell(ended).await?;
        Ok(json(&GrowReply::Grown { layout: ended }))
    }

    async fn tell(&self, layout: Layout) -> Result<Vec<GrowthRound>, Failed> {
        self.hear_of(layout);
        let tell = |shard| self.ask(Address::Shard(shard), GROWTH_ROUND_PATH, &layout);
        ask_each(0..layout.all(), AT_ONCE, tell).await
    }
}
