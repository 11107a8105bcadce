//! The rules of the shop, stated once more and independently of the code that is under test: what
//! may happen to an order, where its units are, where its money is.
//!
//! The model decides nothing. It receives what happened, says whether that was allowed, and knows
//! what the books must say afterwards.

use std::collections::BTreeMap;

use souk_protocol::origin::{
    Details, Event, OrderRecord, PaymentMethod, RecordedEvent, Status, StoredOrder,
};

/// Units of a SKU, or what an order adds to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Units {
    /// That came in, less those that went.
    pub supplied: i64,
    /// Promised.
    pub held: i64,
    /// Sold and not back.
    pub sold: i64,
}

impl Units {
    /// What can be ordered.
    pub fn available(self) -> i64 {
        self.supplied - self.held - self.sold
    }

    /// Both together.
    pub fn plus(self, other: Units) -> Units {
        Units {
            supplied: self.supplied + other.supplied,
            held: self.held + other.held,
            sold: self.sold + other.sold,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    sku: String,
    quantity: i64,
    backordered: i64,
    returned: i64,
    discarded: i64,
}

/// An order as its history tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    method: PaymentMethod,
    total: i64,
    placed_total: i64,
    deadline_ms: Option<i64>,
    lines: Vec<Line>,
    events: u32,
    /// Where it stands.
    pub status: Status,
    /// Vouched for and not taken.
    pub authorised: i64,
    /// Taken.
    pub captured: i64,
    /// To go back.
    pub refunding: i64,
    /// With the buyer's bank.
    pub disputed: i64,
    /// Gone back.
    pub refunded: i64,
    /// Money that could not go back.
    pub kept: i64,
    /// How often its units stopped being held.
    pub holds_ended: u32,
}

/// What the parts of an order come to, in minor units: lines and delivery, without what promotions take
/// off them, and with tax and duty that come to them.
pub fn sum<D>(order: &StoredOrder<D>) -> i64 {
    let lines = order.lines.iter();
    let goods: i64 = lines
        .map(|line| line.unit_price * i64::from(line.quantity) - line.discount)
        .sum();
    let Some(breakdown) = order.breakdown() else {
        return goods + order.shipping;
    };
    let allocations = breakdown
        .adjustments
        .iter()
        .flat_map(|one| &one.allocations);
    let off_delivery: i64 = allocations
        .filter(|part| part.line.is_none())
        .map(|part| part.amount)
        .sum();
    let tax = match breakdown.tax.included {
        true => 0,
        false => breakdown.tax.total,
    };
    goods + order.shipping - off_delivery + tax + breakdown.duty.total
}

impl Order {
    /// An order that was just placed.
    pub fn placed<D: Details>(order: &StoredOrder<D>) -> Self {
        let line = |line: &souk_protocol::origin::StoredLine| Line {
            sku: line.sku.clone(),
            quantity: line.quantity.into(),
            backordered: line.backordered.into(),
            returned: 0,
            discarded: 0,
        };
        let method = order.details.payment();
        Self {
            method,
            total: order.total,
            placed_total: order.total,
            deadline_ms: order.hold_until_ms,
            lines: order.lines.iter().map(line).collect(),
            events: 0,
            status: match method {
                PaymentMethod::OnDelivery => Status::Confirmed,
                PaymentMethod::Transfer | PaymentMethod::Card => Status::AwaitingPayment,
            },
            authorised: 0,
            captured: 0,
            refunding: 0,
            disputed: 0,
            refunded: 0,
            kept: 0,
            holds_ended: 0,
        }
    }

    /// The order of a record, as it was placed: callers are given the one that stands.
    pub fn placed_of(record: &OrderRecord) -> Self {
        let mut order = Self::placed(&record.order);
        for recorded in &record.events {
            if let Event::UnitsRemoved {
                line,
                quantity,
                amount,
            } = recorded.event
            {
                order.lines[line].quantity += i64::from(quantity);
                order.total += amount;
                order.placed_total += amount;
            }
        }
        order
    }

    /// Takes note of an event.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn apply(&mut self, recorded: &RecordedEvent) -> Result<(), String> {
        self.events += 1;
        let broken = |rule: &str| Err(format!("event {}: {rule}", recorded.sequence));
        if recorded.sequence != self.events {
            return broken("the history has a gap");
        }
        match self.rule(recorded) {
            Some(rule) => broken(rule),
            None => {
                self.happen(&recorded.event);
                Ok(())
            }
        }
    }

    /// The rule that an event would break.
    fn rule(&self, recorded: &RecordedEvent) -> Option<&'static str> {
        let card = self.method == PaymentMethod::Card;
        let waits = self.status == Status::AwaitingPayment;
        let packed_or_before = matches!(self.status, Status::Confirmed | Status::Allocated);
        let paid = self.authorised + self.captured >= self.total;
        let spendable = self.captured - self.refunding - self.refunded - self.disputed;
        let unless = |fine: bool, rule| (!fine).then_some(rule);
        match &recorded.event {
            Event::PaymentBegun { .. } | Event::PaymentDeclined { .. } => {
                unless(card && waits, "a page for an order that awaits no card")
            }
            Event::PaymentAuthorised { amount, .. } => {
                unless(card && *amount > 0, "an authorisation without a card")
            }
            Event::PaymentCaptured { amount, .. } => unless(
                card && *amount > 0 && *amount <= self.authorised && self.captured == 0,
                "a capture without its authorisation, or a second one",
            ),
            Event::PaymentVoided { amount, .. } => unless(
                card && *amount > 0 && *amount == self.authorised,
                "a void of something else than what is authorised",
            ),
            Event::PaymentReceived { amount, .. } => unless(
                !card && (self.total..=self.placed_total).contains(amount) && self.captured == 0,
                "another amount than the total of now or before, or paid twice",
            ),
            Event::Confirmed => unless(waits && paid, "confirmed and not paid, or not waiting"),
            Event::Reinstated => unless(
                self.status == Status::Expired && paid,
                "reinstated and not paid, or not expired",
            ),
            Event::Expired => unless(
                waits && self.deadline_ms.is_some_and(|at| at <= recorded.at_ms),
                "expired before its deadline, or not waiting",
            ),
            Event::Cancelled { .. } => unless(
                waits || packed_or_before,
                "cancelled after it was shipped or ended",
            ),
            &Event::UnitsRemoved {
                line,
                quantity,
                amount,
            } => unless(
                (waits || self.status == Status::Confirmed)
                    && self
                        .lines
                        .get(line)
                        .is_some_and(|line| i64::from(quantity) <= line.quantity)
                    && (0..=self.total).contains(&amount)
                    && self.lines.iter().map(|line| line.quantity).sum::<i64>() > quantity.into(),
                "more units were taken off than there are, or from what is packed",
            ),
            Event::AddressChanged => unless(
                waits || self.status == Status::Confirmed,
                "another address for what is packed or over",
            ),
            Event::Allocated => unless(
                self.status == Status::Confirmed,
                "put aside and not confirmed",
            ),
            Event::Shipped { unpaid_reason, .. } => unless(
                self.status == Status::Allocated
                    && (!card || self.captured >= self.total || unpaid_reason.is_some()),
                "shipped and not put aside, or before the money was there",
            ),
            Event::Delivered => unless(self.status == Status::Shipped, "delivered and not shipped"),
            Event::Returned { units, .. } => unless(
                matches!(self.status, Status::Shipped | Status::Delivered)
                    && !units.is_empty()
                    && self.lines.iter().enumerate().all(|(at, line)| {
                        let back = units.iter().filter(|unit| unit.line == at);
                        let back: i64 = back.map(|unit| i64::from(unit.quantity)).sum();
                        line.returned + back <= line.quantity
                    }),
                "more units came back than were sent, or before",
            ),
            Event::RefundRequested { amount, .. } => unless(
                *amount > 0 && *amount <= spendable,
                "more is to go back than came in",
            ),
            Event::DisputeOpened { amount, .. } => unless(
                *amount > 0 && *amount <= spendable,
                "more is disputed than came in",
            ),
            Event::DisputeWon { amount, .. } | Event::DisputeLost { amount, .. } => unless(
                *amount > 0 && *amount <= self.disputed,
                "more was decided than is disputed",
            ),
            Event::RefundSettled { amount, .. } | Event::RefundFailed { amount, .. } => unless(
                *amount > 0 && *amount <= self.refunding,
                "more went back than was to",
            ),
            Event::MailFailed { .. } => None,
        }
    }

    fn happen(&mut self, event: &Event) {
        match event {
            Event::PaymentBegun { .. }
            | Event::PaymentDeclined { .. }
            | Event::AddressChanged
            | Event::MailFailed { .. } => {}
            &Event::UnitsRemoved {
                line,
                quantity,
                amount,
            } => {
                let (line, units) = (&mut self.lines[line], i64::from(quantity));
                line.quantity -= units;
                line.backordered -= units.min(line.backordered);
                self.total -= amount;
            }
            Event::PaymentAuthorised { amount, .. } => self.authorised += amount,
            Event::PaymentCaptured { amount, .. } => {
                self.authorised -= amount;
                self.captured += amount;
            }
            Event::PaymentVoided { .. } => self.authorised = 0,
            Event::PaymentReceived { amount, .. } => self.captured += amount,
            Event::Confirmed => self.become_(Status::Confirmed),
            Event::Reinstated => self.become_(Status::Confirmed),
            Event::Expired => self.become_(Status::Expired),
            Event::Cancelled { .. } => self.become_(Status::Cancelled),
            Event::Allocated => self.become_(Status::Allocated),
            Event::Shipped { .. } => self.become_(Status::Shipped),
            Event::Delivered => self.become_(Status::Delivered),
            Event::Returned { units, .. } => {
                for unit in units {
                    let line = &mut self.lines[unit.line];
                    line.returned += i64::from(unit.quantity);
                    line.discarded += if unit.restock {
                        0
                    } else {
                        unit.quantity.into()
                    };
                }
                if self.lines.iter().all(|line| line.returned == line.quantity) {
                    self.become_(Status::Returned);
                }
            }
            Event::DisputeOpened { amount, .. } => self.disputed += amount,
            Event::DisputeWon { amount, .. } => self.disputed -= amount,
            Event::DisputeLost { amount, .. } => {
                self.disputed -= amount;
                self.refunded += amount;
            }
            Event::RefundRequested { amount, .. } => self.refunding += amount,
            Event::RefundSettled { amount, .. } => {
                self.refunding -= amount;
                self.refunded += amount;
            }
            Event::RefundFailed { amount, .. } => {
                self.refunding -= amount;
                self.kept += amount;
            }
        }
    }

    fn become_(&mut self, status: Status) {
        self.holds_ended += u32::from(self.status == Status::AwaitingPayment);
        self.status = status;
    }

    /// Whether units are promised to it.
    pub fn holds(&self) -> bool {
        self.status == Status::AwaitingPayment
    }

    /// How it is paid.
    pub fn method(&self) -> PaymentMethod {
        self.method
    }

    /// Whether it was given up, so that nothing of it is left to the shop.
    pub fn is_given_up(&self) -> bool {
        matches!(self.status, Status::Cancelled | Status::Expired)
    }

    /// What it adds to the account of each of its SKUs.
    pub fn units(&self) -> BTreeMap<&str, Units> {
        let mut sum: BTreeMap<&str, Units> = BTreeMap::new();
        for line in &self.lines {
            let units = match self.status {
                Status::AwaitingPayment => Units {
                    supplied: line.backordered,
                    held: line.quantity,
                    sold: 0,
                },
                Status::Cancelled | Status::Expired => Units::default(),
                Status::Confirmed
                | Status::Allocated
                | Status::Shipped
                | Status::Delivered
                | Status::Returned => Units {
                    supplied: line.backordered - line.discarded,
                    held: 0,
                    sold: line.quantity - line.returned,
                },
            };
            let entry = sum.entry(&line.sku).or_default();
            *entry = entry.plus(units);
        }
        sum
    }
}
