-- Looks at the next orders, by their numbers and again from the beginning after the last one, and
-- archives those that are over, delivered to the back office and untouched since a moment; gives
-- how many. It waits for no lock: what is being changed is not over, and one walk at a time is
-- enough.
CREATE FUNCTION souk.archive(before_ms bigint, orders_max bigint)
RETURNS bigint LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $archive$
DECLARE
    reached text;
    ids text[];
    away text[] := '{}';
    asked text;
BEGIN
    SELECT archive_walk.order_id INTO reached FROM souk.archive_walk
    WHERE archive_walk.is_the_one FOR UPDATE SKIP LOCKED;
    IF reached IS NULL THEN
        RETURN 0;
    END IF;
    ids := ARRAY(SELECT orders.id FROM souk.orders WHERE orders.id > reached
        ORDER BY orders.id LIMIT orders_max);
    FOREACH asked IN ARRAY ids LOOP
        PERFORM FROM souk.orders WHERE orders.id = asked AND orders.body IS NOT NULL
            AND orders.placed_at_ms < before_ms FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        INSERT INTO souk.order_archive (order_id, lines, body, state, event_moments, events,
            change_keys, change_fingerprints, change_revisions)
        SELECT orders.id, orders.lines, orders.body, order_state.body,
            ARRAY(SELECT event.at_ms FROM souk.order_event AS event
                WHERE event.order_id = asked ORDER BY event.sequence),
            ARRAY(SELECT event.body FROM souk.order_event AS event
                WHERE event.order_id = asked ORDER BY event.sequence),
            ARRAY(SELECT change.key FROM souk.order_change AS change
                WHERE change.order_id = asked ORDER BY change.key),
            ARRAY(SELECT change.fingerprint FROM souk.order_change AS change
                WHERE change.order_id = asked ORDER BY change.key),
            ARRAY(SELECT change.revision FROM souk.order_change AS change
                WHERE change.order_id = asked ORDER BY change.key)
        FROM souk.orders LEFT JOIN souk.order_state ON order_state.order_id = orders.id
        WHERE orders.id = asked
            AND coalesce(order_state.status, orders.status)
                IN ('delivered', 'returned', 'cancelled', 'expired')
            AND coalesce(order_state.authorised + order_state.refunding
                + order_state.disputed, 0) = 0
            AND NOT EXISTS (SELECT FROM souk.order_event AS event
                WHERE event.order_id = asked AND event.at_ms >= before_ms)
            AND (SELECT count(*) FROM souk.delivered WHERE delivered.order_id = asked)
                = coalesce(order_state.revision, 0) + 1;
        IF FOUND THEN
            away := away || asked;
        END IF;
    END LOOP;
    UPDATE souk.orders SET lines = NULL, body = NULL,
        takes = (SELECT json_agg(one.value) FROM json_array_elements(orders.takes) AS one
            WHERE (one.value ->> 'kept')::boolean)
    WHERE orders.id = ANY (away);
    DELETE FROM souk.order_state WHERE order_state.order_id = ANY (away);
    DELETE FROM souk.order_event WHERE order_event.order_id = ANY (away);
    DELETE FROM souk.order_change WHERE order_change.order_id = ANY (away);
    DELETE FROM souk.delivered WHERE delivered.order_id = ANY (away);
    UPDATE souk.archive_walk SET order_id = CASE WHEN cardinality(ids) < orders_max THEN ''
        ELSE ids[cardinality(ids)] END
    WHERE archive_walk.is_the_one;
    RETURN cardinality(away);
END $archive$;
