-- `expected` is -1 where the client knows of no published version of the format.
CREATE FUNCTION souk.activate_publication(
    asked_version bigint, expected bigint, moment_ms bigint
) RETURNS text LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $activate_publication$
DECLARE
    found_one souk.publication;
    published bigint;
BEGIN
    PERFORM souk.expect_restored();
    LOCK TABLE souk.publication IN SHARE ROW EXCLUSIVE MODE;
    SELECT publication.* INTO found_one FROM souk.publication
    WHERE publication.version = asked_version;
    IF found_one.version IS NULL THEN
        RETURN '{"outcome":"unknown"}';
    END IF;
    published := (
        SELECT publication.version FROM souk.publication
        WHERE publication.current AND publication.format = found_one.format);
    IF published IS DISTINCT FROM asked_version THEN
        IF coalesce(published, -1) <> expected THEN
            RETURN json_build_object('outcome', 'superseded', 'current', published);
        END IF;
        UPDATE souk.publication SET current = false, retired_at_ms = moment_ms
        WHERE publication.current AND publication.format = found_one.format;
        UPDATE souk.publication
        SET current = true, activated_at_ms = moment_ms, retired_at_ms = NULL
        WHERE publication.version = asked_version
        RETURNING publication.* INTO found_one;
    END IF;
    RETURN json_build_object('outcome', 'done', 'publication', souk.publication_json(found_one));
END $activate_publication$;
