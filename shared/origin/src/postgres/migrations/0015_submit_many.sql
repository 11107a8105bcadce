-- Places several orders in one round trip and one transaction, each for one SKU. Gives a reply for
-- each, in their order, or null for one that has to be submitted by itself: nothing was written for
-- it then.
--
-- Orders for one SKU take their units together, out of one row. Only what can be said or done
-- without deciding anything anew is done here: orders that exist and refusals are the truth of one
-- snapshot, in which offers and keys are read; what is placed is placed under the lock of its
-- account as `souk.submit` does it. Whoever lost a race, or asks for more than there is together
-- with the others, is left to be decided alone. So no order ever changes what becomes of another.
--
-- No order waits for an account of another SKU that somebody is at: accounts without buckets are
-- locked if that can be done at once, and else their orders are left to wait by themselves.
--
-- Why nobody waits in a circle: a bucket may be waited for, by the rule of `lock_bucket`, in the
-- order of the SKUs, while nothing but buckets of earlier SKUs is locked. Then come the accounts
-- without buckets, which are not waited for, and last the keys, in their order.
CREATE FUNCTION souk.submit_many(
    new_keys text, new_fingerprints text, new_ids text, new_tokens text, new_statuses text,
    asked_skus text, asked_quantities text, asked_prices text, expected_currencies text,
    asked_details text, asked_shippings text, hold_untils_ms text, moments_ms text
) RETURNS TABLE (reply text) LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $submit_many$
DECLARE
    keys text[] := new_keys::text[];
    ids text[] := new_ids::text[];
    statuses text[] := new_statuses::text[];
    skus text[] := asked_skus::text[];
    quantities bigint[] := asked_quantities::bigint[];
    moments bigint[] := moments_ms::bigint[];
    holds bigint[] := hold_untils_ms::bigint[];
    replies text[];
    offers souk.stock[];
    lines json[];
    bodies json[];
    -- For each order, whether its units are taken.
    taken boolean[];
    asked record;
    offer souk.stock;
    number_asked integer;
    idle boolean;
    -- Accounts without buckets that nobody is at.
    free_skus text[];
    last_positions bigint[];
    crowded_skus text[];
    idle_skus text[] := '{}';
    taken_skus text[] := '{}';
    taken_numbers bigint[] := '{}';
    accepted bigint[];
BEGIN
    SELECT array_agg(looked.reply ORDER BY looked.position),
        array_agg(looked.offer ORDER BY looked.position),
        array_agg(looked.placed ORDER BY looked.position),
        array_agg(looked.is_taken ORDER BY looked.position)
    INTO replies, offers, lines, taken
    FROM (
        SELECT answered.*, answered.is_first AND answered.reply IS NULL
            AND NOT answered.is_latched AS is_taken
        FROM (
        SELECT one.position, stock AS offer, one.is_first,
            coalesce(stock.latched_until_ms > one.moment_ms, false) AS is_latched,
            CASE
                -- Twins of one group are not decided together.
                WHEN NOT one.is_first THEN NULL
                WHEN orders.fingerprint = one.fingerprint
                    THEN souk.existing(one.key, one.fingerprint)
                WHEN orders.fingerprint IS NOT NULL
                    THEN '{"outcome":"exists_with_different_content"}'
                WHEN stock.offered IS NOT TRUE
                    THEN json_build_object('outcome', 'unknown_sku', 'sku', one.sku)::text
                WHEN one.price <> stock.unit_price
                    OR (one.price IS NOT NULL AND one.currency <> stock.currency)
                    THEN json_build_object('outcome', 'price_changed', 'sku', one.sku,
                        'unit_price', stock.unit_price, 'currency', stock.currency)::text
                -- What a latch says is left to `souk.decide`.
                WHEN stock.buckets = 0 AND stock.available < one.quantity AND NOT stock.backorder
                    AND stock.latched_until_ms <= one.moment_ms
                    THEN json_build_object('outcome', 'sold_out', 'sku', one.sku,
                        'available', stock.available)::text
            END AS reply,
            json_build_array(CASE stock.slug
                WHEN '' THEN json_build_object('sku', stock.sku, 'title', stock.title,
                    'quantity', one.quantity, 'unit_price', stock.unit_price, 'backordered', 0)
                ELSE json_build_object('sku', stock.sku, 'title', stock.title,
                    'slug', stock.slug, 'quantity', one.quantity,
                    'unit_price', stock.unit_price, 'backordered', 0)
                END) AS placed
        FROM (
                SELECT each.*, row_number() OVER (PARTITION BY each.key ORDER BY each.position) = 1
                    AS is_first
                FROM unnest(keys, new_fingerprints::text[], skus, quantities,
                    asked_prices::bigint[], expected_currencies::text[], moments) WITH ORDINALITY
                    AS each (key, fingerprint, sku, quantity, price, currency, moment_ms,
                        position)
            ) AS one
            LEFT JOIN souk.stock ON stock.sku = one.sku
            LEFT JOIN souk.orders ON orders.key = one.key
        ) AS answered
    ) AS looked;

    FOR asked IN
        SELECT one.sku COLLATE "C" AS sku, min(one.position)::integer AS position,
            sum(one.quantity)::bigint AS units,
            coalesce(sum(one.quantity) FILTER (WHERE one.status = 'confirmed'), 0)::bigint AS sold,
            max(one.moment_ms) AS moment_ms
        FROM unnest(skus, quantities, statuses, taken, moments) WITH ORDINALITY
            AS one (sku, quantity, status, taken, moment_ms, position)
        WHERE one.taken AND (offers[one.position]).buckets > 0
        GROUP BY 1 ORDER BY 1
    LOOP
        offer := offers[asked.position];
        number_asked := floor(random() * offer.buckets);
        FOR step IN 1 .. offer.buckets LOOP
            number_asked := 1 + number_asked % offer.buckets;
            CONTINUE WHEN NOT pg_try_advisory_xact_lock(hashtext(offer.sku), number_asked);
            UPDATE souk.bucket SET
                available = bucket.available - asked.units,
                sold = bucket.sold + asked.sold,
                held = bucket.held + asked.units - asked.sold,
                touched_ms = asked.moment_ms, idle_ms = asked.moment_ms - bucket.touched_ms
            WHERE bucket.sku = offer.sku AND bucket.number = number_asked
                AND bucket.generation = offer.generation AND bucket.available > asked.units
            RETURNING bucket.idle_ms > 60000 INTO idle;
            IF FOUND THEN
                taken_skus := taken_skus || asked.sku;
                taken_numbers := taken_numbers || number_asked::bigint;
                IF idle THEN
                    idle_skus := idle_skus || asked.sku;
                END IF;
                EXIT;
            END IF;
        END LOOP;
    END LOOP;

    free_skus := ARRAY(
        SELECT stock.sku FROM souk.stock
        WHERE stock.sku = ANY (ARRAY(
                SELECT one.sku FROM unnest(skus, taken) WITH ORDINALITY
                    AS one (sku, taken, position)
                WHERE one.taken AND (offers[one.position]).buckets = 0))
        FOR NO KEY UPDATE SKIP LOCKED);
    WITH wanted AS (
        SELECT one.sku, min(one.position)::integer AS position, max(one.position) AS last,
            sum(one.quantity)::bigint AS units,
            coalesce(sum(one.quantity) FILTER (WHERE one.status = 'confirmed'), 0)::bigint AS sold,
            min(one.moment_ms) AS moment_ms
        FROM unnest(skus, quantities, statuses, taken, moments) WITH ORDINALITY
            AS one (sku, quantity, status, taken, moment_ms, position)
        WHERE one.taken AND one.sku = ANY (free_skus)
        GROUP BY one.sku
    ), sold_of AS (
        UPDATE souk.stock SET
            available = stock.available - wanted.units,
            sold = stock.sold + wanted.sold,
            held = stock.held + wanted.units - wanted.sold,
            latched_until_ms = 0,
            crowd = CASE stock.available WHEN (offers[wanted.position]).available
                THEN greatest(stock.crowd - 1, 0) ELSE least(stock.crowd + 2, 8) END
        FROM wanted
        WHERE stock.sku = wanted.sku AND stock.buckets = 0
            AND stock.offered AND stock.available >= wanted.units
            AND stock.latched_until_ms <= wanted.moment_ms
            AND stock.unit_price = (offers[wanted.position]).unit_price
            AND stock.currency = (offers[wanted.position]).currency
            AND stock.title = (offers[wanted.position]).title
            AND stock.slug = (offers[wanted.position]).slug
        RETURNING stock.sku, wanted.last, stock.available = 0 AND NOT stock.backorder AS emptied,
            stock.crowd >= 7 AND stock.available >= 40 AS crowded
    )
    SELECT taken_skus || coalesce(array_agg(sold_of.sku), '{}'),
        taken_numbers || coalesce(array_agg(0::bigint), '{}'),
        coalesce(array_agg(sold_of.last) FILTER (WHERE sold_of.emptied), '{}'),
        coalesce(array_agg(sold_of.sku) FILTER (WHERE sold_of.crowded), '{}')
    INTO taken_skus, taken_numbers, last_positions, crowded_skus
    FROM sold_of;

    SELECT array_agg(one.taken AND one.sku = ANY (taken_skus) ORDER BY one.position),
        array_agg(CASE WHEN one.taken AND one.sku = ANY (taken_skus) THEN souk.order_body(one.id,
            one.token, one.status, one.moment_ms, one.hold_until_ms,
            (offers[one.position]).currency, lines[one.position], one.shipping,
            ((offers[one.position]).unit_price::numeric * one.quantity + one.shipping)::bigint,
            one.details) END ORDER BY one.position)
    INTO taken, bodies
    FROM unnest(ids, new_tokens::text[], statuses, skus, quantities, taken, moments, holds,
            asked_shippings::bigint[], asked_details::text[]) WITH ORDINALITY
        AS one (id, token, status, sku, quantity, taken, moment_ms, hold_until_ms, shipping,
            details, position);

    WITH placed AS (
        INSERT INTO souk.orders
            (id, key, fingerprint, status, placed_at_ms, hold_until_ms, lines, body)
        SELECT one.id, one.key, one.fingerprint, one.status, one.moment_ms, one.hold_until_ms,
            lines[one.position], bodies[one.position]
        FROM unnest(ids, keys, new_fingerprints::text[], statuses, moments, holds, taken)
            WITH ORDINALITY
            AS one (id, key, fingerprint, status, moment_ms, hold_until_ms, taken, position)
        WHERE one.taken
        ORDER BY one.key COLLATE "C"
        ON CONFLICT (key) DO NOTHING
        RETURNING orders.id
    ), known AS (
        SELECT one.* FROM placed JOIN unnest(ids, skus, quantities, statuses, moments, holds, taken)
            WITH ORDINALITY
            AS one (id, sku, quantity, status, moment_ms, hold_until_ms, taken, position)
            ON one.id = placed.id AND one.taken
    ), moved AS (
        INSERT INTO souk.movement (sku, kind, units, order_id, at_ms)
        SELECT known.sku, CASE known.status WHEN 'confirmed' THEN 'sell' ELSE 'hold' END,
            known.quantity, known.id, known.moment_ms
        FROM known
    ), told AS (
        INSERT INTO souk.message (queue, order_id, sequence, due_ms)
        SELECT 'back_office', known.id, 0, known.moment_ms FROM known
        UNION ALL
        SELECT 'holds', known.id, 0, known.hold_until_ms FROM known
        WHERE known.hold_until_ms IS NOT NULL
    )
    SELECT coalesce(array_agg(known.position), '{}') INTO accepted FROM known;

    -- Twins were quicker to some keys: those units go back before anybody sees them gone.
    IF cardinality(accepted) < (SELECT count(*) FROM unnest(taken) AS one WHERE one) THEN
        PERFORM souk.add_to_accounts(array_agg(back.sku), array_agg(back.number),
            array_agg(false), array_agg(0::bigint), array_agg(back.units),
            array_agg(back.sold - back.units), array_agg(-back.sold), max(back.moment_ms))
        FROM (
            SELECT one.sku, source.number, sum(one.quantity)::bigint AS units,
                coalesce(sum(one.quantity) FILTER (WHERE one.status = 'confirmed'), 0)::bigint
                    AS sold,
                max(one.moment_ms) AS moment_ms
            FROM unnest(skus, quantities, statuses, moments, taken) WITH ORDINALITY
                    AS one (sku, quantity, status, moment_ms, taken, position)
                JOIN unnest(taken_skus, taken_numbers) AS source (sku, number)
                    ON source.sku = one.sku
            WHERE one.taken AND one.position <> ALL (accepted)
            GROUP BY one.sku, source.number
        ) AS back;
        -- What was the last unit is not any more where some came back.
        last_positions := ARRAY(
            SELECT kept.position FROM unnest(last_positions) AS kept (position)
            WHERE NOT EXISTS (
                SELECT FROM unnest(skus, taken) WITH ORDINALITY AS one (sku, taken, position)
                WHERE one.taken AND one.sku = skus[kept.position]
                    AND one.position <> ALL (accepted)));
    END IF;
    PERFORM souk.split(hot.sku, moments[1]) FROM unnest(crowded_skus) AS hot (sku);
    PERFORM souk.cool(cold.sku) FROM unnest(idle_skus) AS cold (sku);

    RETURN QUERY
    SELECT CASE WHEN one.position = ANY (accepted)
        THEN '{"outcome":"accepted","exhausted":'
            || (one.position = ANY (last_positions))::text
            || ',"order":' || bodies[one.position] || '}'
        ELSE one.reply END
    FROM unnest(replies) WITH ORDINALITY AS one (reply, position)
    ORDER BY one.position;
END $submit_many$;
