-- Takes units out of a bucket of the generation that was read with the account: the first one, from
-- any one on, that no other transaction is at and that has more. Null where there is none. About the
-- advisory lock see `lock_bucket`.
CREATE FUNCTION souk.take_from_bucket(
    account souk.stock, units bigint, units_sold bigint, moment_ms bigint,
    OUT number bigint, OUT is_idle boolean
) LANGUAGE plpgsql VOLATILE AS $take_from_bucket$
DECLARE
    name integer := hashtext(account.sku);
    number_asked integer := floor(random() * account.buckets);
BEGIN
    FOR step IN 1 .. account.buckets LOOP
        number_asked := 1 + number_asked % account.buckets;
        CONTINUE WHEN NOT pg_try_advisory_xact_lock(name, number_asked);
        UPDATE souk.bucket SET
            available = bucket.available - units,
            sold = bucket.sold + units_sold,
            held = bucket.held + units - units_sold,
            touched_ms = moment_ms, idle_ms = moment_ms - bucket.touched_ms
        WHERE bucket.sku = account.sku AND bucket.number = number_asked
            AND bucket.generation = account.generation AND bucket.available > units
        RETURNING bucket.number, bucket.idle_ms > 60000 INTO number, is_idle;
        EXIT WHEN FOUND;
    END LOOP;
END $take_from_bucket$;
