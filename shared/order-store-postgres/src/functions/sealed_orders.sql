-- The next orders by their numbers, as they were placed, those in the archive among them.
CREATE FUNCTION souk.sealed_orders(after text, orders_max bigint)
RETURNS TABLE (fingerprint text, body text, revision bigint) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $sealed_orders$
    SELECT orders.fingerprint, coalesce(orders.body, order_archive.body)::text,
        coalesce(order_state.revision, (order_archive.state ->> 'revision')::bigint, 0)
    FROM souk.orders
    LEFT JOIN souk.order_state ON order_state.order_id = orders.id
    LEFT JOIN souk.order_archive ON order_archive.order_id = orders.id
    WHERE orders.id > after COLLATE "C"
    ORDER BY orders.id LIMIT orders_max
$sealed_orders$;
