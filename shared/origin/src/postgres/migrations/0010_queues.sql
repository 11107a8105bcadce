-- The outbox: messages that are claimed, settled, replayed and counted. Nobody waits in a circle:
-- who claims waits for nobody, everybody else locks messages in the order of their numbers.

-- The messages of one order whose payment has something to do, by their own index: there are a few
-- of them, which are sorted.
CREATE FUNCTION souk.due_payments(asked_order text, moment_ms bigint, messages_max bigint)
RETURNS bigint[] LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = on SET enable_sort = on AS $due_payments$
BEGIN
    RETURN ARRAY(
        SELECT message.id FROM souk.message
        WHERE message.order_id = asked_order AND message.queue = 'payments'
            AND NOT message.dead AND message.due_ms <= moment_ms
        ORDER BY message.due_ms, message.id LIMIT messages_max
        FOR UPDATE SKIP LOCKED);
END $due_payments$;

-- Claims what is due, the longest due first. Whoever claims gets the content with it. What somebody
-- else claims or settles at this moment is passed by: it is theirs. Messages are read in the order
-- of the index and no further than asked: a session that planned while few waited would read and
-- sort all that wait.
CREATE FUNCTION souk.claim_messages(
    asked_queue text, moment_ms bigint, visibility_ms bigint, messages_max bigint, asked_order text
) RETURNS TABLE (id bigint, order_id text, sequence bigint, attempts bigint, body text)
LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_sort = off AS $claim_messages$
DECLARE
    ids bigint[];
BEGIN
    IF asked_order IS NOT NULL AND asked_queue = 'payments' THEN
        ids := souk.due_payments(asked_order, moment_ms, messages_max);
    ELSE
        ids := ARRAY(
            SELECT message.id FROM souk.message
            WHERE message.queue = asked_queue AND NOT message.dead
                AND message.due_ms <= moment_ms
                AND (asked_order IS NULL OR message.order_id = asked_order)
            ORDER BY message.due_ms, message.id LIMIT messages_max
            FOR UPDATE SKIP LOCKED);
    END IF;
    RETURN QUERY
    WITH claimed AS (
        UPDATE souk.message
        SET due_ms = moment_ms + visibility_ms, attempts = message.attempts + 1
        WHERE message.id = ANY (ids)
        RETURNING message.*
    )
    SELECT claimed.id, claimed.order_id, claimed.sequence, claimed.attempts,
        CASE WHEN claimed.queue <> 'back_office' THEN NULL
            WHEN claimed.sequence = 0 THEN
                (SELECT orders.body::text FROM souk.orders WHERE orders.id = claimed.order_id)
            ELSE (SELECT order_event.body::text FROM souk.order_event
                WHERE order_event.order_id = claimed.order_id
                    AND order_event.sequence = claimed.sequence) END
    FROM claimed ORDER BY claimed.id;
END $claim_messages$;

-- What became of messages. Only the last claim of a message counts.
CREATE FUNCTION souk.settle_messages(settlements text, moment_ms bigint)
RETURNS bigint LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $settle_messages$
DECLARE
    kept bigint;
BEGIN
    PERFORM FROM souk.message
    WHERE message.id = ANY (ARRAY(SELECT (told.value ->> 'id')::bigint
        FROM json_array_elements(settlements::json) AS told))
    ORDER BY message.id FOR UPDATE;

    WITH valid AS (
        SELECT message.id, message.queue, message.order_id, message.sequence, told.settled,
            told.after_ms, told.error
        FROM json_to_recordset(settlements::json) AS told (id bigint, "order" text,
                sequence bigint, attempts bigint, settled text, after_ms bigint, error text)
            JOIN souk.message ON message.id = told.id
        WHERE message.order_id = told."order" AND message.sequence = told.sequence
            AND message.attempts = told.attempts AND NOT message.dead
    ), recorded AS (
        INSERT INTO souk.delivered (order_id, sequence)
        SELECT valid.order_id, valid.sequence FROM valid
        WHERE valid.settled = 'done' AND valid.queue = 'back_office'
        ON CONFLICT DO NOTHING
    ), forgotten AS (
        DELETE FROM souk.message USING valid
        WHERE message.id = valid.id AND valid.settled = 'done'
    ), put_off AS (
        UPDATE souk.message SET
            due_ms = CASE valid.settled WHEN 'retry' THEN moment_ms + valid.after_ms
                ELSE message.due_ms END,
            dead = valid.settled = 'dead',
            error = valid.error
        FROM valid WHERE message.id = valid.id AND valid.settled <> 'done'
        RETURNING message.id
    )
    SELECT count(*) INTO kept FROM put_off;
    RETURN kept;
END $settle_messages$;

-- Makes dead messages due again.
CREATE FUNCTION souk.replay_messages(asked_queue text, moment_ms bigint)
RETURNS bigint LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $replay_messages$
DECLARE
    ids bigint[] := ARRAY(
        SELECT message.id FROM souk.message WHERE message.queue = asked_queue AND message.dead
        ORDER BY message.id FOR UPDATE);
BEGIN
    UPDATE souk.message SET dead = false, attempts = 0, due_ms = moment_ms
    WHERE message.id = ANY (ids);
    RETURN coalesce(cardinality(ids), 0);
END $replay_messages$;

-- What waits in a queue: what is due, and what is claimed and not settled.
CREATE FUNCTION souk.queue_depths(queues text, moment_ms bigint)
RETURNS TABLE (queue text, waiting bigint, next_due_ms bigint, dead bigint)
LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $queue_depths$
BEGIN
    RETURN QUERY SELECT asked.queue,
        (SELECT count(*) FROM souk.message WHERE message.queue = asked.queue
            AND NOT message.dead AND message.due_ms <= moment_ms)
        + (SELECT count(*) FROM souk.message WHERE message.queue = asked.queue
            AND NOT message.dead AND message.due_ms > moment_ms AND message.attempts > 0),
        -- No time is before 1970.
        coalesce((SELECT min(message.due_ms) FROM souk.message
            WHERE message.queue = asked.queue AND NOT message.dead), -1),
        (SELECT count(*) FROM souk.message WHERE message.queue = asked.queue AND message.dead)
    FROM unnest(queues::text[]) AS asked (queue);
END $queue_depths$;
