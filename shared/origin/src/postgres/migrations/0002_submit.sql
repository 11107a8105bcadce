-- Placing an order. Every statement of a volatile function sees what is committed when that
-- statement begins (READ COMMITTED); under a stricter default level the engine reports a
-- serialization failure instead, which callers retry.
--
-- About plans: a generic plan is made once for each session. The engine would otherwise plan
-- again at every call, which costs more than the work itself. It is always one over indexes: a
-- session that planned when the shop was empty must not read whole tables once it is not.

-- What `souk_domain::decide_lines` says: either `refusal`, or what the lines become. `locking`
-- locks the accounts until the end of the transaction, in the order of their SKUs (so that two
-- orders never wait for each other), and reads what is committed once they are locked.
CREATE FUNCTION souk.decide(
    skus text[], quantities bigint[], expected_prices bigint[], expected_currency text,
    locking boolean,
    OUT refusal text, OUT currency text, OUT amount numeric, OUT backordered bigint[],
    OUT placed json[]
) LANGUAGE plpgsql VOLATILE AS $decide$
DECLARE
    known_skus text[];
    accounts souk.stock[];
    units_left bigint[];
    offer souk.stock;
    which integer;
    price_changed text;
    sold_out text;
    missing bigint;
BEGIN
    IF locking THEN
        SELECT array_agg(found_one.sku), array_agg(found_one), array_agg(found_one.available)
        INTO known_skus, accounts, units_left
        FROM (
            SELECT stock.* FROM souk.stock WHERE stock.sku = ANY (skus)
            ORDER BY stock.sku FOR UPDATE
        ) AS found_one;
    ELSE
        SELECT array_agg(found_one.sku), array_agg(found_one), array_agg(found_one.available)
        INTO known_skus, accounts, units_left
        FROM souk.stock AS found_one WHERE found_one.sku = ANY (skus);
    END IF;
    amount := 0;
    FOR line IN 1 .. cardinality(skus) LOOP
        which := array_position(known_skus, skus[line]);
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
                'available', offer.available);
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

-- Places an order in one round trip; the reply is a `SubmitReply` of the protocol. Lines come as
-- three arrays in their text form, of one length.
--
-- Why it is strict: the accounts of all lines are locked before they are read and decided on, and
-- the locks last until everything is committed. Of two submits with one key the second one waits
-- for the first at the accounts or at the key's index, and then finds its order.
CREATE FUNCTION souk.submit(
    new_key text, new_fingerprint text, new_id text, new_token text, new_status text,
    asked_skus text, asked_quantities text, asked_prices text, expected_currency text,
    details text, shipping bigint, moment_ms bigint
) RETURNS text LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $submit$
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
    new_body := json_build_object('id', new_id, 'token', new_token, 'status', new_status,
        'placed_at_ms', moment_ms, 'currency', decided.currency, 'lines', new_lines,
        'shipping', shipping, 'total', (decided.amount + shipping)::bigint,
        'details', details::json);
    INSERT INTO souk.orders (id, key, fingerprint, status, placed_at_ms, lines, body)
    VALUES (new_id, new_key, new_fingerprint, new_status, moment_ms, new_lines, new_body)
    ON CONFLICT (key) DO NOTHING;
    IF NOT FOUND THEN
        RETURN souk.existing(new_key, new_fingerprint);
    END IF;

    -- Lines with one SKU are summed; units that are not there come in as they are sold.
    WITH account AS (
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
        WHERE stock.sku = taken.sku
        RETURNING stock.available = 0 AND NOT stock.backorder AS emptied
    )
    SELECT bool_or(account.emptied) INTO exhausted FROM account;

    INSERT INTO souk.movement (sku, kind, units, order_id, at_ms)
    SELECT line.sku, change.kind, change.units, new_id, moment_ms
    FROM unnest(skus, quantities, decided.backordered) AS line (sku, quantity, backordered),
        LATERAL (VALUES
            ('backorder', line.backordered),
            (CASE sells WHEN 1 THEN 'sell' ELSE 'hold' END, line.quantity)
        ) AS change (kind, units)
    WHERE change.units > 0;

    INSERT INTO souk.outbox (order_id, kind, at_ms) VALUES (new_id, 'placed', moment_ms);
    RETURN '{"outcome":"accepted","exhausted":' || exhausted || ',"order":' || new_body || '}';
END $submit$;

-- The order with this number, as a `StoredOrder` of the protocol; null when there is none.
CREATE FUNCTION souk.find_order(asked_id text)
RETURNS text LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $find_order$
BEGIN
    RETURN (SELECT orders.body::text FROM souk.orders WHERE orders.id = asked_id);
END $find_order$;
