//! The rest of the table: states of orders that their buyers have changed.

use souk_domain::OrderStatus;
use souk_domain::OrderStatus as S;

use crate::cases::Case;

/// As [`crate::cases::STATES`].
pub(crate) const STATES: &[(&str, OrderStatus, &[Case])] = &[
    (
        "delivery: keep 2",
        S::Confirmed,
        &[
            ("receive 100", "received 100, owed 10"),
            ("receive 60", "at most or exactly 90"),
            ("cancel", "cancelled"),
            ("allocate", "allocated"),
            ("ship", "allocated, shipped"),
            ("ship unpaid", "allocated, shipped"),
            ("keep 2", "nothing"),
            ("keep 3", "no such units"),
        ],
    ),
    (
        "transfer: keep 2",
        S::AwaitingPayment,
        &[
            // Sent before units were taken off.
            ("receive 100", "received 100, confirmed, owed 10"),
            ("receive 60", "at most or exactly 90"),
            ("cancel", "cancelled"),
            ("expire early", "not now"),
            ("expire due", "expired"),
            ("keep 2", "nothing"),
            ("keep 3", "no such units"),
        ],
    ),
    (
        "card: keep 2",
        S::AwaitingPayment,
        &[
            ("begin", "begun"),
            ("decline", "declined"),
            // On a page from before: it is voided, and nothing is sold for it.
            ("authorise 100", "authorised 100"),
            ("authorise 60", "authorised 60"),
            ("authorise 0", "at most or exactly 90"),
            ("capture 100", "authorised 100, captured 100, owed 100"),
            ("capture 60", "authorised 60, captured 60, owed 60"),
            ("capture -1", "at most or exactly 90"),
            ("cancel", "cancelled"),
            ("expire early", "not now"),
            ("expire due", "expired"),
            ("keep 2", "nothing"),
            ("keep 3", "no such units"),
        ],
    ),
    (
        "card: authorise 100, keep 2",
        S::Confirmed,
        &[
            ("authorise 100", "nothing"),
            ("authorise 60", "nothing"),
            ("authorise 0", "nothing"),
            // All of it is taken, and what the unit cost goes back.
            ("capture 100", "captured 100, owed 10"),
            ("capture 60", "captured 60"),
            ("capture -1", "at most or exactly 90"),
            ("void", "voided 100, cancelled"),
            ("cancel", "cancelled"),
            ("allocate", "allocated"),
            ("ship", "unpaid, 90 are due"),
            ("ship unpaid", "allocated, shipped"),
            ("keep 2", "nothing"),
            ("keep 3", "no such units"),
        ],
    ),
];
