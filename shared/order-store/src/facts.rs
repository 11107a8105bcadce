//! The facts that the decision over an order rests on, and what an instance remembers of them.
//!
//! The order rule is [`crate::decide`], on every engine. An engine says what the facts are and
//! gives each a *stamp*, which stands for everything in it that a rule may look at; the decision
//! names the stamps that it rests on and the accounts that it takes from; the engine writes it only
//! where the stamps are still the same and the accounts have enough. So a rule that is added later is
//! one more thing that is read from facts here, and one more account to take from.
//!
//! Invariants: [`Memory`] is a guess and never the truth. What is decided on remembered facts is
//! either an acceptance, which the engine checks by the stamps, or it is not used: a refusal is
//! given on facts that an engine has just read, and on nothing else.
//!
//! Not here: how an engine reads facts, and compares what was decided on (`souk-order-store-postgres`,
//! `souk-order-store-sqlite`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use souk_domain::{Offer, Sku};

use crate::allowances::{Wanted, wanted};
use crate::decide::decide;
use crate::tickets::{ListedTicket, listed};
use crate::{NewOrder, StoreError, StoredOrder, SubmitOrder, SubmitReply};

/// Most SKUs that an instance remembers. A fact has some short texts and ten numbers, about 700
/// bytes with its place in the map: 4,096 × 700 B ≈ 2.9 MB.
const REMEMBERED_MAX: usize = 4_096;

/// What an engine knew of an offer at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// With every unit that there was.
    pub offer: Offer,
    /// With which facts of prices it may be sold.
    pub prices: FactStamps,
    /// The same as long as everything but the units and the sold-out hold is the same; empty where
    /// the engine writes the fact together with the order.
    pub stamp: String,
    /// Until when the SKU was under a sold-out hold, in milliseconds since 1970.
    pub sold_out_until_ms: i64,
}

/// Stamps of the facts (`souk_pricing::Facts`) that an offer may be sold with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FactStamps {
    /// Those of the published version; none where offers have one price each.
    pub current: Vec<String>,
    /// Those before them.
    pub before: Vec<String>,
    /// When the current ones came, in milliseconds since 1970.
    pub since_ms: i64,
}

impl FactStamps {
    /// As engines keep them: both lists are JSON.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when they are something else.
    pub fn read(current: &str, before: &str, since_ms: i64) -> Result<Self, StoreError> {
        let list = |text: &str| {
            souk_json::read(text.as_bytes())
                .map_err(|error| StoreError::Corrupt(format!("stamps of an offer: {error}")))
        };
        Ok(Self {
            current: list(current)?,
            before: list(before)?,
            since_ms,
        })
    }

    fn allow(&self, stamp: &str, freeze_ms: i64, now_ms: i64) -> bool {
        let has = |stamps: &[String]| stamps.iter().any(|one| one == stamp);
        has(&self.current)
            || (has(&self.before) && now_ms.saturating_sub(self.since_ms) <= freeze_ms)
    }
}

/// What an engine knew of the offers and the allowances of an order, all at one moment. What is not
/// offered is not in it, and neither is an allowance that nothing was taken from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    offers: BTreeMap<Sku, Fact>,
    /// What is taken of allowances, by their accounts.
    taken: BTreeMap<String, i64>,
    /// SKUs whose units are brought for the order from another store, which alone knows all of them.
    foreign: BTreeSet<Sku>,
}

/// An order that may be written if the facts that it rests on are still so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The order. Its lines say which account each takes from, how many units, and how many of them
    /// are brought in first because they are missing.
    pub order: Box<StoredOrder>,
    /// The stamp that each line rests on.
    pub stamps: Vec<String>,
    /// What it takes from allowances. They have no stamps: the engine counts what is taken, as it
    /// counts units, and writes the order only where each has enough.
    pub takes: Vec<Wanted>,
    /// How it is listed for the usher, where it has a ticket: written with the order.
    pub ticket: Option<ListedTicket>,
}

impl FromIterator<Fact> for Facts {
    fn from_iter<T: IntoIterator<Item = Fact>>(facts: T) -> Self {
        let facts = facts.into_iter();
        Self {
            offers: facts.map(|fact| (fact.offer.sku.clone(), fact)).collect(),
            taken: BTreeMap::new(),
            foreign: BTreeSet::new(),
        }
    }
}

impl Facts {
    /// Decides an order whose key is new. The inner `Err` is a refusal: nothing is to be written.
    pub fn decide(&self, new: NewOrder<'_>) -> Result<Result<Decided, SubmitReply>, StoreError> {
        let offers = self.offers.iter();
        let offers = offers.map(|(sku, fact)| (sku.clone(), fact.offer_at(new.now_ms)));
        let takes = wanted(new, |sku| {
            let fact = self.of(sku);
            fact.is_some_and(|fact| fact.offer.backorder || self.foreign.contains(&fact.offer.sku))
        });
        let allowances = takes
            .iter()
            .filter_map(|one| one.allowance(self.taken(&one.account)));
        let allowances: Vec<_> = allowances.collect();
        let may_be_sold = |place: usize, stamp: &str| {
            let line = new.submit.lines.get(place);
            let fact = line.and_then(|line| self.of(&line.sku));
            let freeze_ms = new.terms.freeze_ms;
            fact.is_some_and(|fact| fact.prices.allow(stamp, freeze_ms, new.now_ms))
        };
        match decide(new, &offers.collect(), may_be_sold, &allowances)? {
            Ok(order) => Ok(Ok(Decided {
                stamps: self.stamps(&order)?,
                order: Box::new(order),
                takes,
                ticket: listed(new),
            })),
            Err(mut refusal) => {
                if let SubmitReply::SoldOut {
                    sku,
                    sold_out_until_ms,
                    ..
                } = &mut refusal
                {
                    let fact = self.of(sku);
                    *sold_out_until_ms = fact.and_then(|fact| fact.sold_out_until_ms(new.now_ms));
                }
                Ok(Err(refusal))
            }
        }
    }

    /// An acceptance, where these facts are only remembered: everything else needs facts that are
    /// read.
    pub fn guess(&self, new: NewOrder<'_>) -> Option<Decided> {
        self.decide(new).ok()?.ok()
    }

    /// Adds one; false where there was one of the same SKU.
    pub fn add(&mut self, fact: Fact) -> bool {
        self.offers.insert(fact.offer.sku.clone(), fact).is_none()
    }

    /// Adds one whose units are brought from another store; false where there was one of the same
    /// SKU. No share of it is counted here.
    pub fn add_foreign(&mut self, fact: Fact) -> bool {
        self.foreign.insert(fact.offer.sku.clone());
        self.add(fact)
    }

    /// Adds what is taken of an allowance.
    pub fn add_taken(&mut self, account: &str, units: i64) {
        self.taken.insert(account.to_owned(), units);
    }

    fn taken(&self, account: &str) -> i64 {
        self.taken.get(account).copied().unwrap_or(0)
    }

    /// Takes the units and the allowances of an order, as placing it does.
    pub fn take(&mut self, order: &StoredOrder, takes: &[Wanted]) {
        for one in takes {
            *self.taken.entry(one.account.clone()).or_insert(0) += one.units;
        }
        for line in &order.lines {
            let sku = Sku::parse(&line.sku).ok();
            if let Some(fact) = sku.and_then(|sku| self.offers.get_mut(&sku)) {
                let level = &mut fact.offer.level;
                let (units, added) = (i64::from(line.quantity), i64::from(line.backordered));
                level.supplied += added;
                level.available += added - units;
                level.held += units;
            }
        }
    }

    fn of(&self, sku: &str) -> Option<&Fact> {
        Sku::parse(sku).ok().and_then(|sku| self.offers.get(&sku))
    }

    fn stamps(&self, order: &StoredOrder) -> Result<Vec<String>, StoreError> {
        let stamps = order.lines.iter().map(|line| {
            let fact = self.of(&line.sku);
            fact.map(|fact| fact.stamp.clone())
                .ok_or_else(|| StoreError::Corrupt("a line rests on no fact".into()))
        });
        stamps.collect()
    }
}

impl Fact {
    /// Until when the SKU is under a sold-out hold, where that is in force.
    fn sold_out_until_ms(&self, now_ms: i64) -> Option<i64> {
        let until_ms = self.sold_out_until_ms;
        souk_stock_signals::sold_out_hold::is_in_force(until_ms, now_ms).then_some(until_ms)
    }

    /// Units that were returned to a SKU under a sold-out hold are sold when the sold-out hold is
    /// over.
    fn offer_at(&self, now_ms: i64) -> Offer {
        let mut offer = self.offer.clone();
        if self.sold_out_until_ms(now_ms).is_some() {
            (offer.level.available, offer.backorder) = (0, false);
        }
        offer
    }
}

/// The facts that an instance saw last.
#[derive(Debug, Default)]
pub struct Memory(Mutex<BTreeMap<Sku, Fact>>);

impl Memory {
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<Sku, Fact>) -> T) -> T {
        // No code of ours can fail while it has the lock.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Facts to guess an acceptance from, where all SKUs of the order are remembered. There is
    /// always enough in them: units change all the time, and the engine counts them when it takes
    /// them. Where missing units would be brought in, the guess is what was there last. Of allowances
    /// nothing is remembered, and the engine counts them too.
    pub fn of(&self, order: &SubmitOrder) -> Option<Facts> {
        self.with(|remembered| {
            let facts = order.lines.iter().map(|line| {
                let sku = Sku::parse(&line.sku).ok()?;
                let fact = remembered.get(&sku).filter(|_| sku.as_str() == line.sku)?;
                let mut fact = fact.clone();
                fact.sold_out_until_ms = 0;
                if !fact.offer.backorder {
                    fact.offer.level.available = i64::MAX;
                }
                Some(fact)
            });
            facts.collect()
        })
    }

    /// Remembers what an engine has read for an order, and that the rest of it is not offered.
    pub fn keep(&self, order: &SubmitOrder, facts: &Facts) {
        self.with(|remembered| {
            if remembered.len() + facts.offers.len() > REMEMBERED_MAX {
                remembered.clear();
            }
            for line in &order.lines {
                match Sku::parse(&line.sku) {
                    Ok(sku) if !facts.offers.contains_key(&sku) => drop(remembered.remove(&sku)),
                    Ok(_) | Err(_) => {}
                }
            }
            let facts = facts.offers.iter();
            remembered.extend(facts.map(|(sku, fact)| (sku.clone(), fact.clone())));
        });
    }

    /// Forgets what an order asks for: the next one reads it.
    pub fn forget(&self, order: &SubmitOrder) {
        self.with(|remembered| {
            for sku in order
                .lines
                .iter()
                .filter_map(|line| Sku::parse(&line.sku).ok())
            {
                remembered.remove(&sku);
            }
        });
    }

    /// Remembers that an order brought units in that were missing, and so has left none.
    pub fn keep_placed(&self, order: &StoredOrder) {
        for line in order.lines.iter().filter(|line| line.backordered > 0) {
            if let Ok(sku) = Sku::parse(&line.sku) {
                self.with(|remembered| {
                    if let Some(fact) = remembered.get_mut(&sku) {
                        fact.offer.level.available = 0;
                    }
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use souk_domain::{Currency, Money, StockLevel};

    use super::*;

    fn fact(sku: &str, stamp: i64) -> Fact {
        Fact {
            offer: Offer {
                sku: Sku::parse(sku).unwrap(),
                unit_price: Money::new(100, Currency::USD),
                title: sku.to_owned(),
                slug: String::new(),
                backorder: false,
                level: StockLevel::default(),
            },
            prices: FactStamps::default(),
            stamp: stamp.to_string(),
            sold_out_until_ms: 9,
        }
    }

    fn order_for(skus: &[&str]) -> SubmitOrder {
        let lines: Vec<_> = skus
            .iter()
            .map(|sku| serde_json::json!({"sku": sku, "quantity": 1}))
            .collect();
        serde_json::from_value(serde_json::json!({
            "key": "k", "fingerprint": "content", "id": "number",
            "lines": lines,
            "details": {
                "personal": {"sealed": "text"},
                "delivery": "standard", "payment": "on_delivery"
            }
        }))
        .unwrap()
    }

    fn stamps(facts: Option<Facts>) -> Option<Vec<i64>> {
        let stamp = |fact: &Fact| fact.stamp.parse().unwrap();
        Some(facts?.offers.values().map(stamp).collect())
    }

    #[test]
    fn only_what_is_offered_is_remembered_and_only_for_whole_orders() {
        let memory = Memory::default();
        let both = order_for(&["a", "b"]);
        assert_eq!(memory.of(&both), None);
        memory.keep(&both, &[fact("a", 1), fact("b", 2)].into_iter().collect());
        assert_eq!(stamps(memory.of(&both)), Some(vec![1, 2]));
        assert_eq!(memory.of(&order_for(&["a", "c"])), None);
        assert_eq!(memory.of(&order_for(&[" a"])), None, "another name");
        memory.keep(&both, &[fact("b", 3)].into_iter().collect());
        assert_eq!(memory.of(&order_for(&["a"])), None);
        assert_eq!(stamps(memory.of(&order_for(&["b"]))), Some(vec![3]));
    }

    #[test]
    fn facts_that_were_replaced_are_good_for_a_while_and_no_others() {
        let stamps = FactStamps::read(r#"["a","b"]"#, r#"["c"]"#, 1_000).unwrap();
        for (stamp, freeze_ms, now_ms, is_allowed) in [
            ("a", 0, 1_000_000, true),
            ("b", 0, 1_000_000, true),
            ("c", 500, 1_500, true),
            ("c", 500, 1_501, false),
            ("c", 0, 1_001, false),
            ("d", i64::MAX, 1_000, false),
        ] {
            let allowed = stamps.allow(stamp, freeze_ms, now_ms);
            assert_eq!(allowed, is_allowed, "{stamp} {freeze_ms} {now_ms}");
        }
        assert!(FactStamps::read("", "[]", 0).is_err());
    }

    #[test]
    fn what_an_order_asks_for_is_forgotten_and_nothing_else() {
        let memory = Memory::default();
        let three = order_for(&["a", "b", "c"]);
        memory.keep(
            &three,
            &["a", "b", "c"]
                .map(|sku| fact(sku, 1))
                .into_iter()
                .collect(),
        );
        memory.forget(&order_for(&["a", "b"]));
        assert_eq!(memory.of(&order_for(&["a"])), None);
        assert_eq!(memory.of(&order_for(&["b"])), None);
        assert_eq!(stamps(memory.of(&order_for(&["c"]))), Some(vec![1]));
    }

    #[test]
    fn no_more_is_remembered_than_the_bound_says() {
        let memory = Memory::default();
        for n in 0..=REMEMBERED_MAX {
            let sku = format!("sku-{n}");
            memory.keep(&order_for(&[&sku]), &[fact(&sku, 1)].into_iter().collect());
            assert!(memory.with(|remembered| remembered.len()) <= REMEMBERED_MAX);
            assert!(memory.of(&order_for(&[&sku])).is_some());
        }
    }
}
