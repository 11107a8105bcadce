//! Ingests event messages. Everything is read with two statements and written with three; counts are
//! written with as many again where orders begin or end to count.

use std::borrow::Cow;

use serde::Serialize;
use souk_protocol::order_index::{
    DeadLetter, EVENT_MESSAGES_MAX, Entry, EventMessage, IngestOutcome,
};
use souk_sql::{SqliteSession, StoreError, json};

use super::counts;
use super::rows::{COLUMNS, OrderRow, folded, parameters};
use crate::counts::{Change, change};
use crate::fold::{Folded, fold};

/// Of the orders in question: the events that wait for an earlier one, and those that event
/// messages name.
const EVENTS: &str = "SELECT order_id, sequence, folded, body
    FROM json_each(?1) AS asked CROSS JOIN order_index_event ON order_id = asked.value
    WHERE folded = 0
    UNION
    SELECT order_id, sequence, folded, body
    FROM json_each(?2) AS named CROSS JOIN order_index_event
        ON order_id = named.value ->> 0 AND sequence = named.value ->> 1";
const INSERT_EVENTS: &str = "INSERT INTO order_index_event
        (order_id, sequence, at_ms, ingested_at_ms, folded, body)
    SELECT value ->> 'order', value ->> 'sequence', value ->> 'at_ms', ?2, value ->> 'folded',
        value ->> 'body'
    FROM json_each(?1)";
const MARK_FOLDED: &str = "UPDATE order_index_event SET folded = 1
    FROM (SELECT value ->> 0 AS order_id, value ->> 1 AS sequence FROM json_each(?1)) AS named
    WHERE order_index_event.order_id = named.order_id AND order_index_event.sequence = named.sequence";
const WRITE_ORDERS: &str = "INSERT INTO order_index_entry
        (id, revision, status, placed_at_ms, changed_at_ms, hold_until_ms, payment, delivery,
        currency, total, units, authorised, captured, refunding, refunded, disputed,
        lines)
    SELECT value ->> 'id', value ->> 'revision', value ->> 'status', value ->> 'placed_at_ms',
        value ->> 'changed_at_ms', value ->> 'hold_until_ms', value ->> 'payment',
        value ->> 'delivery', value ->> 'currency', value ->> 'total', value ->> 'units',
        value ->> 'authorised', value ->> 'captured', value ->> 'refunding', value ->> 'refunded',
        value ->> 'disputed', value ->> 'lines'
    FROM json_each(?1) WHERE true
    ON CONFLICT (id) DO UPDATE SET
        revision = excluded.revision, status = excluded.status,
        changed_at_ms = excluded.changed_at_ms, hold_until_ms = excluded.hold_until_ms,
        authorised = excluded.authorised, captured = excluded.captured,
        refunding = excluded.refunding, refunded = excluded.refunded, disputed = excluded.disputed,
        lines = excluded.lines";

/// An event of an order whose event messages are ingested.
struct Event<'a> {
    message: Cow<'a, EventMessage>,
    /// Whether the order index has it: it came early.
    is_stored: bool,
    /// Place of the first event message of the call that brings it.
    place: usize,
}

impl Event<'_> {
    fn is(&self, order: &str, sequence: u32) -> bool {
        self.message.order == order && self.message.sequence == sequence
    }
}

#[derive(Serialize)]
struct EventRow<'a> {
    order: &'a str,
    sequence: u32,
    at_ms: i64,
    folded: u8,
    body: String,
}

/// What is to be written.
#[derive(Default)]
struct Writing {
    inserted: Vec<(EventMessage, bool)>,
    folded_early: Vec<(String, u32)>,
    orders: Vec<Folded>,
    counts: Vec<Change>,
}

/// See [`crate::OrderIndex::ingest`]; runs inside a write transaction.
pub(super) async fn ingest<S: SqliteSession>(
    session: &S,
    messages: &[EventMessage],
    now_ms: i64,
) -> Result<Vec<IngestOutcome>, StoreError> {
    // Lists that are searched from their beginnings: a call has few messages, and each kind of map
    // would be some KiB of the function.
    let mut orders: Vec<&str> = Vec::new();
    for message in messages {
        if !orders.contains(&message.order.as_str()) {
            orders.push(&message.order);
        }
    }
    let mut known = orders_of(session, &orders).await?;
    let (early, named) = events_of(session, &orders, messages).await?;
    let early = early.into_iter().map(|message| Event {
        message: Cow::Owned(message),
        is_stored: true,
        place: usize::MAX,
    });
    let mut events: Vec<Event<'_>> = early.collect();
    let mut outcomes = vec![IngestOutcome::Known; messages.len()];
    let mut copies = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        let (order, sequence) = (&message.order, message.sequence);
        if let Some(named) = named.iter().find(|named| named.is(order, sequence)) {
            outcomes[place] = again(named.entry.as_ref(), &message.entry);
            continue;
        }
        match events.iter().find(|event| event.is(order, sequence)) {
            Some(twin) => {
                outcomes[place] = again(Some(&twin.message.entry), &message.entry);
                copies.extend((!twin.is_stored).then_some((place, twin.place)));
            }
            None => events.push(Event {
                message: Cow::Borrowed(message),
                is_stored: false,
                place,
            }),
        }
    }
    let mut writing = Writing::default();
    for order in orders {
        let at = known.iter().position(|one| one.order == order);
        let own = at.map(|at| known.swap_remove(at));
        fold_order(order, own, &mut events, &mut outcomes, &mut writing);
    }
    for event in events.into_iter().filter(|event| !event.is_stored) {
        outcomes[event.place] = IngestOutcome::New;
        writing.inserted.push((event.message.into_owned(), false));
    }
    for (place, first) in copies {
        // A copy of a refused event message is refused as well.
        if matches!(outcomes[first], IngestOutcome::Refused { .. }) {
            outcomes[place] = outcomes[first].clone();
        }
    }
    write(session, &writing, now_ms).await?;
    Ok(outcomes)
}

/// The outcome of an event message whose place in the history is taken; `stored` is `None` where
/// the row there is unreadable.
fn again(stored: Option<&Entry>, entry: &Entry) -> IngestOutcome {
    if stored == Some(entry) {
        return IngestOutcome::Known;
    }
    IngestOutcome::Refused {
        reason: "the order index has another event with this number".to_owned(),
    }
}

/// Folds what follows without a gap, and takes it from the events; the rest stays.
fn fold_order(
    order: &str,
    mut known: Option<Folded>,
    events: &mut Vec<Event<'_>>,
    outcomes: &mut [IngestOutcome],
    writing: &mut Writing,
) {
    let was_sold = (known.as_ref()).is_some_and(|folded| folded.state.status.is_sold());
    let mut is_changed = false;
    loop {
        let next = known.as_ref().map_or(0, |folded| folded.revision + 1);
        let Some(at) = events.iter().position(|event| event.is(order, next)) else {
            break;
        };
        let event = events.remove(at);
        let message = event.message;
        match fold(known.as_ref(), &message) {
            Ok(folded) => {
                known = Some(folded);
                is_changed = true;
                if event.is_stored {
                    writing.folded_early.push((message.order.clone(), next));
                } else {
                    outcomes[event.place] = IngestOutcome::New;
                    writing.inserted.push((message.into_owned(), true));
                }
            }
            // One that waited in the order index stays there, and so does everything after it.
            Err(_) if event.is_stored => break,
            Err(reason) => {
                outcomes[event.place] = IngestOutcome::Refused { reason };
                break;
            }
        }
    }
    if let Some(folded) = known.filter(|_| is_changed) {
        writing.counts.extend(change(was_sold, &folded));
        writing.orders.push(folded);
    }
}

async fn orders_of<S: SqliteSession>(
    session: &S,
    orders: &[&str],
) -> Result<Vec<Folded>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM json_each(?1) AS asked
            CROSS JOIN order_index_entry ON order_index_entry.id = asked.value"
    );
    let rows = session.execute(&sql, &[json(orders).into()]).await?;
    rows.iter().map(folded).collect()
}

/// An event that the order index has.
struct Named {
    order: String,
    sequence: u32,
    /// Absent where it cannot be read.
    entry: Option<Entry>,
}

impl Named {
    fn is(&self, order: &str, sequence: u32) -> bool {
        self.order == order && self.sequence == sequence
    }
}

/// The events of the orders that wait, and those folded ones that event messages name.
async fn events_of<S: SqliteSession>(
    session: &S,
    orders: &[&str],
    messages: &[EventMessage],
) -> Result<(Vec<EventMessage>, Vec<Named>), StoreError> {
    let names = messages.iter();
    let names = names.map(|message| (message.order.as_str(), message.sequence));
    let names: Vec<(&str, u32)> = names.collect();
    let parameters = [json(orders).into(), json(&names).into()];
    let (mut early, mut named) = (Vec::new(), Vec::new());
    for row in session.execute(EVENTS, &parameters).await? {
        let corrupt =
            |error: &dyn std::fmt::Display| StoreError::Corrupt(format!("order index: {error}"));
        let sequence = u32::try_from(row.integer(1)?).map_err(|error| corrupt(&error))?;
        // An unreadable row blocks only the event messages for its own place in the history.
        let entry: Option<Entry> = souk_json::read(row.text(3)?.as_bytes()).ok();
        let order = row.text(0)?.to_owned();
        match (row.integer(2)?, entry) {
            (0, Some(entry)) => early.push(EventMessage {
                order,
                sequence,
                entry,
            }),
            (_, entry) => named.push(Named {
                order,
                sequence,
                entry,
            }),
        }
    }
    Ok((early, named))
}

async fn write<S: SqliteSession>(
    session: &S,
    writing: &Writing,
    now_ms: i64,
) -> Result<(), StoreError> {
    let events = writing.inserted.iter().map(|(message, folded)| EventRow {
        order: &message.order,
        sequence: message.sequence,
        at_ms: match &message.entry {
            Entry::Placed(placed) => placed.at_ms,
            Entry::Changed(event) => event.at_ms,
        },
        folded: (*folded).into(),
        body: json(&message.entry),
    });
    for list in parameters(events) {
        session
            .execute(INSERT_EVENTS, &[list, now_ms.into()])
            .await?;
    }
    for list in parameters(&writing.folded_early) {
        session.execute(MARK_FOLDED, &[list]).await?;
    }
    for list in parameters(writing.orders.iter().map(OrderRow::from)) {
        session.execute(WRITE_ORDERS, &[list]).await?;
    }
    counts::add(session, &writing.counts, now_ms).await
}

/// Keeps dead letters, each name once.
pub(super) async fn dead_letter<S: SqliteSession>(
    session: &S,
    messages: &[DeadLetter],
    now_ms: i64,
) -> Result<(), StoreError> {
    const DEAD_LETTER: &str = "INSERT INTO order_index_dead (name, body, error, dead_since_ms)
        SELECT value ->> 'name', value ->> 'body', value ->> 'error', ?2
        FROM json_each(?1) WHERE true
        ON CONFLICT (name) DO NOTHING";
    for list in parameters(messages) {
        session.execute(DEAD_LETTER, &[list, now_ms.into()]).await?;
    }
    Ok(())
}

/// Names and bodies of the event messages that were dead-lettered first. Those that cannot be
/// ingested are dead-lettered again, so the next call begins with others.
pub(super) async fn dead_letters<S: SqliteSession>(
    session: &S,
) -> Result<Vec<(String, String)>, StoreError> {
    let sql = format!(
        "SELECT name, body FROM order_index_dead ORDER BY dead_since_ms, name LIMIT {EVENT_MESSAGES_MAX}"
    );
    let rows = session.execute(&sql, &[]).await?;
    let messages = rows.iter();
    messages
        .map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned())))
        .collect()
}

/// Deletes dead letters that were requeued, and stores the new reason of those that are still dead.
pub(super) async fn end_dead_letters<S: SqliteSession>(
    session: &S,
    requeued: &[String],
    still_dead: &[(String, String)],
    now_ms: i64,
) -> Result<(), StoreError> {
    const REQUEUED: &str =
        "DELETE FROM order_index_dead WHERE name IN (SELECT value FROM json_each(?1))";
    const STILL_DEAD: &str = "UPDATE order_index_dead SET error = named.error, dead_since_ms = ?2
        FROM (SELECT value ->> 0 AS name, value ->> 1 AS error FROM json_each(?1)) AS named
        WHERE order_index_dead.name = named.name";
    if !requeued.is_empty() {
        session.execute(REQUEUED, &[json(requeued).into()]).await?;
    }
    if !still_dead.is_empty() {
        let parameters = [json(still_dead).into(), now_ms.into()];
        session.execute(STILL_DEAD, &parameters).await?;
    }
    Ok(())
}
