//! Bugs in what buyers change of their orders until they are packed.

use super::{Mutant, Place, mutant};

const EDIT: &str = "shared/domain/src/edit.rs";
const LIFE: &str = "shared/domain/src/life.rs";
const CHANGE: &str = "shared/order-store/src/life/mod.rs";
const REFUND: &str = "shared/order-store/src/life/refund.rs";
const STANDING: &str = "shared/order-store/src/life/standing.rs";
const ACCOUNTS: &str = "shared/order-store/src/allowances.rs";
const ORDERS: &str = "shared/order-store-sqlite/src/orders.rs";
const PG_CHANGE: &str = "shared/order-store-postgres/src/functions/change_order.sql";
const PG_RESEAL: &str = "shared/order-store-postgres/src/functions/reseal_order.sql";

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        Place::Domain,
        "a packed order is changed by its buyer",
        EDIT,
        "OrderStatus::AwaitingPayment | OrderStatus::Confirmed => true,\n            OrderStatus::Allocated",
        "OrderStatus::AwaitingPayment | OrderStatus::Confirmed | OrderStatus::Allocated => true,\n            OrderStatus::Returned",
    ),
    mutant(
        Place::Domain,
        "units are taken off, and their money stays with the shop",
        EDIT,
        "let amount = price.min(state.funds.refundable());",
        "let amount = price.min(state.funds.refundable()).min(0);",
    ),
    mutant(
        Place::Domain,
        "units that are taken off stay on the order",
        LIFE,
        "line.removed += units;",
        "line.removed += units - units;",
    ),
    mutant(
        Place::Domain,
        "money for units that went before it came stays with the shop",
        LIFE,
        "if after.status.is_sold() && amount > 0 {",
        "if after.status.is_sold() && amount > 0 && after.total < 0 {",
    ),
    mutant(
        Place::Origin,
        "every unit that is taken off costs what the first one does",
        REFUND,
        "cost(until) - cost(state.removed)",
        "cost(until - state.removed)",
    ),
    mutant(
        Place::Origin,
        "a payment page from before units were taken off stays open",
        CHANGE,
        "OrderEvent::Expired | OrderEvent::Cancelled | OrderEvent::UnitsRemoved { .. }",
        "OrderEvent::Expired | OrderEvent::Cancelled",
    ),
    mutant(
        Place::Origin,
        "the order that stands has the discount of all its units",
        STANDING,
        "line.discount -= line.unit_price * i64::from(units) - gone.cost;",
        "line.discount -= 0 * gone.cost;",
    ),
    mutant(
        Place::Origin,
        "units that were taken off still count as unpaid",
        ACCOUNTS,
        "let goes = if is_kept {",
        "let goes = if is_kept || has > 0 {",
    ),
    mutant(
        Place::Sqlite,
        "sealing an order anew brings its old address back",
        ORDERS,
        "WHERE order_id = ?1), 0) = ?4",
        "WHERE order_id = ?1), 0) <= ?4 + 9",
    ),
    mutant(
        Place::Postgres,
        "sealing an order anew brings its old address back",
        PG_RESEAL,
        "IF asked_revision <> coalesce(",
        "IF 0 > coalesce(",
    ),
    mutant(
        Place::Postgres,
        "the buyer's other address is not written",
        PG_CHANGE,
        "IF new_body <> '' THEN",
        "IF new_body = '' THEN",
    ),
];
