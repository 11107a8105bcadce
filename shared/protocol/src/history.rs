//! Between the wire and the domain: the state of an order as the fold of its history.

use souk_domain::{
    Funds, LineState, OrderEvent, OrderState, OrderStatus, PaymentId, PaymentMethod, ReturnedUnits,
};

use crate::origin::{
    self, Details, Event, FundsReport, OrderRecord, Progress, Status, StoredOrder,
};

/// Why a history is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// The event of this number is missing.
    Gap(u32),
    /// The events do not give the state that is recorded.
    OtherState,
}

/// The state of a record, and proof that it is the fold of its events.
///
/// # Errors
/// When it is not.
pub fn state<D: Details>(record: &OrderRecord<D>) -> Result<OrderState, Broken> {
    let mut state = placed_state(&record.order);
    for (at, recorded) in (1..).zip(&record.events) {
        if recorded.sequence != at {
            return Err(Broken::Gap(at));
        }
        state = state.after(&fact(&recorded.event));
    }
    let revision = u32::try_from(record.events.len()).unwrap_or(u32::MAX);
    if progress(&state, revision) != record.progress || !state.funds.balances() {
        return Err(Broken::OtherState);
    }
    Ok(state)
}

/// The state of an order as it was placed.
pub fn placed_state<D: Details>(order: &StoredOrder<D>) -> OrderState {
    let method = method_of(order.details.payment());
    OrderState {
        status: method.first_status(order.total),
        method,
        total: order.total,
        placed_total: order.total,
        hold_until_ms: order.hold_until_ms,
        funds: Funds::default(),
        payment: None,
        lines: order
            .lines
            .iter()
            .map(|line| LineState {
                quantity: line.quantity,
                backordered: line.backordered,
                removed: 0,
                returned: 0,
            })
            .collect(),
    }
}

/// The state on the wire, after `revision` events.
pub fn progress(state: &OrderState, revision: u32) -> Progress {
    Progress {
        revision,
        status: status(state.status),
        hold_until_ms: state.hold_until_ms,
        funds: funds(state.funds),
        returned: state.lines.iter().map(|line| line.returned).collect(),
        removed: match state.lines.iter().all(|line| line.removed == 0) {
            true => Vec::new(),
            false => state.lines.iter().map(|line| line.removed).collect(),
        },
    }
}

/// How a payment method is called in the domain.
pub fn method_of(method: origin::PaymentMethod) -> PaymentMethod {
    match method {
        origin::PaymentMethod::OnDelivery => PaymentMethod::OnDelivery,
        origin::PaymentMethod::Transfer => PaymentMethod::Transfer,
        origin::PaymentMethod::Card => PaymentMethod::Card,
    }
}

/// How a status is called on the wire.
pub fn status(status: OrderStatus) -> Status {
    match status {
        OrderStatus::AwaitingPayment => Status::AwaitingPayment,
        OrderStatus::Confirmed => Status::Confirmed,
        OrderStatus::Allocated => Status::Allocated,
        OrderStatus::Shipped => Status::Shipped,
        OrderStatus::Delivered => Status::Delivered,
        OrderStatus::Returned => Status::Returned,
        OrderStatus::Cancelled => Status::Cancelled,
        OrderStatus::Expired => Status::Expired,
    }
}

/// An event without its texts.
pub fn fact(event: &Event) -> OrderEvent {
    match event {
        Event::PaymentBegun { .. } => OrderEvent::PaymentBegun,
        Event::PaymentDeclined { .. } => OrderEvent::PaymentDeclined,
        Event::PaymentAuthorised {
            provider,
            payment,
            amount,
        } => OrderEvent::PaymentAuthorised {
            payment: payment_id(provider, payment),
            amount: *amount,
        },
        &Event::PaymentCaptured { amount, .. } => OrderEvent::PaymentCaptured { amount },
        &Event::PaymentVoided { amount, .. } => OrderEvent::PaymentVoided { amount },
        &Event::PaymentReceived { amount, .. } => OrderEvent::PaymentReceived { amount },
        Event::Confirmed => OrderEvent::Confirmed,
        Event::Reinstated => OrderEvent::Reinstated,
        Event::Expired => OrderEvent::Expired,
        Event::Cancelled { .. } => OrderEvent::Cancelled,
        &Event::UnitsRemoved {
            line,
            quantity,
            amount,
        } => OrderEvent::UnitsRemoved {
            line,
            units: quantity,
            price: amount,
        },
        Event::AddressChanged => OrderEvent::AddressChanged,
        Event::Allocated => OrderEvent::Allocated,
        Event::Shipped { .. } => OrderEvent::Shipped,
        Event::Delivered => OrderEvent::Delivered,
        Event::Returned { units, .. } => OrderEvent::Returned {
            units: units.iter().map(units_of).collect(),
        },
        &Event::RefundRequested { amount, .. } => OrderEvent::RefundRequested { amount },
        &Event::RefundSettled { amount, .. } => OrderEvent::RefundSettled { amount },
        &Event::RefundFailed { amount, .. } => OrderEvent::RefundFailed { amount },
        &Event::DisputeOpened { amount, .. } => OrderEvent::DisputeOpened { amount },
        &Event::DisputeWon { amount, .. } => OrderEvent::DisputeWon { amount },
        &Event::DisputeLost { amount, .. } => OrderEvent::DisputeLost { amount },
        Event::MailFailed { .. } => OrderEvent::MailFailed,
    }
}

/// A payment as the domain identifies it.
pub fn payment_id(provider: &str, payment: &str) -> PaymentId {
    PaymentId {
        provider: provider.to_owned(),
        id: payment.to_owned(),
    }
}

/// Units that came back, as the domain has them.
pub fn units_of(units: &origin::ReturnedUnits) -> ReturnedUnits {
    ReturnedUnits {
        line: units.line,
        quantity: units.quantity,
        restock: units.restock,
    }
}

/// How a status is called in the domain.
pub fn status_of(status: Status) -> OrderStatus {
    match status {
        Status::AwaitingPayment => OrderStatus::AwaitingPayment,
        Status::Confirmed => OrderStatus::Confirmed,
        Status::Allocated => OrderStatus::Allocated,
        Status::Shipped => OrderStatus::Shipped,
        Status::Delivered => OrderStatus::Delivered,
        Status::Returned => OrderStatus::Returned,
        Status::Cancelled => OrderStatus::Cancelled,
        Status::Expired => OrderStatus::Expired,
    }
}

/// Money on the wire.
pub fn funds(funds: Funds) -> FundsReport {
    FundsReport {
        authorised: funds.authorised,
        captured: funds.captured,
        refunding: funds.refunding,
        refunded: funds.refunded,
        disputed: funds.disputed,
    }
}
