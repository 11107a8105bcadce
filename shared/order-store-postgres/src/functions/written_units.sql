-- Everything in the ledger of stock: what each row adds to its account.
CREATE FUNCTION souk.written_units()
RETURNS TABLE (sku text, supplied bigint, available bigint, held bigint, sold bigint)
LANGUAGE sql STABLE AS $written_units$
    SELECT movement.sku, movement.units * unit.supplied, movement.units * unit.available,
        movement.units * unit.held, movement.units * unit.sold
    FROM souk.movement JOIN souk.movement_kind AS unit ON unit.kind = movement.kind
    UNION ALL
    SELECT repair.sku, repair.supplied, repair.available, repair.held, repair.sold
    FROM souk.stock_repair AS repair
$written_units$;
