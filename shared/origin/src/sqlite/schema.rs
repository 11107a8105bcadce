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
];
