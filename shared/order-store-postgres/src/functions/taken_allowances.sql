-- What orders have taken of each allowance: those that are not paid
-- (`souk_domain::OrderState::is_unpaid`; those that were sold at once are to be paid on delivery), and of
-- what is kept all that did not come to nothing (`souk_domain::OrderStatus::is_void`). An order in the
-- archive has only that.
CREATE FUNCTION souk.taken_allowances()
RETURNS TABLE (account text, taken bigint)
LANGUAGE sql STABLE AS $taken_allowances$
    SELECT took.account, sum(took.units)::bigint
    FROM souk.orders LEFT JOIN souk.order_state ON order_state.order_id = orders.id
            LEFT JOIN souk.order_archive ON order_archive.order_id = orders.id,
        LATERAL (VALUES (coalesce(order_state.status, order_archive.state ->> 'status',
            orders.status))) AS standing (status),
        LATERAL json_to_recordset(orders.takes) AS took (account text, units bigint, kept boolean)
    WHERE orders.takes IS NOT NULL
        AND CASE WHEN took.kept THEN standing.status NOT IN ('cancelled', 'expired')
            ELSE standing.status = 'awaiting_payment'
                OR (orders.status = 'confirmed' AND coalesce(order_state.captured, 0) = 0
                    AND standing.status IN ('confirmed', 'allocated')) END
    GROUP BY took.account
$taken_allowances$;
