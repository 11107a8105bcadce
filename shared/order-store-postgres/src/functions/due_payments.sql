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
