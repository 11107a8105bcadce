//! Orders: placing them, and how they are stored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::limits::AskedBy;
use super::quote::{Breakdown, OrderQuote, PackedBreakdown, PromotionRefusal};
use super::terms::{PaymentMethod, PublishedTerms};
use crate::options::{ChosenOption, text_name};
use crate::public::{Address, Customer};

/// `POST`: [`SubmitOrder`] → [`SubmitReply`].
pub const ORDERS_PATH: &str = "/trade/v1/orders";

/// An order to place, checked and completed by the edge; the store gets it with
/// [`SealedDetails`]. It carries no token: the edge derives the one that opens the order from its
/// number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmitOrder<D = OrderDetails> {
    /// The client's `Idempotency-Key`.
    pub key: String,
    /// Hash of everything that the buyer said.
    pub fingerprint: String,
    /// The number that the order gets if it is new.
    pub id: String,
    /// The shard that the key belongs to; absent when the origin has only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<u16>,
    /// ISO 4217 code that `expected_price` is in; absent when no line expects a price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What is bought.
    pub lines: Vec<SubmitLine>,
    /// The least that can be paid in the way that the order names, in minor units: an order that
    /// costs less, and more than nothing, is refused. Absent where any amount can be paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_min: Option<i64>,
    /// Who orders, for limits.
    #[serde(default, skip_serializing_if = "AskedBy::is_unknown")]
    pub asked_by: AskedBy,
    /// The terms that the buyer was shown; absent from an edge that shows a version without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<PublishedTerms>,
    /// What the buyer was shown as the price; absent from an edge that shows a version without any
    /// terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<Box<OrderQuote>>,
    /// The ticket with which a buyer was let in to a sale; absent where no line is of a sale with a
    /// waiting room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<Box<SaleTicket>>,
    /// Who buys, where it goes, how it is paid.
    pub details: D,
}

/// The place in a waiting room with which an order was let in; the edge has checked that it was
/// called. A ticket has one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleTicket {
    /// Number of the session.
    pub session: u32,
    /// Its place: `0-` or `1-` and 16 hexadecimal digits.
    pub rank: String,
    /// Its seed: 22 characters of base64url. Rank and seed together name the ticket.
    pub seed: String,
}

impl<D> SubmitOrder<D> {
    /// The same order with other details.
    pub fn with_details<E>(self, details: E) -> SubmitOrder<E> {
        SubmitOrder {
            key: self.key,
            fingerprint: self.fingerprint,
            id: self.id,
            home: self.home,
            currency: self.currency,
            lines: self.lines,
            payment_min: self.payment_min,
            asked_by: self.asked_by,
            terms: self.terms,
            quote: self.quote,
            ticket: self.ticket,
            details,
        }
    }
}

/// A line of [`SubmitOrder`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmitLine {
    /// What.
    pub sku: String,
    /// How many.
    pub quantity: u32,
    /// The unit price that the buyer was shown, in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_price: Option<i64>,
    /// The facts of its offer (`souk_pricing::Facts::encode`) in Base64, with a quote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<String>,
    /// The options that are chosen for its units, by their ids; with the id of the choice, where an
    /// option has choices. What the buyer typed is personal ([`OrderDetails::texts`]).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, Option<String>>,
}

/// Who buys, where it goes and how it is paid, for those who may read it. What is stored and
/// delivered to the back office is [`SealedDetails`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderDetails {
    /// Who buys.
    #[serde(default, skip_serializing_if = "is_blank")]
    pub customer: Customer,
    /// Where it goes.
    #[serde(default, skip_serializing_if = "is_blank")]
    pub shipping_address: Address,
    /// Id of the method by which it is delivered.
    pub delivery: String,
    /// How it is paid.
    pub payment: PaymentMethod,
    /// BCP 47 tag of the language in which the buyer ordered, for what is sent later; absent where it
    /// is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// A note to the shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What the buyer typed into options of lines, by [`crate::options::text_name`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, String>,
}

/// The same as a store keeps it: what is personal is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedDetails {
    /// Customer, address, note and texts.
    pub personal: Personal,
    /// Id of the method by which it is delivered.
    pub delivery: String,
    /// How it is paid.
    pub payment: PaymentMethod,
    /// BCP 47 tag of the language in which the buyer ordered, for what is sent later; absent where it
    /// is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// The personal fields of [`SealedDetails`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Personal {
    /// Sealed, as `souk-vault` does.
    Sealed(String),
    /// As they are, where a deployment has no data keys.
    Unsealed(Box<PersonalFields>),
}

/// Who buys, where it goes, and what the buyer wrote. Names are short because every order carries
/// them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalFields {
    /// Who buys.
    #[serde(rename = "c")]
    pub customer: Customer,
    /// Where it goes.
    #[serde(rename = "a")]
    pub shipping_address: Address,
    /// A note to the shop.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What the buyer typed into options of lines.
    #[serde(rename = "t", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, String>,
}

impl OrderDetails {
    /// The fields that are sealed before they are stored.
    pub fn personal(&self) -> PersonalFields {
        PersonalFields {
            customer: self.customer.clone(),
            shipping_address: self.shipping_address.clone(),
            note: self.note.clone(),
            texts: self.texts.clone(),
        }
    }

    /// For a store without sealing anything: only where there is no key to seal with.
    pub fn unsealed(&self) -> SealedDetails {
        SealedDetails {
            personal: Personal::Unsealed(Box::new(self.personal())),
            delivery: self.delivery.clone(),
            payment: self.payment,
            language: self.language.clone(),
        }
    }
}

impl SealedDetails {
    /// With the personal fields, which came out of the seal.
    pub fn opened(&self, personal: PersonalFields) -> OrderDetails {
        OrderDetails {
            customer: personal.customer,
            shipping_address: personal.shipping_address,
            delivery: self.delivery.clone(),
            payment: self.payment,
            language: self.language.clone(),
            note: personal.note,
            texts: personal.texts,
        }
    }

    /// Without the personal fields.
    pub fn blank(&self) -> OrderDetails {
        OrderDetails {
            customer: Customer::default(),
            shipping_address: Address::default(),
            delivery: self.delivery.clone(),
            payment: self.payment,
            language: self.language.clone(),
            note: None,
            texts: BTreeMap::new(),
        }
    }
}

/// What the price and the life of an order depend on, open or sealed.
pub trait Details {
    /// How it is paid.
    fn payment(&self) -> PaymentMethod;
    /// Id of the method by which it is delivered.
    fn delivery(&self) -> &str;
    /// BCP 47 tag of the language in which the buyer ordered.
    fn language(&self) -> Option<&str>;
}

impl Details for OrderDetails {
    fn payment(&self) -> PaymentMethod {
        self.payment
    }

    fn delivery(&self) -> &str {
        &self.delivery
    }

    fn language(&self) -> Option<&str> {
        self.language.as_deref()
    }
}

impl Details for SealedDetails {
    fn payment(&self) -> PaymentMethod {
        self.payment
    }

    fn delivery(&self) -> &str {
        &self.delivery
    }

    fn language(&self) -> Option<&str> {
        self.language.as_deref()
    }
}

fn is_blank<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What became of a [`SubmitOrder`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubmitReply<D = OrderDetails> {
    /// The order is placed and has its stock.
    Accepted {
        /// The order; on its way to the edge without the personal fields, see
        /// [`SubmitReply::complete`].
        order: Box<StoredOrder<D>>,
        /// Whether it took the last unit of a SKU that cannot be ordered without stock.
        #[serde(default)]
        exhausted: bool,
    },
    /// The key was used before, for the same content: here is that order.
    Exists {
        /// The order.
        order: Box<StoredOrder<D>>,
    },
    /// The key was used before, for another content.
    ExistsWithDifferentContent,
    /// The shop does not sell this.
    UnknownSku {
        /// Which.
        sku: String,
    },
    /// The shop has other terms by now than the buyer was shown: of payment, delivery or holds.
    TermsChanged,
    /// The price is another one.
    PriceChanged {
        /// Of which SKU.
        sku: String,
        /// The price that counts, in minor units.
        unit_price: i64,
        /// ISO 4217 code.
        currency: String,
    },
    /// The order costs something else now than the buyer was shown.
    QuoteChanged {
        /// What it costs, in minor units; absent where the origin has other terms of prices, or
        /// other facts of an offer, than the order names.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        total: Option<i64>,
    },
    /// A promotion that the buyer was shown cannot be used.
    PromotionUnavailable {
        /// Its id.
        promotion: String,
        /// Why.
        reason: PromotionRefusal,
    },
    /// The delivery that the order names is not possible for what it has and where it goes.
    DeliveryUnavailable,
    /// There are too few units.
    SoldOut {
        /// Of which SKU.
        sku: String,
        /// How many there are.
        available: i64,
        /// Until when the SKU is under a sold-out hold, in milliseconds since 1970: it sells
        /// nothing before, even if units come back. Absent where it is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sold_out_until_ms: Option<i64>,
    },
    /// The sale that the order is of has not opened.
    NotOpen {
        /// When it opens, in milliseconds since 1970.
        opens_at_ms: i64,
    },
    /// The sale that the order is of is over.
    SaleOver,
    /// The shop does not sell so many, or for so much, to one order, buyer or client.
    LimitExceeded {
        /// Which limit: the name of its setting, or `order_total`, `payment_minimum`,
        /// `sale_units_per_buyer` or `sale_orders_per_ticket`, which are none.
        limit: String,
        /// What it allows: units, percent or minor units.
        allowed: i64,
        /// The SKU that it is about, where it is about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sku: Option<String>,
    },
}

impl SubmitReply {
    /// Completes the reply to an order that is new: it comes without the personal fields, because
    /// its caller has just sent them.
    pub fn complete(&mut self, submit: &SubmitOrder) {
        if let Self::Accepted { order, .. } = self {
            order.details.clone_from(&submit.details);
        }
    }
}

/// An order that is placed: with [`SealedDetails`] as it is kept, else as the origin gives it to
/// those who may read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredOrder<D = OrderDetails> {
    /// Number.
    pub id: String,
    /// Where it stands.
    pub status: Status,
    /// When it was placed, in milliseconds since 1970.
    pub placed_at_ms: i64,
    /// Until when its units are held if it is not paid, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_until_ms: Option<i64>,
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// What was sold.
    pub lines: Vec<StoredLine>,
    /// Cost of the delivery in minor units.
    pub shipping: i64,
    /// What the order costs, in minor units: lines and delivery, without what `breakdown` takes off
    /// and with what it adds.
    pub total: i64,
    /// What the total consists of, where that is more than lines and delivery, lines have options, or the
    /// market is not the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breakdown: Option<PackedBreakdown>,
    /// How the delivery was called at the moment of the order: the shop's own name for it, and by codes
    /// of further languages what it is called in them; absent where it had no name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_title: Option<Box<DeliveryTitle>>,
    /// Names what its price has from the place that it goes to (`souk_pricing::place_stamp`), 16
    /// hexadecimal digits; absent where its price is the same everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Who buys, where it goes, how it is paid.
    pub details: D,
}

/// How a delivery is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryTitle {
    /// In the shop's own language.
    pub own: String,
    /// By codes of further languages.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub others: BTreeMap<String, String>,
    /// Where the buyer collects; `None` where the order is brought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<OrderPoint>,
}

impl DeliveryTitle {
    /// In a language; in the shop's own where it has no other name.
    pub fn get(&self, language: &str) -> &str {
        self.others.get(language).unwrap_or(&self.own)
    }
}

/// Where a buyer collects, as it was called and where it was at the moment of the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPoint {
    /// As the terms name it.
    pub id: String,
    /// How it is called in the shop's own language.
    pub own: String,
    /// By codes of further languages.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub others: BTreeMap<String, String>,
    /// Postal address, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub address: Vec<String>,
}

impl OrderPoint {
    /// How it is called in a language; in the shop's own where it has no other name.
    pub fn title(&self, language: &str) -> &str {
        self.others.get(language).unwrap_or(&self.own)
    }

    /// Title in a language and address, a line each.
    pub fn lines(&self, language: &str) -> impl Iterator<Item = &str> {
        let address = self.address.iter().map(String::as_str);
        std::iter::once(self.title(language)).chain(address)
    }
}

impl StoredOrder {
    /// The options of a line, by its place, with the texts that the buyer typed; `breakdown` is the
    /// order's own.
    pub fn options<'b>(
        &self,
        breakdown: Option<&'b Breakdown>,
        line: usize,
    ) -> impl Iterator<Item = ChosenOption> + use<'_, 'b> {
        let options = breakdown.into_iter().flat_map(|one| &one.options);
        let of_line = options.filter(move |one| one.line == line);
        of_line.map(move |one| {
            let mut option = one.option.clone();
            let text = self.details.texts.get(&text_name(line, &option.id));
            option.value = option.value.or_else(|| text.cloned());
            option
        })
    }
}

impl<D> StoredOrder<D> {
    /// Where the buyer collects; `None` where the order is brought.
    pub fn point(&self) -> Option<&OrderPoint> {
        self.delivery_title.as_ref()?.point.as_ref()
    }

    /// What the total consists of; `None` where it is lines and delivery.
    pub fn breakdown(&self) -> Option<Breakdown> {
        self.breakdown.as_ref().and_then(PackedBreakdown::open)
    }

    /// Whether tax is added to the prices, and not in them.
    pub fn adds_tax(&self) -> bool {
        let breakdown = self.breakdown.as_ref();
        breakdown.is_some_and(PackedBreakdown::adds_tax)
    }

    /// The same order with other details.
    pub fn with_details<E>(self, details: E) -> StoredOrder<E> {
        StoredOrder {
            id: self.id,
            status: self.status,
            placed_at_ms: self.placed_at_ms,
            hold_until_ms: self.hold_until_ms,
            currency: self.currency,
            lines: self.lines,
            shipping: self.shipping,
            total: self.total,
            breakdown: self.breakdown,
            delivery_title: self.delivery_title,
            place: self.place,
            details,
        }
    }
}

/// A line of [`StoredOrder`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredLine {
    /// What.
    pub sku: String,
    /// Its name at the moment of the order.
    pub title: String,
    /// The product's slug at the moment of the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// How many.
    pub quantity: u32,
    /// Price of one unit with its options, in minor units.
    pub unit_price: i64,
    /// Units of `quantity` that are still to be made or bought in.
    #[serde(default)]
    pub backordered: u32,
    /// What promotions take off the line, in minor units.
    #[serde(default, skip_serializing_if = "is_blank")]
    pub discount: i64,
    /// The tax that is in the line, or comes to it, in minor units.
    #[serde(default, skip_serializing_if = "is_blank")]
    pub tax: i64,
    /// The duty that comes to the line, in minor units.
    #[serde(default, skip_serializing_if = "is_blank")]
    pub duty: i64,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Stock is held; the money has not arrived.
    AwaitingPayment,
    /// Stock is sold.
    Confirmed,
    /// The units are put aside for packing.
    Allocated,
    /// The parcel is on its way.
    Shipped,
    /// The parcel has arrived.
    Delivered,
    /// All units came back.
    Returned,
    /// It was given up; its units are back.
    Cancelled,
    /// It was not paid in time; its units are back.
    Expired,
}

impl Status {
    /// Every status, in the order in which a life goes on.
    pub const ALL: [Status; 8] = [
        Status::AwaitingPayment,
        Status::Confirmed,
        Status::Allocated,
        Status::Shipped,
        Status::Delivered,
        Status::Returned,
        Status::Cancelled,
        Status::Expired,
    ];

    /// As it is stored and shown.
    pub fn name(self) -> &'static str {
        match self {
            Status::AwaitingPayment => "awaiting_payment",
            Status::Confirmed => "confirmed",
            Status::Allocated => "allocated",
            Status::Shipped => "shipped",
            Status::Delivered => "delivered",
            Status::Returned => "returned",
            Status::Cancelled => "cancelled",
            Status::Expired => "expired",
        }
    }
}
