//! Which orders have a SKU, by their keys: those here, those that asked for units, and those that
//! other shards have reported. Sold-out holds are made of them.

use souk_order_store::StoreError;
use souk_protocol::shards::SkuKeys;
use souk_sql::{SqliteSession, json};

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
const ADD_KEYS: &str = "INSERT INTO sku_key (sku, key) SELECT ?1, value FROM json_each(?2)
    WHERE true ON CONFLICT (sku, key) DO NOTHING";

/// A page of the keys of a SKU's orders, and where the next one begins: which list, and after what.
pub(crate) async fn page<S: SqliteSession>(
    session: &S,
    sku: &str,
    from: &str,
) -> Result<(SkuKeys, Option<String>), StoreError> {
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
    let keys = SkuKeys {
        sku: sku.to_owned(),
        keys: keys.collect::<Result<_, _>>()?,
    };
    Ok((keys, next))
}

/// Orders elsewhere have these SKUs.
pub(crate) async fn note<S: SqliteSession>(
    session: &S,
    sku_keys: &[SkuKeys],
) -> Result<(), StoreError> {
    for SkuKeys { sku, keys } in sku_keys {
        let parameters = [sku.as_str().into(), json(keys).into()];
        session.execute(ADD_KEYS, &parameters).await?;
    }
    Ok(())
}
