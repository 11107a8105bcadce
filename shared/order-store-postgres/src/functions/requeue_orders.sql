-- Has every event of the next orders delivered to the back office again, and with `payments` the
-- payments of those that are paid by card looked at. Archived orders come back for that: messages
-- are about orders that go on.
CREATE FUNCTION souk.requeue_orders(after text, orders_max bigint, payments bigint, moment_ms bigint)
RETURNS SETOF text LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $requeue_orders$
DECLARE
    asked text;
    is_away boolean;
BEGIN
    PERFORM souk.expect_restored();
    FOR asked IN SELECT orders.id FROM souk.orders WHERE orders.id > after COLLATE "C"
        ORDER BY orders.id LIMIT orders_max
    LOOP
        SELECT orders.body IS NULL INTO is_away FROM souk.orders WHERE orders.id = asked FOR UPDATE;
        IF is_away THEN
            PERFORM souk.unarchive(asked);
        END IF;
        DELETE FROM souk.delivered WHERE delivered.order_id = asked;
        INSERT INTO souk.message (queue, order_id, sequence, due_ms)
        SELECT 'back_office', asked, event.sequence, moment_ms
        FROM (SELECT 0::bigint AS sequence UNION ALL SELECT order_event.sequence
            FROM souk.order_event WHERE order_event.order_id = asked) AS event
        ORDER BY event.sequence;
        IF payments = 1 THEN
            INSERT INTO souk.message (queue, order_id, sequence, due_ms)
            SELECT 'payments', asked, coalesce((SELECT order_state.revision FROM souk.order_state
                WHERE order_state.order_id = asked), 0), moment_ms
            FROM souk.orders
            -- Not taken apart, because of U+0000; quotes within a text are escaped.
            WHERE orders.id = asked AND orders.body::text LIKE '%"payment":"card"%'
                AND NOT EXISTS (SELECT FROM souk.message WHERE message.order_id = asked
                    AND message.queue = 'payments' AND NOT message.dead);
        END IF;
        RETURN NEXT asked;
    END LOOP;
END $requeue_orders$;
