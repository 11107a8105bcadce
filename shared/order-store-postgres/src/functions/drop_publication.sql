-- Removes a version that has not been current for as long as the grace says: a `PublicationReply`.
CREATE FUNCTION souk.drop_publication(asked_version bigint, grace_ms bigint, moment_ms bigint)
RETURNS text LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $drop_publication$
DECLARE
    found_one souk.publication;
BEGIN
    PERFORM souk.expect_restored();
    LOCK TABLE souk.publication IN SHARE ROW EXCLUSIVE MODE;
    SELECT publication.* INTO found_one FROM souk.publication
    WHERE publication.version = asked_version;
    IF found_one.version IS NULL THEN
        RETURN '{"outcome":"unknown"}';
    END IF;
    IF found_one.current OR found_one.retired_at_ms IS NULL
        OR moment_ms - found_one.retired_at_ms < grace_ms
    THEN
        RETURN '{"outcome":"in_use"}';
    END IF;
    DELETE FROM souk.publication WHERE publication.version = asked_version;
    RETURN json_build_object('outcome', 'done', 'publication', souk.publication_json(found_one));
END $drop_publication$;
