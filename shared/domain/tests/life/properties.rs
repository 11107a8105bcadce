//! What holds for any life of an order, however people, the provider and the clock act on it.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use souk_domain::{
    ActionKind, Destination, Movement, OrderAction, OrderEdit, OrderEvent, OrderState, OrderStatus,
    PaymentId, PaymentMethod, ReturnedUnits, Shelf, StockLevel, decide, legal,
};

use crate::table::placed;
use crate::words::{HELD_UNTIL_MS, TOTAL, payment};

/// An account that never runs out, so that only the order's own moves show.
const SUPPLY: i64 = 1_000;

/// The action with what the units cost that it takes off: 10 each.
fn priced(action: &OrderAction, state: &OrderState) -> OrderAction {
    match *action {
        OrderAction::Edit(OrderEdit::Lower { line, quantity, .. }) => {
            let left = state
                .lines
                .get(line)
                .map_or(0, souk_domain::LineState::left);
            let price = i64::from(left.saturating_sub(quantity)) * 10;
            OrderAction::Edit(OrderEdit::Lower {
                line,
                quantity,
                price,
            })
        }
        _ => action.clone(),
    }
}

/// An order with the account of all its units.
struct Life {
    state: OrderState,
    account: StockLevel,
    /// Refunds that failed: the one way for money to stay with the shop.
    kept: i64,
}

impl Life {
    fn begin(method: PaymentMethod) -> Self {
        let mut life = Self {
            state: placed(method),
            account: StockLevel::default(),
            kept: 0,
        };
        let taken = match method {
            PaymentMethod::OnDelivery => Movement::Sell,
            PaymentMethod::Transfer | PaymentMethod::Card => Movement::Hold,
        };
        life.book(Movement::Supply, SUPPLY);
        for line in life.state.lines.clone() {
            life.book(Movement::Backorder, line.backordered.into());
            life.book(taken, line.quantity.into());
        }
        life
    }

    fn book(&mut self, movement: Movement, units: i64) {
        let (account, unit) = (&mut self.account, movement.unit());
        account.supplied += unit.supplied * units;
        account.available += unit.available * units;
        account.held += unit.held * units;
        account.sold += unit.sold * units;
    }

    /// Acts, if that is legal, and checks what must hold afterwards.
    fn act(&mut self, action: &OrderAction, shelf: Shelf) -> Result<(), TestCaseError> {
        let action = &priced(action, &self.state);
        let Ok(events) = decide(&self.state, action, shelf) else {
            return Ok(());
        };
        let before = (self.state.total, self.state.funds.refunding);
        for event in &events {
            for (_, movement, units) in event.moves(&self.state) {
                prop_assert!(units > 0);
                self.book(movement, units.into());
            }
            if let OrderEvent::RefundFailed { amount } = event {
                self.kept += amount;
            }
            self.state = self.state.clone().after(event);
            prop_assert!(self.state.funds.balances(), "{event:?}: {:?}", self.state);
        }
        if let [OrderEvent::UnitsRemoved { price, .. }, ..] = events.as_slice() {
            let (total, refunding) = before;
            prop_assert_eq!(self.state.total, total - price);
            prop_assert!(self.state.funds.refunding - refunding <= *price);
        }
        self.check(action)
    }

    fn check(&self, action: &OrderAction) -> Result<(), TestCaseError> {
        let (state, account) = (&self.state, self.account);
        prop_assert!(account.balances(), "{action:?}: {account:?}");
        let units = |of: fn(&souk_domain::LineState) -> u32| -> i64 {
            state.lines.iter().map(|line| i64::from(of(line))).sum()
        };
        let waits = state.status == OrderStatus::AwaitingPayment;
        let held = if waits { units(|line| line.left()) } else { 0 };
        let kept = state.status.is_sold();
        let sold = if kept {
            units(|line| line.left() - line.returned)
        } else {
            0
        };
        prop_assert_eq!(
            (account.held, account.sold),
            (held, sold),
            "{:?}: {:?}",
            action,
            state
        );
        prop_assert_eq!(state.hold_until_ms.is_some(), waits, "{:?}", state);
        let given_up = matches!(state.status, OrderStatus::Cancelled | OrderStatus::Expired);
        if given_up {
            prop_assert!(
                state.funds.refundable() <= self.kept,
                "{action:?}: {state:?}"
            );
            // Units that were only to be made for this order are not made.
            prop_assert_eq!(account.supplied, SUPPLY);
        }
        Ok(())
    }
}

fn amounts() -> impl Strategy<Value = i64> {
    prop_oneof![3 => Just(TOTAL), 2 => 1..=TOTAL, 1 => select(vec![-1, 0, TOTAL + 1, 1 << 50])]
}

fn units() -> impl Strategy<Value = Vec<ReturnedUnits>> {
    let unit = (0..3_usize, 0..4_u32, any::<bool>());
    let unit = unit.prop_map(|(line, quantity, restock)| ReturnedUnits {
        line,
        quantity,
        restock,
    });
    proptest::collection::vec(unit, 0..3)
}

fn actions() -> impl Strategy<Value = OrderAction> {
    let amount = |of: fn(i64) -> OrderAction| amounts().prop_map(of).boxed();
    let plain = |action: OrderAction| Just(action).boxed();
    let reported = |of: fn(PaymentId, i64) -> OrderAction| {
        let payments = select(vec![payment("one"), payment("two")]);
        let reports = (payments, amounts());
        reports
            .prop_map(move |(payment, amount)| of(payment, amount))
            .boxed()
    };
    proptest::strategy::Union::new([
        plain(OrderAction::BeginPayment),
        plain(OrderAction::DeclinePayment),
        plain(OrderAction::Void {
            payment: payment("one"),
        }),
        plain(OrderAction::ReportMail),
        plain(OrderAction::Cancel),
        plain(OrderAction::Edit(OrderEdit::Cancel)),
        plain(OrderAction::Edit(OrderEdit::Readdress(
            Destination::SamePrice,
        ))),
        lowered(),
        plain(OrderAction::Allocate),
        any::<bool>()
            .prop_map(|unpaid| OrderAction::Ship { unpaid })
            .boxed(),
        plain(OrderAction::Deliver),
        plain(OrderAction::Expire {
            now_ms: HELD_UNTIL_MS - 1,
        }),
        plain(OrderAction::Expire {
            now_ms: HELD_UNTIL_MS,
        }),
        reported(|payment, amount| OrderAction::Authorise { payment, amount }),
        reported(|payment, amount| OrderAction::Capture { payment, amount }),
        reported(|payment, amount| OrderAction::ReportRefund { payment, amount }),
        reported(|payment, amount| OrderAction::OpenDispute { payment, amount }),
        reported(|payment, amount| OrderAction::CloseDispute {
            payment,
            amount,
            won: true,
        }),
        reported(|payment, amount| OrderAction::CloseDispute {
            payment,
            amount,
            won: false,
        }),
        amount(|amount| OrderAction::ReceivePayment { amount }),
        amount(|amount| OrderAction::Refund { amount }),
        amount(|amount| OrderAction::SettleRefund { amount }),
        amount(|amount| OrderAction::FailRefund { amount }),
        (units(), prop_oneof![Just(0), amounts()])
            .prop_map(|(units, refund)| OrderAction::Return { units, refund })
            .boxed(),
    ])
}

/// What the units cost follows from the order.
fn lowered() -> BoxedStrategy<OrderAction> {
    let lower = (0..3_usize, 0..4_u32);
    let lower = lower.prop_map(|(line, quantity)| OrderEdit::Lower {
        line,
        quantity,
        price: 0,
    });
    lower.prop_map(OrderAction::Edit).boxed()
}

fn methods() -> impl Strategy<Value = PaymentMethod> {
    use PaymentMethod as M;
    select(vec![M::OnDelivery, M::Transfer, M::Card])
}

fn lives() -> impl Strategy<Value = (PaymentMethod, Vec<(OrderAction, bool, Index)>)> {
    let steps = (actions(), any::<bool>(), any::<Index>());
    (methods(), proptest::collection::vec(steps, 0..24))
}

/// What people do, in a form that a state allows if it allows that kind at all.
fn likely(state: &OrderState) -> Vec<(ActionKind, OrderAction)> {
    use ActionKind as K;
    let one = state
        .lines
        .iter()
        .position(|line| line.returned < line.left());
    let one = one.map(|line| ReturnedUnits {
        line,
        quantity: 1,
        restock: true,
    });
    let give_back = OrderAction::Return {
        units: one.into_iter().collect(),
        refund: 0,
    };
    vec![
        (K::BeginPayment, OrderAction::BeginPayment),
        (
            K::ReceivePayment,
            OrderAction::ReceivePayment {
                amount: state.total,
            },
        ),
        (K::Cancel, OrderAction::Cancel),
        (K::Allocate, OrderAction::Allocate),
        (K::Ship, OrderAction::Ship { unpaid: false }),
        (K::Deliver, OrderAction::Deliver),
        (K::Return, give_back),
        (K::Refund, OrderAction::Refund { amount: 1 }),
        (K::SettleRefund, OrderAction::SettleRefund { amount: 1 }),
        (K::FailRefund, OrderAction::FailRefund { amount: 1 }),
    ]
}

fn assert_legal_agrees(state: &OrderState) -> Result<(), TestCaseError> {
    let legal = legal(state);
    for (kind, action) in likely(state) {
        let does = decide(state, &action, Shelf::MayHave).is_ok_and(|events| !events.is_empty());
        prop_assert_eq!(legal.contains(&kind), does, "{:?} in {:?}", kind, state);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..Default::default() })]

    #[test]
    fn units_and_money_balance_through_any_life((method, steps) in lives()) {
        let mut life = Life::begin(method);
        for (action, empty, _) in &steps {
            let shelf = if *empty { Shelf::IsEmpty } else { Shelf::MayHave };
            life.act(action, shelf)?;
        }
    }

    #[test]
    fn what_is_said_to_be_legal_is_what_can_be_done((method, steps) in lives()) {
        let mut life = Life::begin(method);
        assert_legal_agrees(&life.state)?;
        for (action, _, choice) in &steps {
            // Random actions are mostly refused: every other step takes a legal one instead.
            let open = likely(&life.state);
            let open = &open[choice.index(open.len())].1;
            life.act(open, Shelf::MayHave)?;
            assert_legal_agrees(&life.state)?;
            life.act(action, Shelf::MayHave)?;
            assert_legal_agrees(&life.state)?;
        }
    }

    #[test]
    fn what_the_provider_reports_twice_happens_once((method, steps) in lives(), amount in amounts()) {
        let mut life = Life::begin(method);
        for (action, _, _) in &steps {
            life.act(action, Shelf::MayHave)?;
        }
        let reports = [
            OrderAction::Authorise {
                payment: payment("one"),
                amount,
            },
            OrderAction::Capture {
                payment: payment("one"),
                amount,
            },
            OrderAction::Void {
                payment: payment("one"),
            },
        ];
        for report in reports {
            let mut state = life.state.clone();
            for event in decide(&state, &report, Shelf::MayHave).unwrap_or_default() {
                state = state.after(&event);
            }
            if method == PaymentMethod::Card && state != life.state {
                prop_assert_eq!(decide(&state, &report, Shelf::MayHave), Ok(vec![]), "{:?}", report);
            }
        }
    }
}
