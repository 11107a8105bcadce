-- Placing orders anew: out of buckets where there are some, with the moment until which their units
-- are held, and with messages.
--
-- The signature of `souk.submit` is the one of before with one parameter more. It may be left out:
-- while a new version of the shop takes over, instances of the old one still place orders.
DROP FUNCTION souk.submit(
    text, text, text, text, text, text, text, text, text, text, bigint, bigint);
DROP FUNCTION souk.submit_any(
    text, text, text, text, text, text, text, text, text, text, bigint, bigint);
DROP FUNCTION souk.decide(text[], bigint[], bigint[], text, boolean);
DROP FUNCTION souk.find_order(text);

-- What `souk_domain::decide_lines` says: either `refusal`, or what the lines become. `locking` locks
-- rows to take the units from until the end of the transaction (see `lock_account`), in the order
-- of the SKUs, and decides on what is committed once they are locked; `locked_skus` and the arrays
-- after it say which.
CREATE FUNCTION souk.decide(
    skus text[], quantities bigint[], expected_prices bigint[], expected_currency text,
    locking boolean,
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
            units := units || CASE locked.bucket WHEN 0 THEN offer.available ELSE asked.units END;
        END LOOP;
    ELSE
        SELECT array_agg(found_one.sku), array_agg(found_one), array_agg(found_one.available
            + CASE found_one.buckets WHEN 0 THEN 0 ELSE
                (SELECT coalesce(sum(bucket.available), 0)::bigint
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
        IF sold_out IS NULL AND missing > 0 AND NOT offer.backorder THEN
            sold_out := json_build_object('outcome', 'sold_out', 'sku', offer.sku,
                'available', units[which]);
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

-- The reply to a key that was used before; null when it is new. `now` is where the order stands,
-- if that is no longer where it was placed.
CREATE OR REPLACE FUNCTION souk.existing(asked_key text, asked_fingerprint text)
RETURNS text LANGUAGE plpgsql VOLATILE AS $existing$
BEGIN
    RETURN (
        SELECT CASE
            WHEN orders.fingerprint <> asked_fingerprint
                THEN '{"outcome":"exists_with_different_content"}'
            WHEN standing.status IS NULL THEN '{"outcome":"exists","order":' || standing.body || '}'
            ELSE '{"outcome":"exists","now":"' || standing.status || '","order":' || standing.body
                || '}' END
        FROM souk.orders, LATERAL (
            SELECT coalesce(order_state.status, archived.state ->> 'status') AS status,
                coalesce(orders.body, archived.body) AS body
            FROM (VALUES (orders.id)) AS one (id)
                LEFT JOIN souk.order_state ON order_state.order_id = one.id
                LEFT JOIN souk.order_archive AS archived ON archived.order_id = one.id
        ) AS standing
        WHERE orders.key = asked_key
    );
END $existing$;

-- An order as it is kept and answered. The engine puts it in place of each call.
CREATE FUNCTION souk.order_body(
    id text, token text, status text, moment_ms bigint, hold_until_ms bigint, currency text,
    lines json, shipping bigint, total bigint, details text
) RETURNS json LANGUAGE sql STABLE AS $order_body$
    SELECT CASE WHEN hold_until_ms IS NULL
        THEN json_build_object('id', id, 'token', token, 'status', status,
            'placed_at_ms', moment_ms, 'currency', currency, 'lines', lines,
            'shipping', shipping, 'total', total, 'details', details::json)
        ELSE json_build_object('id', id, 'token', token, 'status', status,
            'placed_at_ms', moment_ms, 'hold_until_ms', hold_until_ms, 'currency', currency,
            'lines', lines, 'shipping', shipping, 'total', total, 'details', details::json)
        END
$order_body$;

-- Places an order of any lines; the reply is a `SubmitReply` of the protocol. Lines come as three
-- arrays in their text form, of one length.
--
-- Why it is strict: the rows that the units are taken from are locked before they are read and
-- decided on, and the locks last until everything is committed. Where an order is refused for want
-- of units, everything that the SKU has was locked, or read in one snapshot. Of two submits with
-- one key the second one waits for the first at an account or at the key's index, and then finds
-- its order.
CREATE FUNCTION souk.submit_any(
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
    decided := souk.decide(skus, quantities, expected_prices, expected_currency, false);
    reply := coalesce(souk.existing(new_key, new_fingerprint), decided.refusal);
    IF reply IS NOT NULL THEN
        RETURN reply;
    END IF;

    decided := souk.decide(skus, quantities, expected_prices, expected_currency, true);
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

-- Places an order in one round trip.
--
-- An order for one SKU, which most are, is written in one statement under the lock of its account
-- or of a bucket; everything else (several lines, backorders, every refusal, every race that was
-- lost) is for `submit_any`.
--
-- Why it is strict: the offer is read and the order made from it without a lock. Where it has no
-- buckets, the `UPDATE` that takes the units waits for the account, looks at it once more as it is
-- then, and takes nothing if anything that the order was made from has changed. Where it has some,
-- it takes them out of one of the generation that was read with the offer. If there is none,
-- nothing is written, and the order is decided anew under locks. An account is locked before the
-- key, as `submit_any` does, so no two orders ever wait for each other.
CREATE FUNCTION souk.submit(
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
            crowd = CASE stock.available WHEN offer.available THEN greatest(stock.crowd - 1, 0)
                ELSE least(stock.crowd + 2, 8) END
        WHERE stock.sku = offer.sku AND stock.buckets = 0
            AND stock.offered AND stock.available >= units
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
