-- Counts again what orders have taken of an allowance; a `RepairReply`.
--
-- Why it is exact while orders are placed: it has the lock of the account before it counts. Every
-- order that took from it has committed by then, and every later one finds it as it is left here.
CREATE FUNCTION souk.repair_allowance(
    new_key text, new_fingerprint text, new_reason text, asked_account text, is_preview bigint,
    moment_ms bigint, new_by_name text
) RETURNS text LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $repair_allowance$
DECLARE
    known json;
    before bigint;
    is_new boolean;
    counted bigint;
    repair json := '{}';
BEGIN
    PERFORM souk.expect_restored();
    -- A row that is not there is made, so that there is something to lock.
    INSERT INTO souk.allowance AS kept (account, taken) VALUES (asked_account, 1)
    ON CONFLICT (account) DO UPDATE SET taken = kept.taken
    RETURNING kept.taken, kept.xmax = 0 INTO before, is_new;
    IF is_new THEN
        before := 0;
    END IF;
    counted := coalesce((SELECT took.taken FROM souk.taken_allowances() AS took
        WHERE took.account = asked_account), 0);
    IF is_preview = 0 THEN
        known := souk.known_repair(new_key, new_fingerprint);
    END IF;
    IF known IS NOT NULL OR is_preview <> 0 OR (before = 0 AND counted = 0) THEN
        -- Left as it was.
        IF is_new THEN
            DELETE FROM souk.allowance WHERE allowance.account = asked_account;
        END IF;
    END IF;
    IF known IS NOT NULL THEN
        RETURN known;
    END IF;
    IF before = 0 AND counted = 0 THEN
        RETURN '{"outcome":"unknown"}';
    END IF;
    IF before <> counted THEN
        repair := json_build_object('allowances', json_build_array(json_build_object(
            'account', asked_account, 'before', before, 'after', counted)));
    END IF;
    IF is_preview <> 0 THEN
        RETURN json_build_object('outcome', 'would', 'repair', repair);
    END IF;
    INSERT INTO souk.receipt (key, fingerprint, reason, at_ms, repair, by_name)
    VALUES (new_key, new_fingerprint, new_reason, moment_ms, repair, new_by_name)
    ON CONFLICT (key) DO NOTHING;
    IF NOT FOUND THEN
        -- Another repair with this key was quicker, of this account or of something else. What this
        -- one would do is done with the next key.
        IF is_new THEN
            DELETE FROM souk.allowance WHERE allowance.account = asked_account;
        END IF;
        RETURN souk.known_repair(new_key, new_fingerprint);
    END IF;
    IF counted = 0 THEN
        DELETE FROM souk.allowance WHERE allowance.account = asked_account;
    ELSE
        UPDATE souk.allowance SET taken = counted WHERE allowance.account = asked_account;
    END IF;
    RETURN json_build_object('outcome', 'done', 'repair', repair);
END $repair_allowance$;
