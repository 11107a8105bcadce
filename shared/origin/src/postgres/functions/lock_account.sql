-- Locks a row from which so much can be taken: a bucket, or (0) the one in `stock`. That one has
-- everything then if units are to be taken, whether there are enough or not. `crowded`: another
-- transaction was there between the first look and the lock.
CREATE FUNCTION souk.lock_account(
    asked_sku text, taken bigint, taken_of_held bigint, taken_of_sold bigint,
    OUT account souk.stock, OUT bucket bigint, OUT crowded boolean
) LANGUAGE plpgsql VOLATILE AS $lock_account$
DECLARE
    before bigint;
BEGIN
    SELECT stock.* INTO account FROM souk.stock WHERE stock.sku = asked_sku;
    crowded := false;
    IF account.buckets > 0 THEN
        bucket := souk.lock_bucket(account, taken, taken_of_held, taken_of_sold);
        IF bucket IS NOT NULL THEN
            RETURN;
        END IF;
    END IF;
    before := account.available;
    bucket := 0;
    SELECT stock.* INTO account FROM souk.stock WHERE stock.sku = asked_sku FOR UPDATE;
    crowded := before <> account.available;
    IF account.buckets > 0 THEN
        IF EXISTS (SELECT FROM souk.bucket WHERE bucket.sku = asked_sku
            AND bucket.available > taken AND bucket.held >= taken_of_held
            AND bucket.sold >= taken_of_sold)
        THEN
            bucket := coalesce(souk.lock_bucket(account, taken, taken_of_held, taken_of_sold), 0);
        END IF;
        IF bucket = 0 AND (taken > 0 OR account.held < taken_of_held
            OR account.sold < taken_of_sold)
        THEN
            account := souk.gather_buckets(asked_sku, taken);
        END IF;
    END IF;
END $lock_account$;
