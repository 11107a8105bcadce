-- Byte order (collation C) everywhere: accounts are locked and listed in the same order on every
-- server, and comparing costs least.
--
-- One account for each SKU. The checks are the promise of the shop.
CREATE TABLE souk.stock (
    sku text COLLATE "C" PRIMARY KEY,
    slug text NOT NULL,
    title text NOT NULL,
    unit_price bigint NOT NULL CHECK (unit_price >= 0),
    currency text COLLATE "C" NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    backorder boolean NOT NULL,
    offered boolean NOT NULL,
    supplied bigint NOT NULL,
    available bigint NOT NULL CHECK (available >= 0),
    held bigint NOT NULL CHECK (held >= 0),
    sold bigint NOT NULL CHECK (sold >= 0),
    unavailable boolean NOT NULL
        GENERATED ALWAYS AS ((available = 0 AND NOT backorder) OR NOT offered) STORED,
    CHECK (supplied = available + held + sold)
-- Half of each page is left free, so that a sale writes the new version of the row beside the old
-- one and leaves the indexes alone (a heap-only update).
) WITH (fillfactor = 50);

-- What a badge must not call available. On a column of its own, because an index over `available`
-- would be written at every sale; this one is written when a SKU sells out or comes back.
CREATE INDEX stock_unavailable ON souk.stock (sku) WHERE unavailable;

-- The ledger: every change of an account, appended and never changed.
CREATE TABLE souk.movement (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('supply', 'backorder', 'hold', 'sell')),
    units bigint NOT NULL CHECK (units > 0),
    order_id text COLLATE "C",
    at_ms bigint NOT NULL
);

-- `body` is `json`, not `jsonb`: it is kept as it was written, whatever a buyer wrote. `lines` is a
-- copy for recounting: the engine cannot take apart a text that has the character U+0000 in it.
CREATE TABLE souk.orders (
    id text COLLATE "C" PRIMARY KEY,
    key text COLLATE "C" NOT NULL UNIQUE,
    fingerprint text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('awaiting_payment', 'confirmed')),
    placed_at_ms bigint NOT NULL,
    lines json NOT NULL,
    body json NOT NULL
);

-- What the back office has yet to hear of.
CREATE TABLE souk.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    at_ms bigint NOT NULL
);

CREATE TABLE souk.publication (
    version bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    manifest text COLLATE "C" NOT NULL UNIQUE,
    format bigint NOT NULL,
    products bigint NOT NULL,
    variants bigint NOT NULL,
    begun_at_ms bigint NOT NULL,
    activated_at_ms bigint,
    retired_at_ms bigint,
    current boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX publication_current ON souk.publication (format) WHERE current;
