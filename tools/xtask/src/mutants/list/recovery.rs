//! Bugs of recovery: copies that are put back, and keys that are changed.

use super::{Mutant, Place, mutant};

const BACKUP: &str = "shared/origin/src/backup.rs";
const SQLITE: &str = "shared/order-store-sqlite/src/backup.rs";
const PG_ROWS: &str = "shared/order-store-postgres/src/functions/restore_rows.sql";
const PG_BEGIN: &str = "shared/order-store-postgres/src/functions/begin_restore.sql";
const PG_REQUEUE: &str = "shared/order-store-postgres/src/functions/requeue_orders.sql";
const PG_CHANGE: &str = "shared/order-store-postgres/src/functions/change_order.sql";
const PG_FACTS: &str = "shared/order-store-postgres/src/functions/read_facts.sql";
const PG_FINISH: &str = "shared/order-store-postgres/src/functions/finish_restore.sql";
const SQLITE_CHANGES: &str = "shared/order-store-sqlite/src/changes.rs";
const HANDLE: &str = "shared/origin/src/handle.rs";
const SEALING: &str = "shared/origin/src/sealing.rs";
const REWRAP: &str = "shared/origin/src/rewrap.rs";

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        Place::Recovery,
        "a copy has events of after its moment",
        BACKUP,
        "events.take_while(|event| event.at_ms <= until_ms).count();",
        "events.take_while(|event| event.at_ms <= i64::MAX).count();",
    ),
    mutant(
        Place::Recovery,
        "a copy has orders of after its moment",
        BACKUP,
        "if copy.order.placed_at_ms > until_ms {",
        "if copy.order.placed_at_ms == i64::MIN {",
    ),
    mutant(
        Place::Recovery,
        "a copy may be cut at this moment",
        BACKUP,
        "if asked.until_ms > now_ms - COPY_CUT_MS_MIN {",
        "if asked.until_ms > now_ms {",
    ),
    mutant(
        Place::Recovery,
        "SQLite: a batch that comes again is put back again",
        SQLITE,
        "WHERE backup = ?1 AND finished = 0 AND batch = ?2 - 1 RETURNING batch",
        "WHERE backup = ?1 AND finished = 0 AND batch >= ?2 - 1 RETURNING batch",
    ),
    mutant(
        Place::Recovery,
        "SQLite: a shop that has stock is restored over",
        SQLITE,
        "AND NOT EXISTS (SELECT 1 FROM stock)",
        "AND true",
    ),
    mutant(
        Place::Recovery,
        "PostgreSQL: a batch that comes again is put back again",
        PG_ROWS,
        "ELSIF asked_batch <= reached THEN",
        "ELSIF asked_batch < reached THEN",
    ),
    mutant(
        Place::Recovery,
        "PostgreSQL: a finished restore takes more",
        PG_ROWS,
        "WHERE restoration.backup = asked_backup AND NOT restoration.finished FOR UPDATE;",
        "WHERE restoration.backup = asked_backup FOR UPDATE;",
    ),
    mutant(
        Place::Recovery,
        "PostgreSQL: another copy goes on with a restore",
        PG_BEGIN,
        "CASE WHEN restoration.backup <> asked_backup THEN -1",
        "CASE WHEN NOT restoration.is_the_one THEN -1",
    ),
    mutant(
        Place::Recovery,
        "PostgreSQL: a finished restore counts as one that was not begun",
        PG_BEGIN,
        "WHEN restoration.finished THEN -2",
        "WHEN restoration.finished THEN -1",
    ),
    mutant(
        Place::Recovery,
        "PostgreSQL: orders change before their accounts are back",
        PG_CHANGE,
        "PERFORM souk.expect_restored();",
        "PERFORM 1;",
    ),
    mutant(
        Place::Recovery,
        "PostgreSQL: orders are placed before the copy is whole",
        PG_FACTS,
        "PERFORM souk.expect_restored();",
        "PERFORM 1;",
    ),
    mutant(
        Place::Recovery,
        "PostgreSQL: holds of card orders lapse before the provider was asked",
        PG_FINISH,
        "THEN greatest(held.until_ms, card_holds_from_ms)",
        "THEN held.until_ms",
    ),
    mutant(
        Place::Recovery,
        "SQLite: orders change before their accounts are back",
        SQLITE_CHANGES,
        "EXISTS (SELECT 1 FROM restoration WHERE only = 1 AND finished = 0)",
        "0",
    ),
    mutant(
        Place::Recovery,
        "SQLite: holds of card orders lapse before the provider was asked",
        SQLITE,
        "iif(by_card, max(until_ms, ?1), until_ms)",
        "iif(by_card AND ?1 IS NULL, 0, until_ms)",
    ),
    mutant(
        Place::Recovery,
        "SQLite: an event that was given up does not get into the order index again",
        SQLITE,
        "AND order_id = ?1 AND sequence = 0 AND dead = 0 AND attempts = 0)",
        "AND order_id = ?1 AND sequence = 0)",
    ),
    mutant(
        Place::Recovery,
        "PostgreSQL: archived orders do not get into the order index again",
        PG_REQUEUE,
        "IF is_away THEN",
        "IF NOT is_away AND is_away THEN",
    ),
    mutant(
        Place::Recovery,
        "a retry under an older key is another order",
        SEALING,
        "if !matches!(reply, SubmitReply::ExistsWithDifferentContent) {",
        "if true {",
    ),
    mutant(
        Place::Recovery,
        "a rewrap leaves fingerprints to the old key",
        SEALING,
        "let fingerprint = plain.map(|plain| vault.fingerprint(plain));",
        "let fingerprint: Option<String> = None;",
    ),
    mutant(
        Place::Recovery,
        "fingerprints are forgotten when an old key can go",
        REWRAP,
        "BTreeSet::from([personal, key_of(&sealed.fingerprint)])",
        "BTreeSet::from([personal])",
    ),
    mutant(
        Place::Recovery,
        "a buyer sees an order without a name where the key of its fields is lost",
        HANDLE,
        "parameter(personal).is_some_and(|value| value == required)",
        "parameter(personal).is_some_and(|value| value != required)",
    ),
];
