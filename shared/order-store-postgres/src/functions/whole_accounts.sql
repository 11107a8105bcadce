-- Every account, with its buckets.
CREATE FUNCTION souk.whole_accounts()
RETURNS TABLE (sku text, supplied numeric, available numeric, held numeric, sold numeric)
LANGUAGE sql STABLE AS $whole_accounts$
    SELECT part.sku, sum(part.supplied), sum(part.available), sum(part.held), sum(part.sold)
    FROM (
        SELECT stock.sku, stock.supplied, stock.available, stock.held, stock.sold
        FROM souk.stock
        UNION ALL
        SELECT bucket.sku, bucket.supplied, bucket.available, bucket.held, bucket.sold
        FROM souk.bucket
    ) AS part
    GROUP BY part.sku
$whole_accounts$;
