//! The origin: the account of the sale's units and its orders.
//!
//! Whether an order is placed is decided by the production rule (`souk_domain::decide_lines`) over an
//! offer and an allowance, as the order store does it; when the sale is open by the production
//! schedule. Here is only what the engine of a store does: it writes both together.

use std::collections::BTreeMap;

use souk_domain::{
    Allowance, Bound, Currency, Money, Movement, Offer, OrderLimits, Purpose, Quantity, Refusal,
    RequestedLine, Sku, StockLevel, decide_lines,
};
use souk_room::{Control, Ordered, Rank, Session, State, Stock, Ticket, Units};

/// An order that was placed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    pub(crate) buyer: u32,
    pub(crate) units: u32,
    pub(crate) status: Status,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Held,
    Paid,
    Expired,
}

/// What the origin says to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    /// It is placed, with this number.
    Placed(usize),
    /// The ticket has an order already, with this number.
    Exists(usize),
    /// The sale is not open.
    NotOpen,
    /// Fewer units are left than were asked for.
    SoldOut { available: i64 },
    /// The buyer has as much as a buyer may have.
    LimitExceeded,
}

/// The origin of one sale.
pub(crate) struct Origin {
    session: Session,
    limit: u32,
    offer: Offer,
    taken: BTreeMap<u32, i64>,
    by_ticket: BTreeMap<([u8; 16], i64), usize>,
    pub(crate) orders: Vec<Order>,
    /// For the usher, in the order of the orders.
    pub(crate) ordered: Vec<Ordered>,
    pub(crate) control: Control,
    pub(crate) is_slow: bool,
}

impl Origin {
    pub(crate) fn new(session: Session, units: i64, limit: u32) -> Self {
        let sku = Sku::parse("TEA-250").expect("a SKU");
        let mut origin = Self {
            session,
            limit,
            offer: Offer {
                sku,
                unit_price: Money::new(990, Currency::USD),
                title: "Tea".to_owned(),
                slug: "tea".to_owned(),
                backorder: false,
                level: StockLevel::default(),
            },
            taken: BTreeMap::new(),
            by_ticket: BTreeMap::new(),
            orders: Vec::new(),
            ordered: Vec::new(),
            control: Control::Running,
            is_slow: false,
        };
        origin.book(Movement::Supply, units);
        origin
    }

    /// The account.
    pub(crate) fn level(&self) -> StockLevel {
        self.offer.level
    }

    pub(crate) fn units(&self) -> Units {
        Units {
            available: self.offer.level.available,
            held: self.offer.level.held,
        }
    }

    pub(crate) fn state(&self, now_ms: i64) -> State {
        let Units { available, held } = self.units();
        self.session
            .state(now_ms, self.control, Stock::of(available, held))
    }

    fn book(&mut self, movement: Movement, units: i64) {
        let unit = movement.unit();
        let level = &mut self.offer.level;
        level.supplied += unit.supplied * units;
        level.available += unit.available * units;
        level.held += unit.held * units;
        level.sold += unit.sold * units;
    }

    /// Places an order of a ticket, once.
    pub(crate) fn order(
        &mut self,
        now_ms: i64,
        ticket: &Ticket,
        rank: Rank,
        buyer: u32,
        units: u32,
    ) -> Reply {
        let key = (ticket.seed.0, ticket.arrival_ms);
        if let Some(&number) = self.by_ticket.get(&key) {
            return Reply::Exists(number);
        }
        match self.state(now_ms) {
            State::Open | State::Resting | State::SoldOut => {}
            State::Announced | State::Gathering | State::Paused | State::Over => {
                return Reply::NotOpen;
            }
        }
        if let Err(refusal) = self.decide(buyer, units) {
            return match refusal {
                Refusal::SoldOut { .. } => Reply::SoldOut {
                    available: self.offer.level.available,
                },
                _ => Reply::LimitExceeded,
            };
        }
        self.book(Movement::Hold, i64::from(units));
        *self.taken.entry(buyer).or_default() += i64::from(units);
        let number = self.orders.len();
        self.by_ticket.insert(key, number);
        self.orders.push(Order {
            buyer,
            units,
            status: Status::Held,
        });
        self.ordered.push(Ordered { rank, units });
        Reply::Placed(number)
    }

    fn decide(&self, buyer: u32, units: u32) -> Result<(), Refusal> {
        let sku = self.offer.sku.clone();
        let line = RequestedLine {
            sku: sku.clone(),
            quantity: Quantity::new(units).expect("a few"),
            expected_price: None,
        };
        let allowance = Allowance {
            purpose: Purpose::UsesOfBuyer("drop".to_owned()),
            account: format!("sale:drop:{buyer}"),
            units: i64::from(units),
            taken: self.taken.get(&buyer).copied().unwrap_or_default(),
            bound: Bound::Units(i64::from(self.limit)),
        };
        let offers = BTreeMap::from([(sku, self.offer.clone())]);
        decide_lines(&[line], &offers, &OrderLimits::default(), &[allowance]).map(|_| ())
    }

    /// The money of an order arrives, if it still waits for it.
    pub(crate) fn pay(&mut self, number: usize) {
        let order = &mut self.orders[number];
        if order.status == Status::Held {
            order.status = Status::Paid;
            let units = i64::from(order.units);
            self.book(Movement::Settle, units);
        }
    }

    /// The deadline of an order passes.
    pub(crate) fn expire(&mut self, number: usize) {
        let order = &mut self.orders[number];
        if order.status == Status::Held {
            order.status = Status::Expired;
            let (buyer, units) = (order.buyer, i64::from(order.units));
            self.book(Movement::Release, units);
            *self.taken.entry(buyer).or_default() -= units;
        }
    }
}
