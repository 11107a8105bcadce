//! Bugs in what goes before what: money before goods, and the bank's word about it.

use super::{Mutant, Place, mutant};

const LIFE: &str = "shared/domain/src/life.rs";
const SHAPES: &str = "shared/order-store/src/life/shapes.rs";

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        Place::Domain,
        "a card order is shipped before its money is there",
        LIFE,
        "if due > 0 && !unpaid {",
        "if due > i64::MAX - 1 && !unpaid {",
    ),
    mutant(
        Place::Domain,
        "what is disputed can be refunded as well",
        LIFE,
        "self.captured - self.refunding - self.refunded - self.disputed",
        "self.captured - self.refunding - self.refunded",
    ),
    mutant(
        Place::Domain,
        "a dispute that is lost leaves the money with the shop",
        LIFE,
        "funds.disputed -= amount;\n                funds.refunded += amount;",
        "funds.disputed -= amount;",
    ),
    mutant(
        Place::Domain,
        "a dispute of another payment is booked",
        LIFE,
        "if !is_of(payment) =>\n        {\n            return Err(not_now());",
        "if !is_of(payment) && payment.id.is_empty() =>\n        {\n            return Err(not_now());",
    ),
    mutant(
        Place::Origin,
        "a dispute is not in the ledger of funds",
        SHAPES,
        "Event::DisputeOpened { amount, .. } => &[(Shop, Disputed, amount)],",
        "Event::DisputeOpened { .. } => &[],",
    ),
    mutant(
        Place::Origin,
        "the reason why an unpaid order was shipped is forgotten",
        SHAPES,
        "unpaid_reason: texts.unpaid_reason.cloned(),",
        "unpaid_reason: None,",
    ),
];
