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
