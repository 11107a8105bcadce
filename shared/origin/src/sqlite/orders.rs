//! Placing and finding orders. A submit is two reads, and four writes where it is accepted.

use std::collections::BTreeMap;

use souk_domain::{Currency, Money, Offer, Sku, StockLevel};
use souk_protocol::trade::{StoredOrder, SubmitReply};

use super::{Row, SqliteSession, Value};
use crate::decide::{Decided, decide};
use crate::sql::json;
use crate::{NewOrder, StoreError};

const FIND_KEY: &str = "SELECT fingerprint, body FROM orders WHERE key = ?1";
const FIND_ID: &str = "SELECT body FROM orders WHERE id = ?1";
const OFFERS: &str = "SELECT sku, slug, title, unit_price, currency, backorder,
        supplied, available, held, sold
    FROM stock
    WHERE offered = 1 AND sku IN (SELECT value FROM json_each(?1))";
const INSERT_ORDER: &str = "INSERT INTO orders (id, key, fingerprint, status, placed_at_ms, body)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
/// Lines with one SKU are summed; units that are not there come in as they are sold.
const TAKE_STOCK: &str = "UPDATE stock SET
        supplied = supplied + line.backordered,
        available = available + line.backordered - line.quantity,
        sold = sold + line.quantity * ?2,
        held = held + line.quantity * (1 - ?2)
    FROM (
        SELECT value ->> '$.sku' AS sku,
            sum(value ->> '$.quantity') AS quantity,
            sum(coalesce(value ->> '$.backordered', 0)) AS backordered
        FROM json_each(?1) GROUP BY 1
    ) AS line
    WHERE stock.sku = line.sku
    RETURNING stock.available = 0 AND stock.backorder = 0";
const INSERT_MOVEMENTS: &str = "INSERT INTO movement (sku, kind, units, order_id, at_ms)
    SELECT value ->> '$.sku', 'backorder', value ->> '$.backordered', ?2, ?3
        FROM json_each(?1) WHERE coalesce(value ->> '$.backordered', 0) > 0
    UNION ALL
    SELECT value ->> '$.sku', ?4, value ->> '$.quantity', ?2, ?3 FROM json_each(?1)";
const INSERT_OUTBOX: &str = "INSERT INTO outbox (order_id, kind, at_ms) VALUES (?1, 'placed', ?2)";

/// Answers what needs no write: an order that exists, or a refusal. `None`: it may be accepted.
///
/// The offers are read before the key. A key that is absent afterwards was absent then, so a
/// refusal is the truth of the moment when the offers were read.
pub(super) async fn look<S: SqliteSession>(
    session: &S,
    new: NewOrder<'_>,
) -> Result<Option<SubmitReply>, StoreError> {
    let offers = offers(session, new).await?;
    if let Some(reply) = existing(session, new).await? {
        return Ok(Some(reply));
    }
    Ok(decide(new, &offers)?.err())
}

/// Places the order, inside a write transaction.
pub(super) async fn submit<S: SqliteSession>(
    session: &S,
    new: NewOrder<'_>,
) -> Result<SubmitReply, StoreError> {
    if let Some(reply) = existing(session, new).await? {
        return Ok(reply);
    }
    let decided = match decide(new, &offers(session, new).await?)? {
        Ok(decided) => decided,
        Err(refusal) => return Ok(refusal),
    };
    let exhausted = write(session, new, &decided).await?;
    Ok(SubmitReply::Accepted {
        order: Box::new(decided.order),
        exhausted,
    })
}

/// Writes the order; whether it took the last unit of a SKU.
async fn write<S: SqliteSession>(
    session: &S,
    new: NewOrder<'_>,
    decided: &Decided,
) -> Result<bool, StoreError> {
    let order = &decided.order;
    let (id, now) = (Value::from(order.id.as_str()), Value::from(new.now_ms));
    let lines = Value::from(json(&order.lines));
    let kind = if decided.sells { "sell" } else { "hold" };
    session
        .execute(
            INSERT_ORDER,
            &[
                id.clone(),
                new.submit.key.as_str().into(),
                new.submit.fingerprint.as_str().into(),
                json(&order.status).trim_matches('"').into(),
                now.clone(),
                json(order).into(),
            ],
        )
        .await?;
    let sells = Value::from(i64::from(decided.sells));
    let left = session.execute(TAKE_STOCK, &[lines.clone(), sells]).await?;
    session
        .execute(
            INSERT_MOVEMENTS,
            &[lines, id.clone(), now.clone(), Value::from(kind)],
        )
        .await?;
    session.execute(INSERT_OUTBOX, &[id, now]).await?;
    let mut exhausted = false;
    for row in &left {
        exhausted |= row.integer(0)? == 1;
    }
    Ok(exhausted)
}

/// The order with this number.
pub(super) async fn find<S: SqliteSession>(
    session: &S,
    id: &str,
) -> Result<Option<StoredOrder>, StoreError> {
    let rows = session.execute(FIND_ID, &[id.into()]).await?;
    rows.first().map(|row| stored(row, 0)).transpose()
}

async fn existing<S: SqliteSession>(
    session: &S,
    new: NewOrder<'_>,
) -> Result<Option<SubmitReply>, StoreError> {
    let rows = session
        .execute(FIND_KEY, &[new.submit.key.as_str().into()])
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    if row.text(0)? != new.submit.fingerprint {
        return Ok(Some(SubmitReply::ExistsWithDifferentContent));
    }
    Ok(Some(SubmitReply::Exists {
        order: Box::new(stored(row, 1)?),
    }))
}

fn stored(row: &Row, column: usize) -> Result<StoredOrder, StoreError> {
    serde_json::from_str(row.text(column)?)
        .map_err(|error| StoreError::Corrupt(format!("an order: {error}")))
}

async fn offers<S: SqliteSession>(
    session: &S,
    new: NewOrder<'_>,
) -> Result<BTreeMap<Sku, Offer>, StoreError> {
    let skus: Vec<_> = new
        .submit
        .lines
        .iter()
        .map(|line| line.sku.as_str())
        .collect();
    let rows = session.execute(OFFERS, &[json(&skus).into()]).await?;
    rows.iter().map(offer).collect()
}

fn offer(row: &Row) -> Result<(Sku, Offer), StoreError> {
    let corrupt = |error: &dyn std::fmt::Display| StoreError::Corrupt(error.to_string());
    let sku = Sku::parse(row.text(0)?).map_err(|error| corrupt(&error))?;
    let currency = Currency::parse(row.text(4)?).map_err(|error| corrupt(&error))?;
    let offer = Offer {
        sku: sku.clone(),
        slug: row.text(1)?.to_owned(),
        title: row.text(2)?.to_owned(),
        unit_price: Money::new(row.integer(3)?, currency),
        backorder: row.integer(5)? == 1,
        level: StockLevel {
            supplied: row.integer(6)?,
            available: row.integer(7)?,
            held: row.integer(8)?,
            sold: row.integer(9)?,
        },
    };
    Ok((sku, offer))
}
