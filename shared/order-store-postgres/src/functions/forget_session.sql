-- Forgets the list of a session whose last order is older than a moment, the first orders of it; gives
-- how many. The oldest go first, so that what is left is old until the last one is gone.
CREATE FUNCTION souk.forget_session(before_ms bigint, orders_max bigint)
RETURNS bigint LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $forget_session$
DECLARE
    reached bigint := -1;
    newest_ms bigint;
    forgotten bigint;
BEGIN
    LOOP
        reached := (SELECT min(one.session) FROM souk.ticket_order AS one
            WHERE one.session > reached);
        IF reached IS NULL THEN
            RETURN 0;
        END IF;
        newest_ms := (SELECT one.placed_at_ms FROM souk.ticket_order AS one
            WHERE one.session = reached
            ORDER BY one.number DESC, one.placed_at_ms DESC LIMIT 1);
        EXIT WHEN newest_ms < before_ms;
    END LOOP;
    DELETE FROM souk.ticket_order AS listed USING (
        SELECT one.ctid AS row FROM souk.ticket_order AS one
        WHERE one.session = reached
        ORDER BY one.number, one.placed_at_ms LIMIT orders_max) AS first
    WHERE listed.ctid = first.row;
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $forget_session$;
