//! What an instance has seen of waiting rooms, on its way to the usher: tickets that polled or ordered,
//! and how many were issued.
//!
//! A batch is about one session. It is kept as it was sent until it is acknowledged, so a batch whose
//! answer was lost is sent again and counted once. One task of an instance sends batches, and waits as
//! long as something is left: nothing stays unsent when no more requests come.
//!
//! Invariants: what is collected is bounded ([`ROOM_REPORTS_MAX`], [`SECONDS_MAX`]); reports beyond that
//! are lost, as the usher allows for, and counts never are.
//!
//! Not here: which tickets are reported (`souk_room`), how a batch travels (`functions/`).

use std::cell::{Cell, RefCell};

use bytes::Bytes;
use souk_ports::{Clock, RoomReporter, is_within};
use souk_protocol::room::{ROOM_REPORTS_MAX, RoomBatch, SeenTicket};
use souk_room::{Rank, Ticket};

use crate::instance::Instance;

/// Between two batches, in milliseconds.
const PAUSE_MS: i64 = 500;
/// Seconds of arrivals that are counted apart; later ones count for the last of these.
const SECONDS_MAX: usize = 300;
/// A call without an answer counts as lost, in milliseconds.
const CALL_MS_MAX: i64 = 10_000;
/// The task of a request sends for so long, in milliseconds; then that of a later one goes on, because
/// platforms end what a request has left running.
const TASK_MS_MAX: i64 = 5_000;
/// A task that has no later one gives up after so long, in milliseconds.
const TASK_MS_LONGEST: i64 = 25_000;
/// Bits of the number of an instance.
const EDGE_BITS: u32 = 53;

/// What an instance has to report.
#[derive(Debug, Default)]
pub(crate) struct RoomReports {
    /// Number of the instance; 0 before it is drawn.
    edge: Cell<u64>,
    /// Number of the last batch.
    batch: Cell<u64>,
    /// One for each session, the one that waits longest first; with the numbers of a batch still to
    /// come.
    collected: RefCell<Vec<RoomBatch>>,
    /// The batch that is not acknowledged.
    unacknowledged: RefCell<Option<Bytes>>,
    /// When it was sent last, while its answer is awaited.
    called_at_ms: Cell<Option<i64>>,
    sent_at_ms: Cell<Option<i64>>,
    /// Number of the last task, and when it began.
    task: Cell<u64>,
    task_at_ms: Cell<Option<i64>>,
}

impl RoomReports {
    /// Counts a ticket that was issued, in a session that opens then. The bytes of
    /// `random` name the instance, if it has no number yet.
    pub(super) fn issued(&self, ticket: &Ticket, opens_at_ms: i64, random: &dyn Fn() -> [u8; 16]) {
        self.collect(ticket.session, random, |batch| {
            if ticket.arrival_ms < opens_at_ms {
                batch.drawn += 1;
                return;
            }
            let second_ms = ticket.arrival_ms / 1_000 * 1_000;
            let arrived = &mut batch.arrived;
            let known = arrived
                .iter()
                .rposition(|(from_ms, _)| *from_ms == second_ms);
            let full = arrived.len() >= SECONDS_MAX;
            match known.or(full.then(|| arrived.len() - 1)) {
                Some(place) => arrived[place].1 += 1,
                None => arrived.push((second_ms, 1)),
            }
        });
    }

    /// Reports a ticket that was seen; `polls`: its page comes back by itself.
    pub(super) fn seen(
        &self,
        session: u32,
        rank: Rank,
        polls: bool,
        random: &dyn Fn() -> [u8; 16],
    ) {
        self.collect(session, random, |batch| {
            if batch.reports.len() < ROOM_REPORTS_MAX {
                let rank = rank.text();
                batch.reports.push(SeenTicket { rank, polls });
            }
        });
    }

    fn collect(
        &self,
        session: u32,
        random: &dyn Fn() -> [u8; 16],
        add: impl FnOnce(&mut RoomBatch),
    ) {
        if self.edge.get() == 0 {
            let random = random();
            let [first, _] = random.as_chunks().0 else {
                unreachable!("sixteen bytes are twice eight")
            };
            let number = u64::from_be_bytes(*first) >> (u64::BITS - EDGE_BITS);
            self.edge.set(number.max(1));
        }
        let collected = &mut *self.collected.borrow_mut();
        let known = collected.iter().position(|batch| batch.session == session);
        let place = known.unwrap_or(collected.len());
        if known.is_none() {
            collected.push(RoomBatch {
                session,
                edge: self.edge.get(),
                batch: 0,
                pulse_made_at_ms: 0,
                reports: Vec::new(),
                drawn: 0,
                arrived: Vec::new(),
            });
        }
        add(&mut collected[place]);
    }

    fn is_empty(&self) -> bool {
        self.collected.borrow().is_empty() && self.unacknowledged.borrow().is_none()
    }

    /// The batch that is to be sent now, if one is.
    fn due(&self, pulse_made_at_ms: i64, now_ms: i64) -> Option<Bytes> {
        let is_recent = |at: &Cell<Option<i64>>, ms| {
            let at_ms = at.get();
            at_ms.is_some_and(|at_ms| is_within(ms, at_ms, now_ms))
        };
        if is_recent(&self.sent_at_ms, PAUSE_MS - 1) || is_recent(&self.called_at_ms, CALL_MS_MAX) {
            return None;
        }
        let mut unacknowledged = self.unacknowledged.borrow_mut();
        if unacknowledged.is_none() {
            let collected = &mut *self.collected.borrow_mut();
            if collected.is_empty() {
                return None;
            }
            self.batch.update(|batch| batch + 1);
            let batch = RoomBatch {
                batch: self.batch.get(),
                pulse_made_at_ms,
                ..collected.remove(0)
            };
            let batch = serde_json::to_vec(&batch).expect("plain structs become JSON");
            *unacknowledged = Some(batch.into());
        }
        self.sent_at_ms.set(Some(now_ms));
        self.called_at_ms.set(Some(now_ms));
        unacknowledged.clone()
    }

    /// Begins a task that sends, unless one does or nothing is left; its number.
    fn begin(&self, now_ms: i64) -> Option<u64> {
        let began_ms = self.task_at_ms.get();
        let is_running = began_ms.is_some_and(|ms| is_within(TASK_MS_MAX, ms, now_ms));
        if is_running || self.is_empty() {
            return None;
        }
        self.task_at_ms.set(Some(now_ms));
        self.task.update(|task| task + 1);
        Some(self.task.get())
    }
}

/// The batch of a waiting room that is due after a response, if one is, for
/// [`souk_ports::RoomReporter`]. What came of it is told by [`room_sent`].
pub fn room_due(instance: &Instance, now_ms: i64) -> Option<Bytes> {
    let signals = instance.signals.last();
    let pulse = signals.as_ref().and_then(|signals| signals.pulse.as_ref());
    let made_at_ms = pulse.map_or(0, |held| held.pulse.made_at_ms);
    instance.rooms.due(made_at_ms, now_ms)
}

/// Tells whether the batch of [`room_due`] was stored. One that was not is due again.
pub fn room_sent(instance: &Instance, is_stored: bool) {
    let rooms = &instance.rooms;
    rooms.called_at_ms.set(None);
    if is_stored {
        rooms.unacknowledged.take();
    }
}

/// A task that is to run after a response, if something of waiting rooms is to be reported and no other
/// task does it: [`report_rooms`] with its number.
pub fn rooms_to_report(instance: &Instance, now_ms: i64) -> Option<u64> {
    instance.rooms.begin(now_ms)
}

/// Sends what the instance has to report of waiting rooms, the first batch at once, until nothing is
/// left or a later task does it.
pub async fn report_rooms<R: RoomReporter + Clock>(
    reporter: &R,
    instance: &Instance,
    task: u64,
    log: &dyn Fn(&str),
) {
    let rooms = &instance.rooms;
    let began_ms = reporter.now_ms();
    let mut has_failed = false;
    loop {
        let now_ms = reporter.now_ms();
        if let Some(batch) = room_due(instance, now_ms) {
            let sent = reporter.report_room(batch).await;
            room_sent(instance, sent.is_ok());
            if let (Err(error), false) = (&sent, has_failed) {
                log(&format!("report of a waiting room: {error}"));
                has_failed = true;
            }
        }
        let is_late = !is_within(TASK_MS_LONGEST, began_ms, now_ms);
        if rooms.task.get() != task {
            return;
        }
        if rooms.is_empty() || is_late {
            rooms.task_at_ms.set(None);
            return;
        }
        reporter.pause_ms(PAUSE_MS as u32).await;
    }
}
