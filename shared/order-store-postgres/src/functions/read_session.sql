-- How a session stands: the accounts of some SKUs, with their places in the list that was asked for and
-- without a rank; and orders with a ticket, those after a number in the order of their numbers.
--
-- Why no order is missed by a caller that goes on after the last number: an order gets its number here,
-- when it is committed, and later ones get higher numbers. (A number that the order took itself would be
-- missed where an order with a higher one is committed before.) Of several callers one gives numbers at a
-- time; orders wait for none of them.
--
-- Accounts and orders are of one snapshot, which is taken after the numbers were given. So an order may
-- have its units and not be listed yet, but what is listed has its units.
--
-- Numbers are at least the moment at which they are given, so that they go on growing when the list was
-- forgotten or the database is a new one. The number of the lock is arbitrary.
CREATE FUNCTION souk.read_session(
    asked_session bigint, asked_skus text, after bigint, rows_max bigint, moment_ms bigint
) RETURNS TABLE (number bigint, supplied bigint, available bigint, held bigint, rank text, units bigint)
LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $read_session$
DECLARE
    highest bigint;
BEGIN
    IF EXISTS (SELECT FROM souk.ticket_order AS listed
        WHERE listed.session = asked_session AND listed.number IS NULL)
    THEN
        PERFORM pg_advisory_xact_lock(4611686018427387904 + asked_session);
        highest := (SELECT max(listed.number) FROM souk.ticket_order AS listed
            WHERE listed.session = asked_session);
        highest := greatest(highest, moment_ms);
        UPDATE souk.ticket_order AS listed SET number = highest + fresh.place
        FROM (SELECT one.ctid AS row, row_number() OVER (ORDER BY one.placed_at_ms) AS place
            FROM souk.ticket_order AS one
            WHERE one.session = asked_session AND one.number IS NULL) AS fresh
        WHERE listed.ctid = fresh.row;
    END IF;
    RETURN QUERY SELECT asked.place, account.supplied, account.available, account.held, NULL::text,
        NULL::bigint
    FROM json_array_elements_text(asked_skus::json) WITH ORDINALITY AS asked (sku, place)
        JOIN souk.accounts(asked_skus) AS account ON account.sku = asked.sku
    UNION ALL
    SELECT * FROM (SELECT listed.number, NULL::bigint, NULL::bigint, NULL::bigint, listed.rank,
            listed.units
        FROM souk.ticket_order AS listed
        WHERE listed.session = asked_session AND listed.number > after
        ORDER BY listed.number LIMIT rows_max) AS orders;
END $read_session$;
