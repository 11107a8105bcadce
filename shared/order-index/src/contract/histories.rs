//! Orders with a history, and the state that the machine gives for them.

use souk_domain::OrderState;
use souk_protocol::history;
use souk_protocol::order_index::EventMessage;
use souk_protocol::origin::{
    Actor, Event, Message, News, OrderDetails, PaymentMethod, Progress, RecordedEvent,
    RefundOrigin, ReturnedUnits, SealedDetails, Status, StoredLine, StoredOrder,
};
use souk_protocol::public::{Address, Customer};

use crate::message_of;

/// When the first order of every test was placed; each one is a minute later than the last.
pub(super) const FIRST_MS: i64 = 1_780_000_000_000;
/// The hold of an order that waits for payment.
const HOLD_MS: i64 = 900_000;
/// What every order comes to, in minor units.
pub(super) const TOTAL: i64 = 5_000;

/// An order and everything that happens to it.
#[derive(Debug, Clone)]
pub struct Story {
    /// As it was placed.
    pub order: StoredOrder<SealedDetails>,
    /// What happens afterwards.
    pub events: Vec<RecordedEvent>,
}

impl Story {
    /// An order placed as the one of this number.
    pub fn new(number: u32, payment: PaymentMethod, events: &[Event]) -> Self {
        let placed_at_ms = FIRST_MS + i64::from(number) * 60_000;
        let id = format!("ORDER{number:05}");
        let (status, hold_until_ms) = match payment {
            PaymentMethod::OnDelivery => (Status::Confirmed, None),
            PaymentMethod::Transfer | PaymentMethod::Card => {
                (Status::AwaitingPayment, Some(placed_at_ms + HOLD_MS))
            }
        };
        let line = |sku: &str, quantity, unit_price| StoredLine {
            sku: sku.to_owned(),
            title: format!("Title of {sku}"),
            slug: Some(sku.to_lowercase()),
            quantity,
            unit_price,
            backordered: 0,
            discount: 0,
            tax: 0,
            duty: 0,
        };
        let order = StoredOrder {
            id,
            status,
            placed_at_ms,
            hold_until_ms,
            currency: "USD".to_owned(),
            lines: vec![line("CUP", 2, 1_500), line("POT", 1, 2_000)],
            shipping: 0,
            total: TOTAL,
            details: details(payment).unsealed(),
            breakdown: None,
            delivery_title: None,
            place: None,
        };
        let recorded = (1..).zip(events).map(|(sequence, event)| RecordedEvent {
            sequence,
            at_ms: placed_at_ms + i64::from(sequence) * 1_000,
            by: Actor::Staff,
            by_name: None,
            event: event.clone(),
        });
        let events = recorded.collect();
        Self { order, events }
    }

    /// The order's number.
    pub fn id(&self) -> &str {
        &self.order.id
    }

    /// All of it as messages of the origin.
    pub fn messages(&self) -> Vec<Message> {
        let placed = News::Placed {
            order: Box::new(self.order.clone()),
        };
        let changed = self.events.iter().map(|event| News::Changed {
            event: event.clone(),
        });
        let news = std::iter::once(placed).chain(changed);
        let messages = (0..).zip(news).map(|(sequence, news)| Message {
            id: i64::from(sequence) + 1,
            order: self.order.id.clone(),
            sequence,
            attempts: 1,
            news: Some(news),
        });
        messages.collect()
    }

    /// All of it as event messages.
    pub fn event_messages(&self) -> Vec<EventMessage> {
        let messages = self.messages();
        let messages = messages.iter().map(message_of);
        messages
            .collect::<Result<_, _>>()
            .expect("every story is legal")
    }

    /// What the state machine makes of the first events.
    pub fn progress(&self, revision: usize) -> Progress {
        let state = self.events[..revision].iter().fold(
            history::placed_state(&self.order),
            |state: OrderState, event| state.after(&history::fact(&event.event)),
        );
        history::progress(&state, u32::try_from(revision).expect("a short story"))
    }
}

/// What the order index must not keep.
pub(super) fn details(payment: PaymentMethod) -> OrderDetails {
    let text = |text: &str| text.to_owned();
    OrderDetails {
        customer: Customer {
            name: text("Planted Name"),
            email: text("planted@example.com"),
        },
        shipping_address: Address {
            country: text("CN"),
            region: text("Zhejiang"),
            city: text("Hangzhou"),
            postal_code: text("310000"),
            line1: text("1 Planted Road"),
            line2: text(""),
        },
        delivery: "standard".to_owned(),
        payment,
        language: Some(text("zh-Hans")),
        note: Some(text("a planted note")),
        texts: [("0/engraving".to_owned(), text("a planted engraving"))].into(),
    }
}

/// Lives as orders live them, each way of paying among them.
pub fn stories() -> Vec<Story> {
    let shipped = || Event::Shipped {
        carrier: "SF".to_owned(),
        tracking: "SF123".to_owned(),
        unpaid_reason: None,
    };
    let reason = || "changed their mind".to_owned();
    let back = |line, quantity, restock| ReturnedUnits {
        line,
        quantity,
        restock,
    };
    let requested = |amount| Event::RefundRequested {
        amount,
        origin: RefundOrigin::Staff,
        reason: reason(),
    };
    let settled = |amount| Event::RefundSettled {
        provider: None,
        refund: "R-1".to_owned(),
        amount,
    };
    let received = || Event::PaymentReceived {
        amount: TOTAL,
        reference: "B-1".to_owned(),
    };
    let (provider, payment) = (|| "a-provider".to_owned(), || "pi_1".to_owned());
    let lives = [
        (PaymentMethod::OnDelivery, vec![]),
        (
            PaymentMethod::OnDelivery,
            vec![
                Event::Allocated,
                shipped(),
                Event::Delivered,
                received(),
                Event::Returned {
                    units: vec![back(0, 1, true)],
                    reason: reason(),
                },
                requested(1_500),
                settled(1_500),
                Event::Returned {
                    units: vec![back(0, 1, false), back(1, 1, true)],
                    reason: reason(),
                },
            ],
        ),
        (
            PaymentMethod::Transfer,
            vec![
                received(),
                Event::Confirmed,
                Event::Cancelled { reason: reason() },
                requested(TOTAL),
                settled(TOTAL),
            ],
        ),
        (
            PaymentMethod::Transfer,
            vec![Event::Expired, received(), Event::Reinstated],
        ),
        (
            PaymentMethod::Card,
            vec![
                Event::PaymentBegun {
                    provider: provider(),
                    session: "cs_1".to_owned(),
                    url: "https://pay.example/1".to_owned(),
                },
                Event::PaymentDeclined {
                    provider: provider(),
                    payment: payment(),
                    reason: "insufficient funds".to_owned(),
                },
                Event::PaymentAuthorised {
                    provider: provider(),
                    payment: payment(),
                    amount: TOTAL,
                },
                Event::Confirmed,
                Event::PaymentCaptured {
                    provider: provider(),
                    payment: payment(),
                    amount: TOTAL,
                    fee: 175,
                },
                Event::Allocated,
                shipped(),
                Event::DisputeOpened {
                    provider: provider(),
                    dispute: "dp_1".to_owned(),
                    amount: TOTAL,
                    reason: "fraudulent".to_owned(),
                },
                Event::DisputeWon {
                    provider: provider(),
                    dispute: "dp_1".to_owned(),
                    amount: TOTAL,
                },
            ],
        ),
    ];
    let stories = (0..).zip(lives);
    let stories = stories.map(|(number, (payment, events))| Story::new(number, payment, &events));
    stories.collect()
}
