-- Writes a change that was decided on one revision of the order. `sums` is what all moves add to
-- each account, `moves` and `entries` are the rows of both ledgers, `messages` those of the outbox;
-- `lowered_takes` is what the order takes of allowances from now on, of which `lowered_back` goes back,
-- and `new_body` the order with another address (empty: it stays); events are passed as arrays, because the engine cannot take apart a text with the character U+0000.
--
-- Why it is strict: the order is locked before its revision is read, and the accounts before their
-- units are, so both are still so when this commits. Why there is no deadlock: every transaction
-- locks an order first (never two of them), then accounts in the order of their SKUs, then allowances
-- in the order of their names, and last the keys of what is new.
CREATE FUNCTION souk.change_order(
    asked_id text, change_key text, change_fingerprint text, asked_revision bigint,
    event_sequences text, event_moments text, event_bodies text, new_revision bigint,
    new_status text, new_authorised bigint, new_captured bigint, new_refunding bigint,
    new_refunded bigint, new_disputed bigint, new_state text, sums text, moves text,
    entries text, entry_currency text, messages text, moment_ms bigint, ends_unpaid bigint,
    kept text, lowered_takes text, lowered_back text, new_body text
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
    -- What the order keeps of allowances, and what of all that it has taken goes back.
    kept_takes text;
    back_takes text;
BEGIN
    PERFORM souk.expect_restored();
    SELECT orders.body IS NULL INTO is_away
    FROM souk.orders WHERE orders.id = asked_id FOR NO KEY UPDATE;
    IF is_away THEN
        PERFORM souk.unarchive(asked_id);
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
            IF account.sku IS NULL THEN
                RAISE 'the SKU % has no account', added.sku;
            END IF;
            numbers := numbers || locked.bucket;
            -- A SKU that has buckets is not sold out, and does not sell out by one of them.
            CONTINUE WHEN account.buckets > 0;
            IF account.available + added.available < 0 THEN
                RETURN json_build_object('committed', 'too_few', 'sku', account.sku);
            END IF;
            shelves_changed := shelves_changed OR (added.available <> 0 AND NOT account.backorder
                AND (account.available = 0 OR account.available + added.available = 0));
        END LOOP;
    END IF;
    IF ends_unpaid <> 0 OR kept <> 'stay' THEN
        SELECT coalesce(json_agg(one.value) FILTER (WHERE (one.value ->> 'kept')::boolean), '[]'),
            coalesce(json_agg(one.value) FILTER (WHERE CASE WHEN (one.value ->> 'kept')::boolean
                THEN kept = 'go_back' ELSE ends_unpaid <> 0 END), '[]')
        INTO kept_takes, back_takes
        FROM souk.orders, LATERAL json_array_elements(orders.takes) AS one
        WHERE orders.id = asked_id;
    END IF;
    IF kept = 'taken_again'
        AND souk.take_allowances(ARRAY[kept_takes], '{true}', false) <> '{}'
    THEN
        RETURN json_build_object('committed', 'too_few', 'sku', 'an allowance');
    END IF;

    IF sums <> '[]' THEN
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

    IF back_takes <> '[]' THEN
        PERFORM souk.give_back_allowances(back_takes, NULL);
    END IF;
    IF lowered_back <> '[]' THEN
        PERFORM souk.give_back_allowances(lowered_back, NULL);
        UPDATE souk.orders SET takes = nullif(lowered_takes, '[]')::json
        WHERE orders.id = asked_id;
    END IF;
    IF new_body <> '' THEN
        UPDATE souk.orders SET body = new_body::json WHERE orders.id = asked_id;
    END IF;
    INSERT INTO souk.order_state
        (order_id, revision, status, authorised, captured, refunding, refunded, disputed, body)
    VALUES (asked_id, new_revision, new_status, new_authorised, new_captured, new_refunding,
        new_refunded, new_disputed, new_state::json)
    ON CONFLICT (order_id) DO UPDATE SET revision = excluded.revision, status = excluded.status,
        authorised = excluded.authorised, captured = excluded.captured,
        refunding = excluded.refunding, refunded = excluded.refunded,
        disputed = excluded.disputed, body = excluded.body;
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
    SELECT new_message.queue, asked_id, new_message.sequence, moment_ms
    FROM json_to_recordset(messages::json) AS new_message (queue text, sequence bigint);
    INSERT INTO souk.order_change (order_id, key, fingerprint, revision)
    VALUES (asked_id, change_key, change_fingerprint, new_revision);
    RETURN json_build_object('committed', 'done', 'shelves_changed', shelves_changed);
END $change_order$;
