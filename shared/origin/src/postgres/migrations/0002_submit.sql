-- Placing an order. Every statement of a volatile function sees what is committed when that
-- statement begins (READ COMMITTED); under a stricter default level the engine reports a
-- serialization failure instead, which callers retry.

-- What `souk_domain::decide_lines` says: either `refusal`, or what the lines become.
CREATE FUNCTION souk.decide(
    skus text[], quantities bigint[], expected_prices bigint[], expected_currency text,
    OUT refusal text, OUT currency text, OUT amount numeric, OUT backordered bigint[],
    OUT placed json[]
) LANGUAGE plpgsql VOLATILE AS $decide$
DECLARE
    line record;
    price_changed text;
    sold_out text;
    missing bigint;
BEGIN
    amount := 0;
    FOR line IN
        -- One snapshot for all lines. `wanted` counts the lines up to this one with its SKU.
        SELECT asked.sku, asked.quantity, asked.expected_price, offer.sku IS NOT NULL AS known,
            offer.unit_price, offer.currency, offer.title, offer.slug, offer.backorder,
            offer.available,
            sum(asked.quantity) OVER (PARTITION BY asked.sku ORDER BY asked.position) AS wanted
        FROM unnest(skus, quantities, expected_prices)
            WITH ORDINALITY AS asked (sku, quantity, expected_price, position)
        LEFT JOIN souk.stock AS offer ON offer.sku = asked.sku AND offer.offered
        ORDER BY asked.position
    LOOP
        IF NOT line.known THEN
            refusal := json_build_object('outcome', 'unknown_sku', 'sku', line.sku);
            RETURN;
        END IF;
        IF price_changed IS NULL AND line.expected_price IS NOT NULL
            AND (line.expected_price <> line.unit_price OR expected_currency <> line.currency)
        THEN
            price_changed := json_build_object('outcome', 'price_changed', 'sku', line.sku,
                'unit_price', line.unit_price, 'currency', line.currency);
        END IF;
        IF sold_out IS NULL AND line.wanted > line.available AND NOT line.backorder THEN
            sold_out := json_build_object('outcome', 'sold_out', 'sku', line.sku,
                'available', line.available);
        END IF;
        missing := least(line.quantity, greatest(line.wanted - line.available, 0));
        backordered := array_append(backordered, missing);
        placed := array_append(placed, json_strip_nulls(json_build_object('sku', line.sku,
            'title', line.title, 'slug', nullif(line.slug, ''), 'quantity', line.quantity,
            'unit_price', line.unit_price, 'backordered', missing)));
        currency := coalesce(currency, line.currency);
        -- An amount in two currencies is none.
        amount := CASE currency WHEN line.currency
            THEN amount + line.unit_price::numeric * line.quantity END;
    END LOOP;
    refusal := coalesce(price_changed, sold_out);
END $decide$;

-- The reply to a key that was used before; null when it is new.
CREATE FUNCTION souk.existing(asked_key text, asked_fingerprint text)
RETURNS text LANGUAGE plpgsql VOLATILE AS $existing$
BEGIN
    RETURN (
        SELECT CASE orders.fingerprint
            WHEN asked_fingerprint THEN '{"outcome":"exists","order":' || orders.body || '}'
            ELSE '{"outcome":"exists_with_different_content"}' END
        FROM souk.orders WHERE orders.key = asked_key
    );
END $existing$;

-- Places an order in one round trip; the reply is a `SubmitReply` of the protocol.
--
-- Why it is strict: the accounts of all lines are locked in the order of their SKUs (so that two
-- orders never wait for each other), then read again and decided, and the locks last until
-- everything is committed. Of two submits with one key the second one waits at the key's index
-- and then finds the first one's order.
CREATE FUNCTION souk.submit(
    new_key text, new_fingerprint text, new_id text, new_token text, new_status text,
    asked_lines text, expected_currency text, details text, shipping bigint, moment_ms bigint
) RETURNS text LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $submit$
DECLARE
    skus text[];
    quantities bigint[];
    expected_prices bigint[];
    decided record;
    reply text;
    new_lines json;
    new_body json;
    sells bigint := CASE new_status WHEN 'confirmed' THEN 1 ELSE 0 END;
BEGIN
    SELECT array_agg(line.sku ORDER BY line.position),
        array_agg(line.quantity ORDER BY line.position),
        array_agg(line.expected_price ORDER BY line.position)
    INTO skus, quantities, expected_prices
    FROM ROWS FROM (
        json_to_recordset(asked_lines::json) AS (sku text, quantity bigint, expected_price bigint)
    ) WITH ORDINALITY AS line (sku, quantity, expected_price, position);

    -- What needs no write waits for no lock. The offers are read before the key: a key that is
    -- absent afterwards was absent then, so a refusal is the truth of the moment when the offers
    -- were read. The other way round, a submit whose twin just took the last unit would be told
    -- that it is sold out.
    decided := souk.decide(skus, quantities, expected_prices, expected_currency);
    reply := coalesce(souk.existing(new_key, new_fingerprint), decided.refusal);
    IF reply IS NOT NULL THEN
        RETURN reply;
    END IF;

    PERFORM FROM souk.stock WHERE stock.sku = ANY (skus) ORDER BY stock.sku FOR UPDATE;
    decided := souk.decide(skus, quantities, expected_prices, expected_currency);
    IF decided.refusal IS NOT NULL THEN
        RETURN coalesce(souk.existing(new_key, new_fingerprint), decided.refusal);
    END IF;
    IF decided.amount IS NULL THEN
        RAISE EXCEPTION 'the lines are priced in different currencies'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;

    new_lines := array_to_json(decided.placed);
    new_body := json_build_object('id', new_id, 'token', new_token, 'status', new_status,
        'placed_at_ms', moment_ms, 'currency', decided.currency,
        'lines', new_lines, 'shipping', shipping,
        'total', (decided.amount + shipping)::bigint, 'details', details::json);
    INSERT INTO souk.orders (id, key, fingerprint, status, placed_at_ms, lines, body)
    VALUES (new_id, new_key, new_fingerprint, new_status, moment_ms, new_lines, new_body)
    ON CONFLICT (key) DO NOTHING;
    IF NOT FOUND THEN
        RETURN souk.existing(new_key, new_fingerprint);
    END IF;

    -- Lines with one SKU are summed; units that are not there come in as they are sold.
    UPDATE souk.stock SET
        supplied = stock.supplied + taken.backordered,
        available = stock.available + taken.backordered - taken.quantity,
        sold = stock.sold + taken.quantity * sells,
        held = stock.held + taken.quantity * (1 - sells)
    FROM (
        SELECT line.sku, sum(line.quantity)::bigint AS quantity,
            sum(line.backordered)::bigint AS backordered
        FROM unnest(skus, quantities, decided.backordered) AS line (sku, quantity, backordered)
        GROUP BY line.sku
    ) AS taken
    WHERE stock.sku = taken.sku;

    INSERT INTO souk.movement (sku, kind, units, order_id, at_ms)
    SELECT line.sku, change.kind, change.units, new_id, moment_ms
    FROM unnest(skus, quantities, decided.backordered) AS line (sku, quantity, backordered),
        LATERAL (VALUES
            ('backorder', line.backordered),
            (CASE sells WHEN 1 THEN 'sell' ELSE 'hold' END, line.quantity)
        ) AS change (kind, units)
    WHERE change.units > 0;

    INSERT INTO souk.outbox (order_id, kind, at_ms) VALUES (new_id, 'placed', moment_ms);
    RETURN '{"outcome":"accepted","order":' || new_body || '}';
END $submit$;

-- The order with this number, as a `StoredOrder` of the protocol; null when there is none.
CREATE FUNCTION souk.find_order(asked_id text)
RETURNS text LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $find_order$
BEGIN
    RETURN (SELECT orders.body::text FROM souk.orders WHERE orders.id = asked_id);
END $find_order$;
