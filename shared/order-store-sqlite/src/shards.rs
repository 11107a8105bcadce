//! One store among others: the port, and the homes of keys. What it does is in `transfers`, `layout`
//! and `growth`.

use souk_order_store::{
    Arrival, Departure, Given, KeysToKeep, NewOrder, ShardStore, StoreError, SubmitReply,
};
use souk_protocol::origin::{ReceiptReply, StockReceipt};
use souk_protocol::shards::{Delivery, Layout, Ownership, Pull, PullReply, SkuKeys};
use souk_sql::{SqliteDriver, SqliteSession};

use crate::columns::{one, shard};
use crate::store::SqliteOrderStore;
use crate::{growth, layout, sku_keys, transfers};

const KEY_HOME: &str = "SELECT shard FROM key_home WHERE key = ?1";
/// One statement, so the first one counts.
const KEEP_KEY: &str = "INSERT INTO key_home (key, shard) VALUES (?1, ?2)
    ON CONFLICT (key) DO UPDATE SET shard = shard RETURNING shard";

impl<D: SqliteDriver> ShardStore for SqliteOrderStore<D> {
    async fn claim_key(&self, key: &str, home: u16) -> Result<u16, StoreError> {
        self.driver
            .run(async |session| {
                // Most claims of a key that is known are retries, and need no write.
                let known = session.execute(KEY_HOME, &[key.into()]).await?;
                if let Some(known) = known.first() {
                    return shard(known, 0);
                }
                let parameters = [key.into(), i64::from(home).into()];
                shard(&one(session.execute(KEEP_KEY, &parameters).await?)?, 0)
            })
            .await
    }

    async fn keep_keys(&self, keys: &[String], home: u16) -> Result<(), StoreError> {
        self.driver
            .write(async |session| growth::keep(session, keys, home).await)
            .await
    }

    async fn layout(&self) -> Result<Option<Layout>, StoreError> {
        self.driver
            .run(async |session| layout::find(session).await)
            .await
    }

    async fn take_layout(&self, taken: Layout, own: u16) -> Result<Layout, StoreError> {
        self.driver
            .write(async |session| layout::take(session, taken, own).await)
            .await
    }

    async fn depart(&self, pull: &Pull, now_ms: i64) -> Result<PullReply, StoreError> {
        self.driver
            .write(async |session| transfers::depart(session, pull, now_ms).await)
            .await
    }

    async fn submit_with(
        &self,
        order: NewOrder<'_>,
        arrivals: &[Arrival],
    ) -> Result<Option<SubmitReply>, StoreError> {
        self.driver
            .write(async |session| {
                layout::expect_open(session).await?;
                transfers::submit_with(session, order, arrivals).await
            })
            .await
    }

    async fn receive_with(
        &self,
        receipt: &StockReceipt,
        arrivals: &[Arrival],
        now_ms: i64,
    ) -> Result<Option<ReceiptReply>, StoreError> {
        self.driver
            .write(async |session| {
                layout::expect_open(session).await?;
                transfers::receive_with(session, receipt, arrivals, now_ms).await
            })
            .await
    }

    async fn has_arrived(&self, transfer: &str) -> Result<bool, StoreError> {
        self.driver
            .run(async |session| transfers::has_arrived(session, transfer).await)
            .await
    }

    async fn accept_delivery(&self, delivery: &Delivery, now_ms: i64) -> Result<bool, StoreError> {
        self.driver
            .write(async |session| transfers::accept_delivery(session, delivery, now_ms).await)
            .await
    }

    async fn send_strays(&self, shards: u16, now_ms: i64) -> Result<(), StoreError> {
        self.driver
            .write(async |session| transfers::send_strays(session, shards, now_ms).await)
            .await
    }

    async fn departures(
        &self,
        before_ms: i64,
        limit: u32,
        silent: &[u16],
    ) -> Result<Vec<Departure>, StoreError> {
        self.driver
            .run(async |session| transfers::departures(session, before_ms, limit, silent).await)
            .await
    }

    async fn end_departure(
        &self,
        transfer: &str,
        arrived: bool,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        self.driver
            .write(async |session| transfers::end(session, transfer, arrived, now_ms).await)
            .await
    }

    async fn give_up(
        &self,
        own: u16,
        look: u32,
        limit: u32,
        now_ms: i64,
    ) -> Result<Vec<Given>, StoreError> {
        self.driver
            .write(async |session| {
                growth::give_up(session, own, look, now_ms).await?;
                growth::given(session, limit).await
            })
            .await
    }

    async fn arrived(&self, ownerships: &[Ownership]) -> Result<(), StoreError> {
        self.driver
            .write(async |session| growth::arrived(session, ownerships).await)
            .await
    }

    async fn is_left(&self) -> Result<bool, StoreError> {
        self.driver
            .run(async |session| growth::is_left(session).await)
            .await
    }

    async fn own(&self, ownerships: &[Ownership], now_ms: i64) -> Result<(), StoreError> {
        self.driver
            .write(async |session| growth::own(session, ownerships, now_ms).await)
            .await
    }

    async fn sku_keys(
        &self,
        sku: &str,
        from: &str,
    ) -> Result<(SkuKeys, Option<String>), StoreError> {
        self.driver
            .run(async |session| sku_keys::page(session, sku, from).await)
            .await
    }

    async fn note_sku_keys(&self, sku_keys: &[SkuKeys]) -> Result<(), StoreError> {
        self.driver
            .write(async |session| sku_keys::note(session, sku_keys).await)
            .await
    }

    async fn keys_to_keep(&self, limit: u32) -> Result<Option<KeysToKeep>, StoreError> {
        self.driver
            .run(async |session| growth::keys_to_keep(session, limit).await)
            .await
    }

    async fn keys_kept(&self, kept: &KeysToKeep) -> Result<(), StoreError> {
        self.driver
            .write(async |session| growth::keys_kept(session, kept).await)
            .await
    }
}
