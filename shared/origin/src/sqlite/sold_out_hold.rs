//! Setting sold-out holds. See `souk_stock_signals::sold_out_hold`.
//!
//! Why the keys are complete: this runs inside of one write transaction, and an order is accepted
//! by a statement that fails as long as the sold-out hold lasts and otherwise sets
//! `sold_out_until_ms` to 0. So where that is not 0, no key has been added since the sold-out hold
//! got its number. Units that go to an order on another shard do both as well. A SKU that comes
//! from another shard while the shop grows comes behind all of its keys (`growth.rs`), and gets its
//! first sold-out hold under a number that it did not have before.

use souk_sql::SqliteSession;
use souk_stock_signals::sold_out_hold::ends_too_late;

use crate::{SoldOutHoldRequest, SoldOutHoldSet, StoreError};

const FIND: &str = "SELECT sold_out_until_ms, sold_out_hold_number FROM stock
    WHERE sku = ?1 AND available = 0 AND backorder = 0 AND offered = 1";
/// Units that orders on other shards asked for were for their keys. The same order may have taken
/// units of a SKU several times: in two lines, or once more because it was paid late.
const KEYS: &str = "SELECT coalesce(
        (SELECT key FROM orders WHERE orders.id = taken.order_id),
        (SELECT key FROM order_archive WHERE order_archive.id = taken.order_id))
    FROM (
        SELECT DISTINCT order_id FROM stock_movement INDEXED BY stock_movement_taken
        WHERE sku = ?1 AND kind IN ('hold', 'sell')
        LIMIT ?2
    ) AS taken
    UNION
    SELECT key FROM departure WHERE sku = ?1 AND kind = 'asked' AND key <> ''
    UNION
    SELECT key FROM sku_key WHERE sku = ?1 LIMIT ?2";
const SET: &str =
    "UPDATE stock SET sold_out_until_ms = ?2, sold_out_hold_number = ?3 WHERE sku = ?1";

/// Sets a sold-out hold. Runs inside of one write transaction.
pub(super) async fn set<S: SqliteSession>(
    session: &S,
    asked: SoldOutHoldRequest<'_>,
) -> Result<Option<SoldOutHoldSet>, StoreError> {
    let rows = session.execute(FIND, &[asked.sku.into()]).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let (set_until_ms, last) = (row.integer(0)?, row.integer(1)?);
    let is_set = set_until_ms != 0 && !ends_too_late(set_until_ms, asked.now_ms);
    let number = if is_set {
        last
    } else {
        // A moment, so that it is not used again after a database was restored.
        asked.until_ms.max(last + 1)
    };
    let keys = if is_set && asked.known == Some(number) {
        None
    } else {
        let keys = keys(session, asked.sku, asked.keys_max).await?;
        if keys.len() > asked.keys_max {
            return Ok(None);
        }
        Some(keys)
    };
    let until_ms = match is_set {
        true => asked.until_ms.max(set_until_ms),
        false => asked.until_ms,
    };
    let parameters = [asked.sku.into(), until_ms.into(), number.into()];
    session.execute(SET, &parameters).await?;
    Ok(Some(SoldOutHoldSet { number, keys }))
}

/// The keys of a SKU's orders, at most one more than `keys_max`.
async fn keys<S: SqliteSession>(
    session: &S,
    sku: &str,
    keys_max: usize,
) -> Result<Vec<String>, StoreError> {
    let limit = i64::try_from(keys_max).unwrap_or(i64::MAX - 1) + 1;
    let rows = session.execute(KEYS, &[sku.into(), limit.into()]).await?;
    rows.iter()
        .map(|row| row.text(0).map(str::to_owned))
        .collect()
}
