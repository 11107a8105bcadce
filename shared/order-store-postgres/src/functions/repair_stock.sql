-- Makes the account of a SKU agree with its orders and with what came in; a `RepairReply`. The rule
-- is that of `souk_domain::Recount`.
--
-- Why it is exact while orders are placed: it has the lock of the row in `stock` and of all buckets
-- before it counts. Every transaction that had taken units has committed by then, and every later one
-- finds the account as it is left here. The statement that counts begins after that, so it sees all of
-- them. The key is looked for once more under the locks, and is the last thing to be locked.
CREATE FUNCTION souk.repair_stock(
    new_key text, new_fingerprint text, new_reason text, asked_sku text, is_preview bigint,
    moment_ms bigint, new_by_name text
) RETURNS text LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $repair_stock$
DECLARE
    known json;
    account souk.stock;
    before record;
    ledger record;
    promised record;
    is_broken boolean;
    units_left bigint;
    units_backordered bigint;
    repair json := '{}';
BEGIN
    PERFORM souk.expect_restored();
    SELECT stock.* INTO account FROM souk.stock WHERE stock.sku = asked_sku FOR UPDATE;
    PERFORM FROM souk.bucket WHERE bucket.sku = asked_sku ORDER BY bucket.number FOR UPDATE;
    IF is_preview = 0 THEN
        known := souk.known_repair(new_key, new_fingerprint);
        IF known IS NOT NULL THEN
            RETURN known;
        END IF;
    END IF;
    IF account.sku IS NULL THEN
        RETURN '{"outcome":"unknown"}';
    END IF;

    SELECT account.supplied + coalesce(sum(bucket.supplied), 0)::bigint AS supplied,
        account.available + coalesce(sum(bucket.available), 0)::bigint AS available,
        account.held + coalesce(sum(bucket.held), 0)::bigint AS held,
        account.sold + coalesce(sum(bucket.sold), 0)::bigint AS sold,
        -- Buckets that no order would look into, or that are not there.
        count(*) FILTER (WHERE bucket.number <= account.buckets
            AND bucket.generation = account.generation) <> account.buckets
        OR count(*) <> account.buckets AS has_lost_buckets
    INTO before FROM souk.bucket WHERE bucket.sku = asked_sku;
    SELECT coalesce(sum(written.supplied), 0)::bigint AS supplied,
        coalesce(sum(written.available), 0)::bigint AS available,
        coalesce(sum(written.held), 0)::bigint AS held,
        coalesce(sum(written.sold), 0)::bigint AS sold
    INTO ledger FROM souk.written_units() AS written WHERE written.sku = asked_sku;
    SELECT coalesce(sum(ordered.held), 0)::bigint AS held,
        coalesce(sum(ordered.sold), 0)::bigint AS sold
    INTO promised FROM souk.ordered_units() AS ordered WHERE ordered.sku = asked_sku;

    units_left := ledger.supplied - promised.held - promised.sold;
    units_backordered := greatest(-units_left, 0);
    IF units_backordered > 0 AND NOT account.backorder THEN
        RETURN json_build_object('outcome', 'short', 'sku', asked_sku,
            'units', units_backordered);
    END IF;
    is_broken := before.has_lost_buckets
        OR (before.supplied, before.available, before.held, before.sold)
            <> (ledger.supplied, ledger.available, ledger.held, ledger.sold)
        OR (before.supplied, before.held, before.sold)
            <> (ledger.supplied + units_backordered, promised.held, promised.sold);
    IF is_broken THEN
        repair := json_build_object('accounts', json_build_array(json_build_object(
            'before', json_build_object('sku', asked_sku, 'supplied', before.supplied,
                'available', before.available, 'held', before.held, 'sold', before.sold),
            'ledger', json_build_object('sku', asked_sku, 'supplied', ledger.supplied,
                'available', ledger.available, 'held', ledger.held, 'sold', ledger.sold),
            'after', json_build_object('sku', asked_sku,
                'supplied', ledger.supplied + units_backordered,
                'available', units_left + units_backordered,
                'held', promised.held, 'sold', promised.sold),
            'backordered', units_backordered)));
    END IF;
    IF is_preview <> 0 THEN
        RETURN json_build_object('outcome', 'would', 'repair', repair);
    END IF;

    INSERT INTO souk.receipt (key, fingerprint, reason, at_ms, repair, by_name)
    VALUES (new_key, new_fingerprint, new_reason, moment_ms, repair, new_by_name)
    ON CONFLICT (key) DO NOTHING;
    IF NOT FOUND THEN
        RETURN souk.known_repair(new_key, new_fingerprint);
    END IF;
    IF is_broken THEN
        INSERT INTO souk.stock_repair
            (sku, kind, supplied, available, held, sold, receipt, at_ms)
        SELECT asked_sku, part.*, new_key, moment_ms
        FROM (VALUES
            ('found', before.supplied - ledger.supplied, before.available - ledger.available,
                before.held - ledger.held, before.sold - ledger.sold),
            ('added', ledger.supplied + units_backordered - before.supplied,
                units_left + units_backordered - before.available,
                promised.held - before.held, promised.sold - before.sold)
        ) AS part (kind, supplied, available, held, sold)
        WHERE (part.supplied, part.available, part.held, part.sold) <> (0, 0, 0, 0);
        -- Deleting the buckets ends whatever is wrong with them; competing orders split the account
        -- again.
        DELETE FROM souk.bucket WHERE bucket.sku = asked_sku;
        UPDATE souk.stock SET supplied = ledger.supplied + units_backordered,
            available = units_left + units_backordered, held = promised.held,
            sold = promised.sold, buckets = 0, crowd = 0
        WHERE stock.sku = asked_sku;
    END IF;
    RETURN json_build_object('outcome', 'done', 'repair', repair);
END $repair_stock$;
