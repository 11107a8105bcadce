-- The list of catalogue versions, of which at most one of each format is published. Steps of publishing are few
-- and take the table one after the other; readers never wait.

CREATE FUNCTION souk.publication_json(asked souk.publication)
RETURNS json LANGUAGE sql STABLE AS $publication_json$
    SELECT json_build_object('version', asked.version, 'manifest', asked.manifest,
        'format', asked.format, 'products', asked.products, 'variants', asked.variants,
        'begun_at_ms', asked.begun_at_ms, 'activated_at_ms', asked.activated_at_ms,
        'retired_at_ms', asked.retired_at_ms)
$publication_json$;

-- A `Publications` of the protocol.
CREATE FUNCTION souk.publications()
RETURNS text LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $publications$
BEGIN
    RETURN json_build_object(
        'current', (
            SELECT coalesce(json_object_agg(publication.format, publication.version), '{}'::json)
            FROM souk.publication WHERE publication.current),
        'versions', (
            SELECT coalesce(json_agg(souk.publication_json(publication)
                ORDER BY publication.version), '[]'::json)
            FROM souk.publication));
END $publications$;

CREATE FUNCTION souk.begin_publication(
    new_manifest text, new_format bigint, new_products bigint, new_variants bigint,
    moment_ms bigint
) RETURNS text LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $begin_publication$
DECLARE
    found_one souk.publication;
BEGIN
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

-- `expected` is -1 where the client knows of no published version of the format.
CREATE FUNCTION souk.activate_publication(
    asked_version bigint, expected bigint, moment_ms bigint
) RETURNS text LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $activate_publication$
DECLARE
    found_one souk.publication;
    published bigint;
BEGIN
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

CREATE FUNCTION souk.drop_publication(asked_version bigint, grace_ms bigint, moment_ms bigint)
RETURNS text LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $drop_publication$
DECLARE
    found_one souk.publication;
BEGIN
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
