-- Repairs: what makes the books agree again, beside the ledger of stock and counted with it.

-- What a repair found and did; none where the key is that of a receipt.
ALTER TABLE souk.receipt ADD COLUMN repair json;

-- `found` is what became of an account without a movement, `added` is what the repair itself did to
-- it. Signed, because nobody can tell any more which movements are missing; `receipt` is the key,
-- under which the reason is kept. A table of its own, so that placing an order locks no more than
-- before.
CREATE TABLE souk.stock_repair (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('found', 'added')),
    supplied bigint NOT NULL,
    available bigint NOT NULL,
    held bigint NOT NULL,
    sold bigint NOT NULL,
    receipt text COLLATE "C" NOT NULL,
    at_ms bigint NOT NULL,
    CHECK (supplied = available + held + sold)
);

-- Everything in the ledger of stock: what each row adds to its account.
CREATE FUNCTION souk.written_units()
RETURNS TABLE (sku text, supplied bigint, available bigint, held bigint, sold bigint)
LANGUAGE sql STABLE AS $written_units$
    SELECT movement.sku, movement.units * unit.supplied, movement.units * unit.available,
        movement.units * unit.held, movement.units * unit.sold
    FROM souk.movement JOIN souk.movement_kind AS unit ON unit.kind = movement.kind
    UNION ALL
    SELECT repair.sku, repair.supplied, repair.available, repair.held, repair.sold
    FROM souk.stock_repair AS repair
$written_units$;

-- What each line of each order asks for: those that wait for their payment hold, the others have
-- what did not come back.
CREATE FUNCTION souk.ordered_units()
RETURNS TABLE (sku text, held bigint, sold bigint)
LANGUAGE sql STABLE AS $ordered_units$
    SELECT line.sku,
        CASE WHEN standing.status = 'awaiting_payment' THEN line.quantity ELSE 0 END,
        CASE WHEN standing.status IN
            ('confirmed', 'allocated', 'shipped', 'delivered', 'returned')
        THEN line.quantity
            - coalesce((standing.state -> 'returned' ->> (line.position - 1)::integer)::bigint, 0)
        ELSE 0 END
    FROM (
        SELECT coalesce(orders.lines, archived.lines) AS lines,
            coalesce(order_state.status, archived.state ->> 'status', orders.status) AS status,
            coalesce(order_state.body, archived.state) AS state
        FROM souk.orders
            LEFT JOIN souk.order_state ON order_state.order_id = orders.id
            LEFT JOIN souk.order_archive AS archived ON archived.order_id = orders.id
    ) AS standing,
        LATERAL ROWS FROM (json_to_recordset(standing.lines) AS (sku text, quantity bigint))
            WITH ORDINALITY AS line (sku, quantity, position)
$ordered_units$;

-- As before, with what repairs have added to the ledger; an account that is gone is named too. Each
-- drift is a `Drift` of the protocol.
CREATE OR REPLACE FUNCTION souk.audit()
RETURNS text LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $audit$
DECLARE
    drift jsonb[];
BEGIN
    drift := ARRAY(
        SELECT jsonb_build_object('kind', 'ledger', 'subject', coalesce(account.sku, ledger.sku),
            'found', jsonb_build_array(coalesce(account.supplied, 0),
                coalesce(account.available, 0), coalesce(account.held, 0), coalesce(account.sold, 0)),
            'expected', jsonb_build_array(coalesce(ledger.supplied, 0),
                coalesce(ledger.available, 0), coalesce(ledger.held, 0), coalesce(ledger.sold, 0)))
        FROM souk.whole_accounts() AS account FULL JOIN (
            SELECT written.sku, sum(written.supplied) AS supplied,
                sum(written.available) AS available, sum(written.held) AS held,
                sum(written.sold) AS sold
            FROM souk.written_units() AS written GROUP BY written.sku
        ) AS ledger ON ledger.sku = account.sku
        WHERE coalesce(account.supplied, 0) <> coalesce(ledger.supplied, 0)
            OR coalesce(account.available, 0) <> coalesce(ledger.available, 0)
            OR coalesce(account.held, 0) <> coalesce(ledger.held, 0)
            OR coalesce(account.sold, 0) <> coalesce(ledger.sold, 0)
        ORDER BY coalesce(account.sku, ledger.sku) LIMIT 100
    ) || ARRAY(
        -- Its units are on the books, but no order would look there.
        SELECT DISTINCT jsonb_build_object('kind', 'stranded_bucket', 'subject', bucket.sku)
        FROM souk.bucket LEFT JOIN souk.stock ON stock.sku = bucket.sku
        WHERE bucket.number > coalesce(stock.buckets, 0)
            OR bucket.generation <> stock.generation
        LIMIT 100
    ) || ARRAY(
        SELECT jsonb_build_object('kind', 'lacking_bucket', 'subject', stock.sku)
        FROM souk.stock
        WHERE stock.buckets > (SELECT count(*) FROM souk.bucket WHERE bucket.sku = stock.sku)
        LIMIT 100
    ) || ARRAY(
        SELECT jsonb_build_object('kind', 'orders', 'subject', coalesce(account.sku, ordered.sku),
            'found', jsonb_build_array(coalesce(account.held, 0), coalesce(account.sold, 0)),
            'expected', jsonb_build_array(coalesce(ordered.held, 0), coalesce(ordered.sold, 0)))
        FROM souk.whole_accounts() AS account FULL JOIN (
            SELECT ordered.sku, sum(ordered.held) AS held, sum(ordered.sold) AS sold
            FROM souk.ordered_units() AS ordered GROUP BY ordered.sku
        ) AS ordered ON ordered.sku = account.sku
        WHERE coalesce(account.held, 0) <> coalesce(ordered.held, 0)
            OR coalesce(account.sold, 0) <> coalesce(ordered.sold, 0)
        ORDER BY coalesce(account.sku, ordered.sku) LIMIT 100
    ) || ARRAY(
        -- Of which the back office would never hear something.
        SELECT DISTINCT jsonb_build_object('kind', 'outbox', 'subject', event.order_id)
        FROM (
            SELECT orders.id AS order_id, 0 AS sequence FROM souk.orders
            WHERE orders.body IS NOT NULL
            UNION ALL SELECT order_event.order_id, order_event.sequence FROM souk.order_event
        ) AS event
        WHERE NOT EXISTS (SELECT FROM souk.message WHERE message.queue = 'back_office'
                AND message.order_id = event.order_id AND message.sequence = event.sequence)
            AND NOT EXISTS (SELECT FROM souk.delivered
                WHERE delivered.order_id = event.order_id AND delivered.sequence = event.sequence)
        LIMIT 100
    ) || ARRAY(
        SELECT jsonb_build_object('kind', 'hold', 'subject', orders.id)
        FROM souk.orders LEFT JOIN souk.order_state ON order_state.order_id = orders.id
        WHERE coalesce(order_state.status, orders.status) = 'awaiting_payment'
            AND orders.body IS NOT NULL AND orders.hold_until_ms IS NOT NULL
            AND NOT EXISTS (SELECT FROM souk.message
                WHERE message.queue = 'holds' AND message.order_id = orders.id)
        LIMIT 100
    ) || ARRAY(
        SELECT jsonb_build_object('kind', 'history', 'subject', coalesce(order_state.order_id, event.order_id))
        FROM souk.order_state FULL JOIN (
            SELECT order_event.order_id, count(*) AS events, max(order_event.sequence) AS last
            FROM souk.order_event GROUP BY order_event.order_id
        ) AS event ON event.order_id = order_state.order_id
        WHERE order_state.revision IS DISTINCT FROM event.events
            OR event.events IS DISTINCT FROM event.last
        LIMIT 100
    ) || ARRAY(
        SELECT jsonb_build_object('kind', 'funds',
            'subject', coalesce(state.order_id, ledger.order_id))
        FROM (
            SELECT order_state.order_id, order_state.authorised, order_state.captured,
                order_state.refunding, order_state.refunded
            FROM souk.order_state
            UNION ALL
            SELECT order_archive.order_id, (funds ->> 'authorised')::bigint,
                (funds ->> 'captured')::bigint, (funds ->> 'refunding')::bigint,
                (funds ->> 'refunded')::bigint
            FROM souk.order_archive,
                LATERAL (VALUES (order_archive.state -> 'funds')) AS one (funds)
            WHERE order_archive.state IS NOT NULL
        ) AS state FULL JOIN (
            SELECT entry.order_id,
                sum(entry.amount) FILTER (WHERE entry.account = 'authorised') AS authorised,
                sum(entry.amount) FILTER (WHERE entry.account IN ('shop', 'fees')) AS shop,
                sum(entry.amount) FILTER (WHERE entry.account = 'owed') AS owed,
                -sum(entry.amount) FILTER (WHERE entry.account = 'buyer') AS buyer
            FROM (
                SELECT funds_entry.order_id, funds_entry.target AS account, funds_entry.amount
                FROM souk.funds_entry
                UNION ALL
                SELECT funds_entry.order_id, funds_entry.source, -funds_entry.amount
                FROM souk.funds_entry
            ) AS entry
            GROUP BY entry.order_id
        ) AS ledger ON ledger.order_id = state.order_id
        WHERE coalesce(state.authorised, 0) <> coalesce(ledger.authorised, 0)
            OR coalesce(state.captured - state.refunding - state.refunded, 0)
                <> coalesce(ledger.shop, 0)
            OR coalesce(state.refunding, 0) <> coalesce(ledger.owed, 0)
            OR coalesce(state.authorised + state.captured - state.refunded, 0)
                <> coalesce(ledger.buyer, 0)
        LIMIT 100
    );
    RETURN json_build_object(
        'skus', (SELECT count(*) FROM souk.stock),
        'orders', (SELECT count(*) FROM souk.orders),
        'outbox', (SELECT count(*) FROM souk.message WHERE message.queue = 'back_office'),
        'drift', array_to_json(drift));
END $audit$;

-- What is known of the key of a repair: a `RepairReply` of the protocol, or null.
CREATE FUNCTION souk.known_repair(asked_key text, asked_fingerprint text)
RETURNS json LANGUAGE sql STABLE AS $known_repair$
    SELECT CASE WHEN receipt.fingerprint = asked_fingerprint
        THEN json_build_object('outcome', 'already', 'repair', receipt.repair)
        ELSE '{"outcome":"key_used_for_something_else"}' END
    FROM souk.receipt WHERE receipt.key = asked_key
$known_repair$;

-- Makes the account of a SKU agree with its orders and with what came in; a `RepairReply`. The rule
-- is that of `souk_domain::Recount`.
--
-- Why it is exact while orders come in: it has the lock of the row in `stock` and of all buckets
-- before it counts. Whoever had taken units has committed by then, and whoever comes later finds
-- the account as it is left here. The statement that counts begins after that, so it sees all of
-- them. The key is looked for once more under the locks, and is the last thing to be locked.
CREATE FUNCTION souk.repair_stock(
    new_key text, new_fingerprint text, new_reason text, asked_sku text, is_preview bigint,
    moment_ms bigint
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

    INSERT INTO souk.receipt (key, fingerprint, reason, at_ms, repair)
    VALUES (new_key, new_fingerprint, new_reason, moment_ms, repair)
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
        -- Whatever is wrong with the buckets is over with them; orders that meet split it again.
        DELETE FROM souk.bucket WHERE bucket.sku = asked_sku;
        UPDATE souk.stock SET supplied = ledger.supplied + units_backordered,
            available = units_left + units_backordered, held = promised.held,
            sold = promised.sold, buckets = 0, crowd = 0
        WHERE stock.sku = asked_sku;
    END IF;
    RETURN json_build_object('outcome', 'done', 'repair', repair);
END $repair_stock$;

-- Puts the messages of an order in that it should have and has not; a `RepairReply`. The order is
-- locked, so nothing happens to it while its messages are counted; one that is in the archive was
-- told of whole.
CREATE FUNCTION souk.repair_order(
    new_key text, new_fingerprint text, new_reason text, asked_id text, is_preview bigint,
    moment_ms bigint
) RETURNS text LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $repair_order$
DECLARE
    known json;
    placed souk.orders;
    missing json;
    repair json := '{}';
BEGIN
    SELECT orders.* INTO placed FROM souk.orders WHERE orders.id = asked_id FOR NO KEY UPDATE;
    IF is_preview = 0 THEN
        known := souk.known_repair(new_key, new_fingerprint);
        IF known IS NOT NULL THEN
            RETURN known;
        END IF;
    END IF;
    IF placed.id IS NULL THEN
        RETURN '{"outcome":"unknown"}';
    END IF;
    SELECT json_agg(told ORDER BY told.queue, told.sequence) INTO missing
    FROM (
        SELECT 'back_office' AS queue, event.sequence, moment_ms AS due_ms
        FROM (
            SELECT 0 AS sequence WHERE placed.body IS NOT NULL
            UNION ALL SELECT order_event.sequence FROM souk.order_event
            WHERE order_event.order_id = asked_id
        ) AS event
        WHERE NOT EXISTS (SELECT FROM souk.message WHERE message.queue = 'back_office'
                AND message.order_id = asked_id AND message.sequence = event.sequence)
            AND NOT EXISTS (SELECT FROM souk.delivered
                WHERE delivered.order_id = asked_id AND delivered.sequence = event.sequence)
        UNION ALL
        SELECT 'holds', 0, placed.hold_until_ms
        WHERE placed.hold_until_ms IS NOT NULL AND placed.body IS NOT NULL
            AND coalesce((SELECT order_state.status FROM souk.order_state
                WHERE order_state.order_id = asked_id), placed.status) = 'awaiting_payment'
            AND NOT EXISTS (SELECT FROM souk.message
                WHERE message.queue = 'holds' AND message.order_id = asked_id)
    ) AS told;
    IF missing IS NOT NULL THEN
        repair := json_build_object('messages', missing);
    END IF;
    IF is_preview <> 0 THEN
        RETURN json_build_object('outcome', 'would', 'repair', repair);
    END IF;
    INSERT INTO souk.receipt (key, fingerprint, reason, at_ms, repair)
    VALUES (new_key, new_fingerprint, new_reason, moment_ms, repair)
    ON CONFLICT (key) DO NOTHING;
    IF NOT FOUND THEN
        RETURN souk.known_repair(new_key, new_fingerprint);
    END IF;
    INSERT INTO souk.message (queue, order_id, sequence, due_ms)
    SELECT told.queue, asked_id, told.sequence, told.due_ms
    FROM json_to_recordset(coalesce(missing, '[]'))
        AS told (queue text, sequence bigint, due_ms bigint);
    RETURN json_build_object('outcome', 'done', 'repair', repair);
END $repair_order$;
