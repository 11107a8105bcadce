//! The JSON of `/api/v1`.
//!
//! Amounts are minor units in whole numbers. Unknown members of a request are refused, so that a
//! misspelt one is not lost.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::options::{ChosenOption, GivenOptions, LineOption};
use crate::quotes::{Adjustment, PickupPoint, Taxes};
use crate::whole;

/// An amount in minor units of an ISO 4217 currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Minor units: 1299 in USD is $12.99.
    #[serde(deserialize_with = "whole::number")]
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: String,
}

/// A page of products.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductPage {
    /// The products; without `description_html` and with their first picture only.
    pub items: Vec<Product>,
    /// Pass it as `cursor` for the next page; `null` on the last one. It stays with the version
    /// of the catalogue that the first page was read from.
    pub next: Option<String>,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Product {
    /// Name in addresses.
    pub slug: String,
    /// Name.
    pub title: String,
    /// Sanitised HTML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description_html: Option<String>,
    /// Maker.
    pub vendor: String,
    /// Kind of product.
    pub product_type: String,
    /// Free labels.
    pub tags: Vec<String>,
    /// Slugs of the collections that hold it.
    pub collections: Vec<String>,
    /// Pictures.
    pub images: Vec<Image>,
    /// What can be ordered.
    pub variants: Vec<Variant>,
}

/// What can be ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Variant {
    /// Name it in an order.
    pub sku: String,
    /// The values of its options.
    pub title: String,
    /// Option name → value.
    pub options: BTreeMap<String, String>,
    /// Price of one unit.
    pub price: Money,
    /// The price it is compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare_at_price: Option<Money>,
    /// The prior price of its reduction: the lowest of the 30 days before the reduction began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior_price: Option<Money>,
    /// The SKU that the merchant wrote, where several variants have it; show this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_sku: Option<String>,
    /// What is printed on it and scanned, often a GTIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// Whether it could be ordered a few seconds ago. For display: only an order knows.
    pub available: bool,
    /// What buyers may choose for lines with it, such as an engraving; absent in lists, and where there
    /// is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub custom_options: Vec<LineOption>,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Image {
    /// Address of the largest rendition; absolute, or a path on this host.
    pub url: String,
    /// What it shows.
    pub alt: String,
    /// Width of the largest rendition in pixels.
    pub width: u32,
    /// Height of the largest rendition in pixels.
    pub height: u32,
}

/// What the shop says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Shop {
    /// Name.
    pub name: String,
    /// Codes of the languages, the shop's own first.
    pub languages: Vec<String>,
    /// ISO 4217 code of the prices in the market that was asked for.
    pub currency: String,
    /// The markets that the shop sells in, the first one at the beginning.
    pub markets: Vec<Market>,
    /// How an order can be paid now; a card only while the shop takes cards.
    pub payment_methods: Vec<String>,
    /// How shoppers reach the shop.
    pub contact: Contact,
    /// Number of the version of the catalogue that says so.
    pub catalogue_version: u64,
}

/// A sale, as it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sale {
    /// Its name in addresses.
    pub id: String,
    /// Title.
    pub title: String,
    /// `announced`, `gathering`, `open`, `paused`, `resting`, `sold_out` or `over`. Resting: all units
    /// are sold or held, and some may come back.
    pub state: String,
    /// When the session that is on, or comes next, opens: RFC 3339.
    pub opens_at: String,
    /// When it closes.
    pub closes_at: String,
    /// What time it is at the shop.
    pub now: String,
    /// By what buyers are told apart: `email` or `visitor`.
    pub identity: String,
    /// What it sells in the market.
    pub items: Vec<SaleItem>,
    /// How the draw can be checked; null where no ticket is needed, and while this instance of the shop
    /// does not know.
    pub draw: Option<SaleDraw>,
    /// The draw of the session before, for a day after that one was over; null where there is none.
    pub previous_draw: Option<PreviousDraw>,
}

/// The draw of a session that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviousDraw {
    /// When the session opened: RFC 3339.
    pub opens_at: String,
    /// As in [`SaleDraw`].
    pub commitment: String,
    /// As in [`SaleDraw`].
    pub key: String,
}

/// The draw of a session's waiting room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaleDraw {
    /// SHA-256 of the key, in hexadecimal digits: known from the announcement.
    pub commitment: String,
    /// The key, 32 bytes in hexadecimal digits; null until the session is over. The rank of a ticket of
    /// the draw is `0-` and the first 8 bytes of HMAC-SHA256(key, seed).
    pub key: Option<String>,
}

/// `POST /api/v1/sales/{id}/tickets`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TicketRequest {
    /// Needed where `identity` of the sale is `email`: the order has to have the same address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// A place in the waiting room of a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ticket {
    /// Names the place, and buys in its turn: keep it, and keep it secret.
    pub ticket: String,
    /// By which the draw is made: 16 bytes in base64url.
    pub seed: String,
    /// The place. Ranks compare as texts, the lower comes first; null before the opening.
    pub rank: Option<String>,
    /// `gathering`, `waiting`, `called`, `missed`, `sold_out` or `over`.
    pub state: String,
    /// Tickets before it, about; null where that does not matter or is not known.
    pub ahead: Option<u64>,
    /// Seconds until it is called, about; null where that is not known.
    pub eta_s: Option<u64>,
    /// Seconds until the ticket is to be read again.
    pub poll_after_s: u32,
    /// Where it orders; null unless it is called.
    pub orders_path: Option<String>,
}

/// An item of a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaleItem {
    /// The SKU under which the shop sells it at other times.
    pub sku: String,
    /// The SKU under which it is ordered in the sale.
    pub sold_as: String,
    /// The product's name in addresses.
    pub slug: String,
    /// The product's title.
    pub title: String,
    /// What one unit costs in the sale.
    pub price: Money,
    /// What it costs at other times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare_at_price: Option<Money>,
    /// Units that one buyer may have in a session.
    pub limit: u32,
    /// `plenty`, `few` (a tenth at most) or `none`.
    pub left: String,
}

/// What is switched off at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Status {
    /// 0: everything is on; 5: only products, cart, checkout, orders and payment are.
    pub level: u8,
    /// How each switch stands: `on`, `reduced`, `off`, `read_only`, `static` or `closed`.
    pub switches: BTreeMap<String, String>,
    /// What this instance of the shop has heard last; null before it has heard anything.
    pub pulse: Option<PulseStatus>,
}

/// The last pulse of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PulseStatus {
    /// Grows with each pulse.
    pub stamp: u64,
    /// Milliseconds since it was made.
    pub age_ms: i64,
}

/// A part of the world with a currency and prices of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Market {
    /// Id, as requests name it.
    pub id: String,
    /// What addresses of its pages begin with, without `/`; empty for the first one.
    pub path: String,
    /// ISO 4217 code of its prices.
    pub currency: String,
    /// ISO 3166-1 codes of the countries that are delivered to; none: all.
    pub countries: Vec<String>,
    /// Codes of its languages; none: all of the shop's.
    pub languages: Vec<String>,
    /// Whether prices have tax in them or it comes to them: `included` or `added`.
    pub tax: String,
}

/// How shoppers reach the shop; what the shop does not say is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contact {
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// A page of documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DocumentPage {
    /// The documents; without `html` and `products`.
    pub items: Vec<Document>,
    /// Pass it as `cursor` for the next page; `null` on the last one. It stays with the version
    /// that the first page was read from.
    pub next: Option<String>,
}

/// A page of the shop, an article of the blog, or a question with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Document {
    /// `page`, `blog` or `help`.
    pub kind: String,
    /// Name in addresses; unique within its kind.
    pub slug: String,
    /// Title.
    pub title: String,
    /// One or two sentences; may be empty.
    pub summary: String,
    /// Labels.
    pub tags: Vec<String>,
    /// Code of the language that the text is in: the shop's own where it is not translated.
    pub language: String,
    /// Address of its page.
    pub url: String,
    /// When it was published, as its author says (RFC 3339); `null` where that is not said.
    pub published_at: Option<String>,
    /// When it last changed (RFC 3339).
    pub modified_at: Option<String>,
    /// Names what it says; another text has another revision.
    pub revision: String,
    /// Safe HTML with everything that it embeds; only of a document that is read by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// The products that it embeds, in their order; only of a document that is read by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub products: Option<Vec<Product>>,
}

/// An order to place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OrderRequest {
    /// 1 to 100 lines.
    pub lines: Vec<OrderRequestLine>,
    /// Who buys.
    pub customer: Customer,
    /// Where it goes.
    pub shipping_address: Address,
    /// Id of the way of delivery, as quotes offer it.
    pub delivery: String,
    /// Id of the point where the buyer collects: needed where the way of delivery has `points`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pickup_point: Option<String>,
    /// How it is paid.
    pub payment: Payment,
    /// Id of the market; absent: the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// The codes that the buyer has, in that order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// `quote` of a quote for the same lines, market, codes, delivery and place: the order costs what
    /// it says, or is refused as `price-changed` with a new one. Without it the order costs what a
    /// quote would say now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// BCP 47 tag of the buyer's language, such as `zh-Hans`: mails about the order are in the nearest
    /// language that the shop has. Absent: in the shop's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// A note to the shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A line of an order to place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OrderRequestLine {
    /// What.
    pub sku: String,
    /// How many, 1 to 10,000.
    #[serde(deserialize_with = "whole::number")]
    pub quantity: i64,
    /// The unit price that the buyer was shown. When given and no longer right, the order is
    /// refused as `price-changed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Money>,
    /// Options that the buyer has chosen for its units, by their ids.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, serde_json::Value>))]
    pub options: GivenOptions,
}

/// Who buys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// Name of the recipient.
    pub name: String,
    /// Where news of the order go.
    pub email: String,
}

/// A postal address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// ISO 3166-1 alpha-2 code, such as `CN`; `XK` is Kosovo.
    pub country: String,
    /// Province or state; empty where there is none. The checkout page requires it where addresses
    /// of the country have one. Where people write a code for it (`CA`), the order has the code.
    #[serde(default)]
    pub region: String,
    /// City; empty where addresses of the country have none, or need none.
    pub city: String,
    /// Postal code; empty where there is none. The checkout page requires and checks it where
    /// addresses of the country have one. The order has it in the country's form: `10115` for
    /// `D-10115`.
    #[serde(default)]
    pub postal_code: String,
    /// Street and number.
    pub line1: String,
    /// Floor, flat; empty where there is none.
    #[serde(default)]
    pub line2: String,
}

/// How an order is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// `on_delivery` or `transfer`, or `card` where the shop takes cards.
    pub method: String,
}

/// How an order is paid, and how far that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderPayment {
    /// `on_delivery`, `transfer` or `card`.
    pub method: String,
    /// `due`, `authorised` (the bank vouches for it), `paid`, `partly_refunded`, `refunded`, or
    /// `none`: nothing was taken, and nothing is due any more.
    pub status: String,
    /// Where a card pays it, once a page was opened and as long as it may be paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay_url: Option<String>,
}

/// A page where an order is paid by card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentPage {
    /// Its address, of the payment provider: lead the shopper there. It belongs to this order, and
    /// comes back to the order's page.
    pub url: String,
}

/// A change of an order, until it is packed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OrderChangeRequest {
    /// `cancel`, `set_quantity` or `set_address`.
    pub action: String,
    /// With `set_quantity`: the place of the line in the order, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// With `set_quantity`: how many are left of it, at most as many as it has. With 0 for the last line
    /// that has any, the order is cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u32>,
    /// With `set_address`: where the order costs the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

/// An order that was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Order {
    /// Its number.
    pub id: String,
    /// It opens the order to anyone who has it: keep it as a password.
    pub token: String,
    /// `awaiting_payment` (units are held), `confirmed`, `allocated`, `shipped`, `delivered`,
    /// `returned`, `cancelled` or `expired` (not paid in time).
    pub status: String,
    /// When it was placed, RFC 3339 in UTC.
    pub placed_at: String,
    /// What was sold.
    pub lines: Vec<OrderLine>,
    /// Sum of the lines before anything is taken off.
    pub subtotal: Money,
    /// Cost of the delivery before anything is taken off.
    pub shipping: Money,
    /// What is to be paid.
    pub total: Money,
    /// Id of the market; absent in the first one where the total is lines and delivery alone, as
    /// everything down to `duty`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// What was taken off, in minor units, in the order in which it was computed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<Adjustment>,
    /// Tax, in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Taxes>,
    /// Duty, in minor units, which is always added; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duty: Option<Taxes>,
    /// Who buys.
    pub customer: Customer,
    /// Where it goes.
    pub shipping_address: Address,
    /// Id of the way of delivery.
    pub delivery: String,
    /// How it was called at the moment of the order, in the language of the order; absent where it had no
    /// name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_title: Option<String>,
    /// Where the buyer collects, as it was called and where it was at the moment of the order; absent
    /// where the order is brought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pickup_point: Option<PickupPoint>,
    /// How it is paid, and how far that is.
    pub payment: OrderPayment,
    /// A note to the shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Until when units are held for an order that is not paid, RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<String>,
    /// What was paid, whether or not it went back since; absent while that is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<Money>,
    /// What went back, or is about to; absent while that is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunded: Option<Money>,
    /// What happened since it was placed, in order; absent while that is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<OrderEvent>,
}

/// An order that has its units, and where to hear of the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcceptedOrder {
    /// Its number.
    pub id: String,
    /// It opens the order to anyone who has it: keep it as a password.
    pub token: String,
    /// As in `Order`, at the moment of the request.
    pub status: String,
    /// Path of the order as it is now.
    pub status_url: String,
    /// Path of its events, for an `EventSource`.
    pub events_url: String,
}

/// Something that happened to an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderEvent {
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// `payment_begun`, `payment_declined`, `payment_authorised`, `payment_captured`,
    /// `payment_voided`, `payment_received`, `confirmed`, `reinstated`, `expired`, `cancelled`,
    /// `units_removed`, `address_changed`, `allocated`, `shipped`, `delivered`, `returned`, `refund_requested`, `refund_settled` or
    /// `refund_failed`. There may be more.
    pub event: String,
    /// Of payments and refunds: how much. With `units_removed`: what the units cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// With `units_removed`: the place of the line in the order, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// With `units_removed`: how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u32>,
    /// Why, as the shop or the bank says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// With `shipped`: who carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// With `shipped`: the carrier's number of the parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<String>,
}

/// A line of an order that was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderLine {
    /// What.
    pub sku: String,
    /// Its name at the moment of the order.
    pub title: String,
    /// How many; 0 where all of it was taken off: the other lines keep their places.
    pub quantity: u32,
    /// The price of one unit with its options, at the moment of the order.
    pub unit_price: Money,
    /// What promotions took off the line; absent where they took nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Money>,
    /// Units of `quantity` that are still to be made or bought in.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub backordered: u32,
    /// The options that were chosen, with what is in `unit_price` for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<ChosenOption>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}
