-- The order with this number, with its state, the fingerprint of the change that used a key, and what
-- it takes of allowances, and then its events. One snapshot, because the function is stable.
CREATE FUNCTION souk.find_order(asked_id text, asked_key text)
RETURNS TABLE (sequence bigint, body text, state text, fingerprint text, takes text)
LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $find_order$
BEGIN
    RETURN QUERY SELECT 0::bigint, coalesce(orders.body, archived.body)::text,
        coalesce(order_state.body, archived.state)::text,
        coalesce(order_change.fingerprint,
            archived.change_fingerprints[array_position(archived.change_keys, asked_key)]),
        orders.takes::text
    FROM souk.orders
        LEFT JOIN souk.order_state ON order_state.order_id = orders.id
        LEFT JOIN souk.order_change ON order_change.order_id = orders.id
            AND order_change.key = asked_key
        LEFT JOIN souk.order_archive AS archived ON archived.order_id = orders.id
    WHERE orders.id = asked_id;
    RETURN QUERY SELECT order_event.sequence, order_event.body::text, NULL::text, NULL::text,
        NULL::text
    FROM souk.order_event WHERE order_event.order_id = asked_id
    UNION ALL
    SELECT event.sequence, event.body::text, NULL, NULL, NULL
    FROM souk.order_archive, unnest(order_archive.events) WITH ORDINALITY AS event (body, sequence)
    WHERE order_archive.order_id = asked_id
    ORDER BY 1;
END $find_order$;
