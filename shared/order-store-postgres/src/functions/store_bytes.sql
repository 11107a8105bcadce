-- Bytes of all tables and indexes of the shop.
CREATE FUNCTION souk.store_bytes()
RETURNS bigint LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $store_bytes$
    SELECT coalesce(sum(pg_total_relation_size(pg_class.oid)), 0)::bigint
    FROM pg_class
    WHERE pg_class.relnamespace = 'souk'::regnamespace AND pg_class.relkind = 'r'
$store_bytes$;
