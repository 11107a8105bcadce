//! The keys of orders and receipts from before there were several shards: shard 0 has them, and tells
//! the stores of keys.
//!
//! They are walked through in their own order, so it does not matter where an order lies meanwhile:
//! it goes into the archive and comes back with its key. Keys that come while the walk is under way
//! came by way of the stores of keys, which know them.

use souk_protocol::shards::OF_RECEIPT;
use souk_sql::{SqliteSession, json};

use super::shards::one;
use crate::StoreError;
use crate::shards::OlderKeys;

const WALK: &str = "SELECT of, position FROM key_walk
    WHERE is_over = 0 AND EXISTS (SELECT 1 FROM layout WHERE has_older_keys = 1)
    ORDER BY of LIMIT 1";
/// Each of both is read by its index, and no further than is wanted.
const KEYS_OF_ORDERS: &str = "SELECT key FROM (
        SELECT key FROM (SELECT key FROM orders WHERE key > ?1 ORDER BY key LIMIT ?2)
        UNION
        SELECT key FROM (SELECT key FROM order_archive WHERE key > ?1 ORDER BY key LIMIT ?2)
    ) ORDER BY key LIMIT ?2";
const KEYS_OF_RECEIPTS: &str = "SELECT key FROM receipt WHERE key > ?1 ORDER BY key LIMIT ?2";
/// Whoever was slower told of keys that were told before, and takes the walk nowhere.
const STEP: &str = "UPDATE key_walk SET position = max(position, ?2), is_over = max(is_over, ?3)
    WHERE of = ?1";
const END: &str = "UPDATE layout SET has_older_keys = 0
    WHERE NOT EXISTS (SELECT 1 FROM key_walk WHERE is_over = 0)";
/// A key that is known keeps its home.
const TAKE: &str = "INSERT INTO key_home (key, shard) SELECT value, ?2 FROM json_each(?1)
    WHERE true ON CONFLICT (key) DO NOTHING";
const ELSEWHERE: &str = "SELECT count(*) FROM json_each(?1) AS told
    CROSS JOIN key_home ON key_home.key = told.value WHERE shard <> ?2";

/// The next keys to tell of; `None` when all are told.
pub(super) async fn next<S: SqliteSession>(
    session: &S,
    limit: u32,
) -> Result<Option<OlderKeys>, StoreError> {
    let walk = session.execute(WALK, &[]).await?;
    let Some(walk) = walk.first() else {
        return Ok(None);
    };
    let (of, position) = (walk.text(0)?.to_owned(), walk.text(1)?);
    let (sql, prefix) = match of.as_str() {
        "orders" => (KEYS_OF_ORDERS, ""),
        _ => (KEYS_OF_RECEIPTS, OF_RECEIPT),
    };
    let parameters = [position.into(), i64::from(limit).into()];
    let rows = session.execute(sql, &parameters).await?;
    let is_last = rows.len() < usize::try_from(limit).unwrap_or(usize::MAX);
    let up_to = match rows.last() {
        Some(row) => row.text(0)?.to_owned(),
        None => position.to_owned(),
    };
    let keys = rows
        .iter()
        .map(|row| Ok(format!("{prefix}{}", row.text(0)?)));
    Ok(Some(OlderKeys {
        keys: keys.collect::<Result<_, StoreError>>()?,
        of,
        up_to,
        is_last,
    }))
}

/// The stores of keys know these.
pub(super) async fn told<S: SqliteSession>(
    session: &S,
    keys: &OlderKeys,
) -> Result<(), StoreError> {
    let parameters = [
        keys.of.as_str().into(),
        keys.up_to.as_str().into(),
        i64::from(keys.is_last).into(),
    ];
    session.execute(STEP, &parameters).await?;
    session.execute(END, &[]).await?;
    Ok(())
}

/// As a store of keys: these live there. Gives how many are said to live elsewhere.
pub(super) async fn take<S: SqliteSession>(
    session: &S,
    keys: &[String],
    home: u16,
) -> Result<u32, StoreError> {
    let parameters = [json(keys).into(), i64::from(home).into()];
    session.execute(TAKE, &parameters).await?;
    let count = one(session.execute(ELSEWHERE, &parameters).await?)?.integer(0)?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}
