-- Placing an order for one SKU, which most are, in one statement under the lock of its account.
-- Everything else (several lines, backorders, every refusal, every race that was lost) is decided
-- by what placed all orders before, which therefore keeps its name for nobody but this function.
ALTER FUNCTION souk.submit(
    text, text, text, text, text, text, text, text, text, text, bigint, bigint
) RENAME TO submit_any;

-- The signature and the reply are those of before.
--
-- Why it is strict: the offer is read and the order made from it without a lock. The `UPDATE` that
-- takes the units waits for the account, looks at it once more as it is then, and takes nothing if
-- anything that the order was made from has changed. Then nothing is written, and the order is
-- decided anew under the lock. The account is locked before the key, as `submit_any` does, so no
-- two orders ever wait for each other.
CREATE FUNCTION souk.submit(
    new_key text, new_fingerprint text, new_id text, new_token text, new_status text,
    asked_skus text, asked_quantities text, asked_prices text, expected_currency text,
    details text, shipping bigint, moment_ms bigint
) RETURNS text LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $submit$
DECLARE
    skus text[] := asked_skus::text[];
    units bigint;
    expected_price bigint;
    offer souk.stock;
    new_lines json;
    new_body json;
    sells bigint := CASE new_status WHEN 'confirmed' THEN 1 ELSE 0 END;
    emptied boolean;
    placed boolean;
BEGIN
    IF cardinality(skus) = 1 THEN
        SELECT stock.* INTO offer FROM souk.stock WHERE stock.sku = skus[1];
        units := (asked_quantities::bigint[])[1];
        expected_price := (asked_prices::bigint[])[1];
    END IF;
    -- Null, which is not true, where there is no such offer or no price is expected.
    IF offer.offered IS NOT TRUE OR offer.available < units
        OR expected_price <> offer.unit_price
        OR (expected_price IS NOT NULL AND expected_currency <> offer.currency)
        OR EXISTS (SELECT FROM souk.orders WHERE orders.key = new_key)
    THEN
        RETURN souk.submit_any(new_key, new_fingerprint, new_id, new_token, new_status,
            asked_skus, asked_quantities, asked_prices, expected_currency, details, shipping,
            moment_ms);
    END IF;

    new_lines := json_build_array(CASE offer.slug
        WHEN '' THEN json_build_object('sku', offer.sku, 'title', offer.title,
            'quantity', units, 'unit_price', offer.unit_price, 'backordered', 0)
        ELSE json_build_object('sku', offer.sku, 'title', offer.title, 'slug', offer.slug,
            'quantity', units, 'unit_price', offer.unit_price, 'backordered', 0)
        END);
    new_body := json_build_object('id', new_id, 'token', new_token, 'status', new_status,
        'placed_at_ms', moment_ms, 'currency', offer.currency, 'lines', new_lines,
        'shipping', shipping,
        'total', (offer.unit_price::numeric * units + shipping)::bigint,
        'details', details::json);

    WITH account AS (
        UPDATE souk.stock SET
            available = stock.available - units,
            sold = stock.sold + units * sells,
            held = stock.held + units * (1 - sells)
        WHERE stock.sku = offer.sku AND stock.offered AND stock.available >= units
            AND stock.unit_price = offer.unit_price AND stock.currency = offer.currency
            AND stock.title = offer.title AND stock.slug = offer.slug
        RETURNING stock.available = 0 AND NOT stock.backorder AS emptied
    ), accepted AS (
        INSERT INTO souk.orders (id, key, fingerprint, status, placed_at_ms, lines, body)
        SELECT new_id, new_key, new_fingerprint, new_status, moment_ms, new_lines, new_body
        FROM account
        ON CONFLICT (key) DO NOTHING
        RETURNING orders.id
    ), moved AS (
        INSERT INTO souk.movement (sku, kind, units, order_id, at_ms)
        SELECT offer.sku, CASE sells WHEN 1 THEN 'sell' ELSE 'hold' END, units, accepted.id,
            moment_ms
        FROM accepted
    ), told AS (
        INSERT INTO souk.outbox (order_id, kind, at_ms)
        SELECT accepted.id, 'placed', moment_ms FROM accepted
    )
    SELECT account.emptied, EXISTS (SELECT FROM accepted) INTO emptied, placed FROM account;

    IF placed THEN
        RETURN '{"outcome":"accepted","exhausted":' || emptied || ',"order":' || new_body || '}';
    END IF;
    IF NOT placed THEN
        -- A twin was quicker to the key: the units go back before anybody sees them gone.
        UPDATE souk.stock SET
            available = stock.available + units,
            sold = stock.sold - units * sells,
            held = stock.held - units * (1 - sells)
        WHERE stock.sku = offer.sku;
    END IF;
    RETURN souk.submit_any(new_key, new_fingerprint, new_id, new_token, new_status, asked_skus,
        asked_quantities, asked_prices, expected_currency, details, shipping, moment_ms);
END $submit$;
