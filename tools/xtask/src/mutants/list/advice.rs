//! Bugs in the measured ladder, in capacity and advice, and in traces and their replay.

use super::{Mutant, Place, mutant};

const MEASURE: &str = "tools/souk/src/ladder/measure.rs";
const PREDICT: &str = "tools/souk/src/capacity/predict.rs";
const WATCH: &str = "tools/souk/src/advise/watch.rs";
const ROUTE: &str = "tests/replay/src/route.rs";
const RUN: &str = "tests/replay/src/run.rs";

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        Place::Advice,
        "a switch that loses orders goes first",
        MEASURE,
        "let loss = on.conversion - off.conversion;",
        "let loss = off.conversion - on.conversion;",
    ),
    mutant(
        Place::Advice,
        "one full arm is a measurement",
        MEASURE,
        "on.visits.min(off.visits) >= VISITS_MIN",
        "on.visits.max(off.visits) >= VISITS_MIN",
    ),
    mutant(
        Place::Advice,
        "a waiting room keeps no order away",
        PREDICT,
        "self.pace.map_or(wanted, |pace| wanted.min(pace))",
        "self.pace.map_or(wanted, |pace| wanted.max(pace))",
    ),
    mutant(
        Place::Advice,
        "an advice comes after 70 %",
        WATCH,
        "let full = FULL * capacity;",
        "let full = 1.2 * FULL * capacity;",
    ),
    mutant(
        Place::Replay,
        "the number and the token of an order stay in a trace",
        ROUTE,
        "(Route::OrderPage, format!(\"/orders/{OWN}\"))",
        "(Route::OrderPage, target.to_owned())",
    ),
    mutant(
        Place::Replay,
        "one who has left polls on",
        RUN,
        "if at_ms < stay.until_ms {",
        "if at_ms < stay.until_ms + 600_000 {",
    ),
];
