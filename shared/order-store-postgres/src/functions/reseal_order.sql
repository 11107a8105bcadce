-- Writes an order as it was placed over itself, because its details are sealed with another key; its
-- fingerprint too, unless the new one is empty. An order that is no longer of the revision stays as it is:
-- it may have another address.
CREATE FUNCTION souk.reseal_order(
    asked_id text, new_body text, new_fingerprint text, asked_revision bigint)
RETURNS bigint LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $reseal_order$
BEGIN
    PERFORM FROM souk.orders WHERE orders.id = asked_id FOR NO KEY UPDATE;
    IF asked_revision <> coalesce(
        (SELECT order_state.revision FROM souk.order_state WHERE order_state.order_id = asked_id),
        (SELECT (archived.state ->> 'revision')::bigint FROM souk.order_archive AS archived
            WHERE archived.order_id = asked_id), 0)
    THEN
        RETURN 0;
    END IF;
    UPDATE souk.orders
    SET body = CASE WHEN orders.body IS NOT NULL THEN new_body::json END,
        fingerprint = coalesce(nullif(new_fingerprint, ''), orders.fingerprint)
    WHERE orders.id = asked_id;
    UPDATE souk.order_archive SET body = new_body::json WHERE order_archive.order_id = asked_id;
    RETURN 1;
END $reseal_order$;
