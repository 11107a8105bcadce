//! Between the protocol and the columns of both engines.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::json;
use souk_domain::StockLevel;
use souk_protocol::history;
use souk_protocol::origin::{Message, News, PriceRecord, Queue, RecordedEvent, StockAccount};
use souk_sql::{Row, StoreError, Value};

use crate::{Found, FundsEntry, OrderChange, OrderRecord, StockMove, StoredOrder, movement_name};

/// The columns `sku, supplied, available, held, sold`.
pub fn account(row: &Row) -> Result<StockAccount, StoreError> {
    Ok(StockAccount {
        sku: row.text(0)?.to_owned(),
        supplied: row.integer(1)?,
        available: row.integer(2)?,
        held: row.integer(3)?,
        sold: row.integer(4)?,
    })
}

/// The columns `number, sku, recorded_ms, prices` of the ledger of prices.
pub fn price_record(row: &Row) -> Result<PriceRecord, StoreError> {
    Ok(PriceRecord {
        number: row.integer(0)?,
        sku: row.text(1)?.to_owned(),
        recorded_ms: row.integer(2)?,
        prices: read(row, 3)?,
    })
}

/// A version number as a parameter; none is ever so large that it does not fit.
pub fn version(version: u64) -> Value {
    Value::Integer(i64::try_from(version).unwrap_or(i64::MAX))
}

/// What a column keeps as JSON. It is read as bytes, as messages are: a second way to read the same
/// types would be all their readers a second time in what is deployed.
pub fn read<T: DeserializeOwned>(row: &Row, column: usize) -> Result<T, StoreError> {
    souk_json::read(row.text(column)?.as_bytes())
        .map_err(|error| StoreError::Corrupt(format!("a stored text: {error}")))
}

/// A column with the number of events of an order.
pub fn revision(row: &Row, column: usize) -> Result<u32, StoreError> {
    let number = u32::try_from(row.integer(column)?);
    number.map_err(|_| StoreError::Corrupt("an order has too many events".into()))
}

/// An order with its history: the columns `sequence, body, state, fingerprint of the change, takes`,
/// the order first, then its events, of which the last three columns say nothing.
pub fn found(rows: &[Row]) -> Result<Option<Found>, StoreError> {
    let Some((first, events)) = rows.split_first() else {
        return Ok(None);
    };
    let mut order: StoredOrder = read(first, 1)?;
    let progress = match first.optional_text(2)? {
        Some(_) => read(first, 2)?,
        // Nothing happened to it yet.
        None => history::progress(&history::placed_state(&order), 0),
    };
    order.status = progress.status;
    let change = first.optional_text(3)?.map(str::to_owned);
    let takes = match first.optional_text(4)? {
        Some(_) => read(first, 4)?,
        None => Vec::new(),
    };
    let events: Result<Vec<RecordedEvent>, _> = events.iter().map(|row| read(row, 1)).collect();
    let record = OrderRecord {
        order,
        progress,
        events: events?,
    };
    Ok(Some(Found {
        record,
        change,
        takes,
    }))
}

/// A message with what happened, if its queue wants to know: the columns `id, order, sequence,
/// attempts, body`.
pub fn message(row: &Row) -> Result<Message, StoreError> {
    let small = |column| {
        u32::try_from(row.integer(column)?)
            .map_err(|_| StoreError::Corrupt("a number of a message does not fit".into()))
    };
    let sequence = small(2)?;
    // What cannot be read is left out: its consumer dead-letters it, and the rest of the claim is
    // processed.
    let news = match (row.optional_text(4)?, sequence) {
        (None, _) => None,
        (Some(_), 0) => read(row, 4).ok().map(|order| News::Placed {
            order: Box::new(order),
        }),
        (Some(_), _) => read(row, 4).ok().map(|event| News::Changed { event }),
    };
    Ok(Message {
        id: row.integer(0)?,
        order: row.text(1)?.to_owned(),
        sequence,
        attempts: small(3)?,
        news,
    })
}

/// What all moves add to each account.
pub fn sums(moves: &[StockMove]) -> Vec<serde_json::Value> {
    let mut sums: BTreeMap<&str, StockLevel> = BTreeMap::new();
    for one in moves {
        let (sum, unit) = (sums.entry(&one.sku).or_default(), one.movement.unit());
        let units = i64::from(one.units);
        sum.supplied += unit.supplied * units;
        sum.available += unit.available * units;
        sum.held += unit.held * units;
        sum.sold += unit.sold * units;
    }
    let sums = sums.into_iter().map(|(sku, sum)| {
        json!({
            "sku": sku, "supplied": sum.supplied, "available": sum.available,
            "held": sum.held, "sold": sum.sold,
        })
    });
    sums.collect()
}

/// The moves as rows of the ledger of stock.
pub fn moved_units(moves: &[StockMove]) -> Vec<serde_json::Value> {
    let rows = moves.iter().map(
        |one| json!({"sku": one.sku, "kind": movement_name(one.movement), "units": one.units}),
    );
    rows.collect()
}

/// The entries as rows of the ledger of funds.
pub fn moved_funds(entries: &[FundsEntry]) -> Vec<serde_json::Value> {
    let rows = entries.iter().map(|entry| {
        let (from, to) = (entry.from.name(), entry.to.name());
        json!({"sequence": entry.sequence, "from": from, "to": to, "amount": entry.amount})
    });
    rows.collect()
}

/// The messages of a change: one for the back office about each event, one for the mails about each
/// event that has a mail, one for each other queue about the last event.
pub fn event_messages(change: &OrderChange<'_>) -> Vec<serde_json::Value> {
    let events = change.events.iter();
    let back_office = events.map(|event| (Queue::BackOffice, event.sequence));
    let has_mail = |event: &&RecordedEvent| history::fact(&event.event).mail().is_some();
    let mails = change.events.iter().filter(has_mail);
    let mails = mails.map(|event| (Queue::Mails, event.sequence));
    let queues = change.queues.iter();
    let others = queues.map(|&queue| (queue, change.progress.revision));
    let rows = back_office
        .chain(mails)
        .chain(others)
        .map(|(queue, sequence)| json!({"queue": queue.name(), "sequence": sequence}));
    rows.collect()
}
