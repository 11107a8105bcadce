-- Puts a batch of a copy back, once; the last batch, or -1 where it is not its turn.
CREATE FUNCTION souk.restore_rows(asked_backup text, asked_batch bigint, ledger text, content text)
RETURNS bigint LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $restore_rows$
DECLARE
    reached bigint;
    copies json := content::json;
BEGIN
    SELECT restoration.batch INTO reached FROM souk.restoration
    WHERE restoration.backup = asked_backup AND NOT restoration.finished FOR UPDATE;
    IF reached IS NULL OR asked_batch > reached + 1 THEN
        RETURN -1;
    ELSIF asked_batch <= reached THEN
        RETURN reached;
    END IF;
    UPDATE souk.restoration SET batch = asked_batch WHERE restoration.is_the_one;
    CASE ledger
    WHEN 'orders' THEN
        -- What buyers and staff write comes as texts of JSON: the engine cannot take apart what has
        -- the character U+0000 in it.
        INSERT INTO souk.orders (id, key, fingerprint, status, placed_at_ms, hold_until_ms, lines,
            body, takes)
        SELECT one.id, one.key, one.fingerprint, one.status, one.placed_at_ms, one.hold_until_ms,
            one.lines::json, one.body::json, one.takes
        FROM json_to_recordset(copies) AS one (id text, key text, fingerprint text, status text,
            placed_at_ms bigint, hold_until_ms bigint, lines text, body text, takes json);
        -- As `souk.taken_allowances` counts.
        INSERT INTO souk.allowance AS counted (account, taken)
        SELECT took.account, sum(took.units)::bigint
        FROM (SELECT copy.value ->> 'status' AS placed, copy.value -> 'takes' AS takes,
                coalesce(copy.value #>> '{state,status}', copy.value ->> 'status') AS status,
                coalesce((copy.value #>> '{state,funds,captured}')::bigint, 0) AS captured
            FROM json_array_elements(copies) AS copy) AS ordered,
            LATERAL json_to_recordset(CASE WHEN json_typeof(ordered.takes) = 'array'
                THEN ordered.takes ELSE '[]' END) AS took (account text, units bigint, kept boolean)
        WHERE CASE WHEN took.kept THEN ordered.status NOT IN ('cancelled', 'expired')
            ELSE ordered.status = 'awaiting_payment' OR (ordered.placed = 'confirmed'
                AND ordered.captured = 0 AND ordered.status IN ('confirmed', 'allocated')) END
        GROUP BY took.account ORDER BY took.account
        ON CONFLICT (account) DO UPDATE SET taken = counted.taken + excluded.taken;
        -- The list of the usher is not in a copy: what orders keep of allowances says all of it.
        INSERT INTO souk.ticket_order (session, placed_at_ms, rank, units)
        SELECT listed.session, listed.placed_at_ms, listed.rank,
            (SELECT sum(bought.units) FROM json_to_recordset(listed.takes)
                AS bought (account text, units bigint)
                WHERE bought.account LIKE 'sale:' || listed.session || ':%')
        FROM (SELECT split_part(took.account, ':', 2)::bigint AS session,
                split_part(took.account, ':', 3) AS rank, one.placed_at_ms, one.takes
            FROM json_to_recordset(copies) AS one (placed_at_ms bigint, takes json),
                LATERAL json_to_recordset(CASE WHEN json_typeof(one.takes) = 'array'
                    THEN one.takes ELSE '[]' END) AS took (account text)
            WHERE took.account LIKE 'ticket:%') AS listed;
        INSERT INTO souk.order_state
            (order_id, revision, status, authorised, captured, refunding, refunded, disputed, body)
        SELECT copy.value ->> 'id', (copy.value #>> '{state,revision}')::bigint,
            copy.value #>> '{state,status}', (copy.value #>> '{state,funds,authorised}')::bigint,
            (copy.value #>> '{state,funds,captured}')::bigint,
            (copy.value #>> '{state,funds,refunding}')::bigint,
            (copy.value #>> '{state,funds,refunded}')::bigint,
            (copy.value #>> '{state,funds,disputed}')::bigint, copy.value -> 'state'
        FROM json_array_elements(copies) AS copy WHERE copy.value #>> '{state,revision}' IS NOT NULL;
        INSERT INTO souk.order_event (order_id, sequence, at_ms, body)
        SELECT copy.value ->> 'id', (event.value ->> 'sequence')::bigint,
            (event.value ->> 'at_ms')::bigint, (event.value ->> 'body')::json
        FROM json_array_elements(copies) AS copy,
            LATERAL json_array_elements(copy.value -> 'events') AS event;
        INSERT INTO souk.order_change (order_id, key, fingerprint, revision)
        SELECT copy.value ->> 'id', change.value ->> 0, change.value ->> 1,
            (change.value ->> 2)::bigint
        FROM json_array_elements(copies) AS copy,
            LATERAL json_array_elements(copy.value -> 'changes') AS change;
    WHEN 'funds' THEN
        INSERT INTO souk.funds_entry
            (order_id, sequence, source, target, amount, currency, at_ms)
        SELECT one.order_id, one.sequence, one.source, one.target, one.amount, one.currency,
            one.at_ms
        FROM json_to_recordset(copies) AS one (order_id text, sequence bigint, source text,
            target text, amount bigint, currency text, at_ms bigint);
    WHEN 'receipts' THEN
        INSERT INTO souk.receipt (key, fingerprint, reason, at_ms, repair, by_name)
        SELECT one.key, one.fingerprint, one.reason, one.at_ms, one.repair, one.by_name
        FROM json_to_recordset(copies) AS one (key text, fingerprint text, reason text, at_ms bigint,
            repair json, by_name text)
        ON CONFLICT DO NOTHING;
    WHEN 'repairs' THEN
        INSERT INTO souk.stock_repair
            (sku, kind, supplied, available, held, sold, receipt, at_ms)
        SELECT one.sku, one.kind, one.supplied, one.available, one.held, one.sold, one.receipt,
            one.at_ms
        FROM json_to_recordset(copies) AS one (sku text, kind text, supplied bigint,
            available bigint, held bigint, sold bigint, receipt text, at_ms bigint);
    WHEN 'movements' THEN
        INSERT INTO souk.movement (sku, kind, units, order_id, receipt, at_ms)
        SELECT one.sku, one.kind, one.units, one.order_id, one.receipt, one.at_ms
        FROM json_to_recordset(copies) AS one (sku text, kind text, units bigint, order_id text,
            receipt text, at_ms bigint);
    WHEN 'prices' THEN
        INSERT INTO souk.price_ledger (sku, recorded_ms, prices)
        SELECT one.sku, one.recorded_ms, one.prices::text
        FROM json_to_recordset(copies) AS one (sku text, recorded_ms bigint, prices json);
    WHEN 'publications' THEN
        INSERT INTO souk.publication (version, manifest, format, products, variants, begun_at_ms,
            activated_at_ms, retired_at_ms, current)
        OVERRIDING SYSTEM VALUE
        SELECT one.version, one.manifest, one.format, one.products, one.variants, one.begun_at_ms,
            one.activated_at_ms, one.retired_at_ms, one.current
        FROM json_to_recordset(copies) AS one (version bigint, manifest text, format bigint,
            products bigint, variants bigint, begun_at_ms bigint, activated_at_ms bigint,
            retired_at_ms bigint, current boolean);
        PERFORM setval(pg_get_serial_sequence('souk.publication', 'version'),
            (SELECT max(publication.version) FROM souk.publication));
    WHEN 'offers' THEN
        INSERT INTO souk.stock (sku, slug, title, unit_price, currency, backorder, offered, facts,
            facts_before, facts_since_ms, supplied, available, held, sold)
        SELECT one.sku, one.slug, one.title, one.unit_price, one.currency, one.backorder,
            one.offered, one.facts::text, one.facts_before::text, one.facts_since_ms, one.supplied,
            one.available, one.held, one.sold
        FROM json_to_recordset(copies) AS one (sku text, slug text, title text, unit_price bigint,
            currency text, backorder boolean, offered boolean, facts json, facts_before json,
            facts_since_ms bigint, supplied bigint, available bigint, held bigint, sold bigint);
    END CASE;
    RETURN asked_batch;
END $restore_rows$;
