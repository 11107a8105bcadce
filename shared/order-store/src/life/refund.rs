//! What units of an order cost, and so what goes back for them.
//!
//! Of an amount of a line, each unit has its share (`souk_pricing::share_of_units`); units come back
//! first unit first, so all of them together give back the line, however they are divided. Units that
//! the buyer takes off before the order is packed are the first ones.

use souk_domain::{OrderState, ReturnedUnits};
use souk_pricing::share_of_units;
use souk_protocol::origin::StoredLine;

use crate::StoredOrder;

/// What the buyer gets for units that come back now, in minor units: their share of their lines, after
/// all discounts, with tax and duty; not more than what can be given back of what was paid.
pub(super) fn refund(order: &StoredOrder, before: &OrderState, units: &[ReturnedUnits]) -> i64 {
    let lines = before.lines.iter();
    let mut returned: Vec<_> = lines.map(|line| line.removed + line.returned).collect();
    let mut sum = 0_i64;
    for one in units {
        // Units of lines that there are not are refused by the rule.
        let line = order.lines.get(one.line).zip(returned.get_mut(one.line));
        let Some((line, returned)) = line else {
            continue;
        };
        let (from, until) = (*returned, returned.saturating_add(one.quantity));
        let cost = |units| of_units(line, order.adds_tax(), units);
        sum = sum.saturating_add(cost(until) - cost(from));
        *returned = until;
    }
    sum.min(before.funds.refundable()).max(0)
}

/// What the units cost that go when `quantity` are left of a line; nothing where none goes.
pub(super) fn of_removed(
    order: &StoredOrder,
    before: &OrderState,
    line: usize,
    quantity: u32,
) -> i64 {
    let Some((line, state)) = order.lines.get(line).zip(before.lines.get(line)) else {
        return 0;
    };
    let until = line.quantity.saturating_sub(quantity).max(state.removed);
    let cost = |units| of_units(line, order.adds_tax(), units);
    cost(until) - cost(state.removed)
}

/// What the first units of a line cost; `adds_tax`: whether tax is added to the prices.
pub(super) fn of_units(line: &StoredLine, adds_tax: bool, units: u32) -> i64 {
    let whole = line.unit_price * i64::from(line.quantity) - line.discount;
    let share = |amount| share_of_units(amount, line.quantity, units);
    let tax = match adds_tax {
        true => share(line.tax),
        false => 0,
    };
    share(whole) + tax + share(line.duty)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use souk_domain::Funds;
    use souk_protocol::history::placed_state;

    use super::*;

    fn order(lines: &[(u32, i64, i64, i64, i64)], included: bool) -> StoredOrder {
        let lines: Vec<_> = lines
            .iter()
            .map(|&(quantity, unit_price, discount, tax, duty)| {
                serde_json::json!({"sku": "a", "title": "A", "quantity": quantity,
                    "unit_price": unit_price, "discount": discount, "tax": tax, "duty": duty})
            })
            .collect();
        serde_json::from_value(serde_json::json!({
            "id": "1", "status": "delivered", "placed_at_ms": 0, "currency": "USD",
            "lines": lines, "shipping": 700, "total": 1, "details": {
                "personal": {"sealed": "text"}, "delivery": "standard", "payment": "transfer"
            },
            "breakdown": {"market": "us", "tax": {"included": included}}
        }))
        .unwrap()
    }

    fn paid(order: &StoredOrder, captured: i64) -> OrderState {
        OrderState {
            funds: Funds {
                captured,
                ..Funds::default()
            },
            ..placed_state(order)
        }
    }

    fn back(line: usize, quantity: u32) -> ReturnedUnits {
        ReturnedUnits {
            line,
            quantity,
            restock: true,
        }
    }

    #[test]
    fn one_of_three_units_has_a_third_and_the_last_what_is_left() {
        // Three units for 100, with 7 of tax added.
        let order = order(&[(3, 40, 20, 7, 0)], false);
        let mut state = paid(&order, 10_000);
        let mut amounts = Vec::new();
        for _ in 0..3 {
            amounts.push(refund(&order, &state, &[back(0, 1)]));
            state.lines[0].returned += 1;
        }
        assert_eq!(amounts, [33 + 2, 33 + 2, 34 + 3]);
    }

    #[test]
    fn no_more_goes_back_than_is_left_of_what_was_paid() {
        let order = order(&[(2, 500, 0, 0, 0)], true);
        assert_eq!(refund(&order, &paid(&order, 300), &[back(0, 2)]), 300);
        assert_eq!(refund(&order, &paid(&order, 0), &[back(0, 2)]), 0);
        assert_eq!(refund(&order, &paid(&order, 9_000), &[back(7, 1)]), 0);
    }

    proptest! {
        /// Whatever goes before the order is packed, in whatever steps, and whatever comes back after it
        /// was sent: nothing is given back twice, and all of it together is the whole.
        #[test]
        fn units_that_are_taken_off_and_units_that_come_back_together_give_back_the_whole(
            lines in prop::collection::vec(
                (1_u32..12, 0_i64..100_000, 0_i64..=100, 0_i64..9_999, 0_i64..9_999), 1..6),
            included in any::<bool>(),
            steps in prop::collection::vec((any::<prop::sample::Index>(), 0_u32..12), 0..20),
        ) {
            let lines: Vec<_> = lines
                .into_iter()
                .map(|(quantity, price, percent, tax, duty)| {
                    let discount = price * i64::from(quantity) * percent / 100;
                    (quantity, price, discount, tax, duty)
                })
                .collect();
            let order = order(&lines, included);
            let mut state = paid(&order, 1 << 53);
            let mut sum = 0;
            for (line, quantity) in steps {
                let at = line.index(lines.len());
                let left = state.lines[at].left();
                if quantity < left {
                    let price = of_removed(&order, &state, at, quantity);
                    prop_assert!(price >= 0);
                    sum += price;
                    state.lines[at].removed += left - quantity;
                }
            }
            for at in 0..lines.len() {
                while state.lines[at].returned < state.lines[at].left() {
                    sum += refund(&order, &state, &[back(at, 1)]);
                    state.lines[at].returned += 1;
                }
            }
            let whole: i64 = order.lines.iter()
                .map(|line| of_units(line, order.adds_tax(), line.quantity))
                .sum();
            prop_assert_eq!(sum, whole);
            // No unit is left to give back.
            prop_assert_eq!(refund(&order, &state, &[back(0, 9)]), 0);
        }

        #[test]
        fn all_units_together_give_back_the_whole_however_they_are_divided(
            lines in prop::collection::vec(
                (1_u32..12, 0_i64..100_000, 0_i64..=100, 0_i64..9_999, 0_i64..9_999), 1..6),
            included in any::<bool>(),
            picks in prop::collection::vec(any::<prop::sample::Index>(), 80),
        ) {
            let lines: Vec<_> = lines
                .into_iter()
                .map(|(quantity, price, percent, tax, duty)| {
                    let discount = price * i64::from(quantity) * percent / 100;
                    (quantity, price, discount, tax, duty)
                })
                .collect();
            let order = order(&lines, included);
            let mut state = paid(&order, 1 << 53);
            let mut units: Vec<usize> = (0..lines.len())
                .flat_map(|at| std::iter::repeat_n(at, lines[at].0 as usize))
                .collect();
            let mut picks = picks.into_iter().cycle();
            let mut sum = 0;
            while !units.is_empty() {
                let pick = picks.next().unwrap();
                let line = units.swap_remove(pick.index(units.len()));
                sum += refund(&order, &state, &[back(line, 1)]);
                state.lines[line].returned += 1;
            }
            let whole: i64 = lines.iter().map(|&(quantity, price, discount, tax, duty)| {
                let tax = if included { 0 } else { tax };
                price * i64::from(quantity) - discount + tax + duty
            }).sum();
            prop_assert_eq!(sum, whole);
        }
    }
}
