//! Bugs in the rules of a sale's evening: its room, its switches, its journal.

use super::{Mutant, Place, mutant};

const SCHEDULE: &str = "shared/room/src/schedule.rs";
const TICKET: &str = "shared/room/src/ticket.rs";
const RANK: &str = "shared/room/src/rank.rs";
const WINDOW: &str = "shared/room/src/window.rs";
const CODE: &str = "shared/room/src/code.rs";
const PUBLISHED: &str = "shared/room/src/published.rs";
const VIEW: &str = "shared/room/src/view.rs";
const USHER: &str = "shared/room/src/usher/mod.rs";
const CAPACITY: &str = "shared/room/src/usher/capacity.rs";
const HEARING: &str = "shared/room/src/usher/hearing.rs";
const STORED: &str = "shared/room/src/usher/stored.rs";
const APPLIED: &str = "shared/operations/src/applied.rs";
const SAMPLES: &str = "shared/operations/src/samples.rs";
const SHARES: &str = "shared/operations/src/shares.rs";
const PULSE: &str = "shared/operations/src/pulse.rs";
const CONTROL: &str = "shared/operations/src/control.rs";
const LADDER: &str = "shared/operations/src/ladder.rs";
const EDGE_ADMISSION: &str = "shared/storefront/src/sales/admission.rs";
const EDGE_PLACE: &str = "shared/storefront/src/sales/place.rs";
const EDGE_ROOM: &str = "shared/storefront/src/sales/room.rs";
const JOURNAL: &str = "shared/operations/src/journal.rs";

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        Place::Room,
        "room: it sells before the opening",
        SCHEDULE,
        "if now_ms < self.opens_at_ms {",
        "if now_ms < self.opens_at_ms - 20_000 {",
    ),
    mutant(
        Place::Room,
        "room: it is sold out while orders may still come to nothing",
        SCHEDULE,
        "(false, true) => Stock::Resting,",
        "(false, true) => Stock::SoldOut,",
    ),
    mutant(
        Place::Room,
        "room: a wrong clock makes a place by itself",
        TICKET,
        "return Ok(now_ms.clamp(pulse.moment_ms(), latest_ms));",
        "return Ok(now_ms.min(now_ms.max(latest_ms)));",
    ),
    mutant(
        Place::Room,
        "room: an edge without a young pulse draws after the opening",
        TICKET,
        "match latest_ms < opens_at_ms && age_ms > 0 {",
        "match now_ms < opens_at_ms || latest_ms < opens_at_ms {",
    ),
    mutant(
        Place::Room,
        "room: a ticket of an older secret is refused",
        TICKET,
        "if !self.0.iter().any(is_right) {",
        "if !self.0.iter().take(1).any(is_right) {",
    ),
    mutant(
        Place::Room,
        "room: the draw is not of the whole seed",
        RANK,
        "let mac = hmac(&self.0, &[&seed.0]);",
        "let mac = hmac(&self.0, &[&seed.0[1..]]);",
    ),
    mutant(
        Place::Room,
        "room: the window goes back",
        WINDOW,
        "self.called = self.called.max(called);",
        "self.called = called.or(self.called);",
    ),
    mutant(
        Place::Room,
        "room: a turn is over before it was called",
        WINDOW,
        "self.missed.max(missed.min(self.called))",
        "self.missed.max(missed)",
    ),
    mutant(
        Place::Room,
        "room: the code of one ticket opens for every ticket",
        CODE,
        "code.as_bytes().ct_eq(text.as_bytes()).into()",
        "code.len() == text.len()",
    ),
    mutant(
        Place::Room,
        "room: edges have the keys as soon as tickets are given",
        PUBLISHED,
        "(now_ms >= session.opens_at_ms - SECRETS_LEAD_MS).then_some(self)",
        "(now_ms >= session.gathers_at_ms).then_some(self)",
    ),
    mutant(
        Place::Room,
        "room: the place is shown before the opening",
        VIEW,
        "State::Announced | State::Gathering => View {\n            rank: None,",
        "State::Announced | State::Gathering => View {\n            rank,",
    ),
    mutant(
        Place::Room,
        "room: those inside do not count",
        USHER,
        "let mut wanted = capacity.saturating_sub(inside).min(most);",
        "let mut wanted = capacity.saturating_sub(inside / 2).min(most);",
    ),
    mutant(
        Place::Room,
        "room: after a restart who was not heard is passed over",
        USHER,
        "!self.is_silent(now_ms) && self.memory.hearing.running_ms() > HEARING_MS",
        "!self.is_silent(now_ms)",
    ),
    mutant(
        Place::Room,
        "room: reports that stop make all visitors absent",
        HEARING,
        "if self.stands() {\n            return 0;",
        "if self.stands() {\n            return 1_000;",
    ),
    mutant(
        Place::Room,
        "room: a gap between polls in phase counts as reports that are lost",
        HEARING,
        "self.missing >= MISSING_MAX && self.silent_ms > SILENT_MS_MAX",
        "self.missing >= MISSING_MAX",
    ),
    mutant(
        Place::Room,
        "room: tickets are called that are still to be issued",
        USHER,
        "let arrival_ms = now_ms - PULSE_AGE_MS_MAX;",
        "let arrival_ms = now_ms + 4 * PULSE_AGE_MS_MAX;",
    ),
    mutant(
        Place::Room,
        "room: who is at an edge without a pulse counts as absent",
        USHER,
        "tickets * permille / 1_000\n    }",
        "tickets * permille / 1_000_000\n    }",
    ),
    mutant(
        Place::Room,
        "room: a front that is deserted is never passed",
        USHER,
        "now_ms - self.memory.last_candidate_ms >= HEARING_MS;",
        "now_ms - self.memory.last_candidate_ms >= i64::MAX;",
    ),
    mutant(
        Place::Room,
        "room: a restart waits for those who have left",
        USHER,
        "(is_empty || wanted == 1).then_some",
        "(is_empty && wanted == 0).then_some",
    ),
    mutant(
        Place::Room,
        "room: a buyer takes one unit, whatever the limit",
        CAPACITY,
        "expected.min(inside * limit * 1_000)",
        "expected.min(inside * 1_000)",
    ),
    mutant(
        Place::Room,
        "room: a turn runs on while nothing can be bought",
        USHER,
        "        if is_open {\n            self.stored.open_ms += elapsed_ms;",
        "        self.stored.open_ms += elapsed_ms;\n        if is_open {",
    ),
    mutant(
        Place::Room,
        "room: a turn has no end",
        STORED,
        "let is_over = |mark: &Mark| now_ms - mark.open_ms >= turn_ms;",
        "let is_over = |mark: &Mark| now_ms - mark.open_ms >= 1_000 * turn_ms;",
    ),
    mutant(
        Place::Operations,
        "signals: a change is applied while one instance lacks it",
        APPLIED,
        "self.since_ms = self.since_ms.filter(|&since_ms| since_ms > at_ms);",
        "self.since_ms = self.since_ms.or(Some(at_ms));",
    ),
    mutant(
        Place::Operations,
        "signals: a sample counts as one request whatever its share was",
        SAMPLES,
        "counted.map(|sample| sample.weight).sum::<f64>()",
        "counted.count() as f64",
    ),
    mutant(
        Place::Operations,
        "signals: many pages leave no room for few orders",
        SHARES,
        "let taken = rates[class].min(left / classes_left);",
        "let taken = rates[class] * SAMPLES_PER_S / rates.iter().sum::<f64>().max(SAMPLES_PER_S);",
    ),
    mutant(
        Place::Operations,
        "operations: an edge takes an older pulse",
        PULSE,
        "held.stamp < self.stamp",
        "held.stamp != self.stamp",
    ),
    mutant(
        Place::Operations,
        "operations: two pulses have one stamp",
        CONTROL,
        "self.stamp = moment.max(self.stamp + 1);",
        "self.stamp = moment.max(self.stamp);",
    ),
    mutant(
        Place::Operations,
        "operations: the checkout can be closed by hand",
        CONTROL,
        "if switch.is_protected() || !switch.may_be(setting) {",
        "if !switch.is_protected() && !switch.may_be(setting) {",
    ),
    mutant(
        Place::Operations,
        "operations: what the staff have set never ends",
        LADDER,
        "one.switch == switch && now_ms < one.until_ms",
        "one.switch == switch && now_ms < i64::MAX",
    ),
    mutant(
        Place::Operations,
        "operations: a level forgets what lower ones have switched",
        LADDER,
        "if from <= level.number() {",
        "if from == level.number() {",
    ),
    mutant(
        Place::Operations,
        "operations: a record can be left out of the journal",
        JOURNAL,
        "if record.prev != journal.head {",
        "if record.prev.len() != journal.head.len() {",
    ),
    mutant(
        Place::Operations,
        "operations: the hash says nothing of what was done",
        JOURNAL,
        "what: &self.what,",
        "what: &self.who,",
    ),
    mutant(
        Place::Operations,
        "operations: a journal without its end verifies against its head",
        JOURNAL,
        "!wanted.eq_ignore_ascii_case(&found)",
        "wanted.len() != found.len()",
    ),
    mutant(
        Place::Edge,
        "edge: a ticket that is not called orders",
        EDGE_ADMISSION,
        "(State::Open | State::Resting | State::SoldOut, Turn::Called) => {",
        "(State::Open | State::Resting | State::SoldOut, Turn::Called | Turn::Waiting) => {",
    ),
    mutant(
        Place::Edge,
        "edge: an early code opens",
        EDGE_ROOM,
        "is_right & has_opened & secrets.is_some()",
        "is_right & (has_opened | secrets.is_some())",
    ),
    mutant(
        Place::Edge,
        "edge: a second click gets a second place",
        EDGE_PLACE,
        "room.see(&ticket).state != TicketState::Missed",
        "room.see(&ticket).state == TicketState::Missed",
    ),
    mutant(
        Place::Edge,
        "edge: a ticket orders for another e-mail address",
        EDGE_ADMISSION,
        "sale.sale.identity == Identity::Email && !keys",
        "sale.sale.identity == Identity::Visitor && !keys",
    ),
];
