-- Books units that are received or missing; the reply is a `ReceiptReply` of the protocol. The key
-- is looked for once more under the locks: a twin that took units out had them then.
CREATE FUNCTION souk.receive_stock(
    new_key text, new_fingerprint text, new_reason text, lines text, moment_ms bigint,
    new_by_name text
) RETURNS text LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $receive_stock$
DECLARE
    known text;
    line record;
BEGIN
    PERFORM souk.expect_restored();
    -- What is received goes to the row in `stock`; what is missing may be in any bucket.
    FOR line IN
        SELECT asked.sku, asked.units
        FROM json_to_recordset(lines::json) AS asked (sku text, units bigint)
        ORDER BY asked.sku COLLATE "C"
    LOOP
        PERFORM FROM souk.stock WHERE stock.sku = line.sku FOR UPDATE;
        IF line.units < 0
            AND (SELECT stock.buckets FROM souk.stock WHERE stock.sku = line.sku) > 0
        THEN
            PERFORM souk.gather_buckets(line.sku, 0);
        END IF;
    END LOOP;

    known := (SELECT receipt.fingerprint FROM souk.receipt WHERE receipt.key = new_key);
    IF known IS NULL THEN
        FOR line IN
            SELECT asked.sku, asked.units, stock.available
            FROM ROWS FROM (json_to_recordset(lines::json) AS (sku text, units bigint))
                    WITH ORDINALITY AS asked (sku, units, position)
                LEFT JOIN souk.stock ON stock.sku = asked.sku
            ORDER BY asked.position
        LOOP
            IF line.available IS NULL THEN
                RETURN json_build_object('outcome', 'unknown_sku', 'sku', line.sku);
            ELSIF line.available + line.units < 0 THEN
                RETURN json_build_object('outcome', 'too_few', 'sku', line.sku,
                    'available', line.available);
            END IF;
        END LOOP;
        INSERT INTO souk.receipt (key, fingerprint, reason, at_ms, by_name)
        VALUES (new_key, new_fingerprint, new_reason, moment_ms, new_by_name)
        ON CONFLICT (key) DO NOTHING;
        IF FOUND THEN
            known := new_fingerprint;
            UPDATE souk.stock SET supplied = stock.supplied + asked.units,
                available = stock.available + asked.units
            FROM json_to_recordset(lines::json) AS asked (sku text, units bigint)
            WHERE stock.sku = asked.sku;
            INSERT INTO souk.movement (sku, kind, units, receipt, at_ms)
            SELECT asked.sku, CASE WHEN asked.units > 0 THEN 'supply' ELSE 'write_off' END,
                abs(asked.units), new_key, moment_ms
            FROM json_to_recordset(lines::json) AS asked (sku text, units bigint);
        ELSE
            known := (SELECT receipt.fingerprint FROM souk.receipt WHERE receipt.key = new_key);
        END IF;
    END IF;
    IF known <> new_fingerprint THEN
        RETURN '{"outcome":"key_used_for_other_receipt"}';
    END IF;
    RETURN json_build_object('outcome', 'done', 'accounts', (
        SELECT coalesce(json_agg(account), '[]') FROM souk.accounts((
            SELECT json_agg(asked.value -> 'sku') FROM json_array_elements(lines::json) AS asked
        )::text) AS account));
END $receive_stock$;
