//! An order as the fold of its event messages, pure. What cannot be true is refused here, before
//! the constraints of an engine would refuse it together with everything else.

use serde::{Deserialize, Serialize};
use souk_domain::{Currency, Funds, LINES_MAX, LineState, Money, OrderEvent, OrderState};
use souk_protocol::history;
use souk_protocol::order_index::{Entry, EntryLine, EventMessage, PlacedEntry};
use souk_protocol::origin::{PaymentMethod, RecordedEvent};
use souk_protocol::staff::WorklistEntry;

/// Largest amount, moment and number of units in the order index: the origin takes no larger amount,
/// every engine holds it exactly, and the sum of any history below it fits an `i64` (2^63 / 2^53 = 1,024 events at their largest).
const NUMBER_MAX: i64 = Money::AMOUNT_MAX;

/// An order as far as the order index has its events without a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folded {
    pub(super) order: String,
    pub(super) revision: u32,
    pub(super) placed_at_ms: i64,
    pub(super) changed_at_ms: i64,
    pub(super) payment: PaymentMethod,
    pub(super) delivery: String,
    pub(super) currency: String,
    pub(super) lines: Vec<IndexedLine>,
    pub(super) state: OrderState,
}

/// A line with what was taken off it and what came back of it, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct IndexedLine {
    pub(super) line: EntryLine,
    #[serde(default, skip_serializing_if = "is_none")]
    pub(super) removed: u32,
    pub(super) returned: u32,
}

impl IndexedLine {
    pub(super) fn state(&self) -> LineState {
        LineState {
            quantity: self.line.quantity,
            backordered: self.line.backordered.saturating_sub(self.removed),
            removed: self.removed,
            returned: self.returned,
        }
    }
}

/// What an event message makes of an order.
///
/// # Errors
/// Why the event message cannot be true. It must be the one that comes next.
pub(super) fn fold(known: Option<&Folded>, message: &EventMessage) -> Result<Folded, String> {
    match (known, &message.entry) {
        (None, Entry::Placed(placed)) if message.sequence == 0 => place(&message.order, placed),
        (Some(folded), Entry::Changed(event)) if message.sequence == folded.revision + 1 => {
            folded.after(message.sequence, event)
        }
        (None | Some(_), Entry::Placed(_) | Entry::Changed(_)) => Err(format!(
            "event {} of {} is of another kind than its place",
            message.sequence, message.order
        )),
    }
}

fn place(order: &str, placed: &PlacedEntry) -> Result<Folded, String> {
    let indexed = |line: &EntryLine| IndexedLine {
        line: line.clone(),
        removed: 0,
        returned: 0,
    };
    let lines: Vec<_> = placed.lines.iter().map(indexed).collect();
    let units: i64 = placed
        .lines
        .iter()
        .map(|line| i64::from(line.quantity))
        .sum();
    if Currency::parse(&placed.currency).is_err() {
        return Err(format!("{:?} is no currency", placed.currency));
    }
    if order.is_empty() || lines.is_empty() || lines.len() > LINES_MAX || units == 0 {
        return Err(format!("an order has a number and 1 to {LINES_MAX} lines"));
    }
    if !is_number(placed.total) || !is_number(placed.at_ms) {
        return Err("an amount or a moment is out of bounds".to_owned());
    }
    let state = OrderState {
        status: history::status_of(placed.status),
        method: history::method_of(placed.payment),
        total: placed.total,
        placed_total: placed.total,
        hold_until_ms: placed.hold_until_ms.filter(|&at| is_number(at)),
        funds: Funds::default(),
        payment: None,
        lines: lines.iter().map(IndexedLine::state).collect(),
    };
    Ok(Folded {
        order: order.to_owned(),
        revision: 0,
        placed_at_ms: placed.at_ms,
        changed_at_ms: placed.at_ms,
        payment: placed.payment,
        delivery: placed.delivery.clone(),
        currency: placed.currency.clone(),
        lines,
        state,
    })
}

impl Folded {
    fn after(&self, sequence: u32, recorded: &RecordedEvent) -> Result<Self, String> {
        let event = history::fact(&recorded.event);
        if recorded.sequence != sequence || !is_number(recorded.at_ms) {
            return Err("the event's place or moment is out of bounds".to_owned());
        }
        if amount_of(&event).is_some_and(|amount| !is_number(amount)) {
            return Err("the event's amount is out of bounds".to_owned());
        }
        self.check_returned(&event)?;
        self.check_removed(&event)?;
        let state = self.state.clone().after(&event);
        let funds = state.funds;
        if !funds.balances() || !is_number(funds.captured) || !is_number(funds.authorised) {
            return Err(format!("more money would move than there is: {funds:?}"));
        }
        let mut lines = self.lines.clone();
        for (line, state) in lines.iter_mut().zip(&state.lines) {
            line.returned = state.returned;
            line.removed = state.removed;
        }
        Ok(Self {
            revision: sequence,
            changed_at_ms: recorded.at_ms,
            lines,
            state,
            ..self.clone()
        })
    }

    fn check_returned(&self, event: &OrderEvent) -> Result<(), String> {
        let OrderEvent::Returned { units } = event else {
            return Ok(());
        };
        for (at, line) in self.state.lines.iter().enumerate() {
            let back = units.iter().filter(|unit| unit.line == at);
            let back: u64 = back.map(|unit| u64::from(unit.quantity)).sum();
            if back > u64::from(line.left().saturating_sub(line.returned)) {
                return Err(format!(
                    "more units of line {at} would come back than went out"
                ));
            }
        }
        match units.iter().any(|unit| unit.line >= self.state.lines.len()) {
            true => Err("units of a line that does not exist would come back".to_owned()),
            false => Ok(()),
        }
    }

    fn check_removed(&self, event: &OrderEvent) -> Result<(), String> {
        let &OrderEvent::UnitsRemoved { line, units, price } = event else {
            return Ok(());
        };
        let left = self.state.lines.get(line).map_or(0, LineState::left);
        match (1..=left).contains(&units) && price <= self.state.total {
            true => Ok(()),
            false => Err(format!("more is taken off line {line} than there is")),
        }
    }

    /// Units ordered that were not taken off.
    pub(super) fn units(&self) -> i64 {
        let lines = self.state.lines.iter();
        lines.map(|line| i64::from(line.left())).sum()
    }

    /// As a worklist shows it.
    pub(super) fn entry(&self) -> WorklistEntry {
        WorklistEntry {
            order: self.order.clone(),
            status: history::status(self.state.status),
            revision: self.revision,
            placed_at_ms: self.placed_at_ms,
            changed_at_ms: self.changed_at_ms,
            hold_until_ms: self.state.hold_until_ms,
            payment: self.payment,
            delivery: self.delivery.clone(),
            units: self.units(),
            currency: self.currency.clone(),
            total: self.state.total,
            funds: history::funds(self.state.funds),
        }
    }
}

fn is_none(units: &u32) -> bool {
    *units == 0
}

fn is_number(number: i64) -> bool {
    (0..=NUMBER_MAX).contains(&number)
}

fn amount_of(event: &OrderEvent) -> Option<i64> {
    match event {
        OrderEvent::PaymentAuthorised { amount, .. }
        | OrderEvent::PaymentCaptured { amount }
        | OrderEvent::PaymentVoided { amount }
        | OrderEvent::PaymentReceived { amount }
        | OrderEvent::RefundRequested { amount }
        | OrderEvent::RefundSettled { amount }
        | OrderEvent::RefundFailed { amount }
        | OrderEvent::DisputeOpened { amount }
        | OrderEvent::DisputeWon { amount }
        | OrderEvent::DisputeLost { amount }
        | OrderEvent::UnitsRemoved { price: amount, .. } => Some(*amount),
        OrderEvent::PaymentBegun
        | OrderEvent::PaymentDeclined
        | OrderEvent::Confirmed
        | OrderEvent::Reinstated
        | OrderEvent::Expired
        | OrderEvent::Cancelled
        | OrderEvent::AddressChanged
        | OrderEvent::Allocated
        | OrderEvent::Shipped
        | OrderEvent::Delivered
        | OrderEvent::Returned { .. }
        | OrderEvent::MailFailed => None,
    }
}
