-- Whether an order can be placed as it was decided, as far as this row says: the stamp is still the
-- one that it was decided on, no sold-out hold is in force (one that ends after
-- `sold_out_hold_last_ms` is of a wrong clock), and the units are there. An order that brings units
-- in because they are missing (`backordered`) was decided on what there was, so it has to take
-- exactly that. Where the account is split its units are in buckets: true does not mean then that
-- there are enough.
--
-- The engine puts it in place of each call.
CREATE FUNCTION souk.can_place(
    account souk.stock, units bigint, backordered bigint, stamp bigint, moment_ms bigint,
    sold_out_hold_last_ms bigint
) RETURNS boolean LANGUAGE sql IMMUTABLE AS $can_place$
    SELECT account.stamp = stands.stamp
        AND (account.sold_out_until_ms <= moment_ms OR account.sold_out_until_ms > sold_out_hold_last_ms)
        AND (account.buckets > 0 OR CASE backordered WHEN 0 THEN account.available >= units
            ELSE account.available + backordered = units END)
$can_place$;
