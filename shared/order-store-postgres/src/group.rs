//! Orders that arrive at the same time are placed together: a call of `souk.place_many` for a batch
//! of the commit queue.
//!
//! Grouping never changes what becomes of an order. The function leaves those alone that it cannot
//! place as they were decided, or only after waiting for another transaction; each of these gets
//! the facts, is decided again and is placed alone, as does every order of a batch that the engine
//! refused as a whole. No order depends on its leader: followers run alone when it is dropped, or
//! when its statement does not return in time. That is a repetition with the same key, which is
//! safe.
//!
//! Orders of several lines are always placed alone.
//!
//! Not here: who leads and how long is waited (`souk_sql::commit_queue`).

use souk_order_store::allowances::wanted;
use souk_order_store::facts::Decided;
use souk_order_store::{NewOrder, StoreError, SubmitReply};
use souk_sql::commit_queue::{Leader, Pause, Turn};
use souk_sql::{PostgresDriver, Value, json};

use crate::answers::{Answer, answer};
use crate::array::array;
use crate::engine::PostgresOrderStore;
use crate::orders::sold_out_hold_last_ms;
use crate::shared::{PreparedDecision, PreparedOrder};

const PLACE_MANY: &str = "SELECT outcome, body, state FROM souk.place_many($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12, $13, $14)";

fn prepare(new: NewOrder<'_>, sku: &str, decided: Option<&Decided>) -> PreparedOrder {
    let submit = new.submit;
    PreparedOrder {
        key: submit.key.clone(),
        fingerprint: submit.fingerprint.clone(),
        id: submit.id.clone(),
        sku: sku.to_owned(),
        now_ms: new.now_ms,
        sold_out_hold_last_ms: sold_out_hold_last_ms(new),
        takes: match decided {
            Some(decided) => json(&decided.takes),
            None => json(&wanted(new, |_| false)),
        },
        decided: decided.and_then(prepare_decision),
    }
}

/// Units that are missing are brought in by an order that goes alone.
fn prepare_decision(decided: &Decided) -> Option<PreparedDecision> {
    let order = &decided.order;
    let ([line], [stamp]) = (order.lines.as_slice(), decided.stamps.as_slice()) else {
        return None;
    };
    (line.backordered == 0).then(|| PreparedDecision {
        status: order.status.name(),
        units: line.quantity,
        stamp: stamp.clone(),
        lines: json(&order.lines),
        body: json(&**order),
        hold_until_ms: order.hold_until_ms,
        ticket: decided.ticket.as_ref().map(json),
    })
}

/// How orders with a ticket are listed, in the places of the orders; empty where none has one.
fn tickets(orders: &[PreparedOrder]) -> Value {
    let of_orders = orders.iter();
    let of_orders = of_orders.map(|order| order.decided.as_ref()?.ticket.as_ref());
    let of_orders: Vec<_> = of_orders.collect();
    let has_some = of_orders.iter().any(Option::is_some);
    array(of_orders.into_iter().filter(|_| has_some)).into()
}

impl<D: PostgresDriver, P: Pause> PostgresOrderStore<D, P> {
    /// Submits an order when it is its turn, with others where others wait too.
    pub(crate) async fn submit_in_turn(
        &self,
        pause: &P,
        new: NewOrder<'_>,
    ) -> Result<SubmitReply, StoreError> {
        let [line] = new.submit.lines.as_slice() else {
            return self.submit_alone(new).await;
        };
        let remembered = self.shared.memory.of(new.submit);
        let decided = remembered.and_then(|facts| facts.guess(new));
        let prepared = || prepare(new, &line.sku, decided.as_ref());
        let answer = match self.shared.queue.turn(prepared, pause).await {
            Turn::Lead(leader) if leader.is_alone() => {
                let reply = self.submit_alone(new).await;
                drop(leader);
                return reply;
            }
            Turn::Lead(leader) => self.lead(leader, prepared()).await,
            Turn::Done(answer) => Some(answer),
            Turn::RunAlone => None,
        };
        let Some(answer) = answer else {
            return self.submit_alone(new).await;
        };
        match self.conclude(new, decided, answer)? {
            Ok(reply) => Ok(reply),
            Err(facts) => self.submit_on(new, facts).await,
        }
    }

    /// Sends an order with those that wait, and leaves these their answers. `None`: the order has
    /// to go alone.
    async fn lead(
        &self,
        mut leader: Leader<'_, PreparedOrder, Answer>,
        own: PreparedOrder,
    ) -> Option<Answer> {
        let mut orders = vec![own];
        orders.extend(leader.take_items());
        let answers = self.place_group(&orders).await;
        let mut answers = match answers {
            Ok(answers) if answers.len() == orders.len() => answers.into_iter(),
            // Which order made it fail is found when each is placed alone. If the statement was carried
            // out all the same, each finds its order.
            Ok(_) | Err(_) => Vec::new().into_iter(),
        };
        let own = answers.next().flatten();
        leader.finish(answers);
        own
    }

    /// Places orders together: an answer for each, or `None` for one that has to go alone.
    async fn place_group(
        &self,
        orders: &[PreparedOrder],
    ) -> Result<Vec<Option<Answer>>, StoreError> {
        fn each<'o, T: std::fmt::Display>(
            orders: &'o [PreparedOrder],
            value: impl Fn(&'o PreparedOrder) -> T,
        ) -> Value {
            array(orders.iter().map(|order| Some(value(order)))).into()
        }
        fn decided<'o, T: std::fmt::Display>(
            orders: &'o [PreparedOrder],
            value: impl Fn(&'o PreparedDecision) -> Option<T>,
        ) -> Value {
            array(
                orders
                    .iter()
                    .map(|order| order.decided.as_ref().and_then(&value)),
            )
            .into()
        }
        let parameters = [
            each(orders, |order| &order.key),
            each(orders, |order| &order.fingerprint),
            each(orders, |order| &order.id),
            decided(orders, |decided| Some(decided.status)),
            each(orders, |order| &order.sku),
            decided(orders, |decided| Some(decided.units)),
            decided(orders, |decided| Some(&decided.stamp)),
            decided(orders, |decided| Some(&decided.lines)),
            decided(orders, |decided| Some(&decided.body)),
            each(orders, |order| order.now_ms),
            decided(orders, |decided| decided.hold_until_ms),
            each(orders, |order| order.sold_out_hold_last_ms),
            each(orders, |order| &order.takes),
            tickets(orders),
        ];
        let rows = self.driver.query(PLACE_MANY, &parameters).await?;
        let answers = rows.iter().map(|row| match row.optional_text(0)? {
            Some(_) => answer(row).map(Some),
            None => Ok(None),
        });
        answers.collect()
    }
}
