-- Recounts the books from what was written beside them, repairs included: an `AuditReport` of the
-- protocol. An account that is gone is named too. The function is stable: all of it sees one snapshot.
-- Each drift is a `Drift` of the protocol.
CREATE FUNCTION souk.audit()
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
        -- Orders with an event that would never be delivered to the back office.
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
                order_state.refunding, order_state.refunded, order_state.disputed
            FROM souk.order_state
            UNION ALL
            SELECT order_archive.order_id, (funds ->> 'authorised')::bigint,
                (funds ->> 'captured')::bigint, (funds ->> 'refunding')::bigint,
                (funds ->> 'refunded')::bigint, (funds ->> 'disputed')::bigint
            FROM souk.order_archive,
                LATERAL (VALUES (order_archive.state -> 'funds')) AS one (funds)
            WHERE order_archive.state IS NOT NULL
        ) AS state FULL JOIN (
            SELECT entry.order_id,
                sum(entry.amount) FILTER (WHERE entry.account = 'authorised') AS authorised,
                sum(entry.amount) FILTER (WHERE entry.account IN ('shop', 'fees')) AS shop,
                sum(entry.amount) FILTER (WHERE entry.account = 'owed') AS owed,
                sum(entry.amount) FILTER (WHERE entry.account = 'disputed') AS disputed,
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
            OR coalesce(state.captured - state.refunding - state.refunded - state.disputed, 0)
                <> coalesce(ledger.shop, 0)
            OR coalesce(state.refunding, 0) <> coalesce(ledger.owed, 0)
            OR coalesce(state.disputed, 0) <> coalesce(ledger.disputed, 0)
            OR coalesce(state.authorised + state.captured - state.refunded, 0)
                <> coalesce(ledger.buyer, 0)
        LIMIT 100
    ) || ARRAY(
        SELECT jsonb_build_object('kind', 'allowance',
            'subject', coalesce(allowance.account, took.account),
            'found', jsonb_build_array(coalesce(allowance.taken, 0)),
            'expected', jsonb_build_array(coalesce(took.taken, 0)))
        FROM souk.allowance FULL JOIN souk.taken_allowances() AS took
            ON took.account = allowance.account
        WHERE coalesce(allowance.taken, 0) <> coalesce(took.taken, 0)
        ORDER BY coalesce(allowance.account, took.account) LIMIT 100
    );
    RETURN json_build_object(
        'skus', (SELECT count(*) FROM souk.stock),
        'orders', (SELECT count(*) FROM souk.orders),
        'outbox', (SELECT count(*) FROM souk.message WHERE message.queue = 'back_office'),
        'drift', array_to_json(drift));
END $audit$;
