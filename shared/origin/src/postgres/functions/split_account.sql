-- Splits an account, which the caller has locked, if each bucket gets at least eight units and no
-- sold-out hold is on it.
CREATE FUNCTION souk.split_account(asked_sku text, moment_ms bigint)
RETURNS void LANGUAGE plpgsql VOLATILE AS $split_account$
DECLARE
    account souk.stock;
    parts bigint;
    share bigint;
BEGIN
    SELECT stock.* INTO account FROM souk.stock WHERE stock.sku = asked_sku;
    parts := least(account.buckets_next, account.available / 8 - 1);
    IF account.buckets > 0 OR parts < 4 OR account.sold_out_until_ms > moment_ms THEN
        RETURN;
    END IF;
    share := account.available / (parts + 1);
    UPDATE souk.stock SET supplied = stock.supplied - parts * share,
        available = stock.available - parts * share, buckets = parts,
        generation = stock.generation + 1, crowd = 0,
        sold_out_until_ms = 0
    WHERE stock.sku = asked_sku;
    INSERT INTO souk.bucket
        (sku, number, generation, supplied, available, held, sold, touched_ms)
    SELECT asked_sku, part.number, account.generation + 1, share, share, 0, 0, moment_ms
    FROM generate_series(1, parts) AS part (number);
END $split_account$;
