-- What happens to orders after they are placed. About the settings of plans: see placing orders.

-- The order with this number, with its state and the fingerprint of the change that used a key,
-- and then its events. One snapshot, because the function is stable.
CREATE FUNCTION souk.find_order(asked_id text, asked_key text)
RETURNS TABLE (sequence bigint, body text, state text, fingerprint text)
LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $find_order$
BEGIN
    RETURN QUERY SELECT 0::bigint, coalesce(orders.body, archived.body)::text,
        coalesce(order_state.body, archived.state)::text,
        coalesce(order_change.fingerprint,
            archived.change_fingerprints[array_position(archived.change_keys, asked_key)])
    FROM souk.orders
        LEFT JOIN souk.order_state ON order_state.order_id = orders.id
        LEFT JOIN souk.order_change ON order_change.order_id = orders.id
            AND order_change.key = asked_key
        LEFT JOIN souk.order_archive AS archived ON archived.order_id = orders.id
    WHERE orders.id = asked_id;
    RETURN QUERY SELECT order_event.sequence, order_event.body::text, NULL::text, NULL::text
    FROM souk.order_event WHERE order_event.order_id = asked_id
    UNION ALL
    SELECT event.sequence, event.body::text, NULL, NULL
    FROM souk.order_archive, unnest(order_archive.events) WITH ORDINALITY AS event (body, sequence)
    WHERE order_archive.order_id = asked_id
    ORDER BY 1;
END $find_order$;

-- Writes a change that was decided on one revision of the order. `sums` is what all moves add to
-- each account, `moves` and `entries` are the rows of both ledgers, `messages` those of the outbox;
-- events come as arrays, because the engine cannot take apart a text with the character U+0000.
--
-- Why it is strict: the order is locked before its revision is read, and the accounts before their
-- units are, so both are still so when this commits. Why nobody ever waits in a circle: everybody
-- locks an order first (never two of them), then accounts in the order of their SKUs, and last the
-- keys of what is new.
CREATE FUNCTION souk.change_order(
    asked_id text, change_key text, change_fingerprint text, asked_revision bigint,
    event_sequences text, event_moments text, event_bodies text, new_revision bigint,
    new_status text, new_authorised bigint, new_captured bigint, new_refunding bigint,
    new_refunded bigint, new_state text, sums text, moves text, entries text, entry_currency text,
    messages text, moment_ms bigint
) RETURNS text LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $change_order$
DECLARE
    is_away boolean;
    added record;
    locked record;
    account souk.stock;
    numbers bigint[];
    shelves_changed boolean := false;
BEGIN
    SELECT orders.body IS NULL INTO is_away
    FROM souk.orders WHERE orders.id = asked_id FOR NO KEY UPDATE;
    IF is_away THEN
        PERFORM souk.bring_back(asked_id);
    END IF;
    IF is_away IS NULL OR asked_revision <> coalesce(
        (SELECT order_state.revision FROM souk.order_state WHERE order_state.order_id = asked_id), 0)
    THEN
        RETURN '{"committed":"stale"}';
    END IF;

    IF sums <> '[]' THEN
        FOR added IN
            SELECT one.* FROM json_to_recordset(sums::json)
                AS one (sku text, supplied bigint, available bigint, held bigint, sold bigint)
            ORDER BY one.sku COLLATE "C"
        LOOP
            locked := souk.lock_account(added.sku, greatest(-added.available, 0),
                greatest(-added.held, 0), greatest(-added.sold, 0));
            account := locked.account;
            numbers := numbers || locked.bucket;
            -- A SKU that has buckets is not sold out, and does not sell out by one of them.
            CONTINUE WHEN account.buckets > 0;
            IF account.available + added.available < 0 THEN
                RETURN json_build_object('committed', 'too_few', 'sku', account.sku);
            END IF;
            shelves_changed := shelves_changed OR (added.available <> 0 AND NOT account.backorder
                AND (account.available = 0 OR account.available + added.available = 0));
        END LOOP;
        PERFORM souk.add_to_accounts(array_agg(one.sku), array_agg(one.number),
            array_agg(false), array_agg(one.supplied), array_agg(one.available),
            array_agg(one.held), array_agg(one.sold), moment_ms)
        FROM (
            SELECT sorted.*, numbers[row_number() OVER (ORDER BY sorted.sku COLLATE "C")] AS number
            FROM json_to_recordset(sums::json) AS sorted
                (sku text, supplied bigint, available bigint, held bigint, sold bigint)
        ) AS one;
        INSERT INTO souk.movement (sku, kind, units, order_id, at_ms)
        SELECT move.sku, move.kind, move.units, asked_id, moment_ms
        FROM json_to_recordset(moves::json) AS move (sku text, kind text, units bigint);
    END IF;

    INSERT INTO souk.order_state
        (order_id, revision, status, authorised, captured, refunding, refunded, body)
    VALUES (asked_id, new_revision, new_status, new_authorised, new_captured, new_refunding,
        new_refunded, new_state::json)
    ON CONFLICT (order_id) DO UPDATE SET revision = excluded.revision, status = excluded.status,
        authorised = excluded.authorised, captured = excluded.captured,
        refunding = excluded.refunding, refunded = excluded.refunded, body = excluded.body;
    INSERT INTO souk.order_event (order_id, sequence, at_ms, body)
    SELECT asked_id, event.sequence, event.at_ms, event.body::json
    FROM unnest(event_sequences::bigint[], event_moments::bigint[], event_bodies::text[])
        AS event (sequence, at_ms, body);
    IF entries <> '[]' THEN
        INSERT INTO souk.funds_entry
            (order_id, sequence, source, target, amount, currency, at_ms)
        SELECT asked_id, entry.sequence, entry."from", entry."to", entry.amount, entry_currency,
            moment_ms
        FROM json_to_recordset(entries::json)
            AS entry (sequence bigint, "from" text, "to" text, amount bigint);
    END IF;
    INSERT INTO souk.message (queue, order_id, sequence, due_ms)
    SELECT told.queue, asked_id, told.sequence, moment_ms
    FROM json_to_recordset(messages::json) AS told (queue text, sequence bigint);
    INSERT INTO souk.order_change (order_id, key, fingerprint, revision)
    VALUES (asked_id, change_key, change_fingerprint, new_revision);
    RETURN json_build_object('committed', 'done', 'shelves_changed', shelves_changed);
END $change_order$;

-- Books units that come in or are missing; the reply is a `ReceiptReply` of the protocol. The key is
-- looked for once more under the locks: a twin that took units out had them then.
CREATE FUNCTION souk.receive_stock(
    new_key text, new_fingerprint text, new_reason text, lines text, moment_ms bigint
) RETURNS text LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $receive_stock$
DECLARE
    known text;
    line record;
BEGIN
    -- What comes in goes to the row in `stock`; what is missing may be in any bucket.
    FOR line IN
        SELECT asked.sku, asked.units
        FROM json_to_recordset(lines::json) AS asked (sku text, units bigint)
        ORDER BY asked.sku COLLATE "C"
    LOOP
        PERFORM FROM souk.stock WHERE stock.sku = line.sku FOR UPDATE;
        IF line.units < 0
            AND (SELECT stock.buckets FROM souk.stock WHERE stock.sku = line.sku) > 0
        THEN
            PERFORM souk.gather(line.sku, 0);
        END IF;
    END LOOP;

    known := (SELECT receipt.fingerprint FROM souk.receipt WHERE receipt.key = new_key);
    IF known IS NULL THEN
        FOR line IN
            SELECT asked.sku, asked.units, stock.available
            FROM ROWS FROM (json_to_recordset(lines::json) AS (sku text, units bigint))
                    WITH ORDINALITY AS asked (sku, units, position)
                LEFT JOIN souk.stock ON stock.sku = asked.sku
            ORDER BY asked.position
        LOOP
            IF line.available IS NULL THEN
                RETURN json_build_object('outcome', 'unknown_sku', 'sku', line.sku);
            ELSIF line.available + line.units < 0 THEN
                RETURN json_build_object('outcome', 'too_few', 'sku', line.sku,
                    'available', line.available);
            END IF;
        END LOOP;
        INSERT INTO souk.receipt (key, fingerprint, reason, at_ms)
        VALUES (new_key, new_fingerprint, new_reason, moment_ms)
        ON CONFLICT (key) DO NOTHING;
        IF FOUND THEN
            known := new_fingerprint;
            UPDATE souk.stock SET supplied = stock.supplied + asked.units,
                available = stock.available + asked.units
            FROM json_to_recordset(lines::json) AS asked (sku text, units bigint)
            WHERE stock.sku = asked.sku;
            INSERT INTO souk.movement (sku, kind, units, receipt, at_ms)
            SELECT asked.sku, CASE WHEN asked.units > 0 THEN 'supply' ELSE 'write_off' END,
                abs(asked.units), new_key, moment_ms
            FROM json_to_recordset(lines::json) AS asked (sku text, units bigint);
        ELSE
            known := (SELECT receipt.fingerprint FROM souk.receipt WHERE receipt.key = new_key);
        END IF;
    END IF;
    IF known <> new_fingerprint THEN
        RETURN '{"outcome":"key_used_for_other_receipt"}';
    END IF;
    RETURN json_build_object('outcome', 'done', 'accounts', (
        SELECT coalesce(json_agg(account), '[]') FROM souk.accounts((
            SELECT json_agg(asked.value -> 'sku') FROM json_array_elements(lines::json) AS asked
        )::text) AS account));
END $receive_stock$;

-- Writes an order as it was placed over itself, because its details are sealed with another key.
CREATE FUNCTION souk.reseal_order(asked_id text, new_body text)
RETURNS bigint LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $reseal_order$
BEGIN
    PERFORM FROM souk.orders WHERE orders.id = asked_id FOR NO KEY UPDATE;
    UPDATE souk.orders SET body = new_body::json
    WHERE orders.id = asked_id AND orders.body IS NOT NULL;
    UPDATE souk.order_archive SET body = new_body::json WHERE order_archive.order_id = asked_id;
    RETURN 1;
END $reseal_order$;
