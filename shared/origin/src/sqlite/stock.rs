//! Stock accounts: defining, reading, recounting.

use souk_protocol::trade::{AuditReport, DefineOffers, StockAccount};

use super::{Row, SqliteSession};
use crate::StoreError;
use crate::decide::check_offers;
use crate::sql::json;

/// First units come in with the offer that is new; later definitions leave the account alone.
/// Of two definitions of one SKU in one message the first gives the units, the last all the rest.
/// (Beside `min`, SQLite takes the other columns from the row that has the minimum.)
const SUPPLY_NEW: &str = "INSERT INTO movement (sku, kind, units, order_id, at_ms)
    SELECT sku, 'supply', units, NULL, ?2 FROM (
        SELECT value ->> '$.sku' AS sku, value ->> '$.initial_units' AS units, min(key)
        FROM json_each(?1) GROUP BY 1
    ) AS first
    WHERE units > 0 AND NOT EXISTS (SELECT 1 FROM stock WHERE stock.sku = first.sku)";
const UPSERT_OFFERS: &str = "INSERT INTO stock
        (sku, slug, title, unit_price, currency, backorder, offered, supplied, available, held, sold)
    SELECT value ->> '$.sku', value ->> '$.slug', value ->> '$.title', value ->> '$.unit_price',
        ?2, value ->> '$.backorder', 1, value ->> '$.initial_units', value ->> '$.initial_units', 0, 0
    FROM json_each(?1) WHERE true
    ON CONFLICT (sku) DO UPDATE SET slug = excluded.slug, title = excluded.title,
        unit_price = excluded.unit_price, currency = excluded.currency,
        backorder = excluded.backorder, offered = 1";
const WITHDRAW: &str =
    "UPDATE stock SET offered = 0 WHERE sku IN (SELECT value FROM json_each(?1))";
const ACCOUNTS: &str = "SELECT sku, supplied, available, held, sold FROM stock
    WHERE sku IN (SELECT value FROM json_each(?1)) ORDER BY sku";
const UNAVAILABLE: &str = "SELECT sku FROM stock INDEXED BY stock_unavailable
    WHERE (available = 0 AND backorder = 0) OR offered = 0";
const COUNTS: &str = "SELECT (SELECT count(*) FROM stock), (SELECT count(*) FROM orders),
    (SELECT count(*) FROM outbox)";
/// Accounts that the ledger does not explain.
const DRIFT_LEDGER: &str = "SELECT stock.sku FROM stock LEFT JOIN (
        SELECT sku,
            sum(CASE WHEN kind IN ('supply', 'backorder') THEN units ELSE 0 END) AS supplied,
            sum(CASE kind WHEN 'hold' THEN units ELSE 0 END) AS held,
            sum(CASE kind WHEN 'sell' THEN units ELSE 0 END) AS sold
        FROM movement GROUP BY sku
    ) AS ledger ON ledger.sku = stock.sku
    WHERE stock.supplied <> coalesce(ledger.supplied, 0)
        OR stock.held <> coalesce(ledger.held, 0)
        OR stock.sold <> coalesce(ledger.sold, 0)
        OR stock.available <> stock.supplied - stock.held - stock.sold
    ORDER BY stock.sku LIMIT 100";
/// Accounts whose orders ask for other units than are held and sold.
const DRIFT_ORDERS: &str = "SELECT stock.sku FROM stock LEFT JOIN (
        SELECT line.value ->> '$.sku' AS sku, sum(line.value ->> '$.quantity') AS units
        FROM orders, json_each(orders.body, '$.lines') AS line GROUP BY 1
    ) AS ordered ON ordered.sku = stock.sku
    WHERE stock.held + stock.sold <> coalesce(ordered.units, 0)
    ORDER BY stock.sku LIMIT 100";
/// Orders that the back office would never hear of.
const DRIFT_OUTBOX: &str = "SELECT id FROM orders
    WHERE id NOT IN (SELECT order_id FROM outbox) LIMIT 100";

pub(super) async fn define<S: SqliteSession>(
    session: &S,
    offers: &DefineOffers,
    now_ms: i64,
) -> Result<(), StoreError> {
    check_offers(offers)?;
    let list = json(&offers.offers);
    session
        .execute(SUPPLY_NEW, &[list.as_str().into(), now_ms.into()])
        .await?;
    session
        .execute(
            UPSERT_OFFERS,
            &[list.into(), offers.currency.as_str().into()],
        )
        .await?;
    if !offers.withdrawn.is_empty() {
        session
            .execute(WITHDRAW, &[json(&offers.withdrawn).into()])
            .await?;
    }
    Ok(())
}

pub(super) async fn accounts<S: SqliteSession>(
    session: &S,
    skus: &[String],
) -> Result<Vec<StockAccount>, StoreError> {
    let rows = session.execute(ACCOUNTS, &[json(skus).into()]).await?;
    rows.iter().map(Row::account).collect()
}

pub(super) async fn unavailable<S: SqliteSession>(session: &S) -> Result<Vec<String>, StoreError> {
    let rows = session.execute(UNAVAILABLE, &[]).await?;
    rows.iter()
        .map(|row| row.text(0).map(str::to_owned))
        .collect()
}

pub(super) async fn audit<S: SqliteSession>(session: &S) -> Result<AuditReport, StoreError> {
    let counts = session.execute(COUNTS, &[]).await?;
    let counts = counts
        .first()
        .ok_or_else(|| StoreError::Corrupt("no counts".into()))?;
    let mut drift = Vec::new();
    let checks = [
        (DRIFT_LEDGER, "the account differs from its movements: SKU"),
        (
            DRIFT_ORDERS,
            "the account differs from the lines of its orders: SKU",
        ),
        (DRIFT_OUTBOX, "no outbox record: order"),
    ];
    for (sql, meaning) in checks {
        for row in session.execute(sql, &[]).await? {
            drift.push(format!("{meaning} {}", row.text(0)?));
        }
    }
    let (skus, orders) = (counts.integer(0)?, counts.integer(1)?);
    Ok(AuditReport {
        skus,
        orders,
        outbox: counts.integer(2)?,
        drift,
    })
}
