-- Claims what is due, the longest due first, with its content. Messages that another transaction
-- claims or settles at this moment are passed by. Messages are read in the order of the index and no
-- further than asked: a session that planned while few waited would read and sort all that wait.
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
    PERFORM souk.expect_restored();
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
