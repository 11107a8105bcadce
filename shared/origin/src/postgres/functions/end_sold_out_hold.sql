-- Ends the sold-out hold of a SKU if it would last longer than to that moment: no clock that is
-- right has set it. It is 0 then as if an order had been accepted, so the next sold-out hold has a
-- number and keys of its own. Gives how many it ended.
CREATE FUNCTION souk.end_sold_out_hold(asked_sku text, last_ms bigint)
RETURNS bigint LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $end_sold_out_hold$
DECLARE
    ended bigint;
BEGIN
    UPDATE souk.stock SET sold_out_until_ms = 0
    WHERE stock.sku = asked_sku AND stock.sold_out_until_ms > last_ms;
    GET DIAGNOSTICS ended = ROW_COUNT;
    RETURN ended;
END $end_sold_out_hold$;
