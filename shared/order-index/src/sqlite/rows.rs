//! Rows of `order_index_entry` as values, and back.

use serde::Serialize;
use serde::de::DeserializeOwned;
use souk_domain::{Funds, OrderState};
use souk_protocol::history;
use souk_sql::{Row, StoreError, Value};

use crate::fold::{Folded, IndexedLine};

/// The columns that [`folded`] reads, in their order.
pub(super) const COLUMNS: &str = "order_index_entry.id, revision, status, placed_at_ms, changed_at_ms, \
    hold_until_ms, payment, delivery, currency, total, authorised, captured, refunding, refunded, \
    lines, disputed";

/// The order in a row.
pub(super) fn folded(row: &Row) -> Result<Folded, StoreError> {
    let corrupt =
        |error: &dyn std::fmt::Display| StoreError::Corrupt(format!("order index: {error}"));
    let lines: Vec<IndexedLine> =
        souk_json::read(row.text(14)?.as_bytes()).map_err(|error| corrupt(&error))?;
    let revision = u32::try_from(row.integer(1)?).map_err(|error| corrupt(&error))?;
    let payment = word(row.text(6)?)?;
    let state = OrderState {
        status: history::status_of(word(row.text(2)?)?),
        method: history::method_of(payment),
        total: row.integer(9)?,
        // The index makes no decision that needs it.
        placed_total: row.integer(9)?,
        hold_until_ms: row.optional_integer(5)?,
        funds: Funds {
            authorised: row.integer(10)?,
            captured: row.integer(11)?,
            refunding: row.integer(12)?,
            refunded: row.integer(13)?,
            disputed: row.integer(15)?,
        },
        // Which payment it was is nothing that the order index is asked for.
        payment: None,
        lines: lines.iter().map(IndexedLine::state).collect(),
    };
    Ok(Folded {
        order: row.text(0)?.to_owned(),
        revision,
        placed_at_ms: row.integer(3)?,
        changed_at_ms: row.integer(4)?,
        payment,
        delivery: row.text(7)?.to_owned(),
        currency: row.text(8)?.to_owned(),
        lines,
        state,
    })
}

/// An order as an element of the JSON that a statement takes.
#[derive(Serialize)]
pub(super) struct OrderRow<'a> {
    id: &'a str,
    revision: u32,
    status: &'static str,
    placed_at_ms: i64,
    changed_at_ms: i64,
    hold_until_ms: Option<i64>,
    payment: String,
    delivery: &'a str,
    currency: &'a str,
    total: i64,
    units: i64,
    authorised: i64,
    captured: i64,
    refunding: i64,
    refunded: i64,
    disputed: i64,
    lines: String,
}

impl<'a> From<&'a Folded> for OrderRow<'a> {
    fn from(folded: &'a Folded) -> Self {
        let funds = folded.state.funds;
        Self {
            id: &folded.order,
            revision: folded.revision,
            status: history::status(folded.state.status).name(),
            placed_at_ms: folded.placed_at_ms,
            changed_at_ms: folded.changed_at_ms,
            hold_until_ms: folded.state.hold_until_ms,
            payment: name(&folded.payment),
            delivery: &folded.delivery,
            currency: &folded.currency,
            total: folded.state.total,
            units: folded.units(),
            authorised: funds.authorised,
            captured: funds.captured,
            refunding: funds.refunding,
            refunded: funds.refunded,
            disputed: funds.disputed,
            lines: souk_sql::json(&folded.lines),
        }
    }
}

/// A unit variant of the protocol by its name on the wire.
pub(super) fn word<T: DeserializeOwned>(name: &str) -> Result<T, StoreError> {
    souk_json::read(souk_sql::json(name).as_bytes())
        .map_err(|error| StoreError::Corrupt(format!("order index: {name:?}: {error}")))
}

/// The name on the wire of a unit variant of the protocol.
fn name<T: Serialize>(word: &T) -> String {
    match serde_json::to_value(word) {
        Ok(serde_json::Value::String(name)) => name,
        other => unreachable!("a unit variant is a text in JSON, not {other:?}"),
    }
}

/// Most bytes of JSON in one parameter: a Durable Object takes values up to 2 MB.
const PARAMETER_BYTES_MAX: usize = 1_000_000;

/// Lists of JSON elements as parameters, each below the bound of an engine. One element is far
/// below it: 100 lines of an order are below 70 KB.
pub(super) fn parameters<T: Serialize>(elements: impl IntoIterator<Item = T>) -> Vec<Value> {
    let (mut lists, mut list) = (Vec::new(), String::new());
    for element in elements {
        let element = souk_sql::json(&element);
        if !list.is_empty() && list.len() + element.len() > PARAMETER_BYTES_MAX {
            lists.push(Value::Text(format!("[{list}]")));
            list.clear();
        }
        if !list.is_empty() {
            list.push(',');
        }
        list.push_str(&element);
    }
    if !list.is_empty() {
        lists.push(Value::Text(format!("[{list}]")));
    }
    lists
}
