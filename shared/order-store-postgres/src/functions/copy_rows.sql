-- A page of a copy: where it ends, and rows in their common form. `after` is the place where the page
-- before ended. The ledger of stock has no index of its numbers; it is appended only, so its pages
-- are ranges of blocks, and a page may have no row and not be the last.
CREATE FUNCTION souk.copy_rows(ledger text, after text, until_ms bigint, rows_max bigint)
RETURNS TABLE (place text, content text) LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $copy_rows$
DECLARE
    block bigint;
    blocks bigint;
BEGIN
    CASE ledger
    WHEN 'orders' THEN
        RETURN QUERY SELECT orders.id, json_build_object(
            'key', orders.key, 'fingerprint', orders.fingerprint,
            'order', coalesce(orders.body, order_archive.body), 'takes', orders.takes,
            'events', coalesce(array_to_json(order_archive.events),
                (SELECT json_agg(event.body ORDER BY event.sequence)
                    FROM souk.order_event AS event WHERE event.order_id = orders.id), '[]'::json),
            'changes', coalesce(
                (SELECT json_agg(json_build_array(change.key, change.fingerprint, change.revision))
                    FROM unnest(order_archive.change_keys, order_archive.change_fingerprints,
                        order_archive.change_revisions) AS change (key, fingerprint, revision)),
                (SELECT json_agg(json_build_array(change.key, change.fingerprint, change.revision))
                    FROM souk.order_change AS change WHERE change.order_id = orders.id),
                '[]'::json))::text
        FROM souk.orders LEFT JOIN souk.order_archive ON order_archive.order_id = orders.id
        WHERE orders.id > after COLLATE "C" ORDER BY orders.id LIMIT rows_max;
    WHEN 'funds' THEN
        RETURN QUERY SELECT entry.id::text, CASE WHEN entry.at_ms <= until_ms THEN json_build_object(
            'order_id', entry.order_id, 'sequence', entry.sequence, 'source', entry.source,
            'target', entry.target, 'amount', entry.amount, 'currency', entry.currency,
            'at_ms', entry.at_ms)::text END
        FROM souk.funds_entry AS entry WHERE entry.id > coalesce(nullif(after, ''), '0')::bigint
        ORDER BY entry.id LIMIT rows_max;
    WHEN 'receipts' THEN
        RETURN QUERY SELECT receipt.key, CASE WHEN receipt.at_ms <= until_ms THEN json_build_object(
            'key', receipt.key, 'fingerprint', receipt.fingerprint, 'reason', receipt.reason,
            'at_ms', receipt.at_ms, 'repair', receipt.repair, 'by_name', receipt.by_name)::text END
        FROM souk.receipt WHERE receipt.key > after COLLATE "C"
        ORDER BY receipt.key LIMIT rows_max;
    WHEN 'repairs' THEN
        RETURN QUERY SELECT repair.id::text, CASE WHEN repair.at_ms <= until_ms THEN
            json_build_object('sku', repair.sku, 'kind', repair.kind, 'supplied', repair.supplied,
                'available', repair.available, 'held', repair.held, 'sold', repair.sold,
                'receipt', repair.receipt, 'at_ms', repair.at_ms)::text END
        FROM souk.stock_repair AS repair WHERE repair.id > coalesce(nullif(after, ''), '0')::bigint
        ORDER BY repair.id LIMIT rows_max;
    WHEN 'movements' THEN
        block := coalesce(nullif(after, ''), '0')::bigint;
        blocks := pg_relation_size('souk.movement') / current_setting('block_size')::bigint;
        RETURN QUERY SELECT NULL::text, json_build_object('sku', movement.sku,
            'kind', movement.kind, 'units', movement.units, 'order_id', movement.order_id,
            'receipt', movement.receipt, 'at_ms', movement.at_ms)::text
        FROM souk.movement
        WHERE movement.ctid >= format('(%s,0)', block)::tid
            AND movement.ctid < format('(%s,0)', block + 8)::tid
            AND movement.at_ms <= until_ms;
        IF block + 8 < blocks THEN
            RETURN QUERY SELECT (block + 8)::text, NULL::text;
        END IF;
    WHEN 'prices' THEN
        RETURN QUERY SELECT known.number::text, CASE WHEN known.recorded_ms <= until_ms THEN
            json_build_object('sku', known.sku, 'recorded_ms', known.recorded_ms,
                'prices', known.prices::json)::text END
        FROM souk.price_ledger AS known
        WHERE known.number > coalesce(nullif(after, ''), '0')::bigint
        ORDER BY known.number LIMIT rows_max;
    WHEN 'publications' THEN
        RETURN QUERY SELECT one.version::text, json_build_object('version', one.version,
            'manifest', one.manifest, 'format', one.format, 'products', one.products,
            'variants', one.variants, 'begun_at_ms', one.begun_at_ms,
            'activated_at_ms', one.activated_at_ms, 'retired_at_ms', one.retired_at_ms,
            'current', one.current)::text
        FROM souk.publication AS one WHERE one.version > coalesce(nullif(after, ''), '0')::bigint
        ORDER BY one.version LIMIT rows_max;
    WHEN 'offers' THEN
        RETURN QUERY SELECT stock.sku, json_build_object('sku', stock.sku, 'slug', stock.slug,
            'title', stock.title, 'unit_price', stock.unit_price, 'currency', stock.currency,
            'backorder', stock.backorder, 'offered', stock.offered, 'facts', stock.facts::json,
            'facts_before', stock.facts_before::json, 'facts_since_ms', stock.facts_since_ms)::text
        FROM souk.stock WHERE stock.sku > after COLLATE "C" ORDER BY stock.sku LIMIT rows_max;
    END CASE;
END $copy_rows$;
