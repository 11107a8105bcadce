//! Orders that were never paid, and are deleted after a while with everything that is known of them.
//!
//! Why the books still add up: such an order holds and has sold nothing, its movements come to
//! nothing, and so do its funds, whose entries stay. Its events are delivered to the back office, which keeps them.
//!
//! Not here: orders that are over and were paid (`archive`).

use souk_domain::OrderId;
use souk_order_store::StoreError;
use souk_sql::{SqliteSession, Value, json};

/// The oldest first: numbers of orders begin with the moment of the order, and `?1` is such a
/// beginning. A message wants to find its order, and so does one that waits for the staff. That of a
/// hold waits for the end of the hold.
const DUE: &str = "SELECT order_state.order_id FROM order_state
    WHERE order_state.status IN ('expired', 'cancelled')
        AND order_state.captured = 0 AND order_state.authorised = 0
        AND order_state.order_id < ?1
        AND NOT EXISTS (SELECT 1 FROM order_event AS event
            WHERE event.order_id = order_state.order_id AND event.at_ms >= ?2)
        AND NOT EXISTS (SELECT 1 FROM orders
            WHERE orders.id = order_state.order_id AND orders.body ->> '$.hold_until_ms' >= ?2)
        AND NOT EXISTS (SELECT 1 FROM message WHERE message.order_id = order_state.order_id
            AND (message.queue = 'payments' OR message.dead = 1))
        AND NOT EXISTS (SELECT 1 FROM orders CROSS JOIN message
            WHERE orders.id = order_state.order_id
                AND message.queue = 'holds' AND message.dead = 0
                AND message.due_ms = orders.body ->> '$.hold_until_ms'
                AND message.order_id = orders.id)
        AND (SELECT count(*) FROM delivered WHERE delivered.order_id = order_state.order_id)
            = order_state.revision + 1
    ORDER BY order_state.order_id LIMIT ?3";
/// Both kinds of movements are found by an index that placing an order does not write twice.
const DELETE: [&str; 7] = [
    "DELETE FROM stock_movement WHERE id IN (
        SELECT moved.id FROM json_each(?1) AS asked
            CROSS JOIN orders ON orders.id = asked.value
            CROSS JOIN json_each(orders.body, '$.lines') AS line
            CROSS JOIN stock_movement AS moved ON moved.sku = line.value ->> '$.sku'
                AND moved.order_id = orders.id AND moved.kind IN ('hold', 'sell'))",
    "DELETE FROM stock_movement
    WHERE kind IN ('backorder', 'release', 'restock', 'discard', 'unorder')
        AND order_id IN (SELECT value FROM json_each(?1))",
    "DELETE FROM delivered WHERE order_id IN (SELECT value FROM json_each(?1))",
    "DELETE FROM order_change WHERE order_id IN (SELECT value FROM json_each(?1))",
    "DELETE FROM order_event WHERE order_id IN (SELECT value FROM json_each(?1))",
    "DELETE FROM order_state WHERE order_id IN (SELECT value FROM json_each(?1))",
    "DELETE FROM orders WHERE id IN (SELECT value FROM json_each(?1))",
];

/// The next orders to delete.
pub(crate) async fn due<S: SqliteSession>(
    session: &S,
    before_ms: i64,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    let numbers_before = OrderId::first_of(before_ms);
    let parameters = [
        numbers_before.into(),
        before_ms.into(),
        i64::from(limit).into(),
    ];
    let rows = session.execute(DUE, &parameters).await?;
    let ids = rows.iter().map(|row| row.text(0).map(str::to_owned));
    ids.collect()
}

/// Deletes the next orders, and gives how many. Runs inside of one write transaction.
pub(crate) async fn thin_out<S: SqliteSession>(
    session: &S,
    before_ms: i64,
    limit: u32,
) -> Result<u32, StoreError> {
    let ids = due(session, before_ms, limit).await?;
    let of_ids: [Value; 1] = [json(&ids).into()];
    for statement in DELETE {
        session.execute(statement, &of_ids).await?;
    }
    Ok(u32::try_from(ids.len()).unwrap_or(u32::MAX))
}
