-- Gives back what an order has taken of its allowances, up to one of them where that is named. An
-- account that nothing is taken of any more has no row; one that has too little because it drifted
-- does not keep the order from being changed.
CREATE FUNCTION souk.give_back_allowances(takes text, last_account text)
RETURNS void LANGUAGE plpgsql VOLATILE AS $give_back_allowances$
DECLARE
    back record;
BEGIN
    FOR back IN
        SELECT one.account, one.units
        FROM json_to_recordset(takes::json) AS one (account text, units bigint)
        WHERE last_account IS NULL OR one.account COLLATE "C" <= last_account
        ORDER BY one.account COLLATE "C"
    LOOP
        PERFORM FROM souk.allowance WHERE allowance.account = back.account FOR UPDATE;
        DELETE FROM souk.allowance
        WHERE allowance.account = back.account AND allowance.taken <= back.units;
        UPDATE souk.allowance SET taken = allowance.taken - back.units
        WHERE allowance.account = back.account AND allowance.taken > back.units;
    END LOOP;
END $give_back_allowances$;
