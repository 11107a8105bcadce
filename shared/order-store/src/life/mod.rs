//! Changing an order: read it, decide with the pure state machine, write if no other change was
//! quicker.
//!
//! Why it is strict: the store writes a change only onto the revision that it was decided on, in
//! one transaction with stock, funds and messages. Why it is safe to repeat: a key that was used is
//! found before anything is decided.
//!
//! Not here: which changes are legal (`souk_domain`), what a provider is asked (`souk-payments`).

mod refund;
mod shapes;

use souk_domain::{Illegal, OrderEvent, Shelf, decide};
use souk_protocol::history;
use souk_protocol::origin::{Action, Actor, ChangeOrder, Progress, Queue, RecordedEvent};

use crate::{
    ChangeReply, Committed, Found, KeptTakes, OrderChange, OrderRecord, OrderStore, StockMove,
    StoreError, receipt,
};

pub use shapes::movement_name;

/// A change meets others of the same order at most this often: each of them has moved the order
/// on, and an order has a handful of events in its life.
const TRIES_MAX: u32 = 16;

/// What came of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// For the caller.
    pub reply: ChangeReply,
    /// Whether a SKU ran out, or can be ordered again.
    pub shelves_changed: bool,
}

impl From<ChangeReply> for Changed {
    fn from(reply: ChangeReply) -> Self {
        Self {
            reply,
            shelves_changed: false,
        }
    }
}

/// Changes an order.
///
/// # Errors
/// See [`StoreError`]. After a [`StoreError::Transient`] the same change, with the same key, finds
/// out what became of it.
pub async fn change<S: OrderStore>(
    store: &S,
    asked: &ChangeOrder,
    now_ms: i64,
) -> Result<Changed, StoreError> {
    check(asked)?;
    let (key, fingerprint) = (own_key(asked), fingerprint(asked));
    let mut shelf = Shelf::MayHave;
    for _ in 0..TRIES_MAX {
        let Some(found) = store.find(&asked.order, &key).await? else {
            return Ok(ChangeReply::UnknownOrder.into());
        };
        let Found { record, change } = found;
        if let Some(known) = change {
            let record = Box::new(record);
            return Ok(match known == fingerprint {
                true => ChangeReply::Already { record }.into(),
                false => ChangeReply::KeyUsedForOtherChange.into(),
            });
        }
        let plan = match plan(record, asked, shelf, now_ms)? {
            Ok(plan) => plan,
            Err(illegal) => return Ok(shapes::refused(&illegal).into()),
        };
        if plan.events.is_empty() {
            let record = Box::new(plan.record);
            return Ok(ChangeReply::Done { record }.into());
        }
        let committed = store.change(OrderChange {
            order: &asked.order,
            key: &key,
            fingerprint: &fingerprint,
            revision: plan.record.progress.revision,
            events: &plan.events,
            progress: &plan.progress,
            moves: &plan.moves,
            entries: &plan.entries,
            currency: &plan.record.order.currency,
            ends_unpaid: plan.ends_unpaid,
            kept: plan.kept,
            queues: &plan.queues,
            now_ms,
        });
        match committed.await? {
            Committed::Done { shelves_changed } => {
                let record = Box::new(plan.done());
                let reply = ChangeReply::Done { record };
                return Ok(Changed {
                    reply,
                    shelves_changed,
                });
            }
            Committed::Stale => {}
            Committed::TooFew { .. } if shelf == Shelf::MayHave => shelf = Shelf::IsEmpty,
            Committed::TooFew { sku } => {
                return Err(StoreError::Corrupt(format!(
                    "an order asks for units of {sku} that no event of it takes"
                )));
            }
        }
    }
    Err(StoreError::Transient(format!(
        "{} was changed by others again and again",
        asked.order
    )))
}

fn check(asked: &ChangeOrder) -> Result<(), StoreError> {
    let max = souk_protocol::limits::IDEMPOTENCY_KEY_BYTES_MAX;
    if asked.key.is_empty() || asked.key.len() > max {
        return Err(StoreError::Rejected(format!("a key has 1 to {max} bytes")));
    }
    receipt::check_name(asked.by_name.as_deref())
}

/// Clients choose their keys: the key of a shopper's or the staff's change never collides with that
/// of the shop's own changes, such as the end of a hold.
fn own_key(asked: &ChangeOrder) -> String {
    let by = match asked.by {
        Actor::Shopper => "shopper",
        Actor::Staff => "staff",
        Actor::Provider => "provider",
        Actor::System => "system",
    };
    format!("{by}:{}", asked.key)
}

/// It needs no key, unlike that of an order: every text of the action is in the event that the change
/// writes, so there is nothing left to guess.
fn fingerprint(asked: &ChangeOrder) -> String {
    let action = serde_json::to_vec(&asked.action).expect("plain enums become JSON");
    blake3::hash(&action).to_hex().to_string()
}

/// What a change would write.
struct Plan {
    record: OrderRecord,
    events: Vec<RecordedEvent>,
    progress: Progress,
    moves: Vec<StockMove>,
    entries: Vec<crate::FundsEntry>,
    ends_unpaid: bool,
    kept: KeptTakes,
    queues: Vec<Queue>,
}

impl Plan {
    /// The record once it is written.
    fn done(self) -> OrderRecord {
        let mut record = self.record;
        record.order.status = self.progress.status;
        record.progress = self.progress;
        record.events.extend(self.events);
        record
    }
}

fn plan(
    record: OrderRecord,
    asked: &ChangeOrder,
    shelf: Shelf,
    now_ms: i64,
) -> Result<Result<Plan, Illegal>, StoreError> {
    let mut state = history::state(&record).map_err(|broken| {
        let id = &record.order.id;
        StoreError::Corrupt(format!("the history of order {id}: {broken:?}"))
    })?;
    let (was_unpaid, was_void) = (state.is_unpaid(), state.status.is_void());
    let events = match decide(
        &state,
        &shapes::asked(&asked.action, &record.order, &state, now_ms),
        shelf,
    ) {
        Ok(events) => events,
        Err(illegal) => return Ok(Err(illegal)),
    };
    let mut plan = Plan {
        events: Vec::with_capacity(events.len()),
        progress: record.progress.clone(),
        moves: Vec::new(),
        entries: Vec::new(),
        ends_unpaid: false,
        kept: KeptTakes::Stay,
        queues: Vec::new(),
        record,
    };
    let mut sequence = plan.record.progress.revision;
    let mut payments = false;
    for event in events {
        sequence += 1;
        let moves = event.moves(&state).into_iter();
        plan.moves
            .extend(moves.map(|(line, movement, units)| StockMove {
                sku: plan.record.order.lines[line].sku.clone(),
                movement,
                units,
            }));
        let event_of = shapes::event_of(&event, &asked.action);
        plan.entries.extend(shapes::entries(sequence, &event_of));
        plan.events.push(RecordedEvent {
            sequence,
            at_ms: now_ms,
            by: asked.by,
            by_name: asked.by_name.clone(),
            event: event_of,
        });
        state = state.after(&event);
        // A payment page that is open when its order ends is to be closed.
        payments |= matches!(event, OrderEvent::Expired | OrderEvent::Cancelled);
    }
    let by_card = state.method == souk_domain::PaymentMethod::Card;
    // The provider's own report of what it did leaves nothing to do but what is left.
    let opened = matches!(asked.action, Action::BeginPayment { .. });
    if by_card && !opened && (payments || state.needs_provider()) {
        plan.queues.push(Queue::Payments);
    }
    plan.ends_unpaid = was_unpaid && !state.is_unpaid();
    plan.kept = match (was_void, state.status.is_void()) {
        (false, true) => KeptTakes::GoBack,
        (true, false) => KeptTakes::TakenAgain,
        (true, true) | (false, false) => KeptTakes::Stay,
    };
    plan.progress = history::progress(&state, sequence);
    Ok(Ok(plan))
}
