//! Bugs of releases by lane.

use super::{Mutant, Place, mutant};

const RULE: &str = "shared/operations/src/release.rs";
const CONTROL: &str = "shared/operations/src/control/release.rs";
const LANE: &str = "shared/storefront/src/http/lane.rs";
const FORWARD: &str = "shared/storefront/src/http/forward.rs";

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        Place::Operations,
        "release: a larger share gives the build to other shoppers",
        RULE,
        "    bucket < share\n",
        "    (bucket + share) % BUCKETS < share\n",
    ),
    mutant(
        Place::Operations,
        "release: an outage of what both builds need takes it back",
        RULE,
        "errors >= stable_errors + ERRORS_MARGIN_PERMILLE",
        "errors >= ERRORS_MARGIN_PERMILLE",
    ),
    mutant(
        Place::Operations,
        "release: a late fault is thinned out by what was good before",
        RULE,
        "fault(&recent).or_else(|| fault(&self.whole))",
        "fault(&self.whole)",
    ),
    mutant(
        Place::Operations,
        "release: it is taken back by itself after its window too",
        CONTROL,
        "if !release.is_watched(now_ms) {",
        "if !release.is_watched(i64::MIN) {",
    ),
    mutant(
        Place::Edge,
        "release: a bucket of another release counts",
        LANE,
        "if salt.parse() != Ok(release.salt) {",
        "if salt.parse::<i64>().is_err() {",
    ),
    mutant(
        Place::Edge,
        "release: a page of the other build may be cached publicly",
        FORWARD,
        "                reply::keep_private(&mut answer);\n",
        "",
    ),
    mutant(
        Place::Edge,
        "release: a write that was not answered is sent once more",
        FORWARD,
        "if is_read || matches!(error, PortError::Unsupported(_))",
        "if is_read || matches!(error, PortError::Unsupported(_) | PortError::Transient(_))",
    ),
];
