-- Writes terms if those that the caller has read are still there ('' for none): 1, else 0.
CREATE FUNCTION souk.set_terms(read text, next text)
RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $set_terms$
BEGIN
    IF read = '' THEN
        INSERT INTO souk.terms (id, terms) VALUES (1, next) ON CONFLICT (id) DO NOTHING;
    ELSE
        UPDATE souk.terms SET terms = next WHERE terms.terms = read;
    END IF;
    RETURN CASE WHEN FOUND THEN 1 ELSE 0 END;
END $set_terms$;
