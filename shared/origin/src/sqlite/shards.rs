//! One store among others: the port, and the homes of keys. What it does is in `transfers` and
//! `directory`.

use souk_protocol::life::{ReceiptReply, StockReceipt};
use souk_protocol::shards::{Delivery, GiveAway, OF_RECEIPT, Pull, PullReply, SkuKeys};
use souk_protocol::trade::SubmitReply;
use souk_sql::{Row, SqliteDriver, SqliteSession, json};

use super::{SqliteOrderStore, directory, handover, sku_keys, transfers};
use crate::shards::{Arrival, Departure, OlderKeys, Place, ShardStore, SkuKeySource, Whereabouts};
use crate::{NewOrder, StoreError};

const KEY_HOME: &str = "SELECT shard FROM key_home WHERE key = ?1";
/// One statement, so the first one counts.
const KEEP_KEY: &str = "INSERT INTO key_home (key, shard) VALUES (?1, ?2)
    ON CONFLICT (key) DO UPDATE SET shard = shard RETURNING shard";
const KNOWS_KEY: &str = "SELECT 1 FROM orders WHERE key = ?1
    UNION ALL SELECT 1 FROM order_archive WHERE key = ?1";
const KNOWS_RECEIPT: &str = "SELECT 1 FROM receipt WHERE key = ?1";
const WHEREABOUTS: &str = "SELECT stock.sku, stock.owner
    FROM json_each(?1) AS asked CROSS JOIN stock ON stock.sku = asked.value";

impl<D: SqliteDriver> ShardStore for SqliteOrderStore<D> {
    async fn key_home(&self, key: &str) -> Result<Option<u16>, StoreError> {
        self.driver
            .run(async |session| {
                let rows = session.execute(KEY_HOME, &[key.into()]).await?;
                rows.first().map(|row| shard(row, 0)).transpose()
            })
            .await
    }

    async fn keep_key(&self, key: &str, home: u16) -> Result<u16, StoreError> {
        self.driver
            .run(async |session| {
                let parameters = [key.into(), i64::from(home).into()];
                shard(&one(session.execute(KEEP_KEY, &parameters).await?)?, 0)
            })
            .await
    }

    async fn knows_key(&self, key: &str) -> Result<bool, StoreError> {
        self.driver
            .run(async |session| {
                let (sql, key) = match key.strip_prefix(OF_RECEIPT) {
                    Some(key) => (KNOWS_RECEIPT, key),
                    None => (KNOWS_KEY, key),
                };
                let rows = session.execute(sql, &[key.into()]).await?;
                Ok(!rows.is_empty())
            })
            .await
    }

    async fn take_keys(&self, keys: &[String], home: u16) -> Result<u32, StoreError> {
        self.driver
            .write(async |session| handover::take(session, keys, home).await)
            .await
    }

    async fn older_keys(&self, limit: u32) -> Result<Option<OlderKeys>, StoreError> {
        self.driver
            .run(async |session| handover::next(session, limit).await)
            .await
    }

    async fn older_keys_told(&self, keys: &OlderKeys) -> Result<(), StoreError> {
        self.driver
            .write(async |session| handover::told(session, keys).await)
            .await
    }

    async fn count_shards(&self, deployed: u16) -> Result<u16, StoreError> {
        let known = self
            .driver
            .run(async |session| directory::count_shards(session, deployed).await)
            .await?;
        if known > deployed || deployed <= 1 {
            return Ok(known);
        }
        self.driver
            .write(async |session| directory::keep_shards(session, deployed).await)
            .await
    }

    async fn whereabouts(&self, skus: &[String]) -> Result<Vec<Whereabouts>, StoreError> {
        let rows = self
            .driver
            .run(async |session| session.execute(WHEREABOUTS, &[json(skus).into()]).await)
            .await?;
        let whereabouts = |sku: &String| -> Result<Whereabouts, StoreError> {
            for row in &rows {
                if row.text(0)? == sku {
                    return Ok(match optional_shard(row, 1)? {
                        None => Whereabouts::Here,
                        Some(owner) => Whereabouts::At(owner),
                    });
                }
            }
            Ok(Whereabouts::Unknown)
        };
        skus.iter().map(whereabouts).collect()
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
            .write(async |session| transfers::submit_with(session, order, arrivals).await)
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
                transfers::receive_with(session, receipt, arrivals, now_ms).await
            })
            .await
    }

    async fn has_arrived(&self, transfer: &str) -> Result<bool, StoreError> {
        self.driver
            .run(async |session| transfers::has_arrived(session, transfer).await)
            .await
    }

    async fn take_in(&self, delivery: &Delivery, now_ms: i64) -> Result<bool, StoreError> {
        self.driver
            .write(async |session| transfers::take_in(session, delivery, now_ms).await)
            .await
    }

    async fn departures(
        &self,
        before_ms: i64,
        limit: u32,
        silent: &[u16],
        now_ms: i64,
    ) -> Result<Vec<Departure>, StoreError> {
        self.driver
            .write(async |session| {
                transfers::departures(session, before_ms, limit, silent, now_ms).await
            })
            .await
    }

    async fn departure(&self, transfer: &str) -> Result<Option<Departure>, StoreError> {
        self.driver
            .run(async |session| transfers::open_departure(session, transfer).await)
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

    async fn give_away(&self, give: &GiveAway, own: u16, now_ms: i64) -> Result<bool, StoreError> {
        self.driver
            .write(async |session| transfers::give_away(session, give, own, now_ms).await)
            .await
    }

    async fn sku_keys(&self, sku: &str, from: &str) -> Result<SkuKeys, StoreError> {
        self.driver
            .run(async |session| sku_keys::page(session, sku, from).await)
            .await
    }

    async fn wanted_sku_keys(
        &self,
        keys_max: usize,
        silent: &[u16],
        limit: u32,
    ) -> Result<Vec<SkuKeySource>, StoreError> {
        self.driver
            .run(async |session| sku_keys::wanted(session, keys_max, silent, limit).await)
            .await
    }

    async fn take_sku_keys(&self, source: &SkuKeySource, page: &SkuKeys) -> Result<(), StoreError> {
        self.driver
            .write(async |session| sku_keys::take(session, source, page).await)
            .await
    }

    async fn places(&self, skus: &[String]) -> Result<Vec<Place>, StoreError> {
        self.driver
            .write(async |session| directory::places(session, skus).await)
            .await
    }

    async fn assign(&self, places: &[(String, u16)]) -> Result<(), StoreError> {
        self.driver
            .write(async |session| directory::assign(session, places).await)
            .await
    }

    async fn direct(&self, sku: &str, target: u16, pin: Option<u16>) -> Result<(), StoreError> {
        self.driver
            .write(async |session| directory::direct(session, sku, target, pin).await)
            .await
    }

    async fn moved(&self, place: &Place, place_by_hash: u16) -> Result<(), StoreError> {
        self.driver
            .write(async |session| directory::moved(session, place, place_by_hash).await)
            .await
    }

    async fn moving(&self, limit: u32) -> Result<Vec<Place>, StoreError> {
        self.driver
            .run(async |session| directory::moving(session, limit).await)
            .await
    }

    async fn unseen(&self, shards: u16, limit: u32) -> Result<Vec<Place>, StoreError> {
        self.driver
            .write(async |session| directory::unseen(session, shards, limit).await)
            .await
    }

    async fn seen(&self, up_to: &str) -> Result<(), StoreError> {
        self.driver
            .write(async |session| directory::seen(session, up_to).await)
            .await
    }

    async fn layout(&self, shards: u16) -> Result<(Vec<(String, u16)>, u64, bool), StoreError> {
        self.driver
            .write(async |session| directory::layout(session, shards).await)
            .await
    }
}

pub(super) fn one(rows: Vec<Row>) -> Result<Row, StoreError> {
    let first = rows.into_iter().next();
    first.ok_or_else(|| StoreError::Corrupt("a statement gave no row".into()))
}

pub(super) fn shard(row: &Row, column: usize) -> Result<u16, StoreError> {
    u16::try_from(row.integer(column)?)
        .map_err(|_| StoreError::Corrupt("a shard has no such number".into()))
}

pub(super) fn optional_shard(row: &Row, column: usize) -> Result<Option<u16>, StoreError> {
    match row.optional_integer(column)? {
        Some(_) => shard(row, column).map(Some),
        None => Ok(None),
    }
}
