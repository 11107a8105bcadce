-- Begins putting a copy back, or goes on with it; the last batch, null where something else is there,
-- -1 where another copy was begun, and -2 where this one is finished.
CREATE FUNCTION souk.begin_restore(asked_backup text)
RETURNS bigint LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $begin_restore$
DECLARE
    reached bigint;
BEGIN
    INSERT INTO souk.restoration (backup)
    SELECT asked_backup
    WHERE NOT EXISTS (SELECT FROM souk.orders) AND NOT EXISTS (SELECT FROM souk.stock)
        AND NOT EXISTS (SELECT FROM souk.movement) AND NOT EXISTS (SELECT FROM souk.publication)
    ON CONFLICT DO NOTHING;
    SELECT CASE WHEN restoration.backup <> asked_backup THEN -1
        WHEN restoration.finished THEN -2 ELSE restoration.batch END INTO reached
    FROM souk.restoration;
    RETURN reached;
END $begin_restore$;
