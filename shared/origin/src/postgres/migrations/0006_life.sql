-- What happens to orders after they are placed, and who has to hear of it.
--
-- The ledger gets more kinds of movement, and the receipt that one belongs to. What each kind adds
-- to an account is written here once, for recounting. The old rows are of kinds that stay, so they
-- need not be read again (`NOT VALID`).
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
ALTER TABLE souk.movement ADD COLUMN receipt text COLLATE "C";
ALTER TABLE souk.movement DROP CONSTRAINT movement_kind_check;
ALTER TABLE souk.movement ADD CONSTRAINT movement_kind_check CHECK (kind IN ('supply', 'backorder',
    'hold', 'sell', 'settle', 'release', 'restock', 'discard', 'unorder', 'write_off')) NOT VALID;
-- Nothing looks a movement up by its number, and every order would pay for that index. Without it
-- an order also locks no more than 16 tables and indexes, which is what a session can lock without
-- asking the table of locks that all share.
ALTER TABLE souk.movement DROP CONSTRAINT movement_pkey;

-- Until when the units of an order are held; null where they are not, or for good. Beside `body`,
-- which the engine cannot take apart where a buyer wrote the character U+0000.
ALTER TABLE souk.orders ADD COLUMN hold_until_ms bigint;

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
    body json NOT NULL,
    CHECK (refunding + refunded <= captured)
) WITH (fillfactor = 70);

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

-- The outbox: who has yet to hear of which event. A claim moves `due_ms` on and counts.
CREATE TABLE souk.message (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue text COLLATE "C" NOT NULL CHECK (queue IN ('back_office', 'payments', 'holds')),
    order_id text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    due_ms bigint NOT NULL,
    attempts bigint NOT NULL DEFAULT 0,
    error text,
    dead boolean NOT NULL DEFAULT false
);
CREATE INDEX message_due ON souk.message (queue, due_ms, id) WHERE NOT dead;
-- The next three have no entry of a message that was just placed, so an order does not pay for
-- them.
CREATE INDEX message_dead ON souk.message (queue, id) WHERE dead;
CREATE INDEX message_claimed ON souk.message (queue, due_ms) WHERE attempts > 0 AND NOT dead;
CREATE INDEX message_payment ON souk.message (order_id) WHERE queue = 'payments' AND NOT dead;

-- What the back office has taken in, so that an event that nobody was told of shows.
CREATE TABLE souk.delivered (
    order_id text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (order_id, sequence)
);

INSERT INTO souk.message (queue, order_id, sequence, due_ms)
SELECT 'back_office', outbox.order_id, 0, outbox.at_ms FROM souk.outbox ORDER BY outbox.id;
DROP TABLE souk.outbox;

-- The keys of receipts, so that units that come in are counted once.
CREATE TABLE souk.receipt (
    key text COLLATE "C" PRIMARY KEY,
    fingerprint text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    at_ms bigint NOT NULL
);

-- Orders that are over and old: everything about one in one row, so that the tables above keep to
-- what is going on. What stays in `orders` is the number, the key and its fingerprint, without a
-- body: the unique indexes go on making sure that a key is used once, and placing an order need not
-- look here. Funds and movements stay in their ledgers.
ALTER TABLE souk.orders ALTER COLUMN lines DROP NOT NULL, ALTER COLUMN body DROP NOT NULL;
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
