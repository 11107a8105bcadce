-- Begins putting a copy back, or goes on with it; the last batch, null where something else is there,
-- and -1 where another copy was begun or this one is finished.
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
    SELECT CASE WHEN restoration.backup = asked_backup AND NOT restoration.finished
        THEN restoration.batch ELSE -1 END INTO reached
    FROM souk.restoration;
    RETURN reached;
END $begin_restore$;
