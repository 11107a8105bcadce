//! Placing orders: decided here, written by `souk.place` if the facts are still so.
//!
//! What is decided on the facts that the instance saw last is sent together with their stamps, in
//! one round trip. The function compares the stamps and counts the units under locks (its file says
//! why that is strict) and writes the order, or answers with the order that has the key, or with
//! the facts of that moment. A refusal is given on these and never on remembered ones; an
//! acceptance is sent again. So an order of a warm instance is one round trip, accepted or refused,
//! and one of a cold instance is two at most as long as nothing changes in between.
//!
//! Why no order loses races for ever: an order is sent back only after a change of an offer, or
//! after another order took the units. That is bounded by [`ROUNDS_MAX`], after which the failure
//! is [`StoreError::Transient`] and the caller tries again with the same key.
//!
//! Not here: orders that go together (`group`), the rule (`souk_order_store::decide`).

use souk_order_store::allowances::wanted;
use souk_order_store::facts::{Decided, Facts};
use souk_order_store::{NewOrder, StoreError, SubmitReply};
use souk_sql::{Pause, PostgresDriver, json};
use souk_stock_signals::sold_out_hold::AHEAD_MS_MAX;

use crate::answers::{Answer, answer};
use crate::array::array;
use crate::engine::{PostgresOrderStore, no_reply};

const LOOK: &str = "SELECT outcome, body, state FROM souk.read_facts($1, $2, $3, $4)";
const PLACE: &str =
    "SELECT outcome, body, state FROM souk.place($1, $2, $3, $4, $5, $6, $7, $8, $9,
    $10, $11, $12, $13, $14, $15)";

/// Most round trips of an order. Two are enough where nothing changes in between.
const ROUNDS_MAX: u32 = 8;

/// What an order is decided on.
enum Basis {
    Nothing,
    Remembered(Facts),
    /// Read by the engine since the order came in.
    Read(Facts),
}

impl<D: PostgresDriver, P: Pause> PostgresOrderStore<D, P> {
    pub(crate) async fn submit_alone(&self, new: NewOrder<'_>) -> Result<SubmitReply, StoreError> {
        let remembered = self.shared.memory.of(new.submit);
        self.settle(new, remembered.map_or(Basis::Nothing, Basis::Remembered))
            .await
    }

    /// Continues an order that the engine has answered with facts.
    pub(crate) async fn submit_on(
        &self,
        new: NewOrder<'_>,
        facts: Facts,
    ) -> Result<SubmitReply, StoreError> {
        self.settle(new, Basis::Read(facts)).await
    }

    async fn settle(&self, new: NewOrder<'_>, mut basis: Basis) -> Result<SubmitReply, StoreError> {
        for _ in 0..ROUNDS_MAX {
            let decided = match &basis {
                Basis::Nothing => None,
                Basis::Remembered(facts) => facts.guess(new),
                Basis::Read(facts) => match facts.decide(new)? {
                    Ok(decided) => Some(decided),
                    Err(refusal) => return Ok(refusal),
                },
            };
            let answer = match &decided {
                Some(decided) => self.place(new, decided).await?,
                None => self.look(new).await?,
            };
            match self.conclude(new, decided, answer)? {
                Ok(reply) => return Ok(reply),
                Err(facts) => basis = Basis::Read(facts),
            }
        }
        Err(StoreError::Transient(
            "what was decided on changed again and again".into(),
        ))
    }

    /// The reply, or the facts to decide the order on.
    pub(crate) fn conclude(
        &self,
        new: NewOrder<'_>,
        decided: Option<Decided>,
        answer: Answer,
    ) -> Result<Result<SubmitReply, Facts>, StoreError> {
        let memory = &self.shared.memory;
        Ok(match (answer, decided) {
            (Answer::Placed { exhausted }, Some(Decided { order, .. })) => {
                memory.keep_placed(&order);
                Ok(SubmitReply::Accepted { order, exhausted })
            }
            (Answer::Placed { .. }, None) => {
                let text = "an order was placed that was not decided".into();
                return Err(StoreError::Corrupt(text));
            }
            (Answer::Known(reply), _) => Ok(reply),
            (Answer::Facts(facts), _) => {
                memory.keep(new.submit, &facts);
                Err(facts)
            }
        })
    }

    async fn look(&self, new: NewOrder<'_>) -> Result<Answer, StoreError> {
        let submit = new.submit;
        let parameters = [
            submit.key.as_str().into(),
            submit.fingerprint.as_str().into(),
            array(submit.lines.iter().map(|line| Some(&line.sku))).into(),
            json(&wanted(new, |_| false)).into(),
        ];
        let rows = self.driver.query(LOOK, &parameters).await?;
        answer(rows.first().ok_or_else(no_reply)?)
    }

    async fn place(&self, new: NewOrder<'_>, decided: &Decided) -> Result<Answer, StoreError> {
        let (submit, order) = (new.submit, &decided.order);
        let lines = || order.lines.iter();
        let parameters = [
            submit.key.as_str().into(),
            submit.fingerprint.as_str().into(),
            order.id.as_str().into(),
            order.status.name().into(),
            array(lines().map(|line| Some(&line.sku))).into(),
            array(lines().map(|line| Some(line.quantity))).into(),
            array(lines().map(|line| Some(line.backordered))).into(),
            array(decided.stamps.iter().map(Some)).into(),
            json(&order.lines).into(),
            json(&**order).into(),
            new.now_ms.into(),
            // A parameter that is null is a text to a driver.
            order.hold_until_ms.unwrap_or(0).into(),
            sold_out_hold_last_ms(new).into(),
            json(&decided.takes).into(),
            decided.ticket.as_ref().map(json).unwrap_or_default().into(),
        ];
        let rows = self.driver.query(PLACE, &parameters).await?;
        answer(rows.first().ok_or_else(no_reply)?)
    }
}

/// A sold-out hold that ends later was set by a wrong clock and counts for nothing.
pub(crate) fn sold_out_hold_last_ms(new: NewOrder<'_>) -> i64 {
    new.now_ms.saturating_add(AHEAD_MS_MAX)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use futures_util::FutureExt;
    use souk_sql::{Row, Value};

    use super::*;
    use souk_order_store::{SubmitOrder, Terms};

    /// An engine that answers with the facts, at a price that rises each time.
    #[derive(Default)]
    struct Restless(RefCell<Vec<String>>);

    impl PostgresDriver for &Restless {
        async fn query(&self, sql: &str, _: &[Value]) -> Result<Vec<Row>, StoreError> {
            let mut sent = self.0.borrow_mut();
            sent.push(sql.to_owned());
            let fact = serde_json::json!({"taken": [], "offers": [{
                "sku": "cup", "slug": "cup", "title": "Cup", "unit_price": sent.len(),
                "currency": "USD", "backorder": false, "offered": true, "facts": "[]",
                "facts_before": "[]", "facts_since_ms": 0, "stamp": sent.len(),
                "sold_out_until_ms": 0, "supplied": 3, "available": 3, "held": 0, "sold": 0
            }]});
            let row = ["facts".into(), fact.to_string().into(), Value::Null];
            Ok(vec![Row(row.to_vec())])
        }
    }

    fn submit(expected_price: Option<i64>) -> SubmitOrder {
        serde_json::from_value(serde_json::json!({
            "key": "k", "fingerprint": "content", "id": "number",
            "currency": "USD",
            "lines": [{"sku": "cup", "quantity": 2, "expected_price": expected_price}],
            "details": {
                "personal": {"unsealed": {"c": {"name": "Li Na", "email": "li.na@example.com"},
                    "a": {"country": "CN", "region": "", "city": "Hangzhou",
                    "postal_code": "", "line1": "1 West Lake Road", "line2": ""}}},
                "delivery": "standard", "payment": "on_delivery"
            }
        }))
        .unwrap()
    }

    fn reply(
        store: &PostgresOrderStore<&Restless>,
        expected_price: Option<i64>,
    ) -> Result<SubmitReply, StoreError> {
        let submit = submit(expected_price);
        let new = NewOrder {
            submit: &submit,
            now_ms: 1,
            terms: &Terms::DEFAULT,
            price: &souk_order_store::Price::OfOffers,
        };
        store.submit_alone(new).now_or_never().unwrap()
    }

    #[test]
    fn an_order_that_always_loses_is_to_be_tried_again_later() {
        let engine = Restless::default();
        let store = PostgresOrderStore::new(&engine);
        let lost = reply(&store, None);
        assert!(matches!(lost, Err(StoreError::Transient(_))), "{lost:?}");
        assert_eq!(engine.0.borrow().len(), ROUNDS_MAX as usize);
    }

    #[test]
    fn a_refusal_names_the_price_that_was_read_and_not_the_one_that_is_remembered() {
        let engine = Restless::default();
        let store = PostgresOrderStore::new(&engine);
        for price in 1..=3 {
            let refused = reply(&store, Some(1_000));
            let changed = SubmitReply::PriceChanged {
                sku: "cup".into(),
                unit_price: price,
                currency: "USD".into(),
            };
            assert_eq!(refused, Ok(changed));
        }
        let sent = engine.0.take();
        assert!(sent.iter().all(|sql| sql == LOOK), "{sent:?}");
    }
}
