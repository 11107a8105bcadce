//! Bugs in the orders of tickets: that each ticket has one, and what the usher reads of them.

use super::{Mutant, Place, mutant};

const ACCOUNTS: &str = "shared/order-store/src/allowances.rs";
const TICKETS: &str = "shared/order-store/src/tickets.rs";
const SCHEMA: &str = "shared/order-store-sqlite/src/schema.rs";
const PG_READ: &str = "shared/order-store-postgres/src/functions/read_session.sql";
const PG_MANY: &str = "shared/order-store-postgres/src/functions/place_many.sql";

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        Place::Origin,
        "a ticket has as many orders as its buyer likes",
        ACCOUNTS,
        "new.submit.ticket.as_deref().map(of_ticket)",
        "new.submit.ticket.as_deref().map(of_ticket).filter(|_| false)",
    ),
    mutant(
        Place::Origin,
        "units beside those of the session are counted for its usher",
        TICKETS,
        "of_sale.iter().filter(move |one| one.session == session)",
        "of_sale.iter().filter(move |one| one.session >= session)",
    ),
    mutant(
        Place::Sqlite,
        "the rank of a ticket is lost",
        SCHEMA,
        "NEW.ticket ->> '$.rank', NEW.ticket ->> '$.units'",
        "'', NEW.ticket ->> '$.units'",
    ),
    mutant(
        Place::Postgres,
        "orders of a session get the same numbers again",
        PG_READ,
        "highest := greatest(highest, moment_ms);",
        "highest := moment_ms;",
    ),
    mutant(
        Place::Postgres,
        "a group lists no order for the usher",
        PG_MANY,
        "IF asked_tickets <> '{}' THEN",
        "IF asked_tickets = '{}' THEN",
    ),
];
