-- Refuses whatever would change the ledger of prices: it is only appended to.
CREATE FUNCTION souk.keep_price_ledger() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $keep_price_ledger$
BEGIN
    RAISE EXCEPTION 'the ledger of prices is never changed';
END $keep_price_ledger$;
