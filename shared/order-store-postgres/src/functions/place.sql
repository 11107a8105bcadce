-- Places an order, in one round trip, if the facts that it was decided on are still so. It comes as
-- it was decided: its text, and for each of its lines the account, the units to take, how many of
-- them to bring in first, and the stamp of the facts; what it takes of which allowances, with their
-- bounds; and how it is listed if it has a ticket (else empty). Nothing is decided here.
--
-- The outcome is `placed`, `placed_last` (it took the last unit of a SKU that cannot be ordered
-- without stock), or what `souk.read_facts` says; nothing is written then.
--
-- An order for one SKU out of what is there, which most are, is written in one statement under the
-- lock of its account or of a bucket; everything else (several lines, backorders, every race that
-- was lost) is for `place_any`.
--
-- Why it is strict: the stamp is read without a lock. Where the account has no buckets, the
-- `UPDATE` that takes the units waits for its row, compares the stamp, the sold-out hold and the
-- units once more as they are then (READ COMMITTED evaluates the condition again on the row that it
-- has locked; under a stricter level the engine reports a serialization failure, which callers
-- retry), and takes nothing if one of them has changed. Where it has buckets, the units come out of
-- one of the generation that was read with the stamp. The key is a unique index. Accounts are
-- locked before the key, here and in `place_any`, so no two orders ever wait for each other.
--
-- About plans: a generic plan is made once for each session. The engine would otherwise plan again
-- at every call, which costs more than the work itself. It is always one over indexes: a session
-- that planned when the shop was empty must not read whole tables once it is not.
CREATE FUNCTION souk.place(
    new_key text, new_fingerprint text, new_id text, new_status text, asked_skus text,
    asked_units text, asked_backordered text, asked_stamps text, new_lines text, new_body text,
    moment_ms bigint, hold_until bigint, sold_out_hold_last_ms bigint, asked_takes text,
    asked_ticket text,
    OUT outcome text, OUT body text, OUT state text
) LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $place$
DECLARE
    skus text[] := asked_skus::text[];
    stamps bigint[] := asked_stamps::bigint[];
    units bigint := (asked_units::bigint[])[1];
    backordered bigint := (asked_backordered::bigint[])[1];
    held_until_ms bigint := nullif(hold_until, 0);
    account souk.stock;
    sells bigint := CASE new_status WHEN 'confirmed' THEN 1 ELSE 0 END;
    -- A bucket's number, or 0 for the row in `stock`; null where nothing was taken.
    taken_from bigint;
    idle boolean;
    emptied boolean := false;
    crowded boolean := false;
    placed boolean;
    is_allowed boolean := false;
BEGIN
    IF cardinality(skus) = 1 AND backordered = 0 THEN
        SELECT stock.* INTO account FROM souk.stock WHERE stock.sku = skus[1];
        -- Null, which is not true, where there is no such account.
        IF souk.can_place(account, units, 0, stamps[1], moment_ms, sold_out_hold_last_ms) IS NOT TRUE
            OR EXISTS (SELECT FROM souk.orders WHERE orders.key = new_key)
        THEN
            SELECT looked.* INTO outcome, body, state
            FROM souk.read_facts(new_key, new_fingerprint, asked_skus, asked_takes) AS looked;
            RETURN;
        END IF;
        IF account.buckets = 0 THEN
            UPDATE souk.stock SET
                available = stock.available - units,
                sold = stock.sold + units * sells,
                held = stock.held + units * (1 - sells),
                sold_out_until_ms = 0,
                crowd = CASE stock.available WHEN account.available
                    THEN greatest(stock.crowd - 1, 0) ELSE least(stock.crowd + 2, 8) END
            WHERE stock.sku = account.sku AND stock.buckets = 0
                AND stock.stamp = stamps[1] AND stock.available >= units
                AND (stock.sold_out_until_ms <= moment_ms
                    OR stock.sold_out_until_ms > sold_out_hold_last_ms)
            RETURNING 0, false, stock.available = 0 AND NOT stock.backorder,
                stock.crowd >= 7 AND stock.available >= 40
            INTO taken_from, idle, emptied, crowded;
        ELSE
            SELECT taken.* INTO taken_from, idle
            FROM souk.take_from_bucket(account, units, units * sells, moment_ms) AS taken;
        END IF;
    END IF;

    IF taken_from IS NOT NULL THEN
        placed := CASE WHEN asked_takes = '[]' THEN true
            ELSE souk.take_allowances(ARRAY[asked_takes], '{true}', true) = '{}' END;
        is_allowed := placed;
    END IF;
    IF is_allowed THEN
        WITH accepted AS (
            INSERT INTO souk.orders
                (id, key, fingerprint, status, placed_at_ms, hold_until_ms, lines, body, takes)
            VALUES (new_id, new_key, new_fingerprint, new_status, moment_ms, held_until_ms,
                new_lines::json, new_body::json, nullif(asked_takes, '[]')::json)
            ON CONFLICT (key) DO NOTHING
            RETURNING orders.id
        ), moved AS (
            INSERT INTO souk.movement (sku, kind, units, order_id, at_ms)
            SELECT account.sku, CASE sells WHEN 1 THEN 'sell' ELSE 'hold' END, units,
                accepted.id, moment_ms
            FROM accepted
        ), announced AS (
            INSERT INTO souk.message (queue, order_id, sequence, due_ms)
            SELECT unnest('{back_office,mails}'::text[]), accepted.id, 0, moment_ms FROM accepted
            UNION ALL
            SELECT 'holds', accepted.id, 0, held_until_ms FROM accepted
            WHERE held_until_ms IS NOT NULL
        )
        SELECT EXISTS (SELECT FROM accepted) INTO placed;
    END IF;

    IF placed THEN
        IF asked_ticket <> '' THEN
            PERFORM souk.list_ticket(asked_ticket, moment_ms);
        END IF;
        IF crowded THEN
            PERFORM souk.split_account(account.sku, moment_ms);
        ELSIF idle THEN
            PERFORM souk.gather_idle(account.sku);
        END IF;
        outcome := CASE WHEN emptied THEN 'placed_last' ELSE 'placed' END;
        RETURN;
    END IF;
    IF NOT placed THEN
        -- A twin was quicker to the key, or another order to the allowance: what was taken goes back
        -- before any other transaction sees it gone.
        IF is_allowed AND asked_takes <> '[]' THEN
            PERFORM souk.give_back_allowances(asked_takes, NULL);
        END IF;
        PERFORM souk.add_to_accounts(ARRAY[account.sku], ARRAY[taken_from], ARRAY[false], '{0}',
            ARRAY[units], ARRAY[-units * (1 - sells)], ARRAY[-units * sells], moment_ms);
    END IF;
    SELECT tried.* INTO outcome, body, state
    FROM souk.place_any(new_key, new_fingerprint, new_id, new_status, asked_skus, asked_units,
        asked_backordered, asked_stamps, new_lines, new_body, moment_ms, held_until_ms,
        sold_out_hold_last_ms, asked_takes, asked_ticket) AS tried;
END $place$;
