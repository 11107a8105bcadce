-- Adds the messages that an order should have and has not; a `RepairReply`. The order is locked, so
-- it does not change while its messages are counted; of an archived order all were delivered.
CREATE FUNCTION souk.repair_order(
    new_key text, new_fingerprint text, new_reason text, asked_id text, is_preview bigint,
    moment_ms bigint, new_by_name text
) RETURNS text LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $repair_order$
DECLARE
    known json;
    placed souk.orders;
    missing json;
    repair json := '{}';
BEGIN
    PERFORM souk.expect_restored();
    SELECT orders.* INTO placed FROM souk.orders WHERE orders.id = asked_id FOR NO KEY UPDATE;
    IF is_preview = 0 THEN
        known := souk.known_repair(new_key, new_fingerprint);
        IF known IS NOT NULL THEN
            RETURN known;
        END IF;
    END IF;
    IF placed.id IS NULL THEN
        RETURN '{"outcome":"unknown"}';
    END IF;
    SELECT json_agg(lost ORDER BY lost.queue, lost.sequence) INTO missing
    FROM (
        SELECT 'back_office' AS queue, event.sequence, moment_ms AS due_ms
        FROM (
            SELECT 0 AS sequence WHERE placed.body IS NOT NULL
            UNION ALL SELECT order_event.sequence FROM souk.order_event
            WHERE order_event.order_id = asked_id
        ) AS event
        WHERE NOT EXISTS (SELECT FROM souk.message WHERE message.queue = 'back_office'
                AND message.order_id = asked_id AND message.sequence = event.sequence)
            AND NOT EXISTS (SELECT FROM souk.delivered
                WHERE delivered.order_id = asked_id AND delivered.sequence = event.sequence)
        UNION ALL
        SELECT 'holds', 0, placed.hold_until_ms
        WHERE placed.hold_until_ms IS NOT NULL AND placed.body IS NOT NULL
            AND coalesce((SELECT order_state.status FROM souk.order_state
                WHERE order_state.order_id = asked_id), placed.status) = 'awaiting_payment'
            AND NOT EXISTS (SELECT FROM souk.message
                WHERE message.queue = 'holds' AND message.order_id = asked_id)
    ) AS lost;
    IF missing IS NOT NULL THEN
        repair := json_build_object('messages', missing);
    END IF;
    IF is_preview <> 0 THEN
        RETURN json_build_object('outcome', 'would', 'repair', repair);
    END IF;
    INSERT INTO souk.receipt (key, fingerprint, reason, at_ms, repair, by_name)
    VALUES (new_key, new_fingerprint, new_reason, moment_ms, repair, new_by_name)
    ON CONFLICT (key) DO NOTHING;
    IF NOT FOUND THEN
        RETURN souk.known_repair(new_key, new_fingerprint);
    END IF;
    INSERT INTO souk.message (queue, order_id, sequence, due_ms)
    SELECT lost.queue, asked_id, lost.sequence, lost.due_ms
    FROM json_to_recordset(coalesce(missing, '[]'))
        AS lost (queue text, sequence bigint, due_ms bigint);
    RETURN json_build_object('outcome', 'done', 'repair', repair);
END $repair_order$;
