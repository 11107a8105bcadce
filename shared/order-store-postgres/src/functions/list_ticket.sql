-- Lists an order with a ticket, which comes as `souk_order_store::ListedTicket`. Without a number: it
-- gets one when it is read for the first time.
CREATE FUNCTION souk.list_ticket(ticket text, moment_ms bigint)
RETURNS void LANGUAGE sql VOLATILE AS $list_ticket$
    INSERT INTO souk.ticket_order (session, placed_at_ms, rank, units)
    SELECT listed.session, moment_ms, listed.rank, listed.units
    FROM json_to_record(ticket::json) AS listed (session bigint, rank text, units bigint)
$list_ticket$;
