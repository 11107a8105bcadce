-- Takes from allowances what orders want of them, and gives the positions of the orders that may not
-- have it: these have taken nothing. `all_takes` has for each order a list of accounts, each with how
-- much the order takes and with its bound; `are_wanted` leaves orders out.
--
-- Why it is strict: what is taken is counted on the row of the account, which is locked from then on
-- until everything is committed or given back. A share of a SKU is counted after that lock, so no
-- other order for the SKU is between taking its units and its commit. `units_are_taken`: whether the
-- orders have their units already; those and what is taken of the allowance are as many as before.
--
-- Why there is no deadlock: accounts are locked in the order of their names, for all orders together,
-- after the units and before the keys.
CREATE FUNCTION souk.take_allowances(
    all_takes text[], are_wanted boolean[], units_are_taken boolean
) RETURNS bigint[] LANGUAGE plpgsql VOLATILE AS $take_allowances$
DECLARE
    one record;
    taken_now bigint;
    whole bigint;
    declined bigint[] := '{}';
BEGIN
    FOR one IN
        SELECT each.position, take.account, take.units, take.max, take.percent, take.sku
        FROM unnest(all_takes, are_wanted) WITH ORDINALITY AS each (takes, is_wanted, position),
            LATERAL json_to_recordset(each.takes::json)
                AS take (account text, units bigint, max bigint, percent bigint, sku text)
        WHERE each.is_wanted
        ORDER BY take.account COLLATE "C", each.position
    LOOP
        CONTINUE WHEN one.position = ANY (declined);
        INSERT INTO souk.allowance AS counted (account, taken) VALUES (one.account, one.units)
        ON CONFLICT (account) DO UPDATE SET taken = counted.taken + excluded.taken
        RETURNING counted.taken INTO taken_now;
        IF one.max IS NULL THEN
            SELECT stock.available + coalesce((SELECT sum(bucket.available) FROM souk.bucket
                    WHERE stock.buckets > 0 AND bucket.sku = stock.sku), 0)::bigint
                + taken_now - CASE WHEN units_are_taken THEN 0 ELSE one.units END
            INTO whole FROM souk.stock WHERE stock.sku = one.sku;
        END IF;
        -- `souk_domain::share`.
        IF taken_now > coalesce(one.max, greatest((whole * one.percent + 99) / 100, 1)) THEN
            declined := declined || one.position;
            PERFORM souk.give_back_allowances(all_takes[one.position], one.account);
        END IF;
    END LOOP;
    RETURN declined;
END $take_allowances$;
