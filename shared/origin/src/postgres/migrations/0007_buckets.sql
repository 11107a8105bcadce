-- Buckets: the units of a SKU that everybody wants at the same moment, spread over several rows, so
-- that orders for it do not queue for the lock of one.
--
-- Each row is an account of its own that adds up; the account of the SKU is the sum of its row in
-- `stock` and of its buckets. An order takes its units out of one bucket that nobody else has
-- locked at that moment, whichever that is.
--
-- Nobody has to know which SKU will be hot. An order that finds the account changed between its
-- first look and its lock leaves a trace there (`crowd`), which orders that meet nobody wear off
-- again. Enough of it, and the order that has the lock splits the account. Who finds every bucket
-- locked, or too small for its units, locks them all, gathers what they have into the one row and
-- decides on the exact sum; what is left is split again if it is worth it, over twice as many
-- buckets if it was the locks that were in the way. The order that finds its bucket as it was a
-- minute ago puts the buckets away, if it can lock all of them without waiting for anybody.
--
-- A bucket never sells its last unit, and the row in `stock` keeps one too (both are `CHECK`ed):
-- the last units of a SKU are sold once they are gathered. So a SKU that has buckets is not sold
-- out, whoever looks at whichever row, and who takes the last unit knows that it is the last.
--
-- What an offer says (its price, its titles) is kept in `stock` only. It changes only while there
-- are no buckets, and every split gives its buckets a new number (`generation`). So whoever has
-- locked a bucket of the generation that it read with the offer has read the offer as it is.
--
-- Why nobody waits in a circle: locks are waited for in one order. First the order that is changed;
-- then, SKU by SKU in their order, the row in `stock`, and with that the buckets in the order of
-- their numbers; last the keys of what is new. Who takes units out of a bucket without the row in
-- `stock` has no other row of that SKU, and asks for none afterwards.
ALTER TABLE souk.stock
    ADD COLUMN buckets bigint NOT NULL DEFAULT 0,
    ADD COLUMN generation bigint NOT NULL DEFAULT 0,
    ADD COLUMN crowd bigint NOT NULL DEFAULT 0,
    ADD COLUMN buckets_next bigint NOT NULL DEFAULT 32,
    ADD CONSTRAINT stock_split_check CHECK (buckets = 0 OR available > 0);

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
    -- How long nobody had touched it when somebody last did.
    idle_ms bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (sku, number),
    CHECK (supplied = available + held + sold)
) WITH (fillfactor = 10);

-- Locks a bucket that nobody is at, beginning anywhere, from which so much can be taken. Null where
-- there is none.
--
-- Who is at a bucket says so by an advisory lock until its transaction ends, and only who got that
-- one without waiting goes for the row. A row that is locked and then found to have too little would
-- stay locked (`SKIP LOCKED` leaves such rows behind too), and whoever then waits for the row in
-- `stock` would be in the way of the one who has it and waits for all buckets.
CREATE FUNCTION souk.lock_bucket(
    account souk.stock, taken bigint, taken_of_held bigint, taken_of_sold bigint
) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $lock_bucket$
DECLARE
    name integer := hashtext(account.sku);
    number_asked integer := floor(random() * account.buckets);
BEGIN
    FOR step IN 1 .. account.buckets LOOP
        number_asked := 1 + number_asked % account.buckets;
        CONTINUE WHEN NOT pg_try_advisory_xact_lock(name, number_asked);
        PERFORM FROM souk.bucket
        WHERE bucket.sku = account.sku AND bucket.number = number_asked
            AND bucket.generation = account.generation AND bucket.available > taken
            AND bucket.held >= taken_of_held AND bucket.sold >= taken_of_sold
        FOR NO KEY UPDATE;
        IF FOUND THEN
            RETURN number_asked;
        END IF;
    END LOOP;
    RETURN NULL;
END $lock_bucket$;

-- Puts everything that the buckets have into the row in `stock`, which the caller has locked.
CREATE FUNCTION souk.gather(asked_sku text, taken bigint)
RETURNS souk.stock LANGUAGE plpgsql VOLATILE AS $gather$
DECLARE
    gathered souk.stock;
BEGIN
    PERFORM FROM souk.bucket WHERE bucket.sku = asked_sku ORDER BY bucket.number FOR UPDATE;
    WITH emptied AS (
        DELETE FROM souk.bucket WHERE bucket.sku = asked_sku RETURNING bucket.*
    ), total AS (
        SELECT sum(emptied.supplied)::bigint AS supplied,
            sum(emptied.available)::bigint AS available,
            sum(emptied.held)::bigint AS held, sum(emptied.sold)::bigint AS sold,
            bool_or(emptied.available > taken) AS was_locked
        FROM emptied
    )
    UPDATE souk.stock SET
        supplied = stock.supplied + total.supplied, available = stock.available + total.available,
        held = stock.held + total.held, sold = stock.sold + total.sold,
        buckets = 0, crowd = 8,
        buckets_next = CASE WHEN total.was_locked THEN least(stock.buckets * 2, 128)
            ELSE stock.buckets_next END
    FROM total WHERE stock.sku = asked_sku
    RETURNING stock.* INTO gathered;
    RETURN gathered;
END $gather$;

-- Splits an account, which the caller has locked, if each bucket gets at least eight units.
CREATE FUNCTION souk.split(asked_sku text, moment_ms bigint)
RETURNS void LANGUAGE plpgsql VOLATILE AS $split$
DECLARE
    account souk.stock;
    parts bigint;
    share bigint;
BEGIN
    SELECT stock.* INTO account FROM souk.stock WHERE stock.sku = asked_sku;
    parts := least(account.buckets_next, account.available / 8 - 1);
    IF account.buckets > 0 OR parts < 4 THEN
        RETURN;
    END IF;
    share := account.available / (parts + 1);
    UPDATE souk.stock SET supplied = stock.supplied - parts * share,
        available = stock.available - parts * share, buckets = parts,
        generation = stock.generation + 1, crowd = 0
    WHERE stock.sku = asked_sku;
    INSERT INTO souk.bucket
        (sku, number, generation, supplied, available, held, sold, touched_ms)
    SELECT asked_sku, part.number, account.generation + 1, share, share, 0, 0, moment_ms
    FROM generate_series(1, parts) AS part (number);
END $split$;

-- Puts buckets away that are not needed any more. Never waits: whoever else is at work on this SKU
-- at this moment needs them.
CREATE FUNCTION souk.cool(asked_sku text)
RETURNS void LANGUAGE plpgsql VOLATILE AS $cool$
DECLARE
    account souk.stock;
BEGIN
    SELECT stock.* INTO account FROM souk.stock
    WHERE stock.sku = asked_sku FOR UPDATE SKIP LOCKED;
    IF account.buckets > 0 AND account.buckets = (
        SELECT count(*) FROM (
            SELECT FROM souk.bucket WHERE bucket.sku = asked_sku FOR UPDATE SKIP LOCKED
        ) AS locked
    ) THEN
        PERFORM souk.gather(asked_sku, 0);
        UPDATE souk.stock SET crowd = 0, buckets_next = 32 WHERE stock.sku = asked_sku;
    END IF;
END $cool$;

-- Locks a row from which so much can be taken: a bucket, or (0) the one in `stock`. That one has
-- everything then if units are to be taken, whether there are enough or not. `crowded`: somebody
-- else was there between the first look and the lock.
CREATE FUNCTION souk.lock_account(
    asked_sku text, taken bigint, taken_of_held bigint, taken_of_sold bigint,
    OUT account souk.stock, OUT bucket bigint, OUT crowded boolean
) LANGUAGE plpgsql VOLATILE AS $lock_account$
DECLARE
    before bigint;
BEGIN
    SELECT stock.* INTO account FROM souk.stock WHERE stock.sku = asked_sku;
    crowded := false;
    IF account.buckets > 0 THEN
        bucket := souk.lock_bucket(account, taken, taken_of_held, taken_of_sold);
        IF bucket IS NOT NULL THEN
            RETURN;
        END IF;
    END IF;
    before := account.available;
    bucket := 0;
    SELECT stock.* INTO account FROM souk.stock WHERE stock.sku = asked_sku FOR UPDATE;
    crowded := before <> account.available;
    IF account.buckets > 0 THEN
        IF EXISTS (SELECT FROM souk.bucket WHERE bucket.sku = asked_sku
            AND bucket.available > taken AND bucket.held >= taken_of_held
            AND bucket.sold >= taken_of_sold)
        THEN
            bucket := coalesce(souk.lock_bucket(account, taken, taken_of_held, taken_of_sold), 0);
        END IF;
        IF bucket = 0 AND (taken > 0 OR account.held < taken_of_held
            OR account.sold < taken_of_sold)
        THEN
            account := souk.gather(asked_sku, taken);
        END IF;
    END IF;
END $lock_account$;

-- Writes what is added to rows that `lock_account` has locked; true where a SKU that cannot be
-- ordered without stock has none now. Arrays of one length, each SKU once.
CREATE FUNCTION souk.add_to_accounts(
    skus text[], numbers bigint[], was_crowded boolean[], added_supplied bigint[],
    added_available bigint[], added_held bigint[], added_sold bigint[], moment_ms bigint
) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $add_to_accounts$
DECLARE
    exhausted boolean;
    crowded_skus text[];
BEGIN
    WITH added AS (
        SELECT * FROM unnest(skus, numbers, was_crowded, added_supplied, added_available,
            added_held, added_sold)
            AS one (sku, number, crowded, supplied, available, held, sold)
    ), spread AS (
        UPDATE souk.bucket SET supplied = bucket.supplied + added.supplied,
            available = bucket.available + added.available, held = bucket.held + added.held,
            sold = bucket.sold + added.sold, touched_ms = moment_ms,
            idle_ms = moment_ms - bucket.touched_ms
        FROM added WHERE bucket.sku = added.sku AND bucket.number = added.number
    ), whole AS (
        UPDATE souk.stock SET supplied = stock.supplied + added.supplied,
            available = stock.available + added.available, held = stock.held + added.held,
            sold = stock.sold + added.sold,
            crowd = CASE WHEN added.crowded THEN least(stock.crowd + 2, 8)
                ELSE greatest(stock.crowd - 1, 0) END
        FROM added WHERE stock.sku = added.sku AND added.number = 0
        RETURNING stock.sku, stock.available, stock.backorder, stock.crowd
    )
    SELECT bool_or(whole.available = 0 AND NOT whole.backorder),
        array_agg(whole.sku) FILTER (WHERE whole.crowd >= 7 AND whole.available >= 40)
    INTO exhausted, crowded_skus FROM whole;
    IF crowded_skus IS NOT NULL THEN
        PERFORM souk.split(crowded.sku, moment_ms) FROM unnest(crowded_skus) AS crowded (sku);
    END IF;
    RETURN coalesce(exhausted, false);
END $add_to_accounts$;
