-- Ends the latch of a SKU if it would last longer than to that moment: no clock that is right has set
-- it. It is 0 then as if an order had been accepted, so the next latch has a number and keys of its
-- own. Gives how many it ended.
CREATE FUNCTION souk.unlatch(asked_sku text, last_ms bigint)
RETURNS bigint LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $unlatch$
DECLARE
    ended bigint;
BEGIN
    UPDATE souk.stock SET latched_until_ms = 0
    WHERE stock.sku = asked_sku AND stock.latched_until_ms > last_ms;
    GET DIAGNOSTICS ended = ROW_COUNT;
    RETURN ended;
END $unlatch$;
