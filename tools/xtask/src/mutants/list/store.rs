//! Bugs of one store: the rules of an order, and what each engine makes of them.

use super::{Mutant, Place, mutant};

const ORDER: &str = "shared/domain/src/order.rs";
const LIFE: &str = "shared/domain/src/life.rs";
const CHANGE: &str = "shared/order-store/src/life/mod.rs";
const SHAPES: &str = "shared/order-store/src/life/shapes.rs";
const TICK: &str = "shared/order-store/src/tick.rs";
const ORDERS: &str = "shared/order-store-sqlite/src/orders.rs";
const STORE: &str = "shared/order-store-sqlite/src/store.rs";
const SCHEMA: &str = "shared/order-store-sqlite/src/schema.rs";
const CHANGES: &str = "shared/order-store-sqlite/src/changes.rs";
const ROWS: &str = "shared/order-store/src/rows.rs";
const QUEUES: &str = "shared/order-store-sqlite/src/queues.rs";
const SOLD_OUT_HOLD: &str = "shared/order-store-sqlite/src/sold_out_hold.rs";
const SOLD_OUT_HOLD_TIMES: &str = "shared/stock-signals/src/sold_out_hold/mod.rs";
const RECEIPTS: &str = "shared/order-store-sqlite/src/receipts.rs";
const FACTS: &str = "shared/order-store/src/facts.rs";
const PG_STORE: &str = "shared/order-store-postgres/src/store.rs";
const PG_ORDERS: &str = "shared/order-store-postgres/src/orders.rs";
const PG_TABLES: &str = "shared/order-store-postgres/src/tables.sql";
const PG_PLACE: &str = "shared/order-store-postgres/src/functions/place.sql";
const PG_PLACE_ANY: &str = "shared/order-store-postgres/src/functions/place_any.sql";
const PG_PLACE_MANY: &str = "shared/order-store-postgres/src/functions/place_many.sql";
const PG_STANDS: &str = "shared/order-store-postgres/src/functions/can_place.sql";
const PG_LOOK: &str = "shared/order-store-postgres/src/functions/read_facts.sql";
const PG_BUCKET: &str = "shared/order-store-postgres/src/functions/take_from_bucket.sql";
const PG_LOCK: &str = "shared/order-store-postgres/src/functions/lock_account.sql";
const PG_GATHER: &str = "shared/order-store-postgres/src/functions/gather_buckets.sql";
const PG_SPLIT: &str = "shared/order-store-postgres/src/functions/split_account.sql";
const PG_CHANGE: &str = "shared/order-store-postgres/src/functions/change_order.sql";
const PG_CLAIM: &str = "shared/order-store-postgres/src/functions/claim_messages.sql";
const PG_SETTLE: &str = "shared/order-store-postgres/src/functions/settle_messages.sql";
const PG_TURNS: &str = "shared/order-store-postgres/src/group.rs";

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        Place::Domain,
        "the last unit never sells",
        ORDER,
        "if *left < wanted && !offer.backorder",
        "if *left <= wanted && !offer.backorder",
    ),
    mutant(
        Place::Domain,
        "lines with one SKU do not share its stock",
        ORDER,
        "*left -= wanted - backordered;",
        "*left -= 0 * (wanted - backordered);",
    ),
    mutant(
        Place::Domain,
        "a hold that lapses releases one line twice",
        LIFE,
        r#"vec![
                    (Movement::Release, line.left()),"#,
        r#"vec![
                    (Movement::Release, line.left()),
                    (Movement::Release, line.left()),"#,
    ),
    mutant(
        Place::Domain,
        "a cancelled order keeps its units",
        LIFE,
        "each(&|line| vec![(back, line.left()), (Movement::Unorder, line.backordered)])",
        "each(&|line| vec![(back, 0 * line.left()), (Movement::Unorder, line.backordered)])",
    ),
    mutant(
        Place::Domain,
        "what was only ordered for a cancelled order stays supplied",
        LIFE,
        "each(&|line| vec![(back, line.left()), (Movement::Unorder, line.backordered)])",
        "each(&|line| vec![(back, line.left()), (Movement::Unorder, 0 * line.backordered)])",
    ),
    mutant(
        Place::Domain,
        "returned units are not put back on the shelf",
        LIFE,
        "true => (unit.line, Movement::Restock, unit.quantity)",
        "true => (unit.line, Movement::Discard, unit.quantity)",
    ),
    mutant(
        Place::Domain,
        "more goes back than came in",
        LIFE,
        "self.captured - self.refunding - self.refunded",
        "self.captured - self.refunded",
    ),
    mutant(
        Place::Domain,
        "a late payment sells units that are not there",
        LIFE,
        "(OrderStatus::Expired, Shelf::IsEmpty) => None",
        "(OrderStatus::Expired, Shelf::IsEmpty) => Some(OrderEvent::Reinstated)",
    ),
    mutant(
        Place::Domain,
        "money that comes too late stays with the shop",
        LIFE,
        "if !after_all(state, events).status.is_sold() {",
        "if !after_all(state, events).status.is_sold() && amount < 0 {",
    ),
    mutant(
        Place::Domain,
        "a capture that is reported twice counts twice",
        LIFE,
        "OrderAction::Capture { .. } if funds.captured > 0 => vec![]",
        "OrderAction::Capture { .. } if funds.captured > i64::MAX - 1 => vec![]",
    ),
    mutant(
        Place::Domain,
        "a hold lapses before its deadline",
        LIFE,
        "if state.hold_until_ms.is_some_and(|at| at <= *now_ms)",
        "if state.hold_until_ms.is_some_and(|at| at <= now_ms + 1)",
    ),
    mutant(
        Place::Domain,
        "an order that is paid lapses all the same",
        LIFE,
        "OrderAction::Expire { .. } if state.status != S::AwaitingPayment => vec![]",
        "OrderAction::Expire { .. } if !matches!(state.status, S::AwaitingPayment | S::Confirmed) => vec![]",
    ),
    mutant(
        Place::Origin,
        "the same key changes an order twice",
        CHANGE,
        "if let Some(known) = change {",
        "if let Some(known) = change.filter(|known| known.is_empty()) {",
    ),
    mutant(
        Place::Origin,
        "a key that was used for another change is taken for this one",
        CHANGE,
        "match fingerprints.contains(&known) {",
        "match fingerprints.iter().any(|one| one.len() == known.len()) {",
    ),
    mutant(
        Place::Origin,
        "the provider is not asked",
        CHANGE,
        "plan.queues.push(Queue::Payments);",
        "plan.queues.clear();",
    ),
    mutant(
        Place::Origin,
        "money has no entry in the ledger of funds",
        SHAPES,
        "Event::PaymentReceived { amount, .. } => &[(Buyer, Shop, amount)],",
        "Event::PaymentReceived { amount: _, .. } => &[],",
    ),
    mutant(
        Place::Origin,
        "the tick forgets a hold that the store was too busy for",
        TICK,
        r#"Err(error @ StoreError::Transient(_)) => Settled::Retry {
                after_ms: VISIBILITY_MS,
                error: error.to_string(),
            },"#,
        "Err(StoreError::Transient(_)) => Settled::Done,",
    ),
    mutant(
        Place::Origin,
        "the tick settles nothing",
        TICK,
        "if !settlements.is_empty() {",
        "if settlements.len() > HOLDS_MAX as usize {",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: the key of an order is not looked for",
        ORDERS,
        r#"FROM orders WHERE key = ?1
    UNION ALL"#,
        r#"FROM orders WHERE key = ?1 AND id IS NULL
    UNION ALL"#,
    ),
    mutant(
        Place::Sqlite,
        "SQLite: the content of a key is not compared",
        ORDERS,
        "if row.text(1)? != new.submit.fingerprint {",
        "if row.text(1)?.is_empty() {",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: an order in the archive is placed again by remembered offers",
        ORDERS,
        "NOT EXISTS (SELECT 1 FROM order_archive WHERE key = ?2)",
        "NOT EXISTS (SELECT 1 FROM order_archive WHERE key = ?1)",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: a SKU of another shard is sold by remembered offers",
        ORDERS,
        "WHERE stock.guest = 1",
        "WHERE stock.guest = 2",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: a submit that lost a race gives up",
        STORE,
        "Err(StoreError::Rejected(_) | StoreError::Corrupt(_)) => Ok(None),",
        "Err(error @ (StoreError::Rejected(_) | StoreError::Corrupt(_))) => Err(error),",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: an order has no movement",
        SCHEMA,
        r#"value ->> '$.quantity', NEW.id, NEW.placed_at_ms
            FROM json_each(NEW.body, '$.lines');"#,
        r#"value ->> '$.quantity', NEW.id, NEW.placed_at_ms
            FROM json_each(NEW.body, '$.lines') WHERE value ->> '$.quantity' > 2;"#,
    ),
    mutant(
        Place::Sqlite,
        "SQLite: a hold never lapses",
        SCHEMA,
        r#"SELECT 'holds', NEW.id, 0, NEW.body ->> '$.hold_until_ms'
            WHERE NEW.status = 'awaiting_payment';"#,
        r#"SELECT 'holds', NEW.id, 0, NEW.body ->> '$.hold_until_ms'
            WHERE NEW.status = 'confirmed' AND NEW.body ->> '$.hold_until_ms' > 0;"#,
    ),
    mutant(
        Place::Sqlite,
        "SQLite: the back office never hears of an order",
        SCHEMA,
        "VALUES ('back_office', NEW.id, 0, NEW.placed_at_ms), ('mails', NEW.id, 0, NEW.placed_at_ms)",
        r#"SELECT 'back_office', NEW.id, 0, NEW.placed_at_ms WHERE NEW.status = 'confirmed'
        UNION ALL
        SELECT 'mails', NEW.id, 0, NEW.placed_at_ms"#,
    ),
    mutant(
        Place::Sqlite,
        "SQLite: a change is written onto any revision",
        CHANGES,
        "if revision != Some(i64::from(change.revision)) {",
        "if revision.is_none() {",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: a change moves units without a movement",
        CHANGES,
        "session.execute(RECORD_MOVES, &parameters).await?;",
        "let _: (&str, [souk_sql::Value; 3]) = (RECORD_MOVES, parameters);",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: too few units for a late payment are not noticed",
        CHANGES,
        "if before + added < 0 {",
        "if before + added < i64::MIN / 2 {",
    ),
    mutant(
        Place::Origin,
        "the back office never hears of a change",
        ROWS,
        "let back_office = events.map(",
        "let back_office = events.take(0).map(",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: the key of a change is not kept",
        CHANGES,
        "session.execute(RECORD_KEY, &key).await?;",
        "let _: (&str, [souk_sql::Value; 4]) = (RECORD_KEY, key);",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: the funds of a change have no ledger",
        CHANGES,
        "session.execute(RECORD_FUNDS, &parameters).await?;",
        "let _: (&str, [souk_sql::Value; 4]) = (RECORD_FUNDS, parameters);",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: a late settlement takes a message from its new owner",
        QUEUES,
        "AND message.attempts = settled.value ->> '$.attempts' AND message.dead = 0",
        "AND message.dead = 0",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: a claimed message can be claimed at once",
        QUEUES,
        "SET due_ms = ?2 + ?3, attempts",
        "SET due_ms = ?2 + ?3 * 0, attempts",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: a message that was put off is lost",
        QUEUES,
        "due_ms = ?2 + (settled.value ->> '$.after_ms'), error",
        "due_ms = 9223372036854775807, error",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: what was delivered is forgotten",
        QUEUES,
        r#"session
            .execute(RECORD_DELIVERY, &[ids.as_str().into()])
            .await?;"#,
        "let _ = RECORD_DELIVERY;",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: dead messages stay dead",
        QUEUES,
        "UPDATE message SET dead = 0, attempts = 0",
        "UPDATE message SET dead = 1, attempts = 0",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: a delivery with the same key counts twice",
        RECEIPTS,
        "if let Some(row) = known.first() {",
        "if let Some(row) = known.get(1) {",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: promised units are written off",
        RECEIPTS,
        "account.available + line.units < 0",
        "account.supplied + line.units < 0",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: accounts are locked in any order",
        PG_PLACE_ANY,
        r#"GROUP BY 1 ORDER BY 1
        LOOP"#,
        r#"GROUP BY 1 ORDER BY random()
        LOOP"#,
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: the key is looked for before the offers are read",
        PG_LOOK,
        "LANGUAGE plpgsql STABLE",
        "LANGUAGE plpgsql VOLATILE",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: units in buckets are stranded",
        PG_LOCK,
        "            account := souk.gather_buckets(asked_sku, taken);",
        "            bucket := 0;",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: gathering forgets the held units of buckets",
        PG_GATHER,
        r#"held = stock.held + total.held, sold = stock.sold + total.sold,
        buckets = 0"#,
        r#"held = stock.held, sold = stock.sold + total.sold + total.held,
        buckets = 0"#,
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: splitting makes a unit more",
        PG_SPLIT,
        "SELECT asked_sku, part.number, account.generation + 1, share, share, 0, 0, moment_ms",
        "SELECT asked_sku, part.number, account.generation + 1, share + 1, share + 1, 0, 0, moment_ms",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: one statement takes units that are gone",
        PG_PLACE,
        "AND stock.stamp = stamps[1] AND stock.available >= units",
        "AND stock.stamp = stamps[1]",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: a price that changed meanwhile is not noticed",
        PG_PLACE,
        "AND stock.stamp = stamps[1] AND stock.available >= units",
        "AND stock.available >= units",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: a hold never lapses",
        PG_PLACE_ANY,
        r#"('mails', moment_ms),
            ('holds', place_any.hold_until_ms))"#,
        "('mails', moment_ms))",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: a change is written onto any revision",
        PG_CHANGE,
        "IF is_away IS NULL OR asked_revision <> coalesce(",
        "IF is_away IS NULL OR asked_revision > 1000 + coalesce(",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: a change moves units without a movement",
        PG_CHANGE,
        "FROM json_to_recordset(moves::json) AS move (sku text, kind text, units bigint);",
        "FROM json_to_recordset(moves::json) AS move (sku text, kind text, units bigint) WHERE false;",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: the back office never hears of a change",
        PG_CHANGE,
        "FROM json_to_recordset(messages::json) AS new_message (queue text, sequence bigint);",
        r#"FROM json_to_recordset(messages::json) AS new_message (queue text, sequence bigint)
    WHERE new_message.queue <> 'back_office';"#,
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: the key of a change is not kept",
        PG_CHANGE,
        "VALUES (asked_id, change_key, change_fingerprint, new_revision);",
        "VALUES (asked_id, change_key || random(), change_fingerprint, new_revision);",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: a late settlement takes a message from its new owner",
        PG_SETTLE,
        "AND message.attempts = settlement.attempts AND NOT message.dead",
        "AND NOT message.dead",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: a claimed message can be claimed at once",
        PG_CLAIM,
        "SET due_ms = moment_ms + visibility_ms, attempts",
        "SET due_ms = moment_ms, attempts",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: the units of a twin stay taken",
        PG_PLACE,
        r#"    IF NOT placed THEN
"#,
        r#"    IF NOT placed AND new_key = '' THEN
"#,
    ),
    mutant(
        Place::Sqlite,
        "SQLite: an order that was decided before a sold-out hold is placed under it",
        SCHEMA,
        "NEW.placed_at_ms + 1 AND NEW.placed_at_ms + 7000;",
        "NEW.placed_at_ms + 1 AND NEW.placed_at_ms;",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: an order that is accepted does not end the sold-out hold",
        SCHEMA,
        r#"+ 7000;
        UPDATE stock SET sold_out_until_ms = 0
        WHERE sold_out_until_ms <> 0"#,
        r#"+ 7000;
        UPDATE stock SET sold_out_until_ms = 0
        WHERE sold_out_until_ms < 0"#,
    ),
    mutant(
        Place::Sqlite,
        "SQLite: an order is not placed because a wrong clock has set a sold-out hold",
        SCHEMA,
        "BETWEEN NEW.placed_at_ms + 1 AND NEW.placed_at_ms + 7000;",
        "> NEW.placed_at_ms;",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: a sold-out hold lasts as long as the wrong clock said that had set it",
        SOLD_OUT_HOLD,
        "!ends_too_late(set_until_ms, asked.now_ms);",
        "!ends_too_late(asked.now_ms, asked.now_ms);",
    ),
    mutant(
        Place::Origin,
        "a SKU stays under a sold-out hold for as long as a clock was ahead",
        SOLD_OUT_HOLD_TIMES,
        "now_ms < held_until_ms && !ends_too_late(held_until_ms, now_ms)",
        "now_ms < held_until_ms",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: a SKU stays under a sold-out hold for as long as a clock was ahead",
        PG_ORDERS,
        "new.now_ms.saturating_add(AHEAD_MS_MAX)",
        "new.now_ms.saturating_add(AHEAD_MS_MAX).saturating_mul(1_000)",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: a sold-out hold of now lasts as long as a wrong clock said",
        PG_STORE,
        "souk.sold_out_hold($1, $2, $3, $4) FROM souk.end_sold_out_hold($1, $5)",
        "souk.sold_out_hold($1, $2, $3, $4) WHERE $5 > 0",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: the keys of a sold-out hold lack those in the archive",
        SOLD_OUT_HOLD,
        "SELECT key FROM order_archive WHERE order_archive.id = taken.order_id",
        "SELECT '' FROM order_archive WHERE order_archive.id = taken.order_id",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: what can be had is under a sold-out hold",
        SOLD_OUT_HOLD,
        "WHERE sku = ?1 AND available = 0 AND backorder = 0 AND offered = 1",
        "WHERE sku = ?1 AND backorder = 0 AND offered = 1",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: an order that was decided before a sold-out hold is placed under it",
        PG_PLACE,
        r#"                AND (stock.sold_out_until_ms <= moment_ms
                    OR stock.sold_out_until_ms > sold_out_hold_last_ms)
"#,
        "",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: an order that is accepted does not end the sold-out hold",
        PG_PLACE,
        r#"                sold_out_until_ms = 0,
                crowd"#,
        "                crowd",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: a group waits for an account that is locked",
        PG_PLACE_MANY,
        "FOR NO KEY UPDATE SKIP LOCKED",
        "FOR NO KEY UPDATE",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: the units of twins of a group stay taken",
        PG_PLACE_MANY,
        "IF cardinality(accepted) < (SELECT count(*) FROM unnest(taken) AS one WHERE one) THEN",
        "IF cardinality(accepted) < 0 THEN",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: an order hears what became of another of its group",
        PG_TURNS,
        "leader.finish(answers);",
        "leader.finish(answers.rev());",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: the stamp of an offer says nothing of its price",
        PG_TABLES,
        "|| currency || unit_price::text || backorder::text",
        "|| currency || backorder::text",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: an order of several lines is written on facts that are over",
        PG_STANDS,
        "SELECT account.stamp = can_place.stamp",
        "SELECT account.stamp IS NOT NULL",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: an order brings in units that are there by now",
        PG_STANDS,
        "ELSE account.available + backordered = units END)",
        "ELSE account.available + backordered >= units END)",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: a bucket of another generation sells at the price of this one",
        PG_BUCKET,
        "AND bucket.generation = account.generation AND bucket.available > units",
        "AND bucket.available > units",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: a group is placed on facts that changed meanwhile",
        PG_PLACE_MANY,
        "AND stock.stamp = (accounts[wanted.position]).stamp",
        "AND stock.stamp IS NOT NULL",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: an order is refused because of what the instance remembers",
        PG_ORDERS,
        "Basis::Remembered(facts) => facts.guess(new),",
        r#"Basis::Remembered(facts) => match facts.decide(new)? {
                    Ok(decided) => Some(decided),
                    Err(refusal) => return Ok(refusal),
                },"#,
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: a SKU under a sold-out hold is decided as if its units could be had",
        FACTS,
        "(offer.level.available, offer.backorder) = (0, false);",
        "offer.backorder = false;",
    ),
];
