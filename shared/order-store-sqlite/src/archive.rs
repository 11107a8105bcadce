//! Orders that are over and old, in one row each. A lookup finds them by number and by key like any
//! other; a change brings one back first.

use souk_order_store::{StoreError, StoredOrder};
use souk_sql::{SqliteSession, Value, json};

/// The next orders in the order in which they were placed, with what decides whether they may go.
/// Rows are numbered in that order: an order is placed by appending one.
const WALK: &str = "SELECT orders.rowid, orders.id, orders.placed_at_ms,
        coalesce(order_state.status, orders.status)
            IN ('delivered', 'returned', 'cancelled', 'expired')
        AND coalesce(order_state.authorised + order_state.refunding
            + order_state.disputed, 0) = 0
        AND NOT EXISTS (SELECT 1 FROM order_event AS event
            WHERE event.order_id = orders.id AND event.at_ms >= ?1)
        AND (SELECT count(*) FROM delivered WHERE delivered.order_id = orders.id)
            = coalesce(order_state.revision, 0) + 1
    FROM orders LEFT JOIN order_state ON order_state.order_id = orders.id
    WHERE orders.rowid > (SELECT row FROM archive_walk)
    ORDER BY orders.rowid LIMIT ?2";
const STEP: &str = "UPDATE archive_walk SET row = ?1";
const STORE: &str = "INSERT INTO order_archive (id, key, content)
    SELECT id, key, json_object('fingerprint', fingerprint, 'status', status,
        'placed_at_ms', placed_at_ms, 'body', json(body), 'takes', json(takes),
        'state', (SELECT json(body) FROM order_state WHERE order_id = orders.id),
        'events', (SELECT json_group_array(json(body)) FROM (SELECT body FROM order_event
            WHERE order_id = orders.id ORDER BY sequence)),
        'changes', (SELECT json_group_array(json_array(key, fingerprint, revision))
            FROM order_change WHERE order_id = orders.id))
    FROM orders WHERE id = ?1";
const FORGET: [&str; 5] = [
    "DELETE FROM delivered WHERE order_id = ?1",
    "DELETE FROM order_change WHERE order_id = ?1",
    "DELETE FROM order_event WHERE order_id = ?1",
    "DELETE FROM order_state WHERE order_id = ?1",
    "DELETE FROM orders WHERE id = ?1",
];
const KNOWN: &str = "SELECT 1 FROM order_archive WHERE id = ?1";
const BRING_BACK: [&str; 6] = [
    "INSERT INTO orders (id, key, fingerprint, status, placed_at_ms, body, takes)
        SELECT id, key, content ->> '$.fingerprint', content ->> '$.status',
            content ->> '$.placed_at_ms', content ->> '$.body', content ->> '$.takes'
        FROM order_archive WHERE id = ?1",
    "INSERT INTO order_state
            (order_id, revision, status, authorised, captured, refunding, refunded, disputed, body)
        SELECT id, state ->> '$.revision', state ->> '$.status', state ->> '$.funds.authorised',
            state ->> '$.funds.captured', state ->> '$.funds.refunding',
            state ->> '$.funds.refunded', state ->> '$.funds.disputed', state
        FROM (SELECT id, content ->> '$.state' AS state FROM order_archive WHERE id = ?1)
        WHERE state IS NOT NULL",
    "INSERT INTO order_event (order_id, sequence, at_ms, body)
        SELECT order_archive.id, value ->> '$.sequence', value ->> '$.at_ms', value
        FROM order_archive, json_each(content, '$.events') WHERE order_archive.id = ?1",
    "INSERT INTO order_change (order_id, key, fingerprint, revision)
        SELECT order_archive.id, value ->> '$[0]', value ->> '$[1]', value ->> '$[2]'
        FROM order_archive, json_each(content, '$.changes') WHERE order_archive.id = ?1",
    // All of its events were delivered to the back office, or the order would not have been
    // archived.
    "INSERT INTO delivered (order_id, sequence)
        SELECT id, 0 FROM order_archive WHERE id = ?1
        UNION ALL SELECT order_id, sequence FROM order_event WHERE order_id = ?1",
    "DELETE FROM order_archive WHERE id = ?1",
];
const RESEAL: &str = "UPDATE order_archive SET content = json_set(content, '$.body', json(?2),
        '$.fingerprint', coalesce(?3, content ->> '$.fingerprint'))
    WHERE id = ?1 AND coalesce(content ->> '$.state.revision', 0) = ?4";

/// Looks at the next orders and archives that are over since before a moment; gives how many
/// that were. Runs inside of one write transaction.
pub(crate) async fn archive<S: SqliteSession>(
    session: &S,
    before_ms: i64,
    limit: u32,
) -> Result<u32, StoreError> {
    let parameters = [before_ms.into(), i64::from(limit).into()];
    let rows = session.execute(WALK, &parameters).await?;
    // At the end, or where orders are too young, the walk starts again.
    let mut reached = 0;
    let mut count = 0;
    for row in &rows {
        if row.integer(2)? >= before_ms {
            reached = 0;
            break;
        }
        reached = row.integer(0)?;
        if row.integer(3)? == 1 {
            let id = [row.text(1)?.into()];
            session.execute(STORE, &id).await?;
            for forget in FORGET {
                session.execute(forget, &id).await?;
            }
            count += 1;
        }
    }
    if rows.len() < usize::try_from(limit).unwrap_or(usize::MAX) {
        reached = 0;
    }
    session.execute(STEP, &[reached.into()]).await?;
    Ok(count)
}

/// Brings an order back where it can be changed; `false` when it is not in the archive. Runs inside
/// of the write transaction of that change.
pub(crate) async fn unarchive<S: SqliteSession>(session: &S, id: &str) -> Result<bool, StoreError> {
    let known = session.execute(KNOWN, &[id.into()]).await?;
    if known.is_empty() {
        return Ok(false);
    }
    for statement in BRING_BACK {
        session.execute(statement, &[id.into()]).await?;
    }
    Ok(true)
}

/// Rewrites the details of an archived order.
pub(crate) async fn reseal<S: SqliteSession>(
    session: &S,
    placed: &StoredOrder,
    fingerprint: Option<&str>,
    revision: u32,
) -> Result<(), StoreError> {
    let fingerprint = fingerprint.map_or(Value::Null, Value::from);
    let parameters = [
        placed.id.as_str().into(),
        json(placed).into(),
        fingerprint,
        i64::from(revision).into(),
    ];
    session.execute(RESEAL, &parameters).await?;
    Ok(())
}
