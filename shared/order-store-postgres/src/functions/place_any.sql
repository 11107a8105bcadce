-- Places an order of any lines as it was decided; outcomes are those of `souk.place`.
--
-- Why it is strict: the rows that the units are taken from are locked, in the order of their SKUs,
-- before stamps, sold-out holds and units are compared, and the locks last until everything is
-- committed. Where the comparison fails, the facts are read by `souk.read_facts` in one snapshot,
-- in which everything that the SKU has is in rows that are locked or of the same moment. Of two
-- submits with one key the second one waits for the first at an account or at the key's index, and
-- then finds its order.
CREATE FUNCTION souk.place_any(
    new_key text, new_fingerprint text, new_id text, new_status text, asked_skus text,
    asked_units text, asked_backordered text, asked_stamps text, new_lines text, new_body text,
    moment_ms bigint, hold_until_ms bigint, sold_out_hold_last_ms bigint, asked_takes text,
    asked_ticket text,
    OUT outcome text, OUT body text, OUT state text
) LANGUAGE plpgsql VOLATILE AS $place_any$
DECLARE
    asked record;
    locked record;
    account souk.stock;
    is_so boolean;
    locked_skus text[];
    locked_numbers bigint[];
    were_crowded boolean[];
    all_units bigint[];
    all_backordered bigint[];
    exhausted boolean;
    sells bigint := CASE new_status WHEN 'confirmed' THEN 1 ELSE 0 END;
BEGIN
    -- What needs no write waits for no lock. Lines with one SKU share its units.
    is_so := NOT EXISTS (SELECT FROM souk.orders WHERE orders.key = new_key) AND (
        SELECT bool_and(coalesce(souk.can_place(
            (SELECT stock FROM souk.stock WHERE stock.sku = one.sku),
            one.units, one.backordered, one.stamp, moment_ms, sold_out_hold_last_ms), false))
        FROM (
            SELECT line.sku COLLATE "C" AS sku, sum(line.units)::bigint AS units,
                sum(line.backordered)::bigint AS backordered, min(line.stamp) AS stamp
            FROM unnest(asked_skus::text[], asked_units::bigint[], asked_backordered::bigint[],
                asked_stamps::bigint[]) AS line (sku, units, backordered, stamp)
            GROUP BY 1
        ) AS one);
    IF is_so THEN
        FOR asked IN
            SELECT line.sku COLLATE "C" AS sku, sum(line.units)::bigint AS units,
                sum(line.backordered)::bigint AS backordered, min(line.stamp) AS stamp
            FROM unnest(asked_skus::text[], asked_units::bigint[], asked_backordered::bigint[],
                asked_stamps::bigint[]) AS line (sku, units, backordered, stamp)
            GROUP BY 1 ORDER BY 1
        LOOP
            locked := souk.lock_account(asked.sku, asked.units, 0, 0);
            account := locked.account;
            -- A bucket that is locked has more than enough, so nothing is missing then.
            is_so := coalesce(souk.can_place(account, asked.units, asked.backordered, asked.stamp,
                moment_ms, sold_out_hold_last_ms) AND (locked.bucket = 0 OR asked.backordered = 0), false);
            EXIT WHEN NOT is_so;
            locked_skus := locked_skus || asked.sku;
            locked_numbers := locked_numbers || locked.bucket;
            were_crowded := were_crowded || locked.crowded;
            all_units := all_units || asked.units;
            all_backordered := all_backordered || asked.backordered;
        END LOOP;
    END IF;
    -- The units are under locks, and taken when the key is.
    IF is_so AND asked_takes <> '[]' THEN
        is_so := souk.take_allowances(ARRAY[asked_takes], '{true}', false) = '{}';
    END IF;
    IF is_so THEN
        INSERT INTO souk.orders
            (id, key, fingerprint, status, placed_at_ms, hold_until_ms, lines, body, takes)
        VALUES (new_id, new_key, new_fingerprint, new_status, moment_ms,
            place_any.hold_until_ms, new_lines::json, new_body::json,
            nullif(asked_takes, '[]')::json)
        ON CONFLICT (key) DO NOTHING;
        is_so := FOUND;
        IF NOT is_so AND asked_takes <> '[]' THEN
            PERFORM souk.give_back_allowances(asked_takes, NULL);
        END IF;
    END IF;
    IF is_so IS NOT TRUE THEN
        SELECT looked.* INTO outcome, body, state
        FROM souk.read_facts(new_key, new_fingerprint, asked_skus, asked_takes) AS looked;
        RETURN;
    END IF;

    UPDATE souk.stock SET sold_out_until_ms = 0
    WHERE stock.sku = ANY (locked_skus) AND stock.sold_out_until_ms <> 0;
    -- Units that are not there come in as they are sold.
    SELECT souk.add_to_accounts(array_agg(taken.sku), array_agg(taken.number),
        array_agg(taken.crowded), array_agg(taken.backordered),
        array_agg(taken.backordered - taken.units), array_agg(taken.units * (1 - sells)),
        array_agg(taken.units * sells), moment_ms)
    INTO exhausted
    FROM unnest(locked_skus, locked_numbers, were_crowded, all_units, all_backordered)
        AS taken (sku, number, crowded, units, backordered);

    INSERT INTO souk.movement (sku, kind, units, order_id, at_ms)
    SELECT line.sku, change.kind, change.units, new_id, moment_ms
    FROM unnest(asked_skus::text[], asked_units::bigint[], asked_backordered::bigint[])
            AS line (sku, units, backordered),
        LATERAL (VALUES
            ('backorder', line.backordered),
            (CASE sells WHEN 1 THEN 'sell' ELSE 'hold' END, line.units)
        ) AS change (kind, units)
    WHERE change.units > 0;

    INSERT INTO souk.message (queue, order_id, sequence, due_ms)
    SELECT due.queue, new_id, 0, due.due_ms
    FROM (VALUES ('back_office', moment_ms), ('mails', moment_ms),
            ('holds', place_any.hold_until_ms))
        AS due (queue, due_ms)
    WHERE due.due_ms IS NOT NULL;
    IF asked_ticket <> '' THEN
        PERFORM souk.list_ticket(asked_ticket, moment_ms);
    END IF;
    outcome := CASE WHEN exhausted THEN 'placed_last' ELSE 'placed' END;
END $place_any$;
