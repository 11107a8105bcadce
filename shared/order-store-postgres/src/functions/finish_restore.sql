-- Ends putting a copy back; the last batch, or -1 where it is not that of this copy. Only now do holds
-- lapse, those of orders that are paid by card not before a moment: the provider may have been paid.
CREATE FUNCTION souk.finish_restore(asked_backup text, card_holds_from_ms bigint)
RETURNS bigint LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $finish_restore$
DECLARE
    reached bigint;
BEGIN
    UPDATE souk.restoration SET finished = true
    WHERE restoration.backup = asked_backup AND NOT restoration.finished
    RETURNING restoration.batch INTO reached;
    IF reached IS NULL THEN
        RETURN coalesce((SELECT restoration.batch FROM souk.restoration
            WHERE restoration.backup = asked_backup), -1);
    END IF;
    INSERT INTO souk.message (queue, order_id, sequence, due_ms)
    SELECT 'holds', held.id, 0, CASE WHEN held.by_card
        THEN greatest(held.until_ms, card_holds_from_ms) ELSE held.until_ms END
    FROM (SELECT orders.id,
            coalesce((order_state.body ->> 'hold_until_ms')::bigint, orders.hold_until_ms)
                AS until_ms,
            -- As `souk.requeue_orders` tells.
            orders.body::text LIKE '%"payment":"card"%' AS by_card
        FROM souk.orders LEFT JOIN souk.order_state ON order_state.order_id = orders.id
        WHERE coalesce(order_state.status, orders.status) = 'awaiting_payment') AS held
    WHERE held.until_ms IS NOT NULL;
    RETURN reached;
END $finish_restore$;
