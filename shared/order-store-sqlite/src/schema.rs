//! The tables, as numbered migrations. One that was ever released is not changed, a new one is
//! appended; [`souk_sql::migrate`] runs what a database lacks.

/// Where a database says which migrations it has.
pub(crate) const LEDGER: &str = "migration";

/// What a database must have before it is used.
pub const MIGRATIONS: &[&[&str]] = &[BASELINE];

const BASELINE: &[&str] = &[
    // One account for each SKU. The last three checks are the promise of the shop.
    //
    // An account of a guest is one of a SKU that another shard owns: it keeps what belongs to the
    // orders here, and units that are returned from them go on to the owner.
    //
    // `facts` are stamps of facts of prices that it may be sold with, `facts_before` those that it had
    // until `facts_since_ms`: lists in JSON.
    //
    // `stamp` stands for everything that a decision over an order may rest on but for the units. It is
    // made of the content, so no writer can forget to renew it.
    //
    // `sold_out_until_ms`: until when the SKU sells nothing; 0 once an order with it was accepted
    // since. So as long as it is not 0 the SKU has no key that it did not have when its sold-out
    // hold got its number.
    "CREATE TABLE stock (
        sku TEXT PRIMARY KEY,
        slug TEXT NOT NULL,
        title TEXT NOT NULL,
        unit_price INTEGER NOT NULL CHECK (unit_price >= 0),
        currency TEXT NOT NULL,
        backorder INTEGER NOT NULL CHECK (backorder IN (0, 1)),
        offered INTEGER NOT NULL CHECK (offered IN (0, 1)),
        facts TEXT NOT NULL DEFAULT '[]',
        facts_before TEXT NOT NULL DEFAULT '[]',
        facts_since_ms INTEGER NOT NULL DEFAULT 0,
        stamp TEXT NOT NULL GENERATED ALWAYS AS (json_array(slug, title, unit_price, currency,
            backorder, facts, facts_before, facts_since_ms)) VIRTUAL,
        supplied INTEGER NOT NULL,
        available INTEGER NOT NULL CHECK (available >= 0),
        held INTEGER NOT NULL CHECK (held >= 0),
        sold INTEGER NOT NULL CHECK (sold >= 0),
        guest INTEGER NOT NULL DEFAULT 0 CHECK (guest IN (0, 1)),
        sold_out_until_ms INTEGER NOT NULL DEFAULT 0,
        sold_out_hold_number INTEGER NOT NULL DEFAULT 0,
        CHECK (supplied = available + held + sold)
    ) STRICT",
    // What a badge must not call available, without reading the whole table.
    "CREATE INDEX stock_unavailable ON stock (sku)
        WHERE (available = 0 AND backorder = 0) OR offered = 0",
    // Units that belong on another shard.
    "CREATE INDEX stock_stray ON stock (sku) WHERE guest = 1 AND available > 0",
    // The ledger: every change of an account, appended and never changed. `receipt` names the
    // receipt, or the transfer between two shards.
    "CREATE TABLE stock_movement (
        id INTEGER PRIMARY KEY,
        sku TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('supply', 'backorder', 'hold', 'sell', 'settle',
            'release', 'restock', 'discard', 'unorder', 'write_off', 'depart', 'arrive')),
        units INTEGER NOT NULL CHECK (units > 0),
        order_id TEXT,
        receipt TEXT,
        at_ms INTEGER NOT NULL
    ) STRICT",
    // From a SKU to its orders. The ledger keeps these rows when an order goes into the archive.
    "CREATE INDEX stock_movement_taken ON stock_movement (sku, order_id)
        WHERE kind IN ('hold', 'sell')",
    // From an order to what was put back of it, so that both can be deleted. An order that is placed
    // out of what is there does not write it.
    "CREATE INDEX stock_movement_back ON stock_movement (order_id)
        WHERE kind IN ('backorder', 'release', 'restock', 'discard', 'unorder')",
    // Repairs, beside the ledger and counted with it. `found` is what became of an account without
    // a movement, `added` is what the repair itself did to it. Signed, because nothing says any
    // more which movements are missing; `receipt` is the key, under which the reason is kept.
    "CREATE TABLE stock_repair (
        id INTEGER PRIMARY KEY,
        sku TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('found', 'added')),
        supplied INTEGER NOT NULL,
        available INTEGER NOT NULL,
        held INTEGER NOT NULL,
        sold INTEGER NOT NULL,
        receipt TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        CHECK (supplied = available + held + sold)
    ) STRICT",
    // The keys of receipts, so that received units are counted once, and of repairs with what
    // they found and did; `by_name` is the staff token that asked.
    "CREATE TABLE receipt (
        key TEXT PRIMARY KEY,
        fingerprint TEXT NOT NULL,
        reason TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        repair TEXT,
        by_name TEXT
    ) STRICT, WITHOUT ROWID",
    "CREATE TABLE orders (
        id TEXT PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        fingerprint TEXT NOT NULL,
        status TEXT NOT NULL,
        placed_at_ms INTEGER NOT NULL,
        body TEXT NOT NULL,
        takes TEXT
    ) STRICT",
    // What orders have taken of what is limited. `takes` of an order says what it took: it goes back
    // when the order is no longer unpaid; what is `kept` goes back when the order is cancelled or
    // expires. An account without orders has no row.
    "CREATE TABLE allowance (
        account TEXT PRIMARY KEY,
        taken INTEGER NOT NULL CHECK (taken > 0)
    ) STRICT, WITHOUT ROWID",
    // Orders with a ticket of a sale's waiting room, for its usher: a copy, and no account. Numbers
    // grow within a session, and are at least the moment of the order, so that they go on growing when
    // a list was forgotten or the store is a new one.
    "CREATE TABLE ticket_order (
        session INTEGER NOT NULL,
        number INTEGER NOT NULL,
        rank TEXT NOT NULL,
        units INTEGER NOT NULL CHECK (units > 0),
        PRIMARY KEY (session, number)
    ) STRICT, WITHOUT ROWID",
    // Where an order stands, from its first change on; before, `orders` says all there is.
    // The checks are the second promise of the shop: no more goes back than came in.
    "CREATE TABLE order_state (
        order_id TEXT PRIMARY KEY,
        revision INTEGER NOT NULL CHECK (revision > 0),
        status TEXT NOT NULL,
        authorised INTEGER NOT NULL CHECK (authorised >= 0),
        captured INTEGER NOT NULL CHECK (captured >= 0),
        refunding INTEGER NOT NULL CHECK (refunding >= 0),
        refunded INTEGER NOT NULL CHECK (refunded >= 0),
        disputed INTEGER NOT NULL CHECK (disputed >= 0),
        body TEXT NOT NULL,
        CHECK (refunding + refunded + disputed <= captured)
    ) STRICT",
    // Orders that are over and were never paid, by their numbers and so by their age.
    "CREATE INDEX order_state_unpaid ON order_state (order_id)
        WHERE status IN ('expired', 'cancelled') AND captured = 0 AND authorised = 0",
    // The history: appended and never changed. Placing an order is 0 and is the row in `orders`.
    "CREATE TABLE order_event (
        order_id TEXT NOT NULL,
        sequence INTEGER NOT NULL CHECK (sequence > 0),
        at_ms INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (order_id, sequence)
    ) STRICT, WITHOUT ROWID",
    // The keys of changes, so that the same change is made once.
    "CREATE TABLE order_change (
        order_id TEXT NOT NULL,
        key TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        revision INTEGER NOT NULL,
        PRIMARY KEY (order_id, key)
    ) STRICT, WITHOUT ROWID",
    // The ledger of funds: every row takes from one account what it gives to another.
    "CREATE TABLE funds_entry (
        id INTEGER PRIMARY KEY,
        order_id TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        source TEXT NOT NULL,
        target TEXT NOT NULL CHECK (target <> source),
        amount INTEGER NOT NULL CHECK (amount > 0),
        currency TEXT NOT NULL,
        at_ms INTEGER NOT NULL
    ) STRICT",
    // The outbox: which event has yet to be delivered where. A claim moves `due_ms` on and counts.
    "CREATE TABLE message (
        id INTEGER PRIMARY KEY,
        queue TEXT NOT NULL CHECK (queue IN ('back_office', 'payments', 'holds', 'mails')),
        order_id TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        due_ms INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        error TEXT,
        dead INTEGER NOT NULL DEFAULT 0 CHECK (dead IN (0, 1))
    ) STRICT",
    "CREATE INDEX message_due ON message (queue, dead, due_ms)",
    // From an order to its messages that may wait long. An order that is placed does not write it.
    "CREATE INDEX message_of_order ON message (order_id) WHERE queue = 'payments' OR dead = 1",
    // What the back office has, so that an event that never got there shows.
    "CREATE TABLE delivered (
        order_id TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        PRIMARY KEY (order_id, sequence)
    ) STRICT, WITHOUT ROWID",
    // Orders that are over and old: everything about one in one row, so that the tables above keep
    // to what is going on. Funds and movements stay in their ledgers.
    "CREATE TABLE order_archive (
        id TEXT PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        content TEXT NOT NULL
    ) STRICT",
    // Up to where the last walk over the orders came.
    "CREATE TABLE archive_walk (only INTEGER PRIMARY KEY CHECK (only = 1), row INTEGER NOT NULL) STRICT",
    "INSERT INTO archive_walk (only, row) VALUES (1, 0)",
    // What publishes have said that SKUs cost: appended and never changed. `prices` has every market
    // of a SKU, as `souk_protocol::origin::OfferPrices`; none where the SKU is no longer sold.
    "CREATE TABLE price_ledger (
        number INTEGER PRIMARY KEY,
        sku TEXT NOT NULL,
        recorded_ms INTEGER NOT NULL,
        prices TEXT NOT NULL
    ) STRICT",
    "CREATE INDEX price_ledger_of_sku ON price_ledger (sku, number)",
    "CREATE TRIGGER price_ledger_update BEFORE UPDATE ON price_ledger
        BEGIN SELECT RAISE(ABORT, 'the ledger of prices is never changed'); END",
    "CREATE TRIGGER price_ledger_delete BEFORE DELETE ON price_ledger
        BEGIN SELECT RAISE(ABORT, 'the ledger of prices is never changed'); END",
    "CREATE TABLE publication (
        version INTEGER PRIMARY KEY AUTOINCREMENT,
        manifest TEXT NOT NULL UNIQUE,
        format INTEGER NOT NULL,
        products INTEGER NOT NULL,
        variants INTEGER NOT NULL,
        begun_at_ms INTEGER NOT NULL,
        activated_at_ms INTEGER,
        retired_at_ms INTEGER,
        current INTEGER NOT NULL DEFAULT 0 CHECK (current IN (0, 1))
    ) STRICT",
    "CREATE TABLE terms (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        terms TEXT NOT NULL
    ) STRICT",
    // The terms of prices that `terms` names by their stamps, two at most, in Base64.
    "CREATE TABLE price_terms (stamp TEXT PRIMARY KEY, blob TEXT NOT NULL) STRICT",
    "CREATE UNIQUE INDEX publication_current ON publication (format) WHERE current = 1",
    // The copy that is put back here, or was: its batches, each once.
    "CREATE TABLE restoration (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        backup TEXT NOT NULL,
        batch INTEGER NOT NULL DEFAULT 0,
        finished INTEGER NOT NULL DEFAULT 0 CHECK (finished IN (0, 1))
    ) STRICT",
    // Tells this store from every other one.
    "CREATE TABLE store_identity (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        identity TEXT NOT NULL
    ) STRICT",
    "INSERT INTO store_identity (only, identity) VALUES (1, lower(hex(randomblob(16))))",
    // How many shards the shop has, and is growing to; `skus_from` and `keys_from` say from where
    // on SKUs and keys have yet to be given away for that, and are NULL where nothing has. A store
    // that is never one of several leaves this table and those below empty.
    "CREATE TABLE layout (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        shards INTEGER NOT NULL,
        growing_to INTEGER CHECK (growing_to > shards),
        skus_from TEXT,
        keys_from TEXT
    ) STRICT",
    // Units that left. Those that were `asked` for are put back if the shard that asked says that it
    // will never have them; those that were `sent` belong where they go; a SKU that was `given`
    // goes with them. A row stays when its transfer is over, so that a message that arrives late
    // moves nothing a second time.
    "CREATE TABLE departure (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        transfer TEXT UNIQUE,
        kind TEXT NOT NULL CHECK (kind IN ('asked', 'sent', 'given')),
        sku TEXT NOT NULL,
        units INTEGER NOT NULL CHECK (units >= 0),
        shard INTEGER NOT NULL,
        key TEXT NOT NULL,
        ownership TEXT,
        at_ms INTEGER NOT NULL,
        state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'arrived', 'returned'))
    ) STRICT",
    "CREATE INDEX departure_open ON departure (at_ms) WHERE state = 'open'",
    "CREATE INDEX departure_of_sku ON departure (sku, kind, state)",
    // Units that came, each transfer once; `refused` ones never will.
    "CREATE TABLE arrival (
        transfer TEXT PRIMARY KEY,
        refused INTEGER NOT NULL CHECK (refused IN (0, 1))
    ) STRICT, WITHOUT ROWID",
    // On which shard the order of a key lives.
    "CREATE TABLE key_home (key TEXT PRIMARY KEY, shard INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    // Keys of orders that have a SKU and live on other shards, so that a sold-out hold knows them.
    "CREATE TABLE sku_key (sku TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (sku, key))
        STRICT, WITHOUT ROWID",
    // Placing an order is one INSERT into this view, so one statement, which the engine carries out
    // as a whole or not at all. The view stores nothing: what its triggers do is written down
    // beside it.
    "CREATE VIEW placement AS
        SELECT id, key, fingerprint, status, placed_at_ms, body, takes, NULL AS stamps,
            NULL AS ticket
        FROM orders",
    PLACE,
    LIST,
    CLOSE,
    SOLD_OUT_HOLD,
];

/// What placing an order writes, and what must still be so when it does.
///
/// The order was decided on offers that may have been read outside of any transaction. Everything
/// that the decision rests on is checked here once more: that key and number are new (`UNIQUE`),
/// that there are units enough (`CHECK (available >= 0)`), and by the `RAISE` that the offers are those
/// that the decision rests on (`stamps`, one for each line; an empty one is of an offer that comes with
/// the order, in the same transaction), that units are backordered only where that is allowed and none
/// is left, and that no allowance is exceeded. If one of these fails, the statement fails and has
/// written nothing.
///
/// The share of a SKU that may be taken is counted after the units have left its account: those and
/// what is taken are as many as before (`souk_domain::share`).
///
/// Units of a SKU that another shard owns are in its account here for this order, perhaps beside
/// some that are about to go back to that shard. Lines with one SKU are summed; units that are not
/// there come in as they are sold.
const PLACE: &str = "CREATE TRIGGER placement_insert INSTEAD OF INSERT ON placement
    BEGIN
        INSERT INTO orders (id, key, fingerprint, status, placed_at_ms, body, takes)
        VALUES (NEW.id, NEW.key, NEW.fingerprint, NEW.status, NEW.placed_at_ms, NEW.body,
            NEW.takes);
        UPDATE stock SET
            supplied = supplied + line.backordered,
            available = available + line.backordered - line.quantity,
            sold = sold + iif(NEW.status = 'confirmed', line.quantity, 0),
            held = held + iif(NEW.status = 'confirmed', 0, line.quantity)
        FROM (
            SELECT value ->> '$.sku' AS sku,
                sum(value ->> '$.quantity') AS quantity,
                sum(coalesce(value ->> '$.backordered', 0)) AS backordered
            FROM json_each(NEW.body, '$.lines') GROUP BY 1
        ) AS line
        WHERE stock.sku = line.sku;
        SELECT RAISE(ABORT, 'the offers have changed since they were read')
        FROM json_each(NEW.body, '$.lines') AS line
        WHERE NOT EXISTS (
            SELECT 1 FROM stock
            WHERE stock.sku = line.value ->> '$.sku'
                AND (stock.offered = 1 OR stock.guest = 1)
                AND stock.stamp = coalesce(
                    nullif(NEW.stamps ->> ('$[' || line.key || ']'), ''), stock.stamp)
                AND (coalesce(line.value ->> '$.backordered', 0) = 0
                    OR (stock.backorder = 1 AND (stock.available = 0 OR stock.guest = 1)))
        );
        INSERT INTO allowance (account, taken)
        SELECT value ->> '$.account', value ->> '$.units' FROM json_each(NEW.takes) WHERE true
        ON CONFLICT (account) DO UPDATE SET taken = taken + excluded.taken;
        SELECT RAISE(ABORT, 'an allowance is used up since it was read')
        FROM json_each(NEW.takes) AS take
            CROSS JOIN allowance ON allowance.account = take.value ->> '$.account'
            LEFT JOIN stock ON stock.sku = take.value ->> '$.sku'
        WHERE allowance.taken > coalesce(take.value ->> '$.max',
            max(1, (coalesce(stock.available, 0) + allowance.taken)
                * (take.value ->> '$.percent') / 100
                + iif((coalesce(stock.available, 0) + allowance.taken)
                    * (take.value ->> '$.percent') % 100 > 0, 1, 0)));
        INSERT INTO stock_movement (sku, kind, units, order_id, at_ms)
        SELECT value ->> '$.sku', 'backorder', value ->> '$.backordered', NEW.id, NEW.placed_at_ms
            FROM json_each(NEW.body, '$.lines')
            WHERE coalesce(value ->> '$.backordered', 0) > 0
        UNION ALL
        SELECT value ->> '$.sku', iif(NEW.status = 'confirmed', 'sell', 'hold'),
            value ->> '$.quantity', NEW.id, NEW.placed_at_ms
            FROM json_each(NEW.body, '$.lines');
        INSERT INTO message (queue, order_id, sequence, due_ms)
        VALUES ('back_office', NEW.id, 0, NEW.placed_at_ms), ('mails', NEW.id, 0, NEW.placed_at_ms)
        UNION ALL
        SELECT 'holds', NEW.id, 0, NEW.body ->> '$.hold_until_ms'
            WHERE NEW.status = 'awaiting_payment';
    END";

/// Lists an order with a ticket, beside the trigger that places the order: both run within the one
/// statement. An order without a ticket has nothing to do with it.
const LIST: &str = "CREATE TRIGGER placement_ticket INSTEAD OF INSERT ON placement
    WHEN NEW.ticket IS NOT NULL
    BEGIN
        INSERT INTO ticket_order (session, number, rank, units)
        VALUES (NEW.ticket ->> '$.session',
            max(NEW.placed_at_ms, 1 + coalesce((SELECT max(number) FROM ticket_order
                WHERE session = NEW.ticket ->> '$.session'), 0)),
            NEW.ticket ->> '$.rank', NEW.ticket ->> '$.units');
    END";

/// Beside the trigger that places the order, and in any order with it: both run within the one
/// statement. While the shop grows no order gets in, whenever it was decided.
const CLOSE: &str = "CREATE TRIGGER placement_closed INSTEAD OF INSERT ON placement
    BEGIN
        SELECT RAISE(ABORT, 'ordering is closed') FROM layout WHERE growing_to IS NOT NULL;
    END";

/// `souk_stock_signals::sold_out_hold::is_in_force` for the moment at which an order is placed,
/// with `souk_stock_signals::sold_out_hold::AHEAD_MS_MAX` in numbers: a hold that a wrong clock has
/// set for hours ends with that clock.
const SOLD_OUT_HOLD: &str = "CREATE TRIGGER placement_sold_out_hold INSTEAD OF INSERT ON placement
    BEGIN
        SELECT RAISE(ABORT, 'a SKU is under a sold-out hold since it was read')
        FROM json_each(NEW.body, '$.lines') AS line
            CROSS JOIN stock ON stock.sku = line.value ->> '$.sku'
        WHERE stock.sold_out_until_ms BETWEEN NEW.placed_at_ms + 1 AND NEW.placed_at_ms + 7000;
        UPDATE stock SET sold_out_until_ms = 0
        WHERE sold_out_until_ms <> 0
            AND sku IN (SELECT value ->> '$.sku' FROM json_each(NEW.body, '$.lines'));
    END";
