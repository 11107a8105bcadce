-- Locks a bucket that no other transaction is at, beginning anywhere, from which so much can be taken.
-- Null where there is none.
--
-- A transaction that is at a bucket says so by an advisory lock until it ends, and only the one that
-- got that lock without waiting goes for the row. A row that is locked and then found to have too
-- little would stay locked (`SKIP LOCKED` leaves such rows behind too); waiting for the row in `stock`
-- after that would be a deadlock with the transaction that has it and waits for all buckets.
CREATE FUNCTION souk.lock_bucket(
    account souk.stock, taken bigint, taken_of_held bigint, taken_of_sold bigint
) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $lock_bucket$
DECLARE
    name integer := hashtext(account.sku);
    number_asked integer := floor(random() * account.buckets);
BEGIN
    FOR step IN 1 .. account.buckets LOOP
        number_asked := 1 + number_asked % account.buckets;
        CONTINUE WHEN NOT pg_try_advisory_xact_lock(name, number_asked);
        PERFORM FROM souk.bucket
        WHERE bucket.sku = account.sku AND bucket.number = number_asked
            AND bucket.generation = account.generation AND bucket.available > taken
            AND bucket.held >= taken_of_held AND bucket.sold >= taken_of_sold
        FOR NO KEY UPDATE;
        IF FOUND THEN
            RETURN number_asked;
        END IF;
    END LOOP;
    RETURN NULL;
END $lock_bucket$;
