-- Brings an order, which the caller has locked, back where it can be changed.
CREATE FUNCTION souk.unarchive(asked_id text)
RETURNS void LANGUAGE plpgsql VOLATILE AS $unarchive$
DECLARE
    kept souk.order_archive;
    funds json;
BEGIN
    DELETE FROM souk.order_archive WHERE order_archive.order_id = asked_id
    RETURNING order_archive.* INTO kept;
    funds := kept.state -> 'funds';
    UPDATE souk.orders SET lines = kept.lines, body = kept.body WHERE orders.id = asked_id;
    INSERT INTO souk.order_state
        (order_id, revision, status, authorised, captured, refunding, refunded, disputed, body)
    SELECT asked_id, (kept.state ->> 'revision')::bigint, kept.state ->> 'status',
        (funds ->> 'authorised')::bigint, (funds ->> 'captured')::bigint,
        (funds ->> 'refunding')::bigint, (funds ->> 'refunded')::bigint,
        (funds ->> 'disputed')::bigint, kept.state
    WHERE kept.state IS NOT NULL;
    INSERT INTO souk.order_event (order_id, sequence, at_ms, body)
    SELECT asked_id, event.sequence, event.at_ms, event.body
    FROM unnest(kept.event_moments, kept.events) WITH ORDINALITY AS event (at_ms, body, sequence);
    INSERT INTO souk.order_change (order_id, key, fingerprint, revision)
    SELECT asked_id, change.key, change.fingerprint, change.revision
    FROM unnest(kept.change_keys, kept.change_fingerprints, kept.change_revisions)
        AS change (key, fingerprint, revision);
    -- All of its events were delivered to the back office, or the order would not have been
    -- archived.
    INSERT INTO souk.delivered (order_id, sequence)
    SELECT asked_id, event.sequence
    FROM generate_series(0, cardinality(kept.events)) AS event (sequence);
END $unarchive$;
