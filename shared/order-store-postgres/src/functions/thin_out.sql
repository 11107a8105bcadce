-- Deletes the oldest orders that have expired or were cancelled before a moment, were never paid and
-- are delivered to the back office, with everything that is known of them; gives how many. Their
-- movements come to nothing, so the accounts add up as before; entries of funds, which do too, stay.
-- A message wants to find its order, and so does one that waits for the staff: that of a hold waits for
-- the end of the hold.
-- It waits for no lock. Numbers of orders begin with the moment of the order: `numbers_before` is
-- such a beginning.
CREATE FUNCTION souk.thin_out(numbers_before text, before_ms bigint, orders_max bigint)
RETURNS bigint LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $thin_out$
DECLARE
    due text[];
    gone text[];
BEGIN
    due := ARRAY(
        SELECT order_state.order_id FROM souk.order_state
        WHERE order_state.status IN ('expired', 'cancelled')
            AND order_state.captured = 0 AND order_state.authorised = 0
            AND order_state.order_id < numbers_before
            AND NOT EXISTS (SELECT FROM souk.order_event AS event
                WHERE event.order_id = order_state.order_id AND event.at_ms >= before_ms)
            AND NOT EXISTS (SELECT FROM souk.orders WHERE orders.id = order_state.order_id
                AND orders.hold_until_ms >= before_ms)
            AND (SELECT count(*) FROM souk.delivered
                WHERE delivered.order_id = order_state.order_id) = order_state.revision + 1
            AND (SELECT count(*) FROM souk.message WHERE message.order_id = order_state.order_id
                AND (message.queue = 'payments' OR message.dead)) = 0
            AND (SELECT count(*) FROM souk.orders
                JOIN souk.message ON message.order_id = orders.id
                    AND message.queue = 'holds' AND NOT message.dead
                    AND message.due_ms = orders.hold_until_ms
                WHERE orders.id = order_state.order_id) = 0
        ORDER BY order_state.order_id LIMIT orders_max);
    IF due = '{}' THEN
        RETURN 0;
    END IF;
    -- A change, such as money that comes late, has the lock of its order. Whether it has changed the
    -- order, and whether its events are delivered, is seen by the next statement.
    gone := ARRAY(SELECT orders.id FROM souk.orders WHERE orders.id = ANY (due)
        ORDER BY orders.id FOR UPDATE SKIP LOCKED);
    gone := ARRAY(SELECT order_state.order_id FROM souk.order_state
        WHERE order_state.order_id = ANY (gone)
            AND order_state.status IN ('expired', 'cancelled')
            AND order_state.captured = 0 AND order_state.authorised = 0
            AND (SELECT count(*) FROM souk.delivered
                WHERE delivered.order_id = order_state.order_id) = order_state.revision + 1
            AND (SELECT count(*) FROM souk.message WHERE message.order_id = order_state.order_id
                AND (message.queue = 'payments' OR message.dead)) = 0
            AND (SELECT count(*) FROM souk.orders
                JOIN souk.message ON message.order_id = orders.id
                    AND message.queue = 'holds' AND NOT message.dead
                    AND message.due_ms = orders.hold_until_ms
                WHERE orders.id = order_state.order_id) = 0);
    DELETE FROM souk.movement USING souk.orders,
        LATERAL json_to_recordset(orders.lines) AS line (sku text)
    WHERE orders.id = ANY (gone) AND movement.sku = line.sku AND movement.order_id = orders.id
        AND movement.kind IN ('hold', 'sell');
    DELETE FROM souk.movement
    WHERE movement.kind IN ('backorder', 'release', 'restock', 'discard', 'unorder')
        AND movement.order_id = ANY (gone);
    DELETE FROM souk.delivered WHERE delivered.order_id = ANY (gone);
    DELETE FROM souk.order_change WHERE order_change.order_id = ANY (gone);
    DELETE FROM souk.order_event WHERE order_event.order_id = ANY (gone);
    DELETE FROM souk.order_state WHERE order_state.order_id = ANY (gone);
    DELETE FROM souk.orders WHERE orders.id = ANY (gone);
    RETURN cardinality(gone);
END $thin_out$;
