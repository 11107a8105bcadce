-- What unpaid orders have taken of each allowance (`souk_domain::OrderState::is_unpaid`; those that
-- were sold at once are to be paid on delivery).
CREATE FUNCTION souk.taken_allowances()
RETURNS TABLE (account text, taken bigint)
LANGUAGE sql STABLE AS $taken_allowances$
    SELECT took.account, sum(took.units)::bigint
    FROM souk.orders LEFT JOIN souk.order_state ON order_state.order_id = orders.id,
        LATERAL json_to_recordset(orders.takes) AS took (account text, units bigint)
    WHERE orders.takes IS NOT NULL
        AND (coalesce(order_state.status, orders.status) = 'awaiting_payment'
            OR (orders.status = 'confirmed' AND coalesce(order_state.captured, 0) = 0
                AND coalesce(order_state.status, orders.status) IN ('confirmed', 'allocated')))
    GROUP BY took.account
$taken_allowances$;
