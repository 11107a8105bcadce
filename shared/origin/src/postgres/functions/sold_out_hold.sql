-- Sets a sold-out hold on a SKU that is sold out, or makes the one that is there last longer: its
-- number, and the keys of all orders with the SKU unless the caller has those of that number. Null
-- where the SKU gets none.
--
-- For a while no order with the SKU is accepted then, even if units come back, so that edges may
-- refuse such orders by themselves. `sold_out_until_ms` is until when; 0 once an order with the SKU
-- was accepted since. So as long as it is not 0, the SKU has no key that it did not have when the
-- sold-out hold got its number.
--
-- Everything that accepts an order looks at it under the lock of the row in `stock`, or has locked
-- a bucket. A SKU that has buckets is not under a sold-out hold (`CHECK`): a sold-out hold is set
-- where there are none, and an account that is under a sold-out hold is not split. So a transaction
-- that finds a bucket of the generation that it read with the offer knows that no sold-out hold was
-- set in between.
--
-- Why the keys are complete: a transaction that takes units of a SKU without buckets holds the lock
-- of its row until the order is committed, and buckets go only when all that took from them have
-- committed. The keys are read by a statement that begins after this one has the lock.
CREATE FUNCTION souk.sold_out_hold(asked_sku text, until_ms bigint, known bigint, keys_max bigint)
RETURNS text LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $sold_out_hold$
DECLARE
    account souk.stock;
    new_number bigint;
    found_keys json;
    found_count bigint;
BEGIN
    SELECT stock.* INTO account FROM souk.stock
    WHERE stock.sku = asked_sku AND stock.available = 0 AND stock.offered
        AND NOT stock.backorder
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    -- A moment, so that it is not used again after a database was restored.
    new_number := CASE account.sold_out_until_ms
        WHEN 0 THEN greatest(until_ms, account.sold_out_hold_number + 1) ELSE account.sold_out_hold_number END;
    IF account.sold_out_until_ms = 0 OR known <> new_number THEN
        SELECT coalesce(json_agg(orders.key), '[]'), count(*) INTO found_keys, found_count
        FROM (
            SELECT DISTINCT movement.order_id FROM souk.movement
            WHERE movement.sku = asked_sku AND movement.kind IN ('hold', 'sell')
            LIMIT keys_max + 1
        ) AS taken JOIN souk.orders ON orders.id = taken.order_id;
        IF found_count > keys_max THEN
            RETURN NULL;
        END IF;
    END IF;
    UPDATE souk.stock SET sold_out_until_ms = greatest(stock.sold_out_until_ms, until_ms),
        sold_out_hold_number = new_number
    WHERE stock.sku = asked_sku;
    RETURN json_build_object('number', new_number, 'keys', found_keys);
END $sold_out_hold$;
