-- What is known of the key of a repair: a `RepairReply` of the protocol, or null.
CREATE FUNCTION souk.known_repair(asked_key text, asked_fingerprint text)
RETURNS json LANGUAGE sql STABLE AS $known_repair$
    SELECT CASE WHEN receipt.fingerprint = asked_fingerprint
        THEN json_build_object('outcome', 'already', 'repair', receipt.repair)
        ELSE '{"outcome":"key_used_for_something_else"}' END
    FROM souk.receipt WHERE receipt.key = asked_key
$known_repair$;
