//! Bugs of repairs: what is written down where the books do not agree.

use super::{Mutant, Place, mutant};

const RULE: &str = "shared/domain/src/repair.rs";
const SQLITE: &str = "shared/order-store-sqlite/src/repairs.rs";
const PG_KNOWN: &str = "shared/order-store-postgres/src/functions/known_repair.sql";
const PG_STOCK: &str = "shared/order-store-postgres/src/functions/repair_stock.sql";
const PG_ORDER: &str = "shared/order-store-postgres/src/functions/repair_order.sql";

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        Place::Domain,
        "a repair sells units that orders hold",
        RULE,
        "self.ledger.supplied - self.held - self.sold;",
        "self.ledger.supplied - self.sold;",
    ),
    mutant(
        Place::Domain,
        "a repair makes units up that never came in",
        RULE,
        "if backordered > 0 && !self.backorder {",
        "if backordered < 0 && !self.backorder {",
    ),
    mutant(
        Place::Domain,
        "a repair does not say what it found",
        RULE,
        "found: self.account - self.ledger,",
        "found: StockLevel::default(),",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: a preview of a repair writes it",
        SQLITE,
        r#"    if !asked.preview {
        for (kind, level)"#,
        r#"    {
        for (kind, level)"#,
    ),
    mutant(
        Place::Sqlite,
        "SQLite: a repair is written down and not done",
        SQLITE,
        r#"held = held + ?4, sold = sold + ?5
    WHERE sku = ?1"#,
        r#"held = held + ?4, sold = sold + ?5
    WHERE sku = ?1 AND sku = ''"#,
    ),
    mutant(
        Place::Sqlite,
        "SQLite: the key of a repair answers for another one",
        SQLITE,
        "if row.text(0)? != fingerprint {",
        "if row.text(0)?.len() != fingerprint.len() {",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: a repair tells the back office again what it knows",
        SQLITE,
        "AND sequence NOT IN (SELECT sequence FROM delivered WHERE order_id = ?1)",
        "",
    ),
    mutant(
        Place::Sqlite,
        "SQLite: a repair lets an order lapse that is paid",
        SQLITE,
        "AND coalesce(order_state.status, orders.status) = 'awaiting_payment'",
        "",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: a preview of a repair writes it",
        PG_STOCK,
        r#"            'backordered', units_backordered)));
    END IF;
    IF is_preview <> 0 THEN"#,
        r#"            'backordered', units_backordered)));
    END IF;
    IF is_preview > 1 THEN"#,
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: a repair makes units up that never came in",
        PG_STOCK,
        "IF units_backordered > 0 AND NOT account.backorder THEN",
        "IF units_backordered < 0 AND NOT account.backorder THEN",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: a repair leaves broken buckets where they are",
        PG_STOCK,
        "DELETE FROM souk.bucket WHERE bucket.sku = asked_sku;",
        "",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: a repair counts while orders come in",
        PG_STOCK,
        "SELECT stock.* INTO account FROM souk.stock WHERE stock.sku = asked_sku FOR UPDATE;",
        "SELECT stock.* INTO account FROM souk.stock WHERE stock.sku = asked_sku;",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: the key of a repair answers for another one",
        PG_KNOWN,
        "SELECT CASE WHEN receipt.fingerprint = asked_fingerprint",
        "SELECT CASE WHEN receipt.fingerprint <> ''",
    ),
    mutant(
        Place::Postgres,
        "PostgreSQL: a repair tells the back office again what it knows",
        PG_ORDER,
        r#"            AND NOT EXISTS (SELECT FROM souk.delivered
                WHERE delivered.order_id = asked_id AND delivered.sequence = event.sequence)
        UNION ALL"#,
        r#"        UNION ALL"#,
    ),
];
