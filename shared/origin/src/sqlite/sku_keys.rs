//! The keys of orders that have a SKU, and live on shards that owned it before: what a latch must know
//! where the SKU is now.
//!
//! **Complete by induction.** What a shard has of a SKU that it owns is complete when it lacks no
//! source: its own orders, the departures for orders elsewhere, and what it was told. When the SKU
//! leaves, the new owner hears which shards have all of it: this one, and the sources that it still
//! lacks. None of them gets another key for the SKU from then on, because whoever orders it asks the
//! new owner, who writes the key down. (An order that was looked at before the SKU left is placed
//! before it leaves: in an object nothing comes in between.) So the new owner may ask them whenever
//! it likes, page by page. It likes to when a latch is wanted: most SKUs never need one.
//!
//! A page that was asked for before the SKU left and came back belongs to an earlier stay, and is not
//! taken: a source says by which transfer the stay began.

use souk_protocol::shards::SkuKeys;
use souk_sql::{Row, SqliteSession, Value, json};

use super::shards::{one, shard};
use crate::StoreError;
use crate::shards::SkuKeySource;

/// Keys in one answer, with perhaps some that others have as well.
const PAGE: i64 = 2_000;

const KEYS_OF_ORDERS: &str = "SELECT order_id, coalesce(
        (SELECT key FROM orders WHERE orders.id = taken.order_id),
        (SELECT key FROM order_archive WHERE order_archive.id = taken.order_id))
    FROM (
        SELECT DISTINCT order_id FROM stock_movement INDEXED BY stock_movement_taken
        WHERE sku = ?1 AND kind IN ('hold', 'sell') AND order_id > ?2
        ORDER BY order_id LIMIT ?3
    ) AS taken";
const KEYS_OF_DEPARTURES: &str = "SELECT CAST(number AS TEXT), key
    FROM departure INDEXED BY departure_of_sku
    WHERE sku = ?1 AND kind = 'asked' AND key <> '' AND number > CAST(?2 AS INTEGER)
    ORDER BY number LIMIT ?3";
const KEYS_TOLD: &str = "SELECT key, key FROM sku_key WHERE sku = ?1 AND key > ?2
    ORDER BY key LIMIT ?3";
const HAS_KEYS: &str = "SELECT keys_elsewhere,
        EXISTS (SELECT 1 FROM stock_movement INDEXED BY stock_movement_taken
            WHERE sku = ?1 AND kind IN ('hold', 'sell'))
        OR EXISTS (SELECT 1 FROM departure WHERE sku = ?1 AND kind = 'asked' AND key <> '')
        OR EXISTS (SELECT 1 FROM sku_key WHERE sku = ?1)
    FROM stock WHERE sku = ?1";
const SOURCES: &str = "SELECT shard FROM sku_key_source WHERE sku = ?1 ORDER BY shard";
const FORGET_SOURCES: &str = "DELETE FROM sku_key_source WHERE sku = ?1";
const ADD_SOURCE: &str = "INSERT INTO sku_key_source (sku, shard, transfer) VALUES (?1, ?2, ?3)";
const ADD_KEYS: &str = "INSERT INTO sku_key (sku, key) SELECT ?1, value FROM json_each(?2)
    WHERE true ON CONFLICT (sku, key) DO NOTHING";
const WANT: &str = "UPDATE stock SET keys_wanted = 1 WHERE sku = ?1 AND keys_wanted = 0
    AND EXISTS (SELECT 1 FROM sku_key_source WHERE sku = ?1)";
const WANTED: &str = "SELECT source.sku, shard, transfer, position
    FROM stock INDEXED BY stock_keys_wanted CROSS JOIN sku_key_source AS source
        ON source.sku = stock.sku
    WHERE keys_wanted = 1 AND taken <= ?1 AND shard NOT IN (SELECT value FROM json_each(?2))
    LIMIT ?3";
const IS_AT: &str = "SELECT 1 FROM sku_key_source
    WHERE sku = ?1 AND shard = ?2 AND transfer = ?3 AND position = ?4";
const GO_ON: &str = "UPDATE sku_key_source SET position = ?3, taken = taken + ?4
    WHERE sku = ?1 AND shard = ?2";
const END: &str = "DELETE FROM sku_key_source WHERE sku = ?1 AND shard = ?2";
const COMPLETE: &str = "UPDATE stock SET keys_elsewhere = 0, keys_wanted = 0 WHERE sku = ?1
    AND NOT EXISTS (SELECT 1 FROM sku_key_source WHERE sku = ?1)";

/// A page of what this shard knows. Where it begins is made here: which list, and after what.
pub(super) async fn page<S: SqliteSession>(
    session: &S,
    sku: &str,
    from: &str,
) -> Result<SkuKeys, StoreError> {
    let (list, after) = from.split_at_checked(1).unwrap_or(("o", ""));
    let (sql, next_list) = match list {
        "o" => (KEYS_OF_ORDERS, Some("d0")),
        "d" => (KEYS_OF_DEPARTURES, Some("t")),
        "t" => (KEYS_TOLD, None),
        _ => {
            let text = format!("no list of keys is called '{from}'");
            return Err(StoreError::Rejected(text));
        }
    };
    let parameters = [sku.into(), after.into(), PAGE.into()];
    let rows = session.execute(sql, &parameters).await?;
    let next = match rows.last() {
        Some(last) if i64::try_from(rows.len()).is_ok_and(|count| count == PAGE) => {
            Some(format!("{list}{}", last.text(0)?))
        }
        Some(_) | None => next_list.map(str::to_owned),
    };
    let keys = rows.iter().map(|row| row.text(1).map(str::to_owned));
    Ok(SkuKeys {
        keys: keys.collect::<Result<_, _>>()?,
        next,
    })
}

/// What goes with a SKU that leaves shard `own` for another one: whether orders had it, and the
/// shards that have all their keys. Nothing of it is missing here from then on.
pub(super) async fn leave<S: SqliteSession>(
    session: &S,
    sku: &str,
    own: u16,
    to: u16,
) -> Result<(bool, Vec<u16>), StoreError> {
    let known = one(session.execute(HAS_KEYS, &[sku.into()]).await?)?;
    let (has_elsewhere, has_own) = (known.integer(0)? == 1, known.integer(1)? == 1);
    let rows = session.execute(SOURCES, &[sku.into()]).await?;
    let mut sources: Vec<u16> = rows
        .iter()
        .map(|row| shard(row, 0))
        .collect::<Result<_, _>>()?;
    session.execute(FORGET_SOURCES, &[sku.into()]).await?;
    if has_elsewhere && sources.is_empty() {
        // It came from a shard that did not say where they are.
        return Ok((true, sources));
    }
    if has_own {
        sources.push(own);
    }
    // Who gets the SKU has its own.
    sources.retain(|&source| source != to);
    Ok((!sources.is_empty(), sources))
}

/// A SKU has come by a transfer, and these shards have keys of its orders.
pub(super) async fn come<S: SqliteSession>(
    session: &S,
    sku: &str,
    sources: &[u16],
    transfer: &str,
) -> Result<(), StoreError> {
    session.execute(FORGET_SOURCES, &[sku.into()]).await?;
    for &source in sources {
        let parameters = [sku.into(), i64::from(source).into(), transfer.into()];
        session.execute(ADD_SOURCE, &parameters).await?;
    }
    Ok(())
}

/// An order elsewhere has the SKU, although no unit of it left for that.
pub(super) async fn note<S: SqliteSession>(
    session: &S,
    sku: &str,
    key: &str,
) -> Result<(), StoreError> {
    let parameters = [sku.into(), json(&[key]).into()];
    session.execute(ADD_KEYS, &parameters).await?;
    Ok(())
}

/// A latch is wanted, and keys are missing.
pub(super) async fn want<S: SqliteSession>(session: &S, sku: &str) -> Result<(), StoreError> {
    session.execute(WANT, &[sku.into()]).await?;
    Ok(())
}

/// Sources to ask, for SKUs whose keys are wanted, without those that have given more than
/// `keys_max` and those that are silent.
pub(super) async fn wanted<S: SqliteSession>(
    session: &S,
    keys_max: usize,
    silent: &[u16],
    limit: u32,
) -> Result<Vec<SkuKeySource>, StoreError> {
    let parameters = [
        Value::from(i64::try_from(keys_max).unwrap_or(i64::MAX)),
        json(silent).into(),
        i64::from(limit).into(),
    ];
    let rows = session.execute(WANTED, &parameters).await?;
    let source = |row: &Row| -> Result<SkuKeySource, StoreError> {
        Ok(SkuKeySource {
            sku: row.text(0)?.to_owned(),
            shard: shard(row, 1)?,
            transfer: row.text(2)?.to_owned(),
            position: row.text(3)?.to_owned(),
        })
    };
    rows.iter().map(source).collect()
}

/// Takes a page of a source, if it is what the source is to give next.
pub(super) async fn take<S: SqliteSession>(
    session: &S,
    source: &SkuKeySource,
    page: &SkuKeys,
) -> Result<(), StoreError> {
    let (sku, from) = (source.sku.as_str(), i64::from(source.shard));
    let place = [
        sku.into(),
        from.into(),
        source.transfer.as_str().into(),
        source.position.as_str().into(),
    ];
    if session.execute(IS_AT, &place).await?.is_empty() {
        return Ok(());
    }
    let keys = [sku.into(), json(&page.keys).into()];
    session.execute(ADD_KEYS, &keys).await?;
    match &page.next {
        Some(next) => {
            let count = i64::try_from(page.keys.len()).unwrap_or(i64::MAX);
            let parameters = [sku.into(), from.into(), next.as_str().into(), count.into()];
            session.execute(GO_ON, &parameters).await?;
        }
        None => {
            session.execute(END, &[sku.into(), from.into()]).await?;
            session.execute(COMPLETE, &[sku.into()]).await?;
        }
    }
    Ok(())
}
