//! Bugs in the limits of orders, buyers and clients, and in what is left of unpaid orders.

use super::{Mutant, Place, mutant};

const RULE: &str = "shared/domain/src/limits.rs";
const ORDER: &str = "shared/domain/src/order.rs";
const ACCOUNTS: &str = "shared/order-store/src/allowances.rs";
const CHANGE: &str = "shared/order-store/src/life/mod.rs";
const SCHEMA: &str = "shared/order-store-sqlite/src/schema.rs";
const CHANGES: &str = "shared/order-store-sqlite/src/changes.rs";
const THIN_OUT: &str = "shared/order-store-sqlite/src/thin_out.rs";
const BATCH: &str = "shared/order-store-sqlite/src/batch.rs";
const PG_TAKE: &str = "shared/order-store-postgres/src/functions/take_allowances.sql";
const PG_PLACE: &str = "shared/order-store-postgres/src/functions/place.sql";
const PG_MANY: &str = "shared/order-store-postgres/src/functions/place_many.sql";

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        Place::Domain,
        "a buyer gets one unit more than the limit",
        RULE,
        "self.taken.saturating_add(self.units) > most",
        "self.taken.saturating_add(self.units) > most + 1",
    ),
    mutant(
        Place::Domain,
        "lines with one SKU are counted each for itself",
        RULE,
        "(*sum, all) = (*sum + units, all + units);",
        "(*sum, all) = (units, all + units);",
    ),
    mutant(
        Place::Domain,
        "an order that is put aside counts as paid",
        ORDER,
        "OrderStatus::Confirmed | OrderStatus::Allocated => {\n                let first",
        "OrderStatus::Allocated => false,\n            OrderStatus::Confirmed => {\n                let first",
    ),
    mutant(
        Place::Origin,
        "the default limits a load test on the same machine",
        ACCOUNTS,
        "buyer.filter(|_| !(by.is_local && limits.is_buyer_default))",
        "buyer.filter(|_| !(by.is_local && !limits.is_buyer_default))",
    ),
    mutant(
        Place::Origin,
        "what an order has taken never goes back",
        CHANGE,
        "plan.ends_unpaid = was_unpaid && !state.is_unpaid();",
        "plan.ends_unpaid = was_unpaid && state.is_unpaid();",
    ),
    mutant(
        Place::Sqlite,
        "two orders at the same moment exceed a limit",
        SCHEMA,
        "SELECT RAISE(ABORT, 'an allowance is used up since it was read')",
        "SELECT 'an allowance is used up since it was read'",
    ),
    mutant(
        Place::Sqlite,
        "the share of a SKU is of what is left",
        SCHEMA,
        "max(1, (coalesce(stock.available, 0) + allowance.taken)",
        "max(1, coalesce(stock.available, 0)",
    ),
    mutant(
        Place::Sqlite,
        "an allowance that is given back in part is given back whole",
        CHANGES,
        "AND account NOT IN (SELECT value FROM json_each(?4))",
        "AND account <> (SELECT count(*) FROM json_each(?4))",
    ),
    mutant(
        Place::Sqlite,
        "an order is deleted that the back office does not have",
        THIN_OUT,
        "= order_state.revision + 1",
        "<= order_state.revision + 1",
    ),
    mutant(
        Place::Sqlite,
        "a batch: an order is refused for an allowance that others have not taken yet",
        BATCH,
        "taken.extend(takes.iter().map(|one| one.account.clone()));",
        "",
    ),
    mutant(
        Place::Postgres,
        "two orders at the same moment exceed a limit",
        PG_TAKE,
        "SET taken = counted.taken + excluded.taken",
        "SET taken = excluded.taken",
    ),
    mutant(
        Place::Postgres,
        "an order that is refused for a limit keeps its other allowances",
        PG_TAKE,
        "PERFORM souk.give_back_allowances(all_takes[one.position], one.account);",
        "",
    ),
    mutant(
        Place::Postgres,
        "an order that a limit refuses keeps its units",
        PG_PLACE,
        "is_allowed := placed;",
        "is_allowed := placed; placed := true;",
    ),
    mutant(
        Place::Postgres,
        "a group places what a limit refuses",
        PG_MANY,
        "WHERE one.taken AND one.position <> ALL (declined)",
        "WHERE one.taken",
    ),
];
