-- What became of messages. Only the last claim of a message counts.
CREATE FUNCTION souk.settle_messages(settlements text, moment_ms bigint)
RETURNS bigint LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $settle_messages$
DECLARE
    kept bigint;
BEGIN
    PERFORM FROM souk.message
    WHERE message.id = ANY (ARRAY(SELECT (settlement.value ->> 'id')::bigint
        FROM json_array_elements(settlements::json) AS settlement))
    ORDER BY message.id FOR UPDATE;

    WITH valid AS (
        SELECT message.id, message.queue, message.order_id, message.sequence, settlement.settled,
            settlement.after_ms, settlement.error
        FROM json_to_recordset(settlements::json) AS settlement (id bigint, "order" text,
                sequence bigint, attempts bigint, settled text, after_ms bigint, error text)
            JOIN souk.message ON message.id = settlement.id
        WHERE message.order_id = settlement."order" AND message.sequence = settlement.sequence
            AND message.attempts = settlement.attempts AND NOT message.dead
    ), recorded AS (
        INSERT INTO souk.delivered (order_id, sequence)
        SELECT valid.order_id, valid.sequence FROM valid
        WHERE valid.settled = 'done' AND valid.queue = 'back_office'
        ON CONFLICT DO NOTHING
    ), forgotten AS (
        DELETE FROM souk.message USING valid
        WHERE message.id = valid.id AND valid.settled = 'done'
    ), put_off AS (
        UPDATE souk.message SET
            due_ms = CASE valid.settled WHEN 'retry' THEN moment_ms + valid.after_ms
                ELSE message.due_ms END,
            dead = valid.settled = 'dead',
            error = valid.error
        FROM valid WHERE message.id = valid.id AND valid.settled <> 'done'
        RETURNING message.id
    )
    SELECT count(*) INTO kept FROM put_off;
    RETURN kept;
END $settle_messages$;
