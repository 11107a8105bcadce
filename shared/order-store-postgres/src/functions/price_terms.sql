-- The terms of prices with a stamp, in Base64; empty where there are none.
CREATE FUNCTION souk.price_terms(asked_stamp text)
RETURNS text LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $price_terms$
    SELECT coalesce((SELECT price_terms.blob FROM souk.price_terms
        WHERE price_terms.stamp = asked_stamp), '')
$price_terms$;
