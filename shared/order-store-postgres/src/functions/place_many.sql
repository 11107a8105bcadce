-- Places several orders in one round trip and one transaction, each for one SKU and as it was
-- decided. Gives an outcome for each, in their order, as `souk.place` would; an order that comes
-- without a text is not decided yet and is only looked at. Where none has a ticket there are no tickets. Where an outcome is `facts`, nothing was
-- written for the order: it is decided on them and sent by itself. So is one without an outcome: of
-- twins in a group only the first one is dealt with.
--
-- Orders for one SKU take their units together, out of one row, if all of these are there. An order
-- that lost a race, or asks for more than there is together with the others, gets the facts, which
-- are read after everything that was placed here. So no order ever changes what becomes of another.
--
-- Why it is strict: what is placed is placed under the lock of its account or of a bucket, with the
-- comparison that `souk.place` makes there.
--
-- No order waits for an account of another SKU that is locked: accounts without buckets are locked
-- if that can be done at once, and else their orders are left to wait by themselves.
--
-- Why there is no deadlock: a bucket may be waited for, by the rule of `lock_bucket`, in the order
-- of the SKUs, while nothing but buckets of earlier SKUs is locked. Then come the accounts without
-- buckets, which are not waited for, then allowances in the order of their names, and last the keys,
-- in their order.
CREATE FUNCTION souk.place_many(
    new_keys text, new_fingerprints text, new_ids text, new_statuses text, asked_skus text,
    asked_units text, asked_stamps text, all_lines text, all_bodies text, moments_ms text,
    hold_untils_ms text, sold_out_hold_lasts_ms text, asked_takes text, asked_tickets text
) RETURNS TABLE (outcome text, body text, state text) LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $place_many$
DECLARE
    keys text[] := new_keys::text[];
    fingerprints text[] := new_fingerprints::text[];
    ids text[] := new_ids::text[];
    statuses text[] := new_statuses::text[];
    skus text[] := asked_skus::text[];
    units bigint[] := asked_units::bigint[];
    stamps bigint[] := asked_stamps::bigint[];
    moments bigint[] := moments_ms::bigint[];
    holds bigint[] := hold_untils_ms::bigint[];
    sold_out_hold_lasts bigint[] := sold_out_hold_lasts_ms::bigint[];
    all_takes text[] := asked_takes::text[];
    -- Orders whose allowances are used up.
    declined bigint[] := '{}';
    accounts souk.stock[];
    -- For each order, whether it is the first one with its key, and whether its units are taken.
    is_first boolean[];
    taken boolean[];
    asked record;
    found record;
    -- Accounts without buckets that are locked here.
    free_skus text[];
    last_positions bigint[];
    crowded_skus text[];
    idle_skus text[] := '{}';
    taken_skus text[] := '{}';
    taken_numbers bigint[] := '{}';
    accepted bigint[];
BEGIN
    SELECT array_agg(stock ORDER BY one.position), array_agg(one.is_first ORDER BY one.position),
        array_agg(one.is_first AND one.body IS NOT NULL AND orders.key IS NULL
            AND coalesce(souk.can_place(stock, one.units, 0, one.stamp, one.moment_ms,
                one.sold_out_hold_last_ms), false) ORDER BY one.position)
    INTO accounts, is_first, taken
    FROM (
            SELECT each.*,
                row_number() OVER (PARTITION BY each.key ORDER BY each.position) = 1 AS is_first
            FROM unnest(keys, skus, units, stamps, moments, sold_out_hold_lasts, all_bodies::text[])
                WITH ORDINALITY
                AS each (key, sku, units, stamp, moment_ms, sold_out_hold_last_ms, body, position)
        ) AS one
        LEFT JOIN souk.stock ON stock.sku = one.sku
        LEFT JOIN souk.orders ON orders.key = one.key;

    FOR asked IN
        SELECT one.sku COLLATE "C" AS sku, min(one.position)::integer AS position,
            sum(one.units)::bigint AS units,
            coalesce(sum(one.units) FILTER (WHERE one.status = 'confirmed'), 0)::bigint AS sold,
            max(one.moment_ms) AS moment_ms
        FROM unnest(skus, units, statuses, taken, moments) WITH ORDINALITY
            AS one (sku, units, status, taken, moment_ms, position)
        WHERE one.taken AND (accounts[one.position]).buckets > 0
        GROUP BY 1 ORDER BY 1
    LOOP
        SELECT bucket.* INTO found FROM souk.take_from_bucket(accounts[asked.position],
            asked.units, asked.sold, asked.moment_ms) AS bucket;
        IF found.number IS NOT NULL THEN
            taken_skus := taken_skus || asked.sku;
            taken_numbers := taken_numbers || found.number;
            IF found.is_idle THEN
                idle_skus := idle_skus || asked.sku;
            END IF;
        END IF;
    END LOOP;

    free_skus := ARRAY(
        SELECT stock.sku FROM souk.stock
        WHERE stock.sku = ANY (ARRAY(
                SELECT one.sku FROM unnest(skus, taken) WITH ORDINALITY
                    AS one (sku, taken, position)
                WHERE one.taken AND (accounts[one.position]).buckets = 0))
        FOR NO KEY UPDATE SKIP LOCKED);
    WITH wanted AS (
        SELECT one.sku, min(one.position)::integer AS position, max(one.position) AS last,
            sum(one.units)::bigint AS units,
            coalesce(sum(one.units) FILTER (WHERE one.status = 'confirmed'), 0)::bigint AS sold,
            min(one.moment_ms) AS moment_ms, max(one.sold_out_hold_last_ms) AS sold_out_hold_last_ms
        FROM unnest(skus, units, statuses, taken, moments, sold_out_hold_lasts) WITH ORDINALITY
            AS one (sku, units, status, taken, moment_ms, sold_out_hold_last_ms, position)
        WHERE one.taken AND one.sku = ANY (free_skus)
        GROUP BY one.sku
    ), sold_of AS (
        UPDATE souk.stock SET
            available = stock.available - wanted.units,
            sold = stock.sold + wanted.sold,
            held = stock.held + wanted.units - wanted.sold,
            sold_out_until_ms = 0,
            crowd = CASE stock.available WHEN (accounts[wanted.position]).available
                THEN greatest(stock.crowd - 1, 0) ELSE least(stock.crowd + 2, 8) END
        FROM wanted
        WHERE stock.sku = wanted.sku AND stock.buckets = 0
            -- All of them were decided on this one, or they would not be here.
            AND stock.stamp = (accounts[wanted.position]).stamp
            AND stock.available >= wanted.units
            AND (stock.sold_out_until_ms <= wanted.moment_ms
                OR stock.sold_out_until_ms > wanted.sold_out_hold_last_ms)
        RETURNING stock.sku, wanted.last, stock.available = 0 AND NOT stock.backorder AS emptied,
            stock.crowd >= 7 AND stock.available >= 40 AS crowded
    )
    SELECT taken_skus || coalesce(array_agg(sold_of.sku), '{}'),
        taken_numbers || coalesce(array_agg(0::bigint), '{}'),
        coalesce(array_agg(sold_of.last) FILTER (WHERE sold_of.emptied), '{}'),
        coalesce(array_agg(sold_of.sku) FILTER (WHERE sold_of.crowded), '{}')
    INTO taken_skus, taken_numbers, last_positions, crowded_skus
    FROM sold_of;

    SELECT array_agg(one.taken AND one.sku = ANY (taken_skus) ORDER BY one.position)
    INTO taken
    FROM unnest(skus, taken) WITH ORDINALITY AS one (sku, taken, position);
    IF EXISTS (SELECT FROM unnest(all_takes) AS one (takes) WHERE one.takes <> '[]') THEN
        declined := souk.take_allowances(all_takes, taken, true);
    END IF;

    WITH placed AS (
        INSERT INTO souk.orders
            (id, key, fingerprint, status, placed_at_ms, hold_until_ms, lines, body, takes)
        SELECT one.id, one.key, one.fingerprint, one.status, one.moment_ms, one.hold_until_ms,
            one.lines::json, one.body::json, nullif(one.takes, '[]')::json
        FROM unnest(ids, keys, fingerprints, statuses, moments, holds, taken,
                all_lines::text[], all_bodies::text[], all_takes) WITH ORDINALITY
            AS one (id, key, fingerprint, status, moment_ms, hold_until_ms, taken, lines, body,
                takes, position)
        WHERE one.taken AND one.position <> ALL (declined)
        ORDER BY one.key COLLATE "C"
        ON CONFLICT (key) DO NOTHING
        RETURNING orders.id
    ), known AS (
        SELECT one.* FROM placed JOIN unnest(ids, skus, units, statuses, moments, holds, taken)
            WITH ORDINALITY
            AS one (id, sku, units, status, moment_ms, hold_until_ms, taken, position)
            ON one.id = placed.id AND one.taken
    ), moved AS (
        INSERT INTO souk.movement (sku, kind, units, order_id, at_ms)
        SELECT known.sku, CASE known.status WHEN 'confirmed' THEN 'sell' ELSE 'hold' END,
            known.units, known.id, known.moment_ms
        FROM known
    ), announced AS (
        INSERT INTO souk.message (queue, order_id, sequence, due_ms)
        SELECT unnest('{back_office,mails}'::text[]), known.id, 0, known.moment_ms FROM known
        UNION ALL
        SELECT 'holds', known.id, 0, known.hold_until_ms FROM known
        WHERE known.hold_until_ms IS NOT NULL
    )
    SELECT coalesce(array_agg(known.position), '{}') INTO accepted FROM known;

    -- Twins were quicker to some keys, and other orders to some allowances: what was taken goes back
    -- before any other transaction sees it gone.
    IF cardinality(accepted) < (SELECT count(*) FROM unnest(taken) AS one WHERE one) THEN
        PERFORM souk.add_to_accounts(array_agg(back.sku), array_agg(back.number),
            array_agg(false), array_agg(0::bigint), array_agg(back.units),
            array_agg(back.sold - back.units), array_agg(-back.sold), max(back.moment_ms))
        FROM (
            SELECT one.sku, source.number, sum(one.units)::bigint AS units,
                coalesce(sum(one.units) FILTER (WHERE one.status = 'confirmed'), 0)::bigint
                    AS sold,
                max(one.moment_ms) AS moment_ms
            FROM unnest(skus, units, statuses, moments, taken) WITH ORDINALITY
                    AS one (sku, units, status, moment_ms, taken, position)
                JOIN unnest(taken_skus, taken_numbers) AS source (sku, number)
                    ON source.sku = one.sku
            WHERE one.taken AND one.position <> ALL (accepted)
            GROUP BY one.sku, source.number
        ) AS back;
        PERFORM souk.give_back_allowances(one.takes, NULL)
        FROM unnest(all_takes, taken) WITH ORDINALITY AS one (takes, taken, position)
        WHERE one.taken AND one.takes <> '[]' AND one.position <> ALL (accepted)
            AND one.position <> ALL (declined);
        -- What was the last unit is not any more where some came back.
        last_positions := ARRAY(
            SELECT kept.position FROM unnest(last_positions) AS kept (position)
            WHERE NOT EXISTS (
                SELECT FROM unnest(skus, taken) WITH ORDINALITY AS one (sku, taken, position)
                WHERE one.taken AND one.sku = skus[kept.position]
                    AND one.position <> ALL (accepted)));
    END IF;
    IF asked_tickets <> '{}' THEN
        PERFORM souk.list_ticket(one.ticket, one.moment_ms)
        FROM unnest(asked_tickets::text[], moments) WITH ORDINALITY
            AS one (ticket, moment_ms, position)
        WHERE one.ticket IS NOT NULL AND one.position = ANY (accepted);
    END IF;
    PERFORM souk.split_account(hot.sku, moments[1]) FROM unnest(crowded_skus) AS hot (sku);
    PERFORM souk.gather_idle(cold.sku) FROM unnest(idle_skus) AS cold (sku);

    FOR which IN 1 .. cardinality(keys) LOOP
        outcome := NULL;
        body := NULL;
        state := NULL;
        IF which = ANY (accepted) THEN
            outcome := CASE WHEN which = ANY (last_positions) THEN 'placed_last'
                ELSE 'placed' END;
        ELSIF is_first[which] THEN
            SELECT looked.* INTO outcome, body, state FROM souk.read_facts(keys[which],
                fingerprints[which], ARRAY[skus[which]]::text, all_takes[which]) AS looked;
        END IF;
        RETURN NEXT;
    END LOOP;
END $place_many$;
