-- Every account, with its buckets.
CREATE FUNCTION souk.whole_accounts()
RETURNS TABLE (sku text, supplied numeric, available numeric, held numeric, sold numeric)
LANGUAGE sql STABLE AS $whole_accounts$
    SELECT part.sku, sum(part.supplied), sum(part.available), sum(part.held), sum(part.sold)
    FROM (
        SELECT stock.sku, stock.supplied, stock.available, stock.held, stock.sold
        FROM souk.stock
        UNION ALL
        SELECT bucket.sku, bucket.supplied, bucket.available, bucket.held, bucket.sold
        FROM souk.bucket
    ) AS part
    GROUP BY part.sku
$whole_accounts$;

-- Recounting the books from what was written beside them: an `AuditReport` of the protocol. The
-- function is stable: all of it sees one snapshot.
CREATE OR REPLACE FUNCTION souk.audit()
RETURNS text LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $audit$
DECLARE
    drift text[];
BEGIN
    drift := ARRAY(
        SELECT 'the account differs from its movements: SKU ' || account.sku
        FROM souk.whole_accounts() AS account LEFT JOIN (
            SELECT movement.sku,
                sum(movement.units * unit.supplied) AS supplied,
                sum(movement.units * unit.available) AS available,
                sum(movement.units * unit.held) AS held,
                sum(movement.units * unit.sold) AS sold
            FROM souk.movement JOIN souk.movement_kind AS unit ON unit.kind = movement.kind
            GROUP BY movement.sku
        ) AS ledger ON ledger.sku = account.sku
        WHERE account.supplied <> coalesce(ledger.supplied, 0)
            OR account.available <> coalesce(ledger.available, 0)
            OR account.held <> coalesce(ledger.held, 0)
            OR account.sold <> coalesce(ledger.sold, 0)
        ORDER BY account.sku LIMIT 100
    ) || ARRAY(
        -- Its units are on the books, but no order would look there.
        SELECT DISTINCT 'a stranded bucket: SKU ' || bucket.sku
        FROM souk.bucket LEFT JOIN souk.stock ON stock.sku = bucket.sku
        WHERE bucket.number > coalesce(stock.buckets, 0)
            OR bucket.generation <> stock.generation
        LIMIT 100
    ) || ARRAY(
        SELECT 'the account lacks a bucket: SKU ' || stock.sku
        FROM souk.stock
        WHERE stock.buckets > (SELECT count(*) FROM souk.bucket WHERE bucket.sku = stock.sku)
        LIMIT 100
    ) || ARRAY(
        SELECT 'the account differs from the lines of its orders: SKU ' || account.sku
        FROM souk.whole_accounts() AS account LEFT JOIN (
            SELECT line.sku,
                sum(line.quantity) FILTER (WHERE standing.status = 'awaiting_payment') AS held,
                sum(line.quantity
                    - coalesce((standing.state -> 'returned' ->> (line.position - 1)::integer)
                        ::bigint, 0)
                ) FILTER (WHERE standing.status IN
                    ('confirmed', 'allocated', 'shipped', 'delivered', 'returned')) AS sold
            FROM (
                SELECT coalesce(orders.lines, archived.lines) AS lines,
                    coalesce(order_state.status, archived.state ->> 'status', orders.status)
                        AS status,
                    coalesce(order_state.body, archived.state) AS state
                FROM souk.orders
                    LEFT JOIN souk.order_state ON order_state.order_id = orders.id
                    LEFT JOIN souk.order_archive AS archived ON archived.order_id = orders.id
            ) AS standing,
                LATERAL ROWS FROM (json_to_recordset(standing.lines)
                    AS (sku text, quantity bigint)) WITH ORDINALITY
                    AS line (sku, quantity, position)
            GROUP BY line.sku
        ) AS ordered ON ordered.sku = account.sku
        WHERE account.held <> coalesce(ordered.held, 0)
            OR account.sold <> coalesce(ordered.sold, 0)
        ORDER BY account.sku LIMIT 100
    ) || ARRAY(
        -- Of which the back office would never hear something.
        SELECT DISTINCT 'no outbox record: order ' || event.order_id
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
        -- Orders without a deadline are from before there were any.
        SELECT 'a hold that never ends: order ' || orders.id
        FROM souk.orders LEFT JOIN souk.order_state ON order_state.order_id = orders.id
        WHERE coalesce(order_state.status, orders.status) = 'awaiting_payment'
            AND orders.body IS NOT NULL AND orders.hold_until_ms IS NOT NULL
            AND NOT EXISTS (SELECT FROM souk.message
                WHERE message.queue = 'holds' AND message.order_id = orders.id)
        LIMIT 100
    ) || ARRAY(
        SELECT 'the history has a gap: order ' || coalesce(order_state.order_id, event.order_id)
        FROM souk.order_state FULL JOIN (
            SELECT order_event.order_id, count(*) AS events, max(order_event.sequence) AS last
            FROM souk.order_event GROUP BY order_event.order_id
        ) AS event ON event.order_id = order_state.order_id
        WHERE order_state.revision IS DISTINCT FROM event.events
            OR event.events IS DISTINCT FROM event.last
        LIMIT 100
    ) || ARRAY(
        SELECT 'the funds differ from their ledger: order '
            || coalesce(state.order_id, ledger.order_id)
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
