//! Pages of copies, and putting them back.

use souk_order_store::{RowsToRestore, StoreError, StoredRows};
use souk_protocol::origin::{COPY_ORDERS_MAX, COPY_ROWS_MAX, CopyRows, Ledger, RestoreReply};
use souk_sql::{SqliteSession, json};

use crate::archive::unarchive;

/// The next rows after a place: the place, and the row in its common form. `?2` is the moment of the
/// copy; an order is cut by its reader, who knows its events.
fn page(ledger: Ledger) -> &'static str {
    match ledger {
        Ledger::Orders => {
            "SELECT id, row FROM (
                SELECT * FROM (SELECT id, json_object('key', key, 'fingerprint', fingerprint,
                        'order', json(body), 'takes', json(takes),
                        'events', (SELECT json_group_array(json(body)) FROM (
                            SELECT body FROM order_event WHERE order_id = orders.id
                            ORDER BY sequence)),
                        'changes', (SELECT json_group_array(json_array(change.key,
                            change.fingerprint, change.revision)) FROM order_change AS change
                            WHERE change.order_id = orders.id)) AS row
                    FROM orders WHERE id > ?1 AND ?2 IS NOT NULL ORDER BY id LIMIT ?3)
                UNION ALL
                SELECT * FROM (SELECT id, json_object('key', key,
                        'fingerprint', content ->> '$.fingerprint',
                        'order', json(content -> '$.body'), 'takes', json(content -> '$.takes'),
                        'events', json(content -> '$.events'),
                        'changes', json(content -> '$.changes'))
                    FROM order_archive WHERE id > ?1 ORDER BY id LIMIT ?3)
            ) ORDER BY id LIMIT ?3"
        }
        Ledger::Funds => {
            "SELECT CAST(id AS TEXT), json_object('order_id', order_id, 'sequence', sequence,
                'source', source, 'target', target, 'amount', amount, 'currency', currency,
                'at_ms', at_ms), at_ms <= ?2
            FROM funds_entry WHERE id > CAST(?1 AS INTEGER) ORDER BY id LIMIT ?3"
        }
        Ledger::Receipts => {
            "SELECT key, json_object('key', key, 'fingerprint', fingerprint, 'reason', reason,
                'at_ms', at_ms, 'repair', json(repair), 'by_name', by_name), at_ms <= ?2
            FROM receipt WHERE key > ?1 ORDER BY key LIMIT ?3"
        }
        Ledger::Repairs => {
            "SELECT CAST(id AS TEXT), json_object('sku', sku, 'kind', kind, 'supplied', supplied,
                'available', available, 'held', held, 'sold', sold, 'receipt', receipt,
                'at_ms', at_ms), at_ms <= ?2
            FROM stock_repair WHERE id > CAST(?1 AS INTEGER) ORDER BY id LIMIT ?3"
        }
        Ledger::Movements => {
            "SELECT CAST(id AS TEXT), json_object('sku', sku, 'kind', kind, 'units', units,
                'order_id', order_id, 'receipt', receipt, 'at_ms', at_ms), at_ms <= ?2
            FROM stock_movement WHERE id > CAST(?1 AS INTEGER) ORDER BY id LIMIT ?3"
        }
        Ledger::Prices => {
            "SELECT CAST(number AS TEXT), json_object('sku', sku, 'recorded_ms', recorded_ms,
                'prices', json(prices)), recorded_ms <= ?2
            FROM price_ledger WHERE number > CAST(?1 AS INTEGER) ORDER BY number LIMIT ?3"
        }
        Ledger::Publications => {
            "SELECT CAST(version AS TEXT), json_object('version', version, 'manifest', manifest,
                'format', format, 'products', products, 'variants', variants,
                'begun_at_ms', begun_at_ms, 'activated_at_ms', activated_at_ms,
                'retired_at_ms', retired_at_ms,
                'current', json(iif(current = 1, 'true', 'false'))), ?2 IS NOT NULL
            FROM publication WHERE version > CAST(?1 AS INTEGER) ORDER BY version LIMIT ?3"
        }
        Ledger::Offers => {
            "SELECT sku, json_object('sku', sku, 'slug', slug, 'title', title,
                'unit_price', unit_price, 'currency', currency,
                'backorder', json(iif(backorder = 1, 'true', 'false')),
                'offered', json(iif(offered = 1, 'true', 'false')), 'facts', json(facts),
                'facts_before', json(facts_before), 'facts_since_ms', facts_since_ms), guest = 0 AND ?2 IS NOT NULL
            FROM stock WHERE sku > ?1 ORDER BY sku LIMIT ?3"
        }
    }
}

/// Writes rows, in one or more statements with all rows of the batch.
fn write(ledger: Ledger) -> &'static [&'static str] {
    match ledger {
        Ledger::Orders => &[
            "INSERT INTO orders (id, key, fingerprint, status, placed_at_ms, body, takes)
            SELECT value ->> '$.order.id', value ->> '$.key', value ->> '$.fingerprint',
                value ->> '$.order.status', value ->> '$.order.placed_at_ms', value -> '$.order',
                value -> '$.takes'
            FROM json_each(?1)",
            // As `audit` counts.
            "INSERT INTO allowance (account, taken)
            SELECT took.value ->> '$.account', sum(took.value ->> '$.units')
            FROM (SELECT value AS row, value ->> '$.order.status' AS placed,
                    coalesce(value ->> '$.state.status', value ->> '$.order.status') AS status,
                    coalesce(value ->> '$.state.funds.captured', 0) AS captured
                FROM json_each(?1)) AS copy, json_each(copy.row, '$.takes') AS took
            WHERE iif(coalesce(took.value ->> '$.kept', 0),
                copy.status NOT IN ('cancelled', 'expired'),
                copy.status = 'awaiting_payment' OR (copy.placed = 'confirmed'
                    AND copy.captured = 0 AND copy.status IN ('confirmed', 'allocated')))
            GROUP BY took.value ->> '$.account'
            ON CONFLICT (account) DO UPDATE SET taken = taken + excluded.taken",
            // The list of the usher is not in a copy: what orders keep of allowances says all of it.
            // Numbers are above those that the orders had, as long as the clock was right.
            "INSERT INTO ticket_order (session, number, rank, units)
            SELECT session, row_number() OVER of_session + max(
                    max(placed_at_ms) OVER (PARTITION BY session),
                    coalesce((SELECT max(number) FROM ticket_order AS known
                        WHERE known.session = listed.session), 0)),
                rank, units
            FROM (SELECT CAST(substr(took.value ->> '$.account', 8) AS INTEGER) AS session,
                    substr(took.value ->> '$.account', -41, 18) AS rank,
                    copy.value ->> '$.order.placed_at_ms' AS placed_at_ms, copy.key AS place,
                    (SELECT sum(bought.value ->> '$.units')
                        FROM json_each(copy.value, '$.takes') AS bought
                        WHERE bought.value ->> '$.account' GLOB 'sale:'
                            || CAST(substr(took.value ->> '$.account', 8) AS INTEGER) || ':*') AS units
                FROM json_each(?1) AS copy, json_each(copy.value, '$.takes') AS took
                WHERE took.value ->> '$.account' GLOB 'ticket:*') AS listed
            WINDOW of_session AS (PARTITION BY session ORDER BY placed_at_ms, place)",
            "INSERT INTO order_state
                (order_id, revision, status, authorised, captured, refunding, refunded, disputed,
                body)
            SELECT value ->> '$.order.id', value ->> '$.state.revision', value ->> '$.state.status',
                value ->> '$.state.funds.authorised', value ->> '$.state.funds.captured',
                value ->> '$.state.funds.refunding', value ->> '$.state.funds.refunded',
                value ->> '$.state.funds.disputed', value -> '$.state'
            FROM json_each(?1) WHERE value ->> '$.state' IS NOT NULL",
            "INSERT INTO order_event (order_id, sequence, at_ms, body)
            SELECT copy.value ->> '$.order.id', event.value ->> '$.sequence',
                event.value ->> '$.at_ms', event.value
            FROM json_each(?1) AS copy, json_each(copy.value, '$.events') AS event",
            "INSERT INTO order_change (order_id, key, fingerprint, revision)
            SELECT copy.value ->> '$.order.id', change.value ->> '$[0]', change.value ->> '$[1]',
                change.value ->> '$[2]'
            FROM json_each(?1) AS copy, json_each(copy.value, '$.changes') AS change",
        ],
        Ledger::Funds => &["INSERT INTO funds_entry
                (order_id, sequence, source, target, amount, currency, at_ms)
            SELECT value ->> '$.order_id', value ->> '$.sequence', value ->> '$.source',
                value ->> '$.target', value ->> '$.amount', value ->> '$.currency',
                value ->> '$.at_ms'
            FROM json_each(?1) ORDER BY key"],
        Ledger::Receipts => &[
            "INSERT INTO receipt (key, fingerprint, reason, at_ms, repair, by_name)
            SELECT value ->> '$.key', value ->> '$.fingerprint', value ->> '$.reason',
                value ->> '$.at_ms', value ->> '$.repair', value ->> '$.by_name'
            FROM json_each(?1) WHERE true ON CONFLICT (key) DO NOTHING",
        ],
        Ledger::Repairs => &["INSERT INTO stock_repair
                (sku, kind, supplied, available, held, sold, receipt, at_ms)
            SELECT value ->> '$.sku', value ->> '$.kind', value ->> '$.supplied',
                value ->> '$.available', value ->> '$.held', value ->> '$.sold',
                value ->> '$.receipt', value ->> '$.at_ms'
            FROM json_each(?1) ORDER BY key"],
        Ledger::Movements => &[
            "INSERT INTO stock_movement (sku, kind, units, order_id, receipt, at_ms)
            SELECT value ->> '$.sku', value ->> '$.kind', value ->> '$.units',
                value ->> '$.order_id', value ->> '$.receipt', value ->> '$.at_ms'
            FROM json_each(?1) ORDER BY key",
        ],
        Ledger::Prices => &["INSERT INTO price_ledger (sku, recorded_ms, prices)
            SELECT value ->> '$.sku', value ->> '$.recorded_ms', value -> '$.prices'
            FROM json_each(?1) ORDER BY key"],
        Ledger::Publications => &["INSERT INTO publication
                (version, manifest, format, products, variants, begun_at_ms, activated_at_ms,
                retired_at_ms, current)
            SELECT value ->> '$.version', value ->> '$.manifest', value ->> '$.format',
                value ->> '$.products', value ->> '$.variants', value ->> '$.begun_at_ms',
                value ->> '$.activated_at_ms', value ->> '$.retired_at_ms', value ->> '$.current'
            FROM json_each(?1)"],
        Ledger::Offers => &[
            "INSERT INTO stock (sku, slug, title, unit_price, currency, backorder, offered,
                facts, facts_before, facts_since_ms, supplied, available, held, sold)
            SELECT value ->> '$.sku', value ->> '$.slug', value ->> '$.title',
                value ->> '$.unit_price', value ->> '$.currency', value ->> '$.backorder',
                value ->> '$.offered', value -> '$.facts', value -> '$.facts_before',
                value ->> '$.facts_since_ms', value ->> '$.supplied', value ->> '$.available',
                value ->> '$.held', value ->> '$.sold'
            FROM json_each(?1)",
        ],
    }
}

const BEGIN: &str = "INSERT INTO restoration (only, backup)
    SELECT 1, ?1 WHERE NOT EXISTS (SELECT 1 FROM orders) AND NOT EXISTS (SELECT 1 FROM stock)
        AND NOT EXISTS (SELECT 1 FROM stock_movement) AND NOT EXISTS (SELECT 1 FROM publication)
    ON CONFLICT (only) DO NOTHING";
const STATE: &str =
    "SELECT batch, backup = ?1 AND finished = 0, backup = ?1 AND finished = 1 FROM restoration";
const NEXT: &str = "UPDATE restoration SET batch = ?2
    WHERE backup = ?1 AND finished = 0 AND batch = ?2 - 1 RETURNING batch";
const FINISH: &str = "UPDATE restoration SET finished = 1
    WHERE backup = ?1 AND finished = 0 RETURNING batch";
/// Only a whole copy has its holds lapse, those of orders that are paid by card not before a moment:
/// the provider may have been paid.
const HOLD: &str = "INSERT INTO message (queue, order_id, sequence, due_ms)
    SELECT 'holds', id, 0, iif(by_card, max(until_ms, ?1), until_ms)
    FROM (SELECT orders.id, orders.body ->> '$.details.payment' = 'card' AS by_card,
            coalesce(order_state.body ->> '$.hold_until_ms', orders.body ->> '$.hold_until_ms')
                AS until_ms
        FROM orders LEFT JOIN order_state ON order_state.order_id = orders.id
        WHERE coalesce(order_state.status, orders.status) = 'awaiting_payment')
    WHERE until_ms IS NOT NULL";
const UNFINISHED: &str = "SELECT 1 FROM restoration WHERE only = 1 AND finished = 0";

const ORDERS: &str = "SELECT id FROM (
        SELECT * FROM (SELECT id FROM orders WHERE id > ?1 ORDER BY id LIMIT ?2)
        UNION ALL
        SELECT * FROM (SELECT id FROM order_archive WHERE id > ?1 ORDER BY id LIMIT ?2)
    ) ORDER BY id LIMIT ?2";
/// A message that waits for its first delivery is as good as a new one; one that was given up, or is
/// being delivered, is not.
const REQUEUE: [&str; 4] = [
    "DELETE FROM delivered WHERE order_id = ?1 AND ?2 IS NOT NULL AND ?3 IS NOT NULL",
    "INSERT INTO message (queue, order_id, sequence, due_ms)
        SELECT 'back_office', id, 0, ?2 FROM orders WHERE id = ?1 AND ?3 IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM message WHERE queue = 'back_office'
                AND order_id = ?1 AND sequence = 0 AND dead = 0 AND attempts = 0)",
    "INSERT INTO message (queue, order_id, sequence, due_ms)
        SELECT 'back_office', order_id, sequence, ?2 FROM order_event AS event
        WHERE order_id = ?1 AND ?3 IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM message WHERE queue = 'back_office'
                AND order_id = ?1 AND message.sequence = event.sequence
                AND dead = 0 AND attempts = 0)",
    "INSERT INTO message (queue, order_id, sequence, due_ms)
        SELECT 'payments', id, coalesce((SELECT revision FROM order_state WHERE order_id = id), 0), ?2
        FROM orders WHERE id = ?1 AND ?3 = 1 AND body ->> '$.details.payment' = 'card'
            AND NOT EXISTS (SELECT 1 FROM message WHERE queue = 'payments' AND order_id = ?1
                AND dead = 0)",
];

pub(crate) async fn copy<S: SqliteSession>(
    session: &S,
    asked: &CopyRows,
) -> Result<StoredRows, StoreError> {
    let most = match asked.ledger {
        Ledger::Orders => COPY_ORDERS_MAX,
        Ledger::Funds
        | Ledger::Receipts
        | Ledger::Repairs
        | Ledger::Movements
        | Ledger::Prices
        | Ledger::Publications
        | Ledger::Offers => COPY_ROWS_MAX,
    };
    let parameters = [
        asked.after.as_str().into(),
        asked.until_ms.into(),
        i64::from(most).into(),
    ];
    let found = session.execute(page(asked.ledger), &parameters).await?;
    let is_last = found.len() < most as usize;
    let mut page = StoredRows::default();
    for row in &found {
        page.after = (!is_last)
            .then(|| row.text(0).map(str::to_owned))
            .transpose()?;
        if asked.ledger == Ledger::Orders || row.integer(2)? == 1 {
            page.rows.push(souk_order_store::rows::read(row, 1)?);
        }
    }
    Ok(page)
}

pub(crate) async fn begin<S: SqliteSession>(
    session: &S,
    backup: &str,
) -> Result<RestoreReply, StoreError> {
    session.execute(BEGIN, &[backup.into()]).await?;
    let rows = session.execute(STATE, &[backup.into()]).await?;
    Ok(match rows.first() {
        None => RestoreReply::NotEmpty,
        Some(row) if row.integer(1)? == 1 => RestoreReply::Done {
            batch: row.integer(0)?,
        },
        Some(row) if row.integer(2)? == 1 => RestoreReply::Finished,
        Some(_) => RestoreReply::OutOfTurn,
    })
}

pub(crate) async fn rows<S: SqliteSession>(
    session: &S,
    asked: RowsToRestore<'_>,
) -> Result<RestoreReply, StoreError> {
    let RowsToRestore { backup, batch, .. } = asked;
    let next = session
        .execute(NEXT, &[backup.into(), batch.into()])
        .await?;
    if next.is_empty() {
        let rows = session.execute(STATE, &[backup.into()]).await?;
        let reached = match rows.first() {
            Some(row) if row.integer(1)? == 1 => row.integer(0)?,
            Some(_) | None => return Ok(RestoreReply::OutOfTurn),
        };
        return Ok(match batch <= reached {
            true => RestoreReply::Done { batch: reached },
            false => RestoreReply::OutOfTurn,
        });
    }
    let list = json(asked.rows);
    for statement in write(asked.ledger) {
        session.execute(statement, &[list.as_str().into()]).await?;
    }
    Ok(RestoreReply::Done { batch })
}

pub(crate) async fn finish<S: SqliteSession>(
    session: &S,
    backup: &str,
    card_holds_from_ms: i64,
) -> Result<RestoreReply, StoreError> {
    let ended = session.execute(FINISH, &[backup.into()]).await?;
    if !ended.is_empty() {
        session.execute(HOLD, &[card_holds_from_ms.into()]).await?;
    }
    let rows = session.execute(STATE, &[backup.into()]).await?;
    Ok(match rows.first() {
        Some(row) if row.integer(2)? == 1 => RestoreReply::Done {
            batch: row.integer(0)?,
        },
        Some(_) | None => RestoreReply::OutOfTurn,
    })
}

/// Refuses what would change orders or accounts while a copy is being put back: until its last batch,
/// orders are there whose accounts are not.
pub(crate) async fn expect_restored<S: SqliteSession>(session: &S) -> Result<(), StoreError> {
    match session.execute(UNFINISHED, &[]).await?.is_empty() {
        true => Ok(()),
        false => Err(unfinished()),
    }
}

/// The refusal.
pub(crate) fn unfinished() -> StoreError {
    StoreError::Transient("a backup is being put back".to_owned())
}

pub(crate) async fn requeue<S: SqliteSession>(
    session: &S,
    after: &str,
    limit: u32,
    payments: bool,
    now_ms: i64,
) -> Result<Vec<String>, StoreError> {
    let parameters = [after.into(), i64::from(limit).into()];
    let rows = session.execute(ORDERS, &parameters).await?;
    let mut orders = Vec::with_capacity(rows.len());
    for row in &rows {
        let id = row.text(0)?;
        unarchive(session, id).await?;
        for statement in REQUEUE {
            let parameters = [id.into(), now_ms.into(), i64::from(payments).into()];
            session.execute(statement, &parameters).await?;
        }
        orders.push(id.to_owned());
    }
    Ok(orders)
}
