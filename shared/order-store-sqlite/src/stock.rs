//! Stock accounts: defining and reading.

use souk_order_store::StoreError;
use souk_order_store::decide::check_offers;
use souk_order_store::rows::{account, price_record};
use souk_protocol::origin::{DefineOffers, PRICE_RECORDS_MAX, PriceRecord, StockAccount};
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
/// What differs from the last record of its SKU; what is withdrawn has no prices.
const RECORD_PRICES: &str = "INSERT INTO price_ledger (sku, recorded_ms, prices)
    SELECT sku, ?3, prices FROM (
        SELECT value ->> '$.sku' AS sku, coalesce(value -> '$.prices', '[]') AS prices, max(key)
            FROM json_each(?1) GROUP BY 1
        UNION ALL
        SELECT value, '[]', key FROM json_each(?2)
    ) AS said
    WHERE prices <> coalesce((SELECT known.prices FROM price_ledger AS known
        WHERE known.sku = said.sku ORDER BY known.number DESC LIMIT 1), '[]')";
const PRICES: &str = "SELECT number, sku, recorded_ms, prices FROM price_ledger
    WHERE sku IN (SELECT value FROM json_each(?1)) AND number > ?2 ORDER BY number LIMIT ?3";
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
            &[
                list.as_str().into(),
                offers.currency.as_str().into(),
                now_ms.into(),
            ],
        )
        .await?;
    let withdrawn = json(&offers.withdrawn);
    let said = [list.into(), withdrawn.as_str().into(), now_ms.into()];
    session.execute(RECORD_PRICES, &said).await?;
    if !offers.withdrawn.is_empty() {
        session.execute(WITHDRAW, &[withdrawn.into()]).await?;
    }
    Ok(())
}

pub(crate) async fn prices<S: SqliteSession>(
    session: &S,
    skus: &[String],
    after: i64,
) -> Result<Vec<PriceRecord>, StoreError> {
    let most = i64::from(PRICE_RECORDS_MAX);
    let parameters = [json(skus).into(), after.into(), most.into()];
    let rows = session.execute(PRICES, &parameters).await?;
    rows.iter().map(price_record).collect()
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
