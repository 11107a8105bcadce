//! What the total of an order consists of, as staff read it in a terminal: the same parts as the quote.

use souk_protocol::origin::{Breakdown, OrderAdjustment, OrderTax, StoredOrder};

use super::show::{money, table};

/// The parts of the total with what each is taken off; empty where it is lines and delivery alone.
pub(super) fn rows(order: &StoredOrder) -> String {
    let Some(breakdown) = order.breakdown() else {
        return String::new();
    };
    let Breakdown {
        market,
        adjustments,
        tax,
        duty,
        // Beside their lines.
        options: _,
    } = &breakdown;
    let amount = |minor| money(minor, &order.currency);
    let mut rows: Vec<[String; 3]> = adjustments
        .iter()
        .map(|one| [about(one), amount(-one.amount), parts(one, &amount)])
        .collect();
    rows.push([
        format!("delivery: {}", delivery(order)),
        amount(order.shipping),
        String::new(),
    ]);
    rows.extend(taxes("tax", tax, &amount));
    rows.extend(taxes("duty", duty, &amount));
    rows.push([
        format!("total in market {market}"),
        amount(order.total),
        String::new(),
    ]);
    format!("\n{}", table(["PART", "AMOUNT", "OF"], rows))
}

/// What is to be done to the units of each line; empty where that is nothing.
pub(super) fn options(order: &StoredOrder) -> String {
    let breakdown = order.breakdown();
    let lines = 0..order.lines.len();
    let rows = lines.flat_map(|line| {
        let options = order.options(breakdown.as_ref(), line);
        options.map(move |one| {
            [
                line.to_string(),
                format!("{} ({})", one.title, one.id),
                one.value.unwrap_or_else(|| "yes".to_owned()),
                money(one.surcharge, &order.currency),
            ]
        })
    });
    let rows: Vec<_> = rows.collect();
    match rows.is_empty() {
        true => String::new(),
        false => format!("\n{}", table(["LINE", "OPTION", "VALUE", "EACH"], rows)),
    }
}

/// The way of delivery: its name in the shop's own language with its id.
pub(super) fn delivery(order: &StoredOrder) -> String {
    let id = &order.details.delivery;
    match &order.delivery_title {
        Some(title) => format!("{} ({id})", title.own),
        None => id.clone(),
    }
}

/// Where the buyer collects: title in the shop's own language, id and address; empty where the order is
/// brought.
pub(super) fn point(order: &StoredOrder) -> String {
    let Some(point) = order.point() else {
        return String::new();
    };
    let title = format!("{} ({})", point.own, point.id);
    let address = point.address.iter().cloned();
    let lines: Vec<_> = std::iter::once(title).chain(address).collect();
    lines.join(", ")
}

fn about(one: &OrderAdjustment) -> String {
    match &one.code {
        Some(code) => format!("{} ({}, code {code})", one.title, one.promotion),
        None => format!("{} ({})", one.title, one.promotion),
    }
}

fn parts(one: &OrderAdjustment, amount: &dyn Fn(i64) -> String) -> String {
    let parts = one.allocations.iter().map(|part| match part.line {
        Some(line) => format!("line {line} {}", amount(-part.amount)),
        None => format!("delivery {}", amount(-part.amount)),
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn taxes(
    kind: &str,
    tax: &OrderTax,
    amount: &dyn Fn(i64) -> String,
) -> impl Iterator<Item = [String; 3]> {
    let how = if tax.included { "included" } else { "added" };
    tax.parts.iter().map(move |part| {
        [
            format!("{kind}: {} {} %, {how}", part.name, part.percent),
            amount(part.amount),
            format!("{} without it", amount(part.base)),
        ]
    })
}

#[cfg(test)]
mod tests {
    use souk_protocol::origin::{OrderAllocation, OrderTaxPart};

    use super::*;

    #[test]
    fn every_allocation_and_tax_of_an_order_is_shown() {
        let allocation = |line, amount| OrderAllocation { line, amount };
        let adjustment = OrderAdjustment {
            promotion: "welcome".to_owned(),
            title: "10 % off".to_owned(),
            code: Some("WELCOME10".to_owned()),
            class: "order".to_owned(),
            amount: 460,
            allocations: vec![allocation(Some(0), 360), allocation(None, 100)],
        };
        let breakdown = Breakdown {
            market: "us".to_owned(),
            adjustments: vec![adjustment],
            tax: OrderTax {
                included: false,
                total: 186,
                delivery: 0,
                parts: vec![OrderTaxPart {
                    name: "State tax".to_owned(),
                    percent: "4".to_owned(),
                    base: 4_640,
                    amount: 186,
                }],
                lines: Vec::new(),
            },
            duty: OrderTax::default(),
            options: Vec::new(),
        };
        let order = serde_json::json!({
            "id": "S-1", "status": "confirmed", "placed_at_ms": 0, "currency": "USD", "lines": [],
            "shipping": 500, "total": 5_011, "breakdown": breakdown,
            "details": {"delivery": "standard", "payment": "transfer"},
        });
        let order: StoredOrder = serde_json::from_value(order).unwrap();
        let shown = rows(&order);
        for words in [
            "10 % off (welcome, code WELCOME10)  -4.60 USD  line 0 -3.60 USD, delivery -1.00 USD",
            "delivery: standard",
            "tax: State tax 4 %, added",
            "46.40 USD without it",
            "total in market us",
        ] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert_eq!(point(&order), "");
        let plain = StoredOrder {
            breakdown: None,
            ..order
        };
        assert_eq!(rows(&plain), "");
    }

    #[test]
    fn the_point_where_a_buyer_collects_is_shown_with_its_address() {
        let order = serde_json::json!({
            "id": "S-1", "status": "confirmed", "placed_at_ms": 0, "currency": "USD", "lines": [],
            "shipping": 0, "total": 0,
            "delivery_title": {"own": "Collect", "point": {"id": "shop", "own": "Our shop",
                "others": {"de": "Laden"}, "address": ["1 Main Street", "Albany"]}},
            "details": {"delivery": "pickup", "payment": "transfer"},
        });
        let order: StoredOrder = serde_json::from_value(order).unwrap();
        assert_eq!(delivery(&order), "Collect (pickup)");
        assert_eq!(point(&order), "Our shop (shop), 1 Main Street, Albany");
    }
}
