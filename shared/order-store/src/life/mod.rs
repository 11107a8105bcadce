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
mod standing;

use serde_json::Value;
use souk_domain::{Destination, Illegal, OrderEvent, Shelf, decide};
use souk_protocol::history;
use souk_protocol::origin::{
    Action, Actor, ChangeOrder, Event, Progress, Queue, RecordedEvent, SealedDetails,
};

use crate::{
    ChangeReply, Committed, Found, KeptTakes, LoweredTakes, OrderChange, OrderRecord, OrderStore,
    StockMove, StoreError, StoredOrder, allowances, receipt,
};

pub use shapes::movement_name;
pub use standing::standing;

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

/// Another address for an order, as a store may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readdressed {
    /// The details of the order with it.
    pub details: SealedDetails,
    /// What the order costs there.
    pub destination: Destination,
    /// The fingerprint of the change under each data key, the newest first: an address can be guessed,
    /// so its hash has a key.
    pub fingerprints: Vec<String>,
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
    if matches!(asked.action, Action::SetAddress { .. }) {
        let text = "an address is sealed before an order gets it";
        return Err(StoreError::Rejected(text.to_owned()));
    }
    change_with(store, asked, None, now_ms).await
}

/// Changes an order, whose address that may be.
///
/// # Errors
/// As [`change`].
pub async fn change_with<S: OrderStore>(
    store: &S,
    asked: &ChangeOrder,
    to: Option<&Readdressed>,
    now_ms: i64,
) -> Result<Changed, StoreError> {
    check(asked)?;
    let key = own_key(asked);
    let fingerprints = match to {
        Some(to) => to.fingerprints.clone(),
        None => vec![fingerprint(&asked.action)],
    };
    let Some(fingerprint) = fingerprints.first() else {
        return Err(StoreError::Rejected(
            "a change has a fingerprint".to_owned(),
        ));
    };
    let mut shelf = Shelf::MayHave;
    for _ in 0..TRIES_MAX {
        let Some(found) = store.find(&asked.order, &key).await? else {
            return Ok(ChangeReply::UnknownOrder.into());
        };
        let Found {
            record,
            change,
            takes,
        } = found;
        if let Some(known) = change {
            let record = Box::new(record);
            return Ok(match fingerprints.contains(&known) {
                true => ChangeReply::Already { record }.into(),
                false => ChangeReply::KeyUsedForOtherChange.into(),
            });
        }
        let plan = match plan(record, asked, to, shelf, now_ms)? {
            Ok(plan) => plan,
            Err(illegal) => return Ok(shapes::refused(&illegal).into()),
        };
        if plan.events.is_empty() {
            let record = Box::new(plan.record);
            return Ok(ChangeReply::Done { record }.into());
        }
        let lowered = plan.lowered(&takes);
        let committed = store.change(OrderChange {
            order: &asked.order,
            key: &key,
            fingerprint,
            revision: plan.record.progress.revision,
            events: &plan.events,
            progress: &plan.progress,
            moves: &plan.moves,
            entries: &plan.entries,
            currency: &plan.record.order.currency,
            ends_unpaid: plan.ends_unpaid,
            kept: plan.kept,
            lowered: lowered.as_ref(),
            placed: plan.placed.as_ref(),
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
/// writes, so there is nothing left to guess; but for an address ([`Readdressed`]).
pub fn fingerprint(action: &Action) -> String {
    let action = serde_json::to_vec(action).expect("plain enums become JSON");
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
    /// Whether it has units that are not paid, before and after.
    is_unpaid: bool,
    kept: KeptTakes,
    placed: Option<StoredOrder>,
    queues: Vec<Queue>,
}

impl Plan {
    /// What the order takes of allowances from now on, where units are taken off that are not paid.
    fn lowered(&self, takes: &[Value]) -> Option<LoweredTakes> {
        if !self.is_unpaid {
            return None;
        }
        let removed = self.events.iter().filter_map(|recorded| {
            let Event::UnitsRemoved { line, quantity, .. } = recorded.event else {
                return None;
            };
            let line = self.record.order.lines.get(line)?;
            Some((line.sku.as_str(), quantity))
        });
        allowances::lowered(takes, &removed.collect::<Vec<_>>())
    }

    /// The record once it is written.
    fn done(self) -> OrderRecord {
        let mut record = self.record;
        if let Some(placed) = self.placed {
            record.order = placed;
        }
        record.order.status = self.progress.status;
        record.progress = self.progress;
        record.events.extend(self.events);
        record
    }
}

/// The order as it was placed, with another address.
fn readdressed(record: &OrderRecord, to: &Readdressed) -> StoredOrder {
    let placed = history::placed_state(&record.order);
    StoredOrder {
        status: history::status(placed.status),
        details: to.details.clone(),
        ..record.order.clone()
    }
}

fn plan(
    record: OrderRecord,
    asked: &ChangeOrder,
    to: Option<&Readdressed>,
    shelf: Shelf,
    now_ms: i64,
) -> Result<Result<Plan, Illegal>, StoreError> {
    let mut state = history::state(&record).map_err(|broken| {
        let id = &record.order.id;
        StoreError::Corrupt(format!("the history of order {id}: {broken:?}"))
    })?;
    let (was_unpaid, was_void) = (state.is_unpaid(), state.status.is_void());
    let destination = to.map_or(Destination::Unchanged, |to| to.destination);
    let action = shapes::asked(asked, &record.order, &state, destination, now_ms);
    let events = match decide(&state, &action, shelf) {
        Ok(events) => events,
        Err(illegal) => return Ok(Err(illegal)),
    };
    let mut plan = Plan {
        events: Vec::with_capacity(events.len()),
        progress: record.progress.clone(),
        moves: Vec::new(),
        entries: Vec::new(),
        ends_unpaid: false,
        is_unpaid: false,
        kept: KeptTakes::Stay,
        placed: None,
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
        let event_of = shapes::event_of(&event, &asked.action, asked.by);
        plan.entries.extend(shapes::entries(sequence, &event_of));
        plan.events.push(RecordedEvent {
            sequence,
            at_ms: now_ms,
            by: asked.by,
            by_name: asked.by_name.clone(),
            event: event_of,
        });
        state = state.after(&event);
        // A payment page that is open when its order ends, or costs less, is to be closed.
        payments |= matches!(
            event,
            OrderEvent::Expired | OrderEvent::Cancelled | OrderEvent::UnitsRemoved { .. }
        );
        if let (OrderEvent::AddressChanged, Some(to)) = (&event, to) {
            plan.placed = Some(readdressed(&plan.record, to));
        }
    }
    let by_card = state.method == souk_domain::PaymentMethod::Card;
    // The provider's own report of what it did leaves nothing to do but what is left.
    let opened = matches!(asked.action, Action::BeginPayment { .. });
    if by_card && !opened && (payments || state.needs_provider()) {
        plan.queues.push(Queue::Payments);
    }
    plan.ends_unpaid = was_unpaid && !state.is_unpaid();
    plan.is_unpaid = was_unpaid && state.is_unpaid();
    plan.kept = match (was_void, state.status.is_void()) {
        (false, true) => KeptTakes::GoBack,
        (true, false) => KeptTakes::TakenAgain,
        (true, true) | (false, false) => KeptTakes::Stay,
    };
    plan.progress = history::progress(&state, sequence);
    Ok(Ok(plan))
}
