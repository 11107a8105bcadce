//! What an instance has seen of waiting rooms, on its way to the usher: tickets that polled or ordered,
//! and how many were issued.
//!
//! A batch is about one session. It is kept as it was sent until it is acknowledged, so a batch whose
//! answer was lost is sent again and counted once.
//!
//! Invariants: what is collected is bounded ([`ROOM_REPORTS_MAX`], [`SECONDS_MAX`]); reports beyond that
//! are lost, as the usher allows for, and counts never are.
//!
//! Not here: which tickets are reported (`souk_room`), the task (`reporting`).

use std::cell::{Cell, RefCell};

use bytes::Bytes;
use souk_ports::is_within;
use souk_protocol::room::{ROOM_REPORTS_MAX, RoomBatch, SeenTicket};
use souk_room::{Rank, Ticket};

/// Between two batches, in milliseconds.
pub(super) const PAUSE_MS: i64 = 500;
/// Seconds of arrivals that are counted apart; later ones count for the last of these.
const SECONDS_MAX: usize = 300;
/// A call without an answer counts as lost, in milliseconds.
const CALL_MS_MAX: i64 = 10_000;
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

    pub(super) fn is_empty(&self) -> bool {
        self.collected.borrow().is_empty() && self.unacknowledged.borrow().is_none()
    }

    /// The batch that is to be sent now, if one is.
    pub(super) fn due(&self, pulse_made_at_ms: i64, now_ms: i64) -> Option<Bytes> {
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

    /// The answer to the batch has come, or will not come.
    pub(super) fn answered(&self, is_stored: bool) {
        self.called_at_ms.set(None);
        if is_stored {
            self.unacknowledged.take();
        }
    }
}
/// Which task of an instance sends.
#[derive(Debug, Default)]
pub(crate) struct ReportTask {
    /// Number of the last one.
    pub(super) number: Cell<u64>,
    /// When it began; `None`: it is over.
    pub(super) began_at_ms: Cell<Option<i64>>,
}
