//! What a buyer may change of an order until it is packed: give it up, take units off, name another
//! address.
//!
//! Units are taken off and never added, so no change needs stock. What they cost comes with the action:
//! the order costs so much less, and what was paid for them goes back.
//!
//! Not here: what units cost, and at which address an order costs the same (`souk-order-store`).

use crate::action::{Destination, IllegalProblem, OrderEdit, OrderEvent};
use crate::{LineState, OrderState, OrderStatus};

/// Decides what a change does. No events: it is so already.
pub(crate) fn decide(
    state: &OrderState,
    edit: OrderEdit,
) -> Result<Vec<OrderEvent>, IllegalProblem> {
    let is_given_up = state.status == OrderStatus::Cancelled;
    match edit {
        OrderEdit::Cancel if is_given_up => Ok(vec![]),
        _ if !state.status.is_editable() => Err(IllegalProblem::NotEditable),
        OrderEdit::Cancel => Ok(cancelled(state)),
        OrderEdit::Readdress(Destination::Unchanged) => Ok(vec![]),
        OrderEdit::Readdress(Destination::SamePrice) => Ok(vec![OrderEvent::AddressChanged]),
        OrderEdit::Readdress(Destination::OtherPrice) => Err(IllegalProblem::Place),
        OrderEdit::Lower {
            line,
            quantity,
            price,
        } => lower(state, line, quantity, price),
    }
}

/// Units go back to the shelf, and all the money to the buyer.
pub(crate) fn cancelled(state: &OrderState) -> Vec<OrderEvent> {
    let amount = state.funds.refundable();
    let refund = (amount > 0).then_some(OrderEvent::RefundRequested { amount });
    [OrderEvent::Cancelled].into_iter().chain(refund).collect()
}

fn lower(
    state: &OrderState,
    line: usize,
    quantity: u32,
    price: i64,
) -> Result<Vec<OrderEvent>, IllegalProblem> {
    let lines = state.lines.iter();
    let left: u64 = lines.map(|line| u64::from(line.left())).sum();
    let Some(has) = state.lines.get(line).map(LineState::left) else {
        return Err(IllegalProblem::Units);
    };
    let Some(units) = has.checked_sub(quantity) else {
        return Err(IllegalProblem::Units);
    };
    if units == 0 {
        return Ok(vec![]);
    }
    if left == u64::from(units) {
        return Ok(cancelled(state));
    }
    let mut events = vec![OrderEvent::UnitsRemoved { line, units, price }];
    // An order that costs nothing waits for no payment.
    if state.status == OrderStatus::AwaitingPayment && state.total == price {
        events.push(OrderEvent::Confirmed);
    }
    let amount = price.min(state.funds.refundable());
    if amount > 0 {
        events.push(OrderEvent::RefundRequested { amount });
    }
    Ok(events)
}

impl OrderStatus {
    /// Whether the buyer may still change the order: it is not packed, and not over.
    pub fn is_editable(self) -> bool {
        match self {
            OrderStatus::AwaitingPayment | OrderStatus::Confirmed => true,
            OrderStatus::Allocated
            | OrderStatus::Shipped
            | OrderStatus::Delivered
            | OrderStatus::Returned
            | OrderStatus::Cancelled
            | OrderStatus::Expired => false,
        }
    }
}
