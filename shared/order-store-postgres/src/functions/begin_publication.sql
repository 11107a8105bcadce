-- Begins a version of the catalogue: a `PublicationReply` of the protocol.
CREATE FUNCTION souk.begin_publication(
    new_manifest text, new_format bigint, new_products bigint, new_variants bigint,
    moment_ms bigint
) RETURNS text LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $begin_publication$
DECLARE
    found_one souk.publication;
BEGIN
    PERFORM souk.expect_restored();
    LOCK TABLE souk.publication IN SHARE ROW EXCLUSIVE MODE;
    UPDATE souk.publication
    SET retired_at_ms = CASE WHEN publication.current THEN NULL ELSE moment_ms END
    WHERE publication.manifest = new_manifest
    RETURNING publication.* INTO found_one;
    -- Not `ON CONFLICT`, which would use up a number at every attempt.
    IF NOT FOUND THEN
        INSERT INTO souk.publication
            (manifest, format, products, variants, begun_at_ms, retired_at_ms)
        VALUES (new_manifest, new_format, new_products, new_variants, moment_ms, moment_ms)
        RETURNING publication.* INTO found_one;
    END IF;
    RETURN json_build_object('outcome', 'done', 'publication', souk.publication_json(found_one));
END $begin_publication$;
