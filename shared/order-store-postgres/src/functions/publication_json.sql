-- A `Publication` of the protocol.
CREATE FUNCTION souk.publication_json(asked souk.publication)
RETURNS json LANGUAGE sql STABLE AS $publication_json$
    SELECT json_build_object('version', asked.version, 'manifest', asked.manifest,
        'format', asked.format, 'products', asked.products, 'variants', asked.variants,
        'begun_at_ms', asked.begun_at_ms, 'activated_at_ms', asked.activated_at_ms,
        'retired_at_ms', asked.retired_at_ms)
$publication_json$;
