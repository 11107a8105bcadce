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
