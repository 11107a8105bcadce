//! Orders that arrive at the same time are written together, where several instances write to one
//! file.
//!
//! An order alone costs a commit, and so a wait for the disk and its turn at the file's one write
//! lock. The orders of an instance that wait while a batch is under way are the next batch
//! (`commit_queue`): one look for all of them, and one statement that places those that may be
//! placed. So an instance has one writer at most, whatever its number of requests.
//!
//! Batching never changes what becomes of an order. Every order is decided by `decide`, on what the
//! look found and what the orders before it in the batch leave. An answer that rests on orders of
//! the same batch is dropped and decided again after the next look, because these orders are not
//! written yet: so each refusal was true at the moment of a look. The statement that places checks
//! for each order what its decision rests on, and places all of them or none. If it fails, because
//! another instance was quicker, the same is done inside a write transaction, where nothing changes
//! between look and statement. An order that still is not placed is tried alone, which gives its
//! own reason.
//!
//! Not here: whose turn it is, and the wait for it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use souk_order_store::allowances::accounts;
use souk_order_store::facts::{Decided, Facts};
use souk_order_store::{
    ListedTicket, NewOrder, Price, StoreError, SubmitOrder, SubmitReply, Terms,
};
use souk_sql::{Row, SqliteDriver, SqliteSession, json};

use crate::backup::unfinished;
use crate::orders::{add_taken, existing, fact, takes_text};

/// As `orders::LOOK`, for several orders; the last column is the key of an order that exists.
const LOOK_MANY: &str = "SELECT 1, fingerprint, body,
        (SELECT body FROM order_state WHERE order_id = orders.id),
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, orders.key
    FROM json_each(?1) AS asked CROSS JOIN orders ON orders.key = asked.value
    UNION ALL
    SELECT 1, content ->> '$.fingerprint', content ->> '$.body', content ->> '$.state',
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, order_archive.key
    FROM json_each(?1) AS asked CROSS JOIN order_archive ON order_archive.key = asked.value
    UNION ALL
    SELECT 0, stock.sku, slug, title, unit_price, currency, backorder,
        supplied, available, held, sold, sold_out_until_ms,
        facts, facts_before, facts_since_ms, stamp, NULL
    FROM json_each(?2) AS asked CROSS JOIN stock ON stock.sku = asked.value
    WHERE offered = 1
    UNION ALL
    SELECT 2, account, NULL, NULL, taken, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, NULL, NULL
    FROM json_each(?3) AS asked CROSS JOIN allowance ON allowance.account = asked.value
    UNION ALL
    SELECT 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, NULL, NULL
    FROM restoration WHERE only = 1 AND finished = 0";
/// As `orders::PLACE`, for several orders, in their order: a row for each as soon as it is placed.
const PLACE_MANY: &str = "INSERT INTO placement
        (id, key, fingerprint, status, placed_at_ms, body, takes, stamps, ticket)
    SELECT value ->> 'id', value ->> 'key', value ->> 'fingerprint', value ->> 'status',
        value ->> 'placed_at_ms', value ->> 'body', value ->> 'takes', value ->> 'stamps',
        value ->> 'ticket'
    FROM json_each(?1)
    RETURNING placement.id, EXISTS (
        SELECT 1 FROM json_each(placement.body, '$.lines') AS line
            CROSS JOIN stock ON stock.sku = line.value ->> '$.sku'
        WHERE stock.available = 0 AND stock.backorder = 0
    )";

/// An order that waits, with all that its place in a batch needs.
#[derive(Debug)]
pub(crate) struct WaitingOrder {
    submit: SubmitOrder,
    now_ms: i64,
    terms: Terms,
    price: Price,
}

impl WaitingOrder {
    pub(crate) fn new(order: NewOrder<'_>) -> Self {
        Self {
            submit: order.submit.clone(),
            now_ms: order.now_ms,
            terms: *order.terms,
            price: order.price.clone(),
        }
    }

    pub(crate) fn order(&self) -> NewOrder<'_> {
        NewOrder {
            submit: &self.submit,
            now_ms: self.now_ms,
            terms: &self.terms,
            price: &self.price,
        }
    }
}

/// An order as [`PLACE_MANY`] takes it.
#[derive(Serialize)]
struct Placement<'a> {
    id: &'a str,
    key: &'a str,
    fingerprint: &'a str,
    status: &'a str,
    placed_at_ms: i64,
    body: String,
    takes: Option<String>,
    stamps: &'a [String],
    ticket: Option<&'a ListedTicket>,
}

/// What became of an order of a batch; `None` where it has to be submitted alone, because nothing
/// was written for it and it does not go together with others.
pub(crate) type Answer = Option<Result<SubmitReply, StoreError>>;

/// Places orders together.
pub(crate) async fn submit_batch<D: SqliteDriver>(
    driver: &D,
    orders: &[NewOrder<'_>],
) -> Vec<Answer> {
    let mut batch = Batch::of(orders, (0..orders.len()).collect());
    // Every statement is a transaction of its own here, so what it answered stays true.
    let begun = driver.run(async |session| batch.work_off(session).await);
    let mut ended = begun.await;
    if ended.is_ok() && !batch.left.is_empty() {
        let mut again = Batch::of(orders, std::mem::take(&mut batch.left));
        let written = driver.write(async |session| again.work_off(session).await);
        ended = written.await;
        // Where the transaction did not end, nothing that it answered is true.
        if ended.is_ok() {
            for (reply, late) in batch.replies.iter_mut().zip(again.replies) {
                *reply = reply.take().or(late);
            }
        }
    }
    let busy = ended
        .err()
        .filter(|error| matches!(error, StoreError::Transient(_)));
    let answers = batch.replies.into_iter();
    // An order alone would find the database as busy as the batch did.
    let answers = answers.map(|reply| reply.map(Ok).or_else(|| busy.clone().map(Err)));
    answers.collect()
}

struct Batch<'a> {
    orders: &'a [NewOrder<'a>],
    /// Places of those that have no answer yet, in the order in which they came.
    left: Vec<usize>,
    replies: Vec<Option<SubmitReply>>,
}

/// What a look says about the orders that are left.
struct Round {
    placeable: Vec<(usize, Decided)>,
    /// Decided on orders of this round, so to be looked at once more.
    later: Vec<usize>,
}

impl<'a> Batch<'a> {
    fn of(orders: &'a [NewOrder<'a>], left: Vec<usize>) -> Self {
        let replies = orders.iter().map(|_| None).collect();
        Self {
            orders,
            left,
            replies,
        }
    }

    /// Looks, decides and places until no order is left, or some cannot be placed together: those
    /// are left then. The first order of a round is never put off, so the rounds come to an end.
    async fn work_off<S: SqliteSession>(&mut self, session: &S) -> Result<(), StoreError> {
        while !self.left.is_empty() {
            let Round { placeable, later } = self.look(session).await?;
            match self.place(session, &placeable).await {
                Ok(()) => self.left = later,
                Err(error @ StoreError::Transient(_)) => return Err(error),
                Err(StoreError::Rejected(_) | StoreError::Corrupt(_)) => {
                    let placeable = placeable.into_iter().map(|(order, _)| order);
                    self.left = placeable.chain(later).collect();
                    self.left.sort_unstable();
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Answers what the look alone answers.
    async fn look<S: SqliteSession>(&mut self, session: &S) -> Result<Round, StoreError> {
        let submits = || self.left.iter().map(|&at| self.orders[at].submit);
        let keys: BTreeSet<_> = submits().map(|submit| submit.key.as_str()).collect();
        let lines = submits().flat_map(|submit| &submit.lines);
        let skus: BTreeSet<_> = lines.map(|line| line.sku.as_str()).collect();
        let of_all = self.left.iter().flat_map(|&at| accounts(self.orders[at]));
        let allowances: BTreeSet<_> = of_all.collect();
        let parameters = [
            json(&keys).into(),
            json(&skus).into(),
            json(&allowances).into(),
        ];
        let rows = session.execute(LOOK_MANY, &parameters).await?;
        let mut facts = Facts::default();
        let mut known: BTreeMap<&str, &Row> = BTreeMap::new();
        for row in &rows {
            match row.integer(0)? {
                1 => drop(known.insert(row.text(16)?, row)),
                2 => add_taken(&mut facts, row)?,
                3 => return Err(unfinished()),
                _ => drop(facts.add(fact(row)?)),
            }
        }
        let (mut placeable, mut later) = (Vec::new(), Vec::new());
        let (mut keys, mut taken) = (BTreeSet::new(), BTreeSet::new());
        for &at in &self.left {
            let new = self.orders[at];
            if let Some(row) = known.get(new.submit.key.as_str()) {
                self.replies[at] = existing(row, new).ok();
                continue;
            }
            let touches = |line: &souk_protocol::origin::SubmitLine| taken.contains(&line.sku);
            let rests_on_others = keys.contains(&new.submit.key)
                || new.submit.lines.iter().any(touches)
                || accounts(new).iter().any(|account| taken.contains(account));
            match facts.decide(new) {
                Ok(Ok(_)) if keys.contains(&new.submit.key) => later.push(at),
                Ok(Ok(decided)) => {
                    let Decided { order, takes, .. } = &decided;
                    facts.take(order, takes);
                    keys.insert(new.submit.key.clone());
                    taken.extend(order.lines.iter().map(|line| line.sku.clone()));
                    taken.extend(takes.iter().map(|one| one.account.clone()));
                    placeable.push((at, decided));
                }
                Ok(Err(_)) if rests_on_others => later.push(at),
                Ok(Err(refusal)) => self.replies[at] = Some(refusal),
                // It is impossible, and says so when it goes alone.
                Err(_) => {}
            }
        }
        Ok(Round { placeable, later })
    }

    /// Writes orders in one statement, and so all of them or none.
    async fn place<S: SqliteSession>(
        &mut self,
        session: &S,
        placeable: &[(usize, Decided)],
    ) -> Result<(), StoreError> {
        if placeable.is_empty() {
            return Ok(());
        }
        let placements = placeable.iter().map(|(at, decided)| {
            let (new, order) = (self.orders[*at], &decided.order);
            Placement {
                id: &order.id,
                key: &new.submit.key,
                fingerprint: &new.submit.fingerprint,
                status: order.status.name(),
                placed_at_ms: new.now_ms,
                body: json(&**order),
                takes: takes_text(&decided.takes),
                stamps: &decided.stamps,
                ticket: decided.ticket.as_ref(),
            }
        });
        let placements: Vec<_> = placements.collect();
        let rows = session
            .execute(PLACE_MANY, &[json(&placements).into()])
            .await?;
        let mut exhausted = BTreeMap::new();
        for row in &rows {
            exhausted.insert(row.text(0)?, row.integer(1)? == 1);
        }
        for (at, Decided { order, .. }) in placeable {
            // Every order has its row: the statement placed all of them.
            if let Some(exhausted) = exhausted.get(order.id.as_str()) {
                self.replies[*at] = Some(SubmitReply::Accepted {
                    exhausted: *exhausted,
                    order: order.clone(),
                });
            }
        }
        Ok(())
    }
}
