//! The keys of `plan.toml`.

use souk_operations::plan::compiled::{APPROVALS_MAX, LIST_MAX, STEPS_MAX, TASK_CHARS_MAX};

use crate::format::Format;
use crate::shape::{Key, Shape, key, required};

const CONDITIONS: Shape = Shape::List {
    of: &Shape::Line(Format::Condition),
    min: 1,
    max: LIST_MAX,
};

const ACTIONS: Shape = Shape::List {
    of: &Shape::Line(Format::Action),
    min: 1,
    max: LIST_MAX,
};

const AT: Shape = Shape::Line(Format::PlanMoment);

/// How what a step has set is put back.
const UNDOS: &[&str] = &["auto"];

/// `plan.toml`.
pub(crate) static PLAN_KEYS: &[Key] = &[required(key(
    "step",
    Shape::List {
        of: &Shape::Table(STEP_KEYS),
        min: 1,
        max: STEPS_MAX,
    },
    "The steps of the plan, in the order in which they are shown.",
    "[{ id = \"early\", at = \"sale drop opens -10m\", do = [\"level 1\"], undo = \"auto\" }]",
))];

static STEP_KEYS: &[Key] = &[
    required(key(
        "id",
        Shape::Line(Format::StepId),
        "Its name, which no other step has.",
        "\"slow\"",
    )),
    key(
        "when",
        Shape::Table(HELD_KEYS),
        "It fires when all these conditions have held for a while.",
        "{ all = [\"avg origin.p99 over 10s > 400ms\"], for = \"10s\" }",
    ),
    key(
        "at",
        AT,
        "It fires by the clock: before or after a sale gathers, opens or closes, or at a moment.",
        "\"sale drop opens -10m\"",
    ),
    key(
        "task",
        Shape::Line(Format::Line {
            chars_max: TASK_CHARS_MAX,
        }),
        "What a person has to do.",
        "\"Tell the carrier how many parcels come\"",
    ),
    key(
        "owner",
        Shape::Line(Format::Line {
            chars_max: TASK_CHARS_MAX,
        }),
        "Who does the task: the name of a staff token.",
        "\"bea\"",
    ),
    key(
        "due",
        AT,
        "Until when the task is done.",
        "\"sale drop opens -1h\"",
    ),
    key(
        "clear",
        Shape::Table(HELD_KEYS),
        "It ends when all these conditions have held for a while.",
        "{ all = [\"avg origin.p99 over 10s < 200ms\"], for = \"60s\" }",
    ),
    key(
        "do",
        ACTIONS,
        "What it sets: level N, switch NAME STATE, sale ID pause|resume|close, limit CLASS N in TIME.",
        "[\"level 2\"]",
    ),
    key(
        "undo",
        Shape::OrList(&Shape::Choice(UNDOS), &ACTIONS),
        "What happens when it ends: auto takes back what it has set and nothing else, a list sets other \
         things in its place. Without it everything stays.",
        "\"auto\"",
    ),
    key(
        "approval",
        Shape::Integer(0, APPROVALS_MAX as i64),
        "How many different people have to approve the plan because of this step; 1 without it.",
        "1",
    ),
    key(
        "check",
        Shape::Table(CHECK_KEYS),
        "What has to hold soon after it fired; the journal says whether it did.",
        "{ all = [\"min switches.applied over 1s > 99%\"], within = \"5s\" }",
    ),
    key(
        "max",
        Shape::Duration("1s", "24h"),
        "After this time it ends at the latest.",
        "\"30m\"",
    ),
];

static HELD_KEYS: &[Key] = &[
    required(key(
        "all",
        CONDITIONS,
        "AGGREGATE SIGNAL over TIME > BOUND: avg, min, max or sum, and >, >=, < or <=.",
        "[\"avg origin.p99 over 10s > 400ms\"]",
    )),
    key(
        "for",
        Shape::Duration("0s", "24h"),
        "For how long they have to hold; without it they count at once.",
        "\"10s\"",
    ),
];

static CHECK_KEYS: &[Key] = &[
    required(key(
        "all",
        CONDITIONS,
        "Conditions that have to hold together in one second.",
        "[\"min switches.applied over 1s > 99%\"]",
    )),
    required(key(
        "within",
        Shape::Duration("1s", "24h"),
        "For how long after the step fired that may take.",
        "\"5s\"",
    )),
];
