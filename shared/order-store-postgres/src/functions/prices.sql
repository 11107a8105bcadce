-- Records of these SKUs in the ledger of prices, those after a number in the order of their numbers.
CREATE FUNCTION souk.prices(asked_skus text, after bigint, rows_max bigint)
RETURNS TABLE (number bigint, sku text, recorded_ms bigint, prices text)
LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $prices$
BEGIN
    RETURN QUERY SELECT known.number, known.sku, known.recorded_ms, known.prices
    FROM souk.price_ledger AS known
    WHERE known.sku = ANY (ARRAY(SELECT json_array_elements_text(asked_skus::json)))
        AND known.number > after
    ORDER BY known.number LIMIT rows_max;
END $prices$;
