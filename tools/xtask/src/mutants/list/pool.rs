//! Bugs in the pool of origins, and in the entrance of one.

use super::{Mutant, Place, mutant};

const BALANCER: &str = "shared/origin-pool/src/balancer.rs";
const POOL: &str = "shared/origin-pool/src/pool.rs";
const ENTRANCE: &str = "shared/origin/src/entrance.rs";

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        Place::Pool,
        "the heaviest origin of a pool gets nearly everything",
        BALANCER,
        "self.members[chosen].credit -= sum;",
        "self.members[chosen].credit -= sum.min(1);",
    ),
    mutant(
        Place::Pool,
        "an origin that is ejected gets orders",
        BALANCER,
        "all_are_ejected || member.ejected.is_none()",
        "all_are_ejected || member.weight > 0",
    ),
    mutant(
        Place::Pool,
        "an origin of another store is one of the pool",
        POOL,
        "if own.is_some() && own.as_ref() == store {",
        "if own.is_some() {",
    ),
    mutant(
        Place::Pool,
        "an origin takes what is meant for another store",
        ENTRANCE,
        "is_some_and(|meant| *meant != own)",
        "is_some_and(|meant| meant.is_empty())",
    ),
    mutant(
        Place::Pool,
        "strangers place orders at the entrance",
        ENTRANCE,
        "if !self.has_token(request) || !is_known {",
        "if !is_known {",
    ),
];
