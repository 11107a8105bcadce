//! What happens to orders after they are placed: reading one with its history, writing a change.

use souk_order_store::rows::{event_messages, found, moved_funds, moved_units, sums};
use souk_order_store::{Committed, Found, KeptTakes, LoweredTakes, OrderChange, StoreError};
use souk_sql::{SqliteSession, Value, json as text};

use crate::archive;
use crate::backup::unfinished;

/// The order first, then its events; out of the archive where it is there. One statement, so an
/// order that moves is in one of both places.
const FIND: &str = "SELECT 0, body,
        (SELECT body FROM order_state WHERE order_id = ?1),
        (SELECT fingerprint FROM order_change WHERE order_id = ?1 AND key = ?2), takes
    FROM orders WHERE id = ?1
    UNION ALL
    SELECT sequence, body, NULL, NULL, NULL FROM order_event WHERE order_id = ?1
    UNION ALL
    SELECT 0, content ->> '$.body', content ->> '$.state',
        (SELECT value ->> '$[1]' FROM json_each(content, '$.changes')
            WHERE value ->> '$[0]' = ?2), content ->> '$.takes'
    FROM order_archive WHERE id = ?1
    UNION ALL
    SELECT value ->> '$.sequence', value, NULL, NULL, NULL
    FROM order_archive, json_each(content, '$.events') WHERE order_archive.id = ?1
    ORDER BY 1";
const REVISION: &str = "SELECT
        coalesce((SELECT revision FROM order_state WHERE order_id = ?1), 0), takes IS NOT NULL,
        EXISTS (SELECT 1 FROM restoration WHERE only = 1 AND finished = 0)
    FROM orders WHERE id = ?1";
const SHELVES: &str = "SELECT stock.sku, stock.available, stock.backorder,
        moved.value ->> '$.available'
    FROM json_each(?1) AS moved CROSS JOIN stock ON stock.sku = moved.value ->> '$.sku'";
const MOVE: &str = "UPDATE stock SET
        supplied = supplied + (moved.value ->> '$.supplied'),
        available = available + (moved.value ->> '$.available'),
        held = held + (moved.value ->> '$.held'),
        sold = sold + (moved.value ->> '$.sold')
    FROM json_each(?1) AS moved WHERE stock.sku = moved.value ->> '$.sku'";
/// What an order gives back of what it has taken: what is kept if `?3` says so, the rest if `?2` does.
macro_rules! given_back {
    ($columns:literal, $more:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM orders CROSS JOIN json_each(orders.takes) AS took
            WHERE orders.id = ?1 AND iif(coalesce(took.value ->> '$.kept', 0), ?3, ?2)",
            $more
        )
    };
}

/// No change fails because of an allowance that drifted: what has too little is ended instead.
const GIVE_BACK: &str = concat!(
    "UPDATE allowance SET taken = taken - (",
    given_back!(
        "took.value ->> '$.units'",
        " AND took.value ->> '$.account' = allowance.account"
    ),
    ") WHERE account IN (",
    given_back!("took.value ->> '$.account'", ""),
    ") AND taken > (",
    given_back!(
        "took.value ->> '$.units'",
        " AND took.value ->> '$.account' = allowance.account"
    ),
    ") RETURNING account"
);
const END_ALLOWANCES: &str = concat!(
    "DELETE FROM allowance WHERE account IN (",
    given_back!("took.value ->> '$.account'", ""),
    ") AND account NOT IN (SELECT value FROM json_each(?4))"
);
/// What units that are taken off had taken of allowances goes back; the same holds for drift.
const LOWER: &str = "UPDATE allowance SET taken = taken - (back.value ->> '$.units')
    FROM json_each(?1) AS back
    WHERE allowance.account = back.value ->> '$.account'
        AND allowance.taken > back.value ->> '$.units'
    RETURNING account";
const END_LOWERED: &str = "DELETE FROM allowance
    WHERE account IN (SELECT value ->> '$.account' FROM json_each(?1))
        AND account NOT IN (SELECT value FROM json_each(?2))";
const SET_TAKES: &str = "UPDATE orders SET takes = nullif(?2, '[]') WHERE id = ?1";
const READDRESS: &str = "UPDATE orders SET body = ?2 WHERE id = ?1";
/// The first account that has not enough for what is kept to be taken again.
const USED_UP: &str = "SELECT allowance.account
    FROM orders CROSS JOIN json_each(orders.takes) AS take
        CROSS JOIN allowance ON allowance.account = take.value ->> '$.account'
    WHERE orders.id = ?1 AND take.value ->> '$.kept' = 1
        AND allowance.taken + (take.value ->> '$.units') > take.value ->> '$.max'
    LIMIT 1";
const TAKE_AGAIN: &str = "INSERT INTO allowance (account, taken)
    SELECT take.value ->> '$.account', take.value ->> '$.units'
    FROM orders CROSS JOIN json_each(orders.takes) AS take
    WHERE orders.id = ?1 AND take.value ->> '$.kept' = 1
    ON CONFLICT (account) DO UPDATE SET taken = taken + excluded.taken";
const RECORD_MOVES: &str = "INSERT INTO stock_movement (sku, kind, units, order_id, at_ms)
    SELECT value ->> '$.sku', value ->> '$.kind', value ->> '$.units', ?2, ?3 FROM json_each(?1)";
const SET_STATE: &str = "INSERT INTO order_state
        (order_id, revision, status, authorised, captured, refunding, refunded, disputed, body)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    ON CONFLICT (order_id) DO UPDATE SET revision = excluded.revision, status = excluded.status,
        authorised = excluded.authorised, captured = excluded.captured,
        refunding = excluded.refunding, refunded = excluded.refunded, disputed = excluded.disputed,
        body = excluded.body";
const RECORD_EVENTS: &str = "INSERT INTO order_event (order_id, sequence, at_ms, body)
    SELECT ?2, value ->> '$.sequence', value ->> '$.at_ms', value FROM json_each(?1)";
const RECORD_KEY: &str = "INSERT INTO order_change (order_id, key, fingerprint, revision)
    VALUES (?1, ?2, ?3, ?4)";
const RECORD_FUNDS: &str = "INSERT INTO funds_entry
        (order_id, sequence, source, target, amount, currency, at_ms)
    SELECT ?2, value ->> '$.sequence', value ->> '$.from', value ->> '$.to',
        value ->> '$.amount', ?4, ?3
    FROM json_each(?1)";
const TELL: &str = "INSERT INTO message (queue, order_id, sequence, due_ms)
    SELECT value ->> '$.queue', ?2, value ->> '$.sequence', ?3 FROM json_each(?1)";

pub(crate) async fn find<S: SqliteSession>(
    session: &S,
    id: &str,
    key: &str,
) -> Result<Option<Found>, StoreError> {
    found(&session.execute(FIND, &[id.into(), key.into()]).await?)
}

/// Runs inside of one write transaction: what is read here is so until it commits.
pub(crate) async fn change<S: SqliteSession>(
    session: &S,
    change: OrderChange<'_>,
) -> Result<Committed, StoreError> {
    let mut rows = session.execute(REVISION, &[change.order.into()]).await?;
    if rows.is_empty() && archive::unarchive(session, change.order).await? {
        rows = session.execute(REVISION, &[change.order.into()]).await?;
    }
    let revision = rows.first().map(|row| row.integer(0)).transpose()?;
    if let Some(row) = rows.first()
        && row.integer(2)? == 1
    {
        return Err(unfinished());
    }
    if revision != Some(i64::from(change.revision)) {
        return Ok(Committed::Stale);
    }
    let row = rows.first();
    let has_taken = row.map(|row| row.integer(1)).transpose()? == Some(1);
    if has_taken
        && change.kept == KeptTakes::TakenAgain
        && let Some(sku) = used_up(session, change.order).await?
    {
        return Ok(Committed::TooFew { sku });
    }
    let mut shelves_changed = false;
    if !change.moves.is_empty() {
        let sums = sums(change.moves);
        let moved = text(&sums);
        let accounts = session.execute(SHELVES, &[moved.as_str().into()]).await?;
        if accounts.len() != sums.len() {
            let text = format!("the order {} moves a SKU without an account", change.order);
            return Err(StoreError::Corrupt(text));
        }
        for row in accounts {
            let (before, added) = (row.integer(1)?, row.integer(3)?);
            if before + added < 0 {
                let sku = row.text(0)?.to_owned();
                return Ok(Committed::TooFew { sku });
            }
            let runs_out = before == 0 || before + added == 0;
            shelves_changed |= added != 0 && runs_out && row.integer(2)? == 0;
        }
        session.execute(MOVE, &[moved.into()]).await?;
        let moves = text(&moved_units(change.moves));
        let parameters = [moves.into(), change.order.into(), change.now_ms.into()];
        session.execute(RECORD_MOVES, &parameters).await?;
    }
    if has_taken {
        move_takes(session, change).await?;
    }
    if let Some(lowered) = change.lowered {
        lower_takes(session, change.order, lowered).await?;
    }
    if let Some(placed) = change.placed {
        let parameters = [change.order.into(), text(placed).into()];
        session.execute(READDRESS, &parameters).await?;
    }
    record(session, change).await?;
    Ok(Committed::Done { shelves_changed })
}

/// The account of an allowance of which an order cannot take again what it kept.
async fn used_up<S: SqliteSession>(session: &S, order: &str) -> Result<Option<String>, StoreError> {
    let rows = session.execute(USED_UP, &[order.into()]).await?;
    rows.first()
        .map(|row| row.text(0).map(str::to_owned))
        .transpose()
}

/// Gives back what an order has taken of allowances, or takes it again. An allowance that would have
/// nothing taken any more has no row.
async fn move_takes<S: SqliteSession>(
    session: &S,
    change: OrderChange<'_>,
) -> Result<(), StoreError> {
    let kept_goes = match change.kept {
        KeptTakes::Stay => false,
        KeptTakes::GoBack => true,
        KeptTakes::TakenAgain => {
            session.execute(TAKE_AGAIN, &[change.order.into()]).await?;
            false
        }
    };
    if !change.ends_unpaid && !kept_goes {
        return Ok(());
    }
    let (order, which) = (change.order, [change.ends_unpaid, kept_goes].map(i64::from));
    let [unpaid, kept] = which.map(Value::from);
    let parameters = [order.into(), unpaid.clone(), kept.clone()];
    let rows = session.execute(GIVE_BACK, &parameters).await?;
    let left: Result<Vec<_>, _> = rows.iter().map(|row| row.text(0)).collect();
    let parameters = [order.into(), unpaid, kept, text(&left?).into()];
    session.execute(END_ALLOWANCES, &parameters).await?;
    Ok(())
}

/// Gives back what units that are taken off had taken, and keeps what the order takes now.
async fn lower_takes<S: SqliteSession>(
    session: &S,
    order: &str,
    lowered: &LoweredTakes,
) -> Result<(), StoreError> {
    let back = text(&lowered.back);
    let rows = session.execute(LOWER, &[back.as_str().into()]).await?;
    let left: Result<Vec<_>, _> = rows.iter().map(|row| row.text(0)).collect();
    let parameters = [back.into(), text(&left?).into()];
    session.execute(END_LOWERED, &parameters).await?;
    let parameters = [order.into(), text(&lowered.takes).into()];
    session.execute(SET_TAKES, &parameters).await?;
    Ok(())
}

async fn record<S: SqliteSession>(session: &S, change: OrderChange<'_>) -> Result<(), StoreError> {
    let OrderChange {
        order,
        progress,
        now_ms,
        ..
    } = change;
    let funds = progress.funds;
    let state = [
        order.into(),
        i64::from(progress.revision).into(),
        progress.status.name().into(),
        funds.authorised.into(),
        funds.captured.into(),
        funds.refunding.into(),
        funds.refunded.into(),
        funds.disputed.into(),
        text(progress).into(),
    ];
    session.execute(SET_STATE, &state).await?;
    let events = [text(change.events).into(), order.into()];
    session.execute(RECORD_EVENTS, &events).await?;
    if !change.entries.is_empty() {
        let entries = text(&moved_funds(change.entries));
        let currency = change.currency.into();
        let parameters = [entries.into(), order.into(), now_ms.into(), currency];
        session.execute(RECORD_FUNDS, &parameters).await?;
    }
    let messages = text(&event_messages(&change));
    let parameters = [messages.into(), order.into(), now_ms.into()];
    session.execute(TELL, &parameters).await?;
    let key = [
        order.into(),
        change.key.into(),
        change.fingerprint.into(),
        i64::from(progress.revision).into(),
    ];
    session.execute(RECORD_KEY, &key).await?;
    Ok(())
}
