//! Bugs in what an order is charged, in the uses of promotions, and in prior prices.

use super::{Mutant, Place, mutant};

const PRICING: &str = "shared/order-store/src/pricing.rs";
const TERMS: &str = "shared/pricing/src/terms.rs";
const FACTS: &str = "shared/order-store/src/facts.rs";
const DECIDE: &str = "shared/order-store/src/decide.rs";
const ACCOUNTS: &str = "shared/order-store/src/allowances.rs";
const CHANGE: &str = "shared/order-store/src/life/mod.rs";
const REFUND: &str = "shared/order-store/src/life/refund.rs";
const PRIOR: &str = "shared/pricing/src/prior.rs";
const SCHEMA: &str = "shared/order-store-sqlite/src/schema.rs";
const STOCK: &str = "shared/order-store-sqlite/src/stock.rs";
const CHANGES: &str = "shared/order-store-sqlite/src/changes.rs";
const ARCHIVE: &str = "shared/order-store-sqlite/src/archive.rs";
const PG_TABLES: &str = "shared/order-store-postgres/src/tables.sql";
const PG_DEFINE: &str = "shared/order-store-postgres/src/functions/define_offers.sql";
const PG_CHANGE: &str = "shared/order-store-postgres/src/functions/change_order.sql";
const ROUTER: &str = "shared/sharding/src/router/shop.rs";

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        Place::Origin,
        "options of lines cost nothing",
        TERMS,
        "sum = sum.saturating_add(surcharge);",
        "sum = sum.max(surcharge - surcharge);",
    ),
    mutant(
        Place::Origin,
        "an order keeps options that its offer does not have",
        TERMS,
        "(found == chosen.len()).then_some((sum, lead_days))",
        "(found <= chosen.len()).then_some((sum, lead_days))",
    ),
    mutant(
        Place::Origin,
        "an order forgets which options were chosen",
        PRICING,
        "let choice = asked.options.get(&option.id)?.as_deref();",
        "let choice = asked.options.get(&option.title.own)?.as_deref();",
    ),
    mutant(
        Place::Origin,
        "the express fee is forgotten",
        PRICING,
        r#"("express", express_fee_minor)"#,
        r#"("express", 0)"#,
    ),
    mutant(
        Place::Origin,
        "an order may cost more than its buyer was shown",
        PRICING,
        "if priced.total != shown.total {",
        "if priced.total < shown.total {",
    ),
    mutant(
        Place::Origin,
        "facts that were replaced are good for ever",
        FACTS,
        "(has(&self.before) && now_ms.saturating_sub(self.since_ms) <= freeze_ms)",
        "has(&self.before)",
    ),
    mutant(
        Place::Origin,
        "any facts are good",
        DECIDE,
        "!may_be_sold(place, &line.stamp)",
        "line.stamp.is_empty() && !may_be_sold(place, &line.stamp)",
    ),
    mutant(
        Place::Origin,
        "a use of a promotion goes back when its order is paid",
        ACCOUNTS,
        "kept: true,\n        purpose: purpose(promotion.clone()),",
        "kept: false,\n        purpose: purpose(promotion.clone()),",
    ),
    mutant(
        Place::Origin,
        "an order that comes to nothing keeps its use of a promotion",
        CHANGE,
        "(false, true) => KeptTakes::GoBack,",
        "(false, true) => KeptTakes::Stay,",
    ),
    mutant(
        Place::Origin,
        "an order that is paid late uses a promotion that is used up",
        CHANGE,
        "(true, false) => KeptTakes::TakenAgain,",
        "(true, false) => KeptTakes::Stay,",
    ),
    mutant(
        Place::Origin,
        "a unit that comes back is always the first one",
        REFUND,
        "(*returned, returned.saturating_add(one.quantity))",
        "(0, one.quantity)",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: a price that changed meanwhile is not noticed",
        SCHEMA,
        "AND stock.stamp = coalesce(",
        "AND '' <> coalesce(",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: facts that are defined again as they are begin anew",
        STOCK,
        "facts_since_ms = iif(facts = excluded.facts, facts_since_ms, excluded.facts_since_ms),",
        "facts_since_ms = excluded.facts_since_ms,",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: a use of a promotion is taken again though none is left",
        CHANGES,
        "> take.value ->> '$.max'",
        "> take.value ->> '$.max' + 1",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: an order in the archive gives its use of a promotion back",
        ARCHIVE,
        "'takes', json(takes),",
        "",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: facts that changed meanwhile are not noticed",
        PG_TABLES,
        "|| facts || facts_before || facts_since_ms::text) COLLATE",
        ") COLLATE",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: a use of a promotion is taken again though none is left",
        PG_CHANGE,
        "'{true}', false) <> '{}'",
        "'{true}', false) IS NULL",
    ),
    mutant(
        Place::Pricing,
        "a reduction that goes on is compared with itself",
        PRIOR,
        "let others = prices.iter().rposition(|price| !price.is_reduction())?;",
        "let others = place.checked_sub(1).filter(|_| prices[place].is_reduction())?;",
    ),
    mutant(
        Place::Pricing,
        "the price that the 30 days began with does not count",
        PRIOR,
        "&self.prices[first.saturating_sub(1)..end]",
        "&self.prices[first.min(end)..end]",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: a price is compared with the first record, not the last",
        STOCK,
        "ORDER BY known.number DESC LIMIT 1), '[]')",
        "ORDER BY known.number LIMIT 1), '[]')",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: a price is compared with the first record, not the last",
        PG_DEFINE,
        "ORDER BY known.number DESC LIMIT 1), '[]')",
        "ORDER BY known.number LIMIT 1), '[]')",
    ),
    mutant(
        Place::Shards,
        "each shard counts the uses of a promotion for itself",
        ROUTER,
        "self.claim_key(key, USES_SHARD).await?",
        "self.home_of_key(key, &first).await?",
    ),
];
