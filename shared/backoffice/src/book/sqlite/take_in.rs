//! Taking letters in. Everything is read with two statements and written with three.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use souk_protocol::desk::{DeadLetter, Entry, LETTERS_MAX, Letter, Taken};
use souk_sql::{SqliteSession, StoreError, json};

use super::rows::{COLUMNS, OrderRow, folded, parameters};
use crate::book::fold::{Folded, fold};

/// Of the orders in question: the events that wait for an earlier one, and those that letters
/// name.
const EVENTS: &str = "SELECT order_id, sequence, folded, body
    FROM json_each(?1) AS asked CROSS JOIN desk_event ON order_id = asked.value
    WHERE folded = 0
    UNION
    SELECT order_id, sequence, folded, body
    FROM json_each(?2) AS named CROSS JOIN desk_event
        ON order_id = named.value ->> 0 AND sequence = named.value ->> 1";
const INSERT_EVENTS: &str = "INSERT INTO desk_event
        (order_id, sequence, at_ms, taken_at_ms, folded, body)
    SELECT value ->> 'order', value ->> 'sequence', value ->> 'at_ms', ?2, value ->> 'folded',
        value ->> 'body'
    FROM json_each(?1)";
const MARK_FOLDED: &str = "UPDATE desk_event SET folded = 1
    FROM (SELECT value ->> 0 AS order_id, value ->> 1 AS sequence FROM json_each(?1)) AS named
    WHERE desk_event.order_id = named.order_id AND desk_event.sequence = named.sequence";
const WRITE_ORDERS: &str = "INSERT INTO desk_order
        (id, revision, status, placed_at_ms, changed_at_ms, hold_until_ms, payment, delivery,
        currency, total, units, authorised, captured, refunding, refunded, lines)
    SELECT value ->> 'id', value ->> 'revision', value ->> 'status', value ->> 'placed_at_ms',
        value ->> 'changed_at_ms', value ->> 'hold_until_ms', value ->> 'payment',
        value ->> 'delivery', value ->> 'currency', value ->> 'total', value ->> 'units',
        value ->> 'authorised', value ->> 'captured', value ->> 'refunding', value ->> 'refunded',
        value ->> 'lines'
    FROM json_each(?1) WHERE true
    ON CONFLICT (id) DO UPDATE SET
        revision = excluded.revision, status = excluded.status,
        changed_at_ms = excluded.changed_at_ms, hold_until_ms = excluded.hold_until_ms,
        authorised = excluded.authorised, captured = excluded.captured,
        refunding = excluded.refunding, refunded = excluded.refunded, lines = excluded.lines";

/// An event of an order whose letters are ingested.
struct Event<'a> {
    letter: Cow<'a, Letter>,
    /// Whether the book has it: it came early.
    is_stored: bool,
    /// Place of the first letter of the call that brings it.
    place: usize,
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
    inserted: Vec<(Letter, bool)>,
    folded_early: Vec<(String, u32)>,
    orders: Vec<Folded>,
}

/// See [`crate::OrderBook::take_in`]; runs inside a write transaction.
pub(super) async fn take_in<S: SqliteSession>(
    session: &S,
    letters: &[Letter],
    now_ms: i64,
) -> Result<Vec<Taken>, StoreError> {
    let orders: BTreeSet<&str> = letters.iter().map(|letter| letter.order.as_str()).collect();
    let mut known = orders_of(session, &orders).await?;
    let (early, named) = events_of(session, &orders, letters).await?;
    let mut outcomes = vec![Taken::Known; letters.len()];
    let mut copies = Vec::new();
    let mut of_order: BTreeMap<&str, BTreeMap<u32, Event<'_>>> = BTreeMap::new();
    for letter in early {
        if let Some(order) = orders.get(letter.order.as_str()) {
            let event = Event {
                letter: Cow::Owned(letter),
                is_stored: true,
                place: usize::MAX,
            };
            let events = of_order.entry(order).or_default();
            events.insert(event.letter.sequence, event);
        }
    }
    for (place, letter) in letters.iter().enumerate() {
        if let Some(stored) = named.get(&(letter.order.clone(), letter.sequence)) {
            outcomes[place] = again(stored.as_ref(), &letter.entry);
            continue;
        }
        let events = of_order.entry(&letter.order).or_default();
        match events.get(&letter.sequence) {
            Some(twin) => {
                outcomes[place] = again(Some(&twin.letter.entry), &letter.entry);
                copies.extend((!twin.is_stored).then_some((place, twin.place)));
            }
            None => {
                let event = Event {
                    letter: Cow::Borrowed(letter),
                    is_stored: false,
                    place,
                };
                events.insert(letter.sequence, event);
            }
        }
    }
    let mut writing = Writing::default();
    for (order, events) in of_order {
        fold_order(known.remove(order), events, &mut outcomes, &mut writing);
    }
    for (place, first) in copies {
        // A copy of a refused letter is refused as well.
        if matches!(outcomes[first], Taken::Refused { .. }) {
            outcomes[place] = outcomes[first].clone();
        }
    }
    write(session, &writing, now_ms).await?;
    Ok(outcomes)
}

/// The outcome of a letter whose place in the history is taken; `stored` is `None` where the row
/// there is unreadable.
fn again(stored: Option<&Entry>, entry: &Entry) -> Taken {
    if stored == Some(entry) {
        return Taken::Known;
    }
    Taken::Refused {
        reason: "the book has another event with this number".to_owned(),
    }
}

/// Folds what follows without a gap, and keeps the rest.
fn fold_order(
    mut known: Option<Folded>,
    mut events: BTreeMap<u32, Event<'_>>,
    outcomes: &mut [Taken],
    writing: &mut Writing,
) {
    let mut is_changed = false;
    loop {
        let next = known.as_ref().map_or(0, |folded| folded.revision + 1);
        let Some(event) = events.remove(&next) else {
            break;
        };
        let letter = event.letter;
        match fold(known.as_ref(), &letter) {
            Ok(folded) => {
                known = Some(folded);
                is_changed = true;
                if event.is_stored {
                    writing.folded_early.push((letter.order.clone(), next));
                } else {
                    outcomes[event.place] = Taken::New;
                    writing.inserted.push((letter.into_owned(), true));
                }
            }
            // One that waited in the book stays there, and so does everything after it.
            Err(_) if event.is_stored => break,
            Err(reason) => {
                outcomes[event.place] = Taken::Refused { reason };
                break;
            }
        }
    }
    writing.orders.extend(known.filter(|_| is_changed));
    for event in events.into_values() {
        if !event.is_stored {
            outcomes[event.place] = Taken::New;
            writing.inserted.push((event.letter.into_owned(), false));
        }
    }
}

async fn orders_of<S: SqliteSession>(
    session: &S,
    orders: &BTreeSet<&str>,
) -> Result<BTreeMap<String, Folded>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM json_each(?1) AS asked
            CROSS JOIN desk_order ON desk_order.id = asked.value"
    );
    let rows = session.execute(&sql, &[json(orders).into()]).await?;
    let orders = rows.iter().map(|row| {
        let folded = folded(row)?;
        Ok((folded.order.clone(), folded))
    });
    orders.collect()
}

/// Events that the book has; `None` for one that cannot be read.
type Named = BTreeMap<(String, u32), Option<Entry>>;

/// The events of the orders that wait, and those folded ones that letters name.
async fn events_of<S: SqliteSession>(
    session: &S,
    orders: &BTreeSet<&str>,
    letters: &[Letter],
) -> Result<(Vec<Letter>, Named), StoreError> {
    let name = |letter: &Letter| (letter.order.clone(), letter.sequence);
    let names: BTreeSet<(String, u32)> = letters.iter().map(name).collect();
    let parameters = [json(orders).into(), json(&names).into()];
    let (mut early, mut named) = (Vec::new(), Named::new());
    for row in session.execute(EVENTS, &parameters).await? {
        let corrupt = |error: &dyn std::fmt::Display| StoreError::Corrupt(format!("book: {error}"));
        let sequence = u32::try_from(row.integer(1)?).map_err(|error| corrupt(&error))?;
        // An unreadable row blocks only the letters for its own place in the history.
        let entry: Option<Entry> = serde_json::from_slice(row.text(3)?.as_bytes()).ok();
        let order = row.text(0)?.to_owned();
        match (row.integer(2)?, entry) {
            (0, Some(entry)) => early.push(Letter {
                order,
                sequence,
                entry,
            }),
            (_, entry) => drop(named.insert((order, sequence), entry)),
        }
    }
    Ok((early, named))
}

async fn write<S: SqliteSession>(
    session: &S,
    writing: &Writing,
    now_ms: i64,
) -> Result<(), StoreError> {
    let events = writing.inserted.iter().map(|(letter, folded)| EventRow {
        order: &letter.order,
        sequence: letter.sequence,
        at_ms: match &letter.entry {
            Entry::Placed(placed) => placed.at_ms,
            Entry::Changed(event) => event.at_ms,
        },
        folded: (*folded).into(),
        body: json(&letter.entry),
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
    Ok(())
}

/// Keeps dead letters, each name once.
pub(super) async fn bury<S: SqliteSession>(
    session: &S,
    letters: &[DeadLetter],
    now_ms: i64,
) -> Result<(), StoreError> {
    const BURY: &str = "INSERT INTO desk_dead (name, body, error, buried_at_ms)
        SELECT value ->> 'name', value ->> 'body', value ->> 'error', ?2
        FROM json_each(?1) WHERE true
        ON CONFLICT (name) DO NOTHING";
    for list in parameters(letters) {
        session.execute(BURY, &[list, now_ms.into()]).await?;
    }
    Ok(())
}

/// Names and bodies of the letters that were dead-lettered first. Those that cannot be ingested are
/// dead-lettered again, so the next call begins with others.
pub(super) async fn buried<S: SqliteSession>(
    session: &S,
) -> Result<Vec<(String, String)>, StoreError> {
    let sql =
        format!("SELECT name, body FROM desk_dead ORDER BY buried_at_ms, name LIMIT {LETTERS_MAX}");
    let rows = session.execute(&sql, &[]).await?;
    let letters = rows.iter();
    letters
        .map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned())))
        .collect()
}

/// Deletes dead letters that were requeued, and stores the new reason of those that are still dead.
pub(super) async fn unbury<S: SqliteSession>(
    session: &S,
    revived: &[String],
    still_dead: &[(String, String)],
    now_ms: i64,
) -> Result<(), StoreError> {
    const REVIVED: &str = "DELETE FROM desk_dead WHERE name IN (SELECT value FROM json_each(?1))";
    const STILL_DEAD: &str = "UPDATE desk_dead SET error = named.error, buried_at_ms = ?2
        FROM (SELECT value ->> 0 AS name, value ->> 1 AS error FROM json_each(?1)) AS named
        WHERE desk_dead.name = named.name";
    if !revived.is_empty() {
        session.execute(REVIVED, &[json(revived).into()]).await?;
    }
    if !still_dead.is_empty() {
        let parameters = [json(still_dead).into(), now_ms.into()];
        session.execute(STILL_DEAD, &parameters).await?;
    }
    Ok(())
}
