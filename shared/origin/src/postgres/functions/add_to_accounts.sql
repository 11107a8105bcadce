-- Writes what is added to rows that `lock_account` has locked; true where a SKU that cannot be
-- ordered without stock has none now. Arrays of one length, each SKU once.
CREATE FUNCTION souk.add_to_accounts(
    skus text[], numbers bigint[], was_crowded boolean[], added_supplied bigint[],
    added_available bigint[], added_held bigint[], added_sold bigint[], moment_ms bigint
) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $add_to_accounts$
DECLARE
    exhausted boolean;
    crowded_skus text[];
BEGIN
    WITH added AS (
        SELECT * FROM unnest(skus, numbers, was_crowded, added_supplied, added_available,
            added_held, added_sold)
            AS one (sku, number, crowded, supplied, available, held, sold)
    ), spread AS (
        UPDATE souk.bucket SET supplied = bucket.supplied + added.supplied,
            available = bucket.available + added.available, held = bucket.held + added.held,
            sold = bucket.sold + added.sold, touched_ms = moment_ms,
            idle_ms = moment_ms - bucket.touched_ms
        FROM added WHERE bucket.sku = added.sku AND bucket.number = added.number
    ), whole AS (
        UPDATE souk.stock SET supplied = stock.supplied + added.supplied,
            available = stock.available + added.available, held = stock.held + added.held,
            sold = stock.sold + added.sold,
            crowd = CASE WHEN added.crowded THEN least(stock.crowd + 2, 8)
                ELSE greatest(stock.crowd - 1, 0) END
        FROM added WHERE stock.sku = added.sku AND added.number = 0
        RETURNING stock.sku, stock.available, stock.backorder, stock.crowd
    )
    SELECT bool_or(whole.available = 0 AND NOT whole.backorder),
        array_agg(whole.sku) FILTER (WHERE whole.crowd >= 7 AND whole.available >= 40)
    INTO exhausted, crowded_skus FROM whole;
    IF crowded_skus IS NOT NULL THEN
        PERFORM souk.split_account(crowded.sku, moment_ms) FROM unnest(crowded_skus) AS crowded (sku);
    END IF;
    RETURN coalesce(exhausted, false);
END $add_to_accounts$;
