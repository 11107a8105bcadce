-- Every SKU that cannot be ordered.
CREATE FUNCTION souk.unavailable()
RETURNS SETOF text LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $unavailable$
BEGIN
    RETURN QUERY SELECT stock.sku FROM souk.stock WHERE stock.unavailable ORDER BY stock.sku;
END $unavailable$;
