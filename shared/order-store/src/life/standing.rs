//! An order as it stands: without the units that its buyer has taken off, and what they cost.
//!
//! A store keeps an order as it was placed. Of every amount of a line, the units that are taken off have
//! the share that rule 5 of prices gives them, and the line keeps the rest; nothing is computed anew.
//! So the amounts of an order that stands add up as those of one that was placed.

use souk_pricing::{Percent, share_of_units, spread};
use souk_protocol::origin::{
    OrderAdjustment, OrderTax, PackedBreakdown, Progress, StoredLine, StoredOrder,
};

use super::refund::of_units;

/// The order as it stands. A line of which no unit is left stays, so that lines keep their places.
#[must_use]
pub fn standing<D>(mut order: StoredOrder<D>, progress: &Progress) -> StoredOrder<D> {
    order.status = progress.status;
    let adds_tax = order.adds_tax();
    let mut breakdown = order.breakdown();
    let removed = progress.removed.iter().enumerate();
    for (place, &units) in removed.filter(|&(_, &units)| units > 0) {
        let Some(line) = order.lines.get_mut(place) else {
            continue;
        };
        order.total -= of_units(line, adds_tax, units);
        let gone = take_off(line, units);
        if let Some(breakdown) = &mut breakdown {
            let adjustments = &mut breakdown.adjustments;
            reduce(adjustments, place, gone.left_of);
            let net = if adds_tax {
                gone.cost
            } else {
                gone.cost - gone.tax
            };
            take_tax(&mut breakdown.tax, place, net, gone.tax);
            take_tax(&mut breakdown.duty, place, net, gone.duty);
        }
    }
    if !progress.removed.is_empty() {
        order.breakdown = breakdown.as_ref().map(PackedBreakdown::from);
    }
    order
}

/// What goes with units that are taken off a line, in minor units.
struct Gone {
    /// What they cost after promotions.
    cost: i64,
    tax: i64,
    duty: i64,
    /// How many of how many units are left.
    left_of: (u32, u32),
}

fn take_off(line: &mut StoredLine, units: u32) -> Gone {
    let of = line.quantity;
    let share = |amount| share_of_units(amount, of, units);
    let gone = Gone {
        cost: share(line.unit_price * i64::from(of) - line.discount),
        tax: share(line.tax),
        duty: share(line.duty),
        left_of: (of.saturating_sub(units), of),
    };
    line.discount -= line.unit_price * i64::from(units) - gone.cost;
    line.tax -= gone.tax;
    line.duty -= gone.duty;
    line.quantity = gone.left_of.0;
    line.backordered = line.backordered.saturating_sub(units);
    gone
}

/// Leaves of the adjustments of a line what the units that are left have of them. The sum of the first
/// ones is divided, so that all of them add up to the line's discount.
fn reduce(adjustments: &mut Vec<OrderAdjustment>, place: usize, (left, of): (u32, u32)) {
    let (mut before, mut kept) = (0, 0);
    for adjustment in adjustments.iter_mut() {
        let of_line = |line: Option<u16>| line.map(usize::from) == Some(place);
        for part in &mut adjustment.allocations {
            if of_line(part.line) {
                before += part.amount;
                let keeps = share_of_units(before, of, left) - kept;
                kept += keeps;
                adjustment.amount -= part.amount - keeps;
                part.amount = keeps;
            }
        }
        adjustment.allocations.retain(|part| part.amount > 0);
    }
    adjustments.retain(|adjustment| adjustment.amount > 0);
}

/// Takes the tax of units off the parts that their line has; `net`: what they cost without tax.
fn take_tax(tax: &mut OrderTax, place: usize, net: i64, amount: i64) {
    tax.total -= amount;
    let places: Vec<usize> = match tax.lines.get(place) {
        Some(parts) => parts.iter().map(|&part| usize::from(part)).collect(),
        None => (0..tax.parts.len()).collect(),
    };
    let weights = places
        .iter()
        .map(|&part| tax.parts.get(part).map_or(0, weight));
    let shares = spread(amount, &weights.collect::<Vec<_>>());
    let mut rest = 0;
    for (&part, share) in places.iter().zip(&shares) {
        if let Some(part) = tax.parts.get_mut(part) {
            let gone = (share + rest).min(part.amount);
            rest += share - gone;
            part.amount -= gone;
            part.base -= net;
        }
    }
    // Where amounts were rounded, an earlier part may have what a later one lacks.
    for &part in &places {
        if let Some(part) = tax.parts.get_mut(part) {
            let gone = rest.min(part.amount);
            rest -= gone;
            part.amount -= gone;
        }
    }
}

/// How much of a tax a part has: its percentage.
fn weight(part: &souk_protocol::origin::OrderTaxPart) -> i64 {
    let percent = Percent::parse(&part.percent);
    percent.map_or(0, |percent| percent.of(1_000_000))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use souk_protocol::history::{placed_state, progress};

    use super::*;

    type Order = crate::StoredOrder;

    fn order(value: &Value) -> Order {
        let mut order = json!({
            "id": "1", "status": "confirmed", "placed_at_ms": 0, "currency": "EUR",
            "details": {"personal": {"sealed": "text"}, "delivery": "standard",
                "payment": "transfer"},
        });
        let members = order.as_object_mut().unwrap();
        members.extend(value.as_object().unwrap().clone());
        serde_json::from_value(order).unwrap()
    }

    fn without(order: &Order, removed: &[u32]) -> Order {
        let mut state = placed_state(order);
        for (line, &units) in state.lines.iter_mut().zip(removed) {
            line.removed = units;
        }
        standing(order.clone(), &progress(&state, 1))
    }

    /// What lines, delivery and the breakdown add up to.
    fn sum(order: &Order) -> i64 {
        let lines = order.lines.iter();
        let goods: i64 = lines
            .map(|line| line.unit_price * i64::from(line.quantity))
            .sum();
        let Some(breakdown) = order.breakdown() else {
            return goods + order.shipping;
        };
        let off: i64 = breakdown.adjustments.iter().map(|one| one.amount).sum();
        let tax = if breakdown.tax.included {
            0
        } else {
            breakdown.tax.total
        };
        goods + order.shipping - off + tax + breakdown.duty.total
    }

    /// Two lines of different taxes, with two promotions, of which one goes over both.
    fn mixed() -> Order {
        order(&json!({
            "lines": [
                {"sku": "a", "title": "A", "quantity": 3, "unit_price": 1000, "discount": 301,
                    "tax": 431},
                {"sku": "b", "title": "B", "quantity": 2, "unit_price": 500, "discount": 100,
                    "tax": 59},
            ],
            "shipping": 490, "total": 3000 - 301 + 1000 - 100 + 490,
            "breakdown": {
                "market": "de",
                "adjustments": [
                    {"promotion": "p", "title": "P", "class": "line", "amount": 1,
                        "allocations": [{"line": 0, "amount": 1}]},
                    {"promotion": "q", "title": "Q", "class": "order", "amount": 400,
                        "allocations": [{"line": 0, "amount": 300}, {"line": 1, "amount": 100}]},
                ],
                "tax": {"included": true, "total": 490, "delivery": 0,
                    "parts": [
                        {"name": "USt", "percent": "19", "base": 2268, "amount": 431},
                        {"name": "USt", "percent": "7", "base": 841, "amount": 59},
                    ],
                    "lines": [[0], [1]]},
            },
        }))
    }

    #[test]
    fn a_unit_takes_its_share_of_every_amount_with_it() {
        let placed = mixed();
        let now = without(&placed, &[1, 0]);
        // A third of 2,699 is 899, and of 431 of tax it is 143.
        assert_eq!(now.total, placed.total - 899);
        let line = &now.lines[0];
        assert_eq!((line.quantity, line.discount, line.tax), (2, 200, 288));
        let breakdown = now.breakdown().unwrap();
        let amounts = breakdown.adjustments.iter().map(|one| one.amount);
        // Two thirds of 1 are nothing.
        assert_eq!(amounts.collect::<Vec<_>>(), [300]);
        let parts = breakdown.tax.parts.iter();
        let parts = parts.map(|part| (part.base, part.amount));
        assert_eq!(
            parts.collect::<Vec<_>>(),
            [(2268 - 899 + 143, 288), (841, 59)]
        );
        assert_eq!(sum(&now), now.total);
    }

    #[test]
    fn a_line_of_which_nothing_is_left_keeps_its_place() {
        let now = without(&mixed(), &[0, 2]);
        assert_eq!(now.lines.len(), 2);
        assert_eq!(
            (
                now.lines[1].quantity,
                now.lines[1].discount,
                now.lines[1].tax
            ),
            (0, 0, 0)
        );
        let part = &now.breakdown().unwrap().tax.parts[1];
        assert_eq!((part.base, part.amount), (0, 0));
        assert_eq!(now.total, 3000 - 301 + 490);
    }

    #[test]
    fn an_order_without_a_change_stands_as_it_was_placed() {
        let placed = mixed();
        let status = placed_state(&placed);
        let now = standing(placed.clone(), &progress(&status, 0));
        assert_eq!(now.breakdown, placed.breakdown);
        assert_eq!((now.lines, now.total), (placed.lines, placed.total));
    }

    /// Lines with a discount of two promotions, tax of two rates, and duty.
    fn any_order() -> impl Strategy<Value = (Order, Vec<u32>)> {
        let line = (
            1_u32..9,
            0_i64..5_000,
            0_i64..=50,
            0_i64..=50,
            0_i64..900,
            0_i64..900,
        );
        let lines = prop::collection::vec((line, any::<u32>()), 1..5);
        (lines, any::<bool>()).prop_map(|(lines, included)| {
            let (mut off, mut tax, mut duty, mut goods) = ([0, 0], [0, 0], 0, 0);
            let mut allocations = [Vec::new(), Vec::new()];
            let mut written = Vec::new();
            let mut removed = Vec::new();
            for (at, ((quantity, price, one, two, of_tax, of_duty), gone)) in
                lines.iter().enumerate()
            {
                let whole = price * i64::from(*quantity);
                let takes = [whole * one / 100, whole * two / 100];
                for (promotion, &amount) in takes.iter().enumerate() {
                    off[promotion] += amount;
                    if amount > 0 {
                        allocations[promotion].push(json!({"line": at, "amount": amount}));
                    }
                }
                let parts = spread(*of_tax, &[4, 1]);
                tax = [tax[0] + parts[0], tax[1] + parts[1]];
                duty += of_duty;
                goods += whole;
                written.push(json!({"sku": "a", "title": "A", "quantity": quantity,
                    "unit_price": price, "discount": takes[0] + takes[1], "tax": of_tax,
                    "duty": of_duty}));
                removed.push(gone % (quantity + 1));
            }
            let adjustments: Vec<_> = allocations.into_iter().zip(off).filter(|one| one.1 > 0)
                .map(|(allocations, amount)| json!({"promotion": "p", "title": "P",
                    "class": "order", "amount": amount, "allocations": allocations}))
                .collect();
            let part = |percent: &str, amount: i64| {
                json!({"name": percent, "percent": percent, "base": 1_i64 << 40, "amount": amount})
            };
            let added = if included { 0 } else { tax[0] + tax[1] };
            let of_lines = vec![[0, 1]; lines.len()];
            let order = order(&json!({
                "lines": written, "shipping": 700,
                "total": goods - off[0] - off[1] + 700 + added + duty,
                "breakdown": {"market": "m", "adjustments": adjustments,
                    "tax": {"included": included, "total": tax[0] + tax[1], "delivery": 0,
                        "parts": [part("4", tax[0]), part("1", tax[1])], "lines": of_lines},
                    "duty": {"included": false, "total": duty, "delivery": 0,
                        "parts": [part("3", duty)]}},
            }));
            (order, removed)
        })
    }

    proptest! {
        #[test]
        fn whatever_is_taken_off_the_amounts_that_are_left_add_up((placed, removed) in any_order()) {
            prop_assert_eq!(sum(&placed), placed.total);
            let now = without(&placed, &removed);
            prop_assert_eq!(sum(&now), now.total);
            let breakdown = now.breakdown().unwrap();
            for tax in [&breakdown.tax, &breakdown.duty] {
                prop_assert_eq!(tax.parts.iter().map(|part| part.amount).sum::<i64>(), tax.total);
                prop_assert!(tax.parts.iter().all(|part| part.amount >= 0), "{tax:?}");
            }
            for (place, line) in now.lines.iter().enumerate() {
                let parts = breakdown.adjustments.iter().flat_map(|one| &one.allocations);
                let of_line = parts.filter(|part| part.line == u16::try_from(place).ok());
                prop_assert_eq!(of_line.map(|part| part.amount).sum::<i64>(), line.discount);
                prop_assert!(line.discount >= 0 && line.tax >= 0 && line.duty >= 0);
            }
        }
    }
}
