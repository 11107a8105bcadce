//! What the facts come to. Pure: the same facts give the same report.
//!
//! Every total stands beside the same one from another book, and what differs comes first.

use std::collections::BTreeMap;

use serde::Serialize;
use souk_operations::Record;
use souk_protocol::origin::Status;

use super::facts::{Facts, Load, SaleFacts};
use crate::switches::rfc3339;

/// A report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Report {
    /// Moments as RFC 3339.
    pub(super) since: String,
    pub(super) until: String,
    /// What two books say differently, or one book of itself.
    pub(super) differs: Vec<Comparison>,
    /// What they say alike.
    pub(super) agrees: Vec<Comparison>,
    pub(super) checks: Checks,
    pub(super) orders: Orders,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sale: Option<Sale>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) requests: Option<Requests>,
    /// What the journal has of this time, in its order.
    pub(super) events: Vec<Event>,
}

/// One total, as several books have it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Comparison {
    pub(super) what: String,
    /// By the name of the book.
    pub(super) books: Vec<(String, i64)>,
}

/// Checks of plan steps.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Checks {
    pub(super) held: u64,
    pub(super) not_held: u64,
}

/// Orders that were placed in this time. Amounts are in minor units.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Orders {
    pub(super) orders: u64,
    pub(super) units: i64,
    /// By where they stand now.
    pub(super) by_status: BTreeMap<&'static str, u64>,
    /// Sums of those that were not given up, by currency.
    pub(super) totals: BTreeMap<String, i64>,
}

/// A sale.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Sale {
    pub(super) id: String,
    pub(super) units: i64,
    pub(super) sold: i64,
    pub(super) held: i64,
    pub(super) available: i64,
    pub(super) orders: u64,
    /// Of its waiting room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) room: Option<Room>,
}

/// A waiting room.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Room {
    pub(super) state: String,
    pub(super) tickets: u64,
    pub(super) called: u64,
    pub(super) missed: u64,
    pub(super) orders: u64,
}

/// What load generators have counted.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Requests {
    pub(super) sent: u64,
    pub(super) answered: u64,
    pub(super) by_status: BTreeMap<String, u64>,
    pub(super) without_answer: BTreeMap<String, u64>,
    /// Each run by itself.
    pub(super) runs: Vec<Run>,
}

/// One run of a load generator.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Run {
    pub(super) name: String,
    pub(super) sent: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) p99_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) valid: Option<bool>,
}

/// A record of the journal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Event {
    pub(super) seq: u64,
    pub(super) at: String,
    pub(super) who: String,
    pub(super) what: String,
    pub(super) effect: String,
}

/// What the facts come to.
pub(super) fn report(facts: &Facts) -> Report {
    let is_of_time = |at_ms: i64| (facts.since_ms..facts.until_ms).contains(&at_ms);
    let records = facts.journal.iter().filter(|record| is_of_time(record.at));
    let events: Vec<_> = records.map(event).collect();
    let placed: Vec<_> = facts
        .orders
        .iter()
        .filter(|one| is_of_time(one.placed_at_ms))
        .collect();
    let mut orders = Orders {
        orders: placed.len() as u64,
        ..Orders::default()
    };
    for order in &placed {
        *orders.by_status.entry(order.status.name()).or_default() += 1;
        if !is_given_up(order.status) {
            orders.units += order.units;
            *orders.totals.entry(order.currency.clone()).or_default() += order.total;
        }
    }
    let sale = facts.sale.as_ref().map(sale);
    let requests = (!facts.loads.is_empty()).then(|| requests(&facts.loads));
    let (differs, agrees) = comparisons(facts, &orders, sale.as_ref(), requests.as_ref())
        .into_iter()
        .partition(Comparison::differs);
    Report {
        since: rfc3339(facts.since_ms),
        until: rfc3339(facts.until_ms),
        differs,
        agrees,
        checks: checks(&events),
        orders,
        sale,
        requests,
        events,
    }
}

/// Whether the units of an order are back.
pub(super) fn is_given_up(status: Status) -> bool {
    matches!(status, Status::Cancelled | Status::Expired)
}

impl Comparison {
    fn of<const N: usize>(what: &str, books: [(&str, i64); N]) -> Self {
        let books = books.map(|(book, value)| (book.to_owned(), value));
        Self {
            what: what.to_owned(),
            books: books.into(),
        }
    }

    /// Whether two books do not say the same.
    fn differs(&self) -> bool {
        self.books.windows(2).any(|pair| pair[0].1 != pair[1].1)
    }
}

fn comparisons(
    facts: &Facts,
    orders: &Orders,
    sale: Option<&Sale>,
    requests: Option<&Requests>,
) -> Vec<Comparison> {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let mut all = Vec::new();
    let wrong = i64::from(facts.journal_error.is_some());
    let what = match &facts.journal_error {
        Some(error) => format!("the journal: {error}"),
        None => "records of the journal that do not hold together".to_owned(),
    };
    all.push(Comparison::of(&what, [("found", wrong), ("expected", 0)]));
    let drift = number(facts.audit.drift.len() as u64);
    let what = "accounts and orders that the audit names";
    all.push(Comparison::of(what, [("found", drift), ("expected", 0)]));
    for drift in &facts.drift {
        all.push(Comparison::of(drift, [("found", 1), ("expected", 0)]));
    }
    let what = "messages about orders that are not in the list yet";
    all.push(Comparison::of(
        what,
        [("found", facts.under_way), ("expected", 0)],
    ));
    let acknowledged: Vec<_> = facts.loads.iter().filter_map(|load| load.orders).collect();
    if !acknowledged.is_empty() {
        let acknowledged = number(acknowledged.iter().sum());
        let listed = number(orders.orders);
        let books = [
            ("list of orders", listed),
            ("acknowledged to clients", acknowledged),
        ];
        all.push(Comparison::of("orders", books));
    }
    if let Some(requests) = requests {
        let counted: u64 = requests
            .by_status
            .values()
            .chain(requests.without_answer.values())
            .sum();
        let books = [
            ("sent", number(requests.sent)),
            ("with an outcome", number(counted)),
        ];
        all.push(Comparison::of("requests", books));
    }
    if let (Some(sale), Some(facts)) = (sale, &facts.sale) {
        let taken = sale.sold + sale.held;
        let books = [("stock accounts", taken), ("its orders", facts.units)];
        all.push(Comparison::of("units of the sale in orders", books));
        let above = (taken - facts.planned).max(0);
        let what = "units sold beyond those that the sale had";
        all.push(Comparison::of(what, [("found", above), ("expected", 0)]));
        if let Some(room) = &sale.room {
            let books = [
                ("waiting room", number(room.orders)),
                ("its orders", number(sale.orders)),
            ];
            all.push(Comparison::of("orders with a ticket", books));
        }
    }
    all
}

fn sale(facts: &SaleFacts) -> Sale {
    let sum =
        |of: fn(&souk_protocol::origin::StockAccount) -> i64| facts.accounts.iter().map(of).sum();
    let room = facts.room.as_ref().map(|room| Room {
        state: room.state.clone(),
        tickets: room.tickets,
        called: room.called,
        missed: room.missed,
        orders: room.orders,
    });
    Sale {
        id: facts.id.clone(),
        units: facts.planned,
        sold: sum(|account| account.sold),
        held: sum(|account| account.held),
        available: sum(|account| account.available),
        orders: facts.orders,
        room,
    }
}

fn requests(loads: &[Load]) -> Requests {
    let mut requests = Requests::default();
    for load in loads {
        requests.sent += load.sent;
        for (status, count) in &load.statuses {
            requests.answered += count;
            *requests.by_status.entry(status.clone()).or_default() += count;
        }
        for (error, count) in &load.errors {
            *requests.without_answer.entry(error.clone()).or_default() += count;
        }
        requests.runs.push(Run {
            name: load.name.clone(),
            sent: load.sent,
            p99_ms: load.response_ms.get("p99").copied(),
            valid: load.valid,
        });
    }
    requests
}

fn event(record: &Record) -> Event {
    Event {
        seq: record.seq,
        at: rfc3339(record.at),
        who: record.who.clone(),
        what: record.what.clone(),
        effect: record.effect.clone(),
    }
}

/// The engine of plans writes what became of a check.
fn checks(events: &[Event]) -> Checks {
    let count = |phrase: &str| {
        let has = |event: &&Event| event.what.contains(phrase) || event.effect.contains(phrase);
        events.iter().filter(has).count() as u64
    };
    Checks {
        held: count("its check held"),
        not_held: count("its check did not hold"),
    }
}
