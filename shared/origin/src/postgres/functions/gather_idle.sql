-- Gathers buckets that are not needed any more. Never waits: another transaction that is at work on
-- this SKU at this moment needs them.
CREATE FUNCTION souk.gather_idle(asked_sku text)
RETURNS void LANGUAGE plpgsql VOLATILE AS $gather_idle$
DECLARE
    account souk.stock;
BEGIN
    SELECT stock.* INTO account FROM souk.stock
    WHERE stock.sku = asked_sku FOR UPDATE SKIP LOCKED;
    IF account.buckets > 0 AND account.buckets = (
        SELECT count(*) FROM (
            SELECT FROM souk.bucket WHERE bucket.sku = asked_sku FOR UPDATE SKIP LOCKED
        ) AS locked
    ) THEN
        PERFORM souk.gather_buckets(asked_sku, 0);
        UPDATE souk.stock SET crowd = 0, buckets_next = 32 WHERE stock.sku = asked_sku;
    END IF;
END $gather_idle$;
