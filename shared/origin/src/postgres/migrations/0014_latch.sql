-- Sold-out latches: for a while no order with the SKU is accepted, whatever comes back, so that
-- edges may refuse such orders by themselves.
--
-- `latched_until_ms` is until when; 0 once an order with the SKU was accepted since. So as long as
-- it is not 0, the SKU has no key that it did not have when the latch got its number.
--
-- Everything that accepts an order looks at it under the lock of the row in `stock`, or has locked a
-- bucket. A SKU that has buckets is not latched (`CHECK`): a latch is set where there are none, and
-- an account that is latched is not split. So who finds a bucket of the generation that it read with
-- the offer knows that no latch was set in between.
--
-- Columns with a constant default are added without writing the table anew, and none of them is in
-- an index, so a sale stays a heap-only update.
ALTER TABLE souk.stock
    ADD COLUMN latched_until_ms bigint NOT NULL DEFAULT 0,
    ADD COLUMN latch_number bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT stock_latched_check CHECK (buckets = 0 OR latched_until_ms = 0) NOT VALID;

-- From a SKU to its orders. In return two indexes of messages, which an order has no entry in, become
-- one: so an order out of a bucket still locks no more than 16 tables and indexes (see `movement`),
-- counted while its messages are written.
CREATE INDEX movement_taken ON souk.movement (sku, order_id) WHERE kind IN ('hold', 'sell');
DROP INDEX souk.message_dead, souk.message_claimed;
CREATE INDEX message_claimed ON souk.message (queue, dead, due_ms) WHERE dead OR attempts > 0;

-- Splits an account, which the caller has locked, if each bucket gets at least eight units and no
-- latch is on it.
CREATE OR REPLACE FUNCTION souk.split(asked_sku text, moment_ms bigint)
RETURNS void LANGUAGE plpgsql VOLATILE AS $split$
DECLARE
    account souk.stock;
    parts bigint;
    share bigint;
BEGIN
    SELECT stock.* INTO account FROM souk.stock WHERE stock.sku = asked_sku;
    parts := least(account.buckets_next, account.available / 8 - 1);
    IF account.buckets > 0 OR parts < 4 OR account.latched_until_ms > moment_ms THEN
        RETURN;
    END IF;
    share := account.available / (parts + 1);
    UPDATE souk.stock SET supplied = stock.supplied - parts * share,
        available = stock.available - parts * share, buckets = parts,
        generation = stock.generation + 1, crowd = 0,
        latched_until_ms = 0
    WHERE stock.sku = asked_sku;
    INSERT INTO souk.bucket
        (sku, number, generation, supplied, available, held, sold, touched_ms)
    SELECT asked_sku, part.number, account.generation + 1, share, share, 0, 0, moment_ms
    FROM generate_series(1, parts) AS part (number);
END $split$;

-- What `souk_domain::decide_lines` says, as before; a SKU that is latched at the moment has no units
-- and may not be ordered without any.
DROP FUNCTION souk.decide(text[], bigint[], bigint[], text, boolean);
CREATE FUNCTION souk.decide(
    skus text[], quantities bigint[], expected_prices bigint[], expected_currency text,
    locking boolean, moment_ms bigint,
    OUT refusal text, OUT currency text, OUT amount numeric, OUT backordered bigint[],
    OUT placed json[], OUT locked_skus text[], OUT locked_numbers bigint[],
    OUT were_crowded boolean[]
) LANGUAGE plpgsql VOLATILE AS $decide$
DECLARE
    accounts souk.stock[];
    units bigint[];
    units_left bigint[];
    asked record;
    locked record;
    offer souk.stock;
    which integer;
    price_changed text;
    sold_out text;
    missing bigint;
    is_latched boolean;
BEGIN
    IF locking THEN
        FOR asked IN
            SELECT line.sku COLLATE "C" AS sku, sum(line.quantity)::bigint AS units
            FROM unnest(skus, quantities) AS line (sku, quantity)
            GROUP BY 1 ORDER BY 1
        LOOP
            locked := souk.lock_account(asked.sku, asked.units, 0, 0);
            offer := locked.account;
            locked_skus := locked_skus || asked.sku;
            locked_numbers := locked_numbers || locked.bucket;
            were_crowded := were_crowded || locked.crowded;
            accounts := accounts || offer;
            -- A bucket that is locked has more than enough.
            units := units || CASE WHEN locked.bucket > 0 THEN asked.units
                WHEN offer.latched_until_ms > moment_ms THEN 0 ELSE offer.available END;
        END LOOP;
    ELSE
        SELECT array_agg(found_one.sku), array_agg(found_one),
            array_agg(CASE WHEN found_one.latched_until_ms > moment_ms THEN 0
                WHEN found_one.buckets = 0 THEN found_one.available
                ELSE found_one.available + (SELECT coalesce(sum(bucket.available), 0)::bigint
                    FROM souk.bucket WHERE bucket.sku = found_one.sku) END)
        INTO locked_skus, accounts, units
        FROM souk.stock AS found_one WHERE found_one.sku = ANY (skus);
    END IF;
    units_left := units;
    amount := 0;
    FOR line IN 1 .. cardinality(skus) LOOP
        which := array_position(locked_skus, skus[line]);
        offer := accounts[which];
        IF offer.offered IS NOT TRUE THEN
            refusal := json_build_object('outcome', 'unknown_sku', 'sku', skus[line]);
            RETURN;
        END IF;
        IF price_changed IS NULL AND expected_prices[line] IS NOT NULL
            AND (expected_prices[line] <> offer.unit_price OR expected_currency <> offer.currency)
        THEN
            price_changed := json_build_object('outcome', 'price_changed', 'sku', offer.sku,
                'unit_price', offer.unit_price, 'currency', offer.currency);
        END IF;
        -- Lines with one SKU share its units.
        missing := greatest(quantities[line] - units_left[which], 0);
        is_latched := offer.latched_until_ms > moment_ms;
        IF sold_out IS NULL AND missing > 0 AND (is_latched OR NOT offer.backorder) THEN
            sold_out := json_strip_nulls(json_build_object('outcome', 'sold_out',
                'sku', offer.sku, 'available', units[which],
                'latched_until_ms', CASE WHEN is_latched THEN offer.latched_until_ms END));
        END IF;
        units_left[which] := units_left[which] + missing - quantities[line];
        CONTINUE WHEN NOT locking;
        backordered[line] := missing;
        placed[line] := json_strip_nulls(json_build_object('sku', offer.sku,
            'title', offer.title, 'slug', nullif(offer.slug, ''), 'quantity', quantities[line],
            'unit_price', offer.unit_price, 'backordered', missing));
        currency := coalesce(currency, offer.currency);
        -- An amount in two currencies is none.
        amount := CASE currency WHEN offer.currency
            THEN amount + offer.unit_price::numeric * quantities[line] END;
    END LOOP;
    refusal := coalesce(price_changed, sold_out);
END $decide$;

-- As before; an order that is accepted ends the latches of its SKUs.
CREATE OR REPLACE FUNCTION souk.submit_any(
    new_key text, new_fingerprint text, new_id text, new_token text, new_status text,
    asked_skus text, asked_quantities text, asked_prices text, expected_currency text,
    details text, shipping bigint, moment_ms bigint, hold_until_ms bigint
) RETURNS text LANGUAGE plpgsql VOLATILE AS $submit_any$
DECLARE
    skus text[] := asked_skus::text[];
    quantities bigint[] := asked_quantities::bigint[];
    expected_prices bigint[] := asked_prices::bigint[];
    decided record;
    reply text;
    new_lines json;
    new_body json;
    exhausted boolean;
    sells bigint := CASE new_status WHEN 'confirmed' THEN 1 ELSE 0 END;
BEGIN
    -- What needs no write waits for no lock. The offers are read before the key: a key that is
    -- absent afterwards was absent then, so a refusal is the truth of the moment when the offers
    -- were read. The other way round, a submit whose twin just took the last unit would be told
    -- that it is sold out.
    decided := souk.decide(skus, quantities, expected_prices, expected_currency, false,
        moment_ms);
    reply := coalesce(souk.existing(new_key, new_fingerprint), decided.refusal);
    IF reply IS NOT NULL THEN
        RETURN reply;
    END IF;

    decided := souk.decide(skus, quantities, expected_prices, expected_currency, true,
        moment_ms);
    IF decided.refusal IS NOT NULL THEN
        RETURN coalesce(souk.existing(new_key, new_fingerprint), decided.refusal);
    END IF;
    IF decided.amount IS NULL THEN
        RAISE EXCEPTION 'the lines are priced in different currencies'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;

    new_lines := array_to_json(decided.placed);
    new_body := souk.order_body(new_id, new_token, new_status, moment_ms, hold_until_ms,
        decided.currency, new_lines, shipping, (decided.amount + shipping)::bigint, details);
    INSERT INTO souk.orders
        (id, key, fingerprint, status, placed_at_ms, hold_until_ms, lines, body)
    VALUES (new_id, new_key, new_fingerprint, new_status, moment_ms, submit_any.hold_until_ms,
        new_lines, new_body)
    ON CONFLICT (key) DO NOTHING;
    IF NOT FOUND THEN
        RETURN souk.existing(new_key, new_fingerprint);
    END IF;

    UPDATE souk.stock SET latched_until_ms = 0
    WHERE stock.sku = ANY (decided.locked_skus) AND stock.latched_until_ms <> 0;
    -- Lines with one SKU are summed; units that are not there come in as they are sold.
    SELECT souk.add_to_accounts(array_agg(locked.sku), array_agg(locked.number),
        array_agg(locked.crowded), array_agg(taken.backordered),
        array_agg(taken.backordered - taken.quantity), array_agg(taken.quantity * (1 - sells)),
        array_agg(taken.quantity * sells), moment_ms)
    INTO exhausted
    FROM (
        SELECT line.sku, sum(line.quantity)::bigint AS quantity,
            sum(line.backordered)::bigint AS backordered
        FROM unnest(skus, quantities, decided.backordered) AS line (sku, quantity, backordered)
        GROUP BY line.sku
    ) AS taken
        JOIN unnest(decided.locked_skus, decided.locked_numbers, decided.were_crowded)
            AS locked (sku, number, crowded) ON locked.sku = taken.sku;

    INSERT INTO souk.movement (sku, kind, units, order_id, at_ms)
    SELECT line.sku, change.kind, change.units, new_id, moment_ms
    FROM unnest(skus, quantities, decided.backordered) AS line (sku, quantity, backordered),
        LATERAL (VALUES
            ('backorder', line.backordered),
            (CASE sells WHEN 1 THEN 'sell' ELSE 'hold' END, line.quantity)
        ) AS change (kind, units)
    WHERE change.units > 0;

    INSERT INTO souk.message (queue, order_id, sequence, due_ms)
    SELECT told.queue, new_id, 0, told.due_ms
    FROM (VALUES ('back_office', moment_ms), ('holds', submit_any.hold_until_ms))
        AS told (queue, due_ms)
    WHERE told.due_ms IS NOT NULL;
    RETURN '{"outcome":"accepted","exhausted":' || exhausted || ',"order":' || new_body || '}';
END $submit_any$;

-- As before, for a SKU without a latch: the `UPDATE` that takes the units looks at that once more.
CREATE OR REPLACE FUNCTION souk.submit(
    new_key text, new_fingerprint text, new_id text, new_token text, new_status text,
    asked_skus text, asked_quantities text, asked_prices text, expected_currency text,
    details text, shipping bigint, moment_ms bigint, hold_until_ms bigint DEFAULT NULL
) RETURNS text LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $submit$
DECLARE
    skus text[] := asked_skus::text[];
    units bigint;
    expected_price bigint;
    offer souk.stock;
    number_asked integer;
    new_lines json;
    new_body json;
    sells bigint := CASE new_status WHEN 'confirmed' THEN 1 ELSE 0 END;
    -- A bucket's number, or 0 for the row in `stock`; null where nothing was taken.
    taken_from bigint;
    idle boolean;
    emptied boolean;
    crowded boolean;
    placed boolean;
BEGIN
    IF cardinality(skus) = 1 THEN
        SELECT stock.* INTO offer FROM souk.stock WHERE stock.sku = skus[1];
        units := (asked_quantities::bigint[])[1];
        expected_price := (asked_prices::bigint[])[1];
    END IF;
    -- Null, which is not true, where there is no such offer or no price is expected.
    IF offer.offered IS NOT TRUE OR (offer.buckets = 0 AND offer.available < units)
        OR offer.latched_until_ms > moment_ms
        OR expected_price <> offer.unit_price
        OR (expected_price IS NOT NULL AND expected_currency <> offer.currency)
        OR EXISTS (SELECT FROM souk.orders WHERE orders.key = new_key)
    THEN
        RETURN souk.submit_any(new_key, new_fingerprint, new_id, new_token, new_status,
            asked_skus, asked_quantities, asked_prices, expected_currency, details, shipping,
            moment_ms, hold_until_ms);
    END IF;

    new_lines := json_build_array(CASE offer.slug
        WHEN '' THEN json_build_object('sku', offer.sku, 'title', offer.title,
            'quantity', units, 'unit_price', offer.unit_price, 'backordered', 0)
        ELSE json_build_object('sku', offer.sku, 'title', offer.title, 'slug', offer.slug,
            'quantity', units, 'unit_price', offer.unit_price, 'backordered', 0)
        END);
    new_body := souk.order_body(new_id, new_token, new_status, moment_ms, hold_until_ms,
        offer.currency, new_lines, shipping,
        (offer.unit_price::numeric * units + shipping)::bigint, details);

    IF offer.buckets = 0 THEN
        UPDATE souk.stock SET
            available = stock.available - units,
            sold = stock.sold + units * sells,
            held = stock.held + units * (1 - sells),
            latched_until_ms = 0,
            crowd = CASE stock.available WHEN offer.available THEN greatest(stock.crowd - 1, 0)
                ELSE least(stock.crowd + 2, 8) END
        WHERE stock.sku = offer.sku AND stock.buckets = 0
            AND stock.offered AND stock.available >= units
            AND stock.latched_until_ms <= moment_ms
            AND stock.unit_price = offer.unit_price AND stock.currency = offer.currency
            AND stock.title = offer.title AND stock.slug = offer.slug
        RETURNING 0, false, stock.available = 0 AND NOT stock.backorder,
            stock.crowd >= 7 AND stock.available >= 40
        INTO taken_from, idle, emptied, crowded;
    ELSE
        -- The first bucket from any one on that nobody is at; about the lock see `lock_bucket`.
        number_asked := floor(random() * offer.buckets);
        FOR step IN 1 .. offer.buckets LOOP
            number_asked := 1 + number_asked % offer.buckets;
            CONTINUE WHEN NOT pg_try_advisory_xact_lock(hashtext(offer.sku), number_asked);
            UPDATE souk.bucket SET
                available = bucket.available - units,
                sold = bucket.sold + units * sells,
                held = bucket.held + units * (1 - sells),
                touched_ms = moment_ms, idle_ms = moment_ms - bucket.touched_ms
            WHERE bucket.sku = offer.sku AND bucket.number = number_asked
                AND bucket.generation = offer.generation AND bucket.available > units
            RETURNING bucket.number, bucket.idle_ms > 60000, false, false
            INTO taken_from, idle, emptied, crowded;
            EXIT WHEN FOUND;
        END LOOP;
    END IF;

    IF taken_from IS NOT NULL THEN
        WITH accepted AS (
            INSERT INTO souk.orders
                (id, key, fingerprint, status, placed_at_ms, hold_until_ms, lines, body)
            VALUES (new_id, new_key, new_fingerprint, new_status, moment_ms, submit.hold_until_ms,
                new_lines, new_body)
            ON CONFLICT (key) DO NOTHING
            RETURNING orders.id
        ), moved AS (
            INSERT INTO souk.movement (sku, kind, units, order_id, at_ms)
            SELECT offer.sku, CASE sells WHEN 1 THEN 'sell' ELSE 'hold' END, units, accepted.id,
                moment_ms
            FROM accepted
        ), told AS (
            INSERT INTO souk.message (queue, order_id, sequence, due_ms)
            SELECT 'back_office', accepted.id, 0, moment_ms FROM accepted
            UNION ALL
            SELECT 'holds', accepted.id, 0, submit.hold_until_ms FROM accepted
            WHERE submit.hold_until_ms IS NOT NULL
        )
        SELECT EXISTS (SELECT FROM accepted) INTO placed;
    END IF;

    IF placed THEN
        IF crowded THEN
            PERFORM souk.split(offer.sku, moment_ms);
        ELSIF idle THEN
            PERFORM souk.cool(offer.sku);
        END IF;
        RETURN '{"outcome":"accepted","exhausted":' || emptied || ',"order":' || new_body
            || '}';
    END IF;
    IF NOT placed THEN
        -- A twin was quicker to the key: the units go back before anybody sees them gone.
        PERFORM souk.add_to_accounts(ARRAY[offer.sku], ARRAY[taken_from], ARRAY[false], '{0}',
            ARRAY[units], ARRAY[-units * (1 - sells)], ARRAY[-units * sells], moment_ms);
    END IF;
    RETURN souk.submit_any(new_key, new_fingerprint, new_id, new_token, new_status, asked_skus,
        asked_quantities, asked_prices, expected_currency, details, shipping, moment_ms,
        hold_until_ms);
END $submit$;

-- Sets a latch on a SKU that is sold out, or makes the one that is there last longer: its number,
-- and the keys of all orders with the SKU unless the caller has those of that number. Null where the
-- SKU gets none.
--
-- Why the keys are complete: whoever takes units of a SKU without buckets holds the lock of its row
-- until the order is committed, and buckets go only when all who took from them have committed. The
-- keys are read by a statement that begins after this one has the lock.
CREATE FUNCTION souk.latch(asked_sku text, until_ms bigint, known bigint, keys_max bigint)
RETURNS text LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $latch$
DECLARE
    account souk.stock;
    new_number bigint;
    found_keys json;
    found_count bigint;
BEGIN
    SELECT stock.* INTO account FROM souk.stock
    WHERE stock.sku = asked_sku AND stock.available = 0 AND stock.offered
        AND NOT stock.backorder
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    -- A moment, so that it is not used again after a database was restored.
    new_number := CASE account.latched_until_ms
        WHEN 0 THEN greatest(until_ms, account.latch_number + 1) ELSE account.latch_number END;
    IF account.latched_until_ms = 0 OR known <> new_number THEN
        SELECT coalesce(json_agg(orders.key), '[]'), count(*) INTO found_keys, found_count
        FROM (
            SELECT DISTINCT movement.order_id FROM souk.movement
            WHERE movement.sku = asked_sku AND movement.kind IN ('hold', 'sell')
            LIMIT keys_max + 1
        ) AS taken JOIN souk.orders ON orders.id = taken.order_id;
        IF found_count > keys_max THEN
            RETURN NULL;
        END IF;
    END IF;
    UPDATE souk.stock SET latched_until_ms = greatest(stock.latched_until_ms, until_ms),
        latch_number = new_number
    WHERE stock.sku = asked_sku;
    RETURN json_build_object('number', new_number, 'keys', found_keys);
END $latch$;
