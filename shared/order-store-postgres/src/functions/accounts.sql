-- The accounts of these SKUs, in their order: what is in `stock` and in the buckets, of one moment.
CREATE FUNCTION souk.accounts(asked_skus text)
RETURNS TABLE (sku text, supplied bigint, available bigint, held bigint, sold bigint)
LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $accounts$
BEGIN
    RETURN QUERY SELECT stock.sku, stock.supplied + coalesce(spread.supplied, 0),
        stock.available + coalesce(spread.available, 0),
        stock.held + coalesce(spread.held, 0), stock.sold + coalesce(spread.sold, 0)
    FROM souk.stock LEFT JOIN LATERAL (
        SELECT sum(bucket.supplied)::bigint AS supplied,
            sum(bucket.available)::bigint AS available,
            sum(bucket.held)::bigint AS held, sum(bucket.sold)::bigint AS sold
        FROM souk.bucket WHERE stock.buckets > 0 AND bucket.sku = stock.sku
    ) AS spread ON true
    WHERE stock.sku = ANY (ARRAY(SELECT json_array_elements_text(asked_skus::json)))
    ORDER BY stock.sku;
END $accounts$;
