//! The order store of a shard: what its own store says, with units from others where they are.

use std::collections::BTreeMap;

use souk_domain::Sku;
use souk_order_store::{
    Arrival, BackupStore, BooksAudit, Committed, Found, MessageQueue, NewOrder, OrderChange,
    OrderStore, Price, PublicationStep, PublicationStore, RowsToRestore, SealedOrder, SessionStore,
    ShardStore, SoldOutHoldRequest, SoldOutHoldSet, StockStore, StoreError, StoredOrder,
    StoredRows, SubmitReply, TermsChange,
};
use souk_protocol::origin::{
    AuditReport, Claim, CopyRows, DefineOffers, Message, PriceRecord, Queue, QueueDepth,
    ReadSession, ReceiptReply, Repair, RepairBooks, RepairReply, RestoreReply, SessionStanding,
    Settlement, StockAccount, StockReceipt, StoredTerms,
};
use souk_protocol::shards::{self, Delivery, OF_RECEIPT, Pull, PullReply, ShardTerms};
use souk_protocol::staff::{PublicationReply, Publications};
use souk_sharding::ShardClient;
use souk_sharding::layout::{USES_SHARD, place_by_hash};

use crate::peers::{Peers, at_once};

/// How often an order whose units were taken back asks for them again, at once.
const ROUNDS_MAX: u32 = 4;
/// Names tried for a transfer: one whose units were taken back is over.
const NAMES_MAX: u32 = 8;

/// A store with its peers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sharded<'a, S, C> {
    pub(crate) store: &'a S,
    pub(crate) peers: &'a Peers<'a, C>,
}

/// What asking for units came to.
enum Asked {
    /// An answer about each SKU.
    Arrivals(Vec<Arrival>),
    /// No shard sells this.
    Unknown(String),
}

impl<S: ShardStore, C: ShardClient> Sharded<'_, S, C> {
    /// Asks the owners of SKUs for units. `name` tells the transfers of one purpose from others.
    async fn ask_for(
        &self,
        wanted: &BTreeMap<String, u32>,
        name: &str,
        key: &str,
    ) -> Result<Asked, StoreError> {
        let own = self.own()?;
        let owners: Vec<_> = wanted
            .iter()
            .map(|(sku, &units)| (sku, units, place_by_hash(sku, self.peers.shards)))
            // What belongs here is here, or is not sold.
            .filter(|&(_, _, owner)| owner != own)
            .collect();
        let pulls = owners
            .iter()
            .map(|&(sku, units, owner)| self.pull(sku, units, owner, name, key));
        let mut arrivals = Vec::with_capacity(owners.len());
        for ((sku, ..), pulled) in owners.iter().zip(at_once(pulls).await) {
            match pulled? {
                Some(arrival) => arrivals.push(arrival),
                None => return Ok(Asked::Unknown((*sku).clone())),
            }
        }
        Ok(Asked::Arrivals(arrivals))
    }

    /// Asks the owner of one SKU for units; `None` when it is not sold.
    async fn pull(
        &self,
        sku: &str,
        units: u32,
        owner: u16,
        name: &str,
        key: &str,
    ) -> Result<Option<Arrival>, StoreError> {
        let to = self.own()?;
        for turn in 0..NAMES_MAX {
            // By the owner's number as well: units that two owners send, one before and one after
            // the shop has grown, are two transfers.
            let transfer = format!("{owner}:{name}:{turn}:{units}:{sku}");
            let pull = Pull {
                transfer: transfer.clone(),
                key: key.to_owned(),
                sku: sku.to_owned(),
                units,
                to,
            };
            match self.peers.ask(owner, shards::PULL_PATH, &pull).await? {
                PullReply::Gone {
                    offer,
                    units,
                    available,
                } => {
                    let sku = sku.to_owned();
                    return Ok(Some(Arrival {
                        transfer,
                        sku,
                        units,
                        available,
                        offer,
                    }));
                }
                PullReply::GivenUp => {}
                PullReply::NotSold => return Ok(None),
                PullReply::Moved => break,
            }
        }
        let text = format!("{sku} has another owner, or is asked for too often");
        Err(StoreError::Transient(text))
    }

    fn own(&self) -> Result<u16, StoreError> {
        let number = self.peers.number();
        number.ok_or_else(|| StoreError::Rejected("a store of keys has no orders".to_owned()))
    }

    /// Refuses what belongs on another shard: the caller tries again.
    fn expect_home(&self, home: Option<u16>) -> Result<(), StoreError> {
        let home = match self.peers.are_several() {
            true => home,
            // The only shard is the first one, whether or not the router knows of shards.
            false => Some(home.unwrap_or(0)).filter(|&home| home == 0),
        };
        match home.is_some() && home == self.peers.number() {
            true => Ok(()),
            false => Err(StoreError::Transient(
                "the key belongs to another shard".to_owned(),
            )),
        }
    }

    /// Uses of promotions, what a buyer has of a sale, and orders of tickets are counted on one shard. A key has one home:
    /// one that belongs elsewhere since another order was tried with it cannot be used for these.
    fn expect_uses(&self, order: NewOrder<'_>) -> Result<Option<SubmitReply>, StoreError> {
        let is_limited = match order.price {
            Price::Quoted(priced) => priced.is_limited(),
            Price::OfOffers | Price::Refused(_) => false,
        };
        let is_limited = is_limited || order.submit.ticket.is_some();
        if !is_limited || !self.peers.are_several() || self.own()? == USES_SHARD {
            return Ok(None);
        }
        let quote = order.submit.quote.as_deref();
        match quote.is_some_and(|quote| quote.limited) {
            true => Ok(Some(SubmitReply::ExistsWithDifferentContent)),
            false => Err(StoreError::Rejected(
                "the order has something that is counted on one shard, and does not say so"
                    .to_owned(),
            )),
        }
    }

    /// Units that are missing here because they belong to another shard.
    async fn bring_for_change(&self, change: &OrderChange<'_>) -> Result<bool, StoreError> {
        let mut wanted: BTreeMap<String, u32> = BTreeMap::new();
        for one in change.moves {
            if one.movement.unit().available < 0 {
                *wanted.entry(one.sku.clone()).or_default() += one.units;
            }
        }
        let name = format!("{}:{}", change.order, change.revision);
        let asked = self.ask_for(&wanted, &name, "").await?;
        let Asked::Arrivals(arrivals) = asked else {
            return Ok(false);
        };
        self.keep(arrivals, &wanted, change.now_ms).await
    }
}

impl<S: ShardStore, C: ShardClient> Sharded<'_, S, C> {
    /// Units that orders here were promised and that are not here, from the owner of the SKU; for a
    /// preview they stay there. Gives whether it has them.
    async fn bring_for_repair(
        &self,
        asked: &RepairBooks,
        sku: &str,
        units: i64,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let Ok(missing) = u32::try_from(units) else {
            return Ok(false);
        };
        let wanted = if asked.preview { 0 } else { missing };
        let wanted = BTreeMap::from([(sku.to_owned(), wanted)]);
        let name = blake3::hash(asked.key.as_bytes()).to_hex();
        let name = format!("repair {}", &name[..32]);
        let Asked::Arrivals(arrivals) = self.ask_for(&wanted, &name, "").await? else {
            return Ok(false);
        };
        if asked.preview {
            return Ok(arrivals.iter().any(|one| one.available >= units));
        }
        self.keep(arrivals, &wanted, now_ms).await
    }

    async fn repair_here(
        &self,
        asked: &RepairBooks,
        now_ms: i64,
    ) -> Result<RepairReply, StoreError> {
        let mut reply = self.store.repair(asked, now_ms).await?;
        let mut brought = 0;
        if let RepairReply::Short { sku, units } = &reply
            && self.bring_for_repair(asked, sku, *units, now_ms).await?
        {
            brought = *units;
            reply = match asked.preview {
                true => RepairReply::Would {
                    repair: Repair::default(),
                },
                false => self.store.repair(asked, now_ms).await?,
            };
        }
        if let RepairReply::Done { repair }
        | RepairReply::Already { repair }
        | RepairReply::Would { repair } = &mut reply
        {
            repair.brought = brought;
            for account in &mut repair.accounts {
                account.shard = self.peers.number();
            }
            for allowance in &mut repair.allowances {
                allowance.shard = self.peers.number();
            }
        }
        Ok(reply)
    }

    /// Books what was brought, and gives whether it is everything that was wanted. What was brought and is not
    /// used is stray, and is sent back.
    async fn keep(
        &self,
        arrivals: Vec<Arrival>,
        wanted: &BTreeMap<String, u32>,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let mut complete = !arrivals.is_empty();
        for arrival in arrivals {
            complete &= wanted.get(&arrival.sku) == Some(&arrival.units);
            if arrival.units > 0 {
                let delivery = Delivery {
                    transfer: arrival.transfer,
                    sku: arrival.sku,
                    units: i64::from(arrival.units),
                };
                self.store.accept_delivery(&delivery, now_ms).await?;
            }
        }
        Ok(complete)
    }
}

impl<S: ShardStore, C: ShardClient> OrderStore for Sharded<'_, S, C> {
    async fn submit(&self, order: NewOrder<'_>) -> Result<SubmitReply, StoreError> {
        self.expect_home(order.submit.home)?;
        if let Some(refusal) = self.expect_uses(order)? {
            return Ok(refusal);
        }
        let reply = self.store.submit(order).await?;
        if !self.peers.are_several() || !matches!(reply, SubmitReply::UnknownSku { .. }) {
            return Ok(reply);
        }
        let mut wanted: BTreeMap<String, u32> = BTreeMap::new();
        for line in &order.submit.lines {
            let sku = Sku::parse(&line.sku);
            let sku = sku.map_err(|error| StoreError::Rejected(error.to_string()))?;
            let units = wanted.entry(sku.to_string()).or_default();
            *units = units.saturating_add(line.quantity);
        }
        let key = &order.submit.key;
        let name = blake3::hash(key.as_bytes()).to_hex();
        for _ in 0..ROUNDS_MAX {
            let asked = self.ask_for(&wanted, &name[..32], key).await?;
            match asked {
                Asked::Unknown(sku) => return Ok(SubmitReply::UnknownSku { sku }),
                Asked::Arrivals(arrivals) => {
                    if let Some(reply) = self.store.submit_with(order, &arrivals).await? {
                        return Ok(reply);
                    }
                }
            }
        }
        let text = "what the order wants was taken back too often";
        Err(StoreError::Transient(text.to_owned()))
    }

    async fn find(&self, id: &str, change_key: &str) -> Result<Option<Found>, StoreError> {
        self.store.find(id, change_key).await
    }

    async fn change(&self, change: OrderChange<'_>) -> Result<Committed, StoreError> {
        let committed = self.store.change(change).await?;
        if !self.peers.are_several() || !matches!(committed, Committed::TooFew { .. }) {
            return Ok(committed);
        }
        // Without them the order's money goes back. A shard that does not answer is asked again.
        match self.bring_for_change(&change).await? {
            true => self.store.change(change).await,
            false => Ok(committed),
        }
    }

    async fn reseal(
        &self,
        placed: &StoredOrder,
        fingerprint: Option<&str>,
        revision: u32,
    ) -> Result<(), StoreError> {
        self.store.reseal(placed, fingerprint, revision).await
    }

    async fn sealed_orders(&self, after: &str, limit: u32) -> Result<Vec<SealedOrder>, StoreError> {
        self.store.sealed_orders(after, limit).await
    }

    async fn archive(&self, before_ms: i64, limit: u32) -> Result<u32, StoreError> {
        self.store.archive(before_ms, limit).await
    }

    async fn thin_out(&self, before_ms: i64, limit: u32) -> Result<u32, StoreError> {
        self.store.thin_out(before_ms, limit).await
    }
}

impl<S: ShardStore, C: ShardClient> StockStore for Sharded<'_, S, C> {
    async fn define_offers(&self, offers: &DefineOffers, now_ms: i64) -> Result<(), StoreError> {
        if self.peers.are_several() {
            let own = self.own()?;
            let offered = offers.offers.iter().map(|offer| &offer.sku);
            let mut named = offered.chain(&offers.withdrawn);
            if named.any(|sku| place_by_hash(sku, self.peers.shards) != own) {
                let text = "an offer belongs to another shard";
                return Err(StoreError::Transient(text.to_owned()));
            }
        }
        self.store.define_offers(offers, now_ms).await
    }

    async fn receive(
        &self,
        receipt: &StockReceipt,
        now_ms: i64,
    ) -> Result<ReceiptReply, StoreError> {
        self.expect_home(receipt.home)?;
        if !self.peers.are_several() {
            return self.store.receive(receipt, now_ms).await;
        }
        // What is missing is taken off here, what is received goes on to the owner: a receipt is
        // booked in one place, whole, because its key is there.
        let lines = receipt.lines.iter();
        let wanted = lines.map(|line| {
            let missing = u32::try_from(-line.units.min(0)).unwrap_or(u32::MAX);
            (line.sku.clone(), missing)
        });
        let wanted: BTreeMap<_, _> = wanted.collect();
        let name = blake3::hash(receipt.key.as_bytes()).to_hex();
        let name = format!("{OF_RECEIPT}{}", &name[..32]);
        for _ in 0..ROUNDS_MAX {
            let arrivals = match self.ask_for(&wanted, &name, "").await? {
                Asked::Unknown(sku) => return Ok(ReceiptReply::UnknownSku { sku }),
                Asked::Arrivals(arrivals) => arrivals,
            };
            let too_few = arrivals
                .iter()
                .find(|one| wanted.get(&one.sku).is_some_and(|&units| one.units < units));
            if let Some(arrival) = too_few {
                let booked = self.store.receive_with(receipt, &[], now_ms).await?;
                return Ok(match booked {
                    // The key is known, so no units had to be brought for it.
                    Some(
                        reply @ (ReceiptReply::Done { .. } | ReceiptReply::KeyUsedForOtherReceipt),
                    ) => reply,
                    Some(ReceiptReply::UnknownSku { .. } | ReceiptReply::TooFew { .. }) | None => {
                        ReceiptReply::TooFew {
                            sku: arrival.sku.clone(),
                            available: arrival.available.max(i64::from(arrival.units)),
                        }
                    }
                });
            }
            let booked = self.store.receive_with(receipt, &arrivals, now_ms);
            if let Some(reply) = booked.await? {
                return Ok(reply);
            }
        }
        let text = "what the receipt names was taken back too often";
        Err(StoreError::Transient(text.to_owned()))
    }

    async fn stock(&self, skus: &[String]) -> Result<Vec<StockAccount>, StoreError> {
        self.store.stock(skus).await
    }

    async fn prices(&self, skus: &[String], after: i64) -> Result<Vec<PriceRecord>, StoreError> {
        self.store.prices(skus, after).await
    }

    async fn unavailable(&self) -> Result<Vec<String>, StoreError> {
        self.store.unavailable().await
    }

    async fn sold_out_hold(
        &self,
        asked: SoldOutHoldRequest<'_>,
    ) -> Result<Option<SoldOutHoldSet>, StoreError> {
        self.store.sold_out_hold(asked).await
    }
}

impl<S: ShardStore, C: ShardClient> MessageQueue for Sharded<'_, S, C> {
    async fn claim(&self, claim: &Claim, now_ms: i64) -> Result<Vec<Message>, StoreError> {
        self.store.claim(claim, now_ms).await
    }

    async fn settle(&self, settlements: &[Settlement], now_ms: i64) -> Result<(), StoreError> {
        self.store.settle(settlements, now_ms).await
    }

    async fn replay(&self, queue: Queue, now_ms: i64) -> Result<i64, StoreError> {
        self.store.replay(queue, now_ms).await
    }

    async fn backlog(&self, now_ms: i64) -> Result<Vec<QueueDepth>, StoreError> {
        self.store.backlog(now_ms).await
    }
}

impl<S: ShardStore, C: ShardClient> PublicationStore for Sharded<'_, S, C> {
    async fn publications(&self) -> Result<Publications, StoreError> {
        self.store.publications().await
    }

    async fn publish(&self, step: PublicationStep<'_>) -> Result<PublicationReply, StoreError> {
        self.store.publish(step).await
    }

    async fn terms(&self) -> Result<Option<StoredTerms>, StoreError> {
        let stored = self.store.terms().await?;
        if stored.is_some() || !self.peers.are_several() || self.own()? == 0 {
            return Ok(stored);
        }
        // A shard that came when the shop grew, after the version was published.
        let path = shards::SHARD_TERMS_PATH;
        let ShardTerms { terms } = self.peers.ask(0, path, &()).await?;
        let Some(terms) = terms else {
            return Ok(None);
        };
        // Nothing was in force here before, so no moment counts.
        self.store.change_terms(TermsChange::Set(&terms), 0).await?;
        self.store.terms().await
    }

    async fn change_terms(&self, change: TermsChange<'_>, now_ms: i64) -> Result<(), StoreError> {
        self.store.change_terms(change, now_ms).await
    }

    async fn price_terms(&self, stamp: &str) -> Result<Option<String>, StoreError> {
        self.store.price_terms(stamp).await
    }
}

impl<S: ShardStore, C: ShardClient> BooksAudit for Sharded<'_, S, C> {
    async fn audit(&self) -> Result<AuditReport, StoreError> {
        self.store.audit().await
    }

    async fn bytes(&self) -> Result<i64, StoreError> {
        self.store.bytes().await
    }

    async fn identity(&self) -> Result<String, StoreError> {
        self.store.identity().await
    }

    async fn repair(&self, asked: &RepairBooks, now_ms: i64) -> Result<RepairReply, StoreError> {
        if !self.peers.are_several() {
            self.expect_home(asked.home)?;
            let alone = RepairBooks {
                home: None,
                ..asked.clone()
            };
            return self.store.repair(&alone, now_ms).await;
        }
        if asked.home.is_none() {
            let text = "the router does not know of several shards";
            return Err(StoreError::Transient(text.to_owned()));
        }
        self.repair_here(asked, now_ms).await
    }
}

/// What a sale sells, and orders with its tickets, are on one shard, which the router asks.
impl<S: ShardStore, C: ShardClient> SessionStore for Sharded<'_, S, C> {
    async fn read_session(
        &self,
        asked: &ReadSession,
        now_ms: i64,
    ) -> Result<SessionStanding, StoreError> {
        self.store.read_session(asked, now_ms).await
    }

    async fn forget_session(&self, before_ms: i64, limit: u32) -> Result<u32, StoreError> {
        self.store.forget_session(before_ms, limit).await
    }
}

impl<S: ShardStore, C: ShardClient> BackupStore for Sharded<'_, S, C> {
    async fn copy_rows(&self, asked: &CopyRows) -> Result<StoredRows, StoreError> {
        self.store.copy_rows(asked).await
    }

    async fn begin_restore(&self, backup: &str) -> Result<RestoreReply, StoreError> {
        self.store.begin_restore(backup).await
    }

    async fn restore_rows(&self, batch: RowsToRestore<'_>) -> Result<RestoreReply, StoreError> {
        self.store.restore_rows(batch).await
    }

    async fn finish_restore(
        &self,
        backup: &str,
        card_holds_from_ms: i64,
    ) -> Result<RestoreReply, StoreError> {
        self.store.finish_restore(backup, card_holds_from_ms).await
    }

    async fn requeue_orders(
        &self,
        after: &str,
        limit: u32,
        payments: bool,
        now_ms: i64,
    ) -> Result<Vec<String>, StoreError> {
        self.store
            .requeue_orders(after, limit, payments, now_ms)
            .await
    }
}
