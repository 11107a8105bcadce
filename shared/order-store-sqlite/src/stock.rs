//! Stock accounts: defining and reading.

use souk_order_store::StoreError;
use souk_order_store::decide::check_offers;
use souk_order_store::rows::account;
use souk_protocol::origin::{DefineOffers, StockAccount};
use souk_sql::{SqliteSession, json};

/// First units are booked with an offer that is new; later definitions leave the account alone.
/// Of two definitions of one SKU in one message the first gives the units, the last all the rest.
/// (Beside `min`, SQLite takes the other columns from the row that has the minimum.)
const SUPPLY_NEW: &str = "INSERT INTO stock_movement (sku, kind, units, order_id, at_ms)
    SELECT sku, 'supply', units, NULL, ?2 FROM (
        SELECT value ->> '$.sku' AS sku, value ->> '$.initial_units' AS units, min(key)
        FROM json_each(?1) GROUP BY 1
    ) AS first
    WHERE units > 0 AND NOT EXISTS (SELECT 1 FROM stock WHERE stock.sku = first.sku)";
const UPSERT_OFFERS: &str = "INSERT INTO stock
        (sku, slug, title, unit_price, currency, backorder, offered, facts, facts_since_ms,
            supplied, available, held, sold)
    SELECT value ->> '$.sku', value ->> '$.slug', value ->> '$.title', value ->> '$.unit_price',
        ?2, value ->> '$.backorder', 1, coalesce(value -> '$.facts', '[]'), ?3,
        value ->> '$.initial_units', value ->> '$.initial_units', 0, 0
    FROM json_each(?1) WHERE true
    ON CONFLICT (sku) DO UPDATE SET slug = excluded.slug, title = excluded.title,
        unit_price = excluded.unit_price, currency = excluded.currency,
        backorder = excluded.backorder, offered = 1,
        facts_before = iif(facts = excluded.facts, facts_before, facts),
        facts_since_ms = iif(facts = excluded.facts, facts_since_ms, excluded.facts_since_ms),
        facts = excluded.facts";
const WITHDRAW: &str =
    "UPDATE stock SET offered = 0 WHERE sku IN (SELECT value FROM json_each(?1))";
const ACCOUNTS: &str = "SELECT sku, supplied, available, held, sold FROM stock
    WHERE sku IN (SELECT value FROM json_each(?1)) ORDER BY sku";
const UNAVAILABLE: &str = "SELECT sku FROM stock INDEXED BY stock_unavailable
    WHERE ((available = 0 AND backorder = 0) OR offered = 0) AND guest = 0";
pub(crate) async fn define<S: SqliteSession>(
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
            &[list.into(), offers.currency.as_str().into(), now_ms.into()],
        )
        .await?;
    if !offers.withdrawn.is_empty() {
        session
            .execute(WITHDRAW, &[json(&offers.withdrawn).into()])
            .await?;
    }
    Ok(())
}

pub(crate) async fn accounts<S: SqliteSession>(
    session: &S,
    skus: &[String],
) -> Result<Vec<StockAccount>, StoreError> {
    let rows = session.execute(ACCOUNTS, &[json(skus).into()]).await?;
    rows.iter().map(account).collect()
}

pub(crate) async fn unavailable<S: SqliteSession>(session: &S) -> Result<Vec<String>, StoreError> {
    let rows = session.execute(UNAVAILABLE, &[]).await?;
    rows.iter()
        .map(|row| row.text(0).map(str::to_owned))
        .collect()
}
