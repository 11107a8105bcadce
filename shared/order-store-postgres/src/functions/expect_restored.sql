-- Refuses what would change orders or accounts while a copy is being put back: until its last batch,
-- orders are there whose accounts are not. Callers try again.
CREATE FUNCTION souk.expect_restored()
RETURNS void LANGUAGE plpgsql STABLE AS $expect_restored$
BEGIN
    IF EXISTS (SELECT FROM souk.restoration
        WHERE restoration.is_the_one AND NOT restoration.finished)
    THEN
        RAISE 'a backup is being put back' USING ERRCODE = 'cannot_connect_now';
    END IF;
END $expect_restored$;
