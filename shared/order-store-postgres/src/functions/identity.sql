-- The name of this store, which tells it from every other one: also from a copy of it in another
-- database of the server (a template). A server that takes over from its primary has the same.
CREATE FUNCTION souk.identity()
RETURNS text LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $identity$
    SELECT md5(installation.identity || pg_database.oid::text)
    FROM souk.installation, pg_database
    WHERE pg_database.datname = current_database()
$identity$;
