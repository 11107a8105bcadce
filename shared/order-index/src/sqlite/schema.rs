//! The tables. A migration that was ever released is not changed; a new one is appended.
//!
//! Every name begins with `order_index_`, because on Spin the order index may share a database with
//! the origin.

/// Where it is written which migrations a database has.
pub(super) const LEDGER: &str = "order_index_migration";

/// What a database must have, in the order in which it came to be.
pub(super) const MIGRATIONS: &[&[&str]] = &[
    &[
        // Every event, once. `number` is the order in which they were ingested; `folded` is 0 for one
        // that arrived before an earlier event of its order.
        "CREATE TABLE order_index_event (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        order_id TEXT NOT NULL,
        sequence INTEGER NOT NULL CHECK (sequence >= 0),
        at_ms INTEGER NOT NULL,
        ingested_at_ms INTEGER NOT NULL,
        folded INTEGER NOT NULL CHECK (folded IN (0, 1)),
        body TEXT NOT NULL,
        UNIQUE (order_id, sequence)
    ) STRICT",
        "CREATE INDEX order_index_event_early ON order_index_event (order_id) WHERE folded = 0",
        // Reports of mails that did not get to their buyers: few of many events.
        "CREATE INDEX order_index_event_mail ON order_index_event (at_ms, number)
        WHERE body ->> '$.changed.event' = 'mail_failed'",
        // The fold of an order's events 0 to `revision`.
        "CREATE TABLE order_index_entry (
        id TEXT PRIMARY KEY,
        revision INTEGER NOT NULL CHECK (revision >= 0),
        status TEXT NOT NULL,
        placed_at_ms INTEGER NOT NULL,
        changed_at_ms INTEGER NOT NULL,
        hold_until_ms INTEGER,
        payment TEXT NOT NULL,
        delivery TEXT NOT NULL,
        currency TEXT NOT NULL,
        total INTEGER NOT NULL CHECK (total >= 0),
        units INTEGER NOT NULL CHECK (units > 0),
        authorised INTEGER NOT NULL CHECK (authorised >= 0),
        captured INTEGER NOT NULL CHECK (captured >= 0),
        refunding INTEGER NOT NULL CHECK (refunding >= 0),
        refunded INTEGER NOT NULL CHECK (refunded >= 0),
        disputed INTEGER NOT NULL CHECK (disputed >= 0),
        lines TEXT NOT NULL,
        CHECK (refunding + refunded + disputed <= captured)
    ) STRICT",
        "CREATE INDEX order_index_entry_age ON order_index_entry (placed_at_ms, id)",
        "CREATE INDEX order_index_entry_status ON order_index_entry (status, placed_at_ms, id)",
        "CREATE INDEX order_index_entry_disputed ON order_index_entry (placed_at_ms, id)
        WHERE disputed > 0",
        // What a queue of the platform dead-lettered.
        "CREATE TABLE order_index_dead (
        name TEXT PRIMARY KEY,
        body TEXT NOT NULL,
        error TEXT NOT NULL,
        dead_since_ms INTEGER NOT NULL
    ) STRICT",
    ],
    &[
        // How many orders have two products, both ways, and how many have one (it is its own companion).
        // `source` is 0 for the shop's own orders, else an import; `last_day` is that of the last order.
        "CREATE TABLE order_index_pair (
        product TEXT NOT NULL,
        companion TEXT NOT NULL,
        source INTEGER NOT NULL CHECK (source >= 0),
        orders INTEGER NOT NULL,
        last_day INTEGER NOT NULL,
        PRIMARY KEY (product, companion, source)
    ) STRICT, WITHOUT ROWID",
        "CREATE INDEX order_index_pair_empty ON order_index_pair (orders) WHERE orders <= 0",
        // How many orders of a day have a product.
        "CREATE TABLE order_index_day (
        day INTEGER NOT NULL,
        product TEXT NOT NULL,
        source INTEGER NOT NULL CHECK (source >= 0),
        orders INTEGER NOT NULL,
        PRIMARY KEY (day, product, source)
    ) STRICT, WITHOUT ROWID",
        "CREATE INDEX order_index_day_empty ON order_index_day (orders) WHERE orders <= 0",
        // `pairs` is at least as many as there are of the shop's own orders; `orders_before` is how many
        // were counted when the counts were forgotten, until there are as many again; `imported` is the
        // name of the import that counts, `staged_import` of one whose parts are coming in.
        "CREATE TABLE order_index_counted (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        orders INTEGER NOT NULL DEFAULT 0 CHECK (orders >= 0),
        last_day INTEGER NOT NULL DEFAULT 0,
        pairs INTEGER NOT NULL DEFAULT 0,
        tidied_day INTEGER NOT NULL DEFAULT 0,
        changes INTEGER NOT NULL DEFAULT 0,
        clears INTEGER NOT NULL DEFAULT 0,
        orders_before INTEGER NOT NULL DEFAULT 0,
        imported TEXT NOT NULL DEFAULT '',
        imported_source INTEGER NOT NULL DEFAULT 0,
        imported_orders INTEGER NOT NULL DEFAULT 0,
        imported_last_day INTEGER NOT NULL DEFAULT 0,
        staged_import TEXT NOT NULL DEFAULT '',
        staged INTEGER NOT NULL DEFAULT 0,
        build TEXT NOT NULL DEFAULT ''
    ) STRICT",
        "INSERT INTO order_index_counted (id) VALUES (1)",
    ],
    &[
        // SKUs that are sold out, by the numbers that stand for them, and since which day they were so at
        // every look.
        "CREATE TABLE order_index_sold_out (
        sku INTEGER PRIMARY KEY,
        since_day INTEGER NOT NULL
    ) STRICT",
    ],
];
