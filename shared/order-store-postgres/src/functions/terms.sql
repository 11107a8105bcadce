-- The `StoredTerms` of the protocol as JSON; empty where no version has said anything.
CREATE FUNCTION souk.terms()
RETURNS text LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $terms$
    SELECT coalesce((SELECT terms.terms FROM souk.terms), '')
$terms$;
