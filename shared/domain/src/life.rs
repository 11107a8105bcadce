//! The life of an order: one state machine, from placing to the last refund.
//!
//! An action asks for something, [`decide`] says what happens ([`OrderEvent`]s) or what is legal
//! instead, [`OrderState::after`] folds an event into the state, and [`OrderEvent::moves`] says
//! which units go where. The state is nothing but the fold of the events since the order was
//! placed.
//!
//! What a payment provider reports (authorised, captured, voided, refunded) may arrive late, twice
//! or in another order; a repeated report changes nothing. An order is paid by one payment of one
//! provider: what is reported of any other one changes nothing either.
//!
//! Not here: the shapes of actions and events (`action`), what buyers change until the order is packed
//! (`edit`), texts (reasons, tracking numbers), who acts, keys and clocks.

use crate::action::{ActionKind, Illegal, IllegalProblem, OrderAction, OrderEvent, Shelf};
use crate::edit;
use crate::{
    Funds, LineState, Money, Movement, OrderState, OrderStatus, PaymentId, PaymentMethod,
    ReturnedUnits,
};

/// Decides what an action does to an order. No events: it is so already, nothing is to be done.
///
/// # Errors
/// When it is not legal now; see [`Illegal`].
pub fn decide(
    state: &OrderState,
    action: &OrderAction,
    shelf: Shelf,
) -> Result<Vec<OrderEvent>, Illegal> {
    use OrderStatus as S;
    let funds = state.funds;
    let illegal = |problem| Illegal {
        status: state.status,
        problem,
        legal: legal(state),
    };
    let not_now = || illegal(IllegalProblem::NotNow);
    let amount_is = |amount: i64, possible: i64| {
        (0 < amount && amount <= possible)
            .then_some(())
            .ok_or_else(|| illegal(IllegalProblem::Amount { possible }))
    };
    // What a provider reports is a fact, however much it is, unless it is no amount at all.
    let is_money = |amount: i64| {
        let possible = state.total;
        (1..=Money::AMOUNT_MAX)
            .contains(&amount)
            .then_some(())
            .ok_or_else(|| illegal(IllegalProblem::Amount { possible }))
    };
    let is_card = state.method == PaymentMethod::Card;
    let is_of = |payment: &PaymentId| state.payment.as_ref() == Some(payment);
    Ok(match action {
        OrderAction::BeginPayment if is_card && state.status == S::AwaitingPayment => {
            vec![OrderEvent::PaymentBegun]
        }
        OrderAction::BeginPayment => return Err(not_now()),
        _ if !is_card && is_of_provider(action) => return Err(not_now()),
        OrderAction::DeclinePayment if state.status == S::AwaitingPayment => {
            vec![OrderEvent::PaymentDeclined]
        }
        OrderAction::DeclinePayment => vec![],
        OrderAction::Authorise { .. } if funds.authorised + funds.captured > 0 => vec![],
        OrderAction::Authorise { payment, amount } => {
            is_money(*amount)?;
            let mut events = vec![OrderEvent::PaymentAuthorised {
                payment: payment.clone(),
                amount: *amount,
            }];
            if *amount == state.total {
                events.extend(sale(state.status, shelf));
            }
            events
        }
        OrderAction::Capture { .. } if funds.captured > 0 => vec![],
        OrderAction::Capture { payment, .. } if funds.authorised > 0 && !is_of(payment) => vec![],
        OrderAction::Capture { payment, amount } => {
            is_money(*amount)?;
            captured(state, payment, *amount, shelf)
        }
        OrderAction::Void { payment } if funds.authorised == 0 || !is_of(payment) => vec![],
        OrderAction::Void { .. } => {
            let amount = funds.authorised;
            let mut events = vec![OrderEvent::PaymentVoided { amount }];
            if matches!(state.status, S::Confirmed | S::Allocated) {
                events.push(OrderEvent::Cancelled);
                // What was taken before goes back as well.
                let amount = funds.refundable();
                if amount > 0 {
                    events.push(OrderEvent::RefundRequested { amount });
                }
            }
            events
        }
        OrderAction::ReceivePayment { amount } => {
            if !legal(state).contains(&ActionKind::ReceivePayment) {
                return Err(not_now());
            }
            // A transfer may have been sent before the buyer took units off.
            if !(state.total..=state.placed_total).contains(amount) {
                return Err(illegal(IllegalProblem::Amount {
                    possible: state.total,
                }));
            }
            let mut events = vec![OrderEvent::PaymentReceived { amount: *amount }];
            events.extend(sale(state.status, shelf));
            back_if_unsold(state, &mut events, *amount);
            back_if_removed(state, &mut events);
            events
        }
        OrderAction::Expire { .. } if state.status != S::AwaitingPayment => vec![],
        OrderAction::Expire { now_ms } if state.hold_until_ms.is_some_and(|at| at <= *now_ms) => {
            vec![OrderEvent::Expired]
        }
        OrderAction::Cancel if state.status == S::Cancelled => vec![],
        OrderAction::Cancel if legal(state).contains(&ActionKind::Cancel) => edit::cancelled(state),
        OrderAction::Edit(asked) => edit::decide(state, *asked).map_err(illegal)?,
        OrderAction::Allocate if state.status == S::Confirmed => vec![OrderEvent::Allocated],
        OrderAction::Ship { unpaid } if matches!(state.status, S::Confirmed | S::Allocated) => {
            let due = state.due_before_shipping();
            if due > 0 && !unpaid {
                return Err(illegal(IllegalProblem::Unpaid { due }));
            }
            let allocated = (state.status == S::Confirmed).then_some(OrderEvent::Allocated);
            allocated.into_iter().chain([OrderEvent::Shipped]).collect()
        }
        OrderAction::Deliver if state.status == S::Shipped => vec![OrderEvent::Delivered],
        OrderAction::Return { units, refund } if legal(state).contains(&ActionKind::Return) => {
            if !state.can_return(units) {
                return Err(illegal(IllegalProblem::Units));
            }
            let units = units.clone();
            let mut events = vec![OrderEvent::Returned { units }];
            if *refund != 0 {
                amount_is(*refund, funds.refundable())?;
                events.push(OrderEvent::RefundRequested { amount: *refund });
            }
            events
        }
        OrderAction::ReportRefund { payment, .. } if !is_of(payment) => return Err(not_now()),
        OrderAction::Refund { amount } | OrderAction::ReportRefund { amount, .. } => {
            amount_is(*amount, funds.refundable())?;
            vec![OrderEvent::RefundRequested { amount: *amount }]
        }
        OrderAction::SettleRefund { amount } => {
            amount_is(*amount, funds.refunding)?;
            vec![OrderEvent::RefundSettled { amount: *amount }]
        }
        OrderAction::FailRefund { amount } => {
            amount_is(*amount, funds.refunding)?;
            vec![OrderEvent::RefundFailed { amount: *amount }]
        }
        OrderAction::OpenDispute { payment, .. } | OrderAction::CloseDispute { payment, .. }
            if !is_of(payment) =>
        {
            return Err(not_now());
        }
        // A bank may name more than what is left of a payment: the rest went back already.
        OrderAction::OpenDispute { amount, .. } => {
            is_money(*amount)?;
            let amount = (*amount).min(funds.refundable());
            let opened = (amount > 0).then_some(OrderEvent::DisputeOpened { amount });
            opened.into_iter().collect()
        }
        OrderAction::CloseDispute { amount, won, .. } => {
            is_money(*amount)?;
            let amount = (*amount).min(funds.disputed);
            match won {
                _ if amount == 0 => vec![],
                true => {
                    let mut events = vec![OrderEvent::DisputeWon { amount }];
                    back_if_unsold(state, &mut events, amount);
                    events
                }
                false => vec![OrderEvent::DisputeLost { amount }],
            }
        }
        OrderAction::ReportMail => vec![OrderEvent::MailFailed],
        OrderAction::Expire { .. }
        | OrderAction::Cancel
        | OrderAction::Allocate
        | OrderAction::Ship { .. }
        | OrderAction::Deliver
        | OrderAction::Return { .. } => return Err(not_now()),
    })
}

/// What people may do now. Reports of a provider, the clock, and the buyer's edits are not listed.
pub fn legal(state: &OrderState) -> Vec<ActionKind> {
    use ActionKind as A;
    let mut legal = match state.status {
        OrderStatus::AwaitingPayment if state.method == PaymentMethod::Card => {
            vec![A::BeginPayment, A::Cancel]
        }
        OrderStatus::AwaitingPayment => vec![A::ReceivePayment, A::Cancel],
        OrderStatus::Confirmed => vec![A::Cancel, A::Allocate],
        OrderStatus::Allocated => vec![A::Cancel],
        OrderStatus::Shipped => vec![A::Deliver, A::Return],
        OrderStatus::Delivered => vec![A::Return],
        OrderStatus::Returned | OrderStatus::Cancelled | OrderStatus::Expired => vec![],
    };
    let is_packed = matches!(
        state.status,
        OrderStatus::Confirmed | OrderStatus::Allocated
    );
    if is_packed && state.due_before_shipping() == 0 {
        legal.push(A::Ship);
    }
    let on_delivery = state.method == PaymentMethod::OnDelivery && state.status.is_sold();
    // A transfer that was sent arrives, even after its order has expired or was cancelled.
    let late = state.method == PaymentMethod::Transfer
        && matches!(state.status, OrderStatus::Expired | OrderStatus::Cancelled);
    if (on_delivery || late) && state.funds.captured == 0 {
        legal.push(A::ReceivePayment);
    }
    if state.funds.refundable() > 0 {
        legal.push(A::Refund);
    }
    if state.funds.refunding > 0 {
        legal.extend([A::SettleRefund, A::FailRefund]);
    }
    legal
}

fn is_of_provider(action: &OrderAction) -> bool {
    matches!(
        action,
        OrderAction::DeclinePayment
            | OrderAction::Authorise { .. }
            | OrderAction::Capture { .. }
            | OrderAction::Void { .. }
            | OrderAction::ReportRefund { .. }
            | OrderAction::OpenDispute { .. }
            | OrderAction::CloseDispute { .. }
    )
}

/// What full payment does to the units.
fn sale(status: OrderStatus, shelf: Shelf) -> Option<OrderEvent> {
    match (status, shelf) {
        (OrderStatus::AwaitingPayment, _) => Some(OrderEvent::Confirmed),
        (OrderStatus::Expired, Shelf::MayHave) => Some(OrderEvent::Reinstated),
        (OrderStatus::Expired, Shelf::IsEmpty) => None,
        // A cancelled order stays cancelled: the shopper or the staff decided that.
        (
            OrderStatus::Cancelled
            | OrderStatus::Confirmed
            | OrderStatus::Allocated
            | OrderStatus::Shipped
            | OrderStatus::Delivered
            | OrderStatus::Returned,
            _,
        ) => None,
    }
}

/// A capture that was not asked for comes without its authorisation, or late.
fn captured(state: &OrderState, payment: &PaymentId, amount: i64, shelf: Shelf) -> Vec<OrderEvent> {
    let mut events = Vec::new();
    if state.funds.authorised < amount {
        events.push(OrderEvent::PaymentAuthorised {
            payment: payment.clone(),
            amount: amount - state.funds.authorised,
        });
    }
    if amount == state.total {
        events.extend(sale(state.status, shelf));
    }
    events.push(OrderEvent::PaymentCaptured { amount });
    back_if_unsold(state, &mut events, amount);
    back_if_removed(state, &mut events);
    events
}

/// Money for an order that has no units goes back.
fn back_if_unsold(state: &OrderState, events: &mut Vec<OrderEvent>, amount: i64) {
    if !after_all(state, events).status.is_sold() {
        events.push(OrderEvent::RefundRequested { amount });
    }
}

/// Money for units that the buyer had taken off before it came goes back.
fn back_if_removed(state: &OrderState, events: &mut Vec<OrderEvent>) {
    let after = after_all(state, events);
    let too_much = after.funds.refundable() - after.total;
    let amount = too_much.min(after.placed_total - after.total);
    if after.status.is_sold() && amount > 0 {
        events.push(OrderEvent::RefundRequested { amount });
    }
}

fn after_all(state: &OrderState, events: &[OrderEvent]) -> OrderState {
    let events = events.iter();
    events.fold(state.clone(), |state, event| state.after(event))
}

impl OrderState {
    /// The state after an event.
    #[must_use]
    pub fn after(mut self, event: &OrderEvent) -> OrderState {
        let funds = &mut self.funds;
        match event {
            OrderEvent::PaymentBegun
            | OrderEvent::PaymentDeclined
            | OrderEvent::AddressChanged
            | OrderEvent::MailFailed => {}
            OrderEvent::PaymentAuthorised { payment, amount } => {
                funds.authorised += amount;
                self.payment = Some(payment.clone());
            }
            OrderEvent::PaymentCaptured { amount } => {
                funds.authorised -= amount;
                funds.captured += amount;
            }
            OrderEvent::PaymentVoided { amount } => funds.authorised -= amount,
            OrderEvent::PaymentReceived { amount } => funds.captured += amount,
            OrderEvent::RefundRequested { amount } => funds.refunding += amount,
            OrderEvent::RefundSettled { amount } => {
                funds.refunding -= amount;
                funds.refunded += amount;
            }
            OrderEvent::RefundFailed { amount } => funds.refunding -= amount,
            OrderEvent::DisputeOpened { amount } => funds.disputed += amount,
            OrderEvent::DisputeWon { amount } => funds.disputed -= amount,
            OrderEvent::DisputeLost { amount } => {
                funds.disputed -= amount;
                funds.refunded += amount;
            }
            OrderEvent::Confirmed | OrderEvent::Reinstated => self.status = OrderStatus::Confirmed,
            OrderEvent::Expired => self.status = OrderStatus::Expired,
            OrderEvent::Cancelled => self.status = OrderStatus::Cancelled,
            OrderEvent::UnitsRemoved { line, units, price } => {
                self.total -= price;
                if let Some(line) = self.lines.get_mut(*line) {
                    line.backordered -= line.unordered(*units);
                    line.removed += units;
                }
            }
            OrderEvent::Allocated => self.status = OrderStatus::Allocated,
            OrderEvent::Shipped => self.status = OrderStatus::Shipped,
            OrderEvent::Delivered => self.status = OrderStatus::Delivered,
            OrderEvent::Returned { units } => {
                for returned in units {
                    if let Some(line) = self.lines.get_mut(returned.line) {
                        line.returned += returned.quantity;
                    }
                }
                if self.lines.iter().all(|line| line.returned == line.left()) {
                    self.status = OrderStatus::Returned;
                }
            }
        }
        if self.status != OrderStatus::AwaitingPayment {
            self.hold_until_ms = None;
        }
        self
    }

    /// Whether the provider has something to do: an amount to capture, void or give back.
    pub fn needs_provider(&self) -> bool {
        self.method == PaymentMethod::Card
            && (self.funds.authorised > 0 || self.funds.refunding > 0)
    }

    /// What must be there before the parcel goes: all of it by card. Money that a bank has does not
    /// count. Part of it may go back without a word, as for a line that is missing; an order of which
    /// nothing is left is unpaid. A transfer was received before its order was confirmed, and a
    /// courier is paid at the door.
    fn due_before_shipping(&self) -> i64 {
        match self.method {
            PaymentMethod::Card if self.funds.refundable() == 0 => self.total,
            PaymentMethod::Card => (self.total - self.funds.captured + self.funds.disputed).max(0),
            PaymentMethod::Transfer | PaymentMethod::OnDelivery => 0,
        }
    }

    /// How units that the order has go back to the shelf before they were sent.
    fn back_to_shelf(&self) -> Movement {
        match self.status.is_sold() {
            true => Movement::Restock,
            false => Movement::Release,
        }
    }

    fn can_return(&self, units: &[ReturnedUnits]) -> bool {
        let of_line = |at: usize| -> u64 {
            let of_it = units.iter().filter(|unit| unit.line == at);
            of_it.map(|unit| u64::from(unit.quantity)).sum()
        };
        !units.is_empty()
            && units
                .iter()
                .all(|unit| unit.quantity > 0 && unit.line < self.lines.len())
            && self.lines.iter().enumerate().all(|(at, line)| {
                of_line(at) <= u64::from(line.left().saturating_sub(line.returned))
            })
    }
}

impl OrderEvent {
    /// Which units go where: the line's place, the movement, the number of units. `before` is the
    /// state that the event happens to.
    pub fn moves(&self, before: &OrderState) -> Vec<(usize, Movement, u32)> {
        let each = |of: &dyn Fn(&LineState) -> Vec<(Movement, u32)>| {
            let lines = before.lines.iter().enumerate();
            let moves = lines.flat_map(|(at, line)| {
                of(line)
                    .into_iter()
                    .map(move |(movement, units)| (at, movement, units))
            });
            moves.filter(|&(_, _, units)| units > 0).collect()
        };
        match self {
            OrderEvent::Confirmed => each(&|line| vec![(Movement::Settle, line.left())]),
            OrderEvent::Reinstated => each(&|line| {
                vec![
                    (Movement::Backorder, line.backordered),
                    (Movement::Sell, line.left()),
                ]
            }),
            OrderEvent::Expired => each(&|line| {
                vec![
                    (Movement::Release, line.left()),
                    (Movement::Unorder, line.backordered),
                ]
            }),
            OrderEvent::Cancelled => {
                let back = before.back_to_shelf();
                each(&|line| vec![(back, line.left()), (Movement::Unorder, line.backordered)])
            }
            OrderEvent::UnitsRemoved { line, units, .. } => {
                let unordered = before.lines.get(*line).map(|line| line.unordered(*units));
                let moves = [
                    (*line, before.back_to_shelf(), *units),
                    (*line, Movement::Unorder, unordered.unwrap_or(0)),
                ];
                moves.into_iter().filter(|&(.., units)| units > 0).collect()
            }
            OrderEvent::Returned { units } => {
                let moves = units.iter().map(|unit| match unit.restock {
                    true => (unit.line, Movement::Restock, unit.quantity),
                    false => (unit.line, Movement::Discard, unit.quantity),
                });
                moves.collect()
            }
            OrderEvent::PaymentBegun
            | OrderEvent::PaymentDeclined
            | OrderEvent::PaymentAuthorised { .. }
            | OrderEvent::PaymentCaptured { .. }
            | OrderEvent::PaymentVoided { .. }
            | OrderEvent::PaymentReceived { .. }
            | OrderEvent::AddressChanged
            | OrderEvent::Allocated
            | OrderEvent::Shipped
            | OrderEvent::Delivered
            | OrderEvent::RefundRequested { .. }
            | OrderEvent::RefundSettled { .. }
            | OrderEvent::RefundFailed { .. }
            | OrderEvent::DisputeOpened { .. }
            | OrderEvent::DisputeWon { .. }
            | OrderEvent::DisputeLost { .. }
            | OrderEvent::MailFailed => vec![],
        }
    }
}

impl Funds {
    /// What can still be given back.
    pub fn refundable(&self) -> i64 {
        self.captured - self.refunding - self.refunded - self.disputed
    }

    /// Whether no amount is negative and no more goes back than came in.
    pub fn balances(&self) -> bool {
        let parts = [
            self.authorised,
            self.captured,
            self.refunding,
            self.refunded,
            self.disputed,
        ];
        parts.iter().all(|&part| part >= 0) && self.refundable() >= 0
    }
}
