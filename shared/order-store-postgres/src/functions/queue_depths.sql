-- What waits in a queue: what is due, and what is claimed and not settled.
CREATE FUNCTION souk.queue_depths(queues text, moment_ms bigint)
RETURNS TABLE (queue text, waiting bigint, next_due_ms bigint, dead bigint)
LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $queue_depths$
BEGIN
    RETURN QUERY SELECT asked.queue,
        (SELECT count(*) FROM souk.message WHERE message.queue = asked.queue
            AND NOT message.dead AND message.due_ms <= moment_ms)
        + (SELECT count(*) FROM souk.message WHERE message.queue = asked.queue
            AND NOT message.dead AND message.due_ms > moment_ms AND message.attempts > 0),
        -- No time is before 1970.
        coalesce((SELECT min(message.due_ms) FROM souk.message
            WHERE message.queue = asked.queue AND NOT message.dead), -1),
        (SELECT count(*) FROM souk.message WHERE message.queue = asked.queue AND message.dead)
    FROM unnest(queues::text[]) AS asked (queue);
END $queue_depths$;
