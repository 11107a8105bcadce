-- Ends putting a copy back; the last batch, or -1 where it is not that of this copy.
CREATE FUNCTION souk.finish_restore(asked_backup text)
RETURNS bigint LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $finish_restore$
DECLARE
    reached bigint;
BEGIN
    UPDATE souk.restoration SET finished = true WHERE restoration.backup = asked_backup
    RETURNING restoration.batch INTO reached;
    RETURN coalesce(reached, -1);
END $finish_restore$;
