//! Worklists, single orders, reports.

use souk_protocol::mail::{FAILED_MAILS_MAX, FailedMail};
use souk_protocol::order_index::Entry;
use souk_protocol::origin::{Event, RecordedEvent};
use souk_protocol::staff::{
    IndexedOrder, LastIngested, OrderIndexCondition, OrderTotal, Sort, WORKLIST_ITEMS_MAX,
    Worklist, WorklistQuery,
};
use souk_sql::{SqliteSession, StoreError};

use super::rows::{COLUMNS, folded, word};

const EVENTS_OF: &str = "SELECT body FROM order_index_event WHERE order_id = ?1 AND sequence > 0
    ORDER BY sequence";
const TOTALS: &str = "SELECT status, currency, count(*), sum(units), sum(total), sum(captured),
        sum(refunded)
    FROM order_index_entry GROUP BY status, currency";
const CONDITION: &str = "SELECT
        (SELECT count(*) FROM order_index_event INDEXED BY order_index_event_early WHERE folded = 0),
        (SELECT count(*) FROM order_index_dead),
        (SELECT count(*) FROM order_index_event INDEXED BY order_index_event_mail
            WHERE body ->> '$.changed.event' = 'mail_failed')";
const FAILED_MAILS: &str = "SELECT order_id, body
    FROM order_index_event INDEXED BY order_index_event_mail
    WHERE body ->> '$.changed.event' = 'mail_failed'
    ORDER BY at_ms DESC, number DESC LIMIT ?1";
const LAST: &str =
    "SELECT at_ms, ingested_at_ms FROM order_index_event ORDER BY number DESC LIMIT 1";

/// A moment after all others that an engine holds exactly.
const NEVER_MS: i64 = (1 << 53) - 1;

/// One statement, whose order is that of an index.
pub(super) async fn worklist<S: SqliteSession>(
    session: &S,
    query: &WorklistQuery,
) -> Result<Worklist, StoreError> {
    let limit = query.limit.clamp(1, WORKLIST_ITEMS_MAX);
    let (compare, direction, begin) = match query.sort {
        Sort::Newest => ("<", "DESC", NEVER_MS),
        Sort::Oldest => (">", "ASC", -1),
    };
    let status = query.status.map_or("", |_| "status = ?4 AND ");
    let disputed = match query.disputed {
        true => "disputed > 0 AND ",
        false => "",
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM order_index_entry
            WHERE {disputed}{status}(placed_at_ms, id) {compare} (?1, ?2)
            ORDER BY placed_at_ms {direction}, id {direction} LIMIT ?3"
    );
    let (at_ms, order) = match &query.after {
        Some(place) => (place.placed_at_ms, place.order.as_str()),
        None => (begin, ""),
    };
    let mut parameters = vec![at_ms.into(), order.into(), (i64::from(limit) + 1).into()];
    parameters.extend(query.status.map(|status| status.name().into()));
    let rows = session.execute(&sql, &parameters).await?;
    let entries = rows.iter().map(|row| Ok(folded(row)?.entry()));
    let mut orders = entries.collect::<Result<Vec<_>, StoreError>>()?;
    let has_more = orders.len() > limit as usize;
    orders.truncate(limit as usize);
    let last = orders.last().filter(|_| has_more);
    let after = last.map(|last| format!("{}.{}", last.placed_at_ms, last.order));
    Ok(Worklist { orders, after })
}

pub(super) async fn order<S: SqliteSession>(
    session: &S,
    order: &str,
) -> Result<Option<IndexedOrder>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM order_index_entry WHERE id = ?1");
    let rows = session.execute(&sql, &[order.into()]).await?;
    let folded = rows.first().map(folded).transpose()?;
    let mut events = Vec::new();
    for row in session.execute(EVENTS_OF, &[order.into()]).await? {
        let entry = souk_json::read(row.text(0)?.as_bytes())
            .map_err(|error| StoreError::Corrupt(format!("order index: {error}")))?;
        match entry {
            Entry::Changed(event) => events.push(event),
            Entry::Placed(_) => {
                let text = format!("{order} was placed more than once");
                return Err(StoreError::Corrupt(text));
            }
        }
    }
    if folded.is_none() && events.is_empty() {
        return Ok(None);
    }
    let lines = folded.iter().flat_map(|folded| &folded.lines);
    let removed: Vec<_> = lines.clone().map(|line| line.removed).collect();
    let is_whole = removed.iter().all(|&units| units == 0);
    Ok(Some(IndexedOrder {
        returned: lines.map(|line| line.returned).collect(),
        removed: if is_whole { Vec::new() } else { removed },
        entry: folded.as_ref().map(|folded| folded.entry()),
        events,
    }))
}

pub(super) async fn totals<S: SqliteSession>(session: &S) -> Result<Vec<OrderTotal>, StoreError> {
    let rows = session.execute(TOTALS, &[]).await?;
    let totals = rows.iter().map(|row| {
        Ok(OrderTotal {
            status: word(row.text(0)?)?,
            currency: row.text(1)?.to_owned(),
            orders: row.integer(2)?,
            units: row.integer(3)?,
            total: row.integer(4)?,
            captured: row.integer(5)?,
            refunded: row.integer(6)?,
        })
    });
    totals.collect()
}

/// The last reports of mails that did not get to their buyers.
pub(super) async fn failed_mails<S: SqliteSession>(
    session: &S,
) -> Result<Vec<FailedMail>, StoreError> {
    let limit = i64::try_from(FAILED_MAILS_MAX).expect("a small number");
    let rows = session.execute(FAILED_MAILS, &[limit.into()]).await?;
    let mut failed = Vec::with_capacity(rows.len());
    for row in &rows {
        let entry: Entry = souk_json::read(row.text(1)?.as_bytes())
            .map_err(|error| StoreError::Corrupt(format!("order index: {error}")))?;
        if let Entry::Changed(RecordedEvent {
            sequence,
            at_ms,
            event:
                Event::MailFailed {
                    mail,
                    problem,
                    detail,
                },
            ..
        }) = entry
        {
            failed.push(FailedMail {
                order: row.text(0)?.to_owned(),
                sequence,
                at_ms,
                mail,
                problem,
                detail,
            });
        }
    }
    Ok(failed)
}

pub(super) async fn condition<S: SqliteSession>(
    session: &S,
) -> Result<OrderIndexCondition, StoreError> {
    let rows = session.execute(CONDITION, &[]).await?;
    let counts = rows
        .first()
        .ok_or_else(|| StoreError::Corrupt("counting gave no row".into()))?;
    let last = session.execute(LAST, &[]).await?;
    let last = last.first().map(|row| {
        Ok::<_, StoreError>(LastIngested {
            at_ms: row.integer(0)?,
            ingested_at_ms: row.integer(1)?,
        })
    });
    Ok(OrderIndexCondition {
        early: counts.integer(0)?,
        dead: counts.integer(1)?,
        mails_failed: counts.integer(2)?,
        last: last.transpose()?,
    })
}
