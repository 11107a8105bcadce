-- What an order has to be answered with that cannot be placed as it was decided: the order of its
-- key (`exists`, with its text and with where it stands by now, if that is no longer where it was
-- placed; `exists_with_different_content`), or else the facts about its SKUs (`facts`) to decide it
-- on, with what is taken of its allowances.
--
-- Why a refusal on these facts is exact: the function is stable, so both statements see the
-- snapshot of the one that calls it. The key was new at the moment when the offers and their units,
-- those in buckets included, were what they are said to be. Read at two moments, a repetition whose
-- twin took the last unit in between would be refused for want of units.
CREATE FUNCTION souk.read_facts(
    asked_key text, asked_fingerprint text, asked_skus text, asked_takes text,
    OUT outcome text, OUT body text, OUT state text
) LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $read_facts$
BEGIN
    SELECT known.outcome,
        CASE known.outcome WHEN 'exists' THEN coalesce(known.body, archived.body)::text END,
        coalesce(order_state.body, archived.state)::text
    INTO outcome, body, state
    FROM (
        SELECT orders.id, orders.body, CASE orders.fingerprint WHEN asked_fingerprint
            THEN 'exists' ELSE 'exists_with_different_content' END AS outcome
        FROM souk.orders WHERE orders.key = asked_key
    ) AS known
        LEFT JOIN souk.order_state ON order_state.order_id = known.id
        LEFT JOIN souk.order_archive AS archived ON archived.order_id = known.id;
    IF FOUND THEN
        RETURN;
    END IF;
    PERFORM souk.expect_restored();
    outcome := 'facts';
    SELECT json_build_object('taken', CASE WHEN asked_takes = '[]' THEN '[]' ELSE (
            SELECT coalesce(json_agg(allowance), '[]') FROM souk.allowance
            WHERE allowance.account IN (SELECT one.account
                FROM json_to_recordset(asked_takes::json) AS one (account text))) END,
        'offers', coalesce(json_agg(json_build_object('sku', stock.sku, 'slug', stock.slug,
            'title', stock.title, 'unit_price', stock.unit_price, 'currency', stock.currency,
            'backorder', stock.backorder, 'offered', stock.offered, 'facts', stock.facts,
            'facts_before', stock.facts_before, 'facts_since_ms', stock.facts_since_ms,
            'stamp', stock.stamp,
            'sold_out_until_ms', stock.sold_out_until_ms,
            'supplied', stock.supplied + spread.supplied,
            'available', stock.available + spread.available,
            'held', stock.held + spread.held, 'sold', stock.sold + spread.sold)), '[]'))
    INTO body
    FROM souk.stock, LATERAL (
        SELECT coalesce(sum(bucket.supplied), 0)::bigint AS supplied,
            coalesce(sum(bucket.available), 0)::bigint AS available,
            coalesce(sum(bucket.held), 0)::bigint AS held,
            coalesce(sum(bucket.sold), 0)::bigint AS sold
        FROM souk.bucket WHERE stock.buckets > 0 AND bucket.sku = stock.sku
    ) AS spread
    WHERE stock.sku = ANY (asked_skus::text[]);
END $read_facts$;
