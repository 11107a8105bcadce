//! What is about to be stored and published.
//!
//! Not here: how it comes about (`control`, `signals`).

use souk_operations::samples::SalesNow;
use souk_operations::{Change, Operations, OriginCall, PulseSale, Record, Sale};
use souk_operations_store::KeepRoom;

use crate::rooms::{self, Room};

/// A state that is about to be stored, and what the journal gets with it.
pub(crate) struct Draft {
    pub(crate) state: Operations,
    pub(crate) records: Vec<Record>,
}

/// The sales of a pulse, and what the store keeps of their rooms.
#[derive(Default)]
pub(crate) struct Sales {
    pub(crate) published: Vec<PulseSale>,
    pub(crate) kept: Vec<KeepRoom>,
    /// How often the origin was asked for them, and how long it took.
    pub(crate) origin: Vec<OriginCall>,
    /// Those that are on, all together.
    pub(crate) now: Option<SalesNow>,
}

impl Sales {
    pub(crate) fn add(&mut self, sale: &Sale, room: &Room<'_>, now_ms: i64) {
        if sale.is_on(now_ms) && !sale.is_before_checkout() {
            room.add_to(self.now.get_or_insert_default(), now_ms);
        }
        self.published.push(PulseSale {
            id: sale.id.clone(),
            room: room.publish(),
            before: rooms::draw_before(sale, now_ms),
        });
    }

    /// Lets the pulse say at once what a step of the plan has done with them.
    pub(crate) fn control_by(&mut self, sales: &[Sale]) {
        for published in &mut self.published {
            let sale = sales.iter().find(|sale| sale.id == published.id);
            if let Some(sale) = sale {
                published.room.control = sale.control_now();
            }
        }
    }
}

impl Draft {
    /// What is stored, but for what is due: that ends first, so that the journal has everything in
    /// the order in which it happened.
    pub(crate) fn of(stored: Operations, now_ms: i64) -> Self {
        let mut draft = Self {
            state: stored,
            records: Vec::new(),
        };
        if let Some(ended) = draft.state.end_due(now_ms) {
            draft.add(ended);
        }
        draft
    }

    pub(crate) fn add(&mut self, Change { next, record }: Change) {
        self.state = next;
        self.records.push(record);
    }
}
