//! Submissions that come in while another one is under way go down together, in one statement.
//!
//! The first submission of an idle instance goes down at once and alone. Those that come in before
//! it is answered wait; when it is, the first of them takes all of them down as one group, and so
//! on. So there is no timer, an idle instance adds no latency, and the busier an engine is the more
//! orders share a round trip and a commit.
//!
//! Grouping never changes what becomes of an order: the engine leaves those alone that it cannot
//! place without deciding anything anew, and each of these is submitted by itself afterwards, as is
//! every order of a group that the engine refused as a whole.
//!
//! Invariants: at most one group of a queue is under way. Whoever has the lead gives it on when it
//! is done or dropped, whichever way that happens, so a client that hangs up holds up nobody.
//!
//! Not here: the statement (`postgres`).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use futures_channel::oneshot;
use souk_protocol::life::{
    Claim, Message, Queue, QueueDepth, ReceiptReply, Settlement, StockReceipt,
};
use souk_protocol::staff::{PublicationReply, Publications};
use souk_protocol::trade::{AuditReport, DefineOffers, StockAccount, StoredOrder, SubmitReply};

use crate::{Committed, Found, NewOrder, OrderChange, OrderStore, PublicationStep, StoreError};

/// Most orders in one statement: as many as an instance works on at the same time on Spin.
const GROUP_MAX: usize = 16;

/// An engine that can place several orders in one statement.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait GroupedSubmit: OrderStore {
    /// What an order says to the engine.
    type Prepared;

    /// An order for a group; `None` for one that always goes alone.
    ///
    /// # Errors
    /// When it can never be placed.
    fn prepare(&self, order: NewOrder<'_>) -> Result<Option<Self::Prepared>, StoreError>;

    /// Places orders together. A reply for each, or `None` for one that has to be submitted alone:
    /// nothing was written for it then.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn submit_group(
        &self,
        orders: &[Self::Prepared],
    ) -> Result<Vec<Option<SubmitReply>>, StoreError>;
}

/// Who waits for the submission that is under way.
#[derive(Debug)]
pub struct SubmitQueue<P> {
    state: Mutex<State<P>>,
}

#[derive(Debug)]
struct State<P> {
    under_way: bool,
    waiting: VecDeque<Waiting<P>>,
}

#[derive(Debug)]
struct Waiting<P> {
    order: P,
    turn: oneshot::Sender<Turn<P>>,
}

/// What whoever waits is told in the end.
#[derive(Debug)]
enum Turn<P> {
    /// To take this order and all that wait down.
    Lead(Lead<P>, P),
    /// It went down with others.
    Answered(Result<SubmitReply, StoreError>),
    /// It has to go down by itself.
    Alone,
}

/// The right to be under way. Dropping it gives it to the first who waits.
#[derive(Debug)]
struct Lead<P> {
    queue: Arc<SubmitQueue<P>>,
}

impl<P> Default for SubmitQueue<P> {
    fn default() -> Self {
        let state = State {
            under_way: false,
            waiting: VecDeque::new(),
        };
        Self {
            state: Mutex::new(state),
        }
    }
}

impl<P> SubmitQueue<P> {
    fn with<T>(&self, work: impl FnOnce(&mut State<P>) -> T) -> T {
        // No code of ours can fail while it has the lock.
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<P> Drop for Lead<P> {
    fn drop(&mut self) {
        let next = self.queue.with(|state| {
            let next = state.waiting.pop_front();
            state.under_way = next.is_some();
            next
        });
        if let Some(Waiting { order, turn }) = next {
            let queue = self.queue.clone();
            // Where nobody waits for it any more the lead comes back and is dropped, which gives it
            // to the next one.
            drop(turn.send(Turn::Lead(Lead { queue }, order)));
        }
    }
}

/// A store whose submissions go down in groups.
#[derive(Debug)]
pub struct Grouped<S: GroupedSubmit> {
    store: S,
    queue: Arc<SubmitQueue<S::Prepared>>,
}

enum Place<P> {
    First(Lead<P>),
    Waiting(oneshot::Receiver<Turn<P>>),
}

impl<S: GroupedSubmit> Grouped<S> {
    /// A store whose submissions wait in a queue, which all stores of an instance share.
    pub fn new(store: S, queue: Arc<SubmitQueue<S::Prepared>>) -> Self {
        Self { store, queue }
    }

    fn line_up(&self, order: S::Prepared) -> Place<S::Prepared> {
        self.queue.with(|state| {
            if !state.under_way {
                state.under_way = true;
                return Place::First(Lead {
                    queue: self.queue.clone(),
                });
            }
            let (turn, told) = oneshot::channel();
            state.waiting.push_back(Waiting { order, turn });
            Place::Waiting(told)
        })
    }

    /// Takes down an order and those that wait, and tells these; `None`: it has to go alone.
    async fn lead(&self, own: S::Prepared) -> Result<Option<SubmitReply>, StoreError> {
        let (mut orders, mut turns) = (vec![own], Vec::new());
        self.queue.with(|state| {
            while orders.len() < GROUP_MAX
                && let Some(Waiting { order, turn }) = state.waiting.pop_front()
            {
                if !turn.is_canceled() {
                    orders.push(order);
                    turns.push(turn);
                }
            }
        });
        if turns.is_empty() {
            return Ok(None);
        }
        let replies = match self.store.submit_group(&orders).await {
            Ok(replies) if replies.len() == orders.len() => replies,
            Err(error @ StoreError::Transient(_)) => {
                for turn in turns {
                    // Who has gone away need not be told.
                    let _ = turn.send(Turn::Answered(Err(error.clone())));
                }
                return Err(error);
            }
            // One of them is impossible, and which one comes out when each goes alone.
            Ok(_) | Err(StoreError::Rejected(_) | StoreError::Corrupt(_)) => {
                orders.iter().map(|_| None).collect()
            }
        };
        let mut replies = replies.into_iter();
        let own = replies.next().flatten();
        for (turn, reply) in turns.into_iter().zip(replies) {
            let _ = turn.send(match reply {
                Some(reply) => Turn::Answered(Ok(reply)),
                None => Turn::Alone,
            });
        }
        Ok(own)
    }
}

impl<S: GroupedSubmit> OrderStore for Grouped<S> {
    async fn submit(&self, order: NewOrder<'_>) -> Result<SubmitReply, StoreError> {
        let Some(prepared) = self.store.prepare(order)? else {
            return self.store.submit(order).await;
        };
        let told = match self.line_up(prepared) {
            Place::First(lead) => {
                let reply = self.store.submit(order).await;
                drop(lead);
                return reply;
            }
            Place::Waiting(told) => told,
        };
        match told.await {
            Ok(Turn::Lead(lead, own)) => {
                let reply = self.lead(own).await?;
                if let Some(reply) = reply {
                    return Ok(reply);
                }
                let reply = self.store.submit(order).await;
                drop(lead);
                reply
            }
            Ok(Turn::Answered(reply)) => reply,
            // Who led was dropped with the answer. The key tells what became of the order.
            Ok(Turn::Alone) | Err(oneshot::Canceled) => self.store.submit(order).await,
        }
    }

    async fn find(&self, id: &str, change_key: &str) -> Result<Option<Found>, StoreError> {
        self.store.find(id, change_key).await
    }

    async fn change(&self, change: OrderChange<'_>) -> Result<Committed, StoreError> {
        self.store.change(change).await
    }

    async fn receive(
        &self,
        receipt: &StockReceipt,
        now_ms: i64,
    ) -> Result<ReceiptReply, StoreError> {
        self.store.receive(receipt, now_ms).await
    }

    async fn claim(&self, claim: &Claim, now_ms: i64) -> Result<Vec<Message>, StoreError> {
        self.store.claim(claim, now_ms).await
    }

    async fn settle(&self, settlements: &[Settlement], now_ms: i64) -> Result<(), StoreError> {
        self.store.settle(settlements, now_ms).await
    }

    async fn replay(&self, queue: Queue, now_ms: i64) -> Result<i64, StoreError> {
        self.store.replay(queue, now_ms).await
    }

    async fn put_away(&self, before_ms: i64, limit: u32) -> Result<u32, StoreError> {
        self.store.put_away(before_ms, limit).await
    }

    async fn reseal(&self, placed: &StoredOrder) -> Result<(), StoreError> {
        self.store.reseal(placed).await
    }

    async fn backlog(&self, now_ms: i64) -> Result<Vec<QueueDepth>, StoreError> {
        self.store.backlog(now_ms).await
    }

    async fn define_offers(&self, offers: &DefineOffers, now_ms: i64) -> Result<(), StoreError> {
        self.store.define_offers(offers, now_ms).await
    }

    async fn stock(&self, skus: &[String]) -> Result<Vec<StockAccount>, StoreError> {
        self.store.stock(skus).await
    }

    async fn unavailable(&self) -> Result<Vec<String>, StoreError> {
        self.store.unavailable().await
    }

    async fn audit(&self) -> Result<AuditReport, StoreError> {
        self.store.audit().await
    }

    async fn publications(&self) -> Result<Publications, StoreError> {
        self.store.publications().await
    }

    async fn publish(&self, step: PublicationStep<'_>) -> Result<PublicationReply, StoreError> {
        self.store.publish(step).await
    }
}
