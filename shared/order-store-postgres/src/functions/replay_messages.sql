-- Makes dead messages due again.
CREATE FUNCTION souk.replay_messages(asked_queue text, moment_ms bigint)
RETURNS bigint LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $replay_messages$
DECLARE
    ids bigint[] := ARRAY(
        SELECT message.id FROM souk.message WHERE message.queue = asked_queue AND message.dead
        ORDER BY message.id FOR UPDATE);
BEGIN
    UPDATE souk.message SET dead = false, attempts = 0, due_ms = moment_ms
    WHERE message.id = ANY (ids);
    RETURN coalesce(cardinality(ids), 0);
END $replay_messages$;
