-- Of two definitions of one SKU in one message the first gives the units, the last all the rest.
-- Rows are written in the order of their SKUs, as `place_any` locks them. What an offer says
-- changes only while there are no buckets; where it stays the same, as in most of a publication,
-- they stay.
CREATE FUNCTION souk.define_offers(
    defined text, offer_currency text, withdrawn text, moment_ms bigint
) RETURNS bigint LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $define_offers$
DECLARE
    skus text[];
    changed record;
    account souk.stock;
BEGIN
    PERFORM souk.expect_restored();
    SELECT array_agg(offer.sku) INTO skus
    FROM json_to_recordset(defined::json) AS offer (sku text);

    WITH added AS (
        INSERT INTO souk.stock (sku, slug, title, unit_price, currency, backorder, offered,
            facts, facts_since_ms, supplied, available, held, sold)
        SELECT DISTINCT ON (offer.sku COLLATE "C") offer.sku, offer.slug, offer.title,
            offer.unit_price, offer_currency, offer.backorder, true,
            coalesce(offer.facts::text, '[]'), moment_ms, offer.initial_units,
            offer.initial_units, 0, 0
        FROM ROWS FROM (json_to_recordset(defined::json) AS (sku text, slug text, title text,
            unit_price bigint, backorder boolean, facts json, initial_units bigint)
        ) WITH ORDINALITY AS offer
            (sku, slug, title, unit_price, backorder, facts, initial_units, position)
        ORDER BY offer.sku COLLATE "C", offer.position
        ON CONFLICT (sku) DO NOTHING
        RETURNING stock.sku, stock.supplied
    )
    INSERT INTO souk.movement (sku, kind, units, order_id, at_ms)
    SELECT added.sku, 'supply', added.supplied, NULL, moment_ms FROM added
    WHERE added.supplied > 0;

    FOR changed IN
        SELECT DISTINCT ON (offer.sku COLLATE "C") offer.*
        FROM (
            SELECT one.sku, one.slug, one.title, one.unit_price, one.backorder,
                coalesce(one.facts::text, '[]') AS facts, true AS offered, one.position
            FROM ROWS FROM (json_to_recordset(defined::json) AS (sku text, slug text, title text,
                unit_price bigint, backorder boolean, facts json)
            ) WITH ORDINALITY AS one (sku, slug, title, unit_price, backorder, facts, position)
            UNION ALL
            SELECT one.sku, NULL, NULL, NULL, NULL, NULL, false, 1000000000 + one.position
            FROM json_array_elements_text(withdrawn::json)
                WITH ORDINALITY AS one (sku, position)
        ) AS offer
        ORDER BY offer.sku COLLATE "C", offer.position DESC
    LOOP
        SELECT stock.* INTO account FROM souk.stock WHERE stock.sku = changed.sku FOR UPDATE;
        IF account.buckets > 0 AND (NOT changed.offered OR
            (account.slug, account.title, account.unit_price, account.currency,
                account.backorder, account.facts, account.offered)
            IS DISTINCT FROM (changed.slug, changed.title, changed.unit_price, offer_currency,
                changed.backorder, changed.facts, true))
        THEN
            PERFORM souk.gather_buckets(changed.sku, 0);
        END IF;
    END LOOP;

    UPDATE souk.stock SET slug = offer.slug, title = offer.title, unit_price = offer.unit_price,
        currency = offer_currency, backorder = offer.backorder, offered = true,
        facts_before = CASE stock.facts WHEN offer.facts THEN stock.facts_before ELSE stock.facts END,
        facts_since_ms = CASE stock.facts WHEN offer.facts THEN stock.facts_since_ms
            ELSE moment_ms END,
        facts = offer.facts
    FROM (
        SELECT DISTINCT ON (offer.sku COLLATE "C") offer.sku, offer.slug, offer.title,
            offer.unit_price, offer.backorder, coalesce(offer.facts::text, '[]') AS facts
        FROM ROWS FROM (json_to_recordset(defined::json) AS (sku text, slug text, title text,
            unit_price bigint, backorder boolean, facts json)
        ) WITH ORDINALITY AS offer (sku, slug, title, unit_price, backorder, facts, position)
        ORDER BY offer.sku COLLATE "C", offer.position DESC
    ) AS offer
    WHERE stock.sku = offer.sku;

    UPDATE souk.stock SET offered = false
    WHERE stock.sku = ANY (ARRAY(SELECT json_array_elements_text(withdrawn::json)));
    -- What differs from the last record of its SKU; what is withdrawn has no prices. The rows in
    -- `stock` are locked, so no other publish writes about the same SKUs meanwhile.
    INSERT INTO souk.price_ledger (sku, recorded_ms, prices)
    SELECT said.sku, moment_ms, said.prices
    FROM (
        SELECT DISTINCT ON (one.sku COLLATE "C") one.sku, one.prices
        FROM (
            SELECT offer.sku, coalesce(offer.prices::text, '[]') AS prices, offer.position
            FROM ROWS FROM (json_to_recordset(defined::json) AS (sku text, prices json)
            ) WITH ORDINALITY AS offer (sku, prices, position)
            UNION ALL
            SELECT gone.sku, '[]', 1000000000 + gone.position
            FROM json_array_elements_text(withdrawn::json) WITH ORDINALITY AS gone (sku, position)
        ) AS one
        ORDER BY one.sku COLLATE "C", one.position DESC
    ) AS said
    WHERE said.prices <> coalesce((SELECT known.prices FROM souk.price_ledger AS known
        WHERE known.sku = said.sku ORDER BY known.number DESC LIMIT 1), '[]');
    RETURN coalesce(cardinality(skus), 0);
END $define_offers$;
