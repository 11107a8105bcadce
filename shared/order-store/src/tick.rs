//! What happens by the clock alone: holds expire, old orders that are over are archived, those that
//! were never paid are deleted, and so are the lists of sessions that are over.
//!
//! A hold is a message that is due at its deadline. A tick claims it, expires the order and settles
//! the message; if the tick stops in between, the message is due again after a while, and an order
//! that has expired already, or was paid, does not expire.

use souk_protocol::origin::{
    Action, Actor, ChangeOrder, Claim, Queue, Settled, Settlement, TickReport,
};

use crate::{ChangeReply, MessageQueue, OrderStore, SessionStore, StoreError, Terms, change};

/// Holds in one tick. Each costs a transaction; a hundred are done well within a second.
const HOLDS_MAX: u32 = 100;
/// How long another tick leaves a claimed hold alone, in milliseconds.
const VISIBILITY_MS: i64 = 30_000;

/// Orders that a tick looks at for the archive, and deletes at most.
const WALK_MAX: u32 = 50;
/// How long the list of a session is there after its last order, in milliseconds: a week. The usher needs
/// it as long as the session is on.
const SESSION_KEPT_MS: i64 = 7 * 24 * 60 * 60 * 1_000;
/// Orders in such a list that a tick forgets, at most.
const FORGET_MAX: u32 = 1_000;

/// What came of a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ticked {
    /// For the caller.
    pub report: TickReport,
    /// Whether a SKU can be ordered again.
    pub shelves_changed: bool,
}

/// Expires holds whose deadline is over, archives old orders that are over, deletes those that were
/// never paid, and forgets the lists of old sessions.
///
/// # Errors
/// See [`StoreError`]. What was done before the error stays done.
pub async fn tick<S: OrderStore + MessageQueue + SessionStore>(
    store: &S,
    now_ms: i64,
    terms: &Terms,
    log: impl Fn(&str),
) -> Result<Ticked, StoreError> {
    let mut ticked = lapse(store, now_ms, log).await?;
    let before_ms = now_ms.saturating_sub(terms.archive_after_ms);
    ticked.report.archived = store.archive(before_ms, WALK_MAX).await?;
    let before_ms = now_ms.saturating_sub(terms.unpaid_kept_ms);
    ticked.report.thinned_out = store.thin_out(before_ms, WALK_MAX).await?;
    let before_ms = now_ms.saturating_sub(SESSION_KEPT_MS);
    let forgotten = store.forget_session(before_ms, FORGET_MAX).await?;
    ticked.report.more |= forgotten == FORGET_MAX;
    Ok(ticked)
}

async fn lapse<S: OrderStore + MessageQueue>(
    store: &S,
    now_ms: i64,
    log: impl Fn(&str),
) -> Result<Ticked, StoreError> {
    let claim = Claim {
        queue: Queue::Holds,
        limit: HOLDS_MAX,
        visibility_ms: VISIBILITY_MS,
        order: None,
    };
    let messages = store.claim(&claim, now_ms).await?;
    let mut ticked = Ticked::default();
    ticked.report.more = messages.len() == HOLDS_MAX as usize;
    let mut settlements = Vec::with_capacity(messages.len());
    for message in messages {
        let asked = ChangeOrder {
            key: "expire".to_owned(),
            order: message.order.clone(),
            by: Actor::System,
            by_name: None,
            action: Action::Expire,
        };
        let outcome = match change(store, &asked, now_ms).await {
            Ok(changed) => {
                ticked.shelves_changed |= changed.shelves_changed;
                expired(&changed.reply, &mut ticked.report)
            }
            Err(error @ StoreError::Transient(_)) => Settled::Retry {
                after_ms: VISIBILITY_MS,
                error: error.to_string(),
            },
            Err(error @ (StoreError::Rejected(_) | StoreError::Corrupt(_))) => {
                log(&format!("order {} cannot expire: {error}", message.order));
                Settled::Dead {
                    error: error.to_string(),
                }
            }
        };
        settlements.push(Settlement {
            id: message.id,
            order: message.order,
            sequence: message.sequence,
            attempts: message.attempts,
            outcome,
        });
    }
    if !settlements.is_empty() {
        store.settle(&settlements, now_ms).await?;
    }
    Ok(ticked)
}

fn expired(reply: &ChangeReply, report: &mut TickReport) -> Settled {
    let dead = |error: &str| Settled::Dead {
        error: error.to_owned(),
    };
    match reply {
        ChangeReply::Done { record } => {
            let now = record.progress.status == souk_protocol::origin::Status::Expired;
            report.expired += u32::from(now);
            Settled::Done
        }
        ChangeReply::Already { .. } => Settled::Done,
        ChangeReply::Illegal { .. } => dead("the hold is not over at its deadline"),
        ChangeReply::UnknownOrder => dead("there is no such order"),
        ChangeReply::KeyUsedForOtherChange => dead("the key of expiry was used for something else"),
    }
}
