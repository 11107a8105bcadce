-- What each line of each order asks for, without what was taken off: those that wait for their payment
-- hold, the others have what was not returned.
CREATE FUNCTION souk.ordered_units()
RETURNS TABLE (sku text, held bigint, sold bigint)
LANGUAGE sql STABLE AS $ordered_units$
    SELECT line.sku,
        CASE WHEN standing.status = 'awaiting_payment' THEN line.quantity
            - coalesce((standing.state -> 'removed' ->> (line.position - 1)::integer)::bigint, 0)
        ELSE 0 END,
        CASE WHEN standing.status IN
            ('confirmed', 'allocated', 'shipped', 'delivered', 'returned')
        THEN line.quantity
            - coalesce((standing.state -> 'removed' ->> (line.position - 1)::integer)::bigint, 0)
            - coalesce((standing.state -> 'returned' ->> (line.position - 1)::integer)::bigint, 0)
        ELSE 0 END
    FROM (
        SELECT coalesce(orders.lines, archived.lines) AS lines,
            coalesce(order_state.status, archived.state ->> 'status', orders.status) AS status,
            coalesce(order_state.body, archived.state) AS state
        FROM souk.orders
            LEFT JOIN souk.order_state ON order_state.order_id = orders.id
            LEFT JOIN souk.order_archive AS archived ON archived.order_id = orders.id
    ) AS standing,
        LATERAL ROWS FROM (json_to_recordset(standing.lines) AS (sku text, quantity bigint))
            WITH ORDINALITY AS line (sku, quantity, position)
$ordered_units$;
