-- The tables of the order store. Functions are in a file each, beside this one.
--
-- Byte order (collation C) everywhere: accounts are locked and listed in the same order on every
-- server, and comparing costs least.
--
-- One account for each SKU, with what its offer says. The checks are the promise of the shop.
--
-- `facts` are stamps of facts of prices that it may be sold with, `facts_before` those that it had until
-- `facts_since_ms`: lists in JSON.
--
-- `stamp` stands for everything that a decision over an order may rest on but for the units: an
-- order is decided outside of the database and says which stamps it was decided on. It is made of
-- the content, so no writer can forget to renew it, and an offer that is again what it was is still
-- what was decided on. Two contents of one SKU have the same stamp once in 2^64.
CREATE TABLE souk.stock (
    sku text COLLATE "C" PRIMARY KEY,
    slug text NOT NULL,
    title text NOT NULL,
    unit_price bigint NOT NULL CHECK (unit_price >= 0),
    currency text COLLATE "C" NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    backorder boolean NOT NULL,
    offered boolean NOT NULL,
    facts text COLLATE "C" NOT NULL DEFAULT '[]',
    facts_before text COLLATE "C" NOT NULL DEFAULT '[]',
    facts_since_ms bigint NOT NULL DEFAULT 0,
    supplied bigint NOT NULL,
    available bigint NOT NULL CHECK (available >= 0),
    held bigint NOT NULL CHECK (held >= 0),
    sold bigint NOT NULL CHECK (sold >= 0),
    unavailable boolean NOT NULL
        GENERATED ALWAYS AS ((available = 0 AND NOT backorder) OR NOT offered) STORED,
    stamp bigint NOT NULL GENERATED ALWAYS AS (pg_catalog.hashtextextended((
        length(slug)::text || ':' || slug || length(title)::text || ':' || title
        || currency || unit_price::text || backorder::text || offered::text
        || facts || facts_before || facts_since_ms::text) COLLATE "C", 0)) STORED,
    -- About the next four see `bucket`.
    buckets bigint NOT NULL DEFAULT 0,
    generation bigint NOT NULL DEFAULT 0,
    crowd bigint NOT NULL DEFAULT 0,
    buckets_next bigint NOT NULL DEFAULT 32,
    -- About the next two see the function `sold_out_hold`.
    sold_out_until_ms bigint NOT NULL DEFAULT 0,
    sold_out_hold_number bigint NOT NULL DEFAULT 0,
    CHECK (supplied = available + held + sold),
    CONSTRAINT stock_split_check CHECK (buckets = 0 OR available > 0),
    CONSTRAINT stock_on_sold_out_hold_check CHECK (buckets = 0 OR sold_out_until_ms = 0)
-- Half of each page is left free, so that a sale writes the new version of the row beside the old
-- one and leaves the indexes alone (a heap-only update).
) WITH (fillfactor = 50);

-- What a badge must not call available. On a column of its own, because an index over `available`
-- would be written at every sale; this one is written when a SKU sells out or can be ordered again.
CREATE INDEX stock_unavailable ON souk.stock (sku) WHERE unavailable;

-- Buckets: the units of a SKU that many orders want at the same moment, spread over several rows,
-- so that the orders do not queue for the lock of one.
--
-- Each row is an account of its own that adds up; the account of the SKU is the sum of its row in
-- `stock` and of its buckets. Readers take that sum from one snapshot. An order takes its units out
-- of one bucket that no other transaction has locked at that moment. Held and sold units are
-- counted where the units were taken, so no row stays hot; changes of orders use any row that has
-- what they move.
--
-- Buckets are made and dropped as they are needed. An order that finds the account changed between its first look
-- and its lock leaves a trace there (`crowd`), which orders without competition wear off again.
-- Four in a row are enough: the order that has the lock splits the account into up to 32 buckets.
-- An order that finds every bucket locked, or too small for its units, locks them all, gathers what
-- they have into the one row and takes from the exact sum; what is left is split again if each
-- bucket gets at least eight units, over twice as many buckets (up to 128) if it was the locks that
-- were in the way. An order that finds its bucket untouched for a minute removes the buckets, if it
-- can lock all of them without waiting.
--
-- A bucket never sells its last unit, and the row in `stock` keeps one too (both are `CHECK`ed):
-- the last units of a SKU are sold once they are gathered. So a SKU that has buckets is not sold
-- out, the badge needs to look at `stock` only, and the order that takes the last unit knows that
-- it is the last. "Sold out" is said on a sum that was read in one snapshot or is under locks.
--
-- What an offer says (its price, its titles) is kept in `stock` only. It changes only while there
-- are no buckets, and every split gives its buckets a new number (`generation`). So a transaction
-- that has locked a bucket of the generation that it read together with the stamp knows that the
-- stamp counts at that moment. The same holds for sold-out holds (see the function
-- `sold_out_hold`).
--
-- Why there is no deadlock: locks are waited for in one order. First the order that is changed;
-- then, SKU by SKU in their order, the row in `stock`, and with that the buckets in the order of
-- their numbers; then allowances in the order of their names; last the keys of what is new. A transaction that takes units out of a bucket
-- without the row in `stock` has no other row of that SKU, and asks for none afterwards (see
-- `lock_bucket`).
--
-- Backorders are taken from the row in `stock`: a SKU without units has no buckets.
--
-- Nine tenths of each page are left free, for the new versions of rows that change all the time,
-- and so that few of them share a page.
CREATE TABLE souk.bucket (
    sku text COLLATE "C" NOT NULL,
    number bigint NOT NULL CHECK (number > 0),
    generation bigint NOT NULL,
    supplied bigint NOT NULL,
    available bigint NOT NULL CHECK (available > 0),
    held bigint NOT NULL CHECK (held >= 0),
    sold bigint NOT NULL CHECK (sold >= 0),
    touched_ms bigint NOT NULL,
    -- How long it had not been touched when it was touched last.
    idle_ms bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (sku, number),
    CHECK (supplied = available + held + sold)
) WITH (fillfactor = 10);

-- What each kind of movement adds to an account.
CREATE TABLE souk.movement_kind (
    kind text COLLATE "C" PRIMARY KEY,
    supplied bigint NOT NULL,
    available bigint NOT NULL,
    held bigint NOT NULL,
    sold bigint NOT NULL,
    CHECK (supplied = available + held + sold)
);
INSERT INTO souk.movement_kind (kind, supplied, available, held, sold) VALUES
    ('supply', 1, 1, 0, 0), ('backorder', 1, 1, 0, 0), ('hold', 0, -1, 1, 0),
    ('sell', 0, -1, 0, 1), ('settle', 0, 0, -1, 1), ('release', 0, 1, -1, 0),
    ('restock', 0, 1, 0, -1), ('discard', -1, 0, 0, -1), ('unorder', -1, -1, 0, 0),
    ('write_off', -1, -1, 0, 0);

-- The ledger: every change of an account, appended and never changed.
--
-- Without a primary key: no statement looks a movement up by its number, and every order would pay
-- for that index. Without it an order also locks no more than 16 tables and indexes, which is what
-- a session can lock without asking the table of locks that all share.
CREATE TABLE souk.movement (
    id bigint GENERATED ALWAYS AS IDENTITY,
    sku text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('supply', 'backorder', 'hold', 'sell', 'settle',
        'release', 'restock', 'discard', 'unorder', 'write_off')),
    units bigint NOT NULL CHECK (units > 0),
    order_id text COLLATE "C",
    -- The key of the receipt that it belongs to.
    receipt text COLLATE "C",
    at_ms bigint NOT NULL
);
-- From a SKU to its orders.
CREATE INDEX movement_taken ON souk.movement (sku, order_id) WHERE kind IN ('hold', 'sell');
-- From an order to what was put back of it, so that both can be deleted. An order that is placed out
-- of what is there does not write it.
CREATE INDEX movement_back ON souk.movement (order_id)
    WHERE kind IN ('backorder', 'release', 'restock', 'discard', 'unorder');

-- `body` is `json`, not `jsonb`: it is kept exactly as the buyer wrote it. `lines` and
-- `hold_until_ms` (null where its units are not held, or for good) are copies: the engine cannot
-- take apart a text that has the character U+0000 in it. An order in the archive has neither lines
-- nor body here; its number, its key and its fingerprint stay, so that the unique indexes go on
-- making sure that a key is used once, and what it keeps of allowances stays too.
CREATE TABLE souk.orders (
    id text COLLATE "C" PRIMARY KEY,
    key text COLLATE "C" NOT NULL UNIQUE,
    fingerprint text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('awaiting_payment', 'confirmed')),
    placed_at_ms bigint NOT NULL,
    hold_until_ms bigint,
    lines json,
    body json,
    takes json
);

-- What orders have taken of what is limited. `takes` of an order says what it took: it goes back when
-- the order is no longer unpaid; what is `kept` goes back when the order is cancelled or expires. An
-- account without orders has no row. Only orders that are limited lock this table.
CREATE TABLE souk.allowance (
    account text COLLATE "C" PRIMARY KEY,
    taken bigint NOT NULL CHECK (taken > 0)
) WITH (fillfactor = 50);

-- Orders with a ticket of a sale's waiting room, for its usher: a copy, and no account. An order is
-- listed without a number, so that it waits for no other one; `read_session` gives numbers to what it
-- sees for the first time. Only orders with a ticket lock this table.
CREATE TABLE souk.ticket_order (
    session bigint NOT NULL,
    number bigint,
    placed_at_ms bigint NOT NULL,
    rank text COLLATE "C" NOT NULL,
    units bigint NOT NULL CHECK (units > 0)
);
-- Those without a number come last, the newest of them at the end.
CREATE INDEX ticket_order_listed ON souk.ticket_order (session, number, placed_at_ms);

-- Where an order stands, from its first change on; before, `orders` says all there is. The checks
-- are the second promise of the shop: no more goes back than came in.
CREATE TABLE souk.order_state (
    order_id text COLLATE "C" PRIMARY KEY,
    revision bigint NOT NULL CHECK (revision > 0),
    status text COLLATE "C" NOT NULL,
    authorised bigint NOT NULL CHECK (authorised >= 0),
    captured bigint NOT NULL CHECK (captured >= 0),
    refunding bigint NOT NULL CHECK (refunding >= 0),
    refunded bigint NOT NULL CHECK (refunded >= 0),
    disputed bigint NOT NULL CHECK (disputed >= 0),
    body json NOT NULL,
    CHECK (refunding + refunded + disputed <= captured)
) WITH (fillfactor = 70);

-- Orders that are over and were never paid, by their numbers and so by their age.
CREATE INDEX order_state_unpaid ON souk.order_state (order_id)
    WHERE status IN ('expired', 'cancelled') AND captured = 0 AND authorised = 0;

-- The history: appended and never changed. Placing an order is 0 and is the row in `orders`.
CREATE TABLE souk.order_event (
    order_id text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL CHECK (sequence > 0),
    at_ms bigint NOT NULL,
    body json NOT NULL,
    PRIMARY KEY (order_id, sequence)
);

-- The keys of changes, so that the same change is made once.
CREATE TABLE souk.order_change (
    order_id text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    fingerprint text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    PRIMARY KEY (order_id, key)
);

-- The ledger of funds: every row takes from one account what it gives to another.
CREATE TABLE souk.funds_entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    source text COLLATE "C" NOT NULL,
    target text COLLATE "C" NOT NULL CHECK (target <> source),
    amount bigint NOT NULL CHECK (amount > 0),
    currency text COLLATE "C" NOT NULL,
    at_ms bigint NOT NULL
);

-- The outbox: which queue has yet to deliver which event. A claim moves `due_ms` on and counts.
CREATE TABLE souk.message (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue text COLLATE "C" NOT NULL CHECK (queue IN ('back_office', 'payments', 'holds', 'mails')),
    order_id text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    due_ms bigint NOT NULL,
    attempts bigint NOT NULL DEFAULT 0,
    error text,
    dead boolean NOT NULL DEFAULT false
);
CREATE INDEX message_due ON souk.message (queue, due_ms, id) WHERE NOT dead;
-- The next two have no entry of a message that was just placed, so an order does not write them.
-- They are two and not three, so that an order out of a bucket still locks no more than 16 tables
-- and indexes (see `movement`), counted while its messages are written.
CREATE INDEX message_claimed ON souk.message (queue, dead, due_ms) WHERE dead OR attempts > 0;
CREATE INDEX message_of_order ON souk.message (order_id, queue, due_ms, id) WHERE queue = 'payments' OR dead;

-- What was delivered to the back office, so that an event which has no message either shows.
CREATE TABLE souk.delivered (
    order_id text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (order_id, sequence)
);

-- The keys of receipts and of repairs, so that each is booked once; `repair` is what a repair found
-- and did, `by_name` the staff token that asked.
CREATE TABLE souk.receipt (
    key text COLLATE "C" PRIMARY KEY,
    fingerprint text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    at_ms bigint NOT NULL,
    repair json,
    by_name text
);

-- What makes the books agree again, beside the ledger of stock and counted with it. `found` is what
-- became of an account without a movement, `added` is what the repair itself did to it. Signed,
-- because which movements are missing is not known any more; `receipt` is the key, under which the
-- reason is kept. A table of its own, so that placing an order locks no more than before.
CREATE TABLE souk.stock_repair (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('found', 'added')),
    supplied bigint NOT NULL,
    available bigint NOT NULL,
    held bigint NOT NULL,
    sold bigint NOT NULL,
    receipt text COLLATE "C" NOT NULL,
    at_ms bigint NOT NULL,
    CHECK (supplied = available + held + sold)
);

-- Orders that are over and old: everything about one in one row, so that the tables above keep to
-- what is going on, and placing an order need not look here. Funds and movements stay in their
-- ledgers.
CREATE TABLE souk.order_archive (
    order_id text COLLATE "C" PRIMARY KEY,
    lines json NOT NULL,
    body json NOT NULL,
    state json,
    event_moments bigint[] NOT NULL,
    events json[] NOT NULL,
    change_keys text[] NOT NULL,
    change_fingerprints text[] NOT NULL,
    change_revisions bigint[] NOT NULL
);
-- The number of the last order that the walk over the orders looked at.
CREATE TABLE souk.archive_walk (
    is_the_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_one),
    order_id text COLLATE "C" NOT NULL
);
INSERT INTO souk.archive_walk (order_id) VALUES ('');

-- The copy that is put back here, or was: its batches, each once.
CREATE TABLE souk.restoration (
    is_the_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_one),
    backup text COLLATE "C" NOT NULL,
    batch bigint NOT NULL DEFAULT 0,
    finished boolean NOT NULL DEFAULT false
);

-- What the published version says about orders and prices: one row.
CREATE TABLE souk.terms (
    id integer PRIMARY KEY CHECK (id = 1),
    terms text NOT NULL
);
-- The terms of prices that `terms` names by their stamps, two at most, in Base64.
CREATE TABLE souk.price_terms (
    stamp text COLLATE "C" PRIMARY KEY,
    blob text NOT NULL
);

-- What publishes have said that SKUs cost: appended and never changed (`keep_price_ledger`). `prices`
-- has every market of a SKU, as `souk_protocol::origin::OfferPrices`; none where the SKU is no longer
-- sold.
CREATE TABLE souk.price_ledger (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku text COLLATE "C" NOT NULL,
    recorded_ms bigint NOT NULL,
    prices text NOT NULL
);
CREATE INDEX price_ledger_of_sku ON souk.price_ledger (sku, number);

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
