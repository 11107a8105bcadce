//! The tables. Statements are run one by one, may be run again, and are only ever appended to.

/// What a database must have before it is used.
pub const SCHEMA: &[&str] = &[
    // One account for each SKU. The last three checks are the promise of the shop.
    "CREATE TABLE IF NOT EXISTS stock (
        sku TEXT PRIMARY KEY,
        slug TEXT NOT NULL,
        title TEXT NOT NULL,
        unit_price INTEGER NOT NULL CHECK (unit_price >= 0),
        currency TEXT NOT NULL,
        backorder INTEGER NOT NULL CHECK (backorder IN (0, 1)),
        offered INTEGER NOT NULL CHECK (offered IN (0, 1)),
        supplied INTEGER NOT NULL,
        available INTEGER NOT NULL CHECK (available >= 0),
        held INTEGER NOT NULL CHECK (held >= 0),
        sold INTEGER NOT NULL CHECK (sold >= 0),
        CHECK (supplied = available + held + sold)
    ) STRICT",
    // What a badge must not call available, without reading the whole table.
    "CREATE INDEX IF NOT EXISTS stock_unavailable ON stock (sku)
        WHERE (available = 0 AND backorder = 0) OR offered = 0",
    // The ledger: every change of an account, appended and never changed.
    "CREATE TABLE IF NOT EXISTS movement (
        id INTEGER PRIMARY KEY,
        sku TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('supply', 'backorder', 'hold', 'sell')),
        units INTEGER NOT NULL CHECK (units > 0),
        order_id TEXT,
        at_ms INTEGER NOT NULL
    ) STRICT",
    "CREATE TABLE IF NOT EXISTS orders (
        id TEXT PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        fingerprint TEXT NOT NULL,
        status TEXT NOT NULL,
        placed_at_ms INTEGER NOT NULL,
        body TEXT NOT NULL
    ) STRICT",
    // What the back office has yet to hear of, in the order in which it happened.
    "CREATE TABLE IF NOT EXISTS outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        order_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        at_ms INTEGER NOT NULL
    ) STRICT",
    "CREATE TABLE IF NOT EXISTS publication (
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
    "CREATE UNIQUE INDEX IF NOT EXISTS publication_current ON publication (current)
        WHERE current = 1",
    // Placing an order is one INSERT into this view, so one statement, which the engine carries out
    // as a whole or not at all. The view stores nothing: what its trigger does is written down
    // beside it, and a version of the code that does not know it works on the tables as before.
    "CREATE VIEW IF NOT EXISTS placement AS
        SELECT id, key, fingerprint, status, placed_at_ms, body FROM orders",
    PLACE,
];

/// What placing an order writes, and what must still be so when it does.
///
/// The order was decided on offers that may have been read outside of any transaction. Whatever
/// that decision rests on is checked here once more: that key and number are new (`UNIQUE`),
/// that there are units enough (`CHECK (available >= 0)`), and by the `RAISE` that prices and names
/// are the same, and that units are backordered only where that is allowed and none is left. If
/// one of these fails, the statement fails and has written nothing.
///
/// Lines with one SKU are summed; units that are not there come in as they are sold.
const PLACE: &str = "CREATE TRIGGER IF NOT EXISTS placement_insert INSTEAD OF INSERT ON placement
    BEGIN
        INSERT INTO orders (id, key, fingerprint, status, placed_at_ms, body)
        VALUES (NEW.id, NEW.key, NEW.fingerprint, NEW.status, NEW.placed_at_ms, NEW.body);
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
                AND stock.offered = 1
                AND stock.unit_price = line.value ->> '$.unit_price'
                AND stock.currency = NEW.body ->> '$.currency'
                AND stock.title = line.value ->> '$.title'
                AND stock.slug = coalesce(line.value ->> '$.slug', '')
                AND (coalesce(line.value ->> '$.backordered', 0) = 0
                    OR (stock.backorder = 1 AND stock.available = 0))
        );
        INSERT INTO movement (sku, kind, units, order_id, at_ms)
        SELECT value ->> '$.sku', 'backorder', value ->> '$.backordered', NEW.id, NEW.placed_at_ms
            FROM json_each(NEW.body, '$.lines')
            WHERE coalesce(value ->> '$.backordered', 0) > 0
        UNION ALL
        SELECT value ->> '$.sku', iif(NEW.status = 'confirmed', 'sell', 'hold'),
            value ->> '$.quantity', NEW.id, NEW.placed_at_ms
            FROM json_each(NEW.body, '$.lines');
        INSERT INTO outbox (order_id, kind, at_ms) VALUES (NEW.id, 'placed', NEW.placed_at_ms);
    END";
