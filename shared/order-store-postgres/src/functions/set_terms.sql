-- Writes terms if those that the caller has read are still there ('' for none): 1, else 0. With terms of
-- prices, where `stamp` is not empty; of these all but the `named` ones are dropped.
CREATE FUNCTION souk.set_terms(read text, next text, stamp text, blob text, named text)
RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $set_terms$
BEGIN
    IF read = '' THEN
        INSERT INTO souk.terms (id, terms) VALUES (1, next) ON CONFLICT (id) DO NOTHING;
    ELSE
        UPDATE souk.terms SET terms = next WHERE terms.terms = read;
    END IF;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    IF stamp <> '' THEN
        INSERT INTO souk.price_terms (stamp, blob) VALUES (set_terms.stamp, set_terms.blob)
        ON CONFLICT DO NOTHING;
    END IF;
    DELETE FROM souk.price_terms WHERE price_terms.stamp <> ALL (named::text[]);
    RETURN 1;
END $set_terms$;
