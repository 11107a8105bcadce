//! Since when SKUs are sold out.

use souk_sql::{SqliteSession, StoreError, json};

/// Those that are in stock again, or are gone.
const FORGET: &str = "DELETE FROM order_index_sold_out
    WHERE sku NOT IN (SELECT value FROM json_each(?1))";
const NOTE: &str = "INSERT OR IGNORE INTO order_index_sold_out (sku, since_day)
    SELECT value, ?2 FROM json_each(?1)";
const LONG: &str = "SELECT sku FROM order_index_sold_out WHERE since_day <= ?1
    ORDER BY since_day, sku";

/// Notes them, and gives those that were sold out since a day; runs inside a write transaction.
pub(super) async fn note<S: SqliteSession>(
    session: &S,
    skus: &[u32],
    today: i64,
    since_day: i64,
) -> Result<Vec<u32>, StoreError> {
    let list = json(skus);
    session.execute(FORGET, &[list.clone().into()]).await?;
    session.execute(NOTE, &[list.into(), today.into()]).await?;
    let rows = session.execute(LONG, &[since_day.into()]).await?;
    let wrong = |_| StoreError::Corrupt("an SKU that is sold out has no number".into());
    rows.iter()
        .map(|row| u32::try_from(row.integer(0)?).map_err(wrong))
        .collect()
}
