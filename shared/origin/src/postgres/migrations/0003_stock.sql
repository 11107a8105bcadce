-- Stock accounts: defining, reading, recounting. About the settings of plans: see placing orders.

-- Of two definitions of one SKU in one message the first gives the units, the last all the rest.
-- Rows are written in the order of their SKUs, as a submit locks them.
CREATE FUNCTION souk.define_offers(
    defined text, offer_currency text, withdrawn text, moment_ms bigint
) RETURNS bigint LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $define_offers$
DECLARE
    skus text[];
BEGIN
    SELECT array_agg(offer.sku) INTO skus
    FROM json_to_recordset(defined::json) AS offer (sku text);

    WITH added AS (
        INSERT INTO souk.stock (sku, slug, title, unit_price, currency, backorder, offered,
            supplied, available, held, sold)
        SELECT DISTINCT ON (offer.sku COLLATE "C") offer.sku, offer.slug, offer.title,
            offer.unit_price, offer_currency, offer.backorder, true, offer.initial_units,
            offer.initial_units, 0, 0
        FROM ROWS FROM (json_to_recordset(defined::json) AS (sku text, slug text, title text,
            unit_price bigint, backorder boolean, initial_units bigint)
        ) WITH ORDINALITY AS offer
            (sku, slug, title, unit_price, backorder, initial_units, position)
        ORDER BY offer.sku COLLATE "C", offer.position
        ON CONFLICT (sku) DO NOTHING
        RETURNING stock.sku, stock.supplied
    )
    INSERT INTO souk.movement (sku, kind, units, order_id, at_ms)
    SELECT added.sku, 'supply', added.supplied, NULL, moment_ms FROM added
    WHERE added.supplied > 0;

    PERFORM FROM souk.stock
    WHERE stock.sku = ANY (skus)
        OR stock.sku = ANY (ARRAY(SELECT json_array_elements_text(withdrawn::json)))
    ORDER BY stock.sku FOR UPDATE;

    UPDATE souk.stock SET slug = offer.slug, title = offer.title, unit_price = offer.unit_price,
        currency = offer_currency, backorder = offer.backorder, offered = true
    FROM (
        SELECT DISTINCT ON (offer.sku COLLATE "C") offer.*
        FROM ROWS FROM (json_to_recordset(defined::json) AS (sku text, slug text, title text,
            unit_price bigint, backorder boolean)
        ) WITH ORDINALITY AS offer (sku, slug, title, unit_price, backorder, position)
        ORDER BY offer.sku COLLATE "C", offer.position DESC
    ) AS offer
    WHERE stock.sku = offer.sku;

    UPDATE souk.stock SET offered = false
    WHERE stock.sku = ANY (ARRAY(SELECT json_array_elements_text(withdrawn::json)));
    RETURN coalesce(cardinality(skus), 0);
END $define_offers$;

-- The accounts of these SKUs, in their order.
CREATE FUNCTION souk.accounts(asked_skus text)
RETURNS TABLE (sku text, supplied bigint, available bigint, held bigint, sold bigint)
LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $accounts$
BEGIN
    RETURN QUERY SELECT stock.sku, stock.supplied, stock.available, stock.held, stock.sold
    FROM souk.stock
    WHERE stock.sku = ANY (ARRAY(SELECT json_array_elements_text(asked_skus::json)))
    ORDER BY stock.sku;
END $accounts$;

-- Every SKU that cannot be ordered.
CREATE FUNCTION souk.unavailable()
RETURNS SETOF text LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $unavailable$
BEGIN
    RETURN QUERY SELECT stock.sku FROM souk.stock WHERE stock.unavailable ORDER BY stock.sku;
END $unavailable$;

-- An `AuditReport` of the protocol. The function is stable: all of it sees one snapshot.
CREATE FUNCTION souk.audit()
RETURNS text LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $audit$
DECLARE
    drift text[];
BEGIN
    drift := ARRAY(
        SELECT 'the account differs from its movements: SKU ' || stock.sku
        FROM souk.stock LEFT JOIN (
            SELECT movement.sku,
                sum(movement.units) FILTER (WHERE movement.kind IN ('supply', 'backorder'))
                    AS supplied,
                sum(movement.units) FILTER (WHERE movement.kind = 'hold') AS held,
                sum(movement.units) FILTER (WHERE movement.kind = 'sell') AS sold
            FROM souk.movement GROUP BY movement.sku
        ) AS ledger ON ledger.sku = stock.sku
        WHERE stock.supplied <> coalesce(ledger.supplied, 0)
            OR stock.held <> coalesce(ledger.held, 0)
            OR stock.sold <> coalesce(ledger.sold, 0)
            OR stock.available <> stock.supplied - stock.held - stock.sold
        ORDER BY stock.sku LIMIT 100
    ) || ARRAY(
        SELECT 'the account differs from the lines of its orders: SKU ' || stock.sku
        FROM souk.stock LEFT JOIN (
            SELECT line.sku, sum(line.quantity) AS units
            FROM souk.orders,
                LATERAL json_to_recordset(orders.lines)
                    AS line (sku text, quantity bigint)
            GROUP BY line.sku
        ) AS ordered ON ordered.sku = stock.sku
        WHERE stock.held + stock.sold <> coalesce(ordered.units, 0)
        ORDER BY stock.sku LIMIT 100
    ) || ARRAY(
        SELECT 'no outbox record: order ' || orders.id FROM souk.orders
        WHERE NOT EXISTS (SELECT FROM souk.outbox WHERE outbox.order_id = orders.id)
        ORDER BY orders.id LIMIT 100
    );
    RETURN json_build_object(
        'skus', (SELECT count(*) FROM souk.stock),
        'orders', (SELECT count(*) FROM souk.orders),
        'outbox', (SELECT count(*) FROM souk.outbox),
        'drift', array_to_json(drift));
END $audit$;
