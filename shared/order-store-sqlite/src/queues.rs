//! The outbox: messages that are claimed, settled, replayed and counted.

use souk_order_store::StoreError;
use souk_order_store::rows::message;
use souk_protocol::origin::{CLAIM_MAX, Claim, Message, Queue, QueueDepth, Settled, Settlement};
use souk_sql::{SqliteSession, json};

/// Claims what is due, the longest due first. The claim returns their content as well.
const CLAIM: &str = "UPDATE message SET due_ms = ?2 + ?3, attempts = attempts + 1
    WHERE id IN (
        SELECT id FROM message
        WHERE queue = ?1 AND dead = 0 AND due_ms <= ?2 AND (?5 IS NULL OR order_id = ?5)
        ORDER BY due_ms, id LIMIT ?4
    )
    RETURNING id, order_id, sequence, attempts, CASE WHEN queue <> 'back_office' THEN NULL
        WHEN sequence = 0 THEN (SELECT body FROM orders WHERE orders.id = message.order_id)
        ELSE (SELECT body FROM order_event AS event
            WHERE event.order_id = message.order_id AND event.sequence = message.sequence) END";
/// The claims of a list that are still the last ones.
const VALID: &str = "SELECT message.id FROM json_each(?1) AS settled
    CROSS JOIN message ON message.id = settled.value ->> '$.id'
    WHERE message.order_id = settled.value ->> '$.order'
        AND message.sequence = settled.value ->> '$.sequence'
        AND message.attempts = settled.value ->> '$.attempts' AND message.dead = 0
        AND settled.value ->> '$.settled' = ?2";
const RECORD_DELIVERY: &str = "INSERT OR IGNORE INTO delivered (order_id, sequence)
    SELECT order_id, sequence FROM message
    WHERE queue = 'back_office' AND id IN (SELECT value FROM json_each(?1))";
const FORGET: &str = "DELETE FROM message WHERE id IN (SELECT value FROM json_each(?1))";
const RETRY: &str = "UPDATE message SET
        due_ms = ?2 + (settled.value ->> '$.after_ms'), error = settled.value ->> '$.error'
    FROM json_each(?1) AS settled
    WHERE message.id = settled.value ->> '$.id' AND message.id IN (SELECT value FROM json_each(?3))";
const DEAD_LETTER: &str = "UPDATE message SET dead = 1, error = settled.value ->> '$.error'
    FROM json_each(?1) AS settled
    WHERE message.id = settled.value ->> '$.id' AND message.id IN (SELECT value FROM json_each(?2))";
const REPLAY: &str = "UPDATE message SET dead = 0, attempts = 0, due_ms = ?2
    WHERE queue = ?1 AND dead = 1 RETURNING id";
const DEPTH: &str = "SELECT
        (SELECT count(*) FROM message WHERE queue = ?1 AND dead = 0
            AND (due_ms <= ?2 OR attempts > 0)),
        (SELECT min(due_ms) FROM message WHERE queue = ?1 AND dead = 0),
        (SELECT count(*) FROM message WHERE queue = ?1 AND dead = 1)";

pub(crate) async fn claim<S: SqliteSession>(
    session: &S,
    claim: &Claim,
    now_ms: i64,
) -> Result<Vec<Message>, StoreError> {
    let limit = usize::try_from(claim.limit)
        .unwrap_or(CLAIM_MAX)
        .clamp(1, CLAIM_MAX);
    let parameters = [
        claim.queue.name().into(),
        now_ms.into(),
        claim.visibility_ms.max(0).into(),
        i64::try_from(limit).expect("a small number").into(),
        claim
            .order
            .as_deref()
            .map_or(souk_sql::Value::Null, Into::into),
    ];
    let rows = session.execute(CLAIM, &parameters).await?;
    let mut messages: Vec<_> = rows.iter().map(message).collect::<Result<_, _>>()?;
    // An UPDATE gives its rows in no order.
    messages.sort_by_key(|message| message.id);
    Ok(messages)
}

pub(crate) async fn settle<S: SqliteSession>(
    session: &S,
    settlements: &[Settlement],
    now_ms: i64,
) -> Result<(), StoreError> {
    let list = json(settlements);
    let valid = async |outcome: &str| -> Result<Option<String>, StoreError> {
        let rows = session
            .execute(VALID, &[list.as_str().into(), outcome.into()])
            .await?;
        let ids: Vec<i64> = rows
            .iter()
            .map(|row| row.integer(0))
            .collect::<Result<_, _>>()?;
        Ok((!ids.is_empty()).then(|| json(&ids)))
    };
    let any = |wanted: fn(&Settled) -> bool| settlements.iter().any(|one| wanted(&one.outcome));
    if any(|outcome| matches!(outcome, Settled::Done))
        && let Some(ids) = valid("done").await?
    {
        session
            .execute(RECORD_DELIVERY, &[ids.as_str().into()])
            .await?;
        session.execute(FORGET, &[ids.into()]).await?;
    }
    if any(|outcome| matches!(outcome, Settled::Retry { .. }))
        && let Some(ids) = valid("retry").await?
    {
        let parameters = [list.as_str().into(), now_ms.into(), ids.into()];
        session.execute(RETRY, &parameters).await?;
    }
    if any(|outcome| matches!(outcome, Settled::Dead { .. }))
        && let Some(ids) = valid("dead").await?
    {
        session
            .execute(DEAD_LETTER, &[list.as_str().into(), ids.into()])
            .await?;
    }
    Ok(())
}

pub(crate) async fn replay<S: SqliteSession>(
    session: &S,
    queue: Queue,
    now_ms: i64,
) -> Result<i64, StoreError> {
    let rows = session
        .execute(REPLAY, &[queue.name().into(), now_ms.into()])
        .await?;
    Ok(i64::try_from(rows.len()).unwrap_or(i64::MAX))
}

pub(crate) async fn backlog<S: SqliteSession>(
    session: &S,
    now_ms: i64,
) -> Result<Vec<QueueDepth>, StoreError> {
    let mut depths = Vec::with_capacity(Queue::ALL.len());
    for queue in Queue::ALL {
        let rows = session
            .execute(DEPTH, &[queue.name().into(), now_ms.into()])
            .await?;
        let row = rows
            .first()
            .ok_or_else(|| StoreError::Corrupt("no counts".into()))?;
        let next_due_ms = row.optional_integer(1)?;
        let oldest = next_due_ms.filter(|&due_ms| due_ms <= now_ms);
        depths.push(QueueDepth {
            queue,
            waiting: row.integer(0)?,
            oldest_age_ms: oldest.map_or(0, |due_ms| now_ms - due_ms),
            next_due_ms,
            dead: row.integer(2)?,
        });
    }
    Ok(depths)
}
