-- Puts everything that the buckets have into the row in `stock`, which the caller has locked.
CREATE FUNCTION souk.gather_buckets(asked_sku text, taken bigint)
RETURNS souk.stock LANGUAGE plpgsql VOLATILE AS $gather_buckets$
DECLARE
    gathered souk.stock;
BEGIN
    PERFORM FROM souk.bucket WHERE bucket.sku = asked_sku ORDER BY bucket.number FOR UPDATE;
    WITH emptied AS (
        DELETE FROM souk.bucket WHERE bucket.sku = asked_sku RETURNING bucket.*
    ), total AS (
        SELECT sum(emptied.supplied)::bigint AS supplied,
            sum(emptied.available)::bigint AS available,
            sum(emptied.held)::bigint AS held, sum(emptied.sold)::bigint AS sold,
            bool_or(emptied.available > taken) AS was_locked
        FROM emptied
    )
    UPDATE souk.stock SET
        supplied = stock.supplied + total.supplied, available = stock.available + total.available,
        held = stock.held + total.held, sold = stock.sold + total.sold,
        buckets = 0, crowd = 8,
        buckets_next = CASE WHEN total.was_locked THEN least(stock.buckets * 2, 128)
            ELSE stock.buckets_next END
    FROM total WHERE stock.sku = asked_sku
    RETURNING stock.* INTO gathered;
    RETURN gathered;
END $gather_buckets$;
